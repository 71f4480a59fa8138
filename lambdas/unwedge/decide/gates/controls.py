"""Gate 9: the kill switch and the budgets, which hold for every service alike."""

from dataclasses import replace
from datetime import datetime, timedelta

from unwedge.decide.gates.asking import acting
from unwedge.decide.gates.case import Case, passed, ruled
from unwedge.decide.gates.limits import answered
from unwedge.decide.gates.wording import clock
from unwedge.model.decision import Ruling, Verdict
from unwedge.model.incident import Controls, Limit


def controls(case: Case) -> Ruling:
    """Paused, cooling down, or spent: nothing is stopped, and the sentence says until when or by whom."""
    held = case.situation.controls
    if held is None:
        return ruled(Verdict.READ_MORE, "The kill switch and the budgets have not been read yet.")
    if held.paused is not None:
        text = f"Unwedge is paused, so nothing is stopped: {held.paused}"
        return ruled(Verdict.PAUSED, text, again=60, incident=case.opens)
    return _cooldown(case, held) or _service_budget(case, held) or _account_budget(case, held)


def _within(case: Case, moments: tuple[datetime, ...], span: timedelta) -> list[datetime]:
    return [moment for moment in moments if case.situation.observed_at - moment < span]


def _cooldown(case: Case, held: Controls) -> Ruling | None:
    """Rounds of one incident follow each other at once; the next incident waits."""
    incident = case.situation.incident
    began = incident.opened_at if incident else case.situation.observed_at
    earlier = [moment for moment in held.service_stops if moment < began]
    if not earlier:
        return None
    passed_, cooldown = case.since(max(earlier)), case.settings.cooldown
    if passed_ >= cooldown:
        return None
    text = (
        f"The service was freed by a stop at {clock(max(earlier))}, {passed_:.0f} s ago; it is left alone "
        f"for {cooldown} s after one."
    )
    again = min(60, max(1, int(cooldown - passed_) + 1))
    return ruled(
        Verdict.COOLING_DOWN,
        text,
        again=again,
        incident=case.opens,
        seconds_since_stop=passed_,
        cooldown=cooldown,
    )


def _service_budget(case: Case, held: Controls) -> Ruling | None:
    hour = len(_within(case, held.service_stops, timedelta(hours=1)))
    if hour >= case.settings.stops_per_service_hour:
        text = (
            f"{hour} stops within an hour did not help for long. Find out why the service is deployed again "
            "and again, or let ECS stop the old task first: minimumHealthyPercent 0, maximumPercent 100."
        )
        return ruled(
            Verdict.KEEPS_WEDGING, text, again=300, escalate=True, incident=case.opens, stops_in_hour=hour
        )
    day = len(_within(case, held.service_stops, timedelta(days=1)))
    if day < case.settings.stops_per_service_day:
        return None
    text = f"All {case.settings.stops_per_service_day} stops of this service for a day are spent."
    return ruled(Verdict.BUDGET_SPENT, text, again=300, escalate=True, incident=case.opens, stops_in_day=day)


def _account_budget(case: Case, held: Controls) -> Ruling:
    """When many services want a stop at once, something bigger is going on: the rest ask."""
    spent, allowed = held.account_stops, case.account_allowance
    why = "many services at once are more than a wedge"
    if allowed < case.settings.stops_per_account_hour:
        why = "this service had one of them, and what is left is for services that had none"
    what = f"{spent} stops in this account within an hour: {why}. {acting(case)}"
    asks = spent >= allowed
    ruling = answered(case, case.subject, what, Limit.ACCOUNT_BUDGET, escalate=True) if asks else None
    if ruling is None or ruling.verdict is None:
        day = len(_within(case, held.service_stops, timedelta(days=1)))
        most = case.settings.stops_per_service_day
        return passed(
            f"Not paused; {day} of {most} stops of the service for a day and {spent} of {allowed} of the "
            "account for an hour are spent.",
            service_stops=day,
            stops_per_service_day=most,
            account_stops=spent,
            stops_per_account_hour=allowed,
        )
    return replace(ruling, numbers={"account_stops": spent, "stops_per_account_hour": allowed})
