"""``python -m emulator.compute.class_archive``: make the class data archive with which Spark starts quickly.

Made once for an environment, at set-up: a Java virtual machine then maps what it would load, parse and verify for
every job. A job without the archive is slower and otherwise the same.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from emulator import clients, settings
from emulator.compute import interpreter, spark
from emulator.compute.sandbox import Ending
from emulator.identity import credentials
from emulator.server import serve_in_thread
from emulator.settings import Settings

_SECONDS = 300.0
# Touches what jobs touch: reading and writing S3 in three formats, SQL, shuffles, Python and Arrow functions.
_EXERCISE = """
from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F

spark = SparkSession.builder.getOrCreate()
rows = spark.read.csv("s3://exercise/in/", header=True).withColumn("v", F.col("v").cast("double"))
rows = rows.withColumn("n", F.row_number().over(Window.partitionBy("k").orderBy("v"))).dropDuplicates(["k", "v"])
rows = rows.mapInArrow(lambda batches: batches, rows.schema).cache()
middle = F.expr("percentile(v, 0.5)").alias("middle")
totals = rows.groupBy("k").agg(F.sum("v").alias("total"), F.count("*").alias("n"), middle)
joined = rows.join(totals, "k").filter("total > 0").withColumn("h", F.conv(F.substring(F.sha2("k", 256), 1, 8), 16, 10))
joined.drop("n").write.mode("overwrite").partitionBy("k").parquet("s3://exercise/out/")
joined.drop("n").repartition(2).write.mode("overwrite").json("s3://exercise/json/")
print(spark.read.parquet("s3://exercise/out/").count(), joined.limit(3).toPandas().shape)
print(spark.sparkContext.parallelize([1, 2, 3], 2).map(lambda x: x * 2).collect())
spark.stop()
"""


def make() -> Path:
    """Run the exercise on an emulator of its own and keep the classes that it loaded.

    Raises:
        RuntimeError: the exercise failed; the message holds its standard error.
    """
    target = spark.class_archive()
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = serve_in_thread(Settings(port=0, state=folder))
        settings.install(Settings(port=server.server_port, state=folder))
        try:
            ending = _exercise(folder, draft)
        finally:
            server.shutdown()
        errors = (folder / "stderr").read_text()
    if ending.status or not draft.exists():
        raise RuntimeError(f"the exercise ended with status {ending.status}: {errors}")
    draft.replace(target)
    return target


def _exercise(folder: Path, draft: Path) -> Ending:
    statement = {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam, s3 = clients.client("iam"), clients.client("s3")
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role = iam.create_role(RoleName="exercise", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    policy = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    )
    iam.put_role_policy(RoleName="exercise", PolicyName="exercise", PolicyDocument=policy)
    s3.create_bucket(Bucket="exercise")
    s3.put_object(Bucket="exercise", Key="in/rows.csv", Body=b"k,v\n" + b"a,1\nb,2\nb,3\n" * 20)
    script, work = folder / "exercise.py", folder / "work"
    script.write_text(_EXERCISE)
    work.mkdir()
    application = spark.Application(script=script, python=interpreter.interpreter(interpreter.GLUE, folder))
    identity = credentials.for_role(role, "exercise", "glue.amazonaws.com")
    process = spark.start(application, identity, work, folder / "stdout", folder / "stderr", archive_at_exit=draft)
    return process.wait(_SECONDS)


if __name__ == "__main__":
    print(make())  # noqa: T201
    sys.exit(0)
