"""What the program itself says: its log since it started."""

from unwedge.decide.grips import may_take
from unwedge.decide.lines import plain
from unwedge.decide.signatures import PROMETHEUS, Word, meaning
from unwedge.model.log import LogStatus
from unwedge.model.task_definition import ContainerSpec
from unwedge.model.verification import Check, Part, Result
from unwedge.verify.checks.outside import AT_REST, READ_LOG
from unwedge.verify.facts import Facts

_QUOTED = 300
# Prometheus prints it for every file system of which it knows nothing good, NFS and so EFS included
# (tsdb, "This filesystem is not supported and may lead to data corruption and data loss.").
_UNSUPPORTED = "filesystem is not supported"


def logs(facts: Facts) -> Check:
    """The program's own words since it started: its start-up line, no error, nothing about a lock."""
    log, spec = facts.log, facts.spec
    if facts.at_rest:
        return Check(Part.LOGS, Result.SKIPPED, AT_REST)
    if log is None or spec is None:
        return Check(Part.LOGS, Result.UNKNOWN, "The log was not read.", READ_LOG)
    if log.status is LogStatus.EMPTY or log.status is LogStatus.MISSING:
        return Check(
            Part.LOGS,
            Result.UNKNOWN,
            f"Container {spec.name} has no line in CloudWatch Logs yet.",
            "Verify again in a minute.",
        )
    if log.status is not LogStatus.READ:
        return Check(
            Part.LOGS,
            Result.UNKNOWN,
            f"The log of container {spec.name} cannot be read: {log.detail or log.status}.",
        )
    told = [(line, meaning(PROMETHEUS, plain(line.text)).word) for line in log.lines]
    began = max((n for n, (_, word) in enumerate(told) if word is Word.BEGAN), default=0)
    told = told[began:]
    bad = [line for line, word in told if word in (Word.HELD, Word.UNCLEAR, Word.FAILED)]
    opened = any(word is Word.OPENED for _, word in told)
    warned = any(_UNSUPPORTED in line.text for line, _ in told)
    note = (
        " It warns that the file system is not supported: Prometheus supports no NFS, and so no EFS."
        if warned
        else ""
    )
    part = "" if facts.whole_log else " Only the beginning and the end of the log were read."
    if bad:
        quoted = " ".join(plain(bad[-1].text).split())[:_QUOTED]
        return Check(
            Part.LOGS,
            Result.FAIL,
            f"{len(bad)} of {len(told)} lines since the start tell of an error, the last: {quoted}{note}",
            READ_LOG,
        )
    if opened:
        return Check(
            Part.LOGS,
            Result.PASS,
            f'The store was opened ("TSDB started"), and none of {len(told)} lines since the '
            f"start tells of an error.{note}{part}",
        )
    if runs_prometheus(spec):
        return Check(
            Part.LOGS,
            Result.UNKNOWN,
            f"None of {len(told)} lines says that the store was opened.{note}{part}",
            "Prometheus reads its write-ahead log first, which can take minutes: verify again.",
        )
    return Check(
        Part.LOGS,
        Result.PASS,
        f"None of {len(told)} lines tells of an error that Unwedge knows. Which line the program "
        f"prints once it works is not known.{part}",
    )


def runs_prometheus(spec: ContainerSpec) -> bool:
    """Whether the task definition shows that the container runs Prometheus."""
    return may_take(spec, [spec]) and (
        spec.data_path is not None or "prometheus" in spec.image.rsplit("/", 1)[-1]
    )
