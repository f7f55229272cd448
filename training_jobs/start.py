"""Start of a training job in a container: fetch what the job is made of, from S3, and become it.

The machine's image brings Python and boto3; DEPENDENCIES, LIBRARY and SCRIPT name the rest by their URIs. The script's
arguments are variables too: PROJECT, RUN_ID and ARTIFACTS_BUCKET.
"""

from __future__ import annotations

import os
import sys
import tempfile
import zipfile
from pathlib import Path

import boto3


def main() -> None:
    """Replace this process by the script, with its arguments, the library and the dependencies."""
    arguments = [
        part
        for name in ("PROJECT", "RUN_ID", "ARTIFACTS_BUCKET")
        for part in (f"--{name.lower().replace('_', '-')}", os.environ[name])
    ]
    folder = Path(tempfile.mkdtemp(prefix="training-"))
    packages = folder / "packages"
    for name in ("DEPENDENCIES", "LIBRARY"):
        with zipfile.ZipFile(_fetch(os.environ[name], folder)) as archive:
            archive.extractall(packages)
    script = _fetch(os.environ["SCRIPT"], folder)
    variables = {**os.environ, "PYTHONPATH": str(packages)}
    os.execve(sys.executable, [sys.executable, str(script), *arguments], variables)  # noqa: S606


def _fetch(uri: str, folder: Path) -> Path:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    path = folder / key.rpartition("/")[2]
    boto3.client("s3").download_file(bucket, key, str(path))
    return path


if __name__ == "__main__":
    main()
