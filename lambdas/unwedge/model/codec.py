"""Frozen dataclasses and named tuples to JSON and back, exactly.

Decisions are recorded with the situation they were made from and decided again later, so a round trip
must give an equal value. Times are ISO 8601 in UTC with microseconds, enums their values, tuples lists.
"""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


class DecodeError(ValueError):
    """The JSON does not have the shape of the wanted type. Carries the path to the offending value."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(path, problem)
        self.path = path
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"


def to_json(value: Any) -> Any:
    """A dataclass, enum, time or container of them as plain JSON data."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {name: to_json(item) for name, item in zip(value._fields, value, strict=True)}
    if isinstance(value, tuple | list):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {str(key): to_json(item) for key, item in value.items()}
    return value


def from_json(wanted: type[T], data: Any) -> T:
    """The inverse of `to_json`. Unknown keys are ignored, missing ones take the field's default.

    Raises DecodeError when a value has the wrong shape or a field without a default is missing.
    """
    return cast(T, _decode(wanted, data, "$"))


def _decode(wanted: Any, data: Any, path: str) -> Any:
    origin = get_origin(wanted)
    if origin in (Union, UnionType):
        return _decode_union(wanted, data, path)
    if origin is tuple:
        return _decode_tuple(get_args(wanted)[0], data, path)
    if origin is dict:
        return dict(_of_type(dict, data, path))
    if is_dataclass(wanted):
        return _decode_record(wanted, [field.name for field in fields(wanted)], data, path)
    if hasattr(wanted, "_fields"):
        return _decode_record(wanted, wanted._fields, data, path)
    if wanted is datetime:
        return _decode_time(data, path)
    if isinstance(wanted, type) and issubclass(wanted, StrEnum):
        return _decode_enum(wanted, data, path)
    if wanted is float:
        return float(_of_type(int | float, data, path))
    return _of_type(wanted, data, path)


def _of_type(wanted: Any, data: Any, path: str) -> Any:
    # bool is an int in Python; a number that arrives as true is a mistake, not a one.
    if not isinstance(data, wanted) or (isinstance(data, bool) and wanted is not bool):
        name = getattr(wanted, "__name__", str(wanted))
        raise DecodeError(path, f"expected {name}, found {type(data).__name__}")
    return data


def _decode_union(wanted: Any, data: Any, path: str) -> Any:
    """None, the one other type, or of several named tuples the one whose `kind` the data has."""
    arms = [arm for arm in get_args(wanted) if arm is not NoneType]
    if data is None and len(arms) < len(get_args(wanted)):
        return None
    if len(arms) > 1:
        kind = _of_type(dict, data, path).get("kind")
        arms = [arm for arm in arms if arm._field_defaults["kind"] == kind]
        if not arms:
            raise DecodeError(f"{path}.kind", f"{str(kind)[:40]!r} is not known")
    return _decode(arms[0], data, path)


def _decode_tuple(item: Any, data: Any, path: str) -> tuple[Any, ...]:
    return tuple(_decode(item, entry, f"{path}[{i}]") for i, entry in enumerate(_of_type(list, data, path)))


def _decode_time(data: Any, path: str) -> datetime:
    text = _of_type(str, data, path)
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise DecodeError(path, f"not an ISO 8601 time: {text[:40]!r}") from None


def _decode_enum(wanted: type[StrEnum], data: Any, path: str) -> StrEnum:
    text = _of_type(str, data, path)
    try:
        return wanted(text)
    except ValueError:
        raise DecodeError(path, f"{text[:40]!r} is not a {wanted.__name__}") from None


@cache
def _hints(wanted: type) -> dict[str, Any]:
    return get_type_hints(wanted)


def _decode_record(wanted: Any, names: Iterable[str], data: Any, path: str) -> Any:
    mapping = _of_type(dict, data, path)
    hints = _hints(wanted)
    values = {
        name: _decode(hints[name], mapping[name], f"{path}.{name}") for name in names if name in mapping
    }
    try:
        return wanted(**values)
    except TypeError as error:
        raise DecodeError(path, str(error)) from None
