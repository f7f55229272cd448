"""What is wrong with a charter is said with its line and its remedy, all of it at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from crispstack.business_understanding import charter_json
from crispstack.business_understanding.charter_file import load, load_project
from crispstack.errors import CharterError

BANK = Path("projects/bank_marketing/charter.yaml")
SMALL = """\
name: churn
question: Who leaves?
owner: Ada
sources:
  - name: clients
    file: clients.csv
    columns:
      - {name: age, type: integer}
      - {name: plan, type: category}
      - {name: left_us, type: category}
target: {column: left_us, positive: "yes"}
money: {currency: EUR, true_positive: 50, false_positive: -5}
"""


def errors(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "charter.yaml"
    path.write_text(text)
    with pytest.raises(CharterError) as caught:
        load(path)
    return [line.removeprefix(str(path)) for line in str(caught.value).splitlines()]


def test_the_bank_charter_is_valid_and_survives_json() -> None:
    charter = load(BANK)
    assert charter.excluded == {"id", "duration"}
    assert charter.money.true_positive == 72
    assert charter_json.parse(charter_json.dump(charter)) == charter


def test_everything_but_question_data_target_and_money_has_a_default(tmp_path: Path) -> None:
    (tmp_path / "charter.yaml").write_text(SMALL)
    charter = load(tmp_path / "charter.yaml")
    assert charter.modeling.budget_seconds == 300
    assert [column.name for column in charter.feature_columns] == ["age", "plan"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("owner: Ada", "ownr: Ada", ":3: unknown key 'ownr'; did you mean 'owner'?"),
        ("file: clients.csv", "fle: clients.csv", ":6: unknown key 'fle'; did you mean 'file'?"),
        ("{name: age, type: integer}", "{name: age, tpe: integer}", ":8: unknown key 'tpe'; did you mean 'type'?"),
        ("type: integer", "type: integr", ":8: 'type' cannot be 'integr'; did you mean 'integer'?"),
        ("true_positive: 50", "true_positive: fifty", ":12: 'true_positive' cannot be 'fifty'; give a number"),
        ("true_positive: 50", "true_positive: .nan", ":12: 'true_positive' cannot be nan; give a finite number"),
        ('"yes"', "yes", ":11: 'positive' is true or false, not text; put the value in quotes"),
        ("name: churn", "name: Churn!", ":1: 'Churn!' cannot name tables and buckets; start with a letter"),
        ("column: left_us", "column: left", ":11: 'left' is not a column of the source; did you mean 'left_us'?"),
        ("true_positive: 50", "true_positive: -1", ":12: acting never pays (-1 and -5)"),
        ("false_positive: -5", "false_positive: 5", ":12: acting always pays (+50 and +5)"),
        ("- {name: plan, type: category}", "- {name: age, type: category}", ":9: column 'age' is declared twice"),
        ("owner: Ada", "owner: Ada\nowner: Bob", ":4: 'owner' is given twice; remove one of the two"),
        ("owner: Ada", "owner: [Ada", "not YAML"),
        ("owner: Ada", "owner: &a Ada\naction: *a", ":4: not YAML: aliases (*name) and tags (!name) are"),
        ("owner: Ada", "owner: !!python/name:os.x 1", ":3: not YAML: aliases (*name) and tags (!name) are"),
        ("owner: Ada", "owner: {[1]: 2}", ":3: not YAML: found unhashable key"),
        ("owner: Ada", "owner: 2025-13-45", "month must be in 1..12; put the value in quotes"),
        ("file: clients.csv", 'file: clients.csv\n    delimiter: ";;"', ":7: ';;' separates nothing"),
    ],
)
def test_each_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert any(expected in line for line in errors(tmp_path, SMALL.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("addition", "expected"),
    [
        ("split: {test_share: 0.9}", ":13: 0.9 is no share; choose from 0.05 to 0.5"),
        ("modeling: {members: 0}", ":13: 0 is too small; choose 1 or more: 1 for no ensemble"),
        ("modeling: {metric: rmse}", ":13: rmse does not rank predictions of a binary target; choose one of roc_auc"),
        ("modeling: {budget_seconds: 0.5}", ":13: 0.5 is too small; choose 1 or more: seconds for at least one fit"),
        ("modeling: {techniques: [svm]}", ":13: 'techniques' cannot be 'svm'; it can be 'naive_bayes'"),
        ("preparation: {exclude: [{column: agee, reason: x}]}", "'agee' is not a column of the source; did you mean"),
        ("preparation: {exclude: [{column: left_us, reason: x}]}", ":13: the target is excluded"),
        ("preparation: {derive: [{name: age, kind: log1p, column: age}]}", "'age' exists already"),
        (
            "preparation: {derive: [{name: a, kind: log1p, column: plan}]}",
            "log1p needs a number, 'plan' is of type category",
        ),
        ("preparation: {derive: [{name: a, kind: indicator, column: left_us}]}", "excluded or the target"),
        (
            "preparation: {derive: [{name: a, kind: ratio, column: age}]}",
            ":13: ratio takes two columns; name the second one",
        ),
        ("quality: [{rule: 'IsCompleet \"age\"'}]", ":13: 'IsCompleet \"age\"' is no rule that can be checked"),
        ("quality: [{rule: 'IsComplete \"agee\"'}]", ":13: 'agee' is not a column of clients; did you mean 'age'?"),
        ("acceptance: {minimum_roc_auc: 70}", ":13: 70 makes no sense; choose from 0.5 to 1"),
        (
            "plan: [{phase: modeling, days: 1, after: [evaluation]}, {phase: evaluation, days: 1, after: [modeling]}]",
            ":13: stages wait for each other: modeling → evaluation",
        ),
        ("plan: [{phase: modeling, days: 1, after: [evaluation]}]", ":13: evaluation is not planned"),
        ("plan: [{phase: modelling, days: 1}]", ":13: 'phase' cannot be 'modelling'; did you mean 'modeling'?"),
    ],
)
def test_each_contradiction_is_named_with_its_line(tmp_path: Path, addition: str, expected: str) -> None:
    assert any(expected in line for line in errors(tmp_path, SMALL + addition + "\n"))


def test_all_errors_come_at_once_in_the_order_of_lines(tmp_path: Path) -> None:
    text = SMALL.replace("owner", "ownr").replace("type: integer", "type: integr").replace("50", "fifty")
    found = errors(tmp_path, text)
    assert [line.split(":")[1] for line in found] == ["1", "3", "8", "12"]
    assert "'owner' is missing; add it: a text" in found[0]


def test_a_date_is_kept_as_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "charter.yaml").write_text(
        SMALL.replace("file: clients.csv", "file: clients.csv\n    obtained: 2025-01-02")
    )
    assert load(tmp_path / "charter.yaml").source.obtained == "2025-01-02"


@pytest.mark.parametrize("text", ["", "- a\n", "just words\n"])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    assert "a charter is a mapping" in errors(tmp_path, text)[0]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CharterError, match=r"nowhere\.yaml: cannot be read"):
        load(tmp_path / "nowhere.yaml")


def test_a_charter_json_that_does_not_fit_is_refused() -> None:
    with pytest.raises(CharterError, match="field name is missing"):
        charter_json.parse("{}")
    with pytest.raises(CharterError, match="not valid"):
        charter_json.parse("{")


def test_a_copied_project_that_was_not_renamed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "churn_copy" / "charter.yaml"
    path.parent.mkdir()
    path.write_text(SMALL)
    with pytest.raises(CharterError) as caught:
        load_project(path)
    expected = ":1: the charter is named 'churn' and its folder 'churn_copy'; give both the same name"
    assert str(caught.value).removeprefix(str(path)) == expected
    path.write_text(SMALL.replace("name: churn\n", "name: churn_copy\n"))
    assert load_project(path).name == "churn_copy"
