"""Metric math: the expressions of a metric widget, as far as this project's dashboard uses them.

An expression reads like Python, so Python's own parser takes it apart; nothing of it is executed as Python.
"""

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rehearsal.dashboard.metrics import DashboardError, Plotted
from rehearsal.dashboard.search import search
from rehearsal.dashboard.series import Series, Span, Values, measure, reduce
from rehearsal.dashboard.source import Source

_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_TOTALS = {"SUM": "Sum", "MAX": "Maximum", "MIN": "Minimum", "AVG": "Average"}

Result = float | Series | list[Series]


def curves(entries: Sequence[Plotted], source: Source, span: Span, *, whole: bool = False) -> list[Series]:
    """What a widget draws: its visible metrics and expressions. With ``whole`` all the time is one period."""
    named: dict[str, Result] = {}
    for entry in entries:
        if entry.metric:
            named[entry.id] = measure(entry, source, span, whole=whole)
    for entry in entries:
        if entry.expression:
            named[entry.id] = _Calculator(named, entry, source, span, whole).result()
    shown: list[Series] = []
    for entry in entries:
        result = named[entry.id]
        if entry.visible:
            shown += result if isinstance(result, list) else [_as_series(result, entry)]
    return shown


def _as_series(result: float | Series, entry: Plotted) -> Series:
    if isinstance(result, Series):
        return replace(result, entry=entry)
    raise DashboardError(f"{entry.expression!r} is a number and no curve")


@dataclass(frozen=True)
class _Calculator:
    named: Mapping[str, Result]
    entry: Plotted
    source: Source
    span: Span
    whole: bool

    def result(self) -> Result:
        """What the expression comes to."""
        expression = self.entry.expression or ""
        try:
            tree = ast.parse(expression, mode="eval")
        except SyntaxError as error:
            raise DashboardError(f"not understood: {expression!r}") from error
        return self._of(tree.body)

    def _of(self, node: ast.expr) -> Result:
        match node:
            case ast.Constant(value=int() | float() as value):
                return float(value)
            case ast.Name(id=name) if name in self.named:
                return self.named[name]
            case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _OPERATORS:
                return self._each(_OPERATORS[type(sign)], self._of(left), self._of(right))
            case ast.List(elts=parts):
                return [series for part in parts for series in self._list(part)]
            case ast.Call(func=ast.Name(id=function), args=arguments):
                return self._call(function, arguments)
        raise DashboardError(f"not understood: {ast.unparse(node)!r} in {self.entry.expression!r}")

    def _list(self, node: ast.expr) -> list[Series]:
        result = self._of(node)
        if isinstance(result, list):
            return result
        return [_as_series(result, self.entry)]

    def _each(self, calculate: Callable[[float, float], float], left: Result, right: Result) -> Result:
        """Period by period; where one side has no value, or would be divided by nothing, there is none."""
        if isinstance(left, list) or isinstance(right, list):
            raise DashboardError(f"a calculation with a list of curves: {self.entry.expression!r}")
        if isinstance(left, float) and isinstance(right, float):
            return calculate(left, right)
        sides = [side for side in (left, right) if isinstance(side, Series)]
        times = [at for at in sides[0].values if all(at in side.values for side in sides)]
        values: Values = {}
        for at in times:
            a, b = (side if isinstance(side, float) else side.values[at] for side in (left, right))
            if calculate is not operator.truediv or b != 0:
                values[at] = calculate(a, b)
        return Series(self.entry, values, measured=all(side.measured for side in sides))

    def _call(self, function: str, arguments: Sequence[ast.expr]) -> Result:
        if function == "METRICS" and not arguments:
            every = self.named.values()
            return [one for one in every if isinstance(one, Series) and one.entry.metric]
        if function == "SEARCH":
            return self._search(*(ast.literal_eval(argument) for argument in arguments))
        if function == "FILL" and len(arguments) == 2:
            filled, value = self._of(arguments[0]), self._of(arguments[1])
            if isinstance(filled, Series) and isinstance(value, float):
                return replace(filled, values=dict.fromkeys(self._times(filled), value) | filled.values)
        if function in _TOTALS and len(arguments) == 1:
            return self._total(_TOTALS[function], self._list(arguments[0]))
        raise DashboardError(f"there is no function {function} here: {self.entry.expression!r}")

    def _times(self, series: Series) -> list[datetime]:
        return [self.span.start] if self.whole else self.span.bins(series.entry.period)

    def _total(self, statistic: str, parts: Sequence[Series]) -> Series:
        values: dict[datetime, list[float]] = {}
        for part in parts:
            for at, value in part.values.items():
                values.setdefault(at, []).append(value)
        totals = {at: reduce(statistic, found) for at, found in sorted(values.items())}
        return Series(self.entry, totals, measured=all(part.measured for part in parts))

    def _search(self, text: object, statistic: object, period: object = None) -> list[Series]:
        """A curve per metric found; it may have a period of its own."""
        own = replace(self.entry, statistic=str(statistic), period=int(str(period or self.entry.period)))
        found = search(str(text), own, self.source.known())
        return [measure(entry, self.source, self.span, whole=self.whole) for entry in found]
