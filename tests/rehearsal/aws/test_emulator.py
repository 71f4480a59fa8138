"""The emulator runs on the rehearsal's virtual clock."""

import io
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rehearsal.aws.deployed_app import DeployedApp
from rehearsal.aws.emulator import CLOCKWORK, Emulator, aws_environment
from rehearsal.aws.function_log import Remark
from rehearsal.clockwork.clock import ScaledClock
from rehearsal.clockwork.hand import CLOCK_VARIABLE, WORKING_SPEED
from rehearsal.dashboard.invocations import invocations
from rehearsal.dashboard.lines import LogLine


def _run_python(code: str, clock: ScaledClock) -> str:
    with tempfile.TemporaryDirectory() as folder:
        hand = Path(folder) / "clock"
        clock.share(hand)
        environment = {"PYTHONPATH": str(CLOCKWORK), CLOCK_VARIABLE: str(hand), "PATH": os.defpath}
        return subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        ).stdout


def test_every_wall_clock_of_a_worker_shows_virtual_time_while_monotonic_time_stays_real() -> None:
    """time.time, time_ns, datetime.now, log records and so on agree; time-outs are not shortened."""
    clock = ScaledClock(datetime(2030, 1, 1, tzinfo=UTC), 10.0)
    code = (
        "import json, time, logging\n"
        "from datetime import datetime, UTC, date\n"
        "before = time.monotonic(), time.time(); time.sleep(0.2); after = time.monotonic(), time.time()\n"
        "record = logging.LogRecord('x', 20, 'p', 1, 'm', None, None)\n"
        "print(json.dumps([time.time(), time.time_ns() / 1e9, datetime.now(UTC).timestamp(),\n"
        "    datetime.now().timestamp(), record.created, after[0] - before[0], after[1] - before[1]]))"
    )

    *clocks, real, virtual = json.loads(_run_python(code, clock))

    assert max(clocks) - min(clocks) < 0.5
    assert abs(clocks[0] - clock.now().timestamp()) < 10
    assert real == pytest.approx(0.2, abs=0.15)
    assert virtual == pytest.approx(10 * real, rel=0.1)


def test_datetimes_of_the_scaled_class_and_plain_ones_are_each_others_kind() -> None:
    """Libraries that check isinstance, compare or subtract see no difference."""
    clock = ScaledClock(datetime(2030, 1, 1, tzinfo=UTC), 2.0)
    code = (
        "import datetime, pickle, copy\n"
        "plain = datetime.datetime.strptime('2030-01-01', '%Y-%m-%d')\n"
        "now = datetime.datetime.now()\n"
        "assert isinstance(plain, datetime.datetime) and isinstance(now, datetime.datetime)\n"
        "assert isinstance(datetime.date.today(), datetime.date)\n"
        "assert now > plain and (now - plain).total_seconds() > 0 and copy.deepcopy(now) == now\n"
        "assert isinstance(now + datetime.timedelta(1), datetime.datetime)\n"
        "print(now.year)"
    )

    assert _run_python(code, clock).strip() in {"2029", "2030"}


def test_a_process_without_the_variable_keeps_real_time() -> None:
    """The directory on PYTHONPATH alone changes nothing."""
    environment = {"PYTHONPATH": str(CLOCKWORK), "PATH": os.defpath}
    told = subprocess.check_output([sys.executable, "-c", "import time; print(time.time())"], env=environment)

    assert abs(float(told) - time.time()) < 10


def test_a_message_with_a_delay_of_20_virtual_seconds_reaches_the_function_in_a_tenth_of_that(
    deployed: DeployedApp,
) -> None:
    """Delays and the poller follow the virtual clock: at speed 10 it takes about 2 real seconds."""
    log = deployed.function_log()
    list(log.read())
    queue = deployed.deployment.output("QueueUrl")
    sent, real = deployed.clock.now(), time.monotonic()

    deployed.emulator.client("sqs").send_message(QueueUrl=queue, MessageBody="no signal", DelaySeconds=20)
    told: list[object] = []
    while not told and time.monotonic() - real < 20:
        time.sleep(0.05)
        told = list(log.read())

    assert isinstance(told[0], Remark)
    assert told[0].at - sent == pytest.approx(timedelta(seconds=20), abs=timedelta(seconds=4))
    assert time.monotonic() - real == pytest.approx(20 / deployed.clock.speed, abs=1.0)


def _create_function(emulator: Emulator, name: str, code: str) -> None:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr(f"{name}.py", code)
    emulator.client("lambda").create_function(
        FunctionName=name, Runtime="python3.13", Handler=f"{name}.handler", Timeout=60,
        Role=f"arn:aws:iam::000000000000:role/{name}", Code={"ZipFile": package.getvalue()},
    )  # fmt: skip


def test_time_slows_down_while_a_function_works_for_it_and_for_everybody() -> None:
    """What takes a function half a real second is no age in the world, and afterwards time is fast again."""
    code = """
import time

def handler(event, context):
    began, real = time.time(), time.monotonic()
    time.sleep(0.5)
    return {"virtual": time.time() - began, "real": time.monotonic() - real}
"""
    clock = ScaledClock(datetime.now(UTC), 1000.0)
    with Emulator(clock=clock) as emulator:
        _create_function(emulator, "sleeper", code)
        emulator.client("lambda").invoke(FunctionName="sleeper")
        answer = json.loads(emulator.client("lambda").invoke(FunctionName="sleeper")["Payload"].read())
        began, real = clock.now(), time.monotonic()
        time.sleep(0.2)
        passed, took = (clock.now() - began).total_seconds(), time.monotonic() - real
        events = emulator.client("logs").filter_log_events(logGroupName="/aws/lambda/sleeper")["events"]
        reported = invocations(LogLine(clock.now(), "", "", event["message"]) for event in events)

    # what Lambda itself reports is measured at this speed too: the page's charts turn it back
    warm = min(invocation.milliseconds for invocation in reported) / 1000
    assert warm / WORKING_SPEED == pytest.approx(answer["real"], abs=0.25)
    assert answer["virtual"] == pytest.approx(answer["real"] * WORKING_SPEED, rel=0.05)
    assert passed == pytest.approx(took * 1000, rel=0.05)


def test_an_invocation_has_all_of_its_log_lines_and_none_of_another() -> None:
    """However much it says, and however fast the clock runs by which MiniStack itself would wait for it."""
    said = 1000
    code = f"""
def handler(event, context):
    for n in range({said}):
        print(event["who"], n, "." * 200)
"""
    with Emulator(clock=ScaledClock(datetime.now(UTC), 2000.0)) as emulator:
        functions, logs = emulator.client("lambda"), emulator.client("logs")
        _create_function(emulator, "talker", code)
        for who in ("first", "second"):
            functions.invoke(FunctionName="talker", Payload=json.dumps({"who": who}))
        group = "/aws/lambda/talker"
        streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
        told = [
            [
                event["message"].split(" ")[0]
                for page in logs.get_paginator("filter_log_events").paginate(
                    logGroupName=group, logStreamNames=[stream["logStreamName"]]
                )
                for event in page["events"]
                if " ...." in event["message"]
            ]
            for stream in streams
        ]

    assert sorted(told) == [["first"] * said, ["second"] * said]


def test_stopping_the_emulator_ends_it_and_leaves_no_files() -> None:
    """Its process group is gone, and so is its directory."""
    with Emulator(clock=ScaledClock(datetime.now(UTC), 1.0)) as emulator:
        process, directory = emulator._process, emulator._directory
        assert process is not None
        assert directory is not None
        assert emulator.client("sqs").list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200

    assert process.poll() is not None
    assert not directory.exists()
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_nothing_of_the_users_aws_settings_reaches_the_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile or a session token of a real account must not be used by accident."""
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "secret")

    environment = aws_environment("http://127.0.0.1:1", "key")

    assert "AWS_PROFILE" not in environment
    assert environment["AWS_SESSION_TOKEN"] == "key"
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
