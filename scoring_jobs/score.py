"""A score on EMR Serverless: arguments, session, one library call per file, and the manifest last."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from pyspark.sql import SparkSession

from crispstack.aws import scores
from crispstack.aws.scoring_task import ScoringTask


def main(arguments: Sequence[str] | None = None) -> None:
    """Score the files of the plan that no earlier attempt has scored, and complete the score."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--plan", "--pseudonym-key", "--lookup-table"):
        parser.add_argument(name, required=True)
    options = parser.parse_args(arguments)
    plan = scores.read_plan(options.plan)
    done = set(scores.finished_parts(plan))
    pending = [part for part in range(len(plan.files)) if part not in done]
    if pending:
        spark = SparkSession.builder.appName(f"{plan.project}-score").getOrCreate()
        task = ScoringTask(plan.to_json(), options.pseudonym_key, options.lookup_table)
        # A file is a task: the sooner one is done, the less is to be done again.
        spark.sparkContext.parallelize(pending, len(pending)).foreach(task)
    scores.complete(plan)


if __name__ == "__main__":
    main()
