"""What is understood of a service that ECS describes, and what is not kept of it."""

from typing import Any

import pytest

from tests.unit.posture.programs import GRAFANA, with_variables
from tests.unit.posture.shapes import container, definition, service, shape
from unwedge.model.posture import Outlook
from unwedge.posture.course import course_of


@pytest.mark.parametrize(
    "name",
    [
        "desiredCount",
        "deploymentConfiguration",
        "deploymentConfiguration.maximumPercent",
        "deploymentController.type",
    ],
)
def test_a_value_that_a_plan_does_not_know_makes_nothing_certain(name: str) -> None:
    """What is not known before apply is not guessed, in either direction."""
    assert course_of(shape(unknown=(name,))).outlook is Outlook.MAY_WEDGE


@pytest.mark.parametrize(
    ("image", "command", "program"),
    [
        ("acme/db:1", ["mongod", "--dbpath", "/prometheus"], "MongoDB"),
        ("acme/metrics:1", ["-storageDataPath=/prometheus"], "VictoriaMetrics"),
        ("acme/metrics:1", ["--storage.tsdb.path=/prometheus"], "Prometheus"),
    ],
)
def test_a_program_is_called_by_the_option_that_it_alone_has(
    image: str, command: list[str], program: str
) -> None:
    """Advice about Prometheus is for Prometheus."""
    (store,) = course_of(shape(defined=definition(container(image=image, command=command)))).stores
    assert store.program == program


def test_no_value_of_a_variable_is_kept() -> None:
    """Where a program keeps its data is told by addresses with passwords in them."""
    found = shape(
        defined=definition(with_variables(GRAFANA, GF_DATABASE_URL="postgres://grafana:hunter2@db/grafana"))
    )
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize("value", [[], "x", 7, [{"type": "ECS"}]])
@pytest.mark.parametrize(
    "path",
    [
        "deploymentConfiguration",
        "deploymentController",
        "deploymentConfiguration.deploymentCircuitBreaker",
        "deploymentConfiguration.deploymentCircuitBreaker.thresholdConfiguration",
    ],
)
def test_what_is_no_answer_of_ecs_is_a_type_error(path: str, value: Any) -> None:
    """The callers know how to say that of one service, and to go on with the next."""
    breaker = {"enable": True, "thresholdConfiguration": {"type": "COUNT", "value": 1}}
    described = service(deploymentConfiguration={"deploymentCircuitBreaker": breaker})
    *parents, last = path.split(".")
    place = described
    for name in parents:
        place = place[name]
    place[last] = value
    with pytest.raises(TypeError):
        shape(described)
