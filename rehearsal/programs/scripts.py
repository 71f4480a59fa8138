"""Scripts for the programs of a scenario: Prometheus' own lines without a Prometheus."""

from rehearsal.ecs.launching import ContainerSpec
from rehearsal.programs.scripted import Script
from rehearsal.scenario.listed import LISTED
from rehearsal.scenario.model import ProgramKind, Revision

_REASONS = {
    ProgramKind.PROMETHEUS: "lock DB directory: resource temporarily unavailable",
    ProgramKind.STORE: "lock DB directory: resource temporarily unavailable",
    ProgramKind.BROKEN_STORE: "lock DB directory: resource temporarily unavailable",
    ProgramKind.PERMISSION_DENIED: "lock DB directory: open /prometheus/data/lock: permission denied",
    ProgramKind.NO_LOCKS: "lock DB directory: no locks available",
}
_BROKEN = (
    'ts={time} caller=main.go:537 level=error msg="Error loading config '
    '(--config.file=/prometheus/config/prometheus.yml)" file=/prometheus/config/prometheus.yml '
    'err="parsing YAML file /prometheus/config/prometheus.yml: yaml: line 2: mapping values are not allowed"'
)
_READY = 'ts={time} caller=main.go:1024 level=info msg="Server is ready to receive web requests."'
_CORRUPT = 'ts={time} caller=db.go:838 level=error err="block 01HQ: unknown index version 9"'
_BREAKS_AFTER_SECONDS = 2.0
# Which of its lock lines a program of the catalogue prints, and the exit code that goes with it, where that
# is not the first one and the smallest: the newer VictoriaMetrics panics.
_SHAPES = {"VictoriaMetrics": (2, 2)}
# A small Prometheus opens its storage within moments of its start.
_OPENS_AFTER_SECONDS = 0.2


def script_for(spec: ContainerSpec, revision: Revision) -> Script:
    """What the main container of a revision does, on virtual time."""
    match revision.program:
        case ProgramKind.PROMETHEUS | ProgramKind.STORE:
            return Script(
                lock=str(spec.volume),
                lock_failure_line=failure_line(revision),
                starts_after=_OPENS_AFTER_SECONDS,
                lines=((_OPENS_AFTER_SECONDS + 0.1, _READY),),
            )
        case ProgramKind.BROKEN_STORE:
            return Script(
                lock=str(spec.volume),
                lock_failure_line=failure_line(revision),
                starts_after=_OPENS_AFTER_SECONDS,
                exit_after=_BREAKS_AFTER_SECONDS,
                exit_code=2,
                last_words=(_CORRUPT,),
            )
        case ProgramKind.LISTED:
            return _listed(spec, revision)
        case ProgramKind.BROKEN:
            return Script(exit_after=_OPENS_AFTER_SECONDS, exit_code=2, last_words=(_BROKEN,))
        case ProgramKind.PERMISSION_DENIED | ProgramKind.NO_LOCKS:
            words = (failure_line(revision),)
            return Script(exit_after=_OPENS_AFTER_SECONDS, exit_code=1, last_words=words)


def _listed(spec: ContainerSpec, revision: Revision) -> Script:
    """A program of the catalogue: what it prints without its lock, and with which code it ends."""
    signature = LISTED[revision.listed].signature
    assert signature is not None, "only those are listed"
    shape, code = _SHAPES.get(signature.program, (0, min(signature.exit_codes)))
    return Script(
        lock=str(spec.volume),
        lock_failure_line=signature.lines[shape],
        lock_failure_code=code,
        after_lock_failure=signature.follows,
        opened_line=signature.opened or "ready",
        starts_after=_OPENS_AFTER_SECONDS,
    )


def failure_line(revision: Revision) -> str:
    """The line with which Prometheus says why it cannot open its storage; ``{time}`` stands for the time."""
    reason = _REASONS[revision.program]
    error = reason if revision.agent else f"opening storage failed: {reason}"
    if revision.version.startswith("3"):
        if revision.log_format == "json":
            return (
                '{"time":"{time}","level":"ERROR","source":"main.go:1330",'
                f'"msg":"Fatal error","err":"{error}"}}'
            )
        return f'time={{time}} level=ERROR source=main.go:1330 msg="Fatal error" err="{error}"'
    if revision.log_format == "json":
        return f'{{"caller":"main.go:1159","err":"{error}","level":"error","ts":"{{time}}"}}'
    return f'ts={{time}} caller=main.go:1159 level=error err="{error}"'
