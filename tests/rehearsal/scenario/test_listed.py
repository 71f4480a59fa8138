"""The programs of the catalogue as the tasks of a scenario: each prints what its signature reads."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rehearsal.ecs.launching import ContainerSpec
from rehearsal.programs.launcher import failed_on_lock
from rehearsal.programs.scripted import ScriptedProgram, VirtualLock
from rehearsal.programs.scripts import script_for
from rehearsal.scenario import loading
from rehearsal.scenario.listed import LISTED
from rehearsal.scenario.model import DescribedService, Revision, Scenario
from rehearsal.scenario.services import MAIN_CONTAINER, task_definition
from unwedge.decide.catalogue.signature import Trigger, Word
from unwedge.decide.life import Life
from unwedge.decide.signatures import find_evidence, meaning
from unwedge.model.log import ContainerLog, LogLine, LogStatus
from unwedge.observe.definitions import task_definition as parsed

START = datetime(2026, 1, 1, tzinfo=UTC)


def scenario(program: str) -> Scenario:
    """A scenario of one deployment of this program."""
    document: dict[str, Any] = {
        "title": "x",
        "story": "x",
        "service": {"name": "dev-x"},
        "revisions": [{"program": program}, {"program": program}],
        "steps": [{"at": 0, "do": "deploy", "revision": 2}],
        "expect": {"outcome": "wedged"},
    }
    return loading.parse(document, name="x")


def container(program: str) -> tuple[DescribedService, ContainerSpec, Revision]:
    """The service, its main container as a launcher gets it, and the revision."""
    story = scenario(program).main
    definition = task_definition(story, 2, log_driver="awslogs")
    main = next(item for item in definition["containerDefinitions"] if item["name"] == MAIN_CONTAINER)
    spec = ContainerSpec("arn:t", MAIN_CONTAINER, "dev-x", "c", "dev-x", 2, main, {})
    return story, spec, story.revisions[1]


def test_a_scenario_file_may_name_each_of_them() -> None:
    """The schema lists them beside the kinds of its own."""
    revision = loading.schema()["properties"]["revisions"]["$ref"].rsplit("/", 1)[-1]
    allowed = loading.schema()["$defs"][revision]["items"]["properties"]["program"]["enum"]
    assert set(LISTED) <= set(allowed)
    assert scenario("qdrant").main.revisions[0].listed == "qdrant"
    with pytest.raises(loading.ScenarioError):
        scenario("not-a-program")


@pytest.mark.parametrize("name", LISTED)
def test_the_second_one_prints_and_ends_as_its_signature_reads(name: str) -> None:
    """Its own line, what follows it, and an exit code that goes with it."""
    story, spec, revision = container(name)
    signature, locks = LISTED[name].signature, VirtualLock()
    assert signature is not None
    first = ScriptedProgram(script_for(spec, revision), START, locks)
    first.poll(START + timedelta(seconds=1))
    beside = ScriptedProgram(script_for(spec, revision), START, locks)
    beside.poll(START + timedelta(seconds=2))
    said, ended = beside.lines(), START + timedelta(seconds=1)
    assert first.holds_lock
    assert beside.exit_code in signature.exit_codes
    assert failed_on_lock(said)
    assert not failed_on_lock(first.lines())
    assert Word.HELD in {meaning(signature, line).word for line in said}

    definition = parsed({"taskDefinitionArn": "arn:x", **task_definition(story, 2, log_driver="awslogs")})
    images = {item.name: item.image for item in definition.containers}
    lines = tuple(LogLine(ended + timedelta(milliseconds=n), line) for n, line in enumerate(said))
    log = ContainerLog("arn:t", MAIN_CONTAINER, LogStatus.READ, lines=lines)
    code = {MAIN_CONTAINER: beside.exit_code or 0}
    found = find_evidence([log], Life(START, ended), code, images)
    assert (found is None) == (signature.trigger is Trigger.UNSAFE)
