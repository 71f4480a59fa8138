"""The AWS infrastructure of Unwedge as a CDK app: one stack that composes one construct per capability."""
