"""Java and the JDBC driver for the Spark sessions of these tests, which share one virtual machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

from emulator.compute.spark import java
from tests.jobs import postgresql

# The machine's, or that of the package where there is none.
os.environ.setdefault("JAVA_HOME", str(java().parents[1]))
if postgresql.DRIVER.is_file():
    os.environ.setdefault("PYSPARK_SUBMIT_ARGS", f"--jars {postgresql.DRIVER} pyspark-shell")


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        session = (
            SparkSession.builder.master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.sql.warehouse.dir", str(tmp_path_factory.mktemp("warehouse")))
            .getOrCreate()
        )
        yield session
        session.stop()
