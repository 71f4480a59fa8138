"""The edges of the product with a gate before each: faults, death, delay and company happen there."""

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ReadTimeoutError

from tests.soak.rules import Kind, Rule

if TYPE_CHECKING:
    from tests.soak.world import SoakWorld

_CODES = {
    Kind.CALLS_THROTTLED: ("ThrottlingException", 400),
    Kind.CALLS_FAILING: ("InternalServerError", 500),
    Kind.CALLS_DENIED: ("AccessDeniedException", 400),
}


def refused(code: str, status: int, name: str) -> ClientError:
    """An error that AWS answers."""
    answer: Any = {"Error": {"Code": code, "Message": "told so"}}
    answer["ResponseMetadata"] = {"HTTPStatusCode": 400 if code == "AccessDeniedException" else status}
    return ClientError(answer, name)


class Killed(BaseException):
    """The Lambda dies here: no handler of the product sees this."""


class Edge:
    """Anything that the product calls; every method goes through the gate."""

    def __init__(self, name: str, inner: object, gate: "Gate") -> None:
        self._name, self._inner, self._gate = name, inner, gate

    def __getattr__(self, method: str) -> Any:
        real = getattr(self._inner, method)
        if method == "meta":
            return real
        name = f"{self._name}.{method}"
        return lambda *args, **params: self._gate.call(name, lambda: real(*args, **params))


class Gate:
    """Passes calls on, or lets happen to them what the rules say."""

    def __init__(self, world: "SoakWorld") -> None:
        self._world = world
        self._counts: Counter[str] = Counter()
        self._dice: dict[int, Random] = {rule.number: rule.random(world.seed) for rule in world.rules}

    def call(self, name: str, effect: Callable[[], Any]) -> Any:
        """One call: what comes before it, its effect, what comes after."""
        self._counts[name] += 1
        nth = self._counts[name]
        for rule in self._world.active:
            self._before(rule, name, nth)
        self._world.calling(name)
        answer = effect()
        self._world.called(name)
        for rule in self._world.active:
            self._after(rule, name, nth)
        return answer

    def _hits(self, rule: Rule, name: str) -> bool:
        return rule.call in ("", name) and self._dice[rule.number].random() < rule.share

    def _before(self, rule: Rule, name: str, nth: int) -> None:
        if rule.kind is Kind.KILLED_BEFORE and (rule.call, rule.nth) == (name, nth):
            self._world.fault(rule, name)
            raise Killed(name)
        if rule.kind is Kind.CALLS_SLOW and self._hits(rule, name):
            self._world.fault(rule, name)
            self._world.dawdle(self._dice[rule.number].uniform(0.1, rule.seconds))
        if rule.kind is Kind.OUTAGE and name.startswith(rule.call) and self._world.elapsed >= rule.seconds:
            self._world.fault(rule, name)
            raise refused(rule.action, 500, name)
        if rule.kind in _CODES and self._hits(rule, name):
            self._world.fault(rule, name)
            raise refused(*_CODES[rule.kind], name)
        if rule.kind is Kind.CALLS_TIMED_OUT and self._hits(rule, name):
            self._world.fault(rule, name)
            raise ReadTimeoutError(endpoint_url=name)

    def _after(self, rule: Rule, name: str, nth: int) -> None:
        exactly = (rule.call, rule.nth) == (name, nth)
        if rule.kind is Kind.OPERATOR_INSIDE and exactly:
            self._world.operate(rule)
        if rule.kind is Kind.TWO_AT_ONCE and exactly:
            self._world.fault(rule, name)
            self._world.deliveries.again()
        if rule.kind is Kind.OTHERS_STOP and rule.call == name and nth <= rule.nth:
            self._world.fault(rule, name)
            self._world.others_stop()
        if rule.kind is Kind.KILLED_AFTER and exactly:
            self._world.fault(rule, name)
            raise Killed(name)
        if rule.kind is Kind.EFFECT_TIMED_OUT and self._hits(rule, name):
            self._world.fault(rule, name)
            raise ReadTimeoutError(endpoint_url=name)
