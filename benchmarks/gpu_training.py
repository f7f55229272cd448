"""What training on a machine's GPU takes, beside its CPU: XGBoost and the neural network, with the device's name.

    .venv/bin/python -m benchmarks.gpu_training [--rows 1000000] [--repeats 3]

Without a GPU only the CPU is measured. A fit is warmed up by one on few rows before it is timed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import time

import numpy as np

from crispstack.modeling.devices import device
from crispstack.modeling.technique import Resources, Rows, Shape, Technique
from crispstack.modeling.techniques.neural_network import NeuralNetwork
from crispstack.modeling.techniques.xg_boost import XgBoost

COLUMNS = 30
STEPS = {"xgboost": {"trees": 200}, "neural_network": {"epochs": 5}}


def main() -> None:
    """Print a line per technique and device."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    cores = os.cpu_count() or 1
    names = {"cpu": f"CPU, {cores} cores", "cuda": _gpu()}
    devices = ["cpu", "cuda"] if device() == "cuda" else ["cpu"]
    if devices == ["cpu"]:
        print("no GPU here: the CPU alone is measured")
    for technique in (XgBoost(), NeuralNetwork()):
        for each in devices:
            _fit(technique, 2_000, Resources(0, cores, each))
            seconds = sorted(_fit(technique, options.rows, Resources(0, cores, each)) for _ in range(options.repeats))
            print(f"{technique.name:16} {options.rows:>10,} rows  {seconds[len(seconds) // 2]:8.2f} s  {names[each]}")


def _fit(technique: Technique, count: int, resources: Resources) -> float:
    generator = np.random.default_rng(0)
    matrix = generator.normal(size=(count, COLUMNS)).astype(np.float32)
    target = (matrix[:, 0] * matrix[:, 1] + matrix[:, 2] + generator.normal(size=count) > 0).astype(np.float64)
    shape = Shape("binary", count, COLUMNS)
    parameters = {**technique.defaults(shape), **STEPS[technique.name]}
    started = time.perf_counter()
    technique.fit(Rows(matrix, target), None, parameters, shape, resources)
    return time.perf_counter() - started


def _gpu() -> str:
    if device() == "cpu":
        return ""
    asked = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.splitlines()[0]


if __name__ == "__main__":
    main()
