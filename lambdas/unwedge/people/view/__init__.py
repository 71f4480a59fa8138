"""What operators see on the dashboard, as HTML. Pure: from what was read to markup, no AWS calls."""
