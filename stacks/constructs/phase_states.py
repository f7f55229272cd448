"""The states of each phase, every one of them caught: a failure is recorded before the run ends with its cause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from crispstack.phases import Phase
from stacks.constructs.phase_function import PhaseFunction
from stacks.data_preparation import DataPreparation
from stacks.data_understanding import DataUnderstanding
from stacks.deployment import Deployment

AnyState = sfn.TaskStateBase | sfn.CustomState | sfn.Map
# The state that a phase is entered with, and the one that goes on to the next phase.
Steps = tuple[AnyState, AnyState | sfn.Choice]
# Athena runs some twenty statements of an account at a time; others want their turn.
_QUERIES_AT_ONCE = 5
_CRAWL_INTERVAL = Duration.seconds(2)
# A release at once takes seconds, one in steps minutes or hours: it is asked for more and more seldom.
_SHIFT_INTERVAL, _LONGEST_SHIFT_INTERVAL = Duration.seconds(1), Duration.seconds(30)
_QUICK_ATTEMPTS = 10
# Beside the steps: CodeDeploy waits for a hook for an hour; so may another release that has begun before.
_LONGEST_PROOF = Duration.hours(1)
_LONGEST_CRAWL = Duration.minutes(30)

# The run's variables: every state finds its artifacts through them.
RUN = {"project": "{% $project %}", "run_id": "{% $run_id %}"}
_PAYLOAD = "$states.result.Payload"


def state_name(phase: Phase, step: str = "") -> str:
    """Name of a state: the phase in CamelCase, and the step."""
    return "".join(word.capitalize() for word in phase.value.split("_")) + step


class PhaseStates(Construct):
    """Makes the states of the loop; `record_failure` is told of every failure."""

    def __init__(self, scope: Construct, construct_id: str, *, record_failure: PhaseFunction) -> None:
        super().__init__(scope, construct_id)
        # Step Functions keeps names that begin with "States." to itself, so the phase names the error.
        failed = sfn.Fail.jsonata(
            self,
            "RunFailed",
            state_name="RunFailed",
            error="{% $failed_phase %}",
            cause="{% $error & ': ' & $cause %}",
        )
        self._on_failure = tasks.LambdaInvoke.jsonata(
            self,
            "RecordFailure",
            state_name="RecordFailure",
            lambda_function=record_failure.function,
            payload=sfn.TaskInput.from_object(
                {**RUN, "phase": "{% $failed_phase %}", "error": "{% $error %}", "cause": "{% $cause %}"}
            ),
        ).next(failed)

    def invoke(
        self,
        phase: Phase,
        function: PhaseFunction,
        *,
        step: str = "",
        event: Mapping[str, str] | None = None,
        assign: Mapping[str, str] | None = None,
    ) -> AnyState:
        """Call a function with the run and `event`; `assign` keeps parts of its answer as variables."""
        return self.caught(self._task(phase, function, step=step, event=event, assign=assign), phase)

    def _task(
        self,
        phase: Phase,
        function: PhaseFunction,
        *,
        step: str = "",
        event: Mapping[str, str] | None = None,
        assign: Mapping[str, str] | None = None,
    ) -> tasks.LambdaInvoke:
        name = state_name(phase, step)
        return tasks.LambdaInvoke.jsonata(
            self,
            name,
            state_name=name,
            lambda_function=function.function,
            payload=sfn.TaskInput.from_object({**RUN, **(event or {})}),
            assign=assign,
        )

    def understand_data(self, resources: DataUnderstanding) -> list[AnyState]:
        """Plan statements, render each and run it in Athena, conclude from their results, explore the sample."""
        phase = Phase.DATA_UNDERSTANDING
        plan = self.invoke(phase, resources.plan, step="Plan", assign={"statements": f"{{% {_PAYLOAD}.statements %}}"})
        conclude = self.invoke(
            phase,
            resources.conclude,
            step="Conclude",
            event={"queries": "{% $queries %}"},
        )
        # After the quality rules: what they say of broken data is clearer than what breaks on it.
        explore = self.invoke(phase, resources.explore, step="Explore", event={"queries": "{% $queries %}"})
        return [plan, self._discover(resources), self._ask(resources), conclude, explore]

    def _discover(self, resources: DataUnderstanding) -> AnyState:
        """Wait for the crawlers, which see every version, and compare what they found."""
        phase = Phase.DATA_UNDERSTANDING
        state = tasks.LambdaInvoke.jsonata(
            self,
            state_name(phase, "Discover"),
            state_name=state_name(phase, "Discover"),
            lambda_function=resources.discover.function,
            payload=sfn.TaskInput.from_object({**RUN, "started": "{% $states.context.Execution.StartTime %}"}),
        )
        state.add_retry(
            errors=["NotDiscoveredYetError"],
            interval=_CRAWL_INTERVAL,
            backoff_rate=1,
            max_attempts=int(_LONGEST_CRAWL.to_seconds() / _CRAWL_INTERVAL.to_seconds()),
        )
        return self.caught(state, phase)

    def _ask(self, resources: DataUnderstanding) -> AnyState:
        """Some statements at a time; keeps which query answers which of them."""
        phase = Phase.DATA_UNDERSTANDING
        render = tasks.LambdaInvoke.jsonata(
            self,
            state_name(phase, "Render"),
            state_name=state_name(phase, "Render"),
            lambda_function=resources.render.function,
            payload=sfn.TaskInput.from_object({**RUN, "statement": "{% $states.input %}"}),
            assign={"statement": "{% $states.input %}", "sql": f"{{% {_PAYLOAD}.sql %}}"},
        )
        ask = sfn.Map.jsonata(
            self,
            state_name(phase, "Ask"),
            state_name=state_name(phase, "Ask"),
            items=sfn.ProvideItems.jsonata("{% $statements %}"),
            max_concurrency=_QUERIES_AT_ONCE,
            assign={"queries": "{% $states.result %}"},
        )
        ask.item_processor(render.next(self._query(resources)))
        return self.caught(ask, phase)

    def _query(self, resources: DataUnderstanding) -> sfn.CustomState:
        # Written out: the ready-made task would also grant every bucket and table of the account.
        definition = {
            "Type": "Task",
            "Resource": f"arn:{Stack.of(self).partition}:states:::athena:startQueryExecution.sync",
            "Arguments": {"QueryString": "{% $sql %}", "WorkGroup": resources.workgroup_name},
            "Output": {"statement": "{% $statement %}", "id": "{% $states.result.QueryExecution.QueryExecutionId %}"},
        }
        return sfn.CustomState(self, state_name(Phase.DATA_UNDERSTANDING, "Query"), state_json=definition)

    def prepare(self, resources: DataPreparation) -> AnyState:
        """Run the Glue job to its end."""
        name = state_name(Phase.DATA_PREPARATION)
        state = tasks.GlueStartJobRun.jsonata(
            self,
            name,
            state_name=name,
            glue_job_name=resources.job.job_name,
            integration_pattern=sfn.IntegrationPattern.RUN_JOB,
            arguments=sfn.TaskInput.from_object({f"--{key}": value for key, value in RUN.items()}),
        )
        return self.caught(state, Phase.DATA_PREPARATION)

    def release(self, resources: Deployment, shift: Duration) -> Steps:
        """Begin a release, wait for CodeDeploy without holding a function, and report; `shift` is how long it takes."""
        phase = Phase.DEPLOYMENT
        begin = self._asked_again(
            shift,
            self._task(phase, resources.release, step="Release", assign={"release": f"{{% {_PAYLOAD} %}}"}),
        )
        conclude = self._asked_again(
            shift,
            self._task(
                phase, resources.conclude, step="Conclude", event={"deployment_id": "{% $release.deployment_id %}"}
            ),
        )
        report = self.invoke(phase, resources.report, step="Report")
        shifting = sfn.Choice.jsonata(
            self,
            state_name(phase, "Shifting"),
            state_name=state_name(phase, "Shifting"),
            comment="Nothing to wait for where nothing is released, or the model serves already",
        )
        self.caught(begin, phase).next(shifting)
        shifting.when(sfn.Condition.jsonata("{% $release.deployment_id != '' %}"), self.caught(conclude, phase))
        shifting.otherwise(report)
        conclude.next(report)
        return begin, report

    def _asked_again(self, shift: Duration, state: tasks.LambdaInvoke) -> tasks.LambdaInvoke:
        """Ask until a release is over, be it this one or another."""
        longest = shift.to_seconds() + _LONGEST_PROOF.to_seconds()
        state.add_retry(
            errors=["ReleaseUnderWayError"],
            interval=_SHIFT_INTERVAL,
            backoff_rate=1.5,
            max_delay=_LONGEST_SHIFT_INTERVAL,
            max_attempts=int(longest / _LONGEST_SHIFT_INTERVAL.to_seconds()) + _QUICK_ATTEMPTS,
        )
        return state

    def custom(self, phase: Phase, definition: Mapping[str, Any], step: str) -> AnyState:
        """A state that is written out."""
        return self.caught(sfn.CustomState(self, state_name(phase, step), state_json=definition), phase)

    def caught(self, state: AnyState, phase: Phase) -> AnyState:
        """Record whatever fails in the state."""
        return state.add_catch(
            self._on_failure,
            errors=["States.ALL"],
            assign={
                "failed_phase": phase.value,
                "error": "{% $states.errorOutput.Error %}",
                "cause": "{% $states.errorOutput.Cause %}",
            },
        )
