"""The CDK for TypeScript: the compiler checks every snippet against the CDK's own types, and Node runs it."""

import json
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import aws_cdk
import constructs
import pytest

from tests.unit.posture.remedies.cases import HOSTILE, PLACE, REMEDIES, hostile
from unwedge.model.posture import Step, StepKind
from unwedge.posture.remedies import Language, Place, render
from unwedge.posture.remedies.quoting import plain

TSC = Path(__file__).parents[4] / "node_modules" / ".bin" / "tsc"
RECORDER = Path(__file__).with_name("recorder.js")
CASES: tuple[tuple[tuple[Step, ...], Place], ...] = (
    *((steps, PLACE) for steps in REMEDIES),
    *(hostile(name) for name in HOSTILE),
)
SNIPPETS = tuple(render(Language.CDK_TYPESCRIPT, steps, place) for steps, place in CASES)
# What a snippet finds where it is pasted: in a stack, a service aside that it writes down itself.
AROUND = """\
{first}
import {{ Stack, aws_elasticloadbalancingv2 as elbv2 }} from 'aws-cdk-lib';
declare const cluster: ecs.ICluster;
declare const taskDefinition: ecs.FargateTaskDefinition;
declare const image: ecs.ContainerImage;
declare const targetGroup: elbv2.ApplicationTargetGroup;
declare const service: ecs.FargateService;
export class Pasted extends Stack {{
  build() {{
{rest}
  }}
}}
"""
OPTIONS = {
    "strict": True,
    "noEmit": True,
    "skipLibCheck": True,
    "target": "es2022",
    "module": "commonjs",
    "moduleResolution": "bundler",
    "types": [],
}
PROPERTIES: dict[StepKind, dict[str, Any]] = {
    StepKind.ROLLING: {"deploymentStrategy": "ROLLING"},
    StepKind.REBALANCING_OFF: {"availabilityZoneRebalancing": "DISABLED"},
    StepKind.STOP_FIRST: {"minHealthyPercent": 0, "maxHealthyPercent": 100},
    StepKind.BREAKER_WITHOUT_ROLLBACK: {"circuitBreaker": {"enable": True, "rollback": False}},
    StepKind.ONE_TASK: {"desiredCount": 1},
    StepKind.PROPAGATE_TAGS: {"propagateTags": "SERVICE", "enableECSManagedTags": True},
}
DEFINITION = {StepKind.STOP_TIMEOUT, StepKind.AWSLOGS}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the CDK's types. The Python packages carry the npm packages that they call."""
    folder = tmp_path_factory.mktemp("snippets")
    for package, name in ((aws_cdk, "aws-cdk-lib"), (constructs, "constructs")):
        (archive,) = (Path(package.__path__[0]) / "_jsii").glob("*.jsii.tgz")
        with tarfile.open(archive) as packed:
            for member in packed:
                if member.name.endswith((".d.ts", "package/package.json")):
                    member.name = member.name.removeprefix("package/")
                    packed.extract(member, folder / "node_modules" / name, filter="data")
    return folder


def complaints(project: Path, snippets: tuple[str, ...]) -> str:
    """What the compiler says of them, each in a file of its own."""
    for old in project.glob("*.ts"):
        old.unlink()
    for number, text in enumerate(snippets):
        first, rest = text.split("\n", 1)
        (project / f"case{number}.ts").write_text(AROUND.format(first=first, rest=rest), newline="")
    settings = {"compilerOptions": OPTIONS, "include": ["*.ts"]}
    (project / "tsconfig.json").write_text(json.dumps(settings))
    return subprocess.run([TSC, "-p", project], capture_output=True, text=True, timeout=120).stdout


def test_every_snippet_passes_the_strict_compiler(project: Path) -> None:
    """Every kind alone, in pairs, all together, and with every hostile name."""
    assert complaints(project, SNIPPETS) == ""


def test_the_compiler_would_notice_a_property_that_does_not_exist(project: Path) -> None:
    """A check that cannot fail is none."""
    wrong = SNIPPETS[-1].replace("minHealthyPercent", "minimumHealthyPercent")
    assert "'minimumHealthyPercent' does not exist" in complaints(project, (wrong,))


@pytest.fixture(scope="module")
def said() -> list[dict[str, Any]]:
    """What Node saw each snippet do."""
    texts = [text.split("\n", 1)[1] for text in SNIPPETS]
    done = subprocess.run(
        ["node", RECORDER],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("number", range(len(CASES)))
def test_a_snippet_sets_exactly_what_the_steps_ask_for(number: int, said: list[dict[str, Any]]) -> None:
    """And calls nothing else, whatever the names are."""
    (steps, place), did = CASES[number], said[number]
    kinds = {step.kind for step in steps}
    wanted: dict[str, Any] = {}
    for step in steps:
        wanted |= PROPERTIES.get(step.kind, {})
    around = {"cluster": "cluster", "taskDefinition": {}}
    assert [service["props"] for service in did["services"]] == ([wanted | around] if wanted else [])
    delays = [step for step in steps if step.kind is StepKind.DEREGISTRATION]
    assert did["attributes"] == [
        ["deregistration_delay.timeout_seconds", str(step.seconds)] for step in delays
    ]
    assert did["forced"] == (["1"] if StepKind.NEW_TASKS in kinds and not kinds & DEFINITION else [])
    assert len(did["containers"]) == bool(kinds & DEFINITION)
    for made in did["containers"]:
        name = next(step.container for step in steps if step.kind in DEFINITION)
        assert made["props"].get("containerName", made["id"]) == plain(name)
        assert made["props"].get("stopTimeout") == (120 if StepKind.STOP_TIMEOUT in kinds else None)
        log = {"streamPrefix": plain(place.service), "mode": "NON_BLOCKING", "maxBufferSize": 25}
        assert made["props"].get("logging") == (log if StepKind.AWSLOGS in kinds else None)
