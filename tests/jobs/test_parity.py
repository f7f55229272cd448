"""A file through a real Spark session and requests through serving's code become the same model inputs, bit for bit."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import json
import random
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyspark import cloudpickle
from pyspark.sql import SparkSession

from crispstack.artifacts import sha256
from crispstack.charter import Split
from crispstack.data_preparation.prepare import Destination, prepare
from crispstack.data_preparation.raw_rows import RawPart, RawTable
from crispstack.data_preparation.requests import feature_arrays, prepared_arrays
from crispstack.errors import RequestError
from tests.jobs import local_storage
from tests.jobs.local_storage import LocalStorage, json_rows, parquet_rows
from tests.unit.data_preparation.plan_of_everything import CHARTER, PLAN, Cell, request

# PySpark leaves the sockets of collect() to the garbage collector, and compares versions with distutils.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:distutils Version classes:DeprecationWarning"),
]

# Workers do not see the tests.
cloudpickle.register_pickle_by_value(local_storage)

# The number of a row is a feature here, by which the rows are found again.
ALL = dataclasses.replace(
    CHARTER, preparation=dataclasses.replace(PLAN, exclude=()), split=Split(test_share=0.3, key="parity")
)
ROWS = 400
TEXTS = [
    "Bern", "BERN ", "Z\u00fcrich", "Zu\u0308rich", "\u200bBern\ufeff", "Stra\u00dfe", "\uff22\uff45\uff52\uff4e",
    'say "hi", twice', "a;b", "closed", "\U0001f600", "\u4e2d\u6587", "unknown", "", "'", "\\", "x" * 500,
]  # fmt: skip
NUMBERS = [0.0, -0.0, 0.1, 0.7, 99.9, -1e-45, 3.4e38, -12345.675, 1e6, 16777217.0, 1e-300]


def cells(number: int, generator: random.Random) -> dict[str, Cell]:
    count, amount = (
        generator.choice([0, 5, 7, 41, -3, 1234, 2**24, 10**6, -(10**8), 2, -1, 999, 2**70]),
        generator.choice(NUMBERS),
    )
    price = round(generator.uniform(-2000, 2000), 2)
    day = dt.date(1900, 1, 1) + dt.timedelta(days=generator.randrange(60_000))
    moment = dt.datetime(1950, 1, 1) + dt.timedelta(microseconds=generator.randrange(4 * 10**15))
    zoned = moment.replace(tzinfo=dt.timezone(dt.timedelta(hours=generator.randrange(-12, 13)))).isoformat()
    values: dict[str, Cell] = {
        "count": (f" {count}", count),
        "amount": (repr(amount), amount),
        "price": (f"{price:,.2f}".translate(str.maketrans(",.", ".,")), price),
        "units": (f"{number * 999:,}".replace(",", "'"), number * 999),
        "member": generator.choice([("yes", True), ("0", False), ("TRUE", True)]),
        "born": (f"{day}", f"{day}"),
        "joined": generator.choice([(f"{day:%d/%m/%Y}", f"{day}"), (f"{day}", f"{day}")]),
        "seen": generator.choice([(zoned, zoned), (f"{moment}", moment.isoformat())]),
        "sent": (f"{moment:%d.%m.%Y %H:%M}", f"{moment:%Y-%m-%dT%H:%M}"),
    }
    for name in ("city", "shop", "note"):
        text = generator.choice(TEXTS)
        values[name] = (text, text)
    for name in values:
        if generator.random() < 0.05 and name != "seen":
            values[name] = generator.choice([("", None), ("unknown", "unknown")])
    return {**values, "id": (str(number), number)}


def bits(values: Any) -> list[Any]:
    return [value if isinstance(value, str) else None if np.isnan(value) else value.tobytes() for value in values]


def test_serving_sees_what_spark_prepared(spark: SparkSession, tmp_path: Path) -> None:
    generator = random.Random(4)  # noqa: S311 (reproducible, not secret)
    rows = [cells(number, generator) for number in range(ROWS)]
    names = [column.name for column in ALL.source.columns]
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow([{**row, "y": ("yes" if generator.random() < 0.5 else "no", None)}[name][0] for name in names])
    path = tmp_path / "rows.csv"
    path.write_text(file.getvalue(), encoding="utf-8")
    part = RawPart((str(path),), sha256(path.read_bytes()), path.stat().st_size)
    destination = Destination(str(tmp_path / "prepared"), uuid.uuid4().hex, LocalStorage())
    dataset = prepare(spark, ALL, (RawTable(ALL.source, str(tmp_path), (part,)),), ROWS, destination)

    used = [*parquet_rows(dataset.train_uri), *json_rows(dataset.test_uri)]
    requests = [{**request(rows[int(each["id"])]), "id": int(each["id"])} for each in used]
    trained, served = prepared_arrays(used, dataset.features), feature_arrays(requests, ALL)
    assert list(served) == [feature.name for feature in dataset.features]
    for name, values in trained.items():
        assert bits(served[name]) == bits(values), name

    refused = [int(json.loads(each["_raw"])["id"]) for each in json_rows(dataset.quarantine_uri)]
    assert sorted([*refused, *(int(each["id"]) for each in used)]) == list(range(ROWS))
    assert ROWS // 10 < len(refused) < ROWS // 2
    for number in refused:
        with pytest.raises(RequestError, match=r"left out by the filter|is missing|is an outlier"):
            feature_arrays([{**request(rows[number]), "id": number}], ALL)
