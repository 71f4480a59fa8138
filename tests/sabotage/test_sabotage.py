"""Every planted fault still fits the source; `python -m tests.sabotage` sees that each is caught."""

import pytest

from tests.sabotage.__main__ import sabotaged
from tests.sabotage.faults import FAULTS
from tests.sabotage.faults.fault import Fault


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_planted_fault_fits_the_source_and_is_still_python(fault: Fault) -> None:
    """A fault that changes nothing, or that cannot even be imported, would prove nothing."""
    with sabotaged(fault) as copy:
        source = (copy / "unwedge" / fault.file).read_text()
        compile(source, fault.file, "exec")
        assert fault.new in source
