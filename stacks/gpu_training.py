"""Training on GPUs: AWS Batch on EC2, Spot machines first. Nothing runs between jobs."""

from __future__ import annotations

from aws_cdk import Duration, Size
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from crispstack.aws.spot_notice import INTERRUPTED
from crispstack.phases import Phase
from stacks.constructs import grants
from stacks.constructs.environment_stack import EnvironmentStack
from stacks.constructs.phase_function import log_group
from stacks.constructs.training_bundle import TrainingBundle, grant_pull
from stacks.environment import Environment
from stacks.network import Network
from stacks.storage import Storage
from stacks.training_machines import Gpu

_DISK = Size.gibibytes(100)
_MOST_INTERRUPTIONS = 10
# Until a job says otherwise.
_LONGEST = Duration.hours(12)


class GpuTraining(EnvironmentStack):
    """A queue before Spot and then on-demand machines, and a job that may read training rows alone."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        gpu: Gpu,
        network: Network,
        storage: Storage,
    ) -> None:
        super().__init__(
            scope, construct_id, environment=environment, name="gpu-training", description="Training on GPUs, in Batch"
        )
        self.log_group = log_group(self, "Log", environment)
        self._bundle = TrainingBundle(self, "Bundle", wheels=gpu.wheels, artifacts_bucket=storage.artifacts.bucket_name)
        self.job_role = self._job_role(storage)
        profile = iam.CfnInstanceProfile(self, "MachineProfile", roles=[self._machine_role(gpu).role_name])
        template = self._launch_template()
        spot, on_demand = (
            self._machines(name, kind, environment, gpu, network, profile, template)
            for name, kind in (("Spot", "SPOT"), ("OnDemand", "EC2"))
        )
        self.queue = batch.CfnJobQueue(
            self,
            "Queue",
            priority=1,
            compute_environment_order=[
                batch.CfnJobQueue.ComputeEnvironmentOrderProperty(
                    compute_environment=each.attr_compute_environment_arn, order=order
                )
                for order, each in enumerate((spot, on_demand), start=1)
            ],
        )
        # Others find the newest revision by its name: an ARN would tie their stacks to one that no update could leave.
        self.definition_name = f"{environment.prefix}-training"
        self._definition(gpu)

    def _machines(
        self,
        construct_id: str,
        kind: str,
        environment: Environment,
        gpu: Gpu,
        network: Network,
        profile: iam.CfnInstanceProfile,
        template: ec2.CfnLaunchTemplate,
    ) -> batch.CfnComputeEnvironment:
        """Machines that Batch starts for jobs and stops after them; its own service-linked role does so."""
        spot = kind == "SPOT"
        return batch.CfnComputeEnvironment(
            self,
            construct_id,
            type="MANAGED",
            state="ENABLED",
            replace_compute_environment=False,
            compute_resources=batch.CfnComputeEnvironment.ComputeResourcesProperty(
                type=kind,
                allocation_strategy="SPOT_PRICE_CAPACITY_OPTIMIZED" if spot else "BEST_FIT_PROGRESSIVE",
                minv_cpus=0,
                maxv_cpus=gpu.maximum_vcpu,
                instance_types=list(gpu.instance_types),
                ec2_configuration=[
                    batch.CfnComputeEnvironment.Ec2ConfigurationObjectProperty(image_type="ECS_AL2023_NVIDIA")
                ],
                instance_role=profile.attr_arn,
                launch_template=batch.CfnComputeEnvironment.LaunchTemplateSpecificationProperty(
                    launch_template_id=template.ref, version=template.attr_latest_version_number
                ),
                security_group_ids=[network.machines.security_group_id],
                subnets=[subnet.subnet_id for subnet in network.vpc.isolated_subnets],
                tags={"Name": f"{environment.prefix}-training"},
                update_to_latest_image_version=True,
            ),
            update_policy=batch.CfnComputeEnvironment.UpdatePolicyProperty(
                terminate_jobs_on_update=False, job_execution_timeout_minutes=60
            ),
        )

    def _launch_template(self) -> ec2.CfnLaunchTemplate:
        """Encrypted disks, and the metadata service with a token, for the machine itself and no further."""
        return ec2.CfnLaunchTemplate(
            self,
            "LaunchTemplate",
            launch_template_data=ec2.CfnLaunchTemplate.LaunchTemplateDataProperty(
                block_device_mappings=[
                    ec2.CfnLaunchTemplate.BlockDeviceMappingProperty(
                        device_name="/dev/xvda",
                        ebs=ec2.CfnLaunchTemplate.EbsProperty(
                            encrypted=True,
                            volume_type="gp3",
                            volume_size=int(_DISK.to_gibibytes()),
                            delete_on_termination=True,
                        ),
                    )
                ],
                metadata_options=ec2.CfnLaunchTemplate.MetadataOptionsProperty(
                    http_tokens="required", http_endpoint="enabled", http_put_response_hop_limit=1
                ),
            ),
        )

    def _machine_role(self, gpu: Gpu) -> iam.Role:
        """What the agent of ECS and the container runtime do; the data is the job's role's alone."""
        role = iam.Role(
            self,
            "MachineRole",
            assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"),
            description="The machines that run training jobs",
        )
        # Batch names its cluster itself, after the compute environment, whose name CloudFormation makes.
        cluster, instances = (
            self.format_arn(service="ecs", resource=kind, resource_name="*")
            for kind in ("cluster", "container-instance")
        )
        for actions, resource in (
            (("DiscoverPollEndpoint",), "*"),
            (("RegisterContainerInstance", "DeregisterContainerInstance"), cluster),
            (("SubmitContainerStateChange", "SubmitTaskStateChange", "SubmitAttachmentStateChanges"), cluster),
            (("Poll", "StartTelemetrySession", "UpdateContainerInstancesState"), instances),
        ):
            role.add_to_policy(
                iam.PolicyStatement(actions=[f"ecs:{action}" for action in actions], resources=[resource])
            )
        grant_pull(role, gpu.image, self.partition)
        self.log_group.grant_write(role)
        return role

    def _job_role(self, storage: Storage) -> iam.Role:
        role = iam.Role(
            self,
            "JobRole",
            assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"),
            description="Runs training on GPUs; reads the training rows alone",
        )
        grants.run_artifacts(role, storage, Phase.MODELING)
        grants.read_prefix(role, storage.prepared, "train/")
        self._bundle.grant_read(role)
        return role

    def _definition(self, gpu: Gpu) -> None:
        needs = {"VCPU": gpu.vcpu, "MEMORY": gpu.memory_mib, "GPU": 1}
        again = [
            # Batch says so where Spot took the machine away, the job where it was warned and has kept its state.
            batch.CfnJobDefinition.EvaluateOnExitProperty(action="RETRY", on_status_reason="Host EC2*"),
            batch.CfnJobDefinition.EvaluateOnExitProperty(action="RETRY", on_exit_code=str(INTERRUPTED)),
            batch.CfnJobDefinition.EvaluateOnExitProperty(action="EXIT", on_reason="*"),
        ]
        batch.CfnJobDefinition(
            self,
            "Definition",
            job_definition_name=self.definition_name,
            type="container",
            platform_capabilities=["EC2"],
            propagate_tags=True,
            timeout=batch.CfnJobDefinition.TimeoutProperty(attempt_duration_seconds=int(_LONGEST.to_seconds())),
            retry_strategy=batch.CfnJobDefinition.RetryStrategyProperty(
                attempts=_MOST_INTERRUPTIONS, evaluate_on_exit=again
            ),
            container_properties=batch.CfnJobDefinition.ContainerPropertiesProperty(
                image=gpu.image,
                command=list(self._bundle.command),
                job_role_arn=self.job_role.role_arn,
                environment=[
                    batch.CfnJobDefinition.EnvironmentProperty(name=name, value=value)
                    for name, value in self._bundle.variables.items()
                ],
                resource_requirements=[
                    batch.CfnJobDefinition.ResourceRequirementProperty(type=kind, value=str(value))
                    for kind, value in needs.items()
                ],
                log_configuration=batch.CfnJobDefinition.LogConfigurationProperty(
                    log_driver="awslogs",
                    options={"awslogs-group": self.log_group.log_group_name, "awslogs-region": self.region},
                ),
            ),
        )
