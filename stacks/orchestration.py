"""The loop: one state machine, one group of states per phase, started from any phase."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from aws_cdk import CfnOutput, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from crispstack.phases import Phase
from crispstack.settings import RunSettings
from stacks.constructs import grants
from stacks.constructs.environment_stack import EnvironmentStack
from stacks.constructs.phase_function import PhaseFunction, log_group
from stacks.constructs.phase_states import AnyState, PhaseStates
from stacks.data_preparation import DataPreparation
from stacks.data_understanding import DataUnderstanding
from stacks.deployment import Deployment
from stacks.environment import Environment
from stacks.evaluation import Evaluation
from stacks.modeling import Modeling
from stacks.storage import Storage

_RUN_VARIABLES = {
    "project": "{% $states.input.project %}",
    "run_id": "{% $states.input.run_id %}",
    "from_phase": "{% $exists($states.input.from_phase) ? $states.input.from_phase : 'business_understanding' %}",
}


class Orchestration(EnvironmentStack):
    """The state machine, the function that frames a run and the one that records its failure."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        storage: Storage,
        data_understanding: DataUnderstanding,
        data_preparation: DataPreparation,
        modeling: Modeling,
        evaluation: Evaluation,
        deployment: Deployment,
    ) -> None:
        super().__init__(
            scope, construct_id, environment=environment, name="orchestration", description="The loop of the six phases"
        )
        settings = RunSettings(artifacts_bucket=storage.artifacts.bucket_name)
        frame = PhaseFunction(
            self, "Frame", environment=environment, package="business_understanding", settings=settings
        )
        grants.run_artifacts(frame.role, storage, Phase.BUSINESS_UNDERSTANDING)
        grants.read_prefix(frame.role, storage.artifacts, "*/runs/*/charter.json")
        record = PhaseFunction(
            self, "RecordFailure", environment=environment, package="record_failure", settings=settings
        )
        grants.write_prefix(
            record.role, storage.artifacts, *(f"*/runs/*/{phase.prefix}/failure.json" for phase in Phase)
        )
        states = PhaseStates(self, "States", record_failure=record)
        self.state_machine = self._state_machine(
            environment,
            storage,
            {
                Phase.BUSINESS_UNDERSTANDING: [states.invoke(Phase.BUSINESS_UNDERSTANDING, frame)],
                Phase.DATA_UNDERSTANDING: states.understand_data(data_understanding),
                Phase.DATA_PREPARATION: [states.prepare(data_preparation)],
                Phase.MODELING: [states.model(modeling, storage, environment)],
                Phase.EVALUATION: [states.invoke(Phase.EVALUATION, evaluation.evaluate)],
                Phase.DEPLOYMENT: [
                    states.invoke(Phase.DEPLOYMENT, deployment.release, step="Release"),
                    states.invoke(Phase.DEPLOYMENT, deployment.report, step="Report"),
                ],
            },
        )
        data_understanding.grant_query(self.state_machine)
        self._grant_spark(modeling)
        CfnOutput(self, "StateMachineArn", value=self.state_machine.state_machine_arn)

    def _state_machine(
        self, environment: Environment, storage: Storage, phases: Mapping[Phase, Sequence[AnyState]]
    ) -> sfn.StateMachine:
        return sfn.StateMachine(
            self,
            "Loop",
            # Without a name, the grant on the key would be conditioned on an incomplete ARN.
            state_machine_name=f"{environment.prefix}-loop",
            definition_body=sfn.DefinitionBody.from_chainable(self._chain(phases)),
            query_language=sfn.QueryLanguage.JSONATA,
            timeout=Duration.hours(12),
            encryption_configuration=sfn.CustomerManagedEncryptionConfiguration(storage.key),
            logs=sfn.LogOptions(
                destination=log_group(
                    self, "LoopLog", environment, name=f"/aws/vendedlogs/states/{environment.prefix}-loop"
                ),
                level=sfn.LogLevel.ALL,
                include_execution_data=False,
            ),
            tracing_enabled=True,
        )

    def _chain(self, phases: Mapping[Phase, Sequence[AnyState]]) -> sfn.IChainable:
        """Every phase after the one before it, and a way in to each."""
        states = [state for group in phases.values() for state in group]
        for state, following in itertools.pairwise(states):
            state.next(following)
        states[-1].next(sfn.Succeed.jsonata(self, "RunSucceeded"))
        route = sfn.Choice.jsonata(self, "Route", comment="Start again from any phase")
        for phase, group in phases.items():
            route.when(sfn.Condition.jsonata(f"{{% $from_phase = '{phase.value}' %}}"), group[0])
        route.otherwise(
            sfn.Fail.jsonata(
                self, "UnknownPhase", error="UnknownPhase", cause="{% 'there is no phase ' & $from_phase %}"
            )
        )
        return sfn.Pass.jsonata(self, "Start", assign=_RUN_VARIABLES).next(route)

    def _grant_spark(self, modeling: Modeling) -> None:
        """What the EMR Serverless integration needs: its job runs, the job's role, and the rule it listens with."""
        application = modeling.application.attr_arn
        for statement in (
            iam.PolicyStatement(actions=["emr-serverless:StartJobRun"], resources=[application]),
            iam.PolicyStatement(
                actions=["emr-serverless:GetJobRun", "emr-serverless:CancelJobRun"],
                resources=[f"{application}/jobruns/*"],
            ),
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[modeling.role.role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "emr-serverless.amazonaws.com"}},
            ),
            iam.PolicyStatement(
                actions=["events:PutTargets", "events:PutRule", "events:DescribeRule"],
                resources=[
                    self.format_arn(
                        service="events",
                        resource="rule",
                        resource_name="StepFunctionsGetEventsForEMRServerlessJobRule",
                    )
                ],
            ),
        ):
            self.state_machine.add_to_role_policy(statement)
