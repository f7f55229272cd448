"""The preparation job as a process of its own, on an emulator of its own, over the data of `projects/bank_marketing`.

The data lies in a folder per month, some values spoiled; the artifacts of the phases before are there.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pandas as pd

from crispstack.artifacts import BusinessCase, DataProfile, PreparedDataset, QualityReport
from crispstack.aws.artifact_store import ArtifactStore, s3
from crispstack.business_understanding.charter_file import load
from crispstack.charter import Charter
from crispstack.data_collection import CollectedFile, CollectedSource, DataCollection, VersionPlace
from emulator import settings
from emulator.compute import spark
from emulator.compute.sandbox import Process
from emulator.identity.credentials import Credentials

ROOT = Path(__file__).parent.parent
RAW, ARTIFACTS = "raw", "artifacts"
SPOILED_EVERY = 50
PARTITION = "month"


@contextlib.contextmanager
def emulated(folder: Path) -> Iterator[None]:
    """An emulator of its own, which this process's clients find."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    here = settings.Settings(port=port, state=folder / "state")
    settings.install(here)
    command = [sys.executable, "-m", "emulator", "--port", str(port), "--state", str(here.state)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            if not process.stdout or "ready" not in process.stdout.readline():
                sys.exit("the emulator did not start")
            os.environ |= {
                "AWS_ENDPOINT_URL": here.endpoint,
                "AWS_ACCESS_KEY_ID": here.access_key,
                "AWS_SECRET_ACCESS_KEY": here.secret_key,
                "AWS_DEFAULT_REGION": here.region,
            }
            yield
        finally:
            process.terminate()


def role_credentials() -> Credentials:
    """Those of a role that may use S3, as a job has."""
    iam, name = boto3.client("iam"), "preparation"
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))["Role"]
    everything = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    iam.put_role_policy(RoleName=name, PolicyName="s3", PolicyDocument=policy(everything))
    given = boto3.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName=name)["Credentials"]
    return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], given["Expiration"])


def policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def upload_inputs() -> Charter:
    """Data and the artifacts of the phases before; the charter that they speak of."""
    charter = load(ROOT / "projects" / "bank_marketing" / "charter.yaml")
    source = charter.source
    rows = pd.read_csv(ROOT / "projects" / "bank_marketing" / source.file, dtype=str, sep=source.delimiter)
    rows.loc[::SPOILED_EVERY, "balance"] = "a lot"
    source = dataclasses.replace(source, delimiter=",", partitions=(PARTITION,))
    charter = dataclasses.replace(charter, sources=(source,))
    for bucket in (RAW, ARTIFACTS):
        s3().create_bucket(Bucket=bucket)
    place, files = VersionPlace(RAW, charter.name, source.name, "1"), []
    for value, part in rows.groupby(PARTITION):
        content = part.drop(columns=PARTITION).to_csv(index=False).encode()
        name = f"{PARTITION}={value}/rows.csv"
        s3().put_object(Bucket=RAW, Key=f"{place.key}{name}", Body=content)
        files.append(CollectedFile(name, len(content), hashlib.sha256(content).hexdigest()))
    collected = CollectedSource(source.name, "1", place.uri, "csv", tuple(files), len(rows), "2026-01-01T00:00:00Z")
    store = ArtifactStore(ARTIFACTS, charter.name, "run")
    store.write(BusinessCase(charter, ()))
    store.write(DataProfile("rows", len(rows), 0, 0, (), 0))
    store.write(QualityReport(()))
    store.write(DataCollection((collected,)))
    return charter


class Job:
    """Starts the job's process; its working files lie in a folder that is removed with everything else."""

    def __init__(self, folder: Path, charter: Charter) -> None:
        self._folder = folder
        self._charter = charter
        self._credentials = role_credentials()
        self._started = 0

    def start(self, bucket: str) -> Process:
        self._started += 1
        folder = self._folder / f"job-{self._started}"
        folder.mkdir()
        values = {
            "project": self._charter.name,
            "run_id": "run",
            "artifacts_bucket": ARTIFACTS,
            "raw_bucket": RAW,
            "prepared_bucket": bucket,
            "pseudonym_key_prefix": "none",
            "lookup_table_prefix": "none",
        }
        application = spark.Application(
            ROOT / "glue_jobs" / "prepare.py",
            Path(sys.executable),
            [text for name, value in values.items() for text in (f"--{name}", value)],
            driver_variables={"PYTHONPATH": str(ROOT)},
            configuration={"spark.executorEnv.PYTHONPATH": str(ROOT)},
        )
        self._errors = folder.with_suffix(".errors")
        return spark.start(application, self._credentials, folder, folder.with_suffix(".output"), self._errors)

    def finish(self, process: Process) -> PreparedDataset:
        """Wait for the process; what it made."""
        if process.wait(600).status:
            raise RuntimeError(f"the job failed:\n{self._errors.read_text()[-4000:]}")
        return ArtifactStore(ARTIFACTS, self._charter.name, "run").read(PreparedDataset)[0]
