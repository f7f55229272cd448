"""The resource classes of the SageMaker SDK against the emulator."""

from __future__ import annotations

import io
import tarfile
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import clients
from emulator.settings import Settings
from tests.emulator.event_wiring import allow, role
from tests.emulator.test_sagemaker_training import IMAGE as TRAINING_IMAGE
from tests.emulator.test_sagemaker_training import PULL

ROLE = "arn:aws:iam::123456789012:role/sdk-sagemaker"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/sdk:1"
GROUP = "sdk-group"


@pytest.fixture(scope="module")
def sdk(emulator: Settings) -> Iterator[Any]:
    """The SDK's resources, whose client is one of the emulator's."""
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")  # the SDK's own, at its import
        patch.setenv("AWS_ENDPOINT_URL", emulator.endpoint)
        patch.setenv("AWS_ACCESS_KEY_ID", emulator.access_key)
        patch.setenv("AWS_SECRET_ACCESS_KEY", emulator.secret_key)
        patch.setenv("AWS_DEFAULT_REGION", emulator.region)
        patch.setenv("NO_PROXY", "127.0.0.1")
        from sagemaker.core import resources  # noqa: PLC0415 (its import takes seconds, and warns)

        yield resources


def package() -> str:
    """The ARN of a new version of the group. The SDK's own create asks for a name, which SageMaker does not answer."""
    made = clients.client("sagemaker").create_model_package(
        ModelPackageGroupName=GROUP,
        InferenceSpecification={
            "Containers": [{"Image": IMAGE, "ModelDataUrl": "s3://sdk/model.tar.gz"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        ModelApprovalStatus="PendingManualApproval",
        CustomerMetadataProperties={"run": "1"},
    )
    return str(made["ModelPackageArn"])


def test_a_group_and_its_versions_are_made_found_approved_and_deleted(sdk: Any) -> None:
    group = sdk.ModelPackageGroup.create(model_package_group_name=GROUP, model_package_group_description="d")
    assert group.model_package_group_status == "Completed"
    assert [each.model_package_group_name for each in sdk.ModelPackageGroup.get_all(name_contains=GROUP)] == [GROUP]

    first, second = sdk.ModelPackage.get(model_package_name=package()), sdk.ModelPackage.get(package())
    assert (first.model_package_version, second.model_package_version) == (1, 2)
    assert first.inference_specification.containers[0].image == IMAGE
    assert first.customer_metadata_properties == {"run": "1"}
    assert first.model_approval_status == "PendingManualApproval"

    second.update(model_approval_status="Approved", approval_description="earns more")
    found = sdk.ModelPackage.get_all(model_package_group_name=GROUP, model_approval_status="Approved")
    assert [each.model_package_arn for each in found] == [second.model_package_arn]
    assert sdk.ModelPackage.get(second.model_package_arn).approval_description == "earns more"

    with pytest.raises(ClientError, match="ConflictException"):
        group.delete()
    for version in (first, second):  # the SDK's own delete asks for a name, which a version does not have
        clients.client("sagemaker").delete_model_package(ModelPackageName=version.model_package_arn)
    group.delete()
    assert list(sdk.ModelPackageGroup.get_all(name_contains=GROUP)) == []


def test_a_model_tells_what_it_would_run(sdk: Any) -> None:
    from sagemaker.core.shapes.shapes import ContainerDefinition  # noqa: PLC0415

    container = ContainerDefinition(image=IMAGE, model_data_url="s3://sdk/model.tar.gz", environment={"A": "b"})
    sdk.Model.create(model_name="sdk-model", execution_role_arn=ROLE, primary_container=container)
    model = sdk.Model.get(model_name="sdk-model")
    assert (model.primary_container.image, model.primary_container.environment) == (IMAGE, {"A": "b"})
    assert [each.model_name for each in sdk.Model.get_all(name_contains="sdk-model")] == ["sdk-model"]
    model.delete()
    with pytest.raises(ClientError, match="ValidationException"):
        sdk.Model.get(model_name="sdk-model")


def test_a_training_job_runs_to_its_model(sdk: Any) -> None:
    from sagemaker.core.shapes import shapes  # noqa: PLC0415

    clients.client("s3").create_bucket(Bucket="sdk")
    trained = role("sdk-training", "sagemaker", *PULL, allow("s3:PutObject", "arn:aws:s3:::sdk/*"))
    script = "import json; depth = json.load(open('/opt/ml/input/config/hyperparameters.json'))['depth']"
    job = sdk.TrainingJob.create(
        training_job_name="sdk-job",
        role_arn=trained,
        output_data_config=shapes.OutputDataConfig(s3_output_path="s3://sdk/"),
        hyper_parameters={"depth": "3"},
        algorithm_specification=shapes.AlgorithmSpecification(
            training_input_mode="File",
            training_image=TRAINING_IMAGE,
            container_entrypoint=["python3", "-c"],
            container_arguments=[f"{script}; open('/opt/ml/model/' + depth, 'w').write('trained')"],
        ),
        resource_config=shapes.ResourceConfig(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=1),
        stopping_condition=shapes.StoppingCondition(max_runtime_in_seconds=60),
    )
    job.wait(poll=1)
    assert (job.training_job_status, job.secondary_status) == ("Completed", "Completed")
    stored = job.model_artifacts.s3_model_artifacts.removeprefix("s3://sdk/")
    content = clients.client("s3").get_object(Bucket="sdk", Key=stored)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        assert archive.getnames() == ["3"]
    assert [each.training_job_name for each in sdk.TrainingJob.get_all(name_contains="sdk-")] == ["sdk-job"]
    with pytest.raises(ClientError, match="is in status Completed"):
        job.stop()
    job.delete()
    with pytest.raises(ClientError, match="not found"):
        job.refresh()
