"""What runs in the containers: scripted programs, real Prometheus processes, and which one is chosen."""
