"""CloudFormation templates, written by hand or synthesised by the CDK."""
