"""The loop: one state machine, one group of states per phase, started from any phase."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from aws_cdk import CfnOutput, Duration
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from crispstack.charter import LONGEST_APPROVAL_DAYS
from crispstack.phases import Phase
from crispstack.settings import RunSettings
from stacks.constructs import grants
from stacks.constructs.approval_states import ApprovalStates, grant_ask
from stacks.constructs.environment_stack import EnvironmentStack
from stacks.constructs.phase_function import PhaseFunction, log_group
from stacks.constructs.phase_states import AnyState, PhaseStates, Steps, state_name
from stacks.constructs.training_states import TrainingStates, grant_jobs
from stacks.data_preparation import DataPreparation
from stacks.data_understanding import DataUnderstanding
from stacks.deployment import Deployment
from stacks.environment import Environment
from stacks.evaluation import Evaluation
from stacks.gpu_training import GpuTraining
from stacks.modeling import Modeling
from stacks.sagemaker_training import SageMakerTraining
from stacks.storage import Storage

# A run may wait for a person's approval.
_LONGEST_RUN = Duration.days(LONGEST_APPROVAL_DAYS + 1)
# A question is answered anew by a person, who changes the charter: nothing else would come of going back that far.
_MAY_GO_BACK = (
    f"{{% $decision.verdict = 'no_go' and $returns > 0 and $decision.return_to != '{Phase.BUSINESS_UNDERSTANDING}' %}}"
)
_GO_BACK = {
    "from_phase": "{% $decision.return_to %}",
    "returns": "{% $returns - 1 %}",
    "budgets": "{% $budgets + 1 %}",
}
_RUN_VARIABLES = {
    "project": "{% $states.input.project %}",
    "run_id": "{% $states.input.run_id %}",
    "from_phase": "{% $exists($states.input.from_phase) ? $states.input.from_phase : 'business_understanding' %}",
    # The phase after which the run ends; and where modeling runs and for how many seconds, in place of the charter's.
    "until": "{% $exists($states.input.until) ? $states.input.until : '' %}",
    "asked_backend": "{% $exists($states.input.backend) ? $states.input.backend : '' %}",
    "asked_seconds": "{% $exists($states.input.budget_seconds) ? $states.input.budget_seconds : 0 %}",
    # How often a no-go may still go back by itself; and how many times the budget modeling has by now.
    "returns": "{% $exists($states.input.returns) ? $states.input.returns : 0 %}",
    "budgets": 1,
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
        gpu_training: GpuTraining | None,
        sagemaker_training: SageMakerTraining | None,
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
        training = TrainingStates(
            self,
            "Training",
            environment=environment,
            storage=storage,
            states=states,
            modeling=modeling,
            gpu=gpu_training,
            sagemaker=sagemaker_training,
        )
        evaluate = states.invoke(
            Phase.EVALUATION,
            evaluation.evaluate,
            assign={"decision": "{% $states.result.Payload %}"},
        )
        approval = ApprovalStates(self, "Approval", states=states, evaluation=evaluation)
        evaluate.next(approval.first)
        way_back = sfn.Choice.jsonata(
            self,
            "WayBack",
            state_name=state_name(Phase.EVALUATION, "WayBack"),
            comment="A no-go leads back to the phase that it names, as often as the run may",
        )
        approval.last.next(way_back)
        self.state_machine = self._state_machine(
            environment,
            storage,
            {
                Phase.BUSINESS_UNDERSTANDING: _in_order(states.invoke(Phase.BUSINESS_UNDERSTANDING, frame)),
                Phase.DATA_UNDERSTANDING: _in_order(*states.understand_data(data_understanding)),
                Phase.DATA_PREPARATION: _in_order(states.prepare(data_preparation)),
                Phase.MODELING: (training.first, training.last),
                Phase.EVALUATION: (evaluate, way_back),
                Phase.DEPLOYMENT: states.release(deployment, Duration.minutes(environment.release.total_minutes)),
            },
        )
        data_understanding.grant_query(self.state_machine)
        grant_jobs(self.state_machine, modeling, gpu_training, sagemaker_training)
        grant_ask(self.state_machine)
        CfnOutput(self, "StateMachineArn", value=self.state_machine.state_machine_arn)

    def _state_machine(
        self, environment: Environment, storage: Storage, phases: Mapping[Phase, Steps]
    ) -> sfn.StateMachine:
        return sfn.StateMachine(
            self,
            "Loop",
            # Without a name, the grant on the key would be conditioned on an incomplete ARN.
            state_machine_name=f"{environment.prefix}-loop",
            definition_body=sfn.DefinitionBody.from_chainable(self._chain(phases)),
            query_language=sfn.QueryLanguage.JSONATA,
            timeout=_LONGEST_RUN,
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

    def _chain(self, phases: Mapping[Phase, Steps]) -> sfn.IChainable:
        """Every phase after the one before it, and a way in to each."""
        succeeded = sfn.Succeed.jsonata(self, "RunSucceeded")
        entries = [*(first for first, _ in phases.values()), succeeded]
        for (_, last), first in zip(phases.values(), entries[1:], strict=True):
            if isinstance(last, sfn.Choice):
                last.otherwise(first)
            else:
                last.next(first)
        route = sfn.Choice.jsonata(self, "Route", comment="Start again from any phase")
        for phase, (first, _) in phases.items():
            route.when(sfn.Condition.jsonata(f"{{% $from_phase = '{phase.value}' %}}"), first)
        route.otherwise(
            sfn.Fail.jsonata(
                self, "UnknownPhase", error="UnknownPhase", cause="{% 'there is no phase ' & $from_phase %}"
            )
        )
        _, way_back = phases[Phase.EVALUATION]
        if isinstance(way_back, sfn.Choice):
            back = sfn.Pass.jsonata(self, "GoBack", state_name=state_name(Phase.EVALUATION, "GoBack"), assign=_GO_BACK)
            way_back.when(sfn.Condition.jsonata(_MAY_GO_BACK), back.next(route))
        return sfn.Pass.jsonata(self, "Start", assign=_RUN_VARIABLES).next(route)


def _in_order(*states: AnyState) -> Steps:
    for state, following in itertools.pairwise(states):
        state.next(following)
    return states[0], states[-1]
