"""What scores whole tables, and what answers messages: whose data they see, and where it ends what they cannot do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crispstack.deployment.score_job import ScoreJob
from tests.stacks.conftest import Resource, Synthesis, readable

STACKS = {
    "bank_marketing": "crispstack-local-project-bank-marketing",
    "flight_delays": "crispstack-local-project-flight-delays",
}


def in_stack(local: Synthesis, stack: str, kind: str, name: str = "") -> list[Resource]:
    return [each for each in local.resources(kind) if each.stack == stack and each.logical_id.startswith(name)]


def statements(local: Synthesis, stack: str, role: str) -> list[dict[str, Any]]:
    (policy,) = in_stack(local, stack, "AWS::IAM::Policy", role)
    found: list[dict[str, Any]] = policy.properties["PolicyDocument"]["Statement"]
    return found


@pytest.mark.parametrize("project", [*STACKS])
def test_a_scoring_job_sees_its_own_projects_models_and_copies_and_writes_scores_alone(
    local: Synthesis, project: str
) -> None:
    found = statements(local, STACKS[project], "BatchScoringJobRole")
    reads, writes = (
        [resource for each in found if action in each["Action"] for resource in map(readable, each["Resource"])
         if "cdk-hnb" not in resource]
        if action == "s3:GetObject"
        else [readable(each["Resource"]) for each in found if action in each["Action"]]
        for action in ("s3:GetObject", "s3:PutObject")
    )  # fmt: skip
    assert {each.partition("/")[2] for each in writes} == {f"{project}/scores/*"}
    kinds = {each.partition("/")[2].removesuffix("/*").removesuffix("/") for each in reads}
    assert kinds == {
        f"scoring/{project}",
        f"{project}/scores",
        f"{project}/models",
        f"{project}/runs/*/4_modeling",
    }
    (catalog,) = [each for each in found if "glue:CreatePartition" in each["Action"]]
    assert json.dumps(catalog["Resource"]).endswith(f'table/crispstack_local/{project}_scores"]')


def test_the_scores_table_has_the_columns_of_the_charters_kind_of_target(local: Synthesis) -> None:
    tables = [each.properties["TableInput"] for each in local.resources("AWS::Glue::Table")]
    (table,) = [each for each in tables if each["Name"] == "bank_marketing_scores"]
    assert [each["Name"] for each in table["StorageDescriptor"]["Columns"]] == [
        "source_file", "row_number", "keys", "probability", "act", "expected_value", "model_version",
    ]  # fmt: skip
    assert [each["Name"] for each in table["PartitionKeys"]] == ["score_id"]


def test_the_parameter_says_what_a_job_is_started_with(local: Synthesis) -> None:
    (parameter,) = in_stack(local, STACKS["bank_marketing"], "AWS::SSM::Parameter")
    job = ScoreJob.from_json(readable(parameter.properties["Value"]))
    assert parameter.properties["Name"] == "/crispstack/local/scoring/bank_marketing"
    assert job.inputs_uri.endswith("/scoring/bank_marketing/")
    assert job.scores_uri.endswith("/bank_marketing/scores/")
    assert "--py-files s3://" in job.spark_parameters


@pytest.mark.parametrize("stack", STACKS.values())
def test_queues_are_encrypted_with_the_data_key_and_take_messages_over_tls_alone(local: Synthesis, stack: str) -> None:
    queues = in_stack(local, stack, "AWS::SQS::Queue")
    assert len(queues) == 2
    for queue in queues:
        assert "DataKey" in json.dumps(queue.properties["KmsMasterKeyId"])
    policies = in_stack(local, stack, "AWS::SQS::QueuePolicy")
    assert len(policies) == 2
    for policy in policies:
        (only,) = policy.properties["PolicyDocument"]["Statement"]
        assert (only["Effect"], only["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_a_message_is_tried_three_times_and_then_kept_for_two_weeks(local: Synthesis) -> None:
    stack = STACKS["bank_marketing"]
    (requests,) = in_stack(local, stack, "AWS::SQS::Queue", "RequestQueueRequests")
    (letters,) = in_stack(local, stack, "AWS::SQS::Queue", "RequestQueueDeadLetters")
    redrive = requests.properties["RedrivePolicy"]
    assert redrive["maxReceiveCount"] == 3
    assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": [letters.logical_id, "Arn"]}
    assert letters.properties["MessageRetentionPeriod"] == 14 * 86_400
    (function,) = in_stack(local, stack, "AWS::Lambda::Function", "Predict")
    # As Lambda asks: or a message could be delivered again while it is being answered.
    assert requests.properties["VisibilityTimeout"] >= 6 * function.properties["Timeout"]


def test_the_function_reports_messages_that_failed_one_by_one(local: Synthesis) -> None:
    mappings = local.resources("AWS::Lambda::EventSourceMapping")
    assert len(mappings) == len(STACKS)
    for mapping in mappings:
        assert mapping.properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping.properties["BatchSize"] == 10


@pytest.mark.parametrize("stack", STACKS.values())
def test_messages_are_answered_by_what_answers_the_api(local: Synthesis, stack: str) -> None:
    """An alias of the function: a release changes both at once."""

    def named(kind: str, name: str) -> set[str]:
        (only,) = {json.dumps(each.properties[name]) for each in in_stack(local, stack, kind)}
        return {each.logical_id for each in local.resources() if f'"{each.logical_id}"' in only}

    behind_the_api = named("AWS::ApiGatewayV2::Integration", "IntegrationUri")
    assert behind_the_api == {each.logical_id for each in in_stack(local, stack, "AWS::Lambda::Alias")}
    assert behind_the_api == named("AWS::Lambda::EventSourceMapping", "FunctionName")
