"""What listens during a rehearsal is reached by this run's own programs only."""

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError

from rehearsal.aws.emulator import REGION, Emulator
from rehearsal.clockwork.clock import ScaledClock
from rehearsal.clockwork.loopback import foreign, token_of
from rehearsal.dashboard import browser
from rehearsal.dashboard.server import serving
from rehearsal.ecs.wire import EcsServer
from tests.support.simulated_ecs import Stage

PAGE = {"Origin": "https://attacker.example"}
REBOUND = {"Host": "attacker.example:8080"}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator without an app."""
    with Emulator(clock=ScaledClock(datetime.now(UTC), 1.0)) as running:
        yield running


def status(endpoint: str, headers: Mapping[str, str], path: str = "/", body: str = "") -> int:
    """The HTTP status of a request that nothing has prepared."""
    url = urlsplit(endpoint)
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=10)
    connection.putrequest("POST" if body else "GET", path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name, value)
    if body and "Content-Length" not in headers:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body.encode() or None)
    answer = connection.getresponse().status
    connection.close()
    return answer


@pytest.mark.parametrize(
    ("headers", "page", "right"),
    [
        ({"host": "127.0.0.1:4566"}, None, True),
        ({"host": "localhost:4566"}, None, True),
        ({"host": "attacker.example"}, None, False),
        ({"host": "127.0.0.1.attacker.example:80"}, None, False),
        ({}, None, False),
        ({"host": "127.0.0.1:1", "origin": "http://127.0.0.1:1"}, None, False),
        ({"host": "127.0.0.1:1", "origin": "http://127.0.0.1:1"}, "http://127.0.0.1:1", True),
        ({"host": "127.0.0.1:1", "origin": "http://127.0.0.1:2"}, "http://127.0.0.1:1", False),
        ({"host": "127.0.0.1:1", "origin": "null"}, "http://127.0.0.1:1", False),
        ({"host": "127.0.0.1:1", "sec-fetch-site": "cross-site"}, None, False),
        ({"host": "127.0.0.1:1", "sec-fetch-site": "same-origin"}, None, False),
        ({"host": "127.0.0.1:1", "sec-fetch-site": "same-origin"}, "http://127.0.0.1:1", True),
    ],
)
def test_a_request_by_its_headers(headers: Mapping[str, str], page: str | None, right: bool) -> None:
    """Host, Origin and Sec-Fetch-Site each can give a page away."""
    assert (foreign(headers, page) is None) is right


def test_the_token_stands_in_the_headers_or_in_a_signed_url() -> None:
    """Under its name in any case."""
    assert token_of({"x-amz-security-token": "a"}, "") == "a"
    assert token_of({}, "X-Amz-Security-Token=b&x=1") == "b"
    assert token_of({}, "x=1") == ""


@pytest.mark.parametrize("headers", [PAGE, REBOUND, {"Sec-Fetch-Site": "cross-site"}, {}])
def test_the_emulator_answers_no_page_and_nobody_without_the_key(
    emulator: Emulator, headers: Mapping[str, str]
) -> None:
    """A Lambda function could be created, and would run on this machine."""
    create = json.dumps(
        {"FunctionName": "f", "Runtime": "python3.13", "Role": "r", "Handler": "h", "Code": {}}
    )
    assert status(emulator.endpoint, headers, "/2015-03-31/functions", create) == 403
    assert status(emulator.endpoint, headers, "/?Action=ListQueues") == 403
    assert emulator.client("lambda").list_functions()["Functions"] == []


def test_the_key_of_another_run_does_not_count(emulator: Emulator) -> None:
    """It is drawn each time."""
    other = boto3.Session("test", "test", "0" * 32, region_name=REGION)
    with pytest.raises(ClientError, match="carries no key of this run"):
        other.client("lambda", endpoint_url=emulator.endpoint).list_functions()
    assert Emulator(clock=ScaledClock(datetime.now(UTC), 1.0)).key != emulator.key


ODD_LENGTHS = [{"Content-Length": told} for told in ("-1", "many", "9" * 30, "5000000")]


@pytest.mark.parametrize("headers", [PAGE, REBOUND, *ODD_LENGTHS])
def test_the_simulated_ecs_answers_no_page_and_no_odd_length(headers: Mapping[str, str]) -> None:
    """Its programs are processes of this machine; a negative length would be waited for without an end."""
    target = {"X-Amz-Target": "AmazonEC2ContainerServiceV20141113.ListClusters"}
    with EcsServer(Stage().sim) as server:
        assert status(server.endpoint, target, body="{}") == 200
        assert status(server.endpoint, {**target, **headers}, body="{}") in (403, 413)


@pytest.mark.parametrize(("user", "sandbox"), [(0, False), (1000, True)])
def test_chromium_keeps_its_sandbox_where_the_user_is_not_root(
    user: int, sandbox: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of a rehearsal shows what containers print."""
    launched: dict[str, Any] = {}

    def launch(**options: Any) -> Any:
        launched.update(options)
        return SimpleNamespace(close=lambda: None)

    with_playwright = nullcontext(SimpleNamespace(chromium=SimpleNamespace(launch=launch)))
    monkeypatch.setattr(browser, "sync_playwright", lambda: with_playwright)
    monkeypatch.setattr("os.geteuid", lambda: user)
    with browser.chromium("chromium"):
        assert launched["chromium_sandbox"] is sandbox
        assert "--no-sandbox" not in launched["args"]


@pytest.mark.parametrize("headers", [PAGE, REBOUND, *ODD_LENGTHS])
def test_the_local_dashboard_answers_no_other_page_and_no_odd_length(headers: Mapping[str, str]) -> None:
    """It can approve a stop."""
    answers = cast(Any, SimpleNamespace(now=dict, about=dict, widget=dict, invoke=dict))
    kind = {"Content-Type": "application/json"}
    with serving(answers) as page:
        own = page.rstrip("/")
        assert status(page, {**kind, "Origin": own}, "/now", "{}") == 200
        assert status(page, {**kind, **headers}, "/now", "{}") in (403, 413)
