"""A line of JSON per request on standard output, which is where Lambda and ECS take a process's log from."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from crispstack.deployment import json_bytes


def write_lines(lines: Sequence[Mapping[str, Any]]) -> None:
    """Write them at once."""
    sys.stdout.write("".join(json_bytes.dumps(line).decode() + "\n" for line in lines))
    sys.stdout.flush()
