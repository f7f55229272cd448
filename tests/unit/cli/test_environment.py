from __future__ import annotations

import os
from pathlib import Path

import pytest

from crispstack.aws import environment
from crispstack.aws.environment import Environment
from crispstack.errors import CrispError

LOCAL = Environment("local", "123456789012", "us-east-1", "http://127.0.0.1:4567", "key", "secret")
SURROUNDINGS = {
    "PATH": "/bin",
    "AWS_PROFILE": "company",
    "AWS_ACCESS_KEY_ID": "AKIAREAL",
    "AWS_SECRET_ACCESS_KEY": "real",
    "AWS_SESSION_TOKEN": "real",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/real",
    "AWS_ENDPOINT_URL_S3": "https://elsewhere",
    "https_proxy": "http://proxy",
    "HTTP_PROXY": "http://proxy",
}


def test_an_environment_with_an_endpoint_sees_no_real_profile_key_or_proxy() -> None:
    assert LOCAL.variables(SURROUNDINGS) == {
        "PATH": "/bin",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4567",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1,127.0.0.1,localhost",
    }


def test_an_environment_in_aws_keeps_the_profile_and_sets_the_region() -> None:
    dev = Environment("dev", "111122223333", "eu-west-1")
    assert dev.variables(SURROUNDINGS) == {**SURROUNDINGS, "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1"}


def test_entering_an_environment_changes_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SURROUNDINGS.items():
        monkeypatch.setenv(name, value)
    for name in LOCAL.variables({}):
        monkeypatch.setenv(name, "before")
    LOCAL.enter()
    assert dict(os.environ) == LOCAL.variables(os.environ)
    assert "AWS_PROFILE" not in os.environ


def test_names_of_stacks() -> None:
    assert LOCAL.stack("storage") == "crispstack-local-storage"
    assert LOCAL.project_stack("bank_marketing") == "crispstack-local-project-bank-marketing"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = 'x'\naccount = '123456789012'", "region is missing"),
        ("name = 'x'\naccount = '000000000000'\nregion = 'us-east-1'", "placeholder"),
        ("name = ", "not TOML"),
    ],
)
def test_a_wrong_environment_file_is_refused_with_the_reason(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "x.toml").write_text(text)
    with pytest.raises(CrispError, match=message):
        environment.load("x", tmp_path)


def test_an_unknown_environment_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "x.toml").write_text("")
    with pytest.raises(CrispError, match=r"no environment 'y'.*choose one of: x"):
        environment.load("y", tmp_path)


def test_the_repository_is_found_from_below(tmp_path: Path) -> None:
    for name in ("environments", "projects/p"):
        (tmp_path / name).mkdir(parents=True)
    assert environment.find_root(tmp_path / "projects" / "p") == tmp_path
    with pytest.raises(CrispError, match="not in a crispstack repository"):
        environment.find_root(Path("/"))
