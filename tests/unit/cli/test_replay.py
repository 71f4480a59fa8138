"""`unwedge replay` and `unwedge what-if` on files."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.support.situations import holder, incident, log, service, stop, wedged
from unwedge.decide.decide import decide
from unwedge.model.codec import to_json
from unwedge.model.log import LogStatus
from unwedge.model.settings import Mode, Settings
from unwedge.model.situation import Scope, Situation
from unwedge.record.versions import KEY, VERSION
from unwedge_cli.main import main

SETTINGS = Settings()


def entry(situation: Situation, settings: Settings = SETTINGS, **changes: Any) -> dict[str, Any]:
    """A ledger entry of a situation."""
    return {
        "decision": to_json(decide(situation, settings)),
        "situation": to_json(situation),
        "outcome": {"kind": "nothing-to-do", "sentence": "The decision asks for no action."},
        "cause": "task",
        KEY: VERSION,
        "settings": to_json(settings),
        **changes,
    }


@pytest.fixture
def run(tmp_path: Path) -> Any:
    """Invoke a verb on a file that holds this data."""

    def invoke(verb: str, data: Any, *options: str) -> Result:
        path = tmp_path / "entry.json"
        path.write_text(data if isinstance(data, str) else json.dumps(data))
        return CliRunner().invoke(main, [verb, str(path), *options])

    return invoke


class TestReplay:
    def test_an_entry_is_decided_as_recorded_and_its_gates_are_shown(self, run: Any) -> None:
        """In the order in which they were asked, with their numbers."""
        result = run("replay", entry(wedged()))
        assert result.exit_code == 0, result.output
        gates = [line.split()[1:3] for line in result.output.splitlines() if line.startswith("  gate")]
        assert gates[0] == ["1", "service"]
        assert gates[-1] == ["11", "timing"]
        assert "[seconds_since_failure 20]" in result.output
        assert "The same as recorded." in result.output

    def test_holder_contender_and_evidence_are_named(self, run: Any) -> None:
        """One line each."""
        lines = [line.split(maxsplit=1) for line in run("replay", entry(wedged())).output.splitlines()]
        named = {line[0]: line[1] for line in lines if len(line) == 2}
        assert named["contender"] == "contender"
        assert named["holder"] == "holder"
        assert "resource temporarily unavailable" in named["evidence"]
        assert named["action"] == "stop holder"

    def test_any_difference_is_exit_status_1_and_readable(self, run: Any) -> None:
        """Path, recorded value, value of now."""
        changed = entry(wedged())
        changed["decision"]["reasons"][1]["numbers"]["seconds_since_failure"] = 21
        result = run("replay", changed)
        assert result.exit_code == 1
        assert "DIFFERS from the record in 1 fields" in result.output
        tail = [line.split() for line in result.output.splitlines()[-3:]]
        assert tail == [["reasons[1].numbers.seconds_since_failure"], ["recorded", "21"], ["decided", "20.0"]]

    def test_a_gate_that_is_not_asked_any_more_is_a_difference(self, run: Any) -> None:
        """Also one that is new."""
        changed = entry(wedged())
        changed["decision"]["reasons"].pop()
        result = run("replay", changed, "--json")
        assert result.exit_code == 1
        assert {item["recorded"] for item in json.loads(result.output)["decisions"][0]["differences"]} == {
            "(nothing)"
        }

    def test_a_verdict_of_another_version_is_a_difference_and_no_error(self, run: Any) -> None:
        """Records outlive versions."""
        changed = entry(wedged())
        changed["decision"]["verdict"] = "ask-the-oracle"
        result = run("replay", changed)
        assert result.exit_code == 1
        assert "ask-the-oracle" in result.output

    def test_fields_that_are_newer_than_the_record_count_with_their_default(self, run: Any) -> None:
        """An old record is not different for what it could not know."""
        old = entry(wedged(service=service(tag="observe")))
        del old["decision"]["escalate"]
        del old["situation"]["outside"]
        assert run("replay", old).exit_code == 0

    def test_fields_that_this_version_does_not_know_are_named(self, run: Any) -> None:
        """A decision made from more than we can read is not silently replayed from less."""
        newer = entry(wedged())
        newer["situation"]["tasks"][0]["mood"] = "good"
        assert "situation.tasks[0].mood" in run("replay", newer).output

    def test_the_recorded_settings_counts(self, run: Any) -> None:
        """Three stops were allowed then."""
        spent = wedged(incident=incident(stop("first", 500), stop("second", 200)))
        assert run("replay", entry(spent, Settings(stops_per_incident=3))).exit_code == 0

    def test_without_a_recorded_settings_the_defaults_count_and_that_is_said(self, run: Any) -> None:
        """Entries of earlier versions have none."""
        old = entry(wedged())
        del old["settings"]
        result = run("replay", old)
        assert result.exit_code == 0
        assert "The record has no settings: decided under the default settings." in result.output

    def test_of_several_decisions_those_that_differ_are_shown_in_full(self, run: Any) -> None:
        """One line for each of the others."""
        several = [entry(wedged()), entry(wedged(holder(), logs=())), entry(wedged())]
        assert "All 3 decisions are the same as recorded." in run("replay", several).output
        several[1]["decision"]["sentence"] = "All is well."
        result = run("replay", several)
        assert result.exit_code == 1
        assert "1 of 3 decisions differ" in result.output
        assert "Decision 2 of 3" in result.output
        assert "Decision 1 of 3" not in result.output
        assert run("replay", several, "--decision", "1").exit_code == 0
        assert run("replay", several, "--decision", "4").exit_code == 2

    def test_an_item_as_the_aws_command_line_prints_it_is_understood(self, run: Any) -> None:
        """`aws dynamodb get-item` and `query`."""
        item = {"pk": {"S": "service#x/y"}, "data": {"S": json.dumps(entry(wedged()))}}
        assert run("replay", {"Item": item}).exit_code == 0
        assert run("replay", {"Items": [item, item], "Count": 2}).exit_code == 0

    def test_hostile_lines_are_plain_text(self, run: Any) -> None:
        """Escapes are written out, markup is not interpreted."""
        line = "\x1b]0;owned\x07[red]panic[/red] [link=http://x]:boom: \u202eevil \r\nsecond"
        output = run("replay", entry(wedged(logs=(log(line),), incident=incident()))).output
        assert "\\x1b]0;owned\\x07[red]panic[/red] [link=http://x]:boom: \\u202eevil \\r\\nsecond" in output
        assert not {"\x1b", "\x07", "\r", "\u202e"} & set(output)

    def test_a_hostile_line_is_as_harmless_in_a_difference_and_for_machines(self, run: Any) -> None:
        """Everything that is printed goes the same way."""
        changed = entry(wedged())
        changed["decision"]["sentence"] = "\x1b[2J[bold]x"
        for options in ((), ("--json",)):
            output = run("replay", changed, *options).output
            assert "\x1b" not in output
            assert "[bold]x" in output

    @pytest.mark.parametrize(
        ("data", "told"),
        [
            ("{", "not JSON"),
            ("[" * 100000, "not JSON"),
            ("[]", "no decision in it"),
            ('"text"', "no `situation`"),
            ({"decision": {}}, "no `situation`"),
            ({"situation": {}}, "no `decision`"),
            ({"situation": {}, "decision": {}}, "cannot be read at $"),
            ({"Item": {"data": {"S": "{"}}}, "no JSON string"),
        ],
    )
    def test_what_is_no_record_is_said_in_a_sentence(self, run: Any, data: Any, told: str) -> None:
        """Exit status 2, because 1 is for decisions that differ."""
        result = run("replay", data)
        assert result.exit_code == 2, result.output
        assert told in result.output
        assert result.output.count("\n") == 1

    def test_neither_a_file_nor_an_incident_is_said_without_asking_aws(self) -> None:
        """There is no network in this test."""
        result = CliRunner().invoke(main, ["replay", "no-such-file.json"])
        assert result.exit_code == 2
        assert "neither a file nor the id of an incident" in result.output


class TestWhatIf:
    def test_another_mode_is_shown_beside_the_record_gate_by_gate(self, run: Any) -> None:
        """The tag would count before the default, so it is the mode that changes, not only the default."""
        result = run("what-if", entry(wedged(service=service(tag="observe"))), "--mode", "enforce")
        assert result.exit_code == 0, result.output
        rows = [line.split() for line in result.output.splitlines()]
        assert ["verdict", "would-stop", "stop-holder"] in rows
        assert ["action", "none", "stop", "holder"] in rows
        told = result.output
        assert told.index("gate 10 mode") < told.index("In mode enforce we would stop")
        assert told.index("recorded  not asked") > told.index("gate 11 timing")

    def test_an_untagged_service_gets_the_mode_as_the_default(self, run: Any) -> None:
        """Without a tag the stack's default counts."""
        result = run("what-if", entry(wedged(service=service(tag=None))), "--mode", "enforce", "--json")
        (one,) = json.loads(result.output)["decisions"]
        assert one["decided"]["verdict"] == "stop-holder"
        assert one["settings"]["default_mode"] == Mode.ENFORCE.value

    @pytest.mark.parametrize(
        ("situation", "options", "verdict"),
        [
            ("spent", ("--stops", "3"), "stop-holder"),
            ("spent", ("--stops", "2"), "stops-spent"),
            ("silent", ("--evidence-patience", "10"), "cannot-verify"),
            ("alone", ("--successor-patience", "10"), "no-successor"),
            ("alone", ("--successor-patience", "10", "--without-successor", "stop"), "stop-holder"),
            ("alone", ("--set", "provisioning_patience=1", "--mode", "off"), "not-watched"),
        ],
    )
    def test_every_limit_can_be_another(
        self, run: Any, situation: str, options: tuple[str, ...], verdict: str
    ) -> None:
        """Stops, patience, and what comes without a successor."""
        tasks = wedged().tasks
        situations = {
            "spent": wedged(incident=incident(stop("first", 500), stop("second", 200))),
            "silent": wedged(logs=(log(status=LogStatus.EMPTY),)),
            "alone": wedged(*tasks[:2]),
        }
        result = run("what-if", entry(situations[situation]), *options, "--json")
        assert result.exit_code == 0, result.output
        assert json.loads(result.output)["decisions"][0]["decided"]["verdict"] == verdict

    def test_the_same_decision_is_said_to_be_the_same(self, run: Any) -> None:
        """Nothing to see is an answer."""
        assert "would have been the same" in run("what-if", entry(wedged()), "--stops", "5").output

    def test_a_situation_that_was_read_in_part_says_so(self, run: Any) -> None:
        """Unwedge would have read on; the record ends here."""
        part = wedged(service=service(tag="off"), tasks=(), scope=Scope.SERVICE)
        assert "would have read more" in run("what-if", entry(part), "--mode", "enforce").output

    def test_a_question_without_a_change_is_a_usage_error(self, run: Any) -> None:
        """And so is a field that no settings has, or a value of the wrong kind."""
        assert run("what-if", entry(wedged())).exit_code == 2
        wrong = run("what-if", entry(wedged()), "--set", "mood=good")
        assert wrong.exit_code == 2
        assert "evidence_patience" in wrong.output
        assert run("what-if", entry(wedged()), "--set", "settle=soon").exit_code == 2
