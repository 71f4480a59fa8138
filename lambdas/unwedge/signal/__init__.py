"""What arrives and names a service, and the queue through which it comes."""
