"""Keeps the state of the deployed alarms as CloudWatch would, so that whoever reads them sees it."""

from rehearsal.aws.deployed_app import DeployedApp
from rehearsal.dashboard.alarms import State, standing
from rehearsal.dashboard.series import Span
from rehearsal.dashboard.source import Source

_STATES = {State.ALARM: "ALARM", State.OK: "OK", State.INSUFFICIENT: "INSUFFICIENT_DATA"}


def set_alarms(deployed: DeployedApp, source: Source, span: Span) -> list[str]:
    """Set every alarm in the emulator to its state at the end of ``span``; returns the names of those that
    are in alarm. An alarm whose metric nobody measures here stays as it is."""
    watch = deployed.emulator.client("cloudwatch")
    ringing = []
    for page in watch.get_paginator("describe_alarms").paginate():
        for alarm in page["MetricAlarms"]:
            state = _STATES.get(standing(alarm, source, span).state)
            if state == "ALARM":
                ringing.append(alarm["AlarmName"])
            if state and state != alarm["StateValue"]:
                reason = "what the functions measured in the rehearsal"
                watch.set_alarm_state(AlarmName=alarm["AlarmName"], StateValue=state, StateReason=reason)
    return ringing
