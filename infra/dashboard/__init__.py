"""The CloudWatch dashboard: what is wedged now, what was decided, how it went over time, and the raw log."""

from infra.dashboard.layout import Dashboard, dashboard_name
from infra.metrics import count

__all__ = ["Dashboard", "count", "dashboard_name"]
