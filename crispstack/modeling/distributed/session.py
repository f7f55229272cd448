"""What Spark must be told before a session begins in which executors train together."""

from __future__ import annotations

from typing import Any


def executor_memory() -> str:
    """Of one executor, as this job was submitted with; Spark's default where nothing was said."""
    from pyspark import SparkConf  # noqa: PLC0415

    return str(SparkConf().get("spark.executor.memory", "1g"))


def together(builder: Any) -> Any:
    """The builder of a session that has all its executors from the beginning: boosting needs them at the same time."""
    from pyspark import SparkConf  # noqa: PLC0415

    settings = SparkConf()
    if settings.get("spark.dynamicAllocation.enabled", "false") != "true":
        return builder
    executors = settings.get("spark.dynamicAllocation.maxExecutors", "1")
    return builder.config("spark.dynamicAllocation.enabled", "false").config("spark.executor.instances", executors)
