"""Measures the product's limits: cold import, peak memory, AWS calls per path. Status 1: one is broken.

`make bench` runs it. The import is that of the built asset, without compiled files, as a Lambda finds it;
floor and handler take turns in one run, so that a busy machine slows both.
"""

import contextlib
import io
import os
import statistics
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from infra.asset import build_asset
from tests.bench.paths import PATHS, Measured

ROUNDS = 15
MOST_TIMES_THE_FLOOR = 1.15

_CLIENTS = """
import boto3
from botocore.config import Config
from aws_lambda_powertools import Logger, Metrics
logger, metrics = Logger(), Metrics()
config = Config(retries={"mode": "standard", "max_attempts": 3}, connect_timeout=3, read_timeout=5)
clients = [boto3.client(name, config=config) for name in ("ecs", "logs", "dynamodb", "sqs", "ssm")]
"""
_HANDLER = """
from unwedge.handlers import remediator
remediator.parts()
"""
_TIMED = """
import time
start = time.perf_counter()
{body}
took = time.perf_counter() - start
import resource
print(took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def _start(body: str, asset: Path) -> tuple[float, float]:
    """Seconds and peak MiB of one fresh Python process that runs this."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(asset),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "POWERTOOLS_SERVICE_NAME": "unwedge",
        "POWERTOOLS_METRICS_NAMESPACE": "Unwedge",
        "UNWEDGE_LEDGER_TABLE": "ledger",
        "UNWEDGE_SIGNALS_URL": "https://signals",
        "UNWEDGE_PASSES_URL": "https://passes",
        "UNWEDGE_KILL_SWITCH": "switch",
    }
    command = [sys.executable, "-c", _TIMED.format(body=body)]
    answer = subprocess.run(command, env=environment, cwd=asset, capture_output=True, text=True, check=True)
    seconds, mebibytes = answer.stdout.split()[-2:]
    return float(seconds), float(mebibytes)


def imports() -> bool:
    """Cold import of the handler with its clients against the same clients alone."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(build_asset()) as archive:
        archive.extractall(folder)
        for body in (_CLIENTS, _HANDLER):
            _start(body, Path(folder))
        rounds = [(_start(_CLIENTS, Path(folder)), _start(_HANDLER, Path(folder))) for _ in range(ROUNDS)]
    floor = statistics.median(pair[0][0] for pair in rounds)
    handler = statistics.median(pair[1][0] for pair in rounds)
    ratio = statistics.median(pair[1][0] / pair[0][0] for pair in rounds)
    peaks = [max(pair[side][1] for pair in rounds) for side in (0, 1)]
    print(f"cold import, median of {ROUNDS} interleaved rounds, Python {sys.version.split()[0]}:")
    print(f"  floor (boto3, Powertools, clients)  {floor * 1000:6.0f} ms   peak {peaks[0]:5.1f} MiB")
    print(f"  handler with the same clients       {handler * 1000:6.0f} ms   peak {peaks[1]:5.1f} MiB")
    print(f"  ratio {ratio:.3f}, at most {MOST_TIMES_THE_FLOOR}")
    return ratio <= MOST_TIMES_THE_FLOOR


def calls() -> bool:
    """AWS calls of each path: on the user's resources (limited), and on our own ledger and queue."""
    print("AWS calls per path (ECS and Logs | ledger and queue | allowed on ECS and Logs):")
    kept = True
    for path in PATHS:
        # Powertools prints metrics; here only the figures are of interest.
        with contextlib.redirect_stdout(io.StringIO()):
            measured: Measured = path.run()
        kept = kept and measured.watched <= path.allowed
        print(f"  {path.name:<58} {measured.watched:>3} | {measured.own:>2} | {path.allowed:>2}")
    return kept


if __name__ == "__main__":
    results = [imports(), calls()]
    sys.exit(0 if all(results) else 1)
