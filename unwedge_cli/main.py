"""Entry point of the ``unwedge`` command: gathers the verbs and turns errors into sentences."""

import click

from unwedge_cli.verbs import (
    answer,
    check,
    execute,
    incidents,
    kill_switch,
    rehearse,
    replay,
    verify,
    what_if,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Unwedge frees ECS services that are wedged on a storage lock."""


# A new verb is one module under verbs/ and one line here.
main.add_command(rehearse.rehearse)
main.add_command(replay.replay)
main.add_command(what_if.what_if)
main.add_command(incidents.incidents)
main.add_command(incidents.explain)
main.add_command(answer.approve)
main.add_command(answer.reject)
main.add_command(kill_switch.pause)
main.add_command(kill_switch.resume)
main.add_command(check.check)
main.add_command(verify.verify)
main.add_command(execute.execute)
