"""AWS reads that answer or say why not: an error becomes a value, never a guess."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from unwedge.model.situation import Failure, ReadFailure

T = TypeVar("T")

# Codes, not messages. "AccessDenied" covers AccessDeniedException and AccessDenied.
_DENIED = ("AccessDenied", "UnauthorizedOperation", "UnrecognizedClient", "InvalidClientToken", "Expired")
_PASSING = ("Throttl", "TooManyRequests", "RequestLimitExceeded", "Server", "ServiceUnavail", "Internal")

# What ECS answers about a cluster or a service that there is not, or not any more.
NOT_THERE = frozenset({"ClusterNotFoundException", "ServiceNotFoundException", "ServiceNotActiveException"})

# 6,000 tasks: a page of ListTasks has a hundred.
MOST_PAGES = 60


class ReadError(Exception):
    """A read gave no answer. Carries the ReadFailure that the situation records."""

    def __init__(self, failure: ReadFailure) -> None:
        super().__init__(failure)
        self.failure = failure

    def __str__(self) -> str:
        return f"{self.failure.call}: {self.failure.code}: {self.failure.message}"


def code_of(error: ClientError) -> str:
    """The error code that AWS answered."""
    return str(error.response.get("Error", {}).get("Code", "Unknown"))


def classify(error: ClientError) -> Failure:
    """Denied is for a person to fix, unavailable passes, refused is an answer we did not expect."""
    code = code_of(error)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code.startswith(_DENIED):
        return Failure.DENIED
    if code.startswith(_PASSING) or status >= 500 or status == 429:
        return Failure.UNAVAILABLE
    return Failure.REFUSED


def read(call: str, method: Callable[..., T], **params: Any) -> T:
    """Call AWS. Raises ReadError for every answer that is none, after botocore's own retries."""
    try:
        return method(**params)
    except ClientError as error:
        message = str(error.response.get("Error", {}).get("Message", ""))[:300]
        raise ReadError(ReadFailure(call, classify(error), code_of(error), message)) from error
    except BotoCoreError as error:
        name = type(error).__name__
        raise ReadError(ReadFailure(call, Failure.UNAVAILABLE, name, str(error)[:300])) from error


def understood(call: str, parse: Callable[[Mapping[str, Any]], T], answer: Mapping[str, Any]) -> T:
    """An answer in the model's words. Raises ReadError for one of another shape than AWS documents: it is
    recorded like a call that failed, and not retried for ever."""
    try:
        return parse(answer)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        message = f"{type(error).__name__}: {error}"[:300]
        raise ReadError(ReadFailure(call, Failure.REFUSED, "AnswerNotUnderstood", message)) from error


def read_all(
    call: str, method: Callable[..., Any], key: str, *, pages: int = MOST_PAGES, **params: Any
) -> list[Any]:
    """Every page of a list. Raises ReadError, also for a list of more pages: what is read in part would be
    taken for the whole.

    By hand, because the SDK has a paginator for ListTasks and none for ListServiceDeployments.
    """
    items, more = read_pages(call, method, key, pages=pages, **params)
    if more:
        why = f"the list has more than {pages} pages ({len(items)} entries), and no more are read in one pass"
        raise ReadError(ReadFailure(call, Failure.REFUSED, "TooLong", why))
    return items


def read_pages(
    call: str, method: Callable[..., Any], key: str, *, pages: int = MOST_PAGES, **params: Any
) -> tuple[list[Any], bool]:
    """So many pages of a list, and whether there are more. Raises ReadError."""
    items: list[Any] = []
    for _ in range(pages):
        answer = read(call, method, **params)
        items += answer.get(key, [])
        if not answer.get("nextToken"):
            return items, False
        params["nextToken"] = answer["nextToken"]
    return items, True
