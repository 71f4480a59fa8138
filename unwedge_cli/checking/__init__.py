"""What `unwedge check` finds, in sentences, as a table, as JSON and as SARIF."""
