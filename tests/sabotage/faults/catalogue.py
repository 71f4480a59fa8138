"""Faults of the catalogue: whose lock line counts, and what may come of it."""

from tests.sabotage.faults.fault import Fault

FAULTS = (
    Fault(
        "stop for a signature that no run has proven",
        "decide/gates/limits.py",
        "    if case.unproven:\n",
        "    if False:\n",
    ),
    Fault(
        "allow every program where one is allowed",
        "model/settings.py",
        "return program.casefold() in {allowed.casefold() for allowed in self.allowed_programs}",
        "return bool(self.allowed_programs)",
    ),
    Fault(
        "take an ambiguous line for evidence",
        "decide/signatures.py",
        "    if signature.trigger is Trigger.UNSAFE:\n",
        "    if False:\n",
    ),
    Fault(
        "let a foreign signature count",
        "decide/signatures.py",
        "    if known is None:\n        return SIGNATURES\n",
        "    if True:\n        return SIGNATURES\n",
    ),
    Fault(
        "believe a container that speaks as two programs",
        "decide/signatures.py",
        "    if also is not None:\n",
        "    if False:\n",
    ),
    Fault(
        "want the lock line to be the last",
        "decide/catalogue/signature.py",
        "        if self.follows and self.follows.fullmatch(line):\n",
        "        if False:\n",
    ),
    Fault(
        "overlook what else a program of the catalogue failed on",
        "decide/catalogue/signature.py",
        "return Meaning(Word.FAILED if loud(line) else Word.OTHER, at)",
        "return Meaning(Word.OTHER, at)",
    ),
    Fault(
        "keep the wrong mark of a line that is not kept",
        "record/private.py",
        "    if failed and len(failed) < len(words):\n",
        "    if False:\n",
    ),
    Fault(
        "ask another program's flag where the data lies",
        "observe/definitions.py",
        "{*known.flags, *known.own_flags} if known else {",
        "{",
    ),
    Fault(
        "overlook a secret that names the data directory",
        "observe/definitions.py",
        '    if hidden or objects(data.get("environmentFiles")):\n',
        "    if False:\n",
    ),
    Fault(
        "take one tag's program for another's",
        "decide/catalogue/programs.py",
        "return not entry.tags or any(",
        "return True or any(",
    ),
)
