"""The deployed dashboard in headless Chromium, after a rehearsal: seen, not assumed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from rehearsal.aws.deployed_app import open_deployed_app
from rehearsal.dashboard import pictures, snapshot
from rehearsal.dashboard.backend import Backend
from rehearsal.dashboard.lines import function_groups, read_lines
from rehearsal.dashboard.metrics import Metric
from rehearsal.dashboard.server import serving
from rehearsal.dashboard.source import EmulatorSource
from rehearsal.ecs.launching import ContainerSpec
from rehearsal.programs.scripted import Script
from rehearsal.programs.scripts import script_for
from rehearsal.run.many_services import ManyServices, a_service
from rehearsal.run.operators import set_kill_switch
from rehearsal.scenario.model import Revision
from tests.dashboard.conftest import LARGE, SMALL, Opener, drawn, refreshed, sideways, violations
from tests.support.pace import pace

SPEED = pace(15.0)
_HOUR = 3_600_000
_MARKUP = "</td><script>window.hostile=1</script><img src=x onerror=window.hostile=1><b>'bold'</b>"
# Evidence all the same: Prometheus says who called, and anything may stand there.
_HOSTILE = json.dumps(
    {
        "caller": _MARKUP,
        "err": "opening storage failed: lock DB directory: resource temporarily unavailable",
        "level": "error",
        "ts": "{time}",
    }
)
_TAGS = {
    "waits": "approve",
    "watches": "observe",
    "frees": "enforce",
    "hostile": "observe",
    # wedged only by the tests that answer their questions: a question is good for 15 virtual minutes
    "asks": "approve",
    "declines": "approve",
}
_UNTIL = {
    "waits": "approval-needed",
    "watches": "would-stop",
    "frees": "recovered",
    "hostile": "would-stop",
}


def _direct(spec: ContainerSpec, revision: Revision) -> Script:
    usual = script_for(spec, revision)
    if spec.service == "hostile" and spec.revision == 2:
        return Script(lock=usual.lock, lock_failure_line=_HOSTILE, starts_after=usual.starts_after)
    return usual


@dataclass(frozen=True)
class Stage:
    """The services, what answers for the app, and the page's address."""

    world: ManyServices
    backend: Backend
    address: str

    def at(self, theme: str) -> str:
        """The page in a theme."""
        return f"{self.address}?theme={theme}&range=1h"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Four services wedge themselves, and the app has said of each what it will say."""
    log_file = tmp_path_factory.mktemp("emulator") / "emulator.log"
    with open_deployed_app(SPEED, log_file=log_file) as deployed:
        world = ManyServices(deployed, [a_service(name, tag=tag) for name, tag in _TAGS.items()], _direct)
        try:
            for name in _UNTIL:
                world.deploy(name)
            said = world.until(lambda: all(v in world.verdicts(n) for n, v in _UNTIL.items()), 600)
            assert said, {name: world.verdicts(name) for name in _UNTIL}
            backend = Backend(deployed)
            with serving(backend) as address:
                yield Stage(world, backend, address)
        finally:
            world.close()


def _drawn(theme: str, size: tuple[int, int]) -> object:
    """Each theme and each size every day; the two other pairs with the rest of the variants."""
    marks = () if (theme == "light") == (size == LARGE) else pytest.mark.all_scenarios
    return pytest.param(theme, size, marks=marks, id=f"{theme}-{'large' if size == LARGE else 'small'}")


@pytest.mark.parametrize(
    ("theme", "size"), [_drawn(theme, size) for theme in ("light", "dark") for size in (LARGE, SMALL)]
)
def test_the_page_and_a_popup_are_drawn_fit_the_window_and_are_accessible(
    theme: str, size: tuple[int, int], stage: Stage, opened: Opener
) -> None:
    """In both themes, on a desk and on a telephone; nothing is an error, and axe has nothing to say."""
    page = opened(stage.at(theme), size)

    assert page.locator(".widget").count() == len(stage.backend.layout.widgets)
    assert page.locator(".failure").all_inner_texts() == []
    assert page.locator('.widget[aria-busy="true"]').count() == 0
    assert sideways(page, "body, header, main, .widget, .widget[data-kind=text] .inside") == []
    assert violations(page) == []

    _last_stop(page).get_by_role("button", name="Details").click()
    expect(_popup(page)).to_contain_text("Gates in order")
    assert violations(page, "#popup") == []


def test_custom_widgets_fit_a_telephone(stage: Stage, opened: Opener) -> None:
    """Nobody scrolls sideways for the present and the decisions."""
    page = opened(stage.at("light"), SMALL)

    assert sideways(page, ".widget[data-kind=custom] .inside") == []


def test_the_keyboard_opens_and_closes_a_decision(stage: Stage, opened: Opener) -> None:
    """The popup shows the evidence, what was done and every gate; then one is back where one was."""
    page = opened(stage.at("light"))
    details = _last_stop(page).get_by_role("button", name="Details")

    details.focus()
    page.keyboard.press("Enter")
    popup = _popup(page)
    expect(popup).to_contain_text(
        "opening storage failed: lock DB directory: resource temporarily unavailable"
    )
    expect(popup).to_contain_text("StopTask was sent to")
    expect(popup).to_contain_text("passed")
    page.keyboard.press("Escape")

    expect(popup).to_be_hidden()
    expect(details).to_be_focused()


def test_the_numbers_are_those_that_the_functions_counted(stage: Stage, opened: Opener) -> None:
    """Recovered services, and two that would have been stopped; what never happened has no value."""
    page = opened(stage.at("light"))
    tiles = page.get_by_role("region", name="In the time range")

    recovered = sum("recovered" in stage.world.verdicts(name) for name in _TAGS)
    for label, counted in (("Recovered", recovered), ("Would have stopped", 2), ("Nothing runs", 0)):
        tile = tiles.locator(".tile").filter(has=page.get_by_text(label, exact=True))
        expect(tile).to_have_text(f"{label}{counted or '--'}")


def test_invocations_by_the_queue_are_measured_in_real_time(stage: Stage) -> None:
    """The emulator measures by its fast clock; seconds of ours would look like a time-out on the page."""
    deployed = stage.world.deployed
    source = EmulatorSource(deployed, read_lines(deployed, function_groups(deployed)))
    function = (("FunctionName", deployed.deployment.output("RemediatorFunction")),)
    now = deployed.clock.now()

    def values(name: str) -> list[float] | None:
        samples = source.samples(Metric("AWS/Lambda", name, function), now - timedelta(hours=1), now)
        return None if samples is None else [sample.value for sample in samples]

    durations, errors = values("Duration"), values("Errors")
    assert durations
    assert errors
    assert 1 < max(durations) < 10_000
    assert sum(errors) == 0
    assert len(durations) == len(errors) > 10
    assert values("Throttles") is None


def test_the_raw_log_has_the_course_of_every_incident(stage: Stage, opened: Opener) -> None:
    """The query of the deployed dashboard runs over the log of the deployed functions."""
    page = opened(stage.at("light"))
    table = page.get_by_role("region", name="Course of the incidents").get_by_role("table")

    for name, verdict in _UNTIL.items():
        row = table.get_by_role("row").filter(has_text=name).filter(has_text=verdict)
        expect(row.first).to_be_visible()


def test_a_hostile_log_line_is_shown_as_text_and_does_nothing(stage: Stage, opened: Opener) -> None:
    """It is the evidence of a decision, so it stands in the list, in the popup and in the raw log."""
    page = opened(stage.at("light"))

    expect(_decision(page, "hostile", "would stop").first).to_contain_text(
        "<script>window.hostile=1</script>"
    )
    _decision(page, "hostile", "would stop").first.get_by_role("button", name="Details").click()
    expect(_popup(page)).to_contain_text("<img src=x onerror=window.hostile=1>")

    assert page.evaluate("window.hostile") is None
    assert page.locator("img").count() == 0
    assert page.get_by_text("<script>window.hostile=1</script>").count() > 1


def test_approving_leads_to_the_stop_and_to_recovery(stage: Stage, opened: Opener) -> None:
    """From the button to the simulated ECS's own truth, and back onto the page."""
    world = stage.world
    _wedge(world, "asks")
    page = opened(stage.at("light"))
    assert world.stops("asks") == []

    page.get_by_label("Your name, when you answer").fill("Ada")
    _incident(page, "asks").get_by_role("button", name="Approve").click()
    question = page.locator("#question")
    expect(question).to_contain_text("service asks in cluster asks")
    question.get_by_role("button", name="OK").click()
    expect(_popup(page)).to_contain_text("Approved")

    assert world.until(lambda: world.recovered("asks"), 300), world.verdicts("asks")
    assert world.until(lambda: "recovered" in world.verdicts("asks"), 300), world.verdicts("asks")
    assert len(world.stops("asks")) == 1
    page.get_by_role("button", name="Close").click()
    refreshed(page)
    expect(_incident(page, "asks")).to_have_count(0)
    expect(_decision(page, "asks", "recovered").first).to_be_visible()


def test_rejecting_stops_nothing_and_says_so(stage: Stage, opened: Opener) -> None:
    """The answer is recorded under the name that the person gave."""
    world = stage.world
    _wedge(world, "declines")
    page = opened(stage.at("dark"))

    page.get_by_label("Your name, when you answer").fill("Grace")
    _incident(page, "declines").get_by_role("button", name="Reject").click()
    page.locator("#question").get_by_role("button", name="OK").click()
    expect(_popup(page)).to_contain_text("Rejected")

    assert world.until(lambda: "rejected" in world.verdicts("declines"), 300), world.verdicts("declines")
    assert world.stops("declines") == []
    page.get_by_role("button", name="Close").click()
    refreshed(page)
    _decision(page, "declines", "rejected").first.get_by_role("button", name="Details").click()
    expect(_popup(page)).to_contain_text("Grace")


def test_pausing_and_resuming_turn_the_kill_switch(stage: Stage, opened: Opener) -> None:
    """Only after the question is answered with OK; the reason is kept with the switch."""
    page, deployed = opened(stage.at("light")), stage.world.deployed

    def switch() -> str:
        name = deployed.deployment.output("KillSwitch")
        ssm = deployed.emulator.client("ssm")
        try:
            return str(ssm.get_parameter(Name=name)["Parameter"]["Value"])
        except ssm.exceptions.ParameterNotFound:
            return "run"

    def press(button: str, answer: str) -> None:
        page.get_by_role("button", name=button, exact=True).click()
        page.locator("#question").get_by_role("button", name=answer).click()

    try:
        page.get_by_role("textbox", name="Reason").fill("a <b>migration</b>")
        press("Pause", "Cancel")
        expect(page.locator("#popup")).to_be_hidden()
        assert switch() == "run"

        press("Pause", "OK")
        expect(_popup(page)).to_contain_text("aused")
        assert "a <b>migration</b>" in switch()
        page.get_by_role("button", name="Close").click()
        refreshed(page)
        expect(page.get_by_role("region", name="Now")).to_contain_text("a <b>migration</b>")

        press("Resume", "OK")
        expect(_popup(page)).to_be_visible()
        assert switch() == "run"
    finally:
        set_kill_switch(deployed, "run")


def test_the_page_as_one_file_needs_no_server(stage: Stage, opened: Opener, tmp_path: Path) -> None:
    """It has both themes and the popups in it; what would act is not there."""
    file = tmp_path / "index.html"

    snapshot.write(stage.backend, file, range_name="1h", range_milliseconds=_HOUR)
    page = opened(file.as_uri())

    assert page.locator(".failure").all_inner_texts() == []
    _last_stop(page).get_by_role("button", name="Details").click()
    expect(_popup(page)).to_contain_text("StopTask was sent to")
    page.get_by_role("button", name="Close").click()
    page.get_by_label("Theme").select_option("dark")
    drawn(page, 2)
    expect(_decision(page, "frees", "recovered").first).to_be_visible()
    expect(page.get_by_role("button", name="Refresh")).to_be_hidden()


def test_the_pictures_are_taken_and_small(stage: Stage, browser: Browser, tmp_path: Path) -> None:
    """Of the dashboard in both themes, and of one decision."""
    files = pictures.take(browser, stage.address, tmp_path, range_name="1h")

    assert [file.name for file in files] == ["dashboard-light.png", "dashboard-dark.png", "decision.png"]
    for file in files:
        assert 20_000 < file.stat().st_size < 400_000, file.name


def _wedge(world: ManyServices, service: str) -> None:
    """Wedge a service, until the app asks about it."""
    world.deploy(service)
    assert world.until(lambda: "approval-needed" in world.verdicts(service), 300), world.verdicts(service)


def _decision(page: Page, service: str, verdict: str) -> Locator:
    """Rows of the list of decisions."""
    rows = page.get_by_role("region", name="Decisions", exact=True).get_by_role("row")
    return rows.filter(has=page.get_by_text(service, exact=True)).filter(has_text=verdict)


def _last_stop(page: Page) -> Locator:
    """The newest decision to stop a task of the service that is freed; on a busy machine it has several."""
    return _decision(page, "frees", "stop holder").first


def _incident(page: Page, service: str) -> Locator:
    """The row of an open incident."""
    rows = page.get_by_role("region", name="Now", exact=True).get_by_role("row")
    return rows.filter(has=page.get_by_text(service, exact=True))


def _popup(page: Page) -> Locator:
    popup = page.locator("#popup")
    expect(popup).to_be_visible()
    return popup


def test_a_function_that_fails_or_is_not_there_says_so_in_its_widget(stage: Stage) -> None:
    """What it answered, or what AWS answered in its place; never an empty widget."""
    output = stage.world.deployed.deployment.output
    answers = [
        stage.backend.invoke({"endpoint": output("RemediatorFunction"), "event": ["no object"]}),
        stage.backend.invoke({"endpoint": f"{output('ApproverFunction')}-gone", "event": {}}),
    ]
    for answer in answers:
        assert answer["failed"] is True
        assert 'role="alert"' in answer["html"]
