"""Custom resources through a real function that answers on the response URL, and stacks over HTTP."""

from __future__ import annotations

import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError

from emulator import clients
from emulator.settings import Settings

HANDLER = """
import json
from urllib.request import Request, urlopen


def handler(event, context):
    properties = event["ResourceProperties"]
    answer = {
        "Status": "FAILED" if properties.get("Fail") == event["RequestType"] else "SUCCESS",
        "Reason": "asked to fail",
        "PhysicalResourceId": properties["Name"],
        "Data": {"Seen": json.dumps([event["RequestType"], properties, event.get("OldResourceProperties")])},
        **{key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")},
    }
    if properties.get("Silent") != "true":
        urlopen(Request(event["ResponseURL"], json.dumps(answer).encode(), {"Content-Type": ""}, method="PUT"))
"""
ACCOUNT = "123456789012"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:provider"


@pytest.fixture(scope="module")
def stacks(emulator: Settings) -> Any:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    logs = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}
    iam = clients.client("iam")
    iam.create_role(RoleName="provider", AssumeRolePolicyDocument=document(trust))
    iam.put_role_policy(RoleName="provider", PolicyName="logs", PolicyDocument=document(logs))
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("index.py", HANDLER)
    clients.client("lambda").create_function(
        FunctionName="provider",
        Runtime="python3.11",
        Handler="index.handler",
        Role=f"arn:aws:iam::{ACCOUNT}:role/provider",
        Code={"ZipFile": package.getvalue()},
        Timeout=20,
    )
    return clients.client("cloudformation")


def document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def template(**properties: Any) -> str:
    custom = {"ServiceToken": FUNCTION, "ServiceTimeout": 30, **properties}
    return json.dumps(
        {
            "Resources": {"Thing": {"Type": "Custom::Thing", "Properties": custom}},
            "Outputs": {
                "Seen": {"Value": {"Fn::GetAtt": ["Thing", "Seen"]}},
                "Id": {"Value": {"Ref": "Thing"}},
            },
        }
    )


def settled(stacks: Any, name: str) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        stack: dict[str, Any] = stacks.describe_stacks(StackName=name)["Stacks"][0]
        if not stack["StackStatus"].endswith("IN_PROGRESS"):
            return stack
        time.sleep(0.1)
    raise AssertionError(stack)


def outputs(stack: dict[str, Any]) -> dict[str, str]:
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def test_a_custom_resource_is_created_changed_replaced_and_deleted(stacks: Any) -> None:
    stacks.create_stack(StackName="life", TemplateBody=template(Name="one", Count=2, On=True))
    created = settled(stacks, "life")
    assert created["StackStatus"] == "CREATE_COMPLETE", stacks.describe_stack_events(StackName="life")
    kind, properties, old = json.loads(outputs(created)["Seen"])
    assert (kind, properties["Count"], properties["On"], old) == ("Create", "2", "true", None)

    stacks.update_stack(StackName="life", TemplateBody=template(Name="two", Count=3))
    updated = settled(stacks, "life")
    assert updated["StackStatus"] == "UPDATE_COMPLETE"
    kind, properties, old = json.loads(outputs(updated)["Seen"])
    assert (kind, properties["Count"], old["Count"], outputs(updated)["Id"]) == ("Update", "3", "2", "two")
    events = stacks.describe_stack_events(StackName="life")["StackEvents"]
    deleted = [e["PhysicalResourceId"] for e in events if e["ResourceStatus"] == "DELETE_COMPLETE"]
    assert deleted == ["one"]

    stacks.delete_stack(StackName="life")
    assert settled(stacks, updated["StackId"])["StackStatus"] == "DELETE_COMPLETE"


def test_a_custom_resource_that_fails_is_rolled_back_with_its_reason(stacks: Any) -> None:
    stacks.create_stack(StackName="failing", TemplateBody=template(Name="one", Fail="Create"))
    assert settled(stacks, "failing")["StackStatus"] == "ROLLBACK_COMPLETE"
    events = stacks.describe_stack_events(StackName="failing")["StackEvents"]
    (reason,) = [e["ResourceStatusReason"] for e in events if e["ResourceStatus"] == "CREATE_FAILED"]
    assert "Received response status [FAILED] from custom resource. Message returned: asked to fail" in reason
    assert [e["PhysicalResourceId"] for e in events if e["ResourceStatus"] == "DELETE_COMPLETE"] == ["one"]


def test_a_custom_resource_that_does_not_answer_times_out(stacks: Any) -> None:
    stacks.create_stack(StackName="silent", TemplateBody=template(Name="one", Silent=True, ServiceTimeout=1))
    assert settled(stacks, "silent")["StackStatus"] == "ROLLBACK_COMPLETE"
    events = stacks.describe_stack_events(StackName="silent")["StackEvents"]
    (reason,) = [e["ResourceStatusReason"] for e in events if e["ResourceStatus"] == "CREATE_FAILED"]
    assert "did not receive a response from your Custom Resource" in reason


def test_an_answer_that_nobody_waits_for_is_refused(stacks: Any) -> None:
    url = f"{stacks.meta.endpoint_url}/_cloudformation/responses/guessed"
    with pytest.raises(HTTPError) as refused:
        urlopen(Request(url, b'{"Status": "SUCCESS"}', method="PUT"))
    assert refused.value.code == 403
    refused.value.close()


def test_dynamic_references_and_stored_parameters_are_resolved(stacks: Any, tmp_path: Path) -> None:
    clients.client("ssm").put_parameter(Name="/given", Value="stored", Type="String")
    clients.client("secretsmanager").create_secret(Name="login", SecretString='{"user": "me"}')
    content = {
        "Parameters": {"Given": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/given"}},
        "Resources": {
            "Copy": {
                "Type": "AWS::SSM::Parameter",
                "Properties": {
                    "Type": "String",
                    "Value": {"Fn::Sub": "${Given} {{resolve:secretsmanager:login:SecretString:user}}"},
                    "Description": "{{resolve:ssm:/given}}",
                },
            }
        },
        "Outputs": {"Name": {"Value": {"Ref": "Copy"}}},
    }
    stacks.create_stack(StackName="dynamic", TemplateBody=json.dumps(content))
    stack = settled(stacks, "dynamic")
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    name = outputs(stack)["Name"]
    assert clients.client("ssm").get_parameter(Name=name)["Parameter"]["Value"] == "stored me"
    assert stack["Parameters"] == [
        {"ParameterKey": "Given", "ParameterValue": "/given", "ResolvedValue": "stored"},
    ]


def test_a_bucket_that_is_not_empty_is_not_deleted(stacks: Any) -> None:
    content = {"Resources": {"Data": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "full"}}}}
    stacks.create_stack(StackName="bucket", TemplateBody=json.dumps(content))
    stack = settled(stacks, "bucket")
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    s3 = clients.client("s3")
    s3.put_object(Bucket="full", Key="a", Body=b"1")
    stacks.delete_stack(StackName="bucket")
    failed = settled(stacks, "bucket")
    assert failed["StackStatus"] == "DELETE_FAILED"
    assert failed["StackStatusReason"] == "The following resource(s) failed to delete: [Data]. "
    s3.delete_object(Bucket="full", Key="a")
    stacks.delete_stack(StackName="bucket")
    assert settled(stacks, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="404"):
        s3.head_bucket(Bucket="full")


def test_errors_reach_clients_with_their_codes(stacks: Any) -> None:
    with pytest.raises(ClientError, match="Stack with id nothing does not exist") as refused:
        stacks.describe_stacks(StackName="nothing")
    assert refused.value.response["Error"]["Code"] == "ValidationError"
    with pytest.raises(stacks.exceptions.ChangeSetNotFoundException):
        stacks.describe_change_set(ChangeSetName="arn:aws:cloudformation:us-east-1:1:changeSet/a/b")
    with pytest.raises(ClientError, match="ListTypes is not implemented by this emulator"):
        stacks.list_types()
