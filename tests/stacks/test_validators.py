"""What others check: cdk-nag, cfn-lint and the CDK's own validation. What we except is written down with a reason."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import aws_cdk as cdk
import pytest
from cfnlint.api import lint
from cfnlint.config import ManualArgs

from tests.stacks.conftest import Finding, Synthesis, findings_of

EXCEPTIONS = Path(__file__).parent / "nag_exceptions.toml"
# The CDK makes a function wait for its role's policy, and names the role along with it.
NOT_LINTED = ["W3005"]


@dataclass(frozen=True)
class NagException:
    """A rule that constructs may break: regular expressions for its whole name and their whole path, and why."""

    rule: str
    path: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        return bool(re.fullmatch(self.rule, finding.rule) and re.fullmatch(self.path, finding.path))


def exceptions() -> list[NagException]:
    return [NagException(**entry) for entry in tomllib.loads(EXCEPTIONS.read_text())["exception"]]


def nag(synthesis: Synthesis) -> list[Finding]:
    return [finding for finding in synthesis.findings if finding.validator == "AwsSolutions"]


def test_what_nag_finds_is_fixed_or_excepted_with_a_reason(local: Synthesis) -> None:
    reviewed = exceptions()
    found = nag(local)
    assert found, "nag did not run"
    assert [finding for finding in found if not any(entry.covers(finding) for entry in reviewed)] == []


def test_every_exception_is_still_needed(local: Synthesis) -> None:
    unused = [entry for entry in exceptions() if not any(entry.covers(finding) for finding in nag(local))]
    assert unused == []


def test_every_exception_has_a_reason() -> None:
    assert [entry for entry in exceptions() if len(entry.reason.split()) < 6] == []


def test_the_cdks_own_validation_finds_nothing(local: Synthesis) -> None:
    assert [finding for finding in local.findings if finding.validator != "AwsSolutions"] == []


def test_the_cdks_own_validation_would_find_something(local: Synthesis, tmp_path: Path) -> None:
    wrong = cdk.App(outdir=str(tmp_path), context={"@aws-cdk/core:failSynthOnValidationErrors": False})
    stack = cdk.Stack(wrong, "Wrong")
    cdk.CfnResource(stack, "Queue", type="AWS::SQS::Queue", properties={"DelaySeconds": "soon"})
    wrong.synth()
    assert {finding.path for finding in findings_of(tmp_path)} == {"Wrong/Queue"}


@pytest.mark.filterwarnings("default")
def test_cfn_lint_finds_nothing(local: Synthesis) -> None:
    configuration = ManualArgs(ignore_checks=NOT_LINTED, regions=["us-east-1"])
    found = [
        f"{stack}: {match.rule.id} {match.message}"
        for stack, template in local.templates.items()
        for match in lint(json.dumps(template), config=configuration)
    ]
    assert found == []
