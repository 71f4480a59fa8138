"""``make dashboard``: rehearses, writes the page and its pictures, and serves it until Ctrl-C."""

import sys
import time
from pathlib import Path

import click

from rehearsal.aws.deploy import ROOT, DeployError
from rehearsal.aws.deployed_app import open_deployed_app
from rehearsal.aws.emulator import EmulatorError
from rehearsal.dashboard import snapshot
from rehearsal.dashboard.backend import Backend
from rehearsal.dashboard.browser import chromium, find_chromium
from rehearsal.dashboard.demo_services import SPEED, rehearsed
from rehearsal.dashboard.pictures import take
from rehearsal.dashboard.server import serving

_FOLDER = ROOT / ".cache" / "dashboard"
_RANGE, _RANGE_MILLISECONDS = "1h", 3_600_000


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--once", is_flag=True, help="End after writing the page and the pictures.")
@click.option(
    "--port", default=0, help="Serve at this port of the loopback interface; any free one by default."
)
@click.option("--pictures", type=click.Path(path_type=Path), default=_FOLDER, help="Where the pictures go.")
def main(once: bool, port: int, pictures: Path) -> None:
    """Show the deployed dashboard after a rehearsal of many services on this machine."""
    click.echo(f"Deploying the app into a local AWS emulator; time runs {SPEED:g} times faster ...")
    try:
        with open_deployed_app(SPEED) as deployed, rehearsed(deployed, click.echo):
            backend = Backend(deployed)
            with serving(backend, port) as address:
                file = _FOLDER / "index.html"
                snapshot.write(backend, file, range_name=_RANGE, range_milliseconds=_RANGE_MILLISECONDS)
                click.echo(f"The page as one file: {file}")
                _take_pictures(address, pictures)
                if not once and sys.stdout.isatty():
                    _wait(f"{address}?range={_RANGE}")
    except (EmulatorError, DeployError) as error:
        raise click.ClickException(str(error)) from error


def _take_pictures(address: str, folder: Path) -> None:
    binary = find_chromium()
    if binary is None:
        click.echo(
            "NO CHROMIUM on this machine: no pictures are taken. `make setup` says how to get one.", err=True
        )
        return
    with chromium(binary) as browser:
        for file in take(browser, address, folder, range_name=_RANGE):
            click.echo(f"A picture: {file}")


def _wait(address: str) -> None:
    click.echo(f"The live dashboard: {address}  (Ctrl-C ends it)")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        click.echo()


if __name__ == "__main__":
    main()
