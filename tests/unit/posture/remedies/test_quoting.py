"""What somebody else wrote is one literal, one comment or one name, and means what it meant."""

import ast
import json
import os
import subprocess

import hcl2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.posture.remedies.cases import HOSTILE
from tests.unit.posture.remedies.hcl import text_of
from unwedge.posture.remedies.quoting import (
    commented,
    construct_id,
    hcl,
    identifier,
    option,
    plain,
    python,
    shell,
    typescript,
)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_python_literal_is_one_string_that_means_the_text(text: str) -> None:
    """Read by Python."""
    assert ast.literal_eval(python(text)) == plain(text)


@given(st.text())
def test_any_text_at_all_comes_back_from_python(text: str) -> None:
    """Found examples belong to HOSTILE."""
    assert ast.literal_eval(python(text)) == plain(text)


@given(st.text())
@example("$${")
@example("%%{x")
@example("$$$${")
def test_an_hcl_literal_is_one_template_without_interpolation(text: str) -> None:
    """Read by python-hcl2, which leaves escapes as they are."""
    parsed = hcl2.loads(f"x = {hcl(text)}\n")["x"]
    assert text_of(parsed) == plain(text)


def test_a_typescript_literal_means_the_text() -> None:
    """Read by Node."""
    literals = ",".join(map(typescript, HOSTILE))
    assert "\n" not in literals
    script = f"process.stdout.write(JSON.stringify([{literals}]))"
    done = subprocess.run(
        ["node", "-e", script.replace("\0", "")], capture_output=True, check=True, timeout=60
    )
    assert json.loads(done.stdout) == [plain(text) for text in HOSTILE]


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_a_shell_word_is_one_word_that_means_the_text_whatever_the_locale(locale: str) -> None:
    """Read by bash."""
    script = "printf '%s\\0' " + " ".join(map(shell, HOSTILE))
    assert "\n" not in script
    done = subprocess.run(
        ["bash", "-c", script],
        capture_output=True,
        check=True,
        env={**os.environ, "LC_ALL": locale},
        timeout=60,
    )
    assert done.stdout.decode().split("\0")[:-1] == [plain(text) for text in HOSTILE]


@given(st.text())
@example("a\nb\u2028c")
def test_a_comment_has_no_line_but_those_that_begin_with_its_mark(text: str) -> None:
    """By whatever a language takes for the end of a line."""
    for line in commented("#", text):
        assert line.startswith("# ")
        assert line.isprintable()


@pytest.mark.parametrize("text", HOSTILE)
def test_an_identifier_is_one_in_every_language(text: str) -> None:
    """Letters, digits and underscores, and no digit first."""
    assert identifier(text, "otherwise").isidentifier()
    assert identifier(text, "otherwise").isascii()


def test_an_identifier_keeps_what_it_can_and_is_never_empty() -> None:
    """A reader finds the service again."""
    assert identifier("dev-prometheus", "x") == "dev_prometheus"
    assert identifier("1st", "x") == "_1st"
    assert identifier("漢", "service") == "service"
    assert construct_id("dev-prometheus", "x") == "dev-prometheus"
    assert construct_id("a/b", "x") == "a_b"


def test_a_value_that_the_aws_cli_would_read_a_file_for_names_none() -> None:
    """Nor does one that begins with a dash become an option."""
    assert option("service", "file:///etc/passwd") == "--service file:__/etc/passwd"
    assert option("service", "-x") == "--service=-x"
    assert option("cluster", "arn:aws:ecs:a:1:cluster/b") == "--cluster arn:aws:ecs:a:1:cluster/b"
