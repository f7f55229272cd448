# ruff: noqa: PLC0415 (each tool runs where the others may be missing)
"""The approximate profile of a large table beside DuckDB's SUMMARIZE, polars and ydata-profiling.

    .venv/bin/python -m benchmarks.profile [--rows 5000000] [--repeats 3] [--tools crispstack summarize polars ydata]

Data is made once with fixed hashes: 20 columns in Parquet. Each tool runs in a process of its own, in turn, and each
computes what `STATISTICS` says. CPU seconds are those of all threads, memory is the largest resident set.
The profile runs on the emulator's engine, which computes quantiles and frequencies exactly where Athena uses sketches.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build"
PROFILERS = BUILD / "profilers" / "bin" / "python"
PINNED = ("polars==2.1.0", "ydata-profiling==4.18.4", "pandas==2.3.3", "pyarrow==24.0.0", "setuptools==80.10.2")
OF_SUMMARIZE, OF_YDATA = 3.0, 1 / 5
STATISTICS = {
    "crispstack": (
        "rows of the training and the test set, positives, missing, unusable, distinct values, 105 quantiles of all "
        "and of positive rows, minimum, maximum, sum, variance, skewness, covariance with the target, zeros, "
        "negatives, days and gaps, lengths, looks of texts, the ten most frequent values with their positives"
    ),
    "summarize": "minimum, maximum, distinct values, mean, standard deviation, three quartiles, count, missing",
    "polars": "count, missing, mean, standard deviation, minimum, three quartiles, maximum",
    "ydata": (
        "minimal=True: count, missing, distinct values, minimum, maximum, mean, variance, skewness, kurtosis, "
        "quantiles, histogram, zeros, negatives, frequent values"
    ),
}
TYPES = {
    "id": "integer", "c1": "integer", "c2": "integer", "f1": "number", "f2": "number", "f3": "number", "f4": "number",
    "k1": "category", "k2": "category", "k3": "category", "k4": "category", "k5": "category", "d1": "date",
    "t1": "timestamp", "s1": "text", "s2": "text", "c3": "integer", "b1": "boolean", "c4": "integer", "y": "category",
}  # fmt: skip
_ROW = """
    i AS id, (hash(i) % 1000)::BIGINT AS c1, (hash(i + 1) % 100000)::BIGINT AS c2,
    CASE WHEN hash(i + 2) % 10 > 0 THEN (hash(i + 3) % 1000000) / 1e3 END AS f1, ln(1 + hash(i + 4) % 1000000) AS f2,
    (hash(i + 5) % 1000000007) / 7.0 AS f3, sqrt(hash(i + 6) % 100000000) AS f4,
    (['a', 'bb', 'ccc', 'dddd', 'eeeee'])[1 + (hash(i + 7) % 5)::INT] AS k1, 'cat' || hash(i + 8) % 12 AS k2,
    'region ' || hash(i + 9) % 60 AS k3, 'code' || hash(i + 10) % 5000 AS k4,
    CASE WHEN hash(i + 11) % 5 > 0 THEN (['yes', 'no'])[1 + (hash(i + 12) % 2)::INT] END AS k5,
    DATE '2015-01-01' + (hash(i + 13) % 3000)::INT AS d1,
    TIMESTAMP '2015-01-01' + to_seconds((hash(i + 14) % 90000000)::INT) AS t1,
    'note ' || hash(i + 15) % 5000000 || ' about ' || hash(i + 16) % 1000 AS s1, md5(i::VARCHAR) AS s2,
    (hash(i + 17) % 7)::BIGINT AS c3, hash(i + 18) % 2 = 0 AS b1,
    CASE WHEN hash(i + 19) % 3 > 0 THEN hash(i + 20) % 50 END::BIGINT AS c4,
    CASE WHEN hash(i + 21) % 7 = 0 THEN 'yes' ELSE 'no' END AS y
"""


def main() -> None:
    arguments = _arguments()
    if arguments.tool:
        started = time.perf_counter()
        count = TOOLS[arguments.tool](arguments.file)
        print(f"{time.perf_counter() - started} {count}")
        return
    path = _data(arguments.rows)
    if {"polars", "ydata"} & set(arguments.tools) and not PROFILERS.exists():
        subprocess.run(
            [ROOT / ".venv/bin/uv", "venv", "-q", "--python", sys.executable, PROFILERS.parent.parent], check=True
        )
        subprocess.run([ROOT / ".venv/bin/uv", "pip", "install", "-q", "--python", PROFILERS, *PINNED], check=True)
    measured: dict[str, list[tuple[float, float, float]]] = {tool: [] for tool in arguments.tools}
    for _ in range(arguments.repeats):
        for tool, runs in measured.items():
            runs.append(_measured(tool, path))
            print(f"{tool}: {runs[-1][0]:.1f} s, {runs[-1][1]:.1f} CPU s, {runs[-1][2]:.1f} GiB", flush=True)
    _report({tool: tuple(map(statistics.median, zip(*runs, strict=True))) for tool, runs in measured.items()})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--tools", nargs="+", choices=list(TOOLS), default=list(TOOLS))
    parser.add_argument("--tool", choices=list(TOOLS), help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _data(rows: int) -> Path:
    import duckdb

    path = BUILD / f"profile-{rows}.parquet"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        query = f"SELECT {_ROW} FROM range({rows}) AS rows (i)"  # noqa: S608 (constant)
        duckdb.connect().execute(f"COPY ({query}) TO '{path}.new' (FORMAT parquet)")
        Path(f"{path}.new").rename(path)
    return path


def _measured(tool: str, path: Path) -> tuple[float, float, float]:
    """Seconds of the profile itself, CPU seconds and the largest resident set in GiB of its process."""
    python = PROFILERS if tool in ("polars", "ydata") else Path(sys.executable)
    # As a module: as a script, this file and its neighbors would hide modules of the same name.
    command = [str(python), "-m", "benchmarks.profile", "--tool", tool, "--file", str(path)]
    environment = {**os.environ, "MPLBACKEND": "agg"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=environment, text=True) as child:
        output = child.stdout.read() if child.stdout else ""
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{tool} failed with {child.returncode}")
    seconds, columns = output.split()[-2:]
    if int(columns) != len(TYPES):
        raise SystemExit(f"{tool} profiled {columns} columns, not {len(TYPES)}")
    return float(seconds), used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20


def _report(medians: Mapping[str, tuple[float, ...]]) -> None:
    print("\n| Tool | Seconds | CPU seconds | GiB | Statistics |\n|---|---|---|---|---|")
    for tool, (wall, cpu, memory) in medians.items():
        print(f"| {tool} | {wall:.1f} | {cpu:.1f} | {memory:.1f} | {STATISTICS[tool]} |")
    for other, most in {"summarize": OF_SUMMARIZE, "ydata": OF_YDATA}.items():
        if {"crispstack", other} <= set(medians):
            ratio = medians["crispstack"][1] / medians[other][1]
            verdict = "reached" if ratio <= most else "MISSED"
            print(f"{ratio:.2f} of the CPU seconds of {other}; at most {most:g}: {verdict}")


def _crispstack(path: Path) -> int:
    from crispstack.charter import Charter, Column, Money, Source, Split, Target
    from crispstack.data_understanding import approximate_profile
    from crispstack.data_understanding.raw_table import RawTables, column_type
    from emulator.services.athena import engine, parser
    from emulator.services.athena.query.compiler import Compiler
    from emulator.services.athena.query.relation import StoredTable
    from emulator.services.athena.types.reading import parse

    source = Source("big", columns=tuple(Column(name, kind) for name, kind in TYPES.items()), format="parquet")  # type: ignore[arg-type]
    split = Split(method="grouped", group=("id",), key="benchmark")
    charter = Charter("benchmark", "How fast?", "Ada", (source,), Target("y", "yes"), Money("EUR", 1, -1), split=split)
    tables = RawTables("lake", {source.name: "v"})
    statement = approximate_profile.statement(charter, source, tuple(enumerate(source.columns, 1)), tables)
    stored = [(column.name, parse(column_type(source, column))) for column in source.columns]
    compiler = Compiler(lambda *_: StoredTable("lake", "big", [*stored, ("version", parse("string"))]), "lake")
    sql, _ = compiler.query(parser.parse(statement))
    if len(compiler.uses) != 1:
        raise SystemExit(f"the table is read {len(compiler.uses)} times")
    sql = sql.replace(compiler.uses[0].marker, f"(SELECT *, 'v' AS version FROM '{path}')")  # noqa: S608
    return len(engine.cursor().execute(sql).fetchall())


def _summarize(path: Path) -> int:
    import duckdb

    connection = duckdb.connect(config={"threads": "2"})
    return len(connection.execute(f"SUMMARIZE SELECT * FROM '{path}'").fetchall())  # noqa: S608


def _polars(path: Path) -> int:
    import polars as pl  # type: ignore[import-not-found]

    return len(pl.read_parquet(path).describe().columns) - 1


def _ydata(path: Path) -> int:
    import pandas as pd
    from ydata_profiling import ProfileReport  # type: ignore[import-not-found]

    report = ProfileReport(pd.read_parquet(path), minimal=True, progress_bar=False)
    return len(report.get_description().variables)


TOOLS: Mapping[str, Callable[[Path], int]] = {
    "crispstack": _crispstack,
    "summarize": _summarize,
    "polars": _polars,
    "ydata": _ydata,
}

if __name__ == "__main__":
    main()
