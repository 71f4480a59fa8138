"""botocore's model of the ECS API: which operations there are, and what their input and output look like."""

import functools
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from botocore.validate import ParamValidator

from rehearsal.ecs.errors import ApiError, invalid


@functools.cache
def _operations() -> dict[str, OperationModel]:
    service = botocore.session.get_session().get_service_model("ecs")
    return {name: service.operation_model(name) for name in service.operation_names}


@functools.cache
def target_prefix() -> str:
    """What stands before the operation's name in the X-Amz-Target header."""
    service = botocore.session.get_session().get_service_model("ecs")
    return str(service.metadata["targetPrefix"])


def operation(name: str) -> OperationModel:
    """The model of an operation; raises ApiError as AWS does for one that it does not know."""
    if name not in _operations():
        raise ApiError("UnknownOperationException", "")
    return _operations()[name]


def check_input(name: str, params: Mapping[str, Any]) -> None:
    """Raise ApiError unless ``params`` fit the operation's input in the model."""
    shape = operation(name).input_shape
    assert shape is not None
    report = ParamValidator().validate(dict(params), shape)
    if report.has_errors():
        raise invalid(report.generate_report().replace("\n", "; "))
    _check_enums(shape, params, "")


def _check_enums(shape: Shape, value: Any, where: str) -> None:
    """botocore leaves enums to the service; so does this stand in for the service."""
    enum = getattr(shape, "enum", None)
    if enum and value not in enum:
        raise invalid(f"{where} must be one of {', '.join(enum)}; it is {value!r}")
    if isinstance(shape, StructureShape):
        for key, item in value.items():
            _check_enums(shape.members[key], item, key)
    elif isinstance(shape, ListShape):
        for item in value:
            _check_enums(shape.member, item, where)


_KINDS: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "long": int,
    "boolean": bool,
    "double": (int, float),
    "timestamp": datetime,
}


def own_copy(answer: Any) -> Any:
    """A copy of an answer that shares nothing with the records it was made from. Answers are made of
    dictionaries and lists; copy.deepcopy takes five times as long for them."""
    if isinstance(answer, dict):
        return {key: own_copy(item) for key, item in answer.items()}
    if isinstance(answer, list):
        return [own_copy(item) for item in answer]
    return answer


def decode(shape: Shape | None, value: Any) -> Any:
    """JSON of a request into Python: time stamps come as epoch seconds. What does not fit stays as it is."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return {key: decode(shape.members.get(key), item) for key, item in value.items() if item is not None}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [decode(shape.member, item) for item in value]
    if shape is not None and shape.type_name == "timestamp" and isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    return value


def encode(shape: Shape | None, value: Any, where: str = "") -> Any:
    """An answer into JSON by the model; TypeError for what the model does not know (a fault here)."""
    if isinstance(shape, StructureShape):
        unknown = set(value) - set(shape.members)
        if unknown:
            raise TypeError(f"{where or shape.name} has no {', '.join(sorted(unknown))}")
        return {key: encode(shape.members[key], item, key) for key, item in value.items()}
    if isinstance(shape, ListShape):
        return [encode(shape.member, item, where) for item in value]
    if isinstance(shape, MapShape):
        return {key: encode(shape.value, item, where) for key, item in value.items()}
    if shape is None or not isinstance(value, _KINDS[shape.type_name]):
        raise TypeError(f"{where} is {value!r}")
    return value.timestamp() if isinstance(value, datetime) else value
