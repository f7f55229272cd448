"""The services that task states call: the optimized integrations, and the names of those of the AWS SDK."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

import botocore.session
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition

from emulator.services.stepfunctions import calls

WAIT = ResourceCondition.WaitForTaskToken
SYNC = ResourceCondition.Sync
SYNC_2 = ResourceCondition.Sync2


@dataclass(frozen=True)
class Optimized:
    """An optimized integration: its boto service, the prefix of its errors, and the error for codes not modeled."""

    service: str
    prefix: str
    unmodeled: str
    patterns: Mapping[str, tuple[str, ...]]


OPTIMIZED: Mapping[str, Optimized] = {
    "lambda": Optimized("lambda", "Lambda", "AWSLambdaException", {"invoke": (WAIT,)}),
    "athena": Optimized(
        "athena",
        "Athena",
        "AmazonAthenaException",
        {"startQueryExecution": (SYNC,), "stopQueryExecution": (), "getQueryExecution": (), "getQueryResults": ()},
    ),
    "glue": Optimized("glue", "Glue", "AWSGlueException", {"startJobRun": (SYNC,)}),
    "emr-serverless": Optimized(
        "emr-serverless",
        "EMRServerless",
        "AWSEMRServerlessException",
        {"startJobRun": (SYNC,), "cancelJobRun": ()},
    ),
    "states": Optimized(
        "stepfunctions", "StepFunctions", "AWSStepFunctionsException", {"startExecution": (SYNC, SYNC_2, WAIT)}
    ),
    "batch": Optimized("batch", "Batch", "AWSBatchException", {"submitJob": (SYNC, WAIT)}),
    "sagemaker": Optimized(
        "sagemaker",
        "SageMaker",
        "AmazonSageMakerException",
        {
            "createTrainingJob": (SYNC,),
            "createTransformJob": (SYNC,),
            "createProcessingJob": (SYNC,),
            "createModel": (),
            "createEndpointConfig": (),
            "createEndpoint": (),
            "updateEndpoint": (),
        },
    ),
    "sqs": Optimized("sqs", "SQS", "AmazonSQSException", {"sendMessage": (WAIT,)}),
    "sns": Optimized("sns", "SNS", "AmazonSNSException", {"publish": (WAIT,)}),
    "events": Optimized("events", "EventBridge", "AmazonEventBridgeException", {"putEvents": (WAIT,)}),
    "dynamodb": Optimized(
        "dynamodb",
        "DynamoDB",
        "AmazonDynamoDBException",
        {"getItem": (), "putItem": (), "updateItem": (), "deleteItem": ()},
    ),
}

# Where the name in an AWS SDK resource is not boto's with its dashes left out.
_SDK_NAMES = {"sfn": "stepfunctions", "cloudwatchlogs": "logs", "eventbridge": "events", "costexplorer": "ce"}


@functools.cache
def sdk_service(name: str) -> str | None:
    """Boto's name of a service of the AWS SDK integrations, for instance emr-serverless for emrserverless."""
    available = botocore.session.get_session().get_available_services()
    wanted = _SDK_NAMES.get(name, name)
    return next((service for service in available if service.replace("-", "") == wanted.replace("-", "")), None)


@functools.cache
def sdk_error_prefix(service: str) -> str:
    """The prefix of a service's errors in the AWS SDK integrations: its id in Pascal case, acronyms too (DynamoDb)."""
    words: list[str] = []
    for part in str(calls.service_model(service).service_id).replace("-", " ").split():
        start = 0
        for position in range(1, len(part)):
            if part[position].isupper() and part[position - 1].islower():
                words.append(part[start:position])
                start = position
        words.append(part[start:])
    return "".join(word[0].upper() + word[1:].lower() for word in words)
