"""Which rows of a batch belong to the test set: `crispstack.data_understanding.holdout`'s rule for whole columns."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from crispstack.charter import Charter
from crispstack.data_understanding import holdout

pc: Any = pyarrow.compute  # its functions are made when it is imported, so that types are not known


def in_test_set(batch: pa.RecordBatch, charter: Charter) -> Any:
    """Whether each row belongs to the test set, as `holdout.is_test` says of one.

    Args:
        batch: the main source's columns by which rows are divided, as text, n rows.
        charter: says by which.

    Returns:
        Arrow array of bool, shape (n,).
    """
    split = charter.split
    if split.method == "time":
        return pc.greater_equal(pc.utf8_slice_codeunits(_text(batch, split.time), 0, holdout.DAY), split.test_from)
    limit = bytes.fromhex(holdout.limit(split))
    texts = [_text(batch, name) for name in holdout.hashed(charter)]
    joined = pc.binary_join_element_wise(pa.scalar(split.key), *texts, holdout.SEPARATOR)
    _, offsets, data = joined.buffers()
    bounds, content = np.frombuffer(offsets, np.int32)[: batch.num_rows + 1].tolist(), memoryview(data or b"")
    # Bytes compare like the digits that write them, and a longer text whose beginning is the same is greater.
    return pa.array([hashlib.sha256(content[first:last]).digest() < limit for first, last in pairwise(bounds)])


def _text(batch: pa.RecordBatch, name: str) -> Any:
    return pc.utf8_trim(pc.fill_null(batch.column(name), ""), " ")
