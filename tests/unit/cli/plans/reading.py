"""Examples of plans, as they are and with changes."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from unwedge_cli.plans import Plan, Planned, read_plan
from unwedge_cli.plans.reading import plan_of

EXAMPLES = Path(__file__).parent / "examples"
Edit = Callable[[dict[str, Any]], object]


def example(name: str) -> Plan:
    """An example, read."""
    return read_plan(EXAMPLES / name)


def edited(name: str, edit: Edit) -> Plan:
    """An example in JSON, changed and read."""
    data = json.loads((EXAMPLES / name).read_text())
    edit(data)
    return plan_of(json.dumps(data), name)


def change(data: dict[str, Any], address: str) -> dict[str, Any]:
    """What a plan does to a resource, to be changed in place."""
    found = next(item for item in data["resource_changes"] if item["address"] == address)
    assert isinstance(found["change"], dict)
    return found["change"]


def copied(data: dict[str, Any], address: str, other: str) -> dict[str, Any]:
    """A second resource like one of the plan. Its address is of the same type, in the root module."""
    found = next(item for item in data["resource_changes"] if item["address"] == address)
    made: dict[str, Any] = copy.deepcopy(found)
    made.update(address=other, type=other.split(".")[0], name=other.split(".")[1])
    data["resource_changes"].append(made)
    return made


def service(plan: Plan, address: str) -> Planned:
    """A service of a plan by its address."""
    return next(found for found in plan.services if found.address == address)
