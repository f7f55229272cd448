from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from crispstack.cli.commands import cli

PROMISED = {
    "up", "init", "check", "charter-schema", "deploy", "run", "runs", "status", "logs", "cancel", "predict", "report",
    "down", "sql",
}  # fmt: skip
GROUPS = {"data": {"log", "diff", "convert"}}


def test_the_commands_are_those_promised() -> None:
    assert set(cli.commands) >= PROMISED | set(GROUPS)


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_every_command_has_help_with_an_example_an_environment_and_json(name: str) -> None:
    result = CliRunner().invoke(cli, [name, "--help"])
    assert result.exit_code == 0
    assert f"Example:\n  crisp {name}" in result.stdout
    assert "--env" in result.stdout
    assert "--json" in result.stdout
    assert isinstance(cli.commands[name].help, str)


@pytest.mark.parametrize(("group", "name"), [(group, name) for group in GROUPS for name in sorted(GROUPS[group])])
def test_every_command_of_a_group_has_help_with_an_example(group: str, name: str) -> None:
    result = CliRunner().invoke(cli, [group, name, "--help"])
    assert result.exit_code == 0
    assert f"Example:\n  crisp {group} {name}" in result.stdout
    assert f"  {name} " in CliRunner().invoke(cli, [group, "--help"]).stdout
    assert CliRunner().invoke(cli, [group, "nonsense"]).exit_code == 2


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom crispstack.cli.commands import cli\n"
        "assert CliRunner().invoke(cli, ['--help']).exit_code == 0\n"
        "assert CliRunner().invoke(cli, ['run', '--help']).exit_code == 0\n"
        "assert CliRunner().invoke(cli, ['data', '--help']).exit_code == 0\n"
        "print(sorted({'boto3', 'botocore', 'rich', 'pydantic', 'yaml', 'moto'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "arguments", [["run"], ["nonsense"], ["run", "p", "--from", "nowhere"], ["runs", "p", "--limit", "0"]]
)
def test_wrong_usage_ends_with_status_2(arguments: list[str]) -> None:
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 2
    assert "Error: " in result.stderr
    assert not isinstance(result.exception, click.ClickException)
