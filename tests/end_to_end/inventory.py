"""What an account holds: the names that the services list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

# Per kind of resource: service, operation, the list in its answer, and the name in each entry.
LISTS: Mapping[str, tuple[str, str, str, str]] = {
    "stack": ("cloudformation", "describe_stacks", "Stacks", "StackName"),
    "export": ("cloudformation", "list_exports", "Exports", "Name"),
    "bucket": ("s3", "list_buckets", "Buckets", "Name"),
    "key": ("kms", "list_keys", "Keys", "KeyId"),
    "key alias": ("kms", "list_aliases", "Aliases", "AliasName"),
    "role": ("iam", "list_roles", "Roles", "RoleName"),
    "user": ("iam", "list_users", "Users", "UserName"),
    "log group": ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "parameter": ("ssm", "describe_parameters", "Parameters", "Name"),
    "repository": ("ecr", "describe_repositories", "repositories", "repositoryName"),
    "function": ("lambda", "list_functions", "Functions", "FunctionName"),
    "database": ("glue", "get_databases", "DatabaseList", "Name"),
    "Glue job": ("glue", "get_jobs", "Jobs", "Name"),
    "security configuration": ("glue", "get_security_configurations", "SecurityConfigurations", "Name"),
    "workgroup": ("athena", "list_work_groups", "WorkGroups", "Name"),
    "application": ("emr-serverless", "list_applications", "applications", "id"),
    "state machine": ("stepfunctions", "list_state_machines", "stateMachines", "name"),
    "API": ("apigatewayv2", "get_apis", "Items", "Name"),
    "alarm": ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    "dashboard": ("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    "schedule": ("scheduler", "list_schedules", "Schedules", "Name"),
    "delivery stream": ("firehose", "list_delivery_streams", "DeliveryStreamNames", ""),
    "rule": ("events", "list_rules", "Rules", "Name"),
    "queue": ("sqs", "list_queues", "QueueUrls", ""),
    "event source": ("lambda", "list_event_source_mappings", "EventSourceMappings", "UUID"),
    "trail": ("cloudtrail", "list_trails", "Trails", "Name"),
    "metric filter": ("logs", "describe_metric_filters", "metricFilters", "filterName"),
    "topic": ("sns", "list_topics", "Topics", "TopicArn"),
    "model package group": (
        "sagemaker",
        "list_model_package_groups",
        "ModelPackageGroupSummaryList",
        "ModelPackageGroupName",
    ),
    "secret": ("secretsmanager", "list_secrets", "SecretList", "Name"),
}


def inventory(client: Callable[[str], Any]) -> set[tuple[str, str]]:
    """Kind and name of everything that is listed. `client` gives a boto3 client of a service."""
    found = set()
    for kind, (service, operation, member, name) in LISTS.items():
        for answer in _answers(client(service), operation):
            # EMR Serverless goes on listing what was deleted, for a while.
            entries = answer.get(member, [])
            found |= {
                (kind, _name(entry, name)) for entry in entries if name == "" or entry.get("state") != "TERMINATED"
            }
    return found


def _name(entry: Any, member: str) -> str:
    """The name in an entry; some lists are of names alone."""
    return str(entry[member] if member else entry)


def _answers(client: Any, operation: str) -> list[Any]:
    if client.can_paginate(operation):
        return list(client.get_paginator(operation).paginate())
    return [getattr(client, operation)()]
