"""What a training job in a container is made of, and the command that fetches and runs it."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from stacks import packages
from stacks.constructs import grants
from stacks.packages import Target
from stacks.training_machines import Wheels, repository_arn

SCRIPTS = Path(__file__).parent.parent.parent / "training_jobs"
# The Python of AWS's images that are used here.
_PYTHON = "3.11"
_TARGETS = {
    "host": Target(_PYTHON),
    "x86_64": Target(_PYTHON, "x86_64-manylinux_2_28"),
    "cuda": Target(_PYTHON, "x86_64-manylinux_2_28", cuda=True),
}
# Some of AWS's images hand their arguments to `eval`, others run them as they are. After an empty command both come
# to the same.
_COMMAND = ':; exec python3 -c "$START"'
_START = (
    "import boto3, os, sys; "
    "boto3.client('s3').download_file(os.environ['START_BUCKET'], os.environ['START_KEY'], 'start.py'); "
    "os.execv(sys.executable, [sys.executable, 'start.py'])"
)


def grant_pull(role: iam.Role, image: str, partition: str) -> None:
    """Pull this image. Who asks for a token of the registry can name no narrower resource."""
    for actions, resource in (
        (["ecr:GetAuthorizationToken"], "*"),
        (
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            repository_arn(image, partition),
        ),
    ):
        role.add_to_policy(iam.PolicyStatement(actions=actions, resources=[resource]))


class TrainingBundle(Construct):
    """The start, the library, the job's script and what it depends on, as objects in S3.

    `command` takes the `variables`, and of each job PROJECT and RUN_ID.
    """

    command = ("bash", "-c", _COMMAND)

    def __init__(self, scope: Construct, construct_id: str, *, wheels: Wheels, artifacts_bucket: str) -> None:
        super().__init__(scope, construct_id)
        dependencies = packages.dependencies("training", _TARGETS[wheels], "boto3")
        paths = {
            "Start": SCRIPTS / "start.py",
            "Library": packages.library(),
            "Script": SCRIPTS / "train_on_machine.py",
            "Dependencies": dependencies,
        }
        self._assets = {name: assets.Asset(self, name, path=str(path)) for name, path in paths.items()}
        start = self._assets["Start"]
        self.variables = {
            "START": _START,
            "START_BUCKET": start.s3_bucket_name,
            "START_KEY": start.s3_object_key,
            "LIBRARY": self._assets["Library"].s3_object_url,
            "SCRIPT": self._assets["Script"].s3_object_url,
            "DEPENDENCIES": self._assets["Dependencies"].s3_object_url,
            "ARTIFACTS_BUCKET": artifacts_bucket,
        }

    def grant_read(self, role: iam.Role) -> None:
        """Let the job's role get these objects, and no other of the bucket."""
        for asset in self._assets.values():
            grants.read_asset(role, asset)
