"""What fitting takes here, from columns to graph, beside LightGBM and XGBoost themselves on a matrix that is there.

    .venv/bin/python -m benchmarks.training [--rows 250000 1000000 4000000] [--repeats 3] [--spark-rows 250000]

30 columns, 6 of them whole numbers, some values missing. The libraries get the same parameters, the same threads and a
numpy matrix of the same values; here the matrix is made of the columns first, and a graph of the model last. Every fit
is a process of its own, in turns; medians are printed, and how far the answers of both are apart. Peak memory is what
the process gained over the rows that it was given. Beside them XGBoost distributed over two executors' threads, from a
Parquet file, on `--spark-rows` rows (0: not at all).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xgboost
from numpy.typing import NDArray

from crispstack.artifacts import Feature, PreparedDataset
from crispstack.charter import Charter, Column, Money, Source, Target
from crispstack.data_preparation.row_wise import features
from crispstack.modeling.chosen_model import LastFit, Part
from crispstack.modeling.distributed.rows import prepared, sample
from crispstack.modeling.distributed.training import WholeDataset
from crispstack.modeling.encoding import fit_encoding
from crispstack.modeling.onnx_export import export_graph
from crispstack.modeling.onnx_graph import OnnxGraph
from crispstack.modeling.predictor import Member, Predictor
from crispstack.modeling.technique import Resources, Rows, Shape
from crispstack.modeling.techniques import BY_NAME, light_gbm, xg_boost
from crispstack.training_plan import Imputation

COLUMNS, WHOLE, TREES, COMPARED = 30, 6, 100, 1_000
LIBRARIES = ("lightgbm", "xgboost")
SPARK = "xgboost over 2 tasks of Spark"
Columns = dict[str, NDArray[np.float32]]


def main() -> None:
    """Measure and print; or, asked for one measurement, do it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[250_000, 1_000_000, 4_000_000])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--spark-rows", type=int, default=250_000)
    parser.add_argument("--cores", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--one", nargs=3, metavar=("WHAT", "ROWS", "FILE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        what, rows, file = arguments.one
        _one(what, int(rows), Path(file), arguments.cores)
        return
    with tempfile.TemporaryDirectory() as folder:
        _compare(arguments, Path(folder))


def _compare(arguments: argparse.Namespace, folder: Path) -> None:
    found: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for _ in range(arguments.repeats):
        for rows in arguments.rows:
            for library in LIBRARIES:
                for what in (library, f"crispstack {library}"):
                    found.setdefault((what, rows), []).append(_apart(what, rows, folder, arguments.cores))
    print(f"{arguments.cores} cores, {TREES} trees, {COLUMNS} columns, medians of {arguments.repeats}\n")
    print("| library | rows | itself | here | of it encoding, fit, graph | ratio | peak itself | peak here | apart |")
    print("|---|---:|---:|---:|---|---:|---:|---:|---:|")
    for library in LIBRARIES:
        for rows in arguments.rows:
            _line(library, rows, found[library, rows], found[f"crispstack {library}", rows])
    print()
    for library in LIBRARIES:
        taken = [_median(found[f"crispstack {library}", rows], "seconds") / rows * 1e6 for rows in arguments.rows]
        said = ", ".join(f"{each:.2f} s at {rows:,}" for each, rows in zip(taken, arguments.rows, strict=True))
        print(f"{library} here, a million rows: {said}")
    if arguments.spark_rows:
        spark = _apart(SPARK, arguments.spark_rows, folder, arguments.cores)
        print(f"{SPARK}, {arguments.spark_rows:,} rows: {spark['seconds']:.2f} s")


def _line(library: str, rows: int, itself: list[dict[str, Any]], here: list[dict[str, Any]]) -> None:
    parts = ", ".join(f"{_median(here, part):.2f}" for part in ("encoding", "fit", "graph"))
    own, others = _median(here, "seconds"), _median(itself, "seconds")
    apart = max(
        float(np.abs(np.array(one["scores"]) - np.array(other["scores"])).max())
        for one, other in zip(itself, here, strict=True)
    )
    peaks = " | ".join(f"{_median(each, 'peak'):,.0f} MiB" for each in (itself, here))
    times = f"{others:.2f} s | {own:.2f} s | {parts} | {own / others:.2f}"
    print(f"| {library} | {rows:,} | {times} | {peaks} | {apart:.1g} |")


def _median(found: list[dict[str, Any]], name: str) -> float:
    return float(statistics.median(each[name] for each in found))


def _apart(what: str, rows: int, folder: Path, cores: int) -> dict[str, Any]:
    """The measurement, by a process of its own."""
    file = folder / "measured.json"
    command = [sys.executable, "-m", "benchmarks.training", "--cores", str(cores), "--one", what, str(rows), str(file)]
    # Threads that wait must not keep others from working, where something else runs too.
    environment = os.environ | {"OMP_NUM_THREADS": str(cores), "OMP_WAIT_POLICY": "PASSIVE"}
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def _one(what: str, rows: int, file: Path, cores: int) -> None:
    columns, target = _rows(rows)
    if what == SPARK:
        file.write_text(json.dumps(_distributed(columns, target, file.parent)))
        return
    library = what.removeprefix("crispstack ")
    given: Any = columns if what != library else _matrix(columns)
    del columns
    fit: Callable[..., dict[str, Any]] = _here if what != library else _itself
    fit(library, {name: each[:2_000] for name, each in given.items()} if what != library else given[:2_000],
        target[:2_000], cores)  # fmt: skip
    before = _resident()
    found = fit(library, given, target, cores)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    file.write_text(json.dumps({**found, "peak": peak - before}))


def _resident() -> float:
    """MiB that this process has in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def _rows(rows: int) -> tuple[Columns, NDArray[np.float64]]:
    generator = np.random.default_rng(0)
    columns, signal = {}, np.zeros(rows, dtype=np.float32)
    for number in range(COLUMNS):
        values = generator.standard_normal(rows, dtype=np.float32)
        if number < WHOLE:
            np.round(4 * values, out=values)
        if number in (1, 7, 8, 9):
            signal += np.sin(2 * values) if number > WHOLE else 0.2 * values
        values[generator.integers(0, rows, rows // 50)] = np.nan
        columns[f"x{number}"] = values
    signal += generator.standard_normal(rows, dtype=np.float32)
    return columns, (signal > 0).astype(np.float64)


def _matrix(columns: Columns) -> NDArray[np.float32]:
    matrix = np.empty((len(columns["x0"]), len(columns)), dtype=np.float32)
    for number, values in enumerate(columns.values()):
        matrix[:, number] = values
    return matrix


def _itself(library: str, matrix: NDArray[np.float32], target: NDArray[np.float64], cores: int) -> dict[str, Any]:

    settings = _settings(library, len(target), cores)
    started = time.perf_counter()
    if library == "lightgbm":
        found = lightgbm.train(settings, lightgbm.Dataset(matrix, target), TREES)
        seconds = time.perf_counter() - started
        scores = found.predict(matrix[:COMPARED])
    else:
        rows = xgboost.QuantileDMatrix(matrix, target, max_bin=settings["max_bin"], nthread=cores)
        booster = xgboost.train(settings, rows, TREES)
        seconds = time.perf_counter() - started
        scores = booster.predict(xgboost.DMatrix(matrix[:COMPARED]))
    return {"seconds": seconds, "scores": np.asarray(scores, dtype=np.float64).tolist()}


def _settings(library: str, rows: int, cores: int) -> dict[str, Any]:
    """The library's own parameters for what is fitted here."""

    shape, resources = Shape("binary", rows, COLUMNS, 2, rows // 3), Resources(0, cores)
    of = light_gbm if library == "lightgbm" else xg_boost
    found: dict[str, Any] = of._settings(BY_NAME[library].defaults(shape), shape, resources)
    return found


def _here(library: str, columns: Columns, target: NDArray[np.float64], cores: int) -> dict[str, Any]:

    technique, shape = BY_NAME[library], Shape("binary", len(target), COLUMNS, 2, len(target) // 3)
    features = tuple(Feature(name, "numeric") for name in columns)
    started = time.perf_counter()
    encoding, matrix = fit_encoding("trees", features, columns, target.reshape(-1, 1), Imputation(), 0)
    encoded = time.perf_counter()
    parameters = {**technique.defaults(shape), "trees": TREES}
    model = technique.fit(Rows(matrix, target), None, parameters, shape, Resources(0, cores))
    fitted = time.perf_counter()
    graph = export_graph(Predictor((Member(encoding, model),)), features)
    done = time.perf_counter()
    scores = OnnxGraph(graph).scores({name: values[:COMPARED] for name, values in columns.items()})
    parts = {"encoding": encoded - started, "fit": fitted - encoded, "graph": done - fitted}
    return {"seconds": done - started, "scores": scores.astype(np.float64).tolist(), **parts}


def _distributed(columns: Columns, target: NDArray[np.float64], folder: Path) -> dict[str, Any]:
    from pyspark.sql import SparkSession  # noqa: PLC0415 (only where it is asked for)

    path, rows = str(folder / "rows.parquet"), len(target)
    table = {name: pa.array(values, from_pandas=True) for name, values in columns.items()}
    # As many parts as tasks.
    pq.write_table(pa.table({**table, "y": target}), path, row_group_size=-(-rows // 8))
    source = Source("rows", "rows.csv", tuple(Column(name, "number") for name in (*columns, "y")))
    charter = Charter("benchmark", "?", "?", (source,), Target("y", "1"), Money("EUR", 1.0, -1.0))
    dataset = PreparedDataset("v", rows, rows, 0, 0, {}, 0, 0, path, "", "", features(charter), "y")
    spark = SparkSession.builder.master("local[2]").config("spark.driver.memory", "4g").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    try:
        spark.range(10).count()
        shape = Shape("binary", rows, COLUMNS, 2, rows // 3)
        part = Part(0, "xgboost", {**BY_NAME["xgboost"].defaults(shape), "trees": TREES})
        started = time.perf_counter()
        frame = prepared(spark.read.parquet(path).repartition(2), dataset)
        some = sample(frame, dataset, 20_000, 0)
        member = WholeDataset(frame, charter, dataset, some).fit(LastFit(part))
        export_graph(Predictor((member,)), dataset.features)
        return {"seconds": time.perf_counter() - started}
    finally:
        spark.stop()


if __name__ == "__main__":
    main()
