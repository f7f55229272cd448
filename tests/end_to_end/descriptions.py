"""What the services say of a resource, in CloudFormation's spelling: asked through boto3 and nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from tests.end_to_end import monitoring_descriptions, network_descriptions
from tests.end_to_end.conftest import Checkout
from tests.end_to_end.templates import ANYTHING, Resource

Description = Mapping[str, Any]


def _arn(checkout: Checkout, service: str, resource: str) -> str:
    return f"arn:aws:{service}:{checkout.environment.region}:{checkout.environment.account}:{resource}"


def _pairs(tags: list[dict[str, str]]) -> dict[str, str]:
    return {key: value for key, value in (tag.values() for tag in tags)}  # noqa: C416 (it unpacks what dict() cannot type)


def _api(checkout: Checkout, resource: Resource) -> Description:
    found: Description = checkout.client("apigatewayv2").get_api(ApiId=resource.physical_id)
    return found


def _api_part(part: str) -> Callable[[Checkout, Resource], Description]:
    """A description of what belongs to an API: an integration, a route or a stage."""

    def describe(checkout: Checkout, resource: Resource) -> Description:
        api, key = resource.properties["ApiId"], "StageName" if part == "stage" else f"{part.capitalize()}Id"
        answer = getattr(checkout.client("apigatewayv2"), f"get_{part}")(ApiId=api, **{key: resource.physical_id})
        return {**answer, "ApiId": api}

    return describe


def _workgroup(checkout: Checkout, resource: Resource) -> Description:
    client = checkout.client("athena")
    found = client.get_work_group(WorkGroup=resource.physical_id)["WorkGroup"]
    tags = client.list_tags_for_resource(ResourceARN=_arn(checkout, "athena", f"workgroup/{resource.physical_id}"))[
        "Tags"
    ]
    return {**found, "WorkGroupConfiguration": found["Configuration"], "Tags": _pairs(tags)}


def _application(checkout: Checkout, resource: Resource) -> Description:
    found = checkout.client("emr-serverless").get_application(applicationId=resource.physical_id)["application"]
    # The service writes Spark where CloudFormation's schema asks for SPARK.
    return {**found, "Type": found["type"].upper()}


def _database(checkout: Checkout, resource: Resource) -> Description:
    found = checkout.client("glue").get_database(Name=resource.physical_id)["Database"]
    return {"CatalogId": found["CatalogId"], "DatabaseInput": found}


def _table(checkout: Checkout, resource: Resource) -> Description:
    database = resource.properties["DatabaseName"]
    found = checkout.client("glue").get_table(DatabaseName=database, Name=resource.physical_id)["Table"]
    return {"CatalogId": found["CatalogId"], "DatabaseName": found["DatabaseName"], "TableInput": found}


def _job(checkout: Checkout, resource: Resource) -> Description:
    client = checkout.client("glue")
    tags = client.get_tags(ResourceArn=_arn(checkout, "glue", f"job/{resource.physical_id}"))["Tags"]
    return {**client.get_job(JobName=resource.physical_id)["Job"], "Tags": tags}


def _security_configuration(checkout: Checkout, resource: Resource) -> Description:
    client = checkout.client("glue")
    found = client.get_security_configuration(Name=resource.physical_id)["SecurityConfiguration"]
    configuration = found["EncryptionConfiguration"]
    return {**found, "EncryptionConfiguration": {**configuration, "S3Encryptions": configuration["S3Encryption"]}}


def _role(checkout: Checkout, resource: Resource) -> Description:
    client = checkout.client("iam")
    found = client.get_role(RoleName=resource.physical_id)["Role"]
    attached = client.list_attached_role_policies(RoleName=resource.physical_id)["AttachedPolicies"]
    return {
        **found,
        "Tags": _pairs(client.list_role_tags(RoleName=resource.physical_id)["Tags"]),
        "ManagedPolicyArns": [policy["PolicyArn"] for policy in attached],
    }


def _policy(checkout: Checkout, resource: Resource) -> Description:
    client, name, roles = checkout.client("iam"), resource.properties["PolicyName"], resource.properties["Roles"]
    found = [client.get_role_policy(RoleName=role, PolicyName=name) for role in roles]
    documents = [each["PolicyDocument"] for each in found]
    assert documents.count(documents[0]) == len(roles)
    return {"PolicyName": name, "PolicyDocument": documents[0], "Roles": [each["RoleName"] for each in found]}


def _managed_policy(checkout: Checkout, resource: Resource) -> Description:
    client, arn = checkout.client("iam"), resource.physical_id
    policy = client.get_policy(PolicyArn=arn)["Policy"]
    version = client.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    roles = client.list_entities_for_policy(PolicyArn=arn)["PolicyRoles"]
    return {
        "Description": policy.get("Description", ""),
        "Path": policy["Path"],
        "PolicyDocument": version["Document"],
        "Roles": [each["RoleName"] for each in roles],
    }


def _key(checkout: Checkout, resource: Resource) -> Description:
    client, key = checkout.client("kms"), resource.physical_id
    return {
        **client.describe_key(KeyId=key)["KeyMetadata"],
        "EnableKeyRotation": client.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"],
        "KeyPolicy": json.loads(client.get_key_policy(KeyId=key, PolicyName="default")["Policy"]),
        "Tags": _pairs(client.list_resource_tags(KeyId=key)["Tags"]),
    }


def _function(checkout: Checkout, resource: Resource) -> Description:
    found = checkout.client("lambda").get_function(FunctionName=resource.physical_id)
    code = resource.properties["Code"]
    package = checkout.read(f"s3://{code['S3Bucket']}/{code['S3Key']}")
    digest = base64.b64encode(hashlib.sha256(package).digest()).decode()
    # The service tells a package's hash, not where it came from.
    came_from_there = found["Configuration"]["CodeSha256"] == digest
    return {**found["Configuration"], "Tags": found["Tags"], "Code": code if came_from_there else None}


def _permission(checkout: Checkout, resource: Resource) -> Description:
    function = resource.properties["FunctionName"].strip(ANYTHING)
    policy = json.loads(checkout.client("lambda").get_policy(FunctionName=function)["Policy"])
    (found,) = [each for each in policy["Statement"] if each["Sid"] == resource.physical_id]
    return {
        "Action": found["Action"],
        "FunctionName": found["Resource"],
        "Principal": found["Principal"]["Service"],
        "SourceArn": found["Condition"]["ArnLike"]["AWS:SourceArn"],
    }


def _log_group(checkout: Checkout, resource: Resource) -> Description:
    client, name = checkout.client("logs"), resource.physical_id
    (found,) = [
        group
        for group in client.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        if group["logGroupName"] == name
    ]
    tags = client.list_tags_for_resource(resourceArn=_arn(checkout, "logs", f"log-group:{name}"))["tags"]
    return {**found, "Tags": tags}


def _bucket(checkout: Checkout, resource: Resource) -> Description:
    client, bucket = checkout.client("s3"), {"Bucket": resource.physical_id}
    encryption = client.get_bucket_encryption(**bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    rules = client.get_bucket_lifecycle_configuration(**bucket)["Rules"]
    logging = client.get_bucket_logging(**bucket).get("LoggingEnabled", {})
    return {
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {**rule, "ServerSideEncryptionByDefault": rule["ApplyServerSideEncryptionByDefault"]}
                for rule in encryption
            ]
        },
        "LifecycleConfiguration": {
            "Rules": [
                {**rule, "ExpirationInDays": rule.get("Expiration", {}).get("Days"), **rule.get("Filter", {})}
                for rule in rules
            ]
        },
        **_lock(client, bucket),
        "LoggingConfiguration": {
            "DestinationBucketName": logging.get("TargetBucket"),
            "LogFilePrefix": logging.get("TargetPrefix"),
        },
        "NotificationConfiguration": {
            "EventBridgeConfiguration": {
                "EventBridgeEnabled": "EventBridgeConfiguration"
                in client.get_bucket_notification_configuration(**bucket)
            }
        },
        "OwnershipControls": client.get_bucket_ownership_controls(**bucket)["OwnershipControls"],
        "PublicAccessBlockConfiguration": client.get_public_access_block(**bucket)["PublicAccessBlockConfiguration"],
        "VersioningConfiguration": client.get_bucket_versioning(**bucket),
        "Tags": _pairs(client.get_bucket_tagging(**bucket)["TagSet"]),
    }


def _lock(client: Any, bucket: Mapping[str, str]) -> Description:
    try:
        found = client.get_object_lock_configuration(**bucket)["ObjectLockConfiguration"]
    except ClientError as error:
        assert error.response["Error"]["Code"] == "ObjectLockConfigurationNotFoundError"
        return {}
    return {"ObjectLockEnabled": found["ObjectLockEnabled"] == "Enabled", "ObjectLockConfiguration": found}


def _bucket_policy(checkout: Checkout, resource: Resource) -> Description:
    bucket = resource.properties["Bucket"]
    policy = checkout.client("s3").get_bucket_policy(Bucket=bucket)["Policy"]
    return {"Bucket": bucket, "PolicyDocument": json.loads(policy)}


def _state_machine(checkout: Checkout, resource: Resource) -> Description:
    client, arn = checkout.client("stepfunctions"), resource.physical_id
    found = client.describe_state_machine(stateMachineArn=arn)
    return {
        **found,
        "StateMachineName": found["name"],
        "DefinitionString": found["definition"],
        "Tags": _pairs(client.list_tags_for_resource(resourceArn=arn)["tags"]),
    }


def _glue(method: str, kind: str, resource_type: str) -> Callable[[Checkout, Resource], Description]:
    """A description of what Glue keeps by name, with its tags."""

    def describe(checkout: Checkout, resource: Resource) -> Description:
        client = checkout.client("glue")
        found = getattr(client, method)(Name=resource.physical_id)
        tags = client.get_tags(ResourceArn=_arn(checkout, "glue", f"{resource_type}/{resource.physical_id}"))["Tags"]
        return {**(found[kind] if kind else found), "Tags": tags}

    return describe


def _classifier(checkout: Checkout, resource: Resource) -> Description:
    found: Description = checkout.client("glue").get_classifier(Name=resource.physical_id)["Classifier"]
    return found


def _crawler(checkout: Checkout, resource: Resource) -> Description:
    found = _glue("get_crawler", "Crawler", "crawler")(checkout, resource)
    # A role may be given by its name, and is then told so.
    role = checkout.client("iam").get_role(RoleName=found["Role"].rpartition("/")[2])["Role"]["Arn"]
    return {**found, "Role": role}


def _named_query(checkout: Checkout, resource: Resource) -> Description:
    found: Description = checkout.client("athena").get_named_query(NamedQueryId=resource.physical_id)["NamedQuery"]
    return found


def _rule(checkout: Checkout, resource: Resource) -> Description:
    client = checkout.client("events")
    found = client.describe_rule(Name=resource.physical_id)
    return {
        **found,
        "EventPattern": json.loads(found["EventPattern"]),
        "Targets": client.list_targets_by_rule(Rule=resource.physical_id)["Targets"],
        "Tags": _pairs(client.list_tags_for_resource(ResourceARN=found["Arn"])["Tags"]),
    }


def _dynamodb_table(checkout: Checkout, resource: Resource) -> Description:
    client, name = checkout.client("dynamodb"), {"TableName": resource.physical_id}
    found = client.describe_table(**name)["Table"]
    backups = client.describe_continuous_backups(**name)["ContinuousBackupsDescription"][
        "PointInTimeRecoveryDescription"
    ]
    lifetime = client.describe_time_to_live(**name)["TimeToLiveDescription"]
    encryption = found["SSEDescription"]
    return {
        **found,
        "BillingMode": found["BillingModeSummary"]["BillingMode"],
        "PointInTimeRecoverySpecification": {
            "PointInTimeRecoveryEnabled": backups["PointInTimeRecoveryStatus"] == "ENABLED"
        },
        "SSESpecification": {
            "KMSMasterKeyId": encryption["KMSMasterKeyArn"],
            "SSEEnabled": encryption["Status"] == "ENABLED",
            "SSEType": encryption["SSEType"],
        },
        "TimeToLiveSpecification": {**lifetime, "Enabled": lifetime["TimeToLiveStatus"] == "ENABLED"},
        "Tags": _pairs(client.list_tags_of_resource(ResourceArn=found["TableArn"])["Tags"]),
    }


def _queue(checkout: Checkout, resource: Resource) -> Description:
    client, url = checkout.client("sqs"), resource.physical_id
    found = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    numbers = ("MaximumMessageSize", "MessageRetentionPeriod", "VisibilityTimeout")
    return {
        **found,
        **{name: int(found[name]) for name in numbers},
        "RedrivePolicy": json.loads(found.get("RedrivePolicy", "null")),
        "Tags": client.list_queue_tags(QueueUrl=url).get("Tags", {}),
    }


def _queue_policy(checkout: Checkout, resource: Resource) -> Description:
    (url,) = resource.properties["Queues"]
    found = checkout.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]
    return {"Queues": [url], "PolicyDocument": json.loads(found["Policy"])}


def _event_source(checkout: Checkout, resource: Resource) -> Description:
    found = checkout.client("lambda").get_event_source_mapping(UUID=resource.physical_id)
    tags = checkout.client("lambda").list_tags(Resource=found["EventSourceMappingArn"])["Tags"]
    return {**found, "FunctionName": found["FunctionArn"].partition(":function:")[2], "Tags": tags}


def _alias(checkout: Checkout, resource: Resource) -> Description:
    name, _, alias = resource.physical_id.rpartition(":")
    found = checkout.client("lambda").get_alias(FunctionName=name, Name=alias)
    # A release goes on to versions that no stack has published.
    return {**found, "FunctionName": resource.properties["FunctionName"]}


def _version(checkout: Checkout, resource: Resource) -> Description:
    name, _, version = resource.physical_id.rpartition(":")
    found = checkout.client("lambda").get_function_configuration(FunctionName=name, Qualifier=version)
    return {"FunctionName": found["FunctionName"]}


def _parameter(checkout: Checkout, resource: Resource) -> Description:
    client, name = checkout.client("ssm"), resource.physical_id
    filters = [{"Key": "Name", "Option": "Equals", "Values": [name]}]
    (found,) = client.describe_parameters(ParameterFilters=filters)["Parameters"]
    tags = client.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"]
    # A release names another champion.
    value = (
        resource.properties["Value"] if "/champion/" in name else client.get_parameter(Name=name)["Parameter"]["Value"]
    )
    return {**found, "Value": value, "Tags": _pairs(tags)}


def _code_deploy(operation: str, kind: str, resource_type: str) -> Callable[[Checkout, Resource], Description]:
    """A description of an application of CodeDeploy or of its group, which has its name."""

    def describe(checkout: Checkout, resource: Resource) -> Description:
        client, name = checkout.client("codedeploy"), resource.physical_id
        of_group = {"deploymentGroupName": name} if kind == "deploymentGroupInfo" else {}
        found = getattr(client, operation)(applicationName=name, **of_group)[kind]
        arn = _arn(checkout, "codedeploy", resource_type.format(name))
        return {**found, "Tags": _pairs(client.list_tags_for_resource(ResourceArn=arn)["Tags"])}

    return describe


DESCRIBE: Mapping[str, Callable[[Checkout, Resource], Description]] = {
    **monitoring_descriptions.DESCRIBE,
    **network_descriptions.DESCRIBE,
    "AWS::ApiGatewayV2::Api": _api,
    "AWS::ApiGatewayV2::Integration": _api_part("integration"),
    "AWS::ApiGatewayV2::Route": _api_part("route"),
    "AWS::ApiGatewayV2::Stage": _api_part("stage"),
    "AWS::Athena::NamedQuery": _named_query,
    "AWS::Athena::WorkGroup": _workgroup,
    "AWS::CodeDeploy::Application": _code_deploy("get_application", "application", "application:{0}"),
    "AWS::CodeDeploy::DeploymentGroup": _code_deploy(
        "get_deployment_group", "deploymentGroupInfo", "deploymentgroup:{0}/{0}"
    ),
    "AWS::DynamoDB::Table": _dynamodb_table,
    "AWS::EMRServerless::Application": _application,
    "AWS::Events::Rule": _rule,
    "AWS::Glue::Classifier": _classifier,
    "AWS::Glue::Crawler": _crawler,
    "AWS::Glue::DataQualityRuleset": _glue("get_data_quality_ruleset", "", "dataQualityRuleset"),
    "AWS::Glue::Database": _database,
    "AWS::Glue::Job": _job,
    "AWS::Glue::SecurityConfiguration": _security_configuration,
    "AWS::Glue::Table": _table,
    "AWS::Glue::Trigger": _glue("get_trigger", "Trigger", "trigger"),
    "AWS::Glue::Workflow": _glue("get_workflow", "Workflow", "workflow"),
    "AWS::IAM::ManagedPolicy": _managed_policy,
    "AWS::IAM::Policy": _policy,
    "AWS::IAM::Role": _role,
    "AWS::KMS::Key": _key,
    "AWS::Lambda::EventSourceMapping": _event_source,
    "AWS::Lambda::Alias": _alias,
    "AWS::Lambda::Function": _function,
    "AWS::Lambda::Permission": _permission,
    "AWS::Lambda::Version": _version,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::S3::Bucket": _bucket,
    "AWS::S3::BucketPolicy": _bucket_policy,
    "AWS::SQS::Queue": _queue,
    "AWS::SQS::QueuePolicy": _queue_policy,
    "AWS::SSM::Parameter": _parameter,
    "AWS::StepFunctions::StateMachine": _state_machine,
}
# Instructions to CloudFormation that no service keeps, and what releases change, by the path of their names.
INSTRUCTIONS: Mapping[str, set[str]] = {
    "AWS::Athena::WorkGroup": {"RecursiveDeleteOption"},
    "AWS::Lambda::Alias": {"FunctionVersion"},
    "AWS::Batch::ComputeEnvironment": {"ReplaceComputeEnvironment", "ComputeResources.UpdateToLatestImageVersion"},
}
