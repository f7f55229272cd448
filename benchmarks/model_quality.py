# ruff: noqa: PLC0415 (each tool is imported where it is installed: in a process of its own)
"""Models of public data sets beside FLAML, AutoGluon and LightGBM's defaults, with the same seconds and cores.

    .venv/bin/python -m benchmarks.model_quality [--seconds 60] [--cores 2] [--tools ...] [--sets bank adult ...]

Every tool runs in a process of its own, in turn on each data set, on the same training rows; its predictions of the
same test rows are judged here. FLAML is installed into `build/quality/flaml`; AutoGluon runs where
`build/quality/autogluon` has it (`uv venv` and `uv pip install autogluon.tabular[lightgbm,xgboost,catboost]`).
Writes `build/quality/results.md`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.quality_data import problems

ROOT = Path(__file__).parent.parent
WORK = ROOT / "build" / "quality"
INSTALLED = {"flaml": ("flaml[automl]==2.7.0", "pyarrow")}
TIMED_ROWS = 50
Answer = tuple[Any, list[float], float]
"""Predictions of the test rows, milliseconds of single rows, and the seconds that training took."""


def main() -> None:
    arguments = _arguments()
    if arguments.tool:
        _run(arguments)
        return
    found: list[dict[str, Any]] = []
    for problem in problems(arguments.cache):
        if arguments.sets and problem.name.split(",")[0] not in arguments.sets:
            continue
        folder = WORK / problem.name.replace(" ", "_").replace(",", "")
        folder.mkdir(parents=True, exist_ok=True)
        train, test = problem.divided()
        train.to_parquet(folder / "train.parquet")
        test.to_parquet(folder / "test.parquet")
        kept = {"framing": problem.framing, "metric": problem.metric, "classes": int(problem.table["y"].nunique())}
        (folder / "problem.json").write_text(json.dumps(kept))
        for tool in arguments.tools:
            result = {"set": problem.name, "metric": problem.metric, "tool": tool, "rows": len(train)}
            found.append(result | _measured(tool, folder, arguments, test["y"].to_numpy(), problem.metric))
            print(found[-1], flush=True)
    text = _table(found)
    (WORK / "results.json").write_text(json.dumps(found, indent=1))
    (WORK / "results.md").write_text(text)
    print(text)


def _measured(
    tool: str, folder: Path, arguments: argparse.Namespace, actual: np.ndarray, metric: str
) -> dict[str, Any]:
    environment = os.environ | {"OMP_WAIT_POLICY": "PASSIVE", "PYTHONWARNINGS": "ignore", "PYTHONPATH": str(ROOT)}
    environment |= {"OMP_NUM_THREADS": "1" if tool == "crispstack" else str(arguments.cores)}
    command = [_python(tool), __file__, "--tool", tool, "--folder", str(folder)]
    command += ["--seconds", str(arguments.seconds), "--cores", str(arguments.cores)]
    cores = sorted(os.sched_getaffinity(0))[: arguments.cores]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )  # fmt: skip
    (folder / f"{tool}.log").write_text(done.stdout + done.stderr)
    if done.returncode:
        return {"score": None, "error": (done.stderr.strip().splitlines() or ["no word"])[-1][:200]}
    kept = json.loads((folder / f"{tool}.json").read_text())
    return {"score": _score(metric, actual, np.load(folder / f"{tool}.npy"))} | kept


def _score(metric: str, actual: np.ndarray, predicted: np.ndarray) -> float:
    from sklearn.metrics import log_loss, roc_auc_score, root_mean_squared_error

    if metric == "roc_auc":
        return float(roc_auc_score(actual, predicted))
    if metric == "log_loss":
        return float(log_loss(actual, predicted, labels=range(predicted.shape[1])))
    return float(root_mean_squared_error(actual, predicted))


def _run(arguments: argparse.Namespace) -> None:
    folder, tool = arguments.folder, arguments.tool
    problem = json.loads((folder / "problem.json").read_text())
    train, test = (pd.read_parquet(folder / f"{name}.parquet") for name in ("train", "test"))
    predicted, taken, seconds = TOOLS[tool](train, test, problem, arguments)
    np.save(folder / f"{tool}.npy", np.asarray(predicted, dtype=np.float64))
    kept = {"seconds": seconds, "latency_ms": statistics.median(taken)}
    (folder / f"{tool}.json").write_text(json.dumps(kept))


def _crispstack(
    train: pd.DataFrame, test: pd.DataFrame, problem: Mapping[str, Any], arguments: argparse.Namespace
) -> Answer:
    from crispstack.artifacts import PreparedDataset
    from crispstack.charter import Charter, Column, Modeling, Money, Source, Target
    from crispstack.data_preparation.requests import feature_arrays, features
    from crispstack.modeling import training
    from crispstack.modeling.onnx_graph import OnnxGraph
    from crispstack.modeling.training_data import TrainingData
    from crispstack.modeling.workers import Threads

    names = [name for name in train if name not in ("y", "_time", "_group")]
    columns = tuple(Column(name, "number" if train[name].dtype.kind in "ifub" else "category") for name in names)
    charter = Charter(
        "quality", "How good?", "Benchmark", (Source("rows", "rows.csv", (*columns, Column("y", "number"))),),
        Target("y", positive="1" if problem["framing"] == "binary" else "", framing=problem["framing"]),
        Money("EUR", 1.0, -1.0, right=1.0, over_estimate=-1.0, under_estimate=-1.0),
        modeling=Modeling(metric=problem["metric"], budget_seconds=arguments.seconds),
    )  # fmt: skip
    import pyarrow as pa

    classes = () if problem["framing"] == "regression" else tuple(map(str, range(problem["classes"])))
    dataset = PreparedDataset(
        "v", len(train), len(train), 0, 0, {}, 0, 0, "train", "test", "none", features(charter), "y",
        framing=problem["framing"], classes=classes,
    )  # fmt: skip
    started = time.monotonic()
    data = TrainingData.from_table(pa.Table.from_pandas(train, preserve_index=False), dataset)
    found = training.train(charter, dataset, data, Threads(arguments.cores), lambda p: print(p.said, flush=True))
    seconds = time.monotonic() - started
    board = found.leaderboard
    print(board.winner, board.calibration, board.trials, board.validation, board.warnings)
    for candidate in board.candidates:
        print(candidate.name, candidate.mean_score, candidate.members, candidate.note, candidate.error)
    graph = OnnxGraph(found.graph)
    rows = test[names].astype(object).where(test[names].notna(), None).to_dict("records")
    arrays = feature_arrays(rows, charter)
    taken = []
    for row in range(min(TIMED_ROWS, len(test))):
        one = {name: array[row : row + 1] for name, array in arrays.items()}
        begun = time.perf_counter()
        graph.scores(one)
        taken.append(1e3 * (time.perf_counter() - begun))
    return graph.scores(arrays), taken, seconds


def _flaml(
    train: pd.DataFrame, test: pd.DataFrame, problem: Mapping[str, Any], arguments: argparse.Namespace
) -> Answer:
    from flaml import AutoML

    settings: dict[str, Any] = {
        "task": "regression" if problem["framing"] == "regression" else "classification",
        "metric": problem["metric"],
        "time_budget": arguments.seconds,
        "n_jobs": arguments.cores,
        "seed": 7,
        "verbose": 0,
        "log_file_name": "",
    }
    if "_time" in train:
        train = train.sort_values("_time")
        settings["split_type"] = "time"
    if "_group" in train:
        settings |= {"split_type": "group", "groups": train["_group"].to_numpy()}
    inputs, tested = _inputs(train, test)
    started = time.monotonic()
    model = AutoML()
    model.fit(inputs, train["y"].astype(float if problem["framing"] == "regression" else int), **settings)
    return _answers(model, tested, problem, time.monotonic() - started)


def _lightgbm(
    train: pd.DataFrame, test: pd.DataFrame, problem: Mapping[str, Any], arguments: argparse.Namespace
) -> Answer:
    import lightgbm

    inputs, tested = _inputs(train, test)
    kind = lightgbm.LGBMRegressor if problem["framing"] == "regression" else lightgbm.LGBMClassifier
    started = time.monotonic()
    model = kind(n_jobs=arguments.cores, random_state=7, verbosity=-1).fit(inputs, train["y"])
    return _answers(model, tested, problem, time.monotonic() - started)


def _autogluon(
    train: pd.DataFrame, test: pd.DataFrame, problem: Mapping[str, Any], arguments: argparse.Namespace
) -> Answer:
    from autogluon.tabular import TabularPredictor

    metric = {"rmse": "root_mean_squared_error"}.get(problem["metric"], problem["metric"])
    drop = [name for name in ("_time", "_group") if name in train]
    started = time.monotonic()
    predictor = TabularPredictor("y", eval_metric=metric, problem_type=problem["framing"], verbosity=0)
    predictor.fit(
        train.drop(columns=drop), time_limit=arguments.seconds, num_cpus=arguments.cores, presets="medium_quality"
    )
    seconds = time.monotonic() - started
    tested = test.drop(columns=[*drop, "y"])
    predict = predictor.predict if problem["framing"] == "regression" else predictor.predict_proba
    found = predict(tested).to_numpy()
    return found[:, 1] if problem["framing"] == "binary" else found, _timed(predict, tested), seconds


def _inputs(train: pd.DataFrame, test: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Features; texts as categories of both, which is more than a model may know of the test rows."""
    names = [name for name in train if name not in ("y", "_time", "_group")]
    inputs, tested = train[names].copy(), test[names].copy()
    for name in names:
        if inputs[name].dtype.kind not in "ifub":
            kind = pd.CategoricalDtype(sorted(pd.concat([inputs[name], tested[name]]).dropna().astype(str).unique()))
            inputs[name], tested[name] = inputs[name].astype(kind), tested[name].astype(kind)
    return inputs, tested


def _answers(model: Any, tested: pd.DataFrame, problem: Mapping[str, Any], seconds: float) -> Answer:
    predict = model.predict if problem["framing"] == "regression" else model.predict_proba
    found = np.asarray(predict(tested))
    return found[:, 1] if problem["framing"] == "binary" else found, _timed(predict, tested), seconds


def _timed(predict: Callable[[pd.DataFrame], Any], tested: pd.DataFrame) -> list[float]:
    taken = []
    for row in range(min(TIMED_ROWS, len(tested))):
        one = tested.iloc[row : row + 1]
        begun = time.perf_counter()
        predict(one)
        taken.append(1e3 * (time.perf_counter() - begun))
    return taken


TOOLS: dict[str, Callable[..., Answer]] = {
    "crispstack": _crispstack,
    "flaml": _flaml,
    "lightgbm": _lightgbm,
    "autogluon": _autogluon,
}


def _table(found: list[dict[str, Any]]) -> str:
    """Scores, and per tool its mean rank, its mean gap to the best and its latency."""
    tools, sets = (
        list(dict.fromkeys(each["tool"] for each in found)),
        list(dict.fromkeys(each["set"] for each in found)),
    )
    ranks: dict[str, list[float]] = {tool: [] for tool in tools}
    gaps: dict[str, list[float]] = {tool: [] for tool in tools}
    lines = [f"| data set | rows | metric | {' | '.join(tools)} |", f"|---|---|---|{'---|' * len(tools)}"]
    for name in sets:
        own = {each["tool"]: each for each in found if each["set"] == name}
        metric, sign = own[tools[0]]["metric"], -1 if own[tools[0]]["metric"] == "roc_auc" else 1
        loss = pd.Series(
            {tool: sign * each["score"] if each["score"] is not None else np.inf for tool, each in own.items()}
        )
        for tool in tools:
            ranks[tool].append(float(loss.rank()[tool]))
            gaps[tool].append(float(loss[tool] - loss.min()) / (1 if sign < 0 else float(loss.min())))
        cells = ["failed" if own[tool]["score"] is None else f"{own[tool]['score']:.4f}" for tool in tools]
        lines.append(f"| {name} | {own[tools[0]]['rows']} | {metric} | {' | '.join(cells)} |")
    latency = [
        statistics.median(each["latency_ms"] for each in found if each["tool"] == t and each["score"] is not None)
        for t in tools
    ]
    lines.append(f"| **mean rank** | | | {' | '.join(f'{statistics.fmean(ranks[tool]):.2f}' for tool in tools)} |")
    lines.append(
        f"| **mean gap to the best** | | | {' | '.join(f'{statistics.fmean(gaps[tool]):.4f}' for tool in tools)} |"
    )
    lines.append(f"| **one row, ms** | | | {' | '.join(f'{each:.2f}' for each in latency)} |")
    return "\n".join(lines) + "\n"


def _python(tool: str) -> str:
    if tool in ("crispstack", "lightgbm"):
        return sys.executable
    folder = WORK / tool
    if tool in INSTALLED and not folder.exists():
        uv = [str(ROOT / ".venv/bin/uv")]
        subprocess.run([*uv, "venv", "-q", "--python", sys.executable, str(folder)], check=True)
        subprocess.run([*uv, "pip", "install", "-q", "--python", f"{folder}/bin/python", *INSTALLED[tool]], check=True)
    return str(folder / "bin" / "python")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--tools", nargs="+", default=["crispstack", "flaml", "lightgbm"], choices=list(TOOLS))
    parser.add_argument("--sets", nargs="+", default=[])
    parser.add_argument("--cache", type=Path, default=WORK / "packages")
    parser.add_argument("--tool", choices=list(TOOLS), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
