"""Training rows from S3, without Spark: every part of the Parquet prefix, kept on this machine once it was read."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from crispstack.aws.artifact_store import s3, split_uri
from crispstack.errors import DataError

_DOWNLOADS = 8


def read(uri: str, folder: Path) -> Any:
    """The rows below ``uri`` as one `pyarrow.Table`, in the order of the parts' names.

    A prepared version never changes, so its parts are downloaded by the first process that asks, while others wait,
    and read from `folder` ever after: once per machine, however many processes it runs.

    Raises:
        DataError: there is no Parquet file.
    """
    import pyarrow as pa  # noqa: PLC0415 (not needed where rows are not read)
    import pyarrow.parquet as pq  # noqa: PLC0415

    copy = folder / hashlib.sha256(uri.encode()).hexdigest()[:16]
    with _one_at_a_time(copy.with_suffix(".lock")):
        if not copy.exists():
            _download(uri, copy)
    # One part after the other: a dataset would add columns for folders that look like partitions.
    return pa.concat_tables([pq.ParquetFile(path).read() for path in sorted(copy.iterdir())])


def _download(uri: str, copy: Path) -> None:
    """Every part, beside `copy` and then moved there, so that a killed download leaves nothing that looks whole."""
    bucket, prefix = split_uri(uri)
    keys = [
        entry["Key"]
        for page in s3().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix.rstrip("/") + "/")
        for entry in page.get("Contents", ())
        if entry["Key"].endswith(".parquet")
    ]
    if not keys:
        raise DataError(f"there are no training rows at {uri}; prepare the data again: `--from data_preparation`")
    draft = Path(tempfile.mkdtemp(prefix=f".{copy.name}-", dir=copy.parent))
    names = [draft / f"{number:06d}.parquet" for number in range(len(keys))]
    with ThreadPoolExecutor(_DOWNLOADS) as pool:
        for _ in pool.map(lambda key, name: s3().download_file(bucket, key, str(name)), sorted(keys), names):
            pass
    draft.rename(copy)


@contextlib.contextmanager
def _one_at_a_time(lock: Path) -> Iterator[None]:
    """Holds for all processes of the machine; released by the system where one is killed."""
    lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
