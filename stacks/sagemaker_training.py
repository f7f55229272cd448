"""Training in SageMaker: what its jobs are made of. A job is a machine that AWS starts for it and takes away after."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from crispstack.phases import Phase
from stacks.constructs import grants
from stacks.constructs.environment_stack import EnvironmentStack
from stacks.constructs.training_bundle import TrainingBundle, grant_pull
from stacks.environment import Environment
from stacks.storage import Storage
from stacks.training_machines import SageMaker

LOG_GROUP = "/aws/sagemaker/TrainingJobs"


class SageMakerTraining(EnvironmentStack):
    """The bundle, and a role that may read training rows alone."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        sagemaker: SageMaker,
        storage: Storage,
    ) -> None:
        super().__init__(
            scope, construct_id, environment=environment, name="sagemaker-training", description="Training in SageMaker"
        )
        self.sagemaker = sagemaker
        self.bundle = TrainingBundle(
            self, "Bundle", wheels=sagemaker.wheels, artifacts_bucket=storage.artifacts.bucket_name
        )
        self.role = iam.Role(
            self,
            "JobRole",
            assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"),
            description="Runs training in SageMaker; reads the training rows alone",
        )
        grants.run_artifacts(self.role, storage, Phase.MODELING)
        grants.read_prefix(self.role, storage.prepared, "train/")
        self.bundle.grant_read(self.role)
        grant_pull(self.role, sagemaker.image, self.partition)
        # SageMaker keeps the logs of all its training jobs in one group, which it makes with the job's role.
        self.role.add_to_policy(
            iam.PolicyStatement(
                actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
                resources=[self.format_arn(service="logs", resource=f"log-group:{LOG_GROUP}*")],
            )
        )
