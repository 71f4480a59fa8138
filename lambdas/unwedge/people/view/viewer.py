"""The dashboard's widgets: reads what they show, and answers with HTML.

Whoever may invoke the function may send anything. An unknown request gets a sentence, a read that fails gets
a sentence that names the call; neither is an error of the function.
"""

import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from unwedge.act.kill_switch import KillSwitch
from unwedge.model.settings import Settings
from unwedge.observe.reads import ReadError, read
from unwedge.people.answer.button_key import ButtonKey
from unwedge.people.answer.tokens import make_token
from unwedge.people.view.context import Calls, Frame, frame_of, no_token
from unwedge.people.view.decision_list import ROWS, decisions
from unwedge.people.view.decision_page import DecisionView, decision, gone
from unwedge.people.view.html import Html, el
from unwedge.people.view.now import Check, Overview
from unwedge.people.view.now import now as overview_page
from unwedge.people.view.posture import not_audited, posture_list, posture_page
from unwedge.people.view.repaired import Mended
from unwedge.people.view.style import page
from unwedge.people.view.verified import not_verified, verification_page, verified_list
from unwedge.people.view.words import Tone, mark
from unwedge.record.feed import Feed
from unwedge.record.postures import Expected, Postures
from unwedge.record.repairs import Repairs
from unwedge.record.rows import Key, Recorded
from unwedge.record.verifications import Verifications

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient

DESCRIPTION = """## Unwedge: what it decides, and why

Shows the ledger of Unwedge. Parameters of the widget:

| parameter | value |
| --- | --- |
| `view` | `now`: open incidents, the kill switch, failed checks |
| `view` | `verified`: whether each service worked after its newest deployment |
| `view` | `posture`: what the next deployment of each service will do to its data, and the fix |
| `view` | `decisions`: every recorded decision of the dashboard's time range, newest first |
| `service` | only services with this in their name or cluster |

```yaml
view: decisions
service: prometheus
```
"""
_LONGEST = 600
# CloudFormation names an alarm STACK-AlarmsNoSweepXXXXXXXX-YYYYYYYYYYYY: people know it as NoSweep.
_GENERATED = re.compile(r"[0-9A-F]{8}-\w+$")


class Alarms:
    """The stack's alarms that ring, as failed checks."""

    def __init__(self, client: "CloudWatchClient", prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    def ringing(self) -> list[Check]:
        """One DescribeAlarms. Raises ReadError."""
        answer = read(
            "cloudwatch:DescribeAlarms",
            self._client.describe_alarms,
            AlarmNamePrefix=self._prefix,
            StateValue="ALARM",
        )
        return [self._check(alarm) for alarm in answer.get("MetricAlarms", [])]

    def _check(self, alarm: Mapping[str, Any]) -> Check:
        name = _GENERATED.sub("", str(alarm.get("AlarmName", "")).removeprefix(self._prefix))
        return Check(f"Alarm {name}", str(alarm.get("AlarmDescription") or "It has no description."))


class Sources(NamedTuple):
    """Where the widgets read. `table`: the ledger's name, for links."""

    feed: Feed
    kill_switch: KillSwitch
    alarms: Alarms
    settings: Settings
    table: str
    button_key: ButtonKey
    dashboard: str
    verifications: Verifications
    postures: Postures
    repairs: Repairs


class Viewer:
    """Answers one invocation of a widget."""

    def __init__(self, sources: Sources, calls: Calls) -> None:
        self._from = sources
        self._calls = calls

    def show(self, event: Mapping[str, Any], now: datetime) -> Html:
        """The HTML for one invocation. Raises nothing that AWS or the caller can cause."""
        frame = frame_of(event, now)
        return Viewer(self._from, self._sealed(frame, now))._shown(event, frame, now)

    def _shown(self, event: Mapping[str, Any], frame: Frame, now: datetime) -> Html:
        try:
            match event.get("view"):
                case "now":
                    return self._now(event, frame, now)
                case "decisions":
                    return self._decisions(event, frame)
                case "verified":
                    return self._verified(event, frame)
                case "verification":
                    return self._verification(event, frame)
                case "posture":
                    return self._posture(event, frame)
                case "audit":
                    return self._audit(event, frame)
                case "decision":
                    return self._decision(event, frame, now)
                case "incident":
                    found = self._from.feed.newest(_word(event, "pk"))
                    return self._told(found, frame, now, "This service has no recorded decision.")
                case other:
                    known = "`now`, `verified`, `posture` or `decisions`"
                    text = f"This widget shows {known}, not {str(other)[:80]!r}."
                    return page(frame, el("p", mark(Tone.HELD, "Unknown view"), f": {text}"))
        except ReadError as error:
            text = f": {error}. The widget's own role may lack a permission, or AWS did not answer."
            return page(frame, el("p", mark(Tone.TROUBLE, "The ledger cannot be shown"), text))

    def _sealed(self, frame: Frame, now: datetime) -> Calls:
        """The calls of buttons on the stack's own dashboard; on another one there are none."""
        own = self._from.dashboard
        if frame.dashboard != own:
            told = f"Answer on the dashboard {own}, or on the command line."
            return self._calls._replace(untold=told, token=no_token)
        try:
            key = self._from.button_key.get(now)
        except ReadError as error:
            told = f"No button can be made ({error}): answer on the command line."
            return self._calls._replace(untold=told, token=no_token)
        return self._calls._replace(
            token=lambda about: make_token(key, about, own, now, secrets.token_hex(16))
        )

    def _now(self, event: Mapping[str, Any], frame: Frame, now: datetime) -> Html:
        sources = self._from
        incidents, damaged = sources.feed.open_incidents()
        stops, unread = self._stops(now)
        expected, unexpected = self._expected(now)
        skipped = event.get("skip")
        overview = Overview(
            now,
            incidents,
            sources.kill_switch.paused(),
            sources.settings.default_mode.value,
            stops,
            sources.settings.stops_per_account_hour,
            [*self._checks(), *unread, *unexpected],
            damaged,
            tuple(expected),
        )
        skip = skipped if isinstance(skipped, int) and 0 < skipped < len(incidents) else 0
        return overview_page(overview, frame, self._calls, _wanted(event, frame), skip)

    def _stops(self, now: datetime) -> tuple[int | None, list[Check]]:
        """How many stops there were, or a failed check."""
        try:
            return self._from.feed.account_stops(now), []
        except ReadError as error:
            return None, [Check("Stops cannot be counted", str(error))]

    def _expected(self, now: datetime) -> tuple[list[Expected], list[Check]]:
        """Deadlocks to come, or a failed check."""
        try:
            return self._from.postures.deadlocks_to_come(now), []
        except ReadError as error:
            return [], [Check("Expected deadlocks cannot be read", str(error))]

    def _checks(self) -> list[Check]:
        """The alarms that ring. That they cannot be read is a failed check of its own."""
        try:
            return self._from.alarms.ringing()
        except ReadError as error:
            return [Check("Alarms cannot be read", str(error))]

    def _decisions(self, event: Mapping[str, Any], frame: Frame) -> Html:
        wanted, until = _wanted(event, frame), _word(event, "until")
        found = self._from.feed.decisions(
            frame.since, min(frame.until, _moment(until) or frame.until), wanted, ROWS
        )
        return decisions(found, frame, self._calls, wanted, until)

    def _verified(self, event: Mapping[str, Any], frame: Frame) -> Html:
        rows, damaged = self._from.verifications.one_of_each()
        skipped = event.get("skip")
        skip = skipped if isinstance(skipped, int) and 0 < skipped < len(rows) else 0
        return verified_list(rows, damaged, frame, self._calls, _wanted(event, frame), skip)

    def _verification(self, event: Mapping[str, Any], frame: Frame) -> Html:
        found = self._from.verifications.newest_of(_word(event, "cluster_arn"), _word(event, "service_name"))
        if found is None:
            return not_verified("There is no verification of this service, or it cannot be read.", frame)
        return verification_page(found, frame)

    def _posture(self, event: Mapping[str, Any], frame: Frame) -> Html:
        rows, damaged = self._from.postures.one_of_each()
        skipped = event.get("skip")
        skip = skipped if isinstance(skipped, int) and 0 < skipped < len(rows) else 0
        return posture_list(rows, damaged, frame, self._calls, _wanted(event, frame), skip)

    def _audit(self, event: Mapping[str, Any], frame: Frame) -> Html:
        arn, name = _word(event, "cluster_arn"), _word(event, "service_name")
        found = self._from.postures.newest_of(arn, name)
        if found is None:
            return not_audited("There is no audit of this service, or it cannot be read.", frame)
        return posture_page(found, self._from.postures.findings_of(arn, name), frame, self._mended(arn, name))

    def _mended(self, arn: str, name: str) -> Mended:
        """What was repaired. Raises ReadError."""
        try:
            return Mended(self._from.repairs.newest_of(arn, name), self._from.repairs.answer_to(arn, name))
        except ValueError as error:  # DecodeError is one
            return Mended(unread=f"What the ledger has of a repair cannot be understood: {str(error)[:300]}")

    def _decision(self, event: Mapping[str, Any], frame: Frame, now: datetime) -> Html:
        found = self._from.feed.decision(Key(_word(event, "pk"), _word(event, "sk")))
        return self._told(found, frame, now, "There is no such decision, or it cannot be read.")

    def _told(self, found: Recorded | None, frame: Frame, now: datetime, otherwise: str) -> Html:
        if found is None:
            return gone(frame, otherwise)
        feed = self._from.feed
        waiting = feed.open_incident(found.key.pk)
        same = waiting if waiting and waiting.incident == found.incident else None
        return decision(
            DecisionView(found, feed.course(found), same, self._from.table, now), frame, self._calls
        )


def _word(event: Mapping[str, Any], name: str) -> str:
    """A parameter as bounded text."""
    value = event.get(name)
    return value[:_LONGEST] if isinstance(value, str) else ""


def _wanted(event: Mapping[str, Any], frame: Frame) -> str:
    """A parameter of the button or of the widget, else what stands in the form."""
    return _word(event, "service") if "service" in event else frame.fields.get("service", "")


def _moment(text: str) -> datetime | None:
    """Where an older page begins; None for what is no time."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None
