"""A charter is drafted from a file: what can be guessed is, what only a person can answer stands open with its line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crispstack.business_understanding.charter_file import load_project
from crispstack.cli.commands import cli

ROWS = "Client No,age,joined,Spent (EUR),E-Mail,churned\n" + "".join(
    f'{number},{20 + number % 50},2024-{1 + number % 12:02}-{1 + number % 28:02},"{number},50",'
    f"client{number}@example.com,{'yes' if number % 5 == 0 else 'no'}\n"
    for number in range(300)
)
MONEY = ["--currency", "EUR", "--true-positive", "90", "--false-positive", "-10"]
ANSWERS = ["--question", "Whom should we call?", "--owner", "Head of sales", *MONEY]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    before = dict(os.environ)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "environments").mkdir()
    (tmp_path / "projects").mkdir()
    text = 'name = "dev"\naccount = "123456789012"\nregion = "us-east-1"\n'
    (tmp_path / "environments" / "dev.toml").write_text(text)
    (tmp_path / "customers.csv").write_text(ROWS)
    yield tmp_path
    os.environ.clear()
    os.environ.update(before)  # commands enter their environment


def init(*arguments: str, given: str | None = None) -> Result:
    command = ["init", "churn", "--data", "customers.csv", "--env", "dev", *arguments]
    return CliRunner().invoke(cli, command, input=given)


def test_a_script_that_answers_everything_gets_a_charter_that_is_valid(root: Path) -> None:
    result = init(*ANSWERS)
    assert result.exit_code == 0, result.output
    assert "next: `crisp check churn`" in result.stdout
    charter = load_project(root / "projects/churn/charter.yaml")
    columns = {column.name: column for column in charter.source.columns}
    assert {name: column.type for name, column in columns.items()} == {
        "client_no": "integer", "age": "integer", "joined": "date", "spent_eur_": "number", "e_mail": "category",
        "churned": "boolean",
    }  # fmt: skip
    assert columns["spent_eur_"].decimal == ","
    assert (charter.target.column, charter.target.positive) == ("churned", "yes")
    assert (charter.money.true_positive, charter.money.false_positive, charter.money.currency) == (90, -10, "EUR")
    assert columns["e_mail"].personal
    assert [(each.column, each.treatment) for each in charter.privacy] == [("e_mail", "hash")]
    assert "client_no" in charter.excluded
    assert (charter.split.method, charter.split.time) == ("time", "joined")
    assert (root / "projects/churn/customers.csv").read_text() == ROWS


def test_what_only_a_person_can_answer_stands_open_with_its_line(root: Path) -> None:
    result = init("--json")
    assert result.exit_code == 0
    lines = (root / "projects/churn/charter.yaml").read_text().splitlines()
    found = json.loads(result.stdout)["open"]
    named = [lines[int(problem.split(":")[1]) - 1].split(":")[0].strip() for problem in found]
    assert named == ["question", "owner", "money", "currency"]
    assert all("# OPEN" in line for line in lines if line.startswith(("question", "owner")))


def test_an_existing_charter_is_overwritten_only_on_demand(root: Path) -> None:
    assert init(*ANSWERS).exit_code == 0
    refused = init(*ANSWERS)
    assert refused.exit_code == 1
    assert "charter.yaml is there already; choose another name, or overwrite it with --force" in refused.stderr
    assert init("--force", "--question", "Who leaves?").exit_code == 0
    assert "question: Who leaves?" in (root / "projects/churn/charter.yaml").read_text()


def test_a_terminal_is_asked_what_cannot_be_guessed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crispstack.cli.init.is_terminal", lambda: True)
    result = init("--owner", "Ada", given="age?\nchurned\nyes\nWho leaves?\nEUR\nninety\n90\n\n")
    assert result.exit_code == 0, result.output
    assert "'age?' is none of client_no, age" in result.stdout
    assert "'ninety' is no number" in result.stdout
    assert "Who asks" not in result.stdout, "an option answered that"
    text = (root / "projects/churn/charter.yaml").read_text()
    assert "question: Who leaves?" in text
    assert "true_positive: 90" in text
    assert "false_positive: 0  # OPEN: " in text


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--target", "churn"], "there is no column 'churn'; did you mean 'churned'?"),
        (["--positive", "Yes"], "churned is never 'Yes'; did you mean 'yes'?"),
        (["--target", "age", "--at-least", "30", "--positive", "30"], "are two answers to one question"),
        (["--target", "churned", "--at-least", "1"], "churned is a boolean, and --at-least compares numbers"),
        (["--split", "age"], "rows cannot be ordered by 'age'; choose from joined; or --split random"),
        (["--data", "nowhere.csv"], "nowhere.csv: there is no such file; check its name"),
        (["--delimiter", ";"], 'nothing to predict it from; is its delimiter ","?'),
    ],
)
def test_answers_that_do_not_fit_the_data_are_refused_before_anything_is_written(
    root: Path, arguments: list[str], told: str
) -> None:
    result = init(*arguments)
    assert result.exit_code == 1
    assert told in result.stderr
    assert not (root / "projects/churn").exists()


def test_other_data_of_the_same_name_is_not_overwritten_silently(root: Path) -> None:
    assert init(*ANSWERS).exit_code == 0
    (root / "customers.csv").write_text(ROWS + "300,44,2024-01-01,5,a@example.com,no\n")
    (root / "projects/churn/charter.yaml").unlink()
    refused = init(*ANSWERS)
    assert "customers.csv is there already and is other data" in refused.stderr
    assert init("--force", *ANSWERS).exit_code == 0
    assert (root / "projects/churn/customers.csv").read_text() == (root / "customers.csv").read_text()


def test_data_can_stay_where_it_is(root: Path) -> None:
    assert init("--in-place", *ANSWERS).exit_code == 0
    assert load_project(root / "projects/churn/charter.yaml").source.file == "../../customers.csv"
    assert not (root / "projects/churn/customers.csv").exists()


@pytest.mark.parametrize("arguments", [["init", "churn"], ["init", "churn", "--data", "a.csv", "--table", "a.b"]])
def test_one_place_of_data_must_be_named(root: Path, arguments: list[str]) -> None:
    result = CliRunner().invoke(cli, [*arguments, "--env", "dev"])
    assert result.exit_code == 2
    assert "name the data" in result.stderr


def test_a_drafted_charter_asks_for_nothing_that_a_machine_could_know(root: Path) -> None:
    assert init(*ANSWERS, "--license", "our own").exit_code == 0
    result = CliRunner().invoke(cli, ["check", "churn", "--env", "dev", "--json"])
    checks = json.loads(result.stdout)["checks"]
    lines = (root / "projects/churn/charter.yaml").read_text().splitlines()
    asked = {each["question"]: lines[each["line"] - 1] for each in checks if not each["passed"]}
    assert asked == {
        "Which action follows a prediction?": "action: act",
        "What does acting earn, and why that much?": "  reasoning: \"\"  # where these amounts come from, so that "
        "others can judge them",
        "What is done today, without a model?": 'today: ""',
        "Could a person do it, and how well?": 'by_hand: ""',
        "Which comparable solutions are there?": "comparable: []",
        "When is the truth known?": "target:",
        "What do law and decency ask?": "duties:",
        "What does the project need, and what does that cost?": "resources: []",
        "From which performance on does the project pay?": "money:",
    }  # fmt: skip


def test_the_plan_is_drawn_and_training_priced_for_the_environment(root: Path) -> None:
    assert init(*ANSWERS).exit_code == 0
    with (root / "environments" / "dev.toml").open("a") as file:
        file.write("spark_maximum_vcpu = 16\nspark_maximum_memory_gib = 64\n")
    found = CliRunner().invoke(cli, ["check", "churn", "--env", "dev", "--json"])
    answer = json.loads(found.stdout)
    assert [(each["stage"], each["begin"], each["end"]) for each in answer["plan"]][:2] == [
        ("business_understanding", 0, 2),
        ("data_understanding", 2, 4),
    ]
    # 300 seconds of 16 vCPU at 0.052624 and 64 GiB at 0.0057785 US dollars an hour.
    assert answer["training_us_dollars"] == pytest.approx((16 * 0.052624 + 64 * 0.0057785) / 12)
    assert "business_understanding ██████" in found.stderr
    path = root / "projects/churn/charter.yaml"
    path.write_text(path.read_text().replace("  budget_seconds: 300", "  backend: gpu\n  budget_seconds: 300"))
    refused = CliRunner().invoke(cli, ["check", "churn", "--env", "dev", "--json"])
    assert json.loads(refused.stdout)["training_us_dollars"] is None
    assert "this environment cannot train on gpu" in refused.stderr
