"""The preparation job, killed at random moments: what readers see then, and what the next run makes of it.

    .venv/bin/python -m benchmarks.kill_preparation [--kills 20] [--seed 1]

The job is `glue_jobs/prepare.py` as a process of its own, against an emulator of its own; the data is that of
`projects/bank_marketing` in a folder per month, some values spoiled. After an undisturbed run that says how long the
work takes, each kill meets an empty bucket: SIGKILL to the whole process group, then

1. every manifest that is there names files that are there, with as many bytes and rows as it says;
2. a second run succeeds, its rows are those of the undisturbed run, and a version that was there is untouched;
3. two days later nothing is left but what manifests name.
"""

from __future__ import annotations

import argparse
import dataclasses
import gzip
import hashlib
import io
import json
import random
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.preparation_process import Job, emulated, upload_inputs
from crispstack.artifacts import PreparedDataset
from crispstack.aws.artifact_store import s3, split_uri
from crispstack.aws.prepared_storage import S3Storage
from crispstack.data_preparation.account import Account
from crispstack.data_preparation.prepared_version import tidy

# The process has begun to work some time before its first file is there.
BEFORE_FIRST_FILE = 0.8
POLL_SECONDS = 0.05


class BrokenPromiseError(Exception):
    """A promise that was not kept."""


@dataclasses.dataclass(frozen=True)
class Found:
    """What a dead job left in the bucket."""

    objects: int
    parts: int
    version: bytes | None


def keys(bucket: str, prefix: str = "") -> list[str]:
    pages = s3().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [each["Key"] for page in pages for each in page.get("Contents", ())]


def content(bucket: str, key: str) -> bytes:
    body: bytes = s3().get_object(Bucket=bucket, Key=key)["Body"].read()
    return body


def lines(name: str, stored: bytes) -> list[str]:
    """The rows of a file, each as a text."""
    if name.endswith(".parquet"):
        return [repr(row) for row in pd.read_parquet(io.BytesIO(stored)).itertuples(index=False, name=None)]
    return gzip.decompress(stored).decode().splitlines()


def row_hashes(dataset: PreparedDataset) -> dict[str, str]:
    """A hash of the sorted rows of each part, as a reader finds them under the prefix."""
    hashes = {}
    for part, uri in (("train", dataset.train_uri), ("test", dataset.test_uri), ("quarantine", dataset.quarantine_uri)):
        bucket, prefix = split_uri(uri)
        rows = sorted(line for key in keys(bucket, prefix) for line in lines(key, content(bucket, key)))
        hashes[part] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return hashes


def named_files(bucket: str) -> set[str]:
    """Keys that the manifests name.

    Raises:
        BrokenPromiseError: one is not there, or is not what the manifest says.
    """
    named = set()
    for manifest in keys(bucket, "manifests/"):
        found: dict[str, Any] = json.loads(content(bucket, manifest))
        for file in Account.from_json(json.dumps(found.get("account", found))).files:
            key = split_uri(file.uri)[1]
            if key not in keys(bucket, key):
                raise BrokenPromiseError(f"{manifest} names {key}, which is not there")
            stored = content(bucket, key)
            if (len(stored), len(lines(key, stored))) != (file.size, file.rows):
                raise BrokenPromiseError(f"{manifest} says {file}, {key} has {len(stored)} bytes")
            named.add(key)
    return named


def left(bucket: str) -> Found:
    found = keys(bucket)
    manifests = [key for key in found if key.startswith("manifests/")]
    parts = [key for key in manifests if "/parts/" in key]
    versions = [content(bucket, key) for key in manifests if key not in parts]
    return Found(len(found) - len(manifests), len(parts), versions[0] if versions else None)


def after(bucket: str, job: Job, wanted: dict[str, str], project: str) -> tuple[Found, int]:
    """Check the bucket of a killed job, run again, tidy; what was left, and how many files were tidied."""
    found = left(bucket)
    named_files(bucket)
    if row_hashes(job.finish(job.start(bucket))) != wanted:
        raise BrokenPromiseError("the rows differ from those of an undisturbed run")
    if found.version not in (None, left(bucket).version):
        raise BrokenPromiseError("a version that was there has changed")
    tidied = tidy(S3Storage(), f"s3://{bucket}", project, datetime.now(UTC) + timedelta(days=2))
    remaining = {key for key in keys(bucket) if not key.startswith("manifests/")}
    if remaining != named_files(bucket):
        raise BrokenPromiseError(f"left behind: {sorted(remaining - named_files(bucket))}")
    return found, tidied


@dataclasses.dataclass(frozen=True)
class Timeline:
    """An undisturbed run: seconds after its start at which its 1st, 2nd, ... object was seen, and at which it ended."""

    objects: tuple[float, ...]
    ended: float

    @property
    def begun(self) -> float:
        return BEFORE_FIRST_FILE * self.objects[0]

    def stage(self, moment: float) -> tuple[int, float]:
        """How many objects there were at a moment, and for how many seconds no further one had come."""
        there = sum(seen <= moment for seen in self.objects)
        return there, moment - (self.objects[there - 1] if there else 0.0)


def undisturbed(job: Job, bucket: str) -> tuple[PreparedDataset, Timeline]:
    """What the job makes of an empty bucket, and when."""
    s3().create_bucket(Bucket=bucket)
    begun, process = time.monotonic(), job.start(bucket)
    seen: list[float] = []
    while not process.ended:
        seen += [time.monotonic() - begun] * (len(keys(bucket)) - len(seen))
        time.sleep(POLL_SECONDS)
    timeline = Timeline(tuple(seen), time.monotonic() - begun)
    return job.finish(process), timeline


def kill(job: Job, bucket: str, objects: int, delay: float) -> float | None:
    """Kill the job when it has got that far, so that a busy machine does not matter; after how many seconds.

    None where it had ended by itself.
    """
    s3().create_bucket(Bucket=bucket)
    begun, process = time.monotonic(), job.start(bucket)
    while len(keys(bucket)) < objects and not process.ended:
        time.sleep(POLL_SECONDS)
    time.sleep(delay)
    running, moment = not process.ended, time.monotonic() - begun
    process.kill()
    return moment if running else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    draw, killed, tried = random.Random(options.seed), 0, 0  # noqa: S311 (moments, no secrets)
    with tempfile.TemporaryDirectory() as folder, emulated(Path(folder)):
        charter = upload_inputs()
        job = Job(Path(folder), charter)
        undisturbed(job, "warm")
        dataset, timeline = undisturbed(job, "undisturbed")
        wanted = row_hashes(dataset)
        print(f"rows: {dataset.train_rows} train, {dataset.test_rows} test, {dataset.quarantined_rows} quarantined")
        print(f"work: {timeline.begun:.1f} to {timeline.ended:.1f} s after the start, {len(timeline.objects)} objects")
        print(f"{'kill':>4}{'work':>6}{'at s':>7}{'files':>7}{'parts':>7}  {'version':<9}{'tidied':>7}")
        while killed < options.kills:
            moment, bucket = draw.uniform(timeline.begun, timeline.ended), f"killed-{tried}"
            share, tried = (moment - timeline.begun) / (timeline.ended - timeline.begun), tried + 1
            seconds = kill(job, bucket, *timeline.stage(moment))
            if seconds is None:
                print(f"{'-':>4}{share:>6.0%}  had ended by itself, another moment is drawn", flush=True)
                continue
            killed += 1
            found, tidied = after(bucket, job, wanted, charter.name)
            there = "complete" if found.version else "none"
            row = f"{killed:>4}{share:>6.0%}{seconds:>7.1f}{found.objects:>7}{found.parts:>7}  {there:<9}{tidied:>7}"
            print(row, flush=True)
        print(f"{killed} kills: only whole versions seen, every next run succeeded with the undisturbed run's rows")


if __name__ == "__main__":
    main()
