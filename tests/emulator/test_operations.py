"""What the register of operations says, and that a refusal names what was asked for in every protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError

from emulator import clients
from emulator.operations import REGISTER, Answer, answer
from emulator.settings import Settings

ROLE = "arn:aws:iam::123456789012:role/operations"
PROCESSING = {
    "ProcessingJobName": "operations",
    "RoleArn": ROLE,
    "AppSpecification": {"ImageUri": "image"},
    "ProcessingResources": {
        "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
    },
}
EMAIL = {"Source": "a@example.com", "Destination": {}, "Message": {"Subject": {"Data": "a"}, "Body": {}}}
# One request per protocol and more: JSON, REST with JSON, query, EC2's query, CBOR.
PRETENDED: Mapping[str, tuple[str, str, dict[str, Any]]] = {
    "sagemaker:CreateProcessingJob": ("sagemaker", "create_processing_job", PROCESSING),
    "sagemaker-runtime:InvokeEndpoint": ("sagemaker-runtime", "invoke_endpoint", {"EndpointName": "a", "Body": b"1"}),
    "polly:SynthesizeSpeech": (
        "polly",
        "synthesize_speech",
        {"OutputFormat": "mp3", "Text": "a", "VoiceId": "Joanna"},
    ),
    "ecs:RunTask": ("ecs", "run_task", {"taskDefinition": "a"}),
    "codedeploy:ContinueDeployment": ("codedeploy", "continue_deployment", {"deploymentId": "a"}),
    "ec2:RunInstances": ("ec2", "run_instances", {"MinCount": 1, "MaxCount": 1}),
    "rds:CreateDBInstance": (
        "rds",
        "create_db_instance",
        {"DBInstanceIdentifier": "a", "DBInstanceClass": "b", "Engine": "mysql"},
    ),
    "emr:RunJobFlow": ("emr", "run_job_flow", {"Name": "a", "Instances": {}}),
    "ses:SendEmail": ("ses", "send_email", EMAIL),
    "comprehend:DetectSentiment": ("comprehend", "detect_sentiment", {"Text": "a", "LanguageCode": "en"}),
    "cloudwatch:DescribeAnomalyDetectors": ("cloudwatch", "describe_anomaly_detectors", {}),
    "iam:SimulateCustomPolicy": (
        "iam",
        "simulate_custom_policy",
        {"PolicyInputList": ["{}"], "ActionNames": ["s3:GetObject"]},
    ),
}


@pytest.mark.parametrize("name", PRETENDED)
def test_what_nobody_would_compute_is_refused_by_name(name: str, emulator: Settings) -> None:
    service, method, parameters = PRETENDED[name]
    with pytest.raises(ClientError) as refused:
        getattr(clients.client(service), method)(**parameters)
    error = refused.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert error["Error"]["Code"] == "NotImplemented"
    assert error["Error"]["Message"] == f"this emulator does not support {name}"


def test_a_part_of_a_bucket_that_is_not_supported_does_not_touch_the_bucket(emulator: Settings) -> None:
    s3 = clients.client("s3")
    s3.create_bucket(Bucket="operations-parts")
    with pytest.raises(ClientError, match=r"NotImplemented.*s3:DeleteBucketMetadataTableConfiguration"):
        s3.delete_bucket_metadata_table_configuration(Bucket="operations-parts")
    s3.put_object(Bucket="operations-parts", Key="a", Body=b"1")
    with pytest.raises(ClientError, match=r"NotImplemented.*s3:GetObjectTorrent"):
        s3.get_object_torrent(Bucket="operations-parts", Key="a")
    assert s3.get_object(Bucket="operations-parts", Key="a")["Body"].read() == b"1"


def test_state_is_recorded_where_nothing_was_reviewed_and_acts_are_refused() -> None:
    assert answer("backup", "CreateBackupVault") is Answer.RECORDED
    assert answer("backup", "ListBackupVaults") is Answer.RECORDED
    assert answer("backup", "StartBackupJob") is Answer.REFUSED
    assert answer("translate", "TranslateText") is Answer.REFUSED
    assert answer("rds", "CreateDBClusters") is Answer.REFUSED
    assert answer("sts", "GetCallerIdentity") is Answer.EXECUTED


@pytest.mark.parametrize("service", sorted(REGISTER))
def test_the_register_names_operations_that_the_service_has_and_each_once(service: str) -> None:
    known = set(botocore.session.get_session().get_service_model(service).operation_names)
    entry = REGISTER[service]
    named = [*entry.executed.split(), *entry.recorded.split(), *entry.refused.split()]
    assert set(named) <= known
    assert len(set(named)) == len(named)
