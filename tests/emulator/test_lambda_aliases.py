"""Aliases with weights: the share of each version, by every way in, and what Lambda refuses."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import clients
from emulator.services.lambda_functions import aliases
from emulator.settings import Settings
from tests.emulator.http_client import send
from tests.emulator.lambda_functions import ACCOUNT, REGION, function, role, zipped

NAME, SEED, SHARE, CALLS = "shared-out", 2026, 0.2, 60
CODE = "def handle(event, context):\n    return context.function_version\n"
# With a seed, each call's version is known beforehand: the new one where the draw falls into the last fifth.
DRAWS = random.Random(SEED)  # noqa: S311 (the sequence is wanted)
EXPECTED = ["2" if DRAWS.random() >= 1 - SHARE else "1" for _ in range(CALLS)]


@pytest.fixture(scope="module")
def alias(emulator: Settings) -> str:
    """An alias of two versions, the second of which gets a fifth of the calls; its ARN."""
    functions, role_arn = clients.client("lambda"), role("shared-out")
    function(NAME, role_arn, CODE, Publish=True)
    functions.update_function_code(FunctionName=NAME, ZipFile=zipped({"handler.py": CODE + "\n"}), Publish=True)
    arn: str = functions.create_alias(
        FunctionName=NAME,
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": SHARE}},
    )["AliasArn"]
    return arn


@pytest.fixture
def seeded(alias: str) -> Iterator[str]:
    """The alias, its draws known."""
    aliases.draws.seed(SEED)
    yield alias
    aliases.draws.seed()


def test_the_expected_draws_are_a_fifth() -> None:
    assert EXPECTED.count("2") == pytest.approx(CALLS * SHARE, abs=4)


def test_invocations_are_shared_out_by_the_weights(seeded: str) -> None:
    functions, versions = clients.client("lambda"), []
    for _ in range(CALLS):
        answer = functions.invoke(FunctionName=seeded)
        versions.append(json.loads(answer["Payload"].read()))
        assert answer["ExecutedVersion"] == versions[-1]
    assert versions == EXPECTED


def test_requests_of_an_api_are_shared_out_by_the_weights(seeded: str) -> None:
    gateway = clients.client("apigatewayv2")
    api = gateway.create_api(Name="shared-out", ProtocolType="HTTP")
    integration = gateway.create_integration(
        ApiId=api["ApiId"], IntegrationType="AWS_PROXY", IntegrationUri=seeded, PayloadFormatVersion="2.0"
    )
    target = f"integrations/{integration['IntegrationId']}"
    gateway.create_route(ApiId=api["ApiId"], RouteKey="GET /", Target=target)
    gateway.create_stage(ApiId=api["ApiId"], StageName="$default", AutoDeploy=True)
    clients.client("lambda").add_permission(
        FunctionName=NAME,
        Qualifier="live",
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api['ApiId']}/*/*",
    )
    assert [send(api["ApiEndpoint"]).json for _ in range(CALLS)] == [int(version) for version in EXPECTED]


def test_a_shifted_alias_reaches_the_new_version_alone(alias: str) -> None:
    functions = clients.client("lambda")
    functions.create_alias(FunctionName=NAME, Name="shifted", FunctionVersion="1")
    functions.update_alias(FunctionName=NAME, Name="shifted", RoutingConfig={"AdditionalVersionWeights": {"2": 1.0}})
    invoked = [functions.invoke(FunctionName=NAME, Qualifier="shifted")["ExecutedVersion"] for _ in range(5)]
    assert invoked == ["2"] * 5
    functions.update_alias(FunctionName=NAME, Name="shifted", FunctionVersion="2", RoutingConfig={})
    assert "RoutingConfig" not in functions.get_alias(FunctionName=NAME, Name="shifted")


@pytest.mark.parametrize(
    ("version", "weights", "refusal"),
    [
        ("1", {"2": 0.1, "3": 0.1}, "InvalidParameterValueException.*cannot be greater than 1"),
        ("$LATEST", {"2": 0.1}, r"InvalidParameterValueException.*\$LATEST is not supported"),
        ("1", {"$LATEST": 0.1}, r"InvalidParameterValueException.*\$LATEST is not supported"),
        ("1", {"1": 0.1}, "InvalidParameterValueException.*already included"),
        ("1", {"9": 0.1}, "ResourceNotFoundException"),
        ("9", {}, "ResourceNotFoundException"),
    ],
)
def test_versions_that_cannot_share_are_refused(
    alias: str, version: str, weights: dict[str, float], refusal: str
) -> None:
    functions = clients.client("lambda")
    given: dict[str, Any] = {"FunctionVersion": version, "RoutingConfig": {"AdditionalVersionWeights": weights}}
    with pytest.raises(ClientError, match=refusal):
        functions.create_alias(FunctionName=NAME, Name="refused", **given)
    before = functions.get_alias(FunctionName=NAME, Name="live")
    with pytest.raises(ClientError, match=refusal):
        functions.update_alias(FunctionName=NAME, Name="live", **given)
    after = functions.get_alias(FunctionName=NAME, Name="live")
    assert (after["FunctionVersion"], after["RoutingConfig"], after["RevisionId"]) == (
        before["FunctionVersion"],
        before["RoutingConfig"],
        before["RevisionId"],
    )


def test_versions_of_two_roles_are_refused(alias: str) -> None:
    functions = clients.client("lambda")
    functions.update_function_configuration(FunctionName=NAME, Role=role("shared-out-other"))
    third = functions.publish_version(FunctionName=NAME)["Version"]
    with pytest.raises(ClientError, match="must have the same execution role"):
        functions.create_alias(
            FunctionName=NAME,
            Name="two-roles",
            FunctionVersion="1",
            RoutingConfig={"AdditionalVersionWeights": {third: 0.5}},
        )


def test_an_alias_that_changed_meanwhile_is_not_overwritten(alias: str) -> None:
    functions = clients.client("lambda")
    seen = functions.create_alias(FunctionName=NAME, Name="raced", FunctionVersion="1")["RevisionId"]
    functions.update_alias(FunctionName=NAME, Name="raced", FunctionVersion="2", RevisionId=seen)
    with pytest.raises(ClientError, match="PreconditionFailedException"):
        functions.update_alias(FunctionName=NAME, Name="raced", FunctionVersion="1", RevisionId=seen)
    assert functions.get_alias(FunctionName=NAME, Name="raced")["FunctionVersion"] == "2"


def test_nothing_is_published_of_a_function_that_somebody_else_has_changed(alias: str) -> None:
    functions = clients.client("lambda")

    def latest() -> Any:
        return functions.get_function_configuration(FunctionName=NAME)

    seen = latest()
    functions.update_function_configuration(FunctionName=NAME, Environment={"Variables": {"BY": "somebody"}})
    with pytest.raises(ClientError, match="PreconditionFailedException"):
        functions.update_function_configuration(FunctionName=NAME, Timeout=11, RevisionId=seen["RevisionId"])
    with pytest.raises(ClientError, match="PreconditionFailedException"):
        functions.publish_version(FunctionName=NAME, RevisionId=seen["RevisionId"])
    with pytest.raises(ClientError, match=r"CodeSHA256 \(another\) is different"):
        functions.publish_version(FunctionName=NAME, CodeSha256="another")
    found = latest()
    assert (found["Timeout"], found["Environment"]["Variables"]) == (10, {"BY": "somebody"})
    published = functions.publish_version(
        FunctionName=NAME, RevisionId=found["RevisionId"], CodeSha256=found["CodeSha256"], Description="mine"
    )
    assert (published["Description"], published["Environment"]) == ("mine", found["Environment"])
