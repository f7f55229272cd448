"""The options of `spark-submit` that EMR Serverless takes in sparkSubmitParameters."""

from __future__ import annotations

import logging
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

_LOG = logging.getLogger(__name__)
_DRIVER_VARIABLE = "spark.emr-serverless.driverEnv."
# Where EMR's image has the Python that the interpreter of this host stands for.
_PYTHON = re.compile(r"(/usr/bin/)?python3(\.\d+)?")
_INTERPRETERS = ("PYSPARK_PYTHON", "PYSPARK_DRIVER_PYTHON")
_OPTIONS = {
    "--py-files": "spark.submit.pyFiles",
    "--files": "spark.files",
    "--jars": "spark.jars",
    "--archives": "spark.archives",
}
_SHORTHANDS = {
    "--name": "spark.app.name",
    "--driver-memory": "spark.driver.memory",
    "--driver-cores": "spark.driver.cores",
    "--executor-memory": "spark.executor.memory",
    "--executor-cores": "spark.executor.cores",
    "--num-executors": "spark.executor.instances",
}


@dataclass(frozen=True)
class Submission:
    """A job as it was submitted. Paths are URIs; `archives` pairs each with the name of its folder."""

    script: str
    arguments: tuple[str, ...]
    py_files: tuple[str, ...]
    files: tuple[str, ...]
    jars: tuple[str, ...]
    archives: tuple[tuple[str, str], ...]
    configuration: dict[str, str]
    driver_variables: dict[str, str]


def parse(script: str, arguments: Sequence[str], parameters: str) -> Submission:
    """Read sparkSubmitParameters.

    Raises:
        ValueError: an option or a setting that this emulator does not honor; the message names it.
    """
    settings = _settings(shlex.split(parameters))
    if not script.endswith(".py"):
        raise ValueError(f"Entry point {script} is not supported by this emulator: it runs Python scripts.")
    lists = {option: _split(settings.pop(name, "")) for option, name in _OPTIONS.items()}
    driver = {
        name.removeprefix(_DRIVER_VARIABLE): settings.pop(name)
        for name in list(settings)
        if name.startswith(_DRIVER_VARIABLE)
    }
    _drop_interpreters(driver, "")
    _drop_interpreters(settings, "spark.executorEnv.")
    for name in sorted(settings):
        if name.startswith("spark.emr-serverless."):
            _LOG.info("%s=%s is kept without effect: this host has one size", name, settings.pop(name))
    return Submission(
        script=script,
        arguments=tuple(arguments),
        py_files=lists["--py-files"],
        files=lists["--files"],
        jars=lists["--jars"],
        archives=tuple(_archive(uri) for uri in lists["--archives"]),
        configuration=settings,
        driver_variables=driver,
    )


def _settings(words: list[str]) -> dict[str, str]:
    """Options and ``--conf`` as Spark's properties."""
    settings: dict[str, str] = {}
    remaining = iter(words)
    for word in remaining:
        option, _, attached = word.partition("=")
        value = attached or next(remaining, "")
        if option in ("--conf", "-c"):
            name, _, setting = value.partition("=")
            settings[name] = setting
        elif option in _OPTIONS or option in _SHORTHANDS:
            settings[(_OPTIONS | _SHORTHANDS)[option]] = value
        else:
            raise ValueError(f"{word} in sparkSubmitParameters is not supported by this emulator.")
    return settings


def _drop_interpreters(variables: dict[str, str], prefix: str) -> None:
    for name in _INTERPRETERS:
        value = variables.pop(f"{prefix}{name}", "")
        if value and not _PYTHON.fullmatch(value):
            raise ValueError(f"{name}={value} is not supported by this emulator: put packages on PYTHONPATH instead.")


def _archive(uri: str) -> tuple[str, str]:
    location, _, name = uri.partition("#")
    return location, name or PurePosixPath(location).name


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
