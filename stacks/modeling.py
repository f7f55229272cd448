"""Modeling: Spark on EMR Serverless. Nothing runs, and nothing is paid, between runs."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import aws_emrserverless as emr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from crispstack.phases import Phase
from crispstack.settings import ComputeSettings
from stacks import packages
from stacks.constructs import grants
from stacks.constructs.environment_stack import EnvironmentStack
from stacks.constructs.phase_function import PhaseFunction, log_group, spark_target
from stacks.environment import Environment
from stacks.storage import Storage

SCRIPT = Path(__file__).parent.parent / "training_jobs" / "train.py"
RELEASE_LABEL = "emr-7.13.0"
_IDLE_MINUTES = 5
_LARGE_WORKER_VCPU = 4
# EMR's images bring several Pythons; the default is an older one.
_PYTHON = "/usr/bin/python3.11"


class Modeling(EnvironmentStack):
    """The application, what its jobs are made of, and a role that may read training data but never the test set."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment, storage: Storage) -> None:
        super().__init__(
            scope, construct_id, environment=environment, name="modeling", description="Candidates, in Spark on EMR"
        )
        self.script = assets.Asset(self, "Script", path=str(SCRIPT))
        self.library = assets.Asset(self, "Library", path=str(packages.library()))
        # Spark on EMR brings no boto3 of its own.
        dependencies = packages.dependencies("training", spark_target(environment), "boto3")
        self.archive = assets.Asset(self, "Dependencies", path=str(dependencies))
        self.application = emr.CfnApplication(
            self,
            "Application",
            name=f"{environment.prefix}-modeling",
            type="SPARK",
            release_label=RELEASE_LABEL,
            architecture="ARM64" if environment.arm else "X86_64",
            auto_start_configuration=emr.CfnApplication.AutoStartConfigurationProperty(enabled=True),
            auto_stop_configuration=emr.CfnApplication.AutoStopConfigurationProperty(
                enabled=True, idle_timeout_minutes=_IDLE_MINUTES
            ),
            maximum_capacity=emr.CfnApplication.MaximumAllowedResourcesProperty(
                cpu=f"{environment.spark_maximum_vcpu} vCPU", memory=f"{environment.spark_maximum_memory_gib} GB"
            ),
        )
        self.log_group = log_group(self, "Log", environment)
        self.role = iam.Role(
            self,
            "JobRole",
            assumed_by=iam.ServicePrincipal("emr-serverless.amazonaws.com"),
            description="Runs training; reads the training rows alone",
        )
        grants.run_artifacts(self.role, storage, Phase.MODELING)
        grants.read_prefix(self.role, storage.prepared, "train/")
        for asset in (self.script, self.library, self.archive):
            grants.read_asset(self.role, asset)
        grants.spark_log(self.role, self.log_group)
        self.plan = self._plan(environment, storage)

    def _plan(self, environment: Environment, storage: Storage) -> PhaseFunction:
        """The function that says where modeling runs."""
        settings = ComputeSettings(
            artifacts_bucket=storage.artifacts.bucket_name,
            spark_vcpu=str(environment.spark_maximum_vcpu),
            spark_memory_gib=str(environment.spark_maximum_memory_gib),
            gpu_machines=",".join(environment.gpu.instance_types) if environment.gpu else "",
            sagemaker_machine=environment.sagemaker.instance_type if environment.sagemaker else "",
        )
        plan = PhaseFunction(self, "PlanCompute", environment=environment, package="plan_compute", settings=settings)
        grants.run_artifacts(plan.role, storage, Phase.MODELING)
        return plan

    def submit_parameters(self, environment: Environment) -> list[str]:
        """What jobs of this application are submitted with: library, dependencies, and the sizes of their parts."""
        return [
            f"--py-files {self.library.s3_object_url}",
            f"--archives {self.archive.s3_object_url}#dependencies",
            "--conf spark.emr-serverless.driverEnv.PYTHONPATH=./dependencies",
            "--conf spark.executorEnv.PYTHONPATH=./dependencies",
            *self._sizes(environment),
        ]

    @staticmethod
    def _sizes(environment: Environment) -> list[str]:
        """Size of driver and executors, within the application's capacity."""
        small = environment.spark_maximum_vcpu < _LARGE_WORKER_VCPU * 2
        cores, memory = (1, "2g") if small else (_LARGE_WORKER_VCPU, "12g")
        executors = max(1, environment.spark_maximum_vcpu // cores - 1)
        return [
            f"--conf spark.driver.cores={cores} --conf spark.driver.memory={memory}",
            f"--conf spark.executor.cores={cores} --conf spark.executor.memory={memory}",
            f"--conf spark.dynamicAllocation.enabled=true --conf spark.dynamicAllocation.maxExecutors={executors}",
            # A task that took its executor down would take the next one, too.
            "--conf spark.task.maxFailures=1",
            f"--conf spark.emr-serverless.driverEnv.PYSPARK_PYTHON={_PYTHON}",
            f"--conf spark.executorEnv.PYSPARK_PYTHON={_PYTHON}",
        ]
