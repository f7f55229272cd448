"""Looks for drift in a project's kept predictions, again and again."""

from __future__ import annotations

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from crispstack.charter import Charter
from crispstack.deployment.captured_tables import captured_table, truth_table
from crispstack.phases import Phase
from crispstack.settings import DriftSettings
from stacks.champion import champion_parameter
from stacks.constructs import grants
from stacks.constructs.phase_function import PhaseFunction
from stacks.data_understanding import RESULTS_PREFIX, DataUnderstanding
from stacks.environment import Environment
from stacks.storage import Storage


class Drift(Construct):
    """The function, its schedule, and rights to what it reads: one project's predictions and artifacts."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        charter: Charter,
        storage: Storage,
        data_understanding: DataUnderstanding,
    ) -> None:
        super().__init__(scope, construct_id)
        parameter = champion_parameter(environment, charter.name)
        self.look = PhaseFunction(
            self,
            "Look",
            environment=environment,
            package="drift",
            extra="serving",
            settings=DriftSettings(
                project=charter.name,
                champion_parameter=parameter,
                database=storage.database_name,
                workgroup=data_understanding.workgroup_name,
            ),
            memory_mib=512,
            timeout=Duration.minutes(5),
        )
        self._grant(charter, storage, data_understanding, parameter)
        role = iam.Role(
            self,
            "ScheduleRole",
            assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com"),
            description="Looks for drift",
        )
        role.add_to_policy(
            iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[self.look.function.function_arn])
        )
        hours = charter.monitoring.every_hours
        schedule = scheduler.CfnSchedule(
            self,
            "Schedule",
            description=f"Looks for drift in the predictions of {charter.name}",
            schedule_expression=f"rate({hours} hour{'' if hours == 1 else 's'})",
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(arn=self.look.function.function_arn, role_arn=role.role_arn),
        )
        schedule.node.add_dependency(role)
        CfnOutput(Stack.of(self), "DriftFunctionName", value=self.look.function.function_name)

    def _grant(self, charter: Charter, storage: Storage, understanding: DataUnderstanding, parameter: str) -> None:
        stack, role, project = Stack.of(self), self.look.role, charter.name
        grants.read_prefix(role, storage.predictions, f"{project}/captured/", f"{project}/truths/")
        runs = [f"{project}/runs/*/{phase.prefix}/" for phase in (Phase.DATA_UNDERSTANDING, Phase.MODELING)]
        grants.read_prefix(role, storage.artifacts, f"{project}/models/", *runs)
        drift = f"{project}/runs/*/{Phase.DEPLOYMENT.prefix}/drift"
        grants.write_prefix(role, storage.artifacts, drift)
        grants.read_prefix(role, storage.query_results, RESULTS_PREFIX)
        grants.write_prefix(role, storage.query_results, RESULTS_PREFIX)
        buckets = [storage.predictions.bucket_arn, storage.query_results.bucket_arn]
        role.add_to_policy(iam.PolicyStatement(actions=["s3:GetBucketLocation"], resources=buckets))
        queries = ["athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults"]
        role.add_to_policy(iam.PolicyStatement(actions=queries, resources=[understanding.workgroup_arn]))
        database = storage.database_name
        tables = [f"{database}/{table}" for table in (captured_table(project), truth_table(project))]
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["glue:GetDatabase", "glue:GetTable"],
                resources=[
                    stack.format_arn(service="glue", resource="catalog"),
                    stack.format_arn(service="glue", resource="database", resource_name=database),
                    *(stack.format_arn(service="glue", resource="table", resource_name=each) for each in tables),
                ],
            )
        )
        name = parameter.removeprefix("/")
        parameters = stack.format_arn(service="ssm", resource="parameter", resource_name=name)
        role.add_to_policy(iam.PolicyStatement(actions=["ssm:GetParameter"], resources=[parameters]))
