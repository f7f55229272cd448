"""Step Functions' types besides the state machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from emulator.settings import Settings
from tests.emulator.resource_type_contract import ACCOUNT, REGION, TAGS, Case, World, check, of_stack

CASES = [
    Case(
        "AWS::StepFunctions::Activity",
        {"Name": "states-types-work", "Tags": TAGS},
        {"Tags": TAGS[:1]},
        {"Arn": f"arn:aws:states:{REGION}:{ACCOUNT}:activity:states-types-work", "Name": "states-types-work"},
        ("stepfunctions", "list_activities", "activities[].name"),
    )
]


@pytest.fixture(scope="module")
def world(emulator: Settings) -> Iterator[World]:
    found = of_stack("StatesTypes")
    yield found
    found.clear()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_type_keeps_tells_changes_and_deletes_what_its_template_says(case: Case, world: World) -> None:
    check(case, world)
