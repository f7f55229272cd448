"""Data, compute and messaging: the types that the platform's stacks are made of."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator

import pytest

from emulator.cloudformation.resource_type import ResourceError
from emulator.settings import Settings
from tests.emulator.resource_type_contract import (
    ACCOUNT,
    KEY,
    REGION,
    TAGS,
    Case,
    World,
    check,
    checked_types,
    of_stack,
    policy,
    trust,
    types,
)

ROLE = f"arn:aws:iam::{ACCOUNT}:role/types-runner"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:types-existing"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:types-letters"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:types-news"
DEFINITION = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "Comment": "${why}", "End": True}}})
CODE = {"S3Bucket": "types-code", "S3Key": "code.zip"}
OTHER = {"stage": "other"}

CASES = [
    Case(
        "AWS::Glue::Database",
        {
            "CatalogId": ACCOUNT,
            "DatabaseInput": {
                "Name": "types_new",
                "Description": "d",
                "LocationUri": "s3://types-code/new/",
                "Parameters": {"a": "b"},
            },
        },
        {"DatabaseInput": {"Name": "types_new", "Description": "e"}},
        listing=("glue", "get_databases", "DatabaseList[].Name"),
    ),
    Case(
        "AWS::Glue::Table",
        {
            "CatalogId": ACCOUNT,
            "DatabaseName": "types_database",
            "TableInput": {
                "Name": "clients",
                "Description": "d",
                "TableType": "EXTERNAL_TABLE",
                "Parameters": {"skip.header.line.count": "1", "classification": "csv"},
                "PartitionKeys": [{"Name": "day", "Type": "string"}],
                "StorageDescriptor": {
                    "Columns": [{"Name": "age", "Type": "string", "Comment": "years"}],
                    "Location": "s3://types-code/clients/",
                    "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                    "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                    "SerdeInfo": {
                        "SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
                        "Parameters": {"separatorChar": ";"},
                    },
                },
            },
        },
        {"TableInput": {"Name": "clients", "Description": "e", "Parameters": {"classification": "json"}}},
    ),
    Case(
        "AWS::Glue::Job",
        {
            "Name": "types-job",
            "Role": ROLE,
            "Command": {"Name": "glueetl", "PythonVersion": "3", "ScriptLocation": "s3://types-code/job.py"},
            "DefaultArguments": {"--extra-py-files": "s3://types-code/code.zip"},
            "NonOverridableArguments": {"--fixed": "1"},
            "Description": "d",
            "ExecutionClass": "STANDARD",
            "ExecutionProperty": {"MaxConcurrentRuns": 2},
            "GlueVersion": "5.1",
            "JobMode": "SCRIPT",
            "JobRunQueuingEnabled": False,
            "MaintenanceWindow": "Sun:10",
            "MaxRetries": 1,
            "NotificationProperty": {"NotifyDelayAfter": 3},
            "NumberOfWorkers": 2,
            "SecurityConfiguration": "types-security",
            "Tags": {"team": "data"},
            "Timeout": 30,
            "WorkerType": "G.1X",
        },
        {
            "Timeout": 40,
            "Description": None,
            "JobRunQueuingEnabled": None,
            "MaintenanceWindow": None,
            "Tags": OTHER,
            "DefaultArguments": {"--x": "y"},
        },
        listing=("glue", "list_jobs", "JobNames[]"),
    ),
    Case(
        "AWS::Glue::SecurityConfiguration",
        {
            "Name": "types-encryption",
            "EncryptionConfiguration": {
                "S3Encryptions": [{"S3EncryptionMode": "SSE-KMS", "KmsKeyArn": KEY}],
                "CloudWatchEncryption": {"CloudWatchEncryptionMode": "SSE-KMS", "KmsKeyArn": KEY},
                "JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "CSE-KMS", "KmsKeyArn": KEY},
            },
        },
        listing=("glue", "get_security_configurations", "SecurityConfigurations[].Name"),
    ),
    Case(
        "AWS::Glue::DataCatalogEncryptionSettings",
        {
            "CatalogId": ACCOUNT,
            "DataCatalogEncryptionSettings": {
                "EncryptionAtRest": {"CatalogEncryptionMode": "SSE-KMS", "SseAwsKmsKeyId": KEY},
                "ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": True, "KmsKeyId": KEY},
            },
        },
        {"DataCatalogEncryptionSettings": {"EncryptionAtRest": {"CatalogEncryptionMode": "SSE-KMS"}}},
    ),
    Case(
        "AWS::Athena::WorkGroup",
        {
            "Name": "types-analysts",
            "Description": "d",
            "State": "ENABLED",
            "RecursiveDeleteOption": True,
            "Tags": TAGS,
            "WorkGroupConfiguration": {
                "BytesScannedCutoffPerQuery": 10_000_000,
                "EnforceWorkGroupConfiguration": True,
                "EngineVersion": {"SelectedEngineVersion": "Athena engine version 3"},
                "PublishCloudWatchMetricsEnabled": True,
                "RequesterPaysEnabled": False,
                "ResultConfiguration": {
                    "OutputLocation": "s3://types-code/results/",
                    "ExpectedBucketOwner": ACCOUNT,
                    "EncryptionConfiguration": {"EncryptionOption": "SSE_KMS", "KmsKey": KEY},
                },
            },
        },
        {
            "State": "DISABLED",
            "Description": None,
            "Tags": TAGS[:1],
            "WorkGroupConfiguration": {
                "EnforceWorkGroupConfiguration": False,
                "ResultConfiguration": {"OutputLocation": "s3://types-code/elsewhere/"},
            },
        },
        listing=("athena", "list_work_groups", "WorkGroups[].Name"),
    ),
    Case(
        "AWS::Athena::NamedQuery",
        {"Name": "q", "Database": "d", "QueryString": "SELECT 1", "Description": "d", "WorkGroup": "types-group"},
    ),
    Case(
        "AWS::EMRServerless::Application",
        {
            "Name": "types-training",
            "ReleaseLabel": "emr-7.13.0",
            "Type": "SPARK",
            "Architecture": "X86_64",
            "AutoStartConfiguration": {"Enabled": True},
            "AutoStopConfiguration": {"Enabled": True, "IdleTimeoutMinutes": 5},
            "MaximumCapacity": {"Cpu": "16 vCPU", "Memory": "64 GB", "Disk": "200 GB"},
            "InitialCapacity": [
                {
                    "Key": "Driver",
                    "Value": {"WorkerCount": 1, "WorkerConfiguration": {"Cpu": "2 vCPU", "Memory": "4 GB"}},
                }
            ],
            "InteractiveConfiguration": {"StudioEnabled": False, "LivyEndpointEnabled": False},
            "MonitoringConfiguration": {
                "S3MonitoringConfiguration": {"LogUri": "s3://types-code/logs/", "EncryptionKeyArn": KEY},
                "CloudWatchLoggingConfiguration": {"Enabled": True, "LogGroupName": "/types", "EncryptionKeyArn": KEY},
                "ManagedPersistenceMonitoringConfiguration": {"Enabled": False},
            },
            "NetworkConfiguration": {"SubnetIds": ["subnet-12345678"], "SecurityGroupIds": ["sg-12345678"]},
            "RuntimeConfiguration": [{"Classification": "spark-defaults", "Properties": {"a": "b"}}],
            "SchedulerConfiguration": {"MaxConcurrentRuns": 2, "QueueTimeoutMinutes": 20},
            "Tags": TAGS,
        },
        {
            "ReleaseLabel": "emr-7.12.0",
            "MaximumCapacity": {"Cpu": "8 vCPU", "Memory": "32 GB"},
            "AutoStopConfiguration": {"Enabled": False},
            "Tags": TAGS[1:],
        },
        {"Arn": f"arn:aws:emr-serverless:{REGION}:{ACCOUNT}:/applications/", "ApplicationId": ""},
    ),
    Case(
        "AWS::Logs::LogGroup",
        {
            "LogGroupName": "/types/new",
            "RetentionInDays": 30,
            "KmsKeyId": KEY,
            "LogGroupClass": "STANDARD",
            "DeletionProtectionEnabled": False,
            "Tags": TAGS,
        },
        {"RetentionInDays": None, "KmsKeyId": None, "Tags": TAGS[:1]},
        {"Arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/types/new:*"},
        ("logs", "describe_log_groups", "logGroups[].logGroupName"),
    ),
    Case(
        "AWS::Logs::ResourcePolicy",
        {"PolicyName": "types", "PolicyDocument": json.dumps(policy("logs:PutLogEvents", Principal="*", Resource="*"))},
        {"PolicyDocument": json.dumps(policy("logs:CreateLogStream", Principal="*", Resource="*"))},
        listing=("logs", "describe_resource_policies", "resourcePolicies[].policyName"),
    ),
    Case(
        "AWS::Lambda::Function",
        {
            "FunctionName": "types-new",
            "Code": CODE,
            "Handler": "index.handler",
            "Role": ROLE,
            "Runtime": "python3.11",
            "Architectures": ["arm64"],
            "Description": "d",
            "Environment": {"Variables": {"A": "b"}},
            "EphemeralStorage": {"Size": 1024},
            "KmsKeyArn": KEY,
            "LoggingConfig": {"LogFormat": "JSON", "LogGroup": "/types/log", "ApplicationLogLevel": "INFO"},
            "MemorySize": 512,
            "PackageType": "Zip",
            "ReservedConcurrentExecutions": 3,
            "Tags": TAGS,
            "Timeout": 30,
            "TracingConfig": {"Mode": "Active"},
        },
        {
            "Code": {"ZipFile": "def handler(event, context):\n    return 2\n"},
            "Runtime": "python3.12",
            "Description": None,
            "Environment": None,
            "EphemeralStorage": None,
            "KmsKeyArn": None,
            "LoggingConfig": None,
            "MemorySize": None,
            "ReservedConcurrentExecutions": None,
            "Tags": TAGS[:1],
            "Timeout": None,
            "TracingConfig": None,
        },
        {"Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:types-new"},
        ("lambda", "list_functions", "Functions[].FunctionName"),
    ),
    Case(
        "AWS::Lambda::LayerVersion",
        {
            "LayerName": "types-layer",
            "Content": CODE,
            "CompatibleArchitectures": ["x86_64"],
            "CompatibleRuntimes": ["python3.11"],
            "Description": "d",
            "LicenseInfo": "MIT",
        },
        attributes={"LayerVersionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:types-layer:1"},
    ),
    Case("AWS::Lambda::Version", {"FunctionName": "types-existing", "Description": "v"}, attributes={"Version": "2"}),
    Case(
        "AWS::Lambda::Alias",
        {"FunctionName": FUNCTION, "FunctionVersion": "1", "Name": "blue", "Description": "d"},
        {"Description": "e"},
        {"AliasArn": f"{FUNCTION}:blue"},
    ),
    *(
        Case(
            "AWS::Lambda::Permission",
            {
                "FunctionName": name,
                "Action": "lambda:InvokeFunction",
                "Principal": "apigateway.amazonaws.com",
                "SourceArn": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:abc/*/*",
                "SourceAccount": ACCOUNT,
            },
        )
        for name in ("types-existing", FUNCTION, f"{FUNCTION}:live")
    ),
    Case(
        "AWS::Lambda::EventInvokeConfig",
        {
            "FunctionName": "types-existing",
            "Qualifier": "$LATEST",
            "MaximumEventAgeInSeconds": 60,
            "MaximumRetryAttempts": 0,
            "DestinationConfig": {"OnFailure": {"Destination": QUEUE}},
        },
        {"MaximumRetryAttempts": 1, "DestinationConfig": None},
    ),
    Case(
        "AWS::StepFunctions::StateMachine",
        {
            "StateMachineName": "types-loop",
            "StateMachineType": "STANDARD",
            "DefinitionString": DEFINITION,
            "DefinitionSubstitutions": {"why": "because"},
            "RoleArn": ROLE,
            "LoggingConfiguration": {
                "Destinations": [
                    {
                        "CloudWatchLogsLogGroup": {
                            "LogGroupArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/types/log:*"
                        }
                    }
                ],
                "IncludeExecutionData": True,
                "Level": "ALL",
            },
            "TracingConfiguration": {"Enabled": True},
            "EncryptionConfiguration": {
                "Type": "CUSTOMER_MANAGED_KMS_KEY",
                "KmsKeyId": KEY,
                "KmsDataKeyReusePeriodSeconds": 300,
            },
            "Tags": TAGS,
        },
        {
            "DefinitionSubstitutions": {"why": "therefore"},
            "LoggingConfiguration": None,
            "TracingConfiguration": None,
            "EncryptionConfiguration": None,
            "Tags": TAGS[1:],
        },
        {"Arn": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:types-loop", "Name": "types-loop"},
        ("stepfunctions", "list_state_machines", "stateMachines[].name"),
    ),
    Case(
        "AWS::ApiGatewayV2::Api",
        {
            "Name": "types-new",
            "ProtocolType": "HTTP",
            "Description": "d",
            "CorsConfiguration": {"AllowOrigins": ["*"], "AllowMethods": ["GET"], "MaxAge": 3},
            "DisableExecuteApiEndpoint": True,
            "Tags": {"team": "data"},
            "Version": "1",
        },
        {
            "Name": "types-newer",
            "Description": None,
            "CorsConfiguration": None,
            "DisableExecuteApiEndpoint": False,
            "Version": None,
            "Tags": OTHER,
        },
        {"ApiEndpoint": "http://127.0.0.1:", "ApiId": ""},
        ("apigatewayv2", "get_apis", "Items[].ApiId"),
    ),
    Case(
        "AWS::SNS::Topic",
        {
            "TopicName": "types-new",
            "DisplayName": "d",
            "KmsMasterKeyId": "alias/aws/sns",
            "SignatureVersion": "2",
            "TracingConfig": "Active",
            "Subscription": [{"Endpoint": "a@example.com", "Protocol": "email"}],
            "Tags": TAGS,
        },
        {"DisplayName": None, "KmsMasterKeyId": None, "TracingConfig": None, "Subscription": [], "Tags": TAGS[:1]},
        {"TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:types-new", "TopicName": "types-new"},
        ("sns", "list_topics", "Topics[].TopicArn"),
    ),
    Case(
        "AWS::SNS::TopicPolicy",
        {"Topics": [TOPIC], "PolicyDocument": policy("sns:Publish", Principal="*", Resource=TOPIC)},
        {"PolicyDocument": policy("sns:Subscribe", Principal="*", Resource=TOPIC)},
    ),
    Case(
        "AWS::SNS::Subscription",
        {
            "TopicArn": TOPIC,
            "Protocol": "sqs",
            "Endpoint": QUEUE,
            "RawMessageDelivery": True,
            "FilterPolicy": {"kind": ["drift"]},
            "FilterPolicyScope": "MessageAttributes",
            "RedrivePolicy": {"deadLetterTargetArn": QUEUE},
        },
        {"RawMessageDelivery": False, "FilterPolicy": {"kind": ["cost"]}},
        listing=("sns", "list_subscriptions", "Subscriptions[].SubscriptionArn"),
    ),
    Case(
        "AWS::SQS::Queue",
        {
            "QueueName": "types-new",
            "DelaySeconds": 1,
            "FifoQueue": False,
            "KmsMasterKeyId": "alias/aws/sqs",
            "MessageRetentionPeriod": 86400,
            "ReceiveMessageWaitTimeSeconds": 2,
            "RedrivePolicy": {"deadLetterTargetArn": QUEUE, "maxReceiveCount": 3},
            "Tags": TAGS,
            "VisibilityTimeout": 60,
        },
        {
            "DelaySeconds": None,
            "KmsMasterKeyId": None,
            "RedrivePolicy": None,
            "VisibilityTimeout": 90,
            "Tags": TAGS[:1],
        },
        {"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:types-new", "QueueName": "types-new"},
        ("sqs", "list_queues", "QueueUrls[]"),
    ),
    Case(
        "AWS::SQS::QueuePolicy",
        {
            "Queues": [f"http://127.0.0.1:4625/{ACCOUNT}/types-letters"],
            "PolicyDocument": policy("sqs:SendMessage", Sid="a", Principal="*", Resource=QUEUE),
        },
        {"PolicyDocument": policy("sqs:ReceiveMessage", Sid="b", Principal="*", Resource=QUEUE)},
    ),
    Case(
        "AWS::Events::Rule",
        {
            "Name": "types-rule",
            "Description": "d",
            "EventPattern": {"source": ["aws.s3"], "detail": {"key": [{"prefix": "in/"}]}},
            "RoleArn": ROLE,
            "State": "DISABLED",
            "Targets": [
                {
                    "Id": "Function",
                    "Arn": FUNCTION,
                    "DeadLetterConfig": {"Arn": QUEUE},
                    "Input": '{"a": 1}',
                    "RetryPolicy": {"MaximumRetryAttempts": 2},
                },
                {
                    "Id": "Machine",
                    "Arn": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:types-loop",
                    "RoleArn": ROLE,
                    "InputTransformer": {"InputPathsMap": {"key": "$.detail.key"}, "InputTemplate": '"<key>"'},
                },
            ],
        },
        {"EventPattern": None, "ScheduleExpression": "rate(1 day)", "State": "ENABLED", "Targets": []},
        {"Arn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/types-rule"},
        ("events", "list_rules", "Rules[].Name"),
    ),
    Case(
        "AWS::CloudWatch::Alarm",
        {
            "AlarmName": "types-errors",
            "AlarmDescription": "d",
            "ActionsEnabled": True,
            "AlarmActions": [TOPIC],
            "OKActions": [TOPIC],
            "InsufficientDataActions": [TOPIC],
            "ComparisonOperator": "GreaterThanThreshold",
            "DatapointsToAlarm": 1,
            "Dimensions": [{"Name": "FunctionName", "Value": "predict"}],
            "EvaluationPeriods": 2,
            "MetricName": "Errors",
            "Namespace": "AWS/Lambda",
            "Period": 60,
            "Statistic": "Sum",
            "Tags": TAGS,
            "Threshold": 0,
            "TreatMissingData": "notBreaching",
        },
        {"Threshold": 2.5, "AlarmDescription": None, "OKActions": [], "Tags": TAGS[:1]},
        {"Arn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:types-errors"},
        ("cloudwatch", "describe_alarms", "MetricAlarms[].AlarmName"),
    ),
    Case(
        "AWS::CloudWatch::Alarm",
        {
            "AlarmName": "types-rate",
            "ComparisonOperator": "GreaterThanThreshold",
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "Metrics": [
                {"Id": "rate", "Expression": "errors / 60", "Label": "rate", "ReturnData": True},
                {
                    "Id": "errors",
                    "MetricStat": {
                        "Metric": {"MetricName": "Errors", "Namespace": "AWS/Lambda"},
                        "Period": 60,
                        "Stat": "p90",
                    },
                    "ReturnData": False,
                },
            ],
        },
    ),
    Case(
        "AWS::CloudWatch::Dashboard",
        {
            "DashboardName": "types-dashboard",
            "DashboardBody": json.dumps({"widgets": [{"type": "text", "properties": {"markdown": "a"}}]}),
        },
        {"DashboardBody": json.dumps({"widgets": []})},
        listing=("cloudwatch", "list_dashboards", "DashboardEntries[].DashboardName"),
    ),
]


CHECKED_APART = {f"AWS::ApiGatewayV2::{part}" for part in ("Integration", "Route", "Stage")}


def _archive() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr("index.py", "def handler(event, context):\n    return 1\n")
    return archive.getvalue()


@pytest.fixture(scope="module")
def world(emulator: Settings) -> Iterator[World]:
    found = of_stack("Services")
    found.make("AWS::IAM::Role", {"RoleName": "types-runner", "AssumeRolePolicyDocument": trust("lambda")})
    found.make("AWS::S3::Bucket", {"BucketName": "types-code"})
    found.client("s3").put_object(Bucket="types-code", Key="code.zip", Body=_archive())
    found.make("AWS::Glue::Database", {"CatalogId": ACCOUNT, "DatabaseInput": {"Name": "types_database"}})
    found.make("AWS::Athena::WorkGroup", {"Name": "types-group"})
    found.make("AWS::Logs::LogGroup", {"LogGroupName": "/types/log"})
    found.make("AWS::SQS::Queue", {"QueueName": "types-letters"})
    found.make("AWS::SNS::Topic", {"TopicName": "types-news"})
    function = {"FunctionName": "types-existing", "Handler": "index.handler", "Role": ROLE, "Runtime": "python3.11"}
    found.make("AWS::Lambda::Function", {**function, "Code": CODE})
    found.client("lambda").publish_version(FunctionName="types-existing")
    alias = {"FunctionName": "types-existing", "FunctionVersion": "1", "Name": "live"}
    found.make("AWS::Lambda::Alias", alias)
    found.client("lambda").update_function_configuration(FunctionName="types-existing", Timeout=9)
    yield found
    found.client("s3").delete_object(Bucket="types-code", Key="code.zip")
    found.clear()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_type_keeps_tells_changes_and_deletes_what_its_template_says(case: Case, world: World) -> None:
    check(case, world)


def test_an_http_api_keeps_its_integration_route_and_stage(world: World) -> None:
    api = world.make("AWS::ApiGatewayV2::Api", {"Name": "types-api", "ProtocolType": "HTTP"})
    integration = {
        "ApiId": api,
        "Description": "d",
        "IntegrationMethod": "POST",
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": FUNCTION,
        "PayloadFormatVersion": "2.0",
        "TimeoutInMillis": 20000,
    }
    check(Case("AWS::ApiGatewayV2::Integration", integration, {"TimeoutInMillis": 3000}), world)
    target = f"integrations/{world.make('AWS::ApiGatewayV2::Integration', integration)}"
    route = {"ApiId": api, "RouteKey": "POST /predict", "AuthorizationType": "AWS_IAM", "Target": target}
    check(Case("AWS::ApiGatewayV2::Route", route, {"AuthorizationType": "NONE"}), world)
    stage = {
        "ApiId": api,
        "StageName": "$default",
        "AutoDeploy": True,
        "AccessLogSettings": {
            "DestinationArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/types/log",
            "Format": "$a",
        },
        "DefaultRouteSettings": {
            "DetailedMetricsEnabled": True,
            "ThrottlingBurstLimit": 10,
            "ThrottlingRateLimit": 5.5,
        },
        "StageVariables": {"a": "b"},
        "Tags": {"team": "data"},
    }
    check(Case("AWS::ApiGatewayV2::Stage", stage, {"AutoDeploy": False, "Tags": OTHER}), world)


def test_every_type_is_tested() -> None:
    assert checked_types() == set(types())


def test_a_state_machine_that_was_changed_behind_its_template_tells_what_it_has(world: World) -> None:
    properties = {"StateMachineName": "types-changed", "DefinitionString": DEFINITION, "RoleArn": ROLE}
    arn = world.make("AWS::StepFunctions::StateMachine", properties)
    other = json.dumps({"StartAt": "B", "States": {"B": {"Type": "Succeed"}}})
    world.client("stepfunctions").update_state_machine(stateMachineArn=arn, definition=other)
    found = types()["AWS::StepFunctions::StateMachine"].read(world.context, arn, properties)
    assert found["DefinitionString"] == other


def test_a_function_without_its_code_is_refused_by_the_service(world: World) -> None:
    properties = {
        "FunctionName": "types-nothing",
        "Code": {"S3Bucket": "types-code", "S3Key": "absent.zip"},
        "Handler": "index.handler",
        "Role": ROLE,
        "Runtime": "python3.11",
    }
    with pytest.raises(ResourceError, match="NoSuchKey"):
        types()["AWS::Lambda::Function"].create(world.context, properties)
