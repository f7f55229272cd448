"""A child has limits, and does not outlive the emulator."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from emulator.compute import sandbox

PARENT = """
import signal, sys, time
from pathlib import Path
from emulator.compute.sandbox import Process, environment
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
here = Path(sys.argv[1])
Process(["sh", "-c", "sleep 300 & echo $! $$; wait"], environment("r", "e", here, {}), here, here / "output")
print("started", flush=True)
time.sleep(60)
"""


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_children_and_their_children_end_with_a_terminated_emulator(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"started\n"
        output = tmp_path / "output"
        while not output.read_text().strip():
            time.sleep(0.01)
        pids = [int(pid) for pid in output.read_text().split()]
        assert all(alive(pid) for pid in pids)
        parent.send_signal(signal.SIGTERM)
        assert parent.wait(60) == 0
    deadline = time.monotonic() + 30
    while any(alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(alive(pid) for pid in pids)


def test_a_child_ends_at_its_timeout_or_above_its_memory(tmp_path: Path) -> None:
    clean = sandbox.environment("us-east-1", "http://127.0.0.1:1", tmp_path, {})
    slow = sandbox.Process(["sleep", "60"], clean, tmp_path, tmp_path / "slow")
    assert slow.wait(0.2) == sandbox.Ending(-signal.SIGKILL, "timeout")
    hungry = [sys.executable, "-c", "import time; x = bytearray(200_000_000); time.sleep(60)"]
    large = sandbox.Process(hungry, clean, tmp_path, tmp_path / "large")
    assert large.wait(30, memory_mb=100) == sandbox.Ending(-signal.SIGKILL, "memory")
    fine = sandbox.Process(["sh", "-c", "exit 4"], clean, tmp_path, tmp_path / "fine")
    assert fine.wait(30) == sandbox.Ending(4)
    assert not {"HTTPS_PROXY", "AWS_PROFILE"} & clean.keys()
    assert clean["AWS_CONFIG_FILE"] == os.devnull
