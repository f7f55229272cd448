"""What a machine can compute on."""

from __future__ import annotations

from pathlib import Path
from typing import Literal


def device(devices: Path = Path("/dev")) -> Literal["cpu", "cuda"]:
    """``cuda`` where the system has one of NVIDIA's GPUs, whose driver lists it as ``nvidia0`` and so on."""
    return "cuda" if any(devices.glob("nvidia[0-9]*")) else "cpu"
