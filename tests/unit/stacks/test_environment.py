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
audit_days = 7
monthly_budget_usd = 50
release = {steps = "linear", percent = 30, minutes = 4}
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


CONNECTION = """
[connections.crm]
url = "jdbc:postgresql://db.example.com:5432/shop"
secret = "shop/reader"
certificate = "authority.pem"
subnet = "subnet-1"
security_group = "sg-1"
availability_zone = "us-east-1a"
"""


def test_a_connection_is_typed_and_its_certificate_lies_beside_the_file(folder: Path) -> None:
    (folder / "tiny.toml").write_text(COMPLETE + CONNECTION)
    (folder / "authority.pem").write_text("PEM")
    crm = environment.load("tiny", folder).connections["crm"]
    assert (crm.url, crm.secret) == ("jdbc:postgresql://db.example.com:5432/shop", "shop/reader")
    assert crm.certificate == str(folder / "authority.pem")
    assert (crm.subnet, crm.security_group, crm.availability_zone) == ("subnet-1", "sg-1", "us-east-1a")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("jdbc:postgresql:", "jdbc:mysql:", r"url 'jdbc:mysql://.* is not supported: only PostgreSQL .*MySQL.*Parquet"),
        ('/shop"', '/shop?sslmode=disable"', "url has parameters; remove them"),
        ('secret = "shop/reader"', "", "missing key secret$"),
        ('secret = "shop/reader"', "secret = 1", "secret is no text"),
        ("subnet = ", "network = ", "unknown key network; known are url, secret"),
        ('subnet = "subnet-1"', "", "subnet, security_group and availability_zone are given together"),
        ("authority.pem", "none.pem", r"there is no certificate .*none\.pem"),
    ],
)
def test_what_is_wrong_with_a_connection_is_named(folder: Path, before: str, after: str, said: str) -> None:
    (folder / "authority.pem").write_text("PEM")
    assert before in CONNECTION
    (folder / "tiny.toml").write_text(COMPLETE + CONNECTION.replace(before, after))
    with pytest.raises(CrispError, match=r"^tiny\.toml: \[connections\.crm\]: " + said):
        environment.load("tiny", folder)


def test_connections_are_sections(folder: Path) -> None:
    (folder / "tiny.toml").write_text(COMPLETE + 'connections = "crm"\n')
    with pytest.raises(CrispError, match=r"connections are sections, \[connections\.<name>\]"):
        environment.load("tiny", folder)


def test_the_steps_of_a_release_are_typed_and_take_as_long_as_they_do(folder: Path) -> None:
    steps = environment.load("tiny", folder).release
    assert (steps.steps, steps.percent, steps.minutes, steps.p99_milliseconds) == ("linear", 30, 4, 3000)
    # 30, 60, 90 and all: three waits.
    assert steps.total_minutes == 12
    assert environment.load("local").release.total_minutes == 0
    assert environment.load("dev").release.total_minutes == 5


@pytest.mark.parametrize(
    ("was", "becomes", "message"),
    [
        (
            'steps = "linear"',
            'steps = "slowly"',
            r"\[release\]: steps is 'slowly'; choose one of all_at_once",
        ),
        ('steps = "linear", ', "", "steps is None"),
        ("percent = 30", "share = 30", "unknown key share; known are steps, percent, minutes"),
        ("percent = 30", "percent = 2.5", "percent is 2.5; write a whole number"),
        ("percent = 30", "percent = 100", "percent is 100; write less than 100"),
        ("minutes = 4", "minutes = 0", "minutes is 0; write a number above zero"),
        ("minutes = 4", "minutes = 961", "the steps take 2883 minutes; CodeDeploy takes 2880"),
    ],
)
def test_what_is_wrong_with_the_steps_is_named(folder: Path, was: str, becomes: str, message: str) -> None:
    (folder / "tiny.toml").write_text(COMPLETE.replace(was, becomes))
    with pytest.raises(CrispError, match=message):
        environment.load("tiny", folder)
