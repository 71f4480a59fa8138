"""Whatever a file holds, it is a plan or a sentence, in bounded time."""

import json
import time
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.cli.plans.reading import EXAMPLES
from tests.unit.posture.shapes import AT
from unwedge.model.settings import Settings
from unwedge.posture.remedies import Language
from unwedge_cli.checking.output import as_json
from unwedge_cli.checking.past import Past
from unwedge_cli.checking.planned import checkup_of
from unwedge_cli.checking.sarif import sarif
from unwedge_cli.plans import Plan, PlanError
from unwedge_cli.plans.cloudformation.template import from_yaml
from unwedge_cli.plans.reading import plan_of

_PLANS = [
    json.loads(path.read_text()) for path in sorted(EXAMPLES.glob("*.json")) if "template" not in path.name
]
_TEMPLATE = from_yaml((EXAMPLES / "conditions.yaml").read_text(), "conditions.yaml").body
_SECONDS = 10

_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(
        [
            "",
            "${A}",
            "x",
            "1",
            "aws_ecs_task_definition.prometheus.arn",
            "module.service[each.key]",
            "[{}]",
            "\ud800",
            "[",
        ]
    )
    | st.text(max_size=20)
)
_KEYS = st.text(max_size=8) | st.sampled_from(
    ["Ref", "Fn::Sub", "Fn::If", "Fn::Join", "references", "name", "Type", "address", "after", "actions"]
)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)


def plan_or_sentence(text: str) -> Plan | str:
    """What comes of a text."""
    try:
        return plan_of(text, "x")
    except PlanError as error:
        return str(error)


def reported(found: Plan) -> None:
    """What is read is also checked, and the report of it is written."""
    checkup = checkup_of(found, AT, Settings(), Past())
    json.dumps([as_json(checkup.written_in(Language.CLI), "high", 0), sarif(checkup)])


def bounded(text: str) -> None:
    """Read a text and check what it holds: a plan or a sentence, in time."""
    began = time.monotonic()
    found = plan_or_sentence(text)
    if isinstance(found, str):
        sentences = [found]
    else:
        reported(found)
        json.dumps([[item.service, item.definition, item.balancers] for item in found.services])
        sentences = [*found.notes, *(note for item in found.services for note in item.notes)]
    assert all(isinstance(sentence, str) and "\n" not in sentence for sentence in sentences)
    assert time.monotonic() - began < _SECONDS


def garbled(value: Any, data: st.DataObject) -> Any:
    """The value with something else in one place of it, or without that place."""
    if not isinstance(value, dict | list) or not value or data.draw(st.integers(0, 9)) == 0:
        return data.draw(_VALUES)
    if isinstance(value, dict):
        key = data.draw(st.sampled_from(sorted(value)))
        if data.draw(st.integers(0, 9)) == 0:
            return {name: item for name, item in value.items() if name != key}
        return {**value, key: garbled(value[key], data)}
    number = data.draw(st.integers(0, len(value) - 1))
    return [*value[:number], garbled(value[number], data), *value[number + 1 :]]


@given(st.data())
def test_a_terraform_plan_with_anything_in_any_place_is_read_or_refused(data: st.DataObject) -> None:
    """Three places of a real one."""
    plan = data.draw(st.sampled_from(_PLANS))
    for _ in range(3):
        plan = garbled(plan, data)
    bounded(json.dumps(plan))


@given(st.data())
def test_a_change_with_anything_in_any_place_is_read_or_refused(data: st.DataObject) -> None:
    """Of the resources of ECS, which are read most closely."""
    plan = dict(data.draw(st.sampled_from(_PLANS)))
    plan["resource_changes"] = [
        garbled(item, data) if "ecs" in item["type"] else item for item in plan["resource_changes"]
    ]
    bounded(json.dumps(plan))


@given(st.data())
def test_a_template_with_anything_in_any_place_is_read_or_refused(data: st.DataObject) -> None:
    """Three places of it."""
    template = _TEMPLATE
    for _ in range(3):
        template = garbled(template, data)
    bounded(json.dumps(template))


@given(_VALUES, _VALUES, _VALUES)
def test_anything_under_the_names_of_a_plan_is_read_or_refused(one: Any, two: Any, three: Any) -> None:
    """Where not even the outer shape is right."""
    bounded(json.dumps({"format_version": "1.2", "resource_changes": one, "configuration": two}))
    bounded(json.dumps({"format_version": "1.2", "planned_values": one, "prior_state": two}))
    bounded(json.dumps({"Resources": one, "Conditions": two, "Parameters": three}))
    bounded(json.dumps({"Resources": {"S": {"Type": "AWS::ECS::Service", "Properties": one}}}))
    bounded(json.dumps(one))


_LONG = {"Type": "String", "Default": "a" * 20_000}
_MANY = {"Type": "CommaDelimitedList", "Default": "," * 20_000}


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        (_LONG, {"Fn::Sub": "${P}" * 20_000}),
        (_MANY, {"Fn::Join": ["a" * 100_000, {"Ref": "P"}]}),
        (_MANY, [{"Ref": "P"}] * 20_000),
        (_MANY, [{"Fn::Split": ["b", "b" * 20_000]}] * 20),
        ({**_LONG, "Default": "a" * 2**20}, {"Fn::Sub": "${P}" * 20}),
    ],
)
def test_a_template_is_not_made_longer_than_it_is(parameter: dict[str, Any], value: Any) -> None:
    """A few thousand characters may name a long value as often as they like."""
    tags = [{"Key": "a", "Value": value}]
    service = {"Type": "AWS::ECS::Service", "Properties": {"Tags": tags, "ServiceName": value}}
    text = json.dumps({"Parameters": {"P": parameter}, "Resources": {"S": service}})
    tracemalloc.start()
    try:
        bounded(text)
        assert tracemalloc.get_traced_memory()[1] < 64 * 2**20
    finally:
        tracemalloc.stop()


def test_what_is_left_out_of_a_template_for_its_length_is_said() -> None:
    """And the answer is not taken for the whole one."""
    found = plan_of(
        json.dumps(
            {
                "Parameters": {"P": _MANY},
                "Resources": {
                    f"S{n}": {"Type": "AWS::ECS::Service", "Properties": {"Tags": [{"Ref": "P"}] * 20}}
                    for n in range(2)
                },
            }
        ),
        "x",
    )
    assert [
        [note for note in item.notes if "makes more of its lists" in note] != [] for item in found.services
    ] == [False, True]


@given(st.text(alphabet="{}[]!&*:-?|>%@`'\"#,abRef \n\t0.<~", max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    """As YAML, mostly."""
    bounded(text)
    bounded(f"Resources: {text}")
