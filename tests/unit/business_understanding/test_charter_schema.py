"""The JSON Schema of charters: as the code is now, true of the examples, and false of broken charters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from crispstack.business_understanding import charter_schema
from tests.unit.business_understanding.test_broken_charters import WHOLE

REFERENCE = Path("docs/charter.md").read_text(encoding="utf-8")
SCHEMA: dict[str, Any] = charter_schema.schema(REFERENCE)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def plain(text: str) -> Any:
    """What an editor sees of a file: dates are texts."""
    return json.loads(json.dumps(yaml.safe_load(text), default=str))


def test_the_file_beside_the_projects_is_current() -> None:
    stored = Path("projects", charter_schema.FILE).read_text(encoding="utf-8")
    assert stored == charter_schema.text(REFERENCE), "run `crisp charter-schema --write`"


def test_it_is_a_schema_and_the_examples_name_it_and_fit_it() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for path in (*Path("projects").glob("*/charter.yaml"),):
        text = path.read_text(encoding="utf-8")
        assert text.startswith("# yaml-language-server: $schema=../charter.schema.json\n")
        assert [error.message for error in VALIDATOR.iter_errors(plain(text))] == []


@pytest.mark.parametrize(
    ("whole", "broken"),
    [
        ("owner: Head of sales\n", "ownr: Head of sales\n"),
        ("type: integer", "type: int"),
        ("true_positive: 50", "true_positive: fifty"),
        ("{cases: 1000, period: month}", "{cases: 1000, period: monthly}"),
        ("phase: evaluation", "phase: judgement"),
        ("retention: two years", "retension: two years"),
        ("name: churn\n", "name: Churn 2024\n"),
    ],
)
def test_mistakes_are_marked(whole: str, broken: str) -> None:
    assert list(VALIDATOR.iter_errors(plain(WHOLE))) == []
    assert whole in WHOLE
    assert list(VALIDATOR.iter_errors(plain(WHOLE.replace(whole, broken, 1))))


def test_every_key_is_explained() -> None:
    keys = [
        (part, key, described)
        for part, schema in SCHEMA["$defs"].items()
        for key, described in schema.get("properties", {}).items()
    ]
    assert [(part, key) for part, key, described in keys if not described.get("description")] == []
    text = SCHEMA["$defs"]["Charter"]["properties"]["years_of_use"]
    assert text["description"] == "for how long the answer is used: in that time it must earn what it costs"
    assert text["default"] == 1.0
