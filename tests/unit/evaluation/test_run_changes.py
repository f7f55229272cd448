import dataclasses
from typing import Any

from crispstack.artifacts import Candidate, Leaderboard, Provenance
from crispstack.charter import Assumption, Risk
from crispstack.data_collection import DataCollection
from crispstack.evaluation.run_changes import changes, flattened
from tests.unit.evaluation.run_results import SUGAR, result


def told(before: Any, after: Any) -> list[tuple[Any, ...]]:
    return [(each.part, each.of, each.before, each.after) for each in changes(before, after)]


def test_a_run_differs_from_itself_in_nothing() -> None:
    assert told(result("a"), result("b")) == []


def test_a_changed_key_of_the_charter_is_told_by_its_path() -> None:
    before = result("a")
    assumption = Assumption("wine lasts", True)
    charter = dataclasses.replace(
        before.charter,
        modeling=dataclasses.replace(before.charter.modeling, folds=3),
        assumptions=(assumption,),
        money=dataclasses.replace(before.charter.money, values={"bad": {"good": -80.0}}),
    )
    assert told(before, result("b", charter=charter)) == [
        ("charter", "money.values.bad.good", -100, -80.0),
        ("charter", "modeling.folds", 0, 3),
        *(("charter", f"assumptions[1].{name}", None, value) for name, value in dataclasses.asdict(assumption).items()),
    ]


def test_another_version_of_the_data_is_told_with_its_rows() -> None:
    before = result("a")
    [source] = before.collection.sources
    later = dataclasses.replace(source, version="bbbb", rows=14)
    assert told(before, result("b", collection=DataCollection((later,)))) == [
        ("data", "wines version", "aaaa", "bbbb"),
        ("data", "wines rows", 12, 14),
    ]


def test_what_preparation_made_is_told_in_rows_reasons_and_features() -> None:
    before = result("a")
    prepared = dataclasses.replace(
        before.prepared,
        version="v2",
        train_rows=9,
        quarantined_rows=0,
        quarantine_reasons={},
        features=(*before.prepared.features, SUGAR),
    )
    assert told(before, result("b", prepared=prepared)) == [
        ("preparation", "version", "v1", "v2"),
        ("preparation", "train_rows", 8, 9),
        ("preparation", "quarantined_rows", 1, 0),
        ("preparation", "quarantined: no grade", 1, None),
        ("preparation", "feature sugar", None, "numeric"),
    ]


def test_another_model_is_told_with_its_parameters_and_what_it_was_made_with() -> None:
    before = result("a")
    board = Leaderboard("log_loss", False, (Candidate("two", "trees", "boosting", {"depth": 3}),), "two", 5, 1)
    made_with = Provenance("d" * 64, "f" * 64, "3.11.7", {"numpy": "2.2.0"})
    package = dataclasses.replace(before.package, threshold=0.25, made_with=made_with)
    assert told(before, result("b", leaderboard=board, package=package)) == [
        ("model", "technique", "ridge", "trees"),
        ("model", "parameters.C", 1.0, None),
        ("model", "parameters.penalty", "l2", None),
        ("model", "threshold", 0.0, 0.25),
        ("model", "code", "c" * 12, "d" * 12),
        ("model", "library numpy", "2.1.0", "2.2.0"),
        ("model", "parameters.depth", None, 3),
    ]


def test_another_decision_is_told_in_money() -> None:
    before = result("a")
    [policy] = before.decision.policies
    decision = dataclasses.replace(
        before.decision, verdict="no_go", advantage=-2.0, policies=(dataclasses.replace(policy, value=8.0),)
    )
    assert told(before, result("b", decision=decision)) == [
        ("value", "verdict", "go", "no_go"),
        ("value", "advantage", 5.0, -2.0),
        ("value", "value of model", 15.0, 8.0),
    ]


def test_members_of_a_list_are_told_apart_by_their_names_so_that_one_more_moves_no_other() -> None:
    before = flattened({"sources": [{"name": "a", "format": "csv"}, {"name": "b", "format": "csv"}]})
    after = flattened({"sources": [{"name": "c", "format": "csv"}, *({"name": n, "format": "csv"} for n in "ab")]})
    assert before == {
        "sources[a].name": "a",
        "sources[a].format": "csv",
        "sources[b].name": "b",
        "sources[b].format": "csv",
    }
    assert before.items() < after.items()
    risks = flattened({"risks": [dataclasses.asdict(Risk("late")), dataclasses.asdict(Risk("dear", "wait"))]})
    assert risks["risks[2].contingency"] == "wait"
