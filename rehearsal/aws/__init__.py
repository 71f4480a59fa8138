"""The emulated AWS and what stands around it: the deployed app, events, logs and faults."""
