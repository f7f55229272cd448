"""The resources that a request touches: one table from actions and parameters to ARNs.

Where no line fits, or a parameter is absent, the resource is unknown: permission is then decided by the action alone.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.identity.conditions import like
from emulator.identity.operations import Operation
from emulator.settings import Settings

_PLACEHOLDER = re.compile(r"\{([\w.]+)\}")
ANY = "*"

# Actions without a resource of their own: AWS compares "*" with the policy's Resource.
WITHOUT_RESOURCE = (
    "athena:List*Catalogs", "athena:ListWorkGroups", "athena:ListEngineVersions",
    "cloudformation:ListStacks", "cloudformation:ListExports", "cloudformation:ValidateTemplate",
    "cloudwatch:GetMetricData", "cloudwatch:GetMetricStatistics", "cloudwatch:ListMetrics", "cloudwatch:PutMetricData",
    "codedeploy:ListApplications", "codedeploy:ListDeploymentConfigs",
    "dynamodb:ListTables", "ec2:Describe*", "ecr:GetAuthorizationToken",
    "emr-serverless:CreateApplication", "emr-serverless:ListApplications",
    "events:ListRules", "glue:ListJobs", "iam:List*Policies", "iam:ListRoles", "iam:ListUsers",
    "kms:CreateKey", "kms:ListKeys", "kms:ListAliases",
    "lambda:GetAccountSettings", "lambda:ListEventSourceMappings", "lambda:ListFunctions", "lambda:ListLayers",
    "sns:ListTopics", "sqs:ListQueues", "ssm:DescribeParameters", "states:ListActivities", "states:ListStateMachines",
    "xray:Get*", "xray:Put*",
)  # fmt: skip
# Action pattern -> templates of ARNs, each "arn:aws:<service>:<region>:<account>:" left out where it is that.
# The first line whose pattern matches and whose parameters are all there counts; every ARN of it must be allowed.
# A parameter that holds an ARN replaces the whole template.
_TABLE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("lambda:*Layer*", ("layer:{LayerName}",)),
    ("lambda:*EventSourceMapping", ("event-source-mapping:{UUID}",)),
    ("lambda:*", ("function:{FunctionName}:{Qualifier}",)),
    ("lambda:*", ("function:{FunctionName}",)),
    ("lambda:*", ("{Resource}",)),
    ("glue:*Crawler", ("crawler/{Name}",)),
    ("glue:*Crawler*", ("crawler/{CrawlerName}",)),
    ("glue:*Job*", ("job/{JobName}",)),
    ("glue:CreateJob", ("job/{Name}",)),
    ("glue:*Trigger", ("trigger/{Name}",)),
    ("glue:*Connection", ("catalog", "connection/{Name}")),
    ("glue:CreateTable", ("catalog", "database/{DatabaseName}", "table/{DatabaseName}/{TableInput.Name}")),
    ("glue:UpdateTable", ("catalog", "database/{DatabaseName}", "table/{DatabaseName}/{TableInput.Name}")),
    ("glue:*Tables", ("catalog", "database/{DatabaseName}", "table/{DatabaseName}/*")),
    ("glue:*Partition*", ("catalog", "database/{DatabaseName}", "table/{DatabaseName}/{TableName}")),
    ("glue:*Table*", ("catalog", "database/{DatabaseName}", "table/{DatabaseName}/{TableName}")),
    ("glue:*Table*", ("catalog", "database/{DatabaseName}", "table/{DatabaseName}/{Name}")),
    ("glue:CreateDatabase", ("catalog", "database/{DatabaseInput.Name}")),
    ("glue:GetDatabases", ("catalog",)),
    ("glue:*Database", ("catalog", "database/{Name}")),
    ("athena:*WorkGroup", ("workgroup/{WorkGroup}",)),
    ("athena:CreateWorkGroup", ("workgroup/{Name}",)),
    ("athena:*DataCatalog", ("datacatalog/{Name}",)),
    ("athena:*", ("workgroup/{WorkGroup}",)),
    ("athena:StartQueryExecution", ("workgroup/primary",)),
    ("states:*Execution*", ("{executionArn}",)),
    ("states:*Map*", ("{mapRunArn}",)),
    ("states:*", ("{stateMachineArn}",)),
    ("states:CreateStateMachine", ("stateMachine:{name}",)),
    ("states:*", ("{resourceArn}",)),
    ("logs:DescribeLogGroups", ("log-group::log-stream:",)),
    ("logs:*LogEvents", ("log-group:{logGroupName}:log-stream:{logStreamName}",)),
    ("logs:*LogStream", ("log-group:{logGroupName}:log-stream:{logStreamName}",)),
    ("logs:*", ("log-group:{logGroupName}:log-stream:",)),
    ("logs:*", ("{logGroupIdentifier}",)),
    ("logs:*", ("{resourceArn}",)),
    ("ssm:*ParametersByPath", ("parameter/{Path}",)),
    ("ssm:*Parameters", ("parameter/{Names}",)),
    ("ssm:*Parameter*", ("parameter/{Name}",)),
    ("kms:CreateAlias", ("arn:aws:kms:{region}:{account}:{AliasName}", "key/{TargetKeyId}")),
    ("kms:*", ("key/{KeyId}",)),
    ("emr-serverless:*", ("/applications/{ApplicationId}/jobruns/{JobRunId}",)),
    ("emr-serverless:*", ("/applications/{ApplicationId}",)),
    ("iam:*RolePolicy", ("arn:aws:iam::{account}:role/{RoleName}",)),
    ("iam:*Role*", ("arn:aws:iam::{account}:role/{RoleName}",)),
    ("iam:*User*", ("arn:aws:iam::{account}:user/{UserName}",)),
    ("iam:*AccessKey*", ("arn:aws:iam::{account}:user/{UserName}",)),
    ("iam:*Group*", ("arn:aws:iam::{account}:group/{GroupName}",)),
    ("iam:*Policy*", ("{PolicyArn}",)),
    ("iam:*InstanceProfile*", ("arn:aws:iam::{account}:instance-profile/{InstanceProfileName}",)),
    ("sts:AssumeRole*", ("{RoleArn}",)),
    ("dynamodb:*", ("table/{TableName}/index/{IndexName}",)),
    ("dynamodb:*", ("table/{TableName}",)),
    ("sqs:*", ("arn:aws:sqs:{region}:{account}:{QueueName}",)),
    ("sns:CreateTopic", ("arn:aws:sns:{region}:{account}:{Name}",)),
    ("sns:*", ("{TopicArn}",)),
    ("sns:*", ("{TargetArn}",)),
    ("secretsmanager:*", ("{SecretId}",)),
    ("apigateway:*", ("arn:aws:apigateway:{region}::/{Path}",)),
    ("codedeploy:*DeploymentConfig", ("deploymentconfig:{deploymentConfigName}",)),
    ("codedeploy:*", ("deploymentgroup:{applicationName}/{deploymentGroupName}",)),
    ("codedeploy:*", ("application:{applicationName}",)),
    ("events:PutEvents", ("event-bus/{Entries.EventBusName}",)),
    ("events:PutEvents", ("event-bus/default",)),
    ("events:*Targets*", ("rule/{Rule}",)),
    ("events:*Rule", ("rule/{Name}",)),
    ("scheduler:*Schedule", ("schedule/{GroupName}/{Name}",)),
    ("scheduler:*Schedule", ("schedule/default/{Name}",)),
    ("cloudwatch:*Dashboard", ("arn:aws:cloudwatch::{account}:dashboard/{DashboardName}",)),
    ("cloudwatch:*Alarm", ("alarm:{AlarmName}",)),
    ("cloudformation:*", ("stack/{StackName}/*",)),
    ("ecr:*", ("repository/{repositoryName}",)),
    ("firehose:*", ("deliverystream/{DeliveryStreamName}",)),
    ("sagemaker:*Endpoint*", ("endpoint/{EndpointName}",)),
    ("sagemaker:*TrainingJob", ("training-job/{TrainingJobName}",)),
    ("sagemaker:*ModelPackageGroup*", ("model-package-group/{ModelPackageGroupName}",)),
    ("sagemaker:*ModelPackage*", ("{ModelPackageName}",)),
    ("sagemaker:*Model", ("model/{ModelName}",)),
    ("batch:SubmitJob", ("job-definition/{JobDefinition}", "job-queue/{JobQueue}")),
    ("batch:*Job", ("job/{JobId}",)),
    ("ecs:RunTask", ("task-definition/{taskDefinition}",)),
    ("ecs:*Service", ("service/{cluster}/{service}",)),
)  # fmt: skip


@dataclass(frozen=True)
class PassedRole:
    """A role that a request hands to a service: needs ``iam:PassRole``."""

    arn: str
    service: str


# Action -> (path of the parameter that holds a role's ARN or name, the service that gets the role).
_PASSED: dict[str, tuple[tuple[str, str], ...]] = {
    "lambda:CreateFunction": (("Role", "lambda.amazonaws.com"),),
    "lambda:UpdateFunctionConfiguration": (("Role", "lambda.amazonaws.com"),),
    "glue:CreateJob": (("Role", "glue.amazonaws.com"),),
    "glue:UpdateJob": (("JobUpdate.Role", "glue.amazonaws.com"),),
    "glue:CreateCrawler": (("Role", "glue.amazonaws.com"),),
    "glue:UpdateCrawler": (("Role", "glue.amazonaws.com"),),
    "states:CreateStateMachine": (("roleArn", "states.amazonaws.com"),),
    "states:UpdateStateMachine": (("roleArn", "states.amazonaws.com"),),
    "emr-serverless:StartJobRun": (("ExecutionRoleArn", "emr-serverless.amazonaws.com"),),
    "cloudformation:CreateStack": (("RoleARN", "cloudformation.amazonaws.com"),),
    "cloudformation:UpdateStack": (("RoleARN", "cloudformation.amazonaws.com"),),
    "cloudformation:DeleteStack": (("RoleARN", "cloudformation.amazonaws.com"),),
    "cloudformation:CreateChangeSet": (("RoleARN", "cloudformation.amazonaws.com"),),
    "events:PutTargets": (("Targets.RoleArn", "events.amazonaws.com"),),
    "scheduler:CreateSchedule": (("Target.RoleArn", "scheduler.amazonaws.com"),),
    "scheduler:UpdateSchedule": (("Target.RoleArn", "scheduler.amazonaws.com"),),
    "codedeploy:CreateDeploymentGroup": (("serviceRoleArn", "codedeploy.amazonaws.com"),),
    "codedeploy:UpdateDeploymentGroup": (("serviceRoleArn", "codedeploy.amazonaws.com"),),
    "ecs:RegisterTaskDefinition": (
        ("taskRoleArn", "ecs-tasks.amazonaws.com"),
        ("executionRoleArn", "ecs-tasks.amazonaws.com"),
    ),
    "sagemaker:CreateTrainingJob": (("RoleArn", "sagemaker.amazonaws.com"),),
    "sagemaker:CreateModel": (("ExecutionRoleArn", "sagemaker.amazonaws.com"),),
    "logs:PutSubscriptionFilter": (("roleArn", "logs.amazonaws.com"),),
}


def touched(operation: Operation, region: str, settings: Settings) -> list[str | None]:
    """The ARNs that an operation touches; [None] when the request does not tell."""
    for templates in _lines(operation.action):
        filled = [_fill(template, operation, region, settings) for template in templates]
        if all(filled):
            return [arn for arns in filled for arn in arns]
    return [None]


def passed_roles(operation: Operation, settings: Settings) -> list[PassedRole]:
    """The roles that an operation hands to services."""
    found = []
    for path, service in _PASSED.get(operation.action, ()):
        for role in _values(operation.parameters, path):
            arn = role if role.startswith("arn:") else f"arn:aws:iam::{settings.account}:role/{role}"
            found.append(PassedRole(arn, service))
    return found


@functools.lru_cache(maxsize=1024)
def _lines(action: str) -> tuple[tuple[str, ...], ...]:
    if any(like(pattern, action) for pattern in WITHOUT_RESOURCE):
        return ((ANY,),)
    return tuple(templates for pattern, templates in _TABLE if like(pattern, action))


def _fill(template: str, operation: Operation, region: str, settings: Settings) -> list[str]:
    """The ARNs of one template, one per value of its last parameter; empty when a parameter is absent."""
    if template == ANY:
        return [ANY]
    names = _PLACEHOLDER.findall(template)
    known = {name: _values(operation.parameters, name) for name in names}
    known |= {"region": [region], "account": [settings.account]}
    if not all(known[name] for name in names):
        return []
    chosen = {name: found[0] for name, found in known.items()}
    return [
        arn
        for value in (known[names[-1]] if names else [""])
        if (arn := _arn(template, {**chosen, **({names[-1]: value} if names else {})}, operation.prefix))
    ]


def _arn(template: str, values: Mapping[str, str], service: str) -> str:
    whole = next((value for value in values.values() if value.startswith("arn:")), "")
    if whole or _PLACEHOLDER.fullmatch(template):
        return whole
    if not template.startswith("arn:"):
        template = f"arn:aws:{service}:{{region}}:{{account}}:{template}"

    def text(found: re.Match[str]) -> str:
        value = values[found.group(1)]
        # "parameter/{Name}" with the name "/a/b" is "parameter/a/b".
        return value.removeprefix("/") if template[found.start() - 1] == "/" else value

    return _PLACEHOLDER.sub(text, template)


def _values(parameters: Any, path: str) -> list[str]:
    """The texts at a dotted path; a list on the way stands for each of its members."""
    found = [parameters]
    for name in path.split("."):
        members = [_member(each, name) for each in found if isinstance(each, Mapping)]
        found = [item for member in members for item in (member if isinstance(member, list) else [member])]
    return [text for text in found if isinstance(text, str) and text]


def _member(parameters: Mapping[str, Any], name: str) -> Any:
    # Services differ in the case of the first letter, and some in that of their path's and their body's names.
    return parameters.get(name) or parameters.get(name[0].swapcase() + name[1:])
