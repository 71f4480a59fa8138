"""One thin module per Lambda function: decorators and wiring, nothing else."""
