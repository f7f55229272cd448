"""What all projects of an environment share: the architecture on one screen."""

from __future__ import annotations

from collections.abc import Sequence

from constructs import Construct

from crispstack.charter import Charter
from stacks.data_preparation import DataPreparation
from stacks.data_understanding import DataUnderstanding
from stacks.deployment import Deployment
from stacks.environment import Environment
from stacks.evaluation import Evaluation
from stacks.governance import Governance
from stacks.gpu_training import GpuTraining
from stacks.modeling import Modeling
from stacks.network import Network
from stacks.orchestration import Orchestration
from stacks.sagemaker_training import SageMakerTraining
from stacks.storage import Storage


class Platform:
    """One stateful stack, a stack per phase that runs something, and the loop that ties them together."""

    def __init__(self, scope: Construct, *, environment: Environment, charters: Sequence[Charter]) -> None:
        self.storage = Storage(scope, "Storage", environment=environment, charters=charters)
        self.data_understanding = DataUnderstanding(
            scope,
            "DataUnderstanding",
            environment=environment,
            storage=self.storage,
        )
        self.governance = Governance(
            scope,
            "Governance",
            environment=environment,
            storage=self.storage,
            data_understanding=self.data_understanding,
        )
        self.data_preparation = DataPreparation(scope, "DataPreparation", environment=environment, storage=self.storage)
        self.modeling = Modeling(scope, "Modeling", environment=environment, storage=self.storage)
        self.gpu_training = self._gpu_training(scope, environment)
        self.sagemaker_training = self._sagemaker_training(scope, environment)
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
            gpu_training=self.gpu_training,
            sagemaker_training=self.sagemaker_training,
            evaluation=self.evaluation,
            deployment=self.deployment,
        )

    def _gpu_training(self, scope: Construct, environment: Environment) -> GpuTraining | None:
        if environment.gpu is None:
            return None
        network = Network(scope, "Network", environment=environment, gpu=environment.gpu)
        return GpuTraining(
            scope,
            "GpuTraining",
            environment=environment,
            gpu=environment.gpu,
            network=network,
            storage=self.storage,
        )

    def _sagemaker_training(self, scope: Construct, environment: Environment) -> SageMakerTraining | None:
        if environment.sagemaker is None:
            return None
        return SageMakerTraining(
            scope,
            "SageMakerTraining",
            environment=environment,
            sagemaker=environment.sagemaker,
            storage=self.storage,
        )
