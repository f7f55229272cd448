import dataclasses
import json

import pytest

from crispstack.artifacts import Artifact, FinalReport, PhaseRecord
from crispstack.charter import Derivation
from crispstack.errors import ArtifactError
from crispstack.json_form import from_plain
from crispstack.phases import Phase

RECORD = PhaseRecord(Phase.MODELING, "2026-01-01T00:00:00+00:00", "2026-01-01T00:01:00+00:00", "succeeded", "s3://a/m")
REPORT = FinalReport("churn", "r1", "Who leaves?", "These.", (RECORD,), "s3://a/report.html")


def changed(report: Artifact, **fields: object) -> str:
    return json.dumps(json.loads(report.to_json()) | fields)


def test_an_artifact_reads_back_as_it_was_written() -> None:
    assert FinalReport.from_json(REPORT.to_json()) == REPORT


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "FinalReport: not JSON"),
        ("[]", "FinalReport: expected an object"),
        (changed(REPORT, artifact="Release"), "expected FinalReport version 1, found Release version 1"),
        (changed(REPORT, schema_version=2), "found FinalReport version 2"),
        (changed(REPORT, color="red"), "FinalReport: unknown field color"),
        (changed(REPORT, phases={}), r"FinalReport\.phases: expected a list, found dict"),
        (changed(REPORT, question=7), r"FinalReport\.question: expected str, found 7"),
        (
            changed(REPORT, phases=[dataclasses.asdict(RECORD) | {"phase": "guessing"}]),
            r"FinalReport\.phases\[0\]\.phase: 'guessing' is no Phase",
        ),
        (
            changed(REPORT, phases=[dataclasses.asdict(RECORD) | {"status": "fine"}]),
            r"FinalReport\.phases\[0\]\.status: 'fine' is none of 'succeeded'",
        ),
    ],
)
def test_what_does_not_fit_is_an_error_that_names_its_place(text: str, message: str) -> None:
    with pytest.raises(ArtifactError, match=message):
        FinalReport.from_json(text)


def test_a_missing_field_is_named() -> None:
    body = json.loads(REPORT.to_json())
    del body["run_id"]
    with pytest.raises(ArtifactError, match="field run_id is missing"):
        FinalReport.from_json(json.dumps(body))


def test_of_several_types_the_value_must_fit_one() -> None:
    plain = {"name": "n", "kind": "indicator", "column": "c"}
    assert from_plain(Derivation, plain | {"value": 3}, "derivation").value == 3.0
    assert from_plain(Derivation, plain | {"value": "yes"}, "derivation").value == "yes"
    with pytest.raises(ArtifactError, match=r"derivation\.value: expected str, found \[1\]"):
        from_plain(Derivation, plain | {"value": [1]}, "derivation")
