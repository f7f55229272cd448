"""Requests that need not be answered at once: a queue that the prediction function reads, and where its answers lie."""

from __future__ import annotations

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from crispstack.deployment.queued_requests import LONGEST
from crispstack.deployment.queued_results import results_prefix
from stacks.constructs import grants
from stacks.storage import Storage

# Of the function's timeout, as Lambda asks: a batch may wait for a free environment, and be tried again by itself.
_VISIBILITY = 6
_RECEIVED_AT_MOST = 3
_MESSAGES_AT_ONCE = 10


class RequestQueue(Construct):
    """Messages that no attempt could answer end in `letters`, where an alarm can count them."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        project: str,
        storage: Storage,
        function: lambda_.IFunction,
        role: iam.Role,
        timeout_seconds: int,
    ) -> None:
        super().__init__(scope, construct_id)
        self.letters = sqs.Queue(
            self,
            "DeadLetters",
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=storage.key,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        self.requests = sqs.Queue(
            self,
            "Requests",
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=storage.key,
            enforce_ssl=True,
            max_message_size_bytes=LONGEST,
            visibility_timeout=Duration.seconds(_VISIBILITY * timeout_seconds),
            dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=_RECEIVED_AT_MOST, queue=self.letters),
        )
        function.add_event_source(
            event_sources.SqsEventSource(self.requests, batch_size=_MESSAGES_AT_ONCE, report_batch_item_failures=True)
        )
        grants.write_prefix(role, storage.query_results, results_prefix(project))
        CfnOutput(Stack.of(self), "RequestQueueUrl", value=self.requests.queue_url)
