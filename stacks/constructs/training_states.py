"""The states of modeling: where it runs is planned, one job is run to its end there, and the loop goes on or ends.

A job that is waited for is ended with the execution: stopping it leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from crispstack.phases import Phase
from stacks.constructs.phase_states import RUN, AnyState, PhaseStates, state_name
from stacks.environment import Environment
from stacks.gpu_training import GpuTraining
from stacks.modeling import Modeling
from stacks.sagemaker_training import SageMakerTraining
from stacks.storage import Storage

# Jobs are named after the execution; names in SageMaker hold no underscore and at most 63 characters.
_JOB_NAME = (
    "{% $substring($replace($project, '_', '-'), 0, 20) & '-' & $run_id & '-' & "
    "$split($states.context.Execution.Name, '-')[-1] %}"
)
_ALONE = "{% $until = 'modeling' %}"


class TrainingStates(Construct):
    """Makes the states of modeling; `first` is entered, `last` goes on."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        storage: Storage,
        states: PhaseStates,
        modeling: Modeling,
        gpu: GpuTraining | None,
        sagemaker: SageMakerTraining | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._states, self._storage = states, storage
        self.first = states.invoke(
            Phase.MODELING,
            modeling.plan,
            step="Plan",
            event={
                "backend": "{% $asked_backend %}",
                "budget_seconds": "{% $asked_seconds %}",
                "budgets": "{% $budgets %}",
            },
            assign={"plan": "{% $states.result.Payload %}"},
        )
        jobs: dict[str, AnyState] = {"spark": self._on_spark(modeling, environment)}
        if gpu:
            jobs["gpu"] = self._on_gpu(gpu)
        if sagemaker:
            jobs["sagemaker"] = self._in_sagemaker(sagemaker)
        backend = sfn.Choice.jsonata(self, "Backend", state_name=state_name(Phase.MODELING, "Backend"))
        self.last = sfn.Choice.jsonata(self, "Alone", state_name="Alone", comment="Whether modeling was all")
        for name, job in jobs.items():
            backend.when(sfn.Condition.jsonata(f"{{% $plan.backend = '{name}' %}}"), job)
            job.next(self.last)
        # The plan names none but these.
        backend.otherwise(
            sfn.Fail.jsonata(self, "NoBackend", state_name="NoBackend", error="NoBackend", cause="{% $plan.backend %}")
        )
        self.first.next(backend)
        self.last.when(
            sfn.Condition.jsonata(_ALONE),
            sfn.Succeed.jsonata(self, "TrainingSucceeded", state_name="TrainingSucceeded"),
        )

    def _on_spark(self, resources: Modeling, environment: Environment) -> AnyState:
        """Run the EMR Serverless job to its end."""
        arguments = ["--artifacts-bucket", self._storage.artifacts.bucket_name]
        definition = {
            "ApplicationId": resources.application.attr_application_id,
            "ClientToken": "{% $uuid() %}",
            "ExecutionRoleArn": resources.role.role_arn,
            "ExecutionTimeoutMinutes": "{% $plan.longest_minutes %}",
            "Name": "{% $project & ' ' & $run_id %}",
            "JobDriver": {
                "SparkSubmit": {
                    "EntryPoint": resources.script.s3_object_url,
                    "EntryPointArguments": ["--project", RUN["project"], "--run-id", RUN["run_id"], *arguments],
                    "SparkSubmitParameters": " ".join(resources.submit_parameters(environment)),
                }
            },
            "ConfigurationOverrides": {
                "MonitoringConfiguration": {
                    "CloudWatchLoggingConfiguration": {
                        "Enabled": True,
                        "LogGroupName": resources.log_group.log_group_name,
                    }
                }
            },
        }
        return self._job("OnSpark", "emr-serverless:startJobRun", definition)

    def _on_gpu(self, resources: GpuTraining) -> AnyState:
        """Run the Batch job to its end, through interruptions."""
        variables = {"PROJECT": RUN["project"], "RUN_ID": RUN["run_id"]}
        definition = {
            "JobName": _JOB_NAME,
            "JobQueue": resources.queue.attr_job_queue_arn,
            "JobDefinition": resources.definition_name,
            "Timeout": {"AttemptDurationSeconds": "{% $plan.longest_seconds %}"},
            "ContainerOverrides": {
                "Environment": [{"Name": name, "Value": value} for name, value in variables.items()]
            },
        }
        return self._job("OnGpu", "batch:submitJob", definition)

    def _in_sagemaker(self, resources: SageMakerTraining) -> AnyState:
        """Run the training job to its end. The model is among the run's artifacts; SageMaker's own output is empty."""
        machine, storage = resources.sagemaker, self._storage
        definition = {
            "TrainingJobName": _JOB_NAME,
            "RoleArn": resources.role.role_arn,
            "AlgorithmSpecification": {
                "TrainingImage": machine.image,
                "TrainingInputMode": "File",
                "ContainerEntrypoint": list(resources.bundle.command[:2]),
                "ContainerArguments": list(resources.bundle.command[2:]),
            },
            "Environment": {**resources.bundle.variables, "PROJECT": RUN["project"], "RUN_ID": RUN["run_id"]},
            "OutputDataConfig": {
                "S3OutputPath": f"{{% 's3://{storage.artifacts.bucket_name}/' & $project & '/runs/' & $run_id & "
                f"'/{Phase.MODELING.prefix}/sagemaker' %}}",
                "KmsKeyId": storage.key.key_arn,
            },
            "ResourceConfig": {
                "InstanceCount": 1,
                "InstanceType": machine.instance_type,
                "VolumeSizeInGB": machine.volume_gib,
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": "{% $plan.longest_seconds %}"},
        }
        return self._job("InSageMaker", "sagemaker:createTrainingJob", definition)

    def _job(self, step: str, integration: str, arguments: Mapping[str, Any]) -> AnyState:
        definition = {
            "Type": "Task",
            "Resource": f"arn:{Stack.of(self).partition}:states:::{integration}.sync",
            "Arguments": arguments,
        }
        return self._states.custom(Phase.MODELING, definition, step)


def grant_jobs(
    machine: sfn.StateMachine, modeling: Modeling, gpu: GpuTraining | None, sagemaker: SageMakerTraining | None
) -> None:
    """What the integrations need: their jobs, the jobs' roles, and the rules they listen with."""
    stack = Stack.of(machine)
    application = modeling.application.attr_arn
    _allow(machine, ["emr-serverless:StartJobRun"], application)
    _allow(machine, ["emr-serverless:GetJobRun", "emr-serverless:CancelJobRun"], f"{application}/jobruns/*")
    _pass(machine, modeling.role, "emr-serverless.amazonaws.com")
    rules = ["StepFunctionsGetEventsForEMRServerlessJobRule"]
    if gpu:
        jobs = stack.format_arn(service="batch", resource="job", resource_name="*")
        revisions = stack.format_arn(
            service="batch", resource="job-definition", resource_name=f"{gpu.definition_name}:*"
        )
        _allow(
            machine, ["batch:SubmitJob"], gpu.queue.attr_job_queue_arn, revisions.removesuffix(":*"), revisions, jobs
        )
        # Batch cannot be asked about a single job by its ARN.
        _allow(machine, ["batch:DescribeJobs"], "*")
        _allow(machine, ["batch:TerminateJob"], jobs)
        rules.append("StepFunctionsGetEventsForBatchJobsRule")
    if sagemaker:
        actions = ("CreateTrainingJob", "DescribeTrainingJob", "StopTrainingJob", "AddTags", "ListTags")
        jobs = stack.format_arn(service="sagemaker", resource="training-job", resource_name="*")
        _allow(machine, [f"sagemaker:{action}" for action in actions], jobs)
        _pass(machine, sagemaker.role, "sagemaker.amazonaws.com")
        rules.append("StepFunctionsGetEventsForSageMakerTrainingJobsRule")
    arns = [stack.format_arn(service="events", resource="rule", resource_name=rule) for rule in rules]
    _allow(machine, ["events:PutTargets", "events:PutRule", "events:DescribeRule"], *arns)


def _allow(machine: sfn.StateMachine, actions: list[str], *resources: str) -> None:
    machine.add_to_role_policy(iam.PolicyStatement(actions=actions, resources=list(resources)))


def _pass(machine: sfn.StateMachine, role: iam.Role, service: str) -> None:
    machine.add_to_role_policy(
        iam.PolicyStatement(
            actions=["iam:PassRole"],
            resources=[role.role_arn],
            conditions={"StringEquals": {"iam:PassedToService": service}},
        )
    )
