"""Where a remedy is carried out."""

from typing import NamedTuple


class Place(NamedTuple):
    """A service. `cluster`: its name or ARN. `family`: of its task definition, if known. `address`: the
    Terraform address or CloudFormation logical ID, where the service comes from a plan."""

    cluster: str
    service: str
    family: str = ""
    address: str = ""

    @property
    def region(self) -> str:
        """From the cluster's ARN; empty where only its name is known."""
        parts = self.cluster.split(":")
        return parts[3] if len(parts) == 6 and parts[0] == "arn" else ""

    @property
    def log_group(self) -> str:
        """A name for a log group where the container has none."""
        return f"/ecs/{self.family or self.service or 'service'}"
