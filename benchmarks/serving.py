"""Our server beside those that are commonly used: one model, one core each, in turn, answers compared.

    .venv/bin/python -m benchmarks.serving [--rounds 5] [--seconds 1] [--servers ...] [--python PYTHON ...]

The model has 30 columns and 200 trees of LightGBM. Servers run on the first core, one at a time under load, the client
on the second. In each round every server is asked for `--seconds` on 1 connection, on 16, and for batches of 1,000
rows; medians of the rounds are told. Servers run where they are installed: in this environment, or in that of another
interpreter given by `--python`, for instance of environments made by

    uv venv build/serving/others && uv pip install --python build/serving/others/bin/python fastapi "uvicorn[standard]"
        bentoml litserve pandas scikit-learn==1.9.1 lightgbm==4.7.0 onnxruntime==1.31.1 orjson
    uv venv build/serving/mlflow && uv pip install --python build/serving/mlflow/bin/python mlflow scikit-learn==1.9.1
        lightgbm==4.7.0

Writes `build/serving/results.json` and `results.md`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import serving_client, serving_model, serving_servers

ROOT = Path(__file__).parent.parent
WORK = ROOT / "build" / "serving"
FIRST_PORT = 18_300
BATCH = 1_000
TOLERANCE = 1e-5
SERVER_CORE, CLIENT_CORE = 0, 1
_TICKS = os.sysconf("SC_CLK_TCK")
_SIZE = """
import importlib.metadata as m, pathlib, re, sys
wanted, seen, size = sys.argv[1:], set(), 0
while wanted:
    name = re.sub(r"[-_.]+", "-", wanted.pop()).lower()
    if name in seen: continue
    seen.add(name)
    try: found = m.distribution(name)
    except m.PackageNotFoundError: continue
    size += sum(p.stat().st_size for f in found.files or () if (p := pathlib.Path(found.locate_file(f))).is_file())
    wanted += [re.match(r"[A-Za-z0-9._-]+", r).group() for r in found.requires or () if "extra ==" not in r]
print(size)
"""
_DISTRIBUTIONS = {
    "crispstack": ("numpy", "onnxruntime", "orjson", "httptools", "uvloop"),
    "mlflow": ("mlflow", "scikit-learn", "lightgbm"),
    "bentoml": ("bentoml", "pandas", "scikit-learn", "lightgbm"),
    "litserve": ("litserve", "pandas", "scikit-learn", "lightgbm"),
    "fastapi_sklearn": ("fastapi", "uvicorn", "uvloop", "httptools", "pandas", "scikit-learn", "lightgbm"),
    "fastapi_onnx": ("fastapi", "uvicorn", "uvloop", "httptools", "onnxruntime"),
}


@dataclass
class Server:
    """A server under test and what was found of it: one entry per round."""

    name: str
    process: subprocess.Popen[bytes]
    port: int
    start_seconds: float
    install_bytes: int
    found: dict[str, list[float]] = field(default_factory=dict)

    def note(self, what: str, value: float) -> None:
        self.found.setdefault(what, []).append(value)

    def median(self, what: str) -> float:
        return statistics.median(self.found[what])

    def processes(self) -> list[int]:
        """It and all that it started."""
        found, parents = [self.process.pid], [self.process.pid]
        while parents:
            children = Path(f"/proc/{parents.pop()}").glob("task/*/children")
            more = [int(each) for path in children for each in path.read_text().split()]
            found += more
            parents += more
        return found

    def cpu_seconds(self) -> float:
        stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in self.processes()]
        return sum(int(each[11]) + int(each[12]) for each in stats) / _TICKS

    def memory(self) -> int:
        """Bytes of its own, with its share of what processes share."""
        lines = [line for pid in self.processes() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().split("\n")]
        return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def main() -> None:
    arguments = _arguments()
    # Ended from outside, it ends its servers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    os.environ |= {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    if not (WORK / "expected.json").exists():
        serving_model.make(WORK)
    rows = json.loads((WORK / "rows.json").read_text())
    os.sched_setaffinity(0, {CLIENT_CORE})
    in_process = [_in_process(rows, arguments.seconds)]
    with contextlib.ExitStack() as stack:
        servers = []
        for number, name in enumerate(arguments.servers):
            python = next(
                (p for p in arguments.python if serving_servers.installed(p, serving_servers.NEEDS[name])), ""
            )
            if not python:
                print(f"{name}: no interpreter has {', '.join(serving_servers.NEEDS[name])}; left out")
                continue
            servers.append(stack.enter_context(_started(name, python, FIRST_PORT + number)))
            _compare(servers[-1], rows)
            print(f"{name}: ready after {servers[-1].start_seconds:.1f} s, answers as expected", flush=True)
        for _ in range(arguments.rounds):
            for each in servers:
                _measure(each, rows, arguments.seconds)
            in_process.append(_in_process(rows, arguments.seconds))
    _report(servers, [statistics.median(values) for values in zip(*in_process, strict=True)])


@contextlib.contextmanager
def _started(name: str, python: str, port: int) -> Iterator[Server]:
    """The server once it answers; it and its children end with the context."""
    command = [
        "taskset",
        "-c",
        str(SERVER_CORE),
        python,
        str(Path(serving_servers.__file__)),
        name,
        str(WORK),
        str(port),
    ]
    # Some start programs that are installed beside the interpreter.
    environment = {**os.environ, "PATH": f"{Path(python).parent}{os.pathsep}{os.environ['PATH']}"}
    row = json.loads((WORK / "rows.json").read_text())[:1]
    with (WORK / f"{name}.log").open("wb") as log:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True, cwd=WORK, env=environment
        )
        try:
            while not _answers(name, port, row):
                if process.poll() is not None or time.perf_counter() - started > 180:
                    raise SystemExit(f"{name} did not start; see {WORK / name}.log")
                time.sleep(0.02)
            ready = time.perf_counter() - started
            size = subprocess.run(
                [python, "-c", _SIZE, *_DISTRIBUTIONS[name]], capture_output=True, text=True, check=True
            )
            yield Server(name, process, port, ready, int(size.stdout))
        finally:
            with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(20)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _answers(name: str, port: int, rows: list[dict[str, Any]]) -> bool:
    try:
        return serving_client.ask(port, _request(name, rows))[0] == 200
    except OSError:
        return False


def _request(name: str, rows: list[dict[str, Any]]) -> bytes:
    path = serving_servers.PATHS.get(name, "/predict")
    return serving_client.request(path, serving_servers.body_of(name, rows))


def _compare(server: Server, rows: list[dict[str, Any]]) -> None:
    """Every row's probability is the pipeline's."""
    expected = json.loads((WORK / "expected.json").read_text())
    singles = [serving_client.ask(server.port, _request(server.name, [row]))[1] for row in rows[:20]]
    batch = serving_client.ask(server.port, _request(server.name, rows))[1]
    found = [serving_servers.probabilities(server.name, content)[0] for content in singles]
    found += serving_servers.probabilities(server.name, batch)
    worst = max(abs(is_ - was) for is_, was in zip(found, expected[:20] + expected, strict=True))
    if not worst <= TOLERANCE:
        raise SystemExit(f"{server.name} answers otherwise: by {worst:.1e}")


def _measure(server: Server, rows: list[dict[str, Any]], seconds: float) -> None:
    single = [_request(server.name, [row]) for row in rows[:200]]
    for connections in (1, 16):
        serving_client.load(server.port, single, connections, seconds / 4)
        before = server.cpu_seconds()
        window = serving_client.load(server.port, single, connections, seconds)
        answered = len(window.latencies)
        server.note(f"per_second_{connections}", window.per_second)
        server.note(f"p50_{connections}", 1e3 * window.percentile(0.5))
        server.note(f"p99_{connections}", 1e3 * window.percentile(0.99))
        server.note(f"cpu_{connections}", 1e6 * (server.cpu_seconds() - before) / answered)
    before = server.cpu_seconds()
    window = serving_client.load(server.port, [_request(server.name, rows[:BATCH])], 1, seconds)
    server.note("rows_per_second", BATCH * window.per_second)
    server.note("cpu_row", 1e6 * (server.cpu_seconds() - before) / (BATCH * len(window.latencies)))
    server.note("memory", server.memory())


def _in_process(rows: list[dict[str, Any]], seconds: float) -> tuple[float, float]:
    """Requests and rows per second where nothing is carried: JSON in, JSON out, by what answers in our server."""
    from crispstack.deployment.http import Request  # noqa: PLC0415

    with (WORK / "in_process.log").open("w") as log:
        service = serving_servers.service(WORK, lambda lines: log.writelines(f"{json.dumps(each)}\n" for each in lines))
        found = []
        for together, weight in ((1, 1), (BATCH, BATCH)):
            bodies = [
                serving_servers.body_of("crispstack", rows[k : k + together]) for k in range(200 // together or 1)
            ]
            requests = [Request("POST /v1/predict", "r", body) for body in bodies]
            done, started = 0, time.perf_counter()
            while time.perf_counter() - started < seconds:
                service.answer(requests[done % len(requests)])
                done += 1
            found.append(weight * done / (time.perf_counter() - started))
    return found[0], found[1]


def _report(servers: list[Server], in_process: list[float]) -> None:
    figures = {
        each.name: {
            "start_seconds": each.start_seconds,
            "install_mib": each.install_bytes / 2**20,
            **{what: each.median(what) for what in each.found},
        }
        for each in servers
    }
    results = {"in_process": {"per_second_1": in_process[0], "rows_per_second": in_process[1]}, **figures}
    (WORK / "results.json").write_text(json.dumps(results, indent=2))
    lines = [
        "| server | 1 connection: requests/s | p50, p99 | 16: requests/s | p50, p99 | processor time per request | "
        "batches: rows/s | start | memory | installed |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, of in figures.items():
        cells = [
            name,
            f"{of['per_second_1']:,.0f}",
            f"{of['p50_1']:.2f}, {of['p99_1']:.2f} ms",
            f"{of['per_second_16']:,.0f}",
            f"{of['p50_16']:.1f}, {of['p99_16']:.1f} ms",
            f"{of['cpu_1']:,.0f}, {of['cpu_16']:,.0f} µs",
            f"{of['rows_per_second']:,.0f}",
            f"{of['start_seconds']:.1f} s",
            f"{of['memory'] / 2**20:,.0f} MiB",
            f"{of['install_mib']:,.0f} MiB",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    lines.append(f"| in process | {in_process[0]:,.0f} | | | | | {in_process[1]:,.0f} | | | |")
    text = "\n".join(lines) + "\n"
    (WORK / "results.md").write_text(text)
    print(text)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--servers", nargs="+", choices=serving_servers.SERVERS, default=[*serving_servers.SERVERS])
    others = [str(path) for path in sorted(WORK.glob("*/bin/python"))]
    parser.add_argument("--python", nargs="+", default=[sys.executable, *others])
    return parser.parse_args()


if __name__ == "__main__":
    main()
