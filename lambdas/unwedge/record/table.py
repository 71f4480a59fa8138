"""What every layout in the ledger's table shares: how long items are kept, and its index."""

from datetime import timedelta

KEPT = timedelta(days=90)
# The index, and what its partitions hold beside verifications.
FEED, OPEN, DECIDED = "feed", "open", "decision"
