"""The console command's own behaviour, without any rehearsal."""

from click.testing import CliRunner

from rehearsal.scenario import loading
from unwedge_cli.main import main


def test_list_names_every_scenario_with_its_title() -> None:
    """The real incident comes first."""
    result = CliRunner().invoke(main, ["rehearse", "--list"], terminal_width=120)

    assert result.exit_code == 0
    assert all(name in result.output for name in loading.names())
    assert result.output.splitlines()[1].split()[0] == "real-incident"


def test_an_unknown_scenario_is_refused_with_near_names_and_without_a_trace() -> None:
    """Exit status 1 and one sentence."""
    result = CliRunner().invoke(main, ["rehearse", "real-incidet"])

    assert result.exit_code == 1
    assert "Did you mean real-incident" in result.output
    assert "Traceback" not in result.output


def test_no_scenario_at_all_is_a_usage_error() -> None:
    """It says what to do."""
    result = CliRunner().invoke(main, ["rehearse"])

    assert result.exit_code == 2
    assert "--list" in result.output
