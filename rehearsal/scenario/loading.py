"""Reads scenario files; whatever is wrong with one is said in a plain sentence."""

import difflib
import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from rehearsal.scenario import model
from rehearsal.scenario.faults import EventFaults, LogFaults
from rehearsal.scenario.listed import LISTED

SCENARIOS = Path(__file__).parents[1] / "scenarios"


class ScenarioError(Exception):
    """A scenario cannot be used; ``str()`` says why and what would be right."""


def names() -> list[str]:
    """The names of the shipped scenarios, the real incident first."""
    found = sorted(path.stem for path in SCENARIOS.glob("*.yaml"))
    return sorted(found, key=lambda name: name != "real-incident")


def load(name_or_path: str) -> model.Scenario:
    """A shipped scenario by name, or any file by its path; raises ScenarioError."""
    path = Path(name_or_path)
    if path.suffix not in {".yaml", ".yml"}:
        path = SCENARIOS / f"{name_or_path}.yaml"
    if not path.exists():
        raise ScenarioError(_unknown(name_or_path))
    try:
        document = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        raise ScenarioError(f"{path.name} is not valid YAML: {' '.join(str(error).split())}") from error
    return parse(document, name=path.stem, file=path)


def _unknown(name: str) -> str:
    if Path(name).suffix in {".yaml", ".yml"}:
        return f"There is no scenario file {name}."
    near = difflib.get_close_matches(name, names(), n=3, cutoff=0.55)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    return f"There is no scenario named {name!r}.{hint} `unwedge rehearse --list` shows all of them."


@functools.cache
def schema() -> dict[str, Any]:
    """The JSON schema of scenario files, which is also their documentation."""
    loaded: dict[str, Any] = json.loads((SCENARIOS / "schema.json").read_text())
    return loaded


def parse(document: Any, *, name: str, file: Path | None = None) -> model.Scenario:
    """A scenario from a parsed file; raises ScenarioError with every fault in it."""
    validator = jsonschema.Draft202012Validator(schema())
    faults = sorted(validator.iter_errors(document), key=lambda fault: list(map(str, fault.absolute_path)))
    if faults:
        raise ScenarioError("\n".join(f"{name}: {_sentence(fault)}" for fault in faults))
    built = _build(document, name, file)
    _check(built)
    return built


def _sentence(fault: jsonschema.ValidationError) -> str:
    where = ".".join(str(part) for part in fault.absolute_path) or "the file"
    expected: Any = fault.validator_value
    found: Any = fault.instance
    allowed: Any = fault.schema
    match fault.validator:
        case "additionalProperties" if isinstance(fault.instance, dict) and "properties" in allowed:
            known = list(allowed["properties"])
            strange = [key for key in fault.instance if key not in known]
            near = difflib.get_close_matches(str(strange[0]), known, n=1)
            hint = f" Did you mean {near[0]}?" if near else f" It knows {', '.join(known)}."
            return f"{where} has no setting {strange[0]!r}.{hint}"
        case "required":
            missing = [key for key in expected if key not in found]
            return f"{where} lacks {' and '.join(missing)}."
        case "enum":
            return f"{where} is {fault.instance!r}; it must be one of {', '.join(map(str, expected))}."
        case "type":
            kinds = expected if isinstance(expected, str) else " or ".join(expected)
            return f"{where} is {fault.instance!r}; it must be of type {kinds}."
        case "minimum":
            return f"{where} is {fault.instance}; it must be at least {expected}."
        case "exclusiveMinimum":
            return f"{where} is {fault.instance}; it must be greater than {expected}."
        case "minItems":
            return f"{where} has {len(found)} entries; it must have at least {expected}."
        case "maximum":
            return f"{where} is {fault.instance}; it must be at most {expected}."
        case _:
            return f"{where} is not right: {fault.message}."


def _check(scenario: model.Scenario) -> None:
    """What a schema cannot say."""
    times = [step.at for step in scenario.steps]
    if times != sorted(times):
        raise ScenarioError(f"{scenario.name}: the steps are not in order of time.")
    for number, step in enumerate(scenario.steps):
        where = f"{scenario.name}: steps.{number} ({step.do})"
        if step.do is model.StepKind.DEPLOY and step.revision is None:
            raise ScenarioError(f"{where} lacks the revision to deploy.")
        if step.revision is not None and step.revision > len(scenario.main.revisions):
            known = len(scenario.main.revisions)
            raise ScenarioError(f"{where} names revision {step.revision}, but the scenario has only {known}.")
        if step.do is model.StepKind.SCALE and step.desired_count is None:
            raise ScenarioError(f"{where} lacks desired_count.")
        if step.do is model.StepKind.TAG and not step.tags:
            raise ScenarioError(f"{where} lacks tags.")
    if scenario.expect.stops_min > scenario.expect.stops_max:
        raise ScenarioError(f"{scenario.name}: expect.stops.min is greater than expect.stops.max.")


def _build(document: Mapping[str, Any], name: str, file: Path | None) -> model.Scenario:
    logs = dict(document.get("logs", {}))
    driver = logs.pop("driver", "awslogs")
    optional = {key: document[key] for key in ("seed", "limit_seconds", "speed") if key in document}
    return model.Scenario(
        name=name,
        title=document["title"],
        story=" ".join(document["story"].split()),
        main=_story(document["service"], document["revisions"]),
        others=tuple(
            _story(other["service"], other["revisions"]) for other in document.get("other_services", [])
        ),
        steps=tuple(model.Step(**{**step, "do": model.StepKind(step["do"])}) for step in document["steps"]),
        expect=_expectation(document["expect"]),
        scheduler=document.get("scheduler", {}),
        log_driver=driver,
        logs=LogFaults(**logs),
        events=EventFaults(**document.get("faults", {}).get("events", {})),
        settings=document.get("settings", {}),
        file=file,
        **optional,
    )


def _story(service: Mapping[str, Any], revisions: list[Mapping[str, Any]]) -> model.DescribedService:
    settings = dict(service)
    if "circuit_breaker" in settings:
        settings["circuit_breaker"] = model.CircuitBreaker(**settings["circuit_breaker"])
    if settings.get("health_check") is not None:
        settings["health_check"] = model.HealthCheck(**settings["health_check"])
    if "volume" in settings:
        settings["volume"] = model.Volume(**settings["volume"])
    return model.DescribedService(
        service=model.Service(**settings), revisions=tuple(_revision(revision) for revision in revisions)
    )


def _revision(revision: Mapping[str, Any]) -> model.Revision:
    settings = dict(revision)
    if "program" in settings:
        if settings["program"] in LISTED:
            settings |= {"program": model.ProgramKind.LISTED, "listed": settings["program"]}
        else:
            settings["program"] = model.ProgramKind(settings["program"])
    if "volume" in settings:
        settings["volume"] = model.Volume(**settings["volume"])
    return model.Revision(**settings)


def _expectation(expect: Mapping[str, Any]) -> model.Expectation:
    settings = {
        key: expect[key]
        for key in ("at_least_seconds", "settle_seconds", "max_gap_seconds", "verified")
        if key in expect
    }
    if "without_unwedge" in expect:
        settings["without_unwedge"] = model.Outcome(expect["without_unwedge"])
    stops, verdicts, final = expect.get("stops", {}), expect.get("verdicts", {}), expect.get("final", {})
    return model.Expectation(
        outcome=model.Outcome(expect["outcome"]),
        verdicts_include=tuple(verdicts.get("include", ())),
        verdicts_exclude=tuple(verdicts.get("exclude", ())),
        stops_min=stops.get("min", 0),
        stops_max=stops.get("max", 0),
        writers=final.get("writers"),
        revision=final.get("revision"),
        rollout=final.get("rollout"),
        **settings,
    )
