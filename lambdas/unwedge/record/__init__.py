"""What stays: the ledger, what a decision leaves in it, its rows for readers, log line and metrics."""
