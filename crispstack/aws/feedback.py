"""Truths on their way to the table of truths."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence

from crispstack.artifacts import sha256
from crispstack.aws.artifact_store import s3
from crispstack.deployment.feedback import Truth, table


def upload(bucket: str, project: str, truths: Sequence[Truth], told: dt.datetime) -> str:
    """Put the truths beside those told before, and return the object's URI. The same ones again replace themselves."""
    import pyarrow as pa  # noqa: PLC0415 (only this command needs it)
    from pyarrow import parquet  # noqa: PLC0415

    kinds = (pa.string(), pa.int32(), pa.string(), pa.timestamp("ms"))
    columns = table(truths, told)
    content = io.BytesIO()
    schema = pa.schema(list(zip(columns, kinds, strict=True)))
    parquet.write_table(pa.Table.from_pydict(dict(columns), schema=schema), content)
    key = f"{project}/truths/{sha256(repr(list(truths)).encode())[:32]}.parquet"
    s3().put_object(Bucket=bucket, Key=key, Body=content.getvalue(), ContentType="application/vnd.apache.parquet")
    return f"s3://{bucket}/{key}"
