"""What the pages tell a user to type, typed."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.end_to_end.conftest import PROJECT, ROOT, Checkout

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
# Run by other tests: whole runs, training alone, changed deployments, releases, truths, the end of everything, requests
# that wait.
ELSEWHERE = {"run", "train", "deploy", "up", "down", "cancel", "feedback", "release", "rollback", "--async", "--result"}


def documented() -> list[str]:
    """Every call of `crisp` in a fenced block, once, without what follows it in a pipe."""
    found = set()
    for page in PAGES:
        for block in re.findall(r"^```[^\n]*\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S):
            for line in re.findall(r"^(?:\$ )?(?:\S*/)?(crisp .*)$", block, re.M):
                words = shlex.split(re.split(r"[|;<>]", line)[0], comments=True)
                if len(words) > 1 and "--env" not in words:
                    found.add(shlex.join(words[1:]))
    return sorted(command for command in found if ELSEWHERE.isdisjoint(shlex.split(command)))


def test_the_pages_hold_commands() -> None:
    assert {"check", "report", "status", "runs", "logs", "predict"} <= {command.split()[0] for command in documented()}


@pytest.mark.parametrize("command", documented())
def test_a_documented_command_does_what_the_page_says(
    checkout: Checkout, run: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, opened = tmp_path / "browser", tmp_path / "opened"
    browser.write_text(f'#!/bin/sh\necho "$1" >{opened}\n')
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(browser))
    name, *options = shlex.split(command)
    options = [re.sub(r"\d{8}T\d{6}Z-[0-9a-f]{6}", run, word.replace("bank_marketing", PROJECT)) for word in options]
    said = checkout.crisp(name, *options, stdin=REQUEST).stdout
    match name:
        case "status" if "--json" in options:
            assert {phase["status"] for phase in json.loads(said)} == {"succeeded"}
        case "report":
            assert opened.read_text().strip().endswith(".html")
        case "logs":
            assert {line.split()[1] for line in said.splitlines() if line.startswith("2")} == {options[-1]}
        case _:
            assert re.search(SAID.get(name, f"{run}|clients|succeeded"), said, re.M), said


# What a command prints that tells neither the run nor that it succeeded.
SAID = {
    "check": PROJECT,
    "drift": r"rift in [\d,]+ rows|\d+ rows were kept",
    "predict": "probability",
    "score": "^600 rows: 600 scored, 0 quarantined$",
    "sql": r"target-balance|positive|poutcome|_request|kept_rows|^ *\d+ +0\.\d+ +(true|false)"
    r"|denied-calls|who +service|readers\.csv",
}


REQUEST = json.dumps(
    {
        "age": 44, "job": "entrepreneur", "marital": "married", "education": "secondary", "default": False,
        "balance": 93, "housing": False, "loan": False, "contact": "cellular", "day": 7, "month": "jul", "campaign": 2,
        "pdays": -1, "previous": 0, "poutcome": None,
    }
)  # fmt: skip
