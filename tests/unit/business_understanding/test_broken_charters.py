"""Charters as people break them: each mistake is told with its line, its cause and its remedy, and nothing else is."""

# ruff: noqa: E501 (messages stand here as they are told)

from __future__ import annotations

from pathlib import Path

import pytest

from crispstack.business_understanding.charter_file import load
from crispstack.errors import CharterError

WHOLE = """\
name: churn
question: Who leaves?
owner: Head of sales
action: call
sources:
  - name: clients
    file: clients.csv
    delimiter: ";"
    columns:
      - {name: id, type: integer}
      - {name: age, type: integer, personal: true}
      - {name: plan, type: category}
      - {name: spent, type: number, decimal: ","}
      - {name: joined, type: date, formats: ["%d.%m.%Y"]}
      - {name: city, type: category}
      - {name: left_us, type: category}
  - name: cities
    file: cities.csv
    columns:
      - {name: city, type: category}
      - {name: people, type: integer}
target:
  column: left_us
  positive: "yes"
  known_after_days: 30
money:
  currency: EUR
  true_positive: 50
  false_positive: -5
  volume: {cases: 1000, period: month}
preparation:
  missing_values: ["", "?"]
  exclude:
    - {column: id, reason: a number}
  joins:
    - {source: cities, keys: [{left: city, right: city}], columns: [{name: people}], at_prediction: lookup}
  derive:
    - {name: spent_log, kind: log1p, column: spent}
split:
  method: time
  time: joined
  test_from: "2024-06-01"
quality:
  - {rule: 'IsComplete "left_us"', severity: stop}
privacy:
  - {column: age, treatment: generalize, to: band, size: 10, reason: the decade suffices}
modeling:
  budget_seconds: 60
  techniques: [lightgbm, logistic_regression]
acceptance:
  minimum_roc_auc: 0.7
assumptions:
  - {assumption: Plans stay as they are, owner: Ada}
risks:
  - {risk: A new competitor, contingency: train again}
duties:
  retention: two years
resources:
  - {resource: Data scientist, quantity: 10, unit: days, price: 600}
years_of_use: 2
plan:
  - {phase: modeling, days: 3, name: baseline}
  - {phase: modeling, days: 5, name: tuning, after: [baseline]}
  - {phase: evaluation, days: 2, after: [modeling]}
"""
BROKEN = [
    (
        "name: churn\n",
        "name: Churn 2024\n",
        [
            "1: 'Churn 2024' cannot name tables and buckets; start with a letter; lower-case letters, digits and underscores only, 2 to 41 in all"
        ],
    ),
    (
        "question: Who leaves?",
        'question: "Who leaves?',
        [
            "8: not YAML: expected <block end>, but found '<scalar>' while parsing a block mapping from line 1 on; check indentation and quotes"
        ],
    ),
    (
        "question: Who leaves?",
        'question: ""',
        ["2: the question is empty; say what the business wants to know, in one sentence"],
    ),
    (
        "owner: Head of sales",
        "owner:",
        ["3: 'owner' is left empty; give a text"],
    ),
    (
        "owner: Head of sales\n",
        "ownr: Head of sales\n",
        ["1: 'owner' is missing; add it: a text", "3: unknown key 'ownr'; did you mean 'owner'?"],
    ),
    (
        "action: call",
        "action: no",
        ["4: 'action' is true or false, not text; put the value in quotes"],
    ),
    (
        "    file: clients.csv\n",
        "",
        ["6: source 'clients' has no file; name the file or the folder"],
    ),
    (
        'delimiter: ";"',
        "delimiter: semicolon",
        ["8: 'semicolon' separates nothing; use one character"],
    ),
    (
        "name: age, type: integer",
        "name: age, type: int",
        [
            "11: 'type' cannot be 'int'; did you mean 'integer'? It can be 'integer', 'number', 'category', 'boolean', 'text', 'date' or 'timestamp'"
        ],
    ),
    (
        "name: plan,",
        "name: age,",
        ["12: column 'age' is declared twice; remove one of the two"],
    ),
    (
        "name: spent, type: number",
        "name: spent, type: category",
        [
            "13: 'spent' is of type category, which has no separators; remove them",
            "38: log1p needs a number, 'spent' is of type category; use another kind of derivation, or another column",
        ],
    ),
    (
        '"%d.%m.%Y"',
        '"%d.%m"',
        ["14: '%d.%m' is no format of a date; use each of %Y (or %y), %m, %d once"],
    ),
    (
        "column: left_us\n",
        "column: left\n",
        ["23: 'left' is not a column of the source; did you mean 'left_us'?"],
    ),
    (
        'positive: "yes"',
        "positive: yes",
        ["24: 'positive' is true or false, not text; put the value in quotes"],
    ),
    (
        'positive: "yes"',
        "at_least: 1",
        ["24: 'left_us' is a category, and at_least compares numbers; name the value that counts as positive"],
    ),
    (
        "known_after_days: 30",
        "known_after_days: -1",
        ["25: the truth is known 1 days before the prediction; give 0 or more, or predict earlier"],
    ),
    (
        "  currency: EUR\n",
        "",
        ["26: 'currency' is missing; add it: a text"],
    ),
    (
        "true_positive: 50",
        "true_positive: 50 EUR",
        ["28: 'true_positive' cannot be '50 EUR'; give a number"],
    ),
    (
        "false_positive: -5",
        "false_positive: 5",
        [
            "26: acting always pays (+50 and +5); a model can only help where acting pays on positives and costs on negatives"
        ],
    ),
    (
        "period: month",
        "period: monthly",
        [
            "30: 'period' cannot be 'monthly'; did you mean 'month'? It can be 'day', 'week', 'month', 'quarter' or 'year'"
        ],
    ),
    (
        "column: id, reason: a number",
        "column: idd, reason: a number",
        ["34: 'idd' is not a column of the source; did you mean 'id'?"],
    ),
    (
        "source: cities, keys",
        "source: towns, keys",
        [
            "17: nothing is done with source 'cities'; say in preparation.joins how it is joined, or leave it out",
            "36: 'towns' is no source to join; the other sources are cities",
        ],
    ),
    (
        "kind: log1p, column: spent",
        "kind: log1p, column: plan",
        ["38: log1p needs a number, 'plan' is of type category; use another kind of derivation, or another column"],
    ),
    (
        "time: joined",
        "time: age",
        ["41: 'age' is a integer, which orders no time; name a date or a timestamp"],
    ),
    (
        'test_from: "2024-06-01"',
        "test_from: June",
        ["42: 'June' is no day; write \"YYYY-MM-DD\", in quotes"],
    ),
    (
        "'IsComplete \"left_us\"'",
        "'IsComplete left_us'",
        [
            "44: 'IsComplete left_us' is no rule that can be checked; expected the column's name in double quotes, found 'left_us'"
        ],
    ),
    (
        "to: band, size: 10",
        "to: band",
        ["46: a band needs a size above 0; give the band's width or the length"],
    ),
    (
        "techniques: [lightgbm,",
        "techniques: [light_gbm,",
        [
            "49: 'techniques' cannot be 'light_gbm'; did you mean 'lightgbm'? It can be 'naive_bayes', 'logistic_regression', 'ridge_regression', 'nearest_neighbors', 'support_vectors', 'random_forest', 'extra_trees', 'histogram_boosting', 'lightgbm', 'xgboost' or 'neural_network'"
        ],
    ),
    (
        "minimum_roc_auc: 0.7",
        "minimum_roc_auc: 70",
        ["51: 70 makes no sense; choose from 0.5 to 1"],
    ),
    (
        "owner: Ada}",
        "verified: soon}",
        ["53: 'verified' cannot be 'soon'; give true or false"],
    ),
    (
        "risks:\n  -",
        "risks:\n  - {contingency: wait}\n  -",
        ["55: 'risk' is missing; add it: a text"],
    ),
    (
        "retention: two years",
        "retension: two years",
        ["57: unknown key 'retension'; did you mean 'retention'?"],
    ),
    (
        "quantity: 10",
        "quantity: -10",
        ["59: a quantity of -10 for 'Data scientist'; give 0 or more: what it costs is subtracted from what is earned"],
    ),
    (
        "years_of_use: 2",
        "years_of_use: 0",
        ["60: an answer that is used for 0 years earns nothing; give more than 0"],
    ),
    (
        "days: 5, name: tuning",
        "days: 5, name: baseline",
        ["63: baseline is planned twice; merge the two stages, or give each a name"],
    ),
    (
        "days: 3, name: baseline",
        "days: 3, name: baseline, after: [tuning]",
        ["61: stages wait for each other: baseline → tuning → baseline; remove one `after`"],
    ),
    (
        "after: [modeling]",
        "after: [modelling]",
        ["64: modelling is not planned; did you mean 'modeling'?"],
    ),
    (
        "target:\n",
        "target:\n\t",
        ["23: not YAML: found character '\\t' that cannot start any token; check indentation and quotes"],
    ),
    (
        "years_of_use: 2\n",
        "years_of_use: 2\nyears_of_use: 3\n",
        ["61: 'years_of_use' is given twice; remove one of the two"],
    ),
    (
        "volume: {cases: 1000, period: month}",
        "volume: {case: 1000, period: month}",
        ["30: 'cases' is missing; add it: a whole number", "30: unknown key 'case'; did you mean 'cases'?"],
    ),
    (
        "volume: {cases: 1000, period: month}",
        "ranges: {true_positive: {lo: 40, high: 60}}",
        ["30: 'low' is missing; add it: a number", "30: unknown key 'lo'; did you mean 'low'?"],
    ),
    (
        "columns: [{name: people}]",
        "columns: [{nam: people}]",
        ["36: 'name' is missing; add it: a text", "36: unknown key 'nam'; did you mean 'name'?"],
    ),
]


def test_the_charter_is_valid_until_it_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "charter.yaml"
    path.write_text(WHOLE)
    assert load(path).name == "churn"
    assert len(BROKEN) >= 30


@pytest.mark.parametrize(("whole", "broken", "told"), BROKEN, ids=[broken.strip() for _, broken, _ in BROKEN])
def test_a_broken_charter_says_where_why_and_what_to_do(
    tmp_path: Path, whole: str, broken: str, told: list[str]
) -> None:
    path = tmp_path / "charter.yaml"
    assert WHOLE.count(whole) == 1
    path.write_text(WHOLE.replace(whole, broken))
    with pytest.raises(CharterError) as caught:
        load(path)
    assert str(caught.value).splitlines() == [f"{path}:{line}" for line in told]
