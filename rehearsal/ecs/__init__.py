"""The simulated ECS: a pure core (``Simulator``) and the HTTP server in front of it (``wire.EcsServer``)."""

from rehearsal.ecs.errors import ApiError
from rehearsal.ecs.launching import ContainerSpec, Launcher, Program, VolumeIdentity
from rehearsal.ecs.observations import EcsEvent, Note, Observation, StopCalled, TaskLog
from rehearsal.ecs.options import Replacement, Rollback, SchedulerOptions, StopOfStopped, Throttling
from rehearsal.ecs.records import ServiceRecord, TaskRecord
from rehearsal.ecs.simulator import Simulator
from rehearsal.ecs.world import ApiCall

__all__ = [
    "ApiCall",
    "ApiError",
    "ContainerSpec",
    "EcsEvent",
    "Launcher",
    "Note",
    "Observation",
    "Program",
    "Replacement",
    "Rollback",
    "SchedulerOptions",
    "ServiceRecord",
    "Simulator",
    "StopCalled",
    "StopOfStopped",
    "TaskLog",
    "TaskRecord",
    "Throttling",
    "VolumeIdentity",
]
