"""What a pipeline is about to deploy: each ECS service of a plan, as ECS itself would describe it."""

from unwedge_cli.plans.planned import Location, Plan, PlanError, Planned, Tool
from unwedge_cli.plans.reading import read_plan

__all__ = ["Location", "Plan", "PlanError", "Planned", "Tool", "read_plan"]
