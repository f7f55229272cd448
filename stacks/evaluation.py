"""Evaluation: the only role that may read the test set."""

from __future__ import annotations

from aws_cdk import Duration
from constructs import Construct

from crispstack.phases import Phase
from crispstack.settings import RunSettings
from stacks.constructs import grants
from stacks.constructs.environment_stack import EnvironmentStack
from stacks.constructs.phase_function import PhaseFunction
from stacks.environment import Environment
from stacks.storage import Storage


class Evaluation(EnvironmentStack):
    """The function that scores the test set through the model's graph and decides in money."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment, storage: Storage) -> None:
        super().__init__(
            scope, construct_id, environment=environment, name="evaluation", description="Go or no-go, in money"
        )
        self.evaluate = PhaseFunction(
            self,
            "Evaluate",
            environment=environment,
            package="evaluation",
            extra="serving",
            settings=RunSettings(artifacts_bucket=storage.artifacts.bucket_name),
            memory_mib=1024,
            timeout=Duration.minutes(15),
        )
        grants.run_artifacts(self.evaluate.role, storage, Phase.EVALUATION)
        grants.read_prefix(self.evaluate.role, storage.prepared, "test/")
