"""The operations of the simulated ECS API, by what they are about."""
