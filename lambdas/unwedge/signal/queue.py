"""Scheduled passes as delayed messages in the queue that all signals come through."""

from typing import TYPE_CHECKING

from unwedge.signal.signals import Signal, Sweep, requeue_message, sweep_message

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

_LONGEST_DELAY = 900  # SQS delays a message by 15 minutes at most


class SqsQueue:
    """Sends requeue messages."""

    def __init__(self, sqs: "SQSClient", queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def schedule(self, signal: Signal, seconds: int) -> None:
        """Deliver the signal after so many seconds, at most 15 minutes."""
        self._send(requeue_message(signal), seconds)

    def sweep(self, sweep: Sweep) -> None:
        """Deliver this sweep at once."""
        self._send(sweep_message(sweep), 0)

    def send_back(self, body: str) -> None:
        """Deliver a message once more, at once."""
        self._send(body, 0)

    def _send(self, body: str, seconds: int) -> None:
        self._sqs.send_message(
            QueueUrl=self._queue_url,
            MessageBody=body,
            DelaySeconds=min(max(seconds, 0), _LONGEST_DELAY),
        )
