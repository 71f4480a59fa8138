"""Every planted fault still fits the source; `python -m tests.sabotage` sees that each is caught."""

import subprocess
from pathlib import Path

import pytest

from tests.sabotage.__main__ import sabotaged
from tests.sabotage.faults import FAULTS
from tests.sabotage.faults.fault import Fault


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_planted_fault_fits_the_source_and_is_still_python(fault: Fault) -> None:
    """A fault that changes nothing, that cannot even be imported, or that fails for a name that there is not,
    would prove nothing."""
    with sabotaged(fault) as copy:
        source = (copy / "unwedge" / fault.file).read_text()
        compile(source, fault.file, "exec")
        assert fault.new in source
        undefined = subprocess.run(
            ["ruff", "check", "--isolated", "--select", "F821", "--quiet", *_changed(fault, copy)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (undefined.returncode, undefined.stdout) == (0, "")


def _changed(fault: Fault, copy: Path) -> list[str]:
    return [str(copy / "unwedge" / file) for file in (fault.file, *(file for file, _, _ in fault.more))]
