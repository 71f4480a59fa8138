"""The child process of ``rehearsal.aws.emulator``: MiniStack with a prompt SQS poller and saved queries.

Run by path, not as a module, so that nothing of this repository is importable inside the emulator and its
Lambda workers but the deployed asset itself.
"""

import os
import queue
import signal
import threading
import time
import types
from typing import Any

from hand import CLOCK_VARIABLE, Hand, real_time  # type: ignore[import-not-found]  # beside this file
from loopback import KEY_VARIABLE, guarded  # type: ignore[import-not-found]  # beside this file

# Delayed messages become due by the virtual clock, which wakes nobody: MiniStack's poller looks once a real
# second by itself. At speed 5 that would be five virtual seconds of latency that AWS does not have.
WAKE_EVERY_SECONDS = 0.03

# A Python worker says this on its standard error, then answers: all that an invocation logged came before it.
LOG_ENDS = "unwedge-rehearsal: this invocation's log ends here"
_LOG_WAIT_SECONDS = 10.0


def _wake_poller(parent: int) -> None:
    """Wake the event-source poller steadily; end the whole process group when the rehearsal has died."""
    from ministack.core.concurrency import esm_wake  # type: ignore[import-untyped]

    while True:
        time.sleep(WAKE_EVERY_SECONDS)
        esm_wake.set()
        if os.getppid() != parent:
            os.killpg(os.getpgrp(), signal.SIGKILL)


def _learn_saved_queries() -> None:
    """Teach it CloudFormation's ``AWS::Logs::QueryDefinition`` and the call ``DescribeQueryDefinitions``.

    It refuses a template with a type that it does not know. The definitions are kept, not run.
    """
    from ministack.core.responses import (  # type: ignore[import-untyped]
        AccountRegionScopedDict,
        json_response,
        new_uuid,
    )
    from ministack.services import cloudwatch_logs  # type: ignore[import-untyped]
    from ministack.services.cloudformation import provisioners  # type: ignore[import-untyped]

    kept = AccountRegionScopedDict()
    answer_others = cloudwatch_logs.handle_request

    def create(logical_id: str, properties: dict[str, Any], stack_name: str) -> tuple[str, dict[str, Any]]:
        return update(new_uuid(), {}, properties, stack_name)

    def update(
        identity: str, old: dict[str, Any], new: dict[str, Any], stack_name: str
    ) -> tuple[str, dict[str, Any]]:
        names = {"name": "Name", "queryString": "QueryString", "logGroupNames": "LogGroupNames"}
        given = {field: new[name] for field, name in names.items() if name in new}
        kept[identity] = given | {"queryDefinitionId": identity, "lastModified": int(time.time() * 1000)}
        return identity, {"QueryDefinitionId": identity}

    def delete(identity: str, properties: dict[str, Any]) -> None:
        kept.pop(identity, None)

    async def answer(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Any:
        if headers.get("x-amz-target", "").endswith(".DescribeQueryDefinitions"):
            return json_response({"queryDefinitions": list(kept.values())})
        return await answer_others(method, path, headers, body, query)

    kind = {"create": create, "update": update, "delete": delete}
    provisioners._RESOURCE_HANDLERS["AWS::Logs::QueryDefinition"] = kind
    cloudwatch_logs.handle_request = answer


def _keep_whole_logs() -> None:
    """Give each invocation of a Python function its own log lines, all of them.

    MiniStack takes what has come through the pipe some milliseconds after the answer, by a clock that is the
    virtual one here: on a busy machine lines went to the next invocation of the worker, or to none.
    """
    from ministack.core import lambda_runtime  # type: ignore[import-untyped]

    kept = "    _real_stdout = sys.stdout\n"
    marking = f"""{kept}
    class Marked:
        def write(self, text, out=_real_stdout):
            if not text.startswith('{{"status": "ready"'):
                sys.stderr.write({LOG_ENDS!r} + "\\n")
                sys.stderr.flush()
            out.write(text)
        flush = _real_stdout.flush
    _real_stdout = Marked()
"""
    script = lambda_runtime._PYTHON_WORKER_SCRIPT
    assert script.count(kept) == 1, "the Python worker of this MiniStack is another"
    lambda_runtime._PYTHON_WORKER_SCRIPT = script.replace(kept, marking)
    of_others = lambda_runtime.Worker._drain_stderr_bounded

    def whole(worker: Any, *waits: float, **more: float) -> str:
        if not worker.config.get("Runtime", "").startswith("python"):
            return str(of_others(worker, *waits, **more))
        lines: list[str] = []
        deadline = time.monotonic() + _LOG_WAIT_SECONDS
        while time.monotonic() < deadline:
            try:
                line = worker._stderr_queue.get(timeout=0.05)
            except queue.Empty:
                if not worker._stderr_thread.is_alive():
                    break
                continue
            text, end, _ = line.partition(LOG_ENDS)
            if text or not end:
                lines.append(text)
            if end:
                break
        return "\n".join(lines)

    lambda_runtime.Worker._drain_stderr_bounded = whole


def _slow_down_for_work() -> None:
    """Turn the clock's hand to its working speed while any function works, its cold start included."""
    from ministack.core import lambda_runtime

    hand = Hand.in_file(os.environ[CLOCK_VARIABLE])
    of_others = lambda_runtime.Worker.invoke

    def invoke(worker: Any, *values: Any, **more: Any) -> Any:
        hand.work(1, real_time())
        try:
            return of_others(worker, *values, **more)
        finally:
            hand.work(-1, real_time())

    lambda_runtime.Worker.invoke = invoke


def _issued() -> set[str]:
    """The tokens of the sessions that STS gave out, to the CDK and, with IAM enforced, to the functions."""
    from ministack.services import sts

    return {str(session.get("SessionToken", "")) for session in list(sts._sessions.values())}


def _stop(signum: int, frame: types.FrameType | None) -> None:
    """SIGTERM ends everything at once: there is no state worth an orderly shutdown."""
    os.killpg(os.getpgrp(), signal.SIGKILL)


def main() -> None:
    """Serve until the parent process stops us or is gone."""
    from ministack import app  # type: ignore[import-untyped]
    from ministack.services import lambda_svc

    app.app = guarded(app.app, os.environ[KEY_VARIABLE], _issued)
    lambda_svc._ESM_IDLE_WAKE_GAP_SECONDS = 0.0
    _learn_saved_queries()
    _keep_whole_logs()
    _slow_down_for_work()
    threading.Thread(target=_wake_poller, args=(os.getppid(),), daemon=True).start()
    app.main()


if __name__ == "__main__":
    main()
