"""A script for the AWS CLI, run by bash against a stand-in of `aws`; botocore's model knows every call."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import botocore.session
from botocore import xform_name
from botocore.model import ListShape, ServiceModel, Shape, StringShape, StructureShape
from botocore.validate import validate_parameters

CURRENT = "arn:aws:ecs:eu-central-1:123456789012:task-definition/dev-prometheus:7"
REGISTERED = "arn:aws:ecs:eu-central-1:123456789012:task-definition/dev-prometheus:8"
# What the CLI knows for every call: its reference, "Global options".
_GLOBAL = {"query", "output"}
_END = "<end of call>"
_AWS = f"""\
#!/bin/bash
printf '%s\\0' "$@" '{_END}' >>"$FOLDER/calls"
printf '%s\\0' "${{AWS_PAGER-unset}}" "${{AWS_REGION-}}" >"$FOLDER/environment"
if [ "$1 $2" = "$(cat "$FOLDER/fails")" ]; then echo "denied" >&2; exit 254; fi
case "$*" in
*describe-services*taskDefinition*) echo {CURRENT} ;;
*describe-services*) cat "$FOLDER/percentages" ;;
*describe-task-definition*) cat "$FOLDER/described" ;;
*register-task-definition*) echo {REGISTERED} ;;
esac
"""
_SITE = str(Path(str(getattr(find_spec("jq"), "origin", ""))).parent)
# jq itself, by its Python package, so that the machine needs none.
_JQ = f"""\
#!/bin/bash
''':' # bash runs the next line, and Python reads this as a string
exec {sys.executable} -IS "$0" "$@"
'''
import json, sys
sys.path.append({_SITE!r})
import jq
given, arguments, rest = sys.argv[1:], {{}}, []
while given:
    word = given.pop(0)
    if word in ("--arg", "--argjson"):
        name, value = given.pop(0), given.pop(0)
        arguments[name] = value if word == "--arg" else json.loads(value)
    elif word != "-c":
        rest.append(word)
(program,) = rest
try:
    print(jq.compile(program, args=arguments).input_text(sys.stdin.read()).text())
except ValueError as error:
    sys.exit(f"jq: {{error}}")
"""


class Call(NamedTuple):
    """One call, as the API would get it."""

    operation: str
    parameters: dict[str, Any]


class Ran(NamedTuple):
    """A script that was run. `pager` and `region`: what `aws` found in its environment."""

    status: int
    errors: str
    calls: list[Call]
    pager: str
    region: str


class Machine:
    """A folder with stand-ins for `aws` and `jq`, first on PATH."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.described: dict[str, Any] = {}
        self.percentages = (100, 200)
        self.strategy = "ROLLING"
        for name, text in (("aws", _AWS), ("jq", _JQ)):
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)

    def run(self, script: str, fails: str = "") -> Ran:
        """Run a script in the folder; the call `fails`, such as "ecs update-service", is denied."""
        for name in ("calls", "environment"):
            (self.folder / name).write_bytes(b"")
        (self.folder / "fails").write_text(fails)
        (self.folder / "described").write_text(json.dumps(self.described))
        shown = [*map(str, self.percentages), self.strategy]
        (self.folder / "percentages").write_text("\t".join(shown) + "\n")
        environment = {"PATH": f"{self.folder}:/usr/bin:/bin", "FOLDER": str(self.folder), "HOME": "/nowhere"}
        # As an interactive shell gets it: on its standard input, and in the folder where a mishap would show.
        done = subprocess.run(
            ["bash"],
            input=script.encode(),
            capture_output=True,
            env=environment,
            cwd=self.folder,
            timeout=60,
        )
        words = (self.folder / "calls").read_bytes().decode().split("\0")[:-1]
        seen = (self.folder / "environment").read_bytes().decode().split("\0")
        pager, region = seen[:2] if len(seen) > 1 else ("", "")
        return Ran(
            done.returncode, done.stderr.decode(), [parsed(call) for call in _split(words)], pager, region
        )


@cache
def model_of(service: str) -> ServiceModel:
    """botocore's model of a service."""
    return botocore.session.get_session().get_service_model(service)


def _split(words: list[str]) -> Iterator[list[str]]:
    while words:
        end = words.index(_END)
        yield words[:end]
        words = words[end + 1 :]


def parsed(words: list[str]) -> Call:
    """A command line as the parameters of its operation. Fails for what the model does not know."""
    service, command, *options = words
    model = model_of(service)
    (operation,) = [name for name in model.operation_names if xform_name(name, "-") == command]
    shape = model.operation_model(operation).input_shape
    assert isinstance(shape, StructureShape)
    members = {xform_name(name, "-"): (name, member) for name, member in shape.members.items()}
    parameters: dict[str, Any] = {}
    for option, values in _options(options):
        if option in _GLOBAL:
            assert len(values) == 1
        elif option == "cli-input-json":
            parameters |= json.loads(values[0])
        else:
            name, member = members[option]
            assert name not in parameters
            parameters[name] = _typed(member, values)
    validate_parameters(parameters, shape)
    _check_enums(shape, parameters)
    return Call(operation, parameters)


def _options(words: list[str]) -> Iterator[tuple[str, list[str]]]:
    while words:
        option, joined, value = words.pop(0).partition("=")
        assert option.startswith("--"), option
        values = [value] if joined else []
        while not joined and words and not words[0].startswith("-"):
            values.append(words.pop(0))
        assert not any(re.match("(file|fileb|https?)://", value) for value in values)
        yield option.removeprefix("--"), values


def _typed(shape: Shape, values: list[str]) -> Any:
    if shape.type_name == "boolean":
        assert values == []
        return True
    if isinstance(shape, ListShape):
        return [_typed(shape.member, [value]) for value in values]
    (value,) = values
    if isinstance(shape, StructureShape):
        return _structure(shape, _shorthand(value))
    return int(value) if shape.type_name == "integer" else value


def _structure(shape: StructureShape, given: dict[str, Any]) -> dict[str, Any]:
    """Shorthand with the types of the model."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        member = shape.members[name]
        if isinstance(member, StructureShape):
            found[name] = _structure(member, value)
        elif member.type_name == "boolean":
            found[name] = {"true": True, "false": False}[value]
        else:
            found[name] = _typed(member, [value])
    return found


def _shorthand(text: str) -> dict[str, Any]:
    """The CLI's shorthand, as far as it is used here: name=value,name={name=value}."""
    found: dict[str, Any] = {}
    while text:
        part = re.match(r"(\w+)=(?:\{([^{}]*)\}|([^,{}]+))(?:,|$)", text)
        assert part, text
        found[part[1]] = part[3] if part[2] is None else _shorthand(part[2])
        text = text[part.end() :]
    return found


def _check_enums(shape: Shape, value: Any) -> None:
    """botocore leaves that to AWS."""
    if isinstance(shape, StructureShape):
        for name, inside in value.items():
            _check_enums(shape.members[name], inside)
    elif isinstance(shape, ListShape):
        for inside in value:
            _check_enums(shape.member, inside)
    elif isinstance(shape, StringShape) and shape.enum:
        assert value in shape.enum
