"""What a service, an incident, a situation and a decision are: immutable data, known to every wing."""
