"""The viewer: whatever is asked gets an answer, and a read that fails a sentence."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.aws import client_error
from tests.support.kill_switch import FakeKillSwitch
from tests.support.markup import Markup
from tests.support.postures import kept
from tests.support.rows import CALLS, asking, recorded, row
from tests.support.situations import NOW
from unwedge.model.settings import Settings
from unwedge.model.situation import Failure, ReadFailure
from unwedge.model.verification import Verification
from unwedge.observe.reads import ReadError, read
from unwedge.people.answer.button_key import ButtonKey
from unwedge.people.answer.tokens import RESUME, Token, answer_subject, check_token
from unwedge.people.view.context import frame_of
from unwedge.people.view.now import Check
from unwedge.people.view.viewer import Alarms, Sources, Viewer
from unwedge.record.feed import Feed
from unwedge.record.postures import Expected, FindingRow, KeptPosture, PostureRow, Postures
from unwedge.record.repairs import Answer, Repaired, Repairs, RepairState
from unwedge.record.rows import Key, OpenIncident, Page, Recorded
from unwedge.record.verifications import Verifications, VerifiedRow

ONE = next(item for item in recorded() if item.decision.verdict == "approval-needed")


DASHBOARD = "Unwedge-eu-west-1"


def _denied() -> None:
    raise client_error("AccessDeniedException", "Query")


class FakeFeed:
    """A ledger with one of everything; `broken` makes every read fail."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.broken = self.uncounted = False

    def _read(self) -> None:
        if self.broken:
            read("dynamodb:Query", _denied)

    def account_stops(self, now: datetime) -> int:
        if self.uncounted:
            read("dynamodb:GetItem", _denied)
        return 3

    def open_incidents(self) -> tuple[list[OpenIncident], int]:
        self._read()
        return [asking()], 0

    def open_incident(self, pk: str) -> OpenIncident | None:
        return asking(incident=ONE.incident or "") if pk == ONE.key.pk else None

    def decisions(self, since: datetime, until: datetime, wanted: str, most: int) -> Page:
        self._read()
        self.asked.append((since, until, wanted, most))
        return Page([row()], NOW, 0)

    def decision(self, key: Key) -> Recorded | None:
        self._read()
        return ONE if key == ONE.key else None

    def newest(self, pk: str) -> Recorded | None:
        self._read()
        return ONE if pk == ONE.key.pk else None

    def course(self, one: Recorded) -> list[Recorded]:
        return [one]


class FakeAlarms:
    """One alarm rings, or alarms cannot be read."""

    def __init__(self) -> None:
        self.broken = False

    def describe_alarms(self, **params: Any) -> Any:
        if self.broken:
            raise client_error("AccessDeniedException", "DescribeAlarms")
        assert params == {"AlarmNamePrefix": "Unwedge-Alarms", "StateValue": "ALARM"}
        return {
            "MetricAlarms": [
                {
                    "AlarmName": "Unwedge-AlarmsNoSweep4BC1513B-0D68DCF3CE0E",
                    "AlarmDescription": "No sweep has ended.",
                }
            ]
        }


class FakeVerifications:
    """The newest verifications."""

    def __init__(self) -> None:
        self.rows: list[VerifiedRow] = []
        self.one: Verification | None = None

    def one_of_each(self) -> tuple[list[VerifiedRow], int]:
        return self.rows, 0

    def newest_of(self, cluster_arn: str, service_name: str) -> Verification | None:
        return self.one


class FakePostures:
    """The newest audits."""

    def __init__(self) -> None:
        self.rows: list[PostureRow] = []
        self.one: KeptPosture | None = None
        self.coming: list[Expected] = []
        self.denied = False

    def one_of_each(self) -> tuple[list[PostureRow], int]:
        return self.rows, 0

    def newest_of(self, cluster_arn: str, service_name: str) -> KeptPosture | None:
        return self.one

    def findings_of(self, cluster_arn: str, service_name: str) -> list[FindingRow]:
        return []

    def deadlocks_to_come(self, now: datetime) -> list[Expected]:
        if self.denied:
            raise ReadError(ReadFailure("dynamodb:Query", Failure.DENIED, "AccessDenied", "no"))
        return self.coming


class FakeRepairs:
    """The newest repair; `damaged`: it cannot be understood."""

    def __init__(self) -> None:
        self.one: Repaired | None = None
        self.answer: Answer | None = None
        self.damaged = False

    def newest_of(self, cluster_arn: str, service_name: str) -> Repaired | None:
        if self.damaged:
            raise ValueError("line 1")
        return self.one

    def answer_to(self, cluster_arn: str, service_name: str) -> Answer | None:
        return self.answer


class Setting:
    """A viewer with its fakes."""

    def __init__(self) -> None:
        self.feed, self.alarms, self.verifications = FakeFeed(), FakeAlarms(), FakeVerifications()
        self.postures, self.repairs = FakePostures(), FakeRepairs()
        self.denied = False
        sources = Sources(
            cast(Feed, self.feed),
            FakeKillSwitch(),
            Alarms(cast(Any, self.alarms), "Unwedge-Alarms"),
            Settings(),
            "ledger",
            ButtonKey(self._secret, "secret"),
            DASHBOARD,
            cast(Verifications, self.verifications),
            cast(Postures, self.postures),
            cast(Repairs, self.repairs),
        )
        self.viewer = Viewer(sources, CALLS)

    def _secret(self, **_: Any) -> Any:
        if self.denied:
            raise client_error("AccessDeniedException", "GetSecretValue")
        return {"SecretString": "key"}

    def show(self, **event: Any) -> Markup:
        """The answer to an invocation."""
        made = Markup(self.viewer.show(event, NOW))
        assert made.faults == []
        return made


@pytest.fixture
def setting() -> Setting:
    """A viewer over one open incident."""
    return Setting()


def test_now_shows_incidents_and_ringing_alarms(setting: Setting) -> None:
    """Failed checks are the stack's own alarms."""
    made = setting.show(view="now")
    assert "1 service is wedged, 1 asks for an approval" in made.text
    assert "Alarm NoSweep : No sweep has ended." in made.text


def test_alarms_that_cannot_be_read_are_a_failed_check_and_hide_nothing_else(setting: Setting) -> None:
    """What we cannot read we do not call green."""
    setting.alarms.broken = True
    made = setting.show(view="now")
    assert "Alarms cannot be read" in made.text
    assert "1 service is wedged" in made.text


def test_stops_that_cannot_be_counted_are_unknown_and_a_failed_check(setting: Setting) -> None:
    """And everything else is shown."""
    setting.feed.uncounted = True
    made = setting.show(view="now")
    assert "Stops in the last hour: unknown of 10" in made.text
    assert "Stops cannot be counted : dynamodb:GetItem: AccessDeniedException" in made.text
    assert "1 service is wedged" in made.text


@pytest.mark.parametrize("view", ["now", "decisions", "decision", "incident"])
def test_a_ledger_that_cannot_be_read_is_told_with_the_call(setting: Setting, view: str) -> None:
    """Never an empty widget that looks like peace."""
    setting.feed.broken = True
    made = setting.show(view=view)
    assert "cannot be shown : dynamodb:Query: AccessDeniedException" in made.text
    assert "No service is wedged" not in made.text


def test_a_decision_with_a_question_that_waits_can_be_answered_where_it_is_explained(
    setting: Setting,
) -> None:
    """The page has the same buttons."""
    own = {"dashboardName": DASHBOARD}
    made = setting.show(view="decision", **ONE.key._asdict(), widgetContext=own)
    assert {given["answer"] for _, given in made.actions if "answer" in given} == {"approve", "reject"}


def test_what_is_not_in_the_ledger_any_more_is_said(setting: Setting) -> None:
    """Decisions expire; a dashboard may be older."""
    assert "Not found" in setting.show(view="decision", pk="service#x", sk="decision#y").text


@pytest.mark.parametrize("view", [None, "", "everything", 7, ["now"], {"a": 1}])
def test_an_unknown_view_gets_a_sentence(setting: Setting, view: Any) -> None:
    """Whoever may invoke the function may send anything."""
    assert "This widget shows `now`, `verified`, `posture` or `decisions`" in setting.show(view=view).text


def test_the_time_range_and_the_filter_of_the_dashboard_are_asked_for(setting: Setting) -> None:
    """The zoomed part wins; the form's field filters, a button's parameter wins over it."""
    start, end = datetime(2025, 11, 13, 20, tzinfo=UTC), datetime(2025, 11, 13, 21, tzinfo=UTC)
    zoom = {"start": start.timestamp() * 1000, "end": end.timestamp() * 1000}
    context = {
        "timeRange": {"mode": "absolute", "start": 0, "end": 1, "zoom": zoom},
        "forms": {"all": {"service": " prom "}},
    }
    setting.show(view="decisions", widgetContext=context)
    setting.show(view="decisions", service="", widgetContext=context)
    setting.show(view="decisions", until=end.isoformat(), widgetContext=context)
    assert [asked[:3] for asked in setting.feed.asked] == [
        (start, end, "prom"),
        (start, end, ""),
        (start, end, "prom"),
    ]


def test_the_buttons_of_the_stacks_own_dashboard_have_tokens_that_hold() -> None:
    """For what they are about, there, for some minutes."""
    own = {"dashboardName": DASHBOARD}
    shown = Setting().show(view="now", widgetContext=own)
    answers = [sent for _, sent in shown.actions if sent.get("answer")]
    assert answers
    assert len({sent["token"] for sent in answers}) == len(answers), "each button is pressed once"
    for sent in answers:
        about = answer_subject(sent["incident"], sent["subject"])
        assert isinstance(check_token(sent["token"], b"key", about, DASHBOARD, NOW), Token)
        assert not isinstance(check_token(sent["token"], b"key", RESUME, DASHBOARD, NOW), Token)


@pytest.mark.parametrize("dashboard", ["", "Unwedge", "somebody's"])
def test_widgets_on_other_dashboards_have_no_buttons_that_act(dashboard: str) -> None:
    """They say where the buttons are."""
    there = {"dashboardName": dashboard}
    shown = Setting().show(view="now", widgetContext=there)
    assert not [sent for _, sent in shown.actions if sent.get("answer")]
    assert f"Answer on the dashboard {DASHBOARD}" in shown.text


def test_without_the_key_there_are_no_buttons_and_the_reason_is_said() -> None:
    """A denied read is no empty page."""
    setting = Setting()
    setting.denied = True
    own = {"dashboardName": DASHBOARD}
    shown = setting.show(view="now", widgetContext=own)
    assert "No button can be made" in shown.text
    assert "AccessDenied" in shown.text


def test_a_relative_range_reaches_to_the_present() -> None:
    """What came since the page was loaded is what the reader waits for."""
    early = (NOW - timedelta(hours=1)).timestamp() * 1000
    told = {"mode": "relative", "start": early, "end": early + 60_000}
    assert frame_of({"widgetContext": {"timeRange": told}}, NOW).until == NOW


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
_NAMES = ("view", "pk", "sk", "service", "until", "skip", "incident", "widgetContext")
_CONTEXT = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("theme", "width", "timeRange", "forms", "dashboardName"), _JSON)
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(_NAMES, _JSON)), _CONTEXT, st.booleans())
def test_no_invocation_makes_the_viewer_fail(event: dict[str, Any], context: Any, framed: bool) -> None:
    """Wrong types, huge numbers, times that are none."""
    if framed:
        event["widgetContext"] = context
    for view in ("now", "decisions", "decision", "incident", "posture", "audit", event.get("view")):
        assert Markup(Setting().viewer.show({**event, "view": view}, NOW)).faults == []


def test_a_check_names_its_alarm_without_the_stack() -> None:
    """The stack's name says nothing; the alarm's description says what to do."""
    assert Alarms(cast(Any, FakeAlarms()), "Unwedge-Alarms").ringing() == [
        Check("Alarm NoSweep", "No sweep has ended.")
    ]


def test_an_alarm_read_that_is_denied_is_an_error_for_whoever_asks() -> None:
    """The widget turns it into a failed check."""
    alarms = FakeAlarms()
    alarms.broken = True
    with pytest.raises(ReadError):
        Alarms(cast(Any, alarms), "Unwedge-Alarms").ringing()


def test_a_deadlock_to_come_is_shown_until_an_incident_tells_of_it(setting: Setting) -> None:
    """And that they cannot be read is a failed check, not an empty list."""
    cluster, name = asking().key.service
    setting.postures.coming = [
        Expected(cluster, "two", "ecs-svc/2", NOW, "enforce"),
        Expected(cluster, name, "ecs-svc/1", NOW, "approve"),
    ]
    shown = setting.show(view="now").text
    assert "The deployment ecs-svc/2 of service two will deadlock" in shown
    assert "ecs-svc/1" not in shown
    setting.postures.denied = True
    assert "Expected deadlocks cannot be read" in setting.show(view="now").text


def test_the_page_of_an_audit_has_the_repair_and_says_where_its_record_is_damaged(setting: Setting) -> None:
    """The findings are shown all the same."""
    setting.postures.one = kept()
    asked: dict[str, Any] = {"view": "audit", "cluster_arn": "the-cluster", "service_name": "prom"}
    assert "Repair" not in setting.show(**asked).text
    setting.repairs.one = Repaired("the-cluster", "prom", NOW, RepairState.DONE, "{}", "It is repaired.")
    assert "It is repaired." in setting.show(**asked).text
    setting.repairs.damaged = True
    shown = setting.show(**asked).text
    assert "cannot be understood: line 1" in shown
    assert "The fix" in shown
