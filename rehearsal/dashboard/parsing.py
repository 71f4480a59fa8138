"""Reads one command of a Logs Insights query, word by word."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from rehearsal.dashboard.expressions import (
    Evaluate,
    InsightsError,
    Row,
    Token,
    Value,
    calculate,
    compare,
    pattern,
    seconds,
    shown,
)

_COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")


class Reader:
    """The words of one command, read from left to right."""

    def __init__(self, query: str, words: Sequence[Token]) -> None:
        self._query = query
        self._words = words
        self._at = 0

    @property
    def done(self) -> bool:
        """Whether all words are read."""
        return self._at >= len(self._words)

    def peek(self) -> str:
        """The next word in lower case, unless it is quoted; nothing at the end."""
        word = None if self.done else self._words[self._at]
        return "" if word is None or word.kind in ("text", "quoted", "regex") else word.text.lower()

    def take(self) -> Token:
        """The next word."""
        if self.done:
            raise InsightsError(f"the query ends too early: {self._query!r}")
        self._at += 1
        return self._words[self._at - 1]

    def accept(self, *texts: str) -> bool:
        """Pass over the next words if they are these."""
        for offset, text in enumerate(texts):
            at = self._at + offset
            if at >= len(self._words) or self._words[at].text.lower() != text:
                return False
        self._at += len(texts)
        return True

    def expect(self, text: str) -> None:
        """Pass over a word that must come now."""
        if not self.accept(text):
            raise InsightsError(f"expected {text!r}, found {self.peek()!r} in {self._query!r}")

    def finish(self) -> None:
        """Nothing may be left."""
        if not self.done:
            raise InsightsError(f"not understood: {self._query[self._words[self._at].start :]!r}")

    def source(self, start: int) -> str:
        """The query's own text from word ``start`` to here, and so the name of an unnamed column."""
        return self._query[self._words[start].start : self._words[self._at - 1].end]

    @property
    def position(self) -> int:
        """How many words are read."""
        return self._at

    def listed(self, item: Callable[[], None]) -> None:
        """One or more items between commas."""
        item()
        while self.accept(","):
            item()

    def name(self) -> str:
        """A field's name or an alias."""
        word = self.take()
        if word.kind not in ("name", "quoted"):
            raise InsightsError(f"expected a name, found {word.text!r}")
        return word.text.strip("`")

    # expressions, from the loosest bond to the tightest

    def expression(self) -> Evaluate:
        """``a or b``, and all below."""
        left = self._both()
        while self.accept("or"):
            left = _either(left, self._both())
        return left

    def _both(self) -> Evaluate:
        left = self._negated()
        while self.accept("and"):
            left = _and(left, self._negated())
        return left

    def _negated(self) -> Evaluate:
        if self.accept("not"):
            inner = self._negated()
            return lambda row: not inner(row)
        return self._comparison()

    def _comparison(self) -> Evaluate:
        left = self._sum()
        if self.peek() in _COMPARISONS:
            sign = self.take().text
            right = self._sum()
            return lambda row: compare(sign, left(row), right(row))
        denied = self.accept("not")
        if self.accept("in"):
            matches = self._in(left)
        elif self.accept("like") or self.accept("=~"):
            matches = self._like(left)
        elif denied:
            raise InsightsError(f"'not' stands before 'like' or 'in': {self._query!r}")
        else:
            return left
        return (lambda row: not matches(row)) if denied else matches

    def _in(self, left: Evaluate) -> Evaluate:
        choices: list[Evaluate] = []
        self.expect("[")
        self.listed(lambda: choices.append(self._sum()))
        self.expect("]")
        return lambda row: any(compare("=", left(row), choice(row)) for choice in choices)

    def _like(self, left: Evaluate) -> Evaluate:
        word = self.take()
        if word.kind == "text":
            part = _text(word)
            return lambda row: part in shown(left(row))
        searched = pattern(word)
        return lambda row: searched.search(shown(left(row))) is not None

    def _sum(self) -> Evaluate:
        return self._chain(self._product, ("+", "-"))

    def _product(self) -> Evaluate:
        return self._chain(self._atom, ("*", "/", "%"))

    def _chain(self, operand: Callable[[], Evaluate], signs: tuple[str, ...]) -> Evaluate:
        left = operand()
        while self.peek() in signs:
            left = _calculation(self.take().text, left, operand())
        return left

    def _atom(self) -> Evaluate:
        word = self.take()
        match word.kind:
            case "text":
                text = _text(word)
                return lambda row: text
            case "number":
                value = float(word.text)
                return lambda row: value
            case "name" | "quoted":
                if word.kind == "name" and self.accept("("):
                    return self._call(word.text.lower())
                return _field(word)
        if word.text == "(":
            inner = self.expression()
            self.expect(")")
            return inner
        raise InsightsError(f"not understood: {self._query[word.start :]!r}")

    def _call(self, name: str) -> Evaluate:
        if name == "bin":
            width = seconds(self.take())
            self.expect(")")
            return lambda row: _bin(row["@timestamp"], width)
        arguments: list[Evaluate] = []
        self.listed(lambda: arguments.append(self.expression()))
        self.expect(")")
        match name:
            case "ispresent":
                return lambda row: arguments[0](row) is not None
            case "coalesce":
                return lambda row: next((v for a in arguments if (v := a(row)) is not None), None)
            case "concat":
                return lambda row: "".join(shown(argument(row)) for argument in arguments)
        raise InsightsError(f"there is no function {name} here")


def _text(word: Token) -> str:
    inner = word.text[1:-1]
    return inner.replace('\\"', '"').replace("\\'", "'").replace("\\\\", "\\")


def _field(word: Token) -> Evaluate:
    if word.text.lower() in ("true", "false"):
        raise InsightsError(f"{word.text} is no value in Logs Insights: booleans are 1 and 0")
    name = word.text.strip("`")
    return lambda row: row.get(name)


def _either(left: Evaluate, right: Evaluate) -> Evaluate:
    return lambda row: bool(left(row)) or bool(right(row))


def _and(left: Evaluate, right: Evaluate) -> Evaluate:
    return lambda row: bool(left(row)) and bool(right(row))


def _calculation(sign: str, left: Evaluate, right: Evaluate) -> Evaluate:
    def calculated(row: Row) -> Value:
        return calculate(sign, left(row), right(row))

    return calculated


def _bin(at: Value, width: float) -> Value:
    assert isinstance(at, datetime)
    return datetime.fromtimestamp(at.timestamp() // width * width, UTC)
