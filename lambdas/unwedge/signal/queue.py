"""Messages to ourselves. Scheduled passes, and what concerns open incidents, have a queue of their own: a
storm of events fills the other one and delays no incident."""

from typing import TYPE_CHECKING

from unwedge.signal.signals import Cause, Signal, Sweep, requeue_message, sweep_message

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

_LONGEST_DELAY = 900  # SQS delays a message by 15 minutes at most


class SqsQueues:
    """Sends to both queues: that of the events, and that of the passes."""

    def __init__(self, sqs: "SQSClient", signals_url: str, passes_url: str) -> None:
        self._sqs = sqs
        self._signals_url = signals_url
        self._passes_url = passes_url

    def schedule(self, signal: Signal, seconds: int) -> None:
        """Deliver the signal after so many seconds, at most 15 minutes."""
        self._send(
            requeue_message(signal), seconds, self._passes_url if _expected(signal) else self._signals_url
        )

    def sweep(self, sweep: Sweep) -> None:
        """Deliver this sweep at once."""
        self._send(sweep_message(sweep), 0, self._signals_url)

    def send_back(self, body: str, queue_arn: str) -> None:
        """Deliver a message once more, at once, through the queue that brought it."""
        name = queue_arn.rsplit(":", 1)[-1]
        ours = name and self._passes_url.rsplit("/", 1)[-1] == name
        self._send(body, 0, self._passes_url if ours else self._signals_url)

    def _send(self, body: str, seconds: int, url: str) -> None:
        self._sqs.send_message(
            QueueUrl=url, MessageBody=body, DelaySeconds=min(max(seconds, 0), _LONGEST_DELAY)
        )


def _expected(signal: Signal) -> bool:
    """A pass that we or a person wait for; a failure that somebody told of, or that a sweep found, is not."""
    return signal.cause in (Cause.REQUEUED, Cause.ANSWER) or (
        signal.cause is Cause.SWEEP and signal.hint is None
    )
