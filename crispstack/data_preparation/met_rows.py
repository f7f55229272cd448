"""What rows met in the joins, read off their batch: counted, and sent to the quarantine where the charter says so."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pyarrow.compute

from crispstack.charter import Charter
from crispstack.data_preparation.account import JoinAccount
from crispstack.data_preparation.joins import met, met_key
from crispstack.data_preparation.lookups import KEY_SEPARATOR
from crispstack.data_preparation.privacy import treated_raw
from crispstack.data_preparation.rows import RAW, REASON
from crispstack.joined_sources import Join

pc: Any = pyarrow.compute  # its functions are made when it is imported, so that types are not known
_EXAMPLES = 3


def join_accounts(raw: pa.RecordBatch, charter: Charter) -> dict[str, JoinAccount]:
    """Per joined source: rows that met none of its rows, rows that met several, and keys of a few of these.

    Keys that are personal and not kept are not told.
    """
    accounts = {}
    for join in charter.preparation.joins:
        counts = raw.column(met(join))
        ambiguous = pc.sum(pc.greater(counts, 1)).as_py() or 0
        keys = (
            pc.unique(raw.column(met_key(join)).drop_null()).to_pylist()[:_EXAMPLES]
            if ambiguous and not _is_private(join, charter)
            else []
        )
        examples = tuple(sorted(key.replace(KEY_SEPARATOR, ", ") for key in keys))
        accounts[join.source] = JoinAccount(pc.sum(pc.equal(counts, 0)).as_py() or 0, ambiguous, examples)
    return accounts


def _is_private(join: Join, charter: Charter) -> bool:
    """Whether a column of the key holds personal data that the charter does not keep."""
    left, right = charter.treatments(charter.source.name), charter.treatments(join.source)
    hidden = {("left", each.column) for each in left if each.treatment != "keep"}
    hidden |= {("right", each.column) for each in right if each.treatment != "keep"}
    return any(("left", key.left) in hidden or ("right", key.right) in hidden for key in join.keys)


def refuse_unmatched(raw: pa.RecordBatch, routed: pa.RecordBatch, charter: Charter, key: bytes = b"") -> pa.RecordBatch:
    """The routed rows, those that met none and must not with that as their reason."""
    for join in charter.preparation.joins:
        if join.unmatched == "quarantine":
            refused = pc.and_(pc.equal(raw.column(met(join)), 0), pc.is_null(routed.column(REASON)))
            if pc.any(refused).as_py():
                routed = _refuse(routed, refused, f"no row of {join.source} matches", _raw(raw, refused, charter, key))
    return routed


def _refuse(routed: pa.RecordBatch, rows: Any, reason: str, raw: Any) -> pa.RecordBatch:
    columns = dict(zip(routed.schema.names, routed.columns, strict=True))
    columns[REASON] = pc.if_else(rows, reason, columns[REASON])
    columns[RAW] = pc.replace_with_mask(columns[RAW], rows, raw)
    return pa.RecordBatch.from_pydict(columns, schema=routed.schema)


def _raw(raw: pa.RecordBatch, rows: Any, charter: Charter, key: bytes) -> Any:
    """The rows as the source has them, their personal data treated, as JSON."""
    names = [column.name for column in charter.source.columns]
    texts = raw.select(names).filter(rows).to_pylist()
    return pa.array([json.dumps(treated_raw(row, charter, key)) for row in texts], pa.string())
