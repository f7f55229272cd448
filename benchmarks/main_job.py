"""Time and peak memory of each step of the main job, from an empty local environment.

    .venv/bin/python -m benchmarks.main_job

Starts, deploys, runs `bank_marketing` and stops. Memory is what the emulator, `crisp` and all that they started hold
resident, sampled five times a second.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
CRISP = Path(sys.executable).with_name("crisp")
PID_FILE = ROOT / ".crisp" / "emulator.pid"
PROJECT = "bank_marketing"
INTERVAL = 0.2


@dataclass
class Memory:
    """Resident MiB of the process trees below `roots`, by time."""

    roots: set[int] = field(default_factory=set)
    samples: list[tuple[float, float]] = field(default_factory=list)

    def sample(self) -> None:
        """Add up the trees once."""
        listed = subprocess.run(["ps", "-axo", "pid=,ppid=,rss="], capture_output=True, text=True, check=True).stdout
        children: dict[int, list[int]] = defaultdict(list)
        resident = {}
        for line in listed.splitlines():
            pid, parent, kib = map(int, line.split())
            children[parent].append(pid)
            resident[pid] = kib / 1024
        wanted, seen = list(self.roots), set()
        while wanted:
            pid = wanted.pop()
            if pid in resident and pid not in seen:
                seen.add(pid)
                wanted += children[pid]
        self.samples.append((time.time(), sum(resident[pid] for pid in seen)))

    def peak(self, begun: float, ended: float) -> float:
        """Largest sample between two times."""
        return max((mib for at, mib in self.samples if begun <= at <= ended), default=0.0)


@contextmanager
def sampling(memory: Memory) -> Iterator[None]:
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(INTERVAL):
            if PID_FILE.exists() and (text := PID_FILE.read_text().strip()).isdigit():
                memory.roots.add(int(text))
            memory.sample()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def crisp(memory: Memory, *arguments: str) -> Any:
    """Run a command with --json and return its answer."""
    command = [str(CRISP), *arguments, "--json"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        memory.roots.add(process.pid)
        answer, errors = process.communicate()
    if process.returncode:
        sys.exit(f"crisp {' '.join(arguments)} failed:\n{errors}")
    return json.loads(answer)


def main() -> None:
    memory, rows = Memory(), []

    def timed(name: str, *arguments: str) -> Any:
        begun = time.time()
        answer = crisp(memory, *arguments)
        rows.append((name, time.time() - begun, memory.peak(begun, time.time())))
        return answer

    with sampling(memory):
        if not timed("start", "up")["started"]:
            sys.exit("the local environment is running already; stop it first with: make down")
        try:
            timed("deploy", "deploy")
            timed("run", "run", PROJECT)
            for phase in crisp(memory, "status", PROJECT):
                begun, ended = (datetime.fromisoformat(phase[key]).timestamp() for key in ("started", "ended"))
                rows.append((f"  {phase['phase']}", ended - begun, memory.peak(begun, ended)))
            timed("predict", "predict", PROJECT, "--example")
        finally:
            timed("destroy", "down", "--delete-data")
    print(f"{'step':<26}{'seconds':>9}{'peak MiB':>10}")
    for name, seconds, mib in rows:
        print(f"{name:<26}{seconds:>9.1f}{mib:>10.0f}")
    total = sum(seconds for name, seconds, _ in rows if name in ("start", "deploy", "run", "predict"))
    print(f"{'main job':<26}{total:>9.1f}{max(mib for _, mib in memory.samples):>10.0f}")


if __name__ == "__main__":
    main()
