from __future__ import annotations

from pathlib import Path

import pytest

from crispstack.errors import CrispError
from stacks import environment

COMPLETE = """
name = "tiny"
account = "123456789012"
region = "us-east-1"
log_retention_days = 7
retain_data = false
termination_protection = false
function_python = "3.13"
platform = "arm64"
query_scan_limit_mib = 10
spark_maximum_vcpu = 2
spark_maximum_memory_gib = 6
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tiny.toml").write_text(COMPLETE)
    return tmp_path


def test_a_file_becomes_a_typed_environment(folder: Path) -> None:
    tiny = environment.load("tiny", folder)
    assert (tiny.prefix, tiny.log_retention_days, tiny.retain_data, tiny.arm) == ("crispstack-tiny", 7, False, True)
    assert (tiny.endpoint, tiny.access_key, tiny.secret_key) == ("", "", "")


def test_an_unknown_name_is_answered_with_the_known_ones(folder: Path) -> None:
    with pytest.raises(CrispError, match=r"there is no environment 'huge' in .*; choose one of: tiny$"):
        environment.load("huge", folder)


def test_unknown_keys_are_named(folder: Path) -> None:
    (folder / "tiny.toml").write_text(COMPLETE + 'colour = "red"\n')
    with pytest.raises(CrispError, match=r"^tiny\.toml: unknown key colour$"):
        environment.load("tiny", folder)


def test_missing_keys_are_named(folder: Path) -> None:
    without = [line for line in COMPLETE.splitlines() if not line.startswith(("region", "platform"))]
    (folder / "tiny.toml").write_text("\n".join(without))
    with pytest.raises(CrispError, match=r"^tiny\.toml: missing key platform, region$"):
        environment.load("tiny", folder)


@pytest.mark.parametrize(
    "platform, machine, arm", [("host", "aarch64", True), ("host", "x86_64", False), ("x86_64", "arm64", False)]
)
def test_the_processor_is_the_hosts_only_where_the_file_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch, platform: str, machine: str, arm: bool
) -> None:
    (folder / "tiny.toml").write_text(COMPLETE.replace('"arm64"', f'"{platform}"'))
    monkeypatch.setattr("platform.machine", lambda: machine)
    assert environment.load("tiny", folder).arm is arm


@pytest.mark.parametrize("name", ["local", "dev", "staging", "prod"])
def test_every_environment_of_ours_is_complete(name: str) -> None:
    assert environment.load(name).name == name


def test_only_the_laptop_has_an_endpoint_and_keys() -> None:
    assert environment.load("local").endpoint.startswith("http://127.0.0.1:")
    for name in ("dev", "staging", "prod"):
        there = environment.load(name)
        assert (there.endpoint, there.access_key, there.secret_key) == ("", "", "")
