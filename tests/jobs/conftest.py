"""Java and the JDBC driver for the Spark sessions of these tests, which share one virtual machine."""

from __future__ import annotations

import os

from emulator.compute import spark
from tests.jobs import postgresql

# The machine's, or that of the package where there is none.
os.environ.setdefault("JAVA_HOME", str(spark.java().parents[1]))
if postgresql.DRIVER.is_file():
    os.environ.setdefault("PYSPARK_SUBMIT_ARGS", f"--jars {postgresql.DRIVER} pyspark-shell")
