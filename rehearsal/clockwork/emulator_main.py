"""The child process of ``rehearsal.emulator``: MiniStack with a prompt SQS poller.

Run by path, not as a module, so that nothing of this repository is importable inside the emulator and its
Lambda workers but the deployed asset itself.
"""

import os
import signal
import threading
import time
import types

# Delayed messages become due by the virtual clock, which wakes nobody: MiniStack's poller looks once a real
# second by itself. At speed 5 that would be five virtual seconds of latency that AWS does not have.
WAKE_EVERY_SECONDS = 0.03


def _wake_poller(parent: int) -> None:
    """Wake the event-source poller steadily; end the whole process group when the rehearsal has died."""
    from ministack.core.concurrency import esm_wake  # type: ignore[import-untyped]

    while True:
        time.sleep(WAKE_EVERY_SECONDS)
        esm_wake.set()
        if os.getppid() != parent:
            os.killpg(os.getpgrp(), signal.SIGKILL)


def _stop(signum: int, frame: types.FrameType | None) -> None:
    """SIGTERM ends everything at once: there is no state worth an orderly shutdown."""
    os.killpg(os.getpgrp(), signal.SIGKILL)


def main() -> None:
    """Serve until the parent process stops us or is gone."""
    from ministack import app  # type: ignore[import-untyped]
    from ministack.services import lambda_svc  # type: ignore[import-untyped]

    lambda_svc._ESM_IDLE_WAKE_GAP_SECONDS = 0.0
    threading.Thread(target=_wake_poller, args=(os.getppid(),), daemon=True).start()
    app.main()


if __name__ == "__main__":
    main()
