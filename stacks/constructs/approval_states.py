"""The states between a decision and its release: models are registered, and approved by a person where one is asked.

Who waits is the state machine: it keeps the token that answers, and ends the wait after the charter's days.
"""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from crispstack.phases import Phase
from stacks.constructs.phase_states import RUN, PhaseStates, state_name
from stacks.evaluation import Evaluation

_DETAIL = {
    **RUN,
    "token": "{% $states.context.Task.Token %}",
    "package_arn": "{% $registration.package_arn %}",
    "summary": "{% $registration.summary %}",
    "days": "{% $registration.days %}",
}
_NOBODY = (
    "{% {'approved': false, 'by': '', 'reason': 'nobody answered within ' & $string($registration.days) & ' days'} %}"
)


class ApprovalStates(Construct):
    """Makes the states; `first` is entered, `last` goes on."""

    def __init__(self, scope: Construct, construct_id: str, *, states: PhaseStates, evaluation: Evaluation) -> None:
        super().__init__(scope, construct_id)
        self.first = states.invoke(
            Phase.EVALUATION,
            evaluation.register,
            step="Register",
            event={"attempt": "{% $states.context.Execution.Name %}"},
            assign={
                "registration": "{% $states.result.Payload %}",
                "answer": "{% $exists($states.result.Payload.answer) ? $states.result.Payload.answer : {} %}",
            },
        )
        self.last = states.invoke(
            Phase.EVALUATION, evaluation.record_approval, step="Approval", event={"answer": "{% $answer %}"}
        )
        needed = state_name(Phase.EVALUATION, "ApprovalNeeded")
        choice = sfn.Choice.jsonata(self, "ApprovalNeeded", state_name=needed, comment="Whether a person is asked")
        choice.when(sfn.Condition.jsonata("{% $registration.approval = 'person' %}"), self._ask(states))
        choice.otherwise(self.last)
        self.first.next(choice)

    def _ask(self, states: PhaseStates) -> sfn.CustomState:
        """Tell the account's event bus, and wait for an answer."""
        definition = {
            "Type": "Task",
            "Resource": f"arn:{Stack.of(self).partition}:states:::events:putEvents.waitForTaskToken",
            "TimeoutSeconds": "{% $registration.seconds %}",
            "Arguments": {"Entries": [{"Source": "crispstack", "DetailType": "Approval Requested", "Detail": _DETAIL}]},
            "Assign": {"answer": "{% $states.result %}"},
        }
        state = sfn.CustomState(self, state_name(Phase.EVALUATION, "Ask"), state_json=definition)
        state.add_catch(self.last, errors=["States.Timeout"], assign={"answer": _NOBODY})
        states.caught(state, Phase.EVALUATION)
        state.next(self.last)
        return state


def grant_ask(machine: sfn.StateMachine) -> None:
    """Put events on the account's own bus."""
    bus = Stack.of(machine).format_arn(service="events", resource="event-bus", resource_name="default")
    machine.add_to_role_policy(iam.PolicyStatement(actions=["events:PutEvents"], resources=[bus]))
