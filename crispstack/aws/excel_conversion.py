"""Workbooks become Parquet in the raw bucket, all values text; cells hold line breaks, so that CSV would not do."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence

from crispstack.artifacts import sha256
from crispstack.aws.artifact_store import s3
from crispstack.business_understanding import data_file_excel
from crispstack.business_understanding.data_file_location import DataFile
from crispstack.charter import Source
from crispstack.data_collection import CollectedFile, VersionPlace


def row_hashes(files: Sequence[DataFile], source: Source) -> dict[str, str]:
    """SHA-256 of the rows of each workbook, by its name."""
    import pandas as pd  # noqa: PLC0415 (only where a source is Excel)

    options = data_file_excel.read_options(source)
    return {file.name: _hash(data_file_excel.texts(pd.read_excel(file.path, **options), source)) for file in files}


def convert(place: VersionPlace, workbooks: Sequence[CollectedFile], source: Source) -> tuple[CollectedFile, ...]:
    """Store each workbook of the version once more, as Parquet beside it."""
    import awswrangler as wr  # noqa: PLC0415 (only where a source is Excel)

    stored = []
    for workbook in workbooks:
        frame = wr.s3.read_excel(f"{place.uri}{workbook.name}", **data_file_excel.read_options(source))
        folder, slash, last = workbook.name.rpartition("/")
        name = f"{folder}{slash}{last.removeprefix('_').rsplit('.', 1)[0]}.parquet"
        content = _parquet(data_file_excel.texts(frame, source))
        metadata = {"sha256": sha256(content)}
        s3().put_object(Bucket=place.bucket, Key=place.key + name, Body=content, Metadata=metadata)
        stored.append(CollectedFile(name, len(content), metadata["sha256"]))
    return tuple(stored)


def _hash(columns: Mapping[str, Sequence[str]]) -> str:
    digest = hashlib.sha256("\x1f".join(columns).encode())
    for row in zip(*columns.values(), strict=True):
        digest.update(b"\x1e" + "\x1f".join(row).encode())
    return digest.hexdigest()


def _parquet(columns: Mapping[str, Sequence[str]]) -> bytes:
    import pyarrow as pa  # noqa: PLC0415 (only where a source is Excel)
    import pyarrow.parquet as pq  # noqa: PLC0415

    buffer = io.BytesIO()
    table = pa.table({name: pa.array(texts, pa.string()) for name, texts in columns.items()})
    pq.write_table(table, buffer, compression="snappy")
    return buffer.getvalue()
