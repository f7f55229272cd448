"""A charter whose plan uses every cleaning and every derivation, and rows that strain it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from crispstack.charter import Charter, Column, Exclusion, Money, Source, Target
from crispstack.data_preparation.rows import MALFORMED
from crispstack.preparation_plan import Cleaning, Condition, Derivation, Outliers, Preparation

COLUMNS = (
    Column("count", "integer"),
    Column("amount", "number"),
    Column("price", "number", decimal=",", thousands="."),
    Column("units", "integer", thousands="'"),
    Column("member", "boolean"),
    Column("born", "date"),
    Column("joined", "date", formats=("%d/%m/%Y", "%Y-%m-%d")),
    Column("seen", "timestamp"),
    Column("sent", "timestamp", formats=("%d.%m.%Y %H:%M",)),
    Column("city", "category"),
    Column("shop", "category"),
    Column("note", "text"),
    Column("id", "integer"),
)
DERIVATIONS = (
    Derivation("is_large", "indicator", "amount", ">=", 100),
    Derivation("is_bern", "indicator", "city", "==", "bern"),
    Derivation("since_2020", "indicator", "born", ">", "2020-01-01"),
    Derivation("ratio", "ratio", "amount", other="count"),
    Derivation("difference", "difference", "price", other="amount"),
    Derivation("above_10", "difference", "count", value=10),
    Derivation("days_between", "difference", "seen", other="born"),
    Derivation("days_since_2000", "difference", "joined", value="2000-01-01"),
    Derivation("seconds_part", "difference", "seen", value="2020-05-17T12:34:56+02:00"),
    Derivation("product", "product", "amount", other="units"),
    Derivation("log", "log", "amount"),
    Derivation("log1p", "log1p", "count"),
    Derivation("square_root", "root", "count"),
    Derivation("cube_root", "root", "amount", degree=3),
    Derivation("fourth_root", "root", "amount", degree=4),
    Derivation("fifth_root", "root", "amount", degree=5),
    Derivation("square", "power", "amount"),
    Derivation("inverse", "power", "count", exponent=-1.5),
    Derivation("by_list", "bucket", "amount", edges=(-10, 0.1, 0.7, 1e6)),
    Derivation("by_width", "bucket", "price", width=0.1),
    *(
        Derivation(f"seen_{part}", "date_part", "seen", part=part)
        for part in ("year", "quarter", "month", "day", "weekday", "day_of_year", "hour", "minute", "is_weekend")
    ),
    Derivation("born_month", "date_part", "born", part="month"),
    Derivation("hour_sine", "sine", "seen", part="hour"),
    Derivation("month_cosine", "cosine", "joined", part="month"),
    Derivation("count_sine", "sine", "count", period=360),
    Derivation("where", "cross", "city", other="shop"),
    Derivation("where_and_amount", "cross", "where", other="by_list"),
    Derivation("note_length", "length", "note"),
    Derivation("log_of_square", "log1p", "square"),
)
PLAN = Preparation(
    missing_values=("", "unknown", "1900-01-01"),
    exclude=(Exclusion("id", "a row number"),),
    derive_only=("note", "sent"),
    filter=(Condition("shop", "!=", "closed"), Condition("count", "is_present"), Condition("count", "<", 1e9)),
    clean=(
        Cleaning("count", missing_values=("999", "-1"), outliers=(Outliers("quarantine", lower=-1e12),)),
        Cleaning("amount", invalid="missing", round_to=0.01, outliers=(Outliers("clip", lower=-1e6, upper=1e6),)),
        Cleaning("price", outliers=(Outliers("flag", upper=99.9),), missing="constant", constant=0.1),
        Cleaning("units", missing_values=("-1",), outliers=(Outliers("missing", lower=0, upper=1e6),)),
        Cleaning("city", text=("nfkc", "strip_controls", "fold_accents", "casefold", "collapse_whitespace")),
        Cleaning("shop", text=("ascii", "lower"), maximum_length=6, missing="constant", constant="none"),
        Cleaning("seen", missing="quarantine"),
    ),
    derive=DERIVATIONS,
)
CHARTER = Charter(
    name="everything",
    question="Who?",
    owner="Ada",
    sources=(Source("rows", "rows.csv", (*COLUMNS, Column("y", "category"))),),
    target=Target("y", "yes"),
    money=Money("EUR", 10, -1),
    preparation=PLAN,
)

Cell = tuple[str | None, Any]
"""A value as a file writes it and as a request does."""


def batch(rows: list[dict[str, Cell]]) -> pa.RecordBatch:
    """The rows as the preparation job reads them, all of them positive."""
    columns = {
        column.name: pa.array([row.get(column.name, ("", None))[0] for row in rows], pa.string()) for column in COLUMNS
    }
    columns["y"] = pa.array(["yes"] * len(rows), pa.string())
    columns[MALFORMED] = pa.nulls(len(rows), pa.string())
    return pa.RecordBatch.from_pydict(columns)


def request(row: dict[str, Cell]) -> dict[str, Any]:
    """The row as a prediction sends it."""
    return {column.name: row[column.name][1] for column in CHARTER.feature_columns}


def _padded(cells: st.SearchStrategy[Cell]) -> st.SearchStrategy[Cell]:
    pad = st.sampled_from(["", "", "", " ", "   "])
    return st.builds(lambda cell, left, right: (f"{left}{cell[0]}{right}", cell[1]), cells, pad, pad)


_MISSING = st.sampled_from([("", None), (None, None), ("  ", ""), ("unknown", "unknown"), (" unknown ", None)])
_EXTREMES = [0, -0.0, 1e-45, -1e-45, 1.17e-38, 3.4e38, -3.4e38, 16777217, 0.1, 0.7, 99.9, 1e6, 123456789.125]
_NUMBERS = st.one_of(
    st.sampled_from(_EXTREMES), st.floats(-3.4e38, 3.4e38), st.floats(-1000, 1000), st.floats(-100, 100, width=32)
).map(float)
_INTEGERS = st.one_of(
    st.integers(-(10**4), 10**4), st.integers(-(2**70), 2**70), st.sampled_from([0, 999, -1, 2**24 + 1])
)
_UNICODE = st.text(st.characters(codec="utf-8"), max_size=12)
_WORDS = (
    "Bern| bern|BERN|Z\u00fcrich|Zu\u0308rich|\u200bBern\ufeff|Stra\u00dfe|\uff22\uff45\uff52\uff4e|Lo\u0301dz\u0301|"
    "\u0141\u00f3d\u017a|closed|Closed |__missing__|a & b|\U0001f600|\x00|\x1f\t\x85"
)
_TEXTS = _UNICODE | st.sampled_from(_WORDS.split("|"))
_DATES = st.one_of(st.dates(), st.sampled_from([dt.date(1, 1, 1), dt.date(9999, 12, 31), dt.date(2000, 2, 29)]))
_TIMES = st.datetimes(dt.datetime(2, 1, 1), dt.datetime(9998, 12, 31))
_ZONES = st.sampled_from(
    [None, dt.UTC, dt.timezone(dt.timedelta(hours=5, minutes=45)), dt.timezone(-dt.timedelta(hours=9))]
)


def _german(number: float) -> Cell:
    text = f"{number:,.3f}" if abs(number) < 1e15 else repr(number)
    return text.translate(str.maketrans(",.", ".,")), float(text.replace(",", ""))


def _text_cell(text: str) -> Cell:
    return text, text


_CELLS: dict[str, st.SearchStrategy[Cell]] = {
    "count": _padded(_INTEGERS.map(lambda n: (str(n), n))) | _padded(_INTEGERS.map(lambda n: (f"+{abs(n)}", abs(n)))),
    "amount": _padded(_NUMBERS.map(lambda x: (repr(x), x))),
    "price": _padded(_NUMBERS.map(_german)),
    "units": _padded(_INTEGERS.map(lambda n: (f"{n:,}".replace(",", "'"), n))),
    "member": st.sampled_from(
        [("yes", True), ("TRUE", "true"), ("1", True), ("No", False), ("false", "no"), ("0", "0")]
    ),
    "born": _padded(_DATES.map(lambda d: (d.isoformat(), d.isoformat()))),
    "joined": _DATES.map(lambda d: (f"{d:%d/%m}/{d.year:04}", d.isoformat()))
    | _DATES.map(lambda d: (d.isoformat(), d.isoformat())),
    "seen": st.builds(
        lambda t, zone, sep: (t.replace(tzinfo=zone).isoformat(sep), t.replace(tzinfo=zone).isoformat()),
        _TIMES, _ZONES, st.sampled_from("T "),
    ),
    "sent": _TIMES.map(lambda t: (f"{t:%d.%m}.{t.year:04} {t:%H:%M}", t.isoformat(timespec="minutes"))),
    "city": _TEXTS.map(_text_cell),
    "shop": _TEXTS.map(_text_cell),
    "note": _UNICODE.map(_text_cell),
}  # fmt: skip


def rows(least: int = 1, most: int = 12) -> st.SearchStrategy[list[dict[str, Cell]]]:
    """Rows of values that are of their columns' types, or missing."""
    cells = {name: st.one_of(cell, cell, cell, _MISSING) for name, cell in _CELLS.items()}
    cells["seen"] = _CELLS["seen"] | st.just((None, None))
    return st.lists(st.fixed_dictionaries(cells), min_size=least, max_size=most)
