"""What runs inside the container: a fixed script that asks HTTP endpoints and a DNS name, and its output.

Nothing that anybody else chose gets into the script unchecked: ports, paths and names of a strict form.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from unwedge.model.task_definition import ContainerSpec
from unwedge.verify.facts import Registration

# The tag with the endpoints of a service: `9090/-/healthy 9090/-/ready`, or `off`.
ENDPOINTS_TAG = "unwedge:endpoints"
_MOST_ENDPOINTS = 8
# Of an ECS tag's characters those that mean nothing to a shell.
_ENDPOINT = re.compile(r"(\d{1,5})(/[A-Za-z0-9._:/@+=-]*)?")
_NAME = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})+")
_PROMETHEUS_PORT = 9090
# The paths of Prometheus's management API and HTTP API (prometheus.io/docs).
_PROMETHEUS = ("/-/healthy", "/-/ready")
_HEADING = r"^@{mark} (http|targets|start|dns) (\S+) (\d+)$"
_TARGETS = re.compile(r'(\d+) "health":"(\w+)"')
_NO_TARGETS = '"activeTargets":[]'
_START = re.compile(r"prometheus_tsdb_clean_start(?:\{[^}]*\})? (-?\d+)")
_ADDRESS = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
_KEPT = 200


class Endpoint(NamedTuple):
    """An HTTP endpoint of the container that is to answer with a success."""

    port: int
    path: str

    def __str__(self) -> str:
        return f"http://localhost:{self.port}{self.path}"


class Plan(NamedTuple):
    """What the script is to ask. `prometheus`: the endpoint of a Prometheus, asked for its targets and its
    start; `problem`: why nothing is asked for, if so."""

    endpoints: tuple[Endpoint, ...] = ()
    prometheus: Endpoint | None = None
    name: str | None = None
    problem: str = ""
    off: bool = False


class Answer(NamedTuple):
    """What one request in the container came to: the exit status of curl, wget or the resolver, and the
    beginning of what it printed."""

    kind: str
    about: str
    status: int
    text: str


class Answers(NamedTuple):
    """The script's output, understood."""

    http: tuple[Answer, ...] = ()
    targets: dict[str, int] | None = None
    clean_start: int | None = None
    dns: Answer | None = None

    @property
    def addresses(self) -> list[str]:
        """The IPv4 addresses that the resolver printed."""
        return _ADDRESS.findall(self.dns.text) if self.dns else []


def plan_for(spec: ContainerSpec, tag: str | None, registration: Registration | None, known: bool) -> Plan:
    """What to ask in this container. `known`: it is a Prometheus that its task definition tells."""
    name = registration.name if registration and _NAME.fullmatch(registration.name) else None
    if tag is None:
        if not known:
            problem = (
                f"no endpoints are known for the image {spec.image!r}; name them in the tag {ENDPOINTS_TAG}"
            )
            return Plan(name=name, problem=problem)
        endpoints = tuple(Endpoint(_PROMETHEUS_PORT, path) for path in _PROMETHEUS)
        return Plan(endpoints, Endpoint(_PROMETHEUS_PORT, ""), name)
    if tag.strip().lower() == "off":
        return Plan(name=name, problem=f"the tag {ENDPOINTS_TAG} is off", off=True)
    found = [_ENDPOINT.fullmatch(word) for word in tag.split()]
    if not found or None in found or len(found) > _MOST_ENDPOINTS:
        problem = (
            f"the tag {ENDPOINTS_TAG} is {tag[:100]!r}; it is to have up to {_MOST_ENDPOINTS} endpoints such "
            "as 9090/-/healthy, with spaces between them"
        )
        return Plan(name=name, problem=problem)
    endpoints = tuple(Endpoint(int(item[1]), item[2] or "/") for item in found if item)
    base = _prometheus_base(endpoints) if known else None
    return Plan(endpoints, base, name)


def _prometheus_base(endpoints: Iterable[Endpoint]) -> Endpoint | None:
    """Where Prometheus is below a route prefix: what stands before `/-/`."""
    for endpoint in endpoints:
        before, found, _ = endpoint.path.partition("/-/")
        if found:
            return Endpoint(endpoint.port, before)
    return None


# curl before wget: it has one time limit for everything, and fails for an HTTP error in every version. GNU
# wget tries again twenty times unless told not to, BusyBox's does not know the option.
_FUNCTIONS = """
get() {
 if command -v curl >/dev/null 2>&1; then curl -sSf -m 4 "$1"
 elif command -v wget >/dev/null 2>&1; then
  if wget --help 2>&1 | grep -q -- --tries; then t=--tries=1; else t=-q; fi
  wget -q $t -T 4 -O - "$1"
 else echo "neither curl nor wget is in the image"; return 127; fi; }
ask() {
 out=$(get "$1" 2>&1); printf '@MARK http %s %d\\n' "$1" $?
 printf '%s\\n' "$out" | head -c 300; echo; }
""".strip("\n")
_PROMETHEUS_SCRIPT = """
printf '@MARK targets {base} 0\\n'
get '{base}/api/v1/targets?state=active' 2>/dev/null |
 tr ',' '\\n' | grep -oE '"health":"[a-z]*"|"activeTargets":\\[\\]' | sort | uniq -c
printf '@MARK start {base} 0\\n'
get '{base}/metrics' 2>/dev/null | grep '^prometheus_tsdb_clean_start'
""".strip("\n")
_DNS_SCRIPT = """
if command -v getent >/dev/null 2>&1; then out=$(getent ahostsv4 {name} 2>&1)
elif command -v nslookup >/dev/null 2>&1; then out=$(nslookup {name} 2>&1)
else out='neither getent nor nslookup is in the image'; (exit 127); fi
printf '@MARK dns {name} %d\\n' $?; printf '%s\\n' "$out" | head -c 600
""".strip("\n")


def script_for(plan: Plan, mark: str) -> str:
    """The script for `sh`. `mark`: random letters that head each answer, so that none can pass for two."""
    parts = [_FUNCTIONS]
    parts += [f"ask '{endpoint}'" for endpoint in plan.endpoints]
    if plan.prometheus:
        parts.append(_PROMETHEUS_SCRIPT.format(base=plan.prometheus))
    if plan.name:
        parts.append(_DNS_SCRIPT.format(name=plan.name))
    return "\n".join([*parts, "true"]).replace("@MARK", f"@{mark}")


def answers_of(output: str, mark: str) -> Answers:
    """The output of the script with this mark. A part that is not there was not answered."""
    sections = list(_sections(output, mark))
    targets = next((item for item in sections if item.kind == "targets"), None)
    start = next((item for item in sections if item.kind == "start"), None)
    counted = {health: int(number) for number, health in _TARGETS.findall(targets.text)} if targets else {}
    none = targets is not None and _NO_TARGETS in targets.text
    found = _START.search(start.text) if start else None
    return Answers(
        tuple(item._replace(text=item.text[:_KEPT]) for item in sections if item.kind == "http"),
        counted if counted or none else None,
        int(found[1]) if found else None,
        next((item for item in sections if item.kind == "dns"), None),
    )


def _sections(output: str, mark: str) -> Iterator[Answer]:
    pattern = re.compile(_HEADING.replace("{mark}", re.escape(mark)))
    heading: re.Match[str] | None = None
    lines: list[str] = []
    for line in [*output.split("\n"), f"@{mark} http end 0"]:
        found = pattern.match(line)
        if not found:
            lines.append(line)
            continue
        if heading:
            yield Answer(heading[1], heading[2], int(heading[3]), "\n".join(lines).strip())
        heading, lines = found, []
