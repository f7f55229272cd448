"""A folder of a container at a path that this machine does not have, such as ``/opt/ml``.

On Linux the command runs in a mount namespace of its own, where the folder lies at the path: nothing of it is seen
outside, and commands that run at the same time each see their own. Where namespaces are not allowed (some containers,
some hardened kernels) or not known (macOS), the path is replaced by the folder's own wherever an argument or a variable
begins with it; code that has the path written into it does not find it then.
"""

from __future__ import annotations

import functools
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Keeps what else lies beside the path: an interpreter may be there. $1 is the folder, $2 the path; the command follows.
_SCRIPT = """
set -e
folder=$1 place=$2
shift 2
if [ ! -d "$place" ]; then
  parent=$(dirname "$place")
  kept=$folder.beside
  mkdir -p "$kept"
  mount --rbind "$parent" "$kept"
  mount -t tmpfs tmpfs "$parent"
  for each in "$kept"/* "$kept"/.[!.]*; do
    name=$parent/$(basename "$each")
    if [ -d "$each" ]; then mkdir "$name" && mount --rbind "$each" "$name"
    elif [ -e "$each" ]; then touch "$name" && mount --bind "$each" "$name"; fi
  done
  mkdir "$place"
fi
mount --bind "$folder" "$place"
exec "$@"
"""
_NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")


@dataclass(frozen=True)
class Mounted:
    """A command and its variables, which find the folder at the path."""

    command: list[str]
    variables: dict[str, str]


def mounted(folder: Path, place: str, command: Sequence[str], variables: Mapping[str, str]) -> Mounted:
    """Bring a folder to a place for a command, by a namespace where the machine allows it."""
    if possible():
        return in_namespace(folder, place, command, variables)
    return replaced(folder, place, command, variables)


@functools.cache
def possible() -> bool:
    """Whether this machine lets a process mount folders in a namespace of its own."""
    if not shutil.which("unshare"):
        return False
    probe = subprocess.run(
        [*_NAMESPACE, "mount", "-t", "tmpfs", "tmpfs", tempfile.gettempdir()], capture_output=True, check=False
    )
    return probe.returncode == 0


def in_namespace(folder: Path, place: str, command: Sequence[str], variables: Mapping[str, str]) -> Mounted:
    """The command in a namespace of its own."""
    return Mounted([*_NAMESPACE, "sh", "-c", _SCRIPT, "sh", str(folder), place, *command], dict(variables))


def replaced(folder: Path, place: str, command: Sequence[str], variables: Mapping[str, str]) -> Mounted:
    """The command with the folder's own path in place of the other."""

    def own(text: str) -> str:
        return f"{folder}{text[len(place) :]}" if text == place or text.startswith(f"{place}/") else text

    return Mounted([own(part) for part in command], {name: own(value) for name, value in variables.items()})
