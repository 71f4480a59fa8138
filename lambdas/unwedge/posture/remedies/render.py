"""A remedy as text to paste."""

from collections.abc import Iterable
from enum import StrEnum

from unwedge.model.posture import Step
from unwedge.posture.remedies import cdk_python, cdk_typescript, cli, terraform
from unwedge.posture.remedies.parts import parted
from unwedge.posture.remedies.place import Place


class Language(StrEnum):
    """What a remedy can be written in."""

    TERRAFORM = "terraform"
    CDK_PYTHON = "cdk-python"
    CDK_TYPESCRIPT = "cdk-typescript"
    CLI = "cli"


_WRITERS = {
    Language.TERRAFORM: terraform.lines,
    Language.CDK_PYTHON: cdk_python.lines,
    Language.CDK_TYPESCRIPT: cdk_typescript.lines,
    Language.CLI: cli.lines,
}


def render(language: Language, steps: Iterable[Step], place: Place) -> str:
    """The steps in one language, in the order that works, ending with a line break; empty for no steps."""
    parts = parted(steps)
    if parts.empty:
        return ""
    return "\n".join(_WRITERS[language](parts, place)) + "\n"
