"""Entry point of the ``unwedge`` command: gathers the verbs and turns errors into sentences."""

import click

from unwedge_cli.verbs import rehearse


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Unwedge frees ECS services that are wedged on a storage lock."""


# A new verb is one module under verbs/ and one line here.
main.add_command(rehearse.rehearse)
