"""cdk-nag and cfn-lint find nothing that is not explained."""

import subprocess
import sys
from pathlib import Path

from tests.support.template import Assembly


def test_cdk_nag_finds_nothing_but_what_is_acknowledged_with_a_reason(either: Assembly) -> None:
    """AwsSolutions rules, each exception with a sentence."""
    (report,) = [entry for entry in either.report["pluginReports"] if entry["pluginName"] == "AwsSolutions"]
    assert (report["conclusion"], report["violations"]) == ("success", [])
    reasons = {finding["ruleName"]: finding["reason"] for finding in report["suppressedViolations"]}
    assert reasons, "the wildcards of this stack are known: a report without them checked nothing"
    assert [rule for rule, reason in reasons.items() if len(reason.split()) < 6] == []


def test_cfn_lint_finds_nothing(either: Assembly) -> None:
    """W3005 is about a DependsOn that the CDK itself writes for every function's role."""
    tool = Path(sys.executable).parent / "cfn-lint"
    command = [str(tool), "--template", str(either.template_file), "--ignore-checks", "W3005"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout) == (0, "")
