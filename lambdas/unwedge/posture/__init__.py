"""Before a deployment: what it will do to the service's store, and what to change. Reads; changes nothing."""
