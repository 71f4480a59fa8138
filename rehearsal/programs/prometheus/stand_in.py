"""A stand-in for Prometheus: takes the same file lock, prints the same lines, answers the same health check.

Runs as a program of its own (``python stand_in.py --storage.tsdb.path=… --web.listen-address=…``), standard
library only. It stores nothing.
"""

import argparse
import datetime
import fcntl
import http.server
import json
import os
import signal
import sys
import threading
import urllib.parse
from pathlib import Path

LOCKED = "opening storage failed: lock DB directory: resource temporarily unavailable"


def _settings(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--config.file", dest="config", required=True)
    parser.add_argument("--storage.tsdb.path", "--storage.agent.path", dest="data", required=True)
    parser.add_argument("--web.listen-address", dest="address", required=True)
    parser.add_argument("--log.format", dest="format", default="logfmt")
    parser.add_argument("--enable-feature", dest="feature")
    return parser.parse_args(arguments)


class Log:
    """Prints lines in the shape of Prometheus 2.x."""

    def __init__(self, shape: str) -> None:
        self._shape = shape

    def line(self, caller: str, level: str, key: str, text: str) -> None:
        """One line whose message is under ``key`` (msg or err)."""
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if self._shape == "json":
            print(json.dumps({"caller": caller, key: text, "level": level, "ts": now}), file=sys.stderr)
        else:
            quoted = json.dumps(text)
            print(f"ts={now} caller={caller} level={level} {key}={quoted}", file=sys.stderr)


_ANSWERS = {
    "/-/healthy": b"Prometheus Server is Healthy.\n",
    "/-/ready": b"Prometheus Server is Ready.\n",
    "/api/v1/targets": b'{"status":"success","data":{"activeTargets":[{"health":"up"}]}}',
    "/metrics": b"prometheus_tsdb_clean_start 1\n",
}


class _Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        # as Prometheus does, it takes a path for what it is also when the whole address is named
        body = _ANSWERS.get(urllib.parse.urlsplit(self.path).path)
        if body is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Prometheus logs no requests."""


def _take_lock(directory: Path) -> int | None:
    """The descriptor that keeps the lock open; None when somebody else has it."""
    directory.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(directory / "lock", os.O_CREAT | os.O_RDWR, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def run(arguments: list[str]) -> int:
    """Run until SIGTERM; returns the exit status."""
    settings = _settings(arguments)
    log = Log(settings.format)
    if "soon" in Path(settings.config).read_text():
        log.line("main.go:468", "error", "err", f"parsing YAML file {settings.config}: not a valid duration")
        return 2
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    host, _, port = settings.address.rpartition(":")
    server = http.server.ThreadingHTTPServer((host, int(port)), _Health)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    log.line("main.go:512", "info", "msg", "Starting Prometheus (stand-in)")
    lock = _take_lock(Path(settings.data))
    if lock is None:
        log.line("main.go:1127", "error", "err", LOCKED)
        return 1
    log.line("main.go:1033", "info", "msg", "TSDB started")
    log.line("main.go:996", "info", "msg", "Server is ready to receive web requests.")
    ended.wait()
    log.line("main.go:856", "warn", "msg", "Received SIGTERM, exiting gracefully...")
    # in Prometheus's own order: unlock, then remove the file
    os.close(lock)
    (Path(settings.data) / "lock").unlink(missing_ok=True)
    log.line("main.go:1130", "info", "msg", "See you next time!")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
