"""Java for the Spark sessions of these tests: the machine's, or that of the package where there is none."""

from __future__ import annotations

import os

from emulator.compute import spark

os.environ.setdefault("JAVA_HOME", str(spark.java().parents[1]))
