"""The script that runs in a container: nothing foreign gets into it, and its output is understood."""

import re
import shlex
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.verified import NAME, SPEC
from unwedge.verify.endpoints import Endpoint, Plan, answers_of, plan_for, script_for
from unwedge.verify.facts import Registration

NAMED = Registration(NAME, {})


@pytest.mark.parametrize(
    ("tag", "endpoints", "base"),
    [
        (None, ["http://localhost:9090/-/healthy", "http://localhost:9090/-/ready"], "http://localhost:9090"),
        ("9090/prom/-/healthy", ["http://localhost:9090/prom/-/healthy"], "http://localhost:9090/prom"),
        ("8428/health 8429", ["http://localhost:8428/health", "http://localhost:8429/"], None),
    ],
)
def test_endpoints_come_from_the_tag_or_from_what_prometheus_is_known_to_have(
    tag: str | None, endpoints: list[str], base: str | None
) -> None:
    """A route prefix goes for its API, too."""
    plan = plan_for(SPEC, tag, NAMED, known=True)
    assert [str(item) for item in plan.endpoints] == endpoints
    assert (str(plan.prometheus) if plan.prometheus else None) == base
    assert plan.name == NAME


@pytest.mark.parametrize(
    "tag",
    [
        "",
        " ",
        "9090/$(reboot)",
        "9090/';reboot'",
        "http://a/",
        "9090/a b|c",
        "999999/",
        "9090/`x`",
        "9 " * 9,
        "é",
    ],
)
def test_a_tag_of_another_form_is_no_endpoint(tag: str) -> None:
    """Whoever may tag a service may not run commands in it."""
    plan = plan_for(SPEC, tag, NAMED, known=True)
    assert plan.endpoints == ()
    assert plan.problem


@given(tag=st.text(max_size=60), name=st.text(max_size=60))
def test_nothing_that_others_chose_means_anything_to_the_shell(tag: str, name: str) -> None:
    """Every word of tag and name that gets in is of letters that a shell leaves alone."""
    plan = plan_for(SPEC, tag, Registration(name, {}), known=True)
    script = script_for(plan, "m")
    asked = [line for line in script.splitlines() if line.startswith("ask ")]
    for line in asked:
        words = shlex.split(line)
        assert len(words) == 2
        assert re.fullmatch(r"http://localhost:\d{1,5}/[A-Za-z0-9._:/@+=-]*", words[1])
    if plan.name is not None:
        assert re.fullmatch(r"[A-Za-z0-9_.-]+", plan.name)


def test_an_unknown_program_without_a_tag_is_asked_for_its_name_only() -> None:
    """What it listens on nobody knows."""
    plan = plan_for(SPEC, None, NAMED, known=False)
    assert (plan.endpoints, plan.name) == ((), NAME)
    assert "no endpoints are known" in plan.problem


def test_the_script_is_one_that_a_posix_shell_takes() -> None:
    """dash and BusyBox's ash have no more than POSIX."""
    plan = Plan((Endpoint(9090, "/-/healthy"),), Endpoint(9090, ""), NAME)
    done = subprocess.run(
        ["sh", "-n", "-c", script_for(plan, "m")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_output_is_divided_at_its_marks_and_nowhere_else() -> None:
    """A program that prints a heading of its own is not believed."""
    text = (
        "@m http http://localhost:9090/-/healthy 0\nfine\n@other http http://localhost:9090/-/ready 0\n\n"
        '@m targets http://localhost:9090 0\n      2 "health":"up"\n      1 "health":"down"\n'
        "@m start http://localhost:9090 0\nprometheus_tsdb_clean_start 0\n"
        f"@m dns {NAME} 2\n"
    )
    found = answers_of(text, "m")
    assert [item.about for item in found.http] == ["http://localhost:9090/-/healthy"]
    assert found.targets == {"up": 2, "down": 1}
    assert found.clean_start == 0
    assert found.dns is not None
    assert (found.dns.status, found.addresses) == (2, [])


def test_no_targets_are_told_from_targets_that_were_not_told() -> None:
    """A Prometheus that watches nothing, and one whose API did not answer."""
    none = '@m targets http://localhost:9090 0\n      1 "activeTargets":[]\n'
    assert answers_of(none, "m").targets == {}
    assert answers_of("@m targets http://localhost:9090 0\n", "m").targets is None


@pytest.mark.parametrize("text", ["", "\x00", "@m", "@m http x y", "@m dns x 1", "@m start x 0\nclean"])
def test_an_output_that_says_nothing_proves_nothing(text: str) -> None:
    """Cut off anywhere."""
    found = answers_of(text, "m")
    assert found.http == ()
    assert found.targets is None
    assert found.clean_start is None
