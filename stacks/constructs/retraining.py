"""Drift starts the loop again: from the alarm to a run."""

from __future__ import annotations

from aws_cdk import ArnFormat, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from constructs import Construct

from crispstack.charter import Charter
from crispstack.settings import RetrainingSettings
from stacks.champion import champion_parameter
from stacks.constructs import grants
from stacks.constructs.phase_function import PhaseFunction
from stacks.environment import Environment
from stacks.storage import Storage


class Retraining(Construct):
    """A rule on the alarm, and a function that writes the run's charter and starts the state machine."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        charter: Charter,
        storage: Storage,
        alarm: cloudwatch.Alarm,
    ) -> None:
        super().__init__(scope, construct_id)
        stack, project = Stack.of(self), charter.name
        # The loop is deployed after its phases and before or after any project: it is known by its name.
        machine = stack.format_arn(
            service="states",
            resource="stateMachine",
            resource_name=f"{environment.prefix}-loop",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        parameter = champion_parameter(environment, project)
        start = PhaseFunction(
            self,
            "Start",
            environment=environment,
            package="retrain",
            settings=RetrainingSettings(
                project=project,
                champion_parameter=parameter,
                artifacts_bucket=storage.artifacts.bucket_name,
                state_machine=machine,
            ),
            timeout=Duration.minutes(1),
        )
        grants.read_prefix(start.role, storage.artifacts, f"{project}/models/")
        grants.write_prefix(start.role, storage.artifacts, f"{project}/runs/*/charter.json")
        start.role.add_to_policy(iam.PolicyStatement(actions=["states:StartExecution"], resources=[machine]))
        named = stack.format_arn(service="ssm", resource="parameter", resource_name=parameter.removeprefix("/"))
        start.role.add_to_policy(iam.PolicyStatement(actions=["ssm:GetParameter"], resources=[named]))
        events.Rule(
            self,
            "Drifted",
            description=f"Trains {project} again when its predictions drift",
            event_pattern=events.EventPattern(
                source=["aws.cloudwatch"],
                detail_type=["CloudWatch Alarm State Change"],
                resources=[alarm.alarm_arn],
                detail={"state": {"value": ["ALARM"]}},
            ),
            targets=[targets.LambdaFunction(start.function, retry_attempts=2)],
        )
