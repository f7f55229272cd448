"""What all projects of an environment share: the architecture on one screen."""

from __future__ import annotations

from constructs import Construct

from stacks.data_preparation import DataPreparation
from stacks.data_understanding import DataUnderstanding
from stacks.deployment import Deployment
from stacks.environment import Environment
from stacks.evaluation import Evaluation
from stacks.modeling import Modeling
from stacks.orchestration import Orchestration
from stacks.storage import Storage


class Platform:
    """One stateful stack, a stack per phase that runs something, and the loop that ties them together."""

    def __init__(self, scope: Construct, *, environment: Environment) -> None:
        self.storage = Storage(scope, "Storage", environment=environment)
        self.data_understanding = DataUnderstanding(
            scope,
            "DataUnderstanding",
            environment=environment,
            storage=self.storage,
        )
        self.data_preparation = DataPreparation(scope, "DataPreparation", environment=environment, storage=self.storage)
        self.modeling = Modeling(scope, "Modeling", environment=environment, storage=self.storage)
        self.evaluation = Evaluation(scope, "Evaluation", environment=environment, storage=self.storage)
        self.deployment = Deployment(scope, "Deployment", environment=environment, storage=self.storage)
        self.orchestration = Orchestration(
            scope,
            "Orchestration",
            environment=environment,
            storage=self.storage,
            data_understanding=self.data_understanding,
            data_preparation=self.data_preparation,
            modeling=self.modeling,
            evaluation=self.evaluation,
            deployment=self.deployment,
        )
