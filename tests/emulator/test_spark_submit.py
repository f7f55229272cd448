"""sparkSubmitParameters are read as spark-submit reads them."""

from __future__ import annotations

import pytest

from emulator.services.emr_serverless.spark_submit import parse


def test_options_and_settings_go_where_they_belong() -> None:
    read = parse(
        "s3://code/train.py",
        ["--x", "1"],
        "--py-files s3://code/a.zip,s3://code/b.zip --archives s3://code/d.zip#deps,s3://code/e.tar.gz"
        " --conf spark.emr-serverless.driverEnv.PYTHONPATH=./deps --conf 'spark.app.name=my job'"
        " --conf=spark.sql.shuffle.partitions=3 --executor-memory 4g --conf spark.emr-serverless.executor.disk=20g",
    )
    assert read.arguments == ("--x", "1")
    assert read.py_files == ("s3://code/a.zip", "s3://code/b.zip")
    assert read.archives == (("s3://code/d.zip", "deps"), ("s3://code/e.tar.gz", "e.tar.gz"))
    assert read.driver_variables == {"PYTHONPATH": "./deps"}
    assert read.configuration == {
        "spark.app.name": "my job",
        "spark.sql.shuffle.partitions": "3",
        "spark.executor.memory": "4g",
    }


@pytest.mark.parametrize(
    ("script", "parameters", "named"),
    [
        ("s3://code/job.jar", "", "s3://code/job.jar"),
        ("s3://code/job.py", "--repositories x", "--repositories"),
        ("s3://code/job.py", "--conf spark.executorEnv.PYSPARK_PYTHON=./env/bin/python", "PYSPARK_PYTHON"),
    ],
)
def test_what_is_not_honored_is_refused_by_name(script: str, parameters: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        parse(script, [], parameters)
