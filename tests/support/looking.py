"""Observing one service of a fake AWS as the controller does."""

from dataclasses import replace
from typing import Any, cast

from tests.support.aws import FakeAws
from tests.support.situations import (
    CLUSTER,
    NOW,
    SERVICE,
)
from unwedge.decide.decide import decide
from unwedge.model.decision import Verdict
from unwedge.model.incident import Controls, Incident
from unwedge.model.service import Task
from unwedge.model.settings import Settings
from unwedge.model.situation import Scope, Situation
from unwedge.observe.observer import Observer

SETTINGS = Settings()


def look(
    aws: FakeAws, hint: Task | None = None, opened: Incident | None = None, settings: Settings = SETTINGS
) -> Situation:
    """Observe as the controller does: closer and closer until the decision has enough."""
    observer = Observer(cast(Any, aws), cast(Any, aws), settings)
    situation = observer.service(CLUSTER, SERVICE, opened, NOW)
    while decide(situation, settings).verdict is Verdict.READ_MORE:
        if situation.scope is Scope.FULL:
            return replace(situation, controls=Controls(None))
        situation = observer.read_more(situation, hint)
    return situation
