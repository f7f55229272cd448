"""A project whose charter looks values up gets a table, which its predictions alone may read."""

from __future__ import annotations

import json
from typing import Any

from tests.stacks.conftest import Synthesis

FLIGHTS, BANK = "crispstack-local-project-flight-delays", "crispstack-local-project-bank-marketing"
TABLE = "table/crispstack-local-lookups-flight_delays"


def statements(local: Synthesis, stack: str) -> list[dict[str, Any]]:
    policies = [each.properties for each in local.resources("AWS::IAM::Policy") if each.stack == stack]
    return [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]


def test_the_table_is_encrypted_with_the_data_key_forgets_and_goes_with_the_stack(local: Synthesis) -> None:
    (table,) = local.resources("AWS::DynamoDB::Table")
    assert (table.stack, table.properties["TableName"]) == (FLIGHTS, "crispstack-local-lookups-flight_delays")
    encryption = table.properties["SSESpecification"]
    assert (encryption["SSEEnabled"], encryption["SSEType"]) == (True, "KMS")
    assert "DataKey" in json.dumps(encryption["KMSMasterKeyId"])
    assert table.properties["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert table.properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table.properties["BillingMode"] == "PAY_PER_REQUEST"
    assert table.body["DeletionPolicy"] == "Delete"


def test_predictions_get_items_of_their_own_table_and_nothing_else(local: Synthesis) -> None:
    by_function_and_job = [each for each in statements(local, FLIGHTS) if "dynamodb" in json.dumps(each["Action"])]
    assert len(by_function_and_job) == 2
    for reads in by_function_and_job:
        assert sorted(reads["Action"]) == ["dynamodb:BatchGetItem", "dynamodb:GetItem"]
        assert TABLE in json.dumps(reads["Resource"])
        assert "*" not in json.dumps(reads["Resource"])
    keys = [each for each in statements(local, FLIGHTS) if "dynamodb." in json.dumps(each.get("Condition", {}))]
    assert [each["Action"] for each in keys] == ["kms:Decrypt", "kms:Decrypt"]


def test_preparation_writes_tables_and_never_reads_or_deletes_what_is_in_them(local: Synthesis) -> None:
    preparation = statements(local, "crispstack-local-data-preparation")
    (writes,) = [each for each in preparation if "dynamodb:" in json.dumps(each["Action"])]
    assert sorted(writes["Action"]) == ["dynamodb:BatchWriteItem", "dynamodb:GetItem", "dynamodb:PutItem"]
    assert "table/crispstack-local-lookups-*" in json.dumps(writes["Resource"])
    (key,) = [each for each in preparation if "dynamodb." in json.dumps(each.get("Condition", {}))]
    assert sorted(key["Action"]) == ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]


def test_a_project_without_look_ups_has_no_table_and_no_permission_for_one(local: Synthesis) -> None:
    assert "dynamodb" not in json.dumps(local.templates[BANK])
    assert "DynamoDB" not in json.dumps(local.templates[BANK])
