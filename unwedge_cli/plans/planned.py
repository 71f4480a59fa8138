"""What is read of a plan. Every service and task definition stands in the shape of the ECS API."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple


class PlanError(Exception):
    """A plan cannot be read. Carries where it came from and what is wrong with it."""

    def __init__(self, source: str, problem: str) -> None:
        super().__init__(source, problem)
        self.source = source
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.source}: {self.problem}"


class Location(NamedTuple):
    """A line of a file. `line` counts from 1."""

    file: str
    line: int


class Planned(NamedTuple):
    """A service as it will be.

    `address`: its Terraform address, or its logical id. `name` and `cluster` are empty where they are not
    known. `service` is what DescribeServices would show, with the parameters of CreateService that
    DescribeServices shows elsewhere (`volumeConfigurations`). `definition` is what DescribeTaskDefinition
    would show, its ARN a placeholder; None where the plan does not have it. `before`: the service as it is.
    `deploys`: whether applying the plan starts a deployment of it; None where that cannot be told.
    `unknown` has dotted paths of the ECS API without list indexes. A number or a boolean that is not known
    is absent from the shape. A string that names something (an id, an ARN) is then a symbol such as
    `${aws_efs_file_system.data.id}`: equal symbols are equal values. Where a symbol's path stands in
    `unknown`, another symbol may name the same thing.
    `balancers`: deregistration delay in seconds by target group, as `loadBalancers` names it.
    `notes`: sentences about what was not understood. No value of an environment is in them.
    """

    address: str
    name: str
    cluster: str
    service: dict[str, Any]
    definition: dict[str, Any] | None
    before: "Planned | None" = None
    deploys: bool | None = None
    unknown: frozenset[str] = frozenset()
    balancers: Mapping[str, int] = MappingProxyType({})
    notes: tuple[str, ...] = ()
    location: Location | None = None


class Tool(StrEnum):
    """What made a plan."""

    TERRAFORM = "terraform"
    CLOUDFORMATION = "cloudformation"


class Plan(NamedTuple):
    """All ECS services of a plan of a `tool`. `source` says where it came from, for people. `notes`:
    sentences about what was not understood. `says`: about what was, and has no service to stand beside."""

    tool: Tool
    source: str
    services: tuple[Planned, ...]
    notes: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
