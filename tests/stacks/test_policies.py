"""What must hold for every resource, whoever adds the next one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.stacks.conftest import Resource, Synthesis

# Actions that know no narrower resource than "*", from the service authorization reference.
WITHOUT_RESOURCE = {
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}
COMPUTE = {
    "AWS::Lambda::Function",
    "AWS::Glue::Job",
    "AWS::EMRServerless::Application",
    "AWS::StepFunctions::StateMachine",
}
DATA = {"AWS::S3::Bucket", "AWS::KMS::Key", "AWS::Glue::Database"}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(synthesis: Synthesis) -> Iterator[tuple[Resource, Mapping[str, Any]]]:
    for resource in synthesis.resources("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        for statement in as_list(resource.properties["PolicyDocument"]["Statement"]):
            yield resource, statement


def test_no_allowed_action_is_a_wildcard(local: Synthesis) -> None:
    found = [
        (str(resource), action)
        for resource, statement in statements(local)
        for action in as_list(statement["Action"])
        if "*" in action and statement["Effect"] == "Allow"
    ]
    assert found == []


def test_only_actions_that_know_no_resource_are_allowed_on_all(local: Synthesis) -> None:
    found = {
        action
        for _, statement in statements(local)
        if "*" in as_list(statement["Resource"])
        for action in as_list(statement["Action"])
    }
    assert found - WITHOUT_RESOURCE == set()


def test_roles_are_assumed_by_one_service_and_carry_no_managed_policy(local: Synthesis) -> None:
    roles = local.resources("AWS::IAM::Role")
    assert len(roles) >= 10
    for role in roles:
        principals = [statement["Principal"] for statement in role.properties["AssumeRolePolicyDocument"]["Statement"]]
        assert all(set(principal) == {"Service"} for principal in principals), role
        assert "ManagedPolicyArns" not in role.properties, role


def test_buckets_are_encrypted_private_versioned_and_refuse_plain_http(local: Synthesis) -> None:
    buckets = local.resources("AWS::S3::Bucket")
    assert len(buckets) == 5
    policies = {json.dumps(policy.properties["Bucket"]): policy for policy in local.resources("AWS::S3::BucketPolicy")}
    for bucket in buckets:
        assert bucket.properties["BucketEncryption"]["ServerSideEncryptionConfiguration"], bucket
        assert set(bucket.properties["PublicAccessBlockConfiguration"].values()) == {True}, bucket
        assert bucket.properties["VersioningConfiguration"] == {"Status": "Enabled"}, bucket
        denied = policies[json.dumps({"Ref": bucket.logical_id})].properties["PolicyDocument"]["Statement"]
        assert any(
            statement["Effect"] == "Deny" and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
            for statement in denied
        ), bucket


def test_every_log_group_forgets(local: Synthesis) -> None:
    groups = local.resources("AWS::Logs::LogGroup")
    assert groups
    assert {group.properties["RetentionInDays"] for group in groups} == {7}


def test_stacks_with_data_hold_no_compute(local: Synthesis) -> None:
    for stack, template in local.templates.items():
        types = {body["Type"] for body in template.get("Resources", {}).values()}
        assert not (types & DATA and types & COMPUTE), stack


def test_data_is_retained_where_the_environment_says_so(local: Synthesis) -> None:
    kept = local.resources("AWS::S3::Bucket", "AWS::KMS::Key")
    assert {resource.body["DeletionPolicy"] for resource in kept} == {"Retain"}


def test_modeling_reads_training_rows_and_nothing_else_of_the_prepared_bucket(local: Synthesis) -> None:
    text = json.dumps(
        [
            statement
            for resource, statement in statements(local)
            if resource.stack.endswith("-modeling") and "s3:GetObject" in as_list(statement["Action"])
        ]
    )
    assert "/train/*" in text
    assert "/test/" not in text
    assert "Raw" not in text


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_accounts_get_the_same_resources_as_the_laptop(local: Synthesis, synthesize: Any, name: str) -> None:
    there = synthesize(name)

    def types(synthesis: Synthesis) -> list[str]:
        return sorted(resource.type for resource in synthesis.resources())

    assert types(there) == types(local)
