"""Every fault that is planted, by the part of the product that it is in."""

from tests.sabotage.faults import auditing, catalogue, decide, gates, reading, record, repairing, verifying

FAULTS = (
    *gates.FAULTS,
    *catalogue.FAULTS,
    *decide.FAULTS,
    *record.FAULTS,
    *reading.FAULTS,
    *verifying.FAULTS,
    *auditing.FAULTS,
    *repairing.FAULTS,
)
