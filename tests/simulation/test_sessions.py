"""Sessions of ECS Exec over TLS: our client, a second client that others wrote, and what may go wrong."""

import asyncio
import os
import ssl
import time
from collections.abc import Callable, Iterator

import pytest

from rehearsal.programs.sessions.agent import SessionFault
from rehearsal.programs.sessions.server import Sessions
from unwedge.verify.session.connection import Ran, Session, SessionError, run
from unwedge.verify.session.trouble import Trouble

LINES = "for i in 1 2 3 4 5 6 7; do echo line $i; sleep 0.02; done; exit 4"
PRINTED = "\n".join(f"line {number}" for number in range(1, 8))


@pytest.fixture
def sessions() -> Iterator[Sessions]:
    """A data channel of this machine."""
    with Sessions(port_of=lambda container: None) as running:
        yield running


def opener(sessions: Sessions) -> Callable[[str], Session]:
    """Opens sessions of no task in particular."""

    def opened(command: str) -> Session:
        answer = sessions.open(None, None, command)  # type: ignore[arg-type]
        return Session(answer["sessionId"], answer["streamUrl"], answer["tokenValue"])

    return opened


def ran(sessions: Sessions, script: str, *, seconds: float = 10, most: int = 65536) -> Ran:
    """Run a script by our client, which trusts this run's authority."""
    trust = ssl.create_default_context(cafile=str(sessions.certificate))
    return run(opener(sessions), script, seconds=seconds, most_output=most, trust=trust)


@pytest.mark.parametrize(
    ("script", "text", "status"),
    [
        ("echo hello; echo wrong >&2", "hello\nwrong", 0),
        ("exit 7", "", 7),
        ("false", "", 1),
        ("printf 'no line feed'", "no line feed", 0),
        ("printf 'a b\\tc\\n'; printf '%s\\n' \"it's\" '$HOME' '\"'", "a b\tc\nit's\n$HOME\n\"", 0),
        ("printf '\\033[31mred\\033[0m\\n'", "red", 0),
        ("printf 'gr\\303\\274n\\n'", "grün", 0),
        ("echo unwedge-0000:5:", "unwedge-0000:5:", 0),
        ("cat /dev/null", "", 0),
        ("no-such-program 2>/dev/null", "", 127),
    ],
)
def test_output_and_exit_status_come_back(sessions: Sessions, script: str, text: str, status: int) -> None:
    """Standard output and error together, as on a terminal; without what is for a terminal."""
    said = ran(sessions, script).said
    assert (said.text, said.status, said.cut) == (text, status, 0)


@pytest.mark.parametrize(
    "fault",
    [None, SessionFault.REORDERED, SessionFault.TWICE, SessionFault.WRONG_DIGESTS, SessionFault.NOISE],
)
def test_messages_that_come_early_twice_or_with_a_wrong_digest_give_the_same_result(
    sessions: Sessions, fault: SessionFault | None
) -> None:
    """Some agents send digests that do not match: that is a warning."""
    sessions.fault = fault
    found = ran(sessions, LINES)
    assert (found.said.text, found.said.status) == (PRINTED, 4)
    assert bool(found.warnings) is (fault is SessionFault.WRONG_DIGESTS)


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        (SessionFault.ENCRYPTED, Trouble.ENCRYPTED),
        (SessionFault.CLOSED, Trouble.CLOSED),
        (SessionFault.SILENT, Trouble.CLOSED),
    ],
)
def test_a_session_that_gives_no_result_says_why(
    sessions: Sessions, fault: SessionFault, trouble: Trouble
) -> None:
    """Each in its own word."""
    sessions.fault = fault
    with pytest.raises(SessionError) as caught:
        ran(sessions, LINES)
    assert caught.value.trouble is trouble


def test_an_image_without_a_shell_is_told_from_other_ends(sessions: Sessions) -> None:
    """In the agent's own words."""
    sessions.no_shell = True
    with pytest.raises(SessionError, match="no shell: Unable to start command") as caught:
        ran(sessions, "true")
    assert caught.value.trouble is Trouble.NO_SHELL


def test_a_command_that_does_not_end_is_given_up_and_ended(sessions: Sessions) -> None:
    """What it printed until then is kept."""
    began = time.monotonic()
    with pytest.raises(SessionError) as caught:
        ran(sessions, "echo $$; sleep 60", seconds=1)
    assert caught.value.trouble is Trouble.TIMED_OUT
    assert time.monotonic() - began < 5
    process = int(caught.value.output.split()[0])
    deadline = time.monotonic() + 5
    while _runs(process) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _runs(process)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_an_endless_output_takes_bounded_space(sessions: Sessions) -> None:
    """Its beginning is kept, and the end is found all the same."""
    said = ran(sessions, "head -c 300000 /dev/zero | tr '\\0' x; exit 9", most=1000).said
    assert (said.text, said.status) == ("x" * 1000, 9)
    assert abs(said.cut - 299_000) < 10


def test_a_certificate_that_the_system_does_not_trust_ends_the_session(sessions: Sessions) -> None:
    """The token is sent to nobody else."""
    with pytest.raises(SessionError, match="CERTIFICATE_VERIFY_FAILED") as caught:
        run(opener(sessions), "true", seconds=5)
    assert caught.value.trouble is Trouble.UNTRUSTED


@pytest.mark.parametrize(
    ("url", "trouble"),
    [
        ("ws://localhost:1/", Trouble.UNTRUSTED),
        ("https://localhost:1/", Trouble.UNTRUSTED),
        ("", Trouble.UNTRUSTED),
        ("wss://localhost:1/", Trouble.UNREACHABLE),
        ("wss://localhost:notaport/", Trouble.UNREACHABLE),
    ],
)
def test_no_other_address_is_spoken_to(url: str, trouble: Trouble) -> None:
    """Neither in the clear nor without an end."""
    with pytest.raises(SessionError) as caught:
        run(lambda command: Session("s", url, "secret-token"), "true", seconds=2)
    assert caught.value.trouble is trouble
    assert "secret-token" not in f"{caught.value!r} {Session('s', url, 'secret-token')!r}"


def test_a_token_opens_one_session_only(sessions: Sessions) -> None:
    """As in AWS."""
    session = opener(sessions)("/bin/sh -c true")._replace(token="another")
    trust = ssl.create_default_context(cafile=str(sessions.certificate))
    with pytest.raises(SessionError) as caught:
        run(lambda command: session, "true", seconds=5, trust=trust)
    assert caught.value.trouble is Trouble.CLOSED


def test_another_client_reads_the_same_from_the_simulated_end(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pyssm-client implements the protocol independently: it understands the handshake and the output, and
    our end understands its answers."""
    data_channel = pytest.importorskip("pyssm_client.communicator.data_channel")
    types = pytest.importorskip("pyssm_client.communicator.types")
    monkeypatch.setenv("SSL_CERT_FILE", str(sessions.certificate))
    session = opener(sessions)("/bin/sh -c 'echo one; sleep 0.2; echo two; exit 3'")

    async def talk() -> tuple[bytes, bool]:
        channel = data_channel.SessionDataChannel(
            types.WebSocketConfig(url=session.url, token=session.token, retry_attempts=1)
        )
        closed, heard = asyncio.Event(), bytearray()
        channel.set_client_info("11111111-2222-3333-4444-555555555555")
        channel.set_stdout_handler(heard.extend)
        channel.set_output_handler(heard.extend)
        channel.set_closed_handler(closed.set)
        opened = await channel.open()
        await asyncio.wait_for(closed.wait(), 10)
        await channel.close()
        return bytes(heard), opened

    heard, opened = asyncio.run(talk())
    assert opened
    assert heard.split() == [b"one", b"two"]
