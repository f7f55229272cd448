"""Predictions asked through a queue: a message in, an object of S3 out, named by the message's id."""

from __future__ import annotations

import json
import re
from typing import Any

import boto3
from botocore.exceptions import ClientError

from crispstack.aws.artifact_store import reason, s3, split_uri
from crispstack.deployment.queued_requests import LONGEST
from crispstack.errors import CrispError

_ID = re.compile(r"[0-9A-Za-z-]+")


def ask(queue_url: str, body: str) -> str:
    """Send a request and return its message's id.

    Raises:
        CrispError: it is larger than a message may be.
    """
    if len(body.encode()) > LONGEST:
        remedy = "send it without --async, or score a file with `crisp score`"
        raise CrispError(f"the request is larger than {LONGEST:,} bytes, the most that a message holds: {remedy}")
    sent: str = boto3.client("sqs").send_message(QueueUrl=queue_url, MessageBody=body)["MessageId"]
    return sent


def result_uri(results_uri: str, message_id: str) -> str:
    """Where the answer to a message lies, once there is one."""
    return f"{results_uri}{message_id}.json"


def keep(results_uri: str, message_id: str, answer: bytes) -> None:
    """Put the answer to a message; a message that is delivered again keeps its first one."""
    bucket, key = split_uri(result_uri(results_uri, message_id))
    try:
        s3().put_object(Bucket=bucket, Key=key, Body=answer, ContentType="application/json", IfNoneMatch="*")
    except ClientError as error:
        if error.response["Error"]["Code"] != "PreconditionFailed":
            raise


def result(results_uri: str, message_id: str) -> Any:
    """The answer to a message.

    Raises:
        CrispError: there is none (yet), or the request was refused; the message is the API's.
    """
    if not _ID.fullmatch(message_id):
        raise CrispError(f"{message_id!r} is no message's id; `crisp predict --async` tells it")
    uri = result_uri(results_uri, message_id)
    bucket, key = split_uri(uri)
    try:
        answer = json.loads(s3().get_object(Bucket=bucket, Key=key)["Body"].read())
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchKey", "404"):
            raise CrispError(f"cannot read {uri}: {reason(error)}") from error
        raise CrispError(f"there is no answer to {message_id} yet, or not any more: {uri}") from error
    if "error" in answer:
        raise CrispError(f"the request was refused: {answer['error']}: {answer['message']}")
    return answer
