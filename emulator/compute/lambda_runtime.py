"""The process that a Lambda runtime is: its command, and the environment variables that AWS sets."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from emulator.compute import interpreter

_NODE_RUNTIME = Path(__file__).with_name("node_runtime.cjs")


@dataclass(frozen=True)
class Configuration:
    """Everything of a function's version that its processes depend on; another one needs another process.

    `task_root` and `opt` (the layers; None without) are folders, `timeout` is in seconds, `memory` in MB. `revision`
    changes with every update of the function, even of its description. Of the logs, `log_format` is "Text" or "JSON";
    with JSON, `log_level` is the application's and `system_log_level` that of what Lambda itself says.
    """

    function_arn: str
    name: str
    version: str
    revision: str
    runtime: str
    handler: str
    role: str
    timeout: float
    memory: int
    task_root: Path
    opt: Path | None
    log_group: str
    log_format: str
    log_level: str
    system_log_level: str
    variables: tuple[tuple[str, str], ...]


def command(configuration: Configuration, state: Path) -> list[str | Path]:
    """What to start.

    Raises:
        FileNotFoundError: Node is wanted and not there.
    """
    if configuration.runtime.startswith("nodejs"):
        return [interpreter.node(), _NODE_RUNTIME]
    return [interpreter.interpreter(interpreter.LAMBDA, state), "-m", "awslambdaric", configuration.handler]


def variables(configuration: Configuration, address: str, log_stream: str) -> dict[str, str]:
    """What AWS sets. The function's own files win over its layers'.

    Args:
        configuration: of the function's version.
        address: ``host:port`` of the Runtime API.
        log_stream: name of the process's stream.
    """
    found = {
        "AWS_LAMBDA_RUNTIME_API": address,
        "_HANDLER": configuration.handler,
        "LAMBDA_TASK_ROOT": str(configuration.task_root),
        "LAMBDA_RUNTIME_DIR": str(_NODE_RUNTIME.parent),
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{configuration.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": configuration.name,
        "AWS_LAMBDA_FUNCTION_VERSION": configuration.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(configuration.memory),
        "AWS_LAMBDA_LOG_GROUP_NAME": configuration.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_LOG_FORMAT": configuration.log_format,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        **_paths(configuration.task_root, configuration.opt),
    }
    return {**found, "AWS_LAMBDA_LOG_LEVEL": configuration.log_level} if configuration.log_level else found


def _paths(task_root: Path, opt: Path | None) -> dict[str, str]:
    """Where a runtime looks for programs, libraries and modules: AWS's list, with the folder that is ``/opt`` there."""
    path, python, libraries = [interpreter.path_without_environment()], [task_root], [task_root]
    node = ""
    if opt is not None:
        packages = f"python/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
        path.insert(0, str(opt / "bin"))
        python += [opt / "python", opt / packages]
        libraries.append(opt / "lib")
        node = str(opt / "nodejs" / "node_modules")
    return {
        "PATH": ":".join(path),
        "LD_LIBRARY_PATH": ":".join(map(str, libraries)),
        "PYTHONPATH": ":".join(map(str, python)),
        "NODE_PATH": node,
    }
