"""The rehearsal: the deployed app run against a simulated ECS and a real Prometheus on one machine."""
