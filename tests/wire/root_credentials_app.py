"""The shipped app, deployed with the caller's own credentials.

An emulator that enforces IAM does not let the CDK's bootstrap roles do their work. Nothing else differs.
"""

import functools
import runpy
import sys
from pathlib import Path

import aws_cdk as cdk

ROOT = Path(__file__).parents[2]

if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    synthesizer = cdk.CliCredentialsStackSynthesizer()
    cdk.App = functools.partial(cdk.App, default_stack_synthesizer=synthesizer)  # type: ignore[misc,assignment]
    runpy.run_path(str(ROOT / "app.py"), run_name="__main__")
