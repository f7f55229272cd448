"""Evaluation: the only role that may read the test set, and the registry of models."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from constructs import Construct

from crispstack.artifacts import Approval, Registration
from crispstack.phases import Phase
from crispstack.settings import EvaluationSettings, RegistrySettings
from stacks.champion import champion_parameter, grant_champion
from stacks.constructs import grants
from stacks.constructs.environment_stack import EnvironmentStack
from stacks.constructs.phase_function import PhaseFunction
from stacks.environment import Environment
from stacks.storage import Storage


def package_group_prefix(environment: Environment) -> str:
    """First part of the names of groups of model packages; the project's name follows."""
    return f"{environment.prefix}-"


class Evaluation(EnvironmentStack):
    """`evaluate` scores the test set and decides in money; `register` and `record_approval` keep the registry."""

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
            settings=EvaluationSettings(
                artifacts_bucket=storage.artifacts.bucket_name,
                champion_parameter_prefix=champion_parameter(environment, ""),
            ),
            memory_mib=1024,
            timeout=Duration.minutes(15),
        )
        grants.run_artifacts(self.evaluate.role, storage, Phase.EVALUATION)
        grants.read_prefix(self.evaluate.role, storage.prepared, "test/")
        # The champion on the same rows; and whether what training read is still there, not what is in it.
        grants.read_prefix(self.evaluate.role, storage.artifacts, "*/models/")
        grant_champion(self, environment, self.evaluate.role, "ssm:GetParameter")
        grants.list_prefix(self.evaluate.role, storage.prepared, "train/")
        grants.list_prefix(self.evaluate.role, storage.raw, "")
        settings = RegistrySettings(
            artifacts_bucket=storage.artifacts.bucket_name, package_group_prefix=package_group_prefix(environment)
        )
        self.register = PhaseFunction(
            self, "Register", environment=environment, package="registry", entry="register", settings=settings
        )
        self.record_approval = PhaseFunction(
            self, "RecordApproval", environment=environment, package="registry", entry="conclude", settings=settings
        )
        self._grant_registry(environment, storage)

    def _grant_registry(self, environment: Environment, storage: Storage) -> None:
        """Who registers can approve nothing, and who approves can register nothing."""
        register, approve = self.register.role, self.record_approval.role
        registration, approval = (
            f"*/runs/*/{Phase.EVALUATION.prefix}/{kind.file_name()}" for kind in (Registration, Approval)
        )
        grants.read_artifacts(register, storage, Phase.EVALUATION)
        grants.write_prefix(register, storage.artifacts, registration)
        grants.read_prefix(approve, storage.artifacts, registration)
        grants.write_prefix(approve, storage.artifacts, approval)
        groups, packages = (
            self.format_arn(service="sagemaker", resource=kind, resource_name=f"{package_group_prefix(environment)}*")
            for kind in ("model-package-group", "model-package")
        )
        register.add_to_policy(
            iam.PolicyStatement(actions=["sagemaker:CreateModelPackageGroup", "sagemaker:AddTags"], resources=[groups])
        )
        register.add_to_policy(
            iam.PolicyStatement(
                actions=["sagemaker:CreateModelPackage"],
                resources=[groups, packages],
                conditions={"StringEquals": {"sagemaker:ModelApprovalStatus": ["PendingManualApproval", "Rejected"]}},
            )
        )
        approve.add_to_policy(iam.PolicyStatement(actions=["sagemaker:UpdateModelPackage"], resources=[packages]))
