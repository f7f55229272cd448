"""Whatever stands in a charter, it is read or refused by name: no traceback, neither then nor in its review."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crispstack.business_understanding import charter_json, critical_path
from crispstack.business_understanding.charter_file import load
from crispstack.business_understanding.data_file import ClassCounts
from crispstack.business_understanding.evidence import Evidence, Rule
from crispstack.business_understanding.feasibility import review
from crispstack.errors import CharterError
from tests.unit.business_understanding.test_broken_charters import WHOLE

FEW = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**20),
    st.floats(),
    st.text(max_size=6),
    st.sampled_from(["", "age", "left_us", "modeling", "clients", "city", "yes", "1e400", "2024-02-30", "\x00", "ä"]),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(0, 3), max_size=2),
)


def reviewed(path: Path) -> None:
    """Read the charter and do what `crisp check` does with one that is valid."""
    try:
        charter = load(path)
    except CharterError as error:
        assert all(re.match(r"\d+: .+; .+|.+", line.removeprefix(f"{path}:")) for line in str(error).splitlines())
        return
    assert charter_json.parse(charter_json.dump(charter)) == charter
    evidence = Evidence(100, 0.0, 1.0, 0.2, 10.0, -1.0, Rule("plan", "plan a: call", 0.1))
    assert review(charter, ClassCounts(100, 20, {"a": 50, "b": 50}), evidence)
    critical_path.picture(critical_path.schedule(charter.plan))


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place within nested lists and mappings."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(each for key, item in inner for each in places(item, (*path, key)))]


PLAIN = yaml.safe_load(WHOLE)
PLACES = [place for place in places(PLAIN) if place]


@FEW
@given(changes=st.lists(st.tuples(st.sampled_from(PLACES), VALUES), min_size=1, max_size=3))
def test_any_value_at_any_place_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[tuple[Any, ...], Any]]
) -> None:
    charter = copy.deepcopy(PLAIN)
    for place, value in changes:
        around = charter
        try:
            for step in place[:-1]:
                around = around[step]
            around[place[-1]] = value
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away
    path = tmp_path_factory.mktemp("fuzz") / "charter.yaml"
    path.write_text(yaml.safe_dump(charter, allow_unicode=True), encoding="utf-8")
    reviewed(path)


@FEW
@given(data=st.data())
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    text = WHOLE
    for _ in range(data.draw(st.integers(1, 3))):
        begin = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(begin, min(len(text), begin + 30)))
        inserted = data.draw(st.one_of(st.sampled_from(list("{}[]:,-#&*!|>'\"%@`\t\n ?")), st.text(max_size=4)))
        text = text[:begin] + inserted + text[end:]
    path = tmp_path_factory.mktemp("fuzz") / "charter.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    reviewed(path)
