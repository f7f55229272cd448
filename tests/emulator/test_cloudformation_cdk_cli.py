"""The unmodified CDK CLI against the emulator: bootstrap, deploy, diff, change, fail, destroy."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from emulator.settings import Settings

ROOT = Path(__file__).parents[2]
PORT = 4611
SECONDS = 120  # per command, on a busy machine; a few are usual
DIRECT = ("--method=direct", "--no-rollback", "--require-approval=never")

APP = """
import aws_cdk as cdk
from aws_cdk import aws_glue as glue, aws_kms as kms, aws_s3 as s3, aws_ssm as ssm


class Storage(cdk.Stack):
    def __init__(self, scope, id, *, variant, **rest):
        super().__init__(scope, id, **rest)
        self.key = kms.Key(self, "Key", enable_key_rotation=True, removal_policy=cdk.RemovalPolicy.DESTROY)
        self.raw = self.bucket("Raw", versioned=variant != "first")
        self.artifacts = self.bucket("Artifacts", versioned=False)
        database = glue.CfnDatabase.DatabaseInputProperty(name="sales", description=variant)
        glue.CfnDatabase(self, "Database", catalog_id=self.account, database_input=database)
        name = "/storage/raw" if variant == "first" else "/storage/raw-bucket"
        parameter = ssm.StringParameter(self, "Where", parameter_name=name, string_value=self.raw.bucket_name)
        cdk.CfnOutput(self, "Parameter", value=parameter.parameter_name)
        if variant == "broken":
            cdk.CfnResource(self, "Pool", type="AWS::Cognito::UserPool", properties={"UserPoolName": "people"})

    def bucket(self, id, *, versioned):
        return s3.Bucket(
            self, id, versioned=versioned, encryption=s3.BucketEncryption.KMS, encryption_key=self.key,
            enforce_ssl=True, bucket_key_enabled=True, block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )


class Reader(cdk.Stack):
    def __init__(self, scope, id, *, storage, **rest):
        super().__init__(scope, id, **rest)
        ssm.StringParameter(self, "Raw", parameter_name="/reader/raw", string_value=storage.raw.bucket_arn)


for variant in ("first", "second", "broken"):
    app = cdk.App(outdir=f"{variant}.out", context={"@aws-cdk/core:defaultCrossStackReferences": "strong"})
    env = cdk.Environment(account="123456789012", region="us-east-1")
    storage = Storage(app, "storage", variant=variant, env=env)
    Reader(app, "reader", storage=storage, env=env)
    app.synth()
"""


@dataclass(frozen=True)
class Cdk:
    """The command line in a folder of its own, with nothing of the user's configuration."""

    folder: Path
    endpoint: str

    def environment(self) -> dict[str, str]:
        here = Settings(port=PORT, state=self.folder)
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": here.access_key,
            "AWS_SECRET_ACCESS_KEY": here.secret_key,
            "AWS_REGION": here.region,
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
            "CDK_VALIDATION": "false",
        }

    def __call__(self, *arguments: str, succeeds: bool = True) -> str:
        command = [str(ROOT / "node_modules/.bin/cdk"), *arguments]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        output = done.stdout + done.stderr
        assert (done.returncode == 0) == succeeds, output
        return output

    def deploy(self, variant: str, *stacks: str, succeeds: bool = True) -> str:
        return self(
            "deploy", *(stacks or ["--all"]), "--app", f"{variant}.out", "--require-approval=never", succeeds=succeeds
        )

    def client(self, service: str) -> Any:
        here = Settings(port=PORT, state=self.folder)
        return boto3.client(
            service,
            region_name=here.region,
            endpoint_url=self.endpoint,
            aws_access_key_id=here.access_key,
            aws_secret_access_key=here.secret_key,
        )


@pytest.fixture(scope="module")
def cdk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cdk]:
    folder = tmp_path_factory.mktemp("cdk")
    (folder / "cdk.json").write_text('{"notices": false, "versionReporting": false}')
    (folder / "app.py").write_text(textwrap.dedent(APP))
    command = Cdk(folder, f"http://127.0.0.1:{PORT}")
    emulator = subprocess.Popen(
        [sys.executable, "-m", "emulator", "--port", str(PORT), "--state", str(folder / "state")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        synthesized = {**os.environ, **command.environment(), "HOME": os.environ.get("HOME", str(folder))}
        subprocess.run([sys.executable, "app.py"], cwd=folder, env=synthesized, check=True, capture_output=True)
        assert emulator.stdout is not None
        assert "ready" in emulator.stdout.readline()
        command("bootstrap", "aws://123456789012/us-east-1")
        yield command
    finally:
        emulator.send_signal(signal.SIGTERM)
        emulator.wait(60)
        if emulator.stdout:
            emulator.stdout.close()


def status(cdk: Cdk, stack: str) -> str:
    found: str = cdk.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
    return found


def parameter(cdk: Cdk, name: str) -> str:
    value: str = cdk.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    return value


def test_an_app_lives_through_its_whole_life(cdk: Cdk) -> None:
    empty = {bucket["Name"] for bucket in cdk.client("s3").list_buckets()["Buckets"]}

    assert "storage.Parameter = /storage/raw" in cdk.deploy("first")
    bucket = parameter(cdk, "/storage/raw")
    assert parameter(cdk, "/reader/raw") == f"arn:aws:s3:::{bucket}"
    encryption = cdk.client("s3").get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert encryption["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert "aws:SecureTransport" in cdk.client("s3").get_bucket_policy(Bucket=bucket)["Policy"]

    assert "There were no differences" in cdk("diff", "--app", "first.out")
    again = cdk.deploy("first")
    assert again.count("(no changes)") == 2

    difference = cdk("diff", "storage", "--app", "second.out")
    assert "[+] VersioningConfiguration" in difference
    assert "Name (requires replacement)" in difference
    cdk.deploy("second", "storage")
    assert cdk.client("s3").get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert parameter(cdk, "/storage/raw-bucket") == bucket
    with pytest.raises(ClientError, match="ParameterNotFound"):
        parameter(cdk, "/storage/raw")
    assert cdk.client("glue").get_database(Name="sales")["Database"]["Description"] == "second"

    failure = cdk.deploy("broken", "storage", succeeds=False)
    assert "storage/Pool (AWS::Cognito::UserPool): this emulator does not support the type" in failure
    assert status(cdk, "storage") == "UPDATE_ROLLBACK_COMPLETE"
    assert cdk.client("glue").get_database(Name="sales")["Database"]["Description"] == "second"

    cdk("destroy", "--all", "--app", "second.out", "--force")
    left = {entry["Name"] for entry in cdk.client("s3").list_buckets()["Buckets"]}
    assert left == empty
    assert cdk.client("glue").get_databases()["DatabaseList"] == []
    living = [s["StackName"] for s in cdk.client("cloudformation").describe_stacks()["Stacks"]]
    assert living == ["CDKToolkit"]


def test_a_stack_can_be_deployed_directly_paused_and_rolled_back(cdk: Cdk) -> None:
    output = cdk("deploy", "storage", "--app=broken.out", *DIRECT, succeeds=False)
    assert "AWS::Cognito::UserPool" in output
    assert status(cdk, "storage") == "CREATE_FAILED"
    cdk("rollback", "storage", "--app=broken.out")
    assert status(cdk, "storage") == "ROLLBACK_COMPLETE"
    assert "storage" in cdk("list", "--app=first.out")
