"""A sample in which every kind of finding is hidden."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd

from crispstack.business_understanding.charter_file import load
from crispstack.charter import Column, Exclusion, Preparation, Source, Target
from crispstack.data_understanding.sample import Sample

RANDOM = np.random.default_rng(2)
N = 300
POSITIVE = RANDOM.random(N) < 0.4
MISSING = RANDOM.random(N) < np.where(POSITIVE, 0.5, 0.1)
DAYS = pd.Timestamp("2024-01-15") + pd.to_timedelta(RANDOM.integers(0, 400, N), "D")
DECLARED = (
    Column("id", "integer"), Column("name", "text"), Column("age", "number"), Column("months", "number"),
    Column("city", "category"), Column("paid", "number"), Column("asked_on", "date"), Column("same", "category"),
    Column("empty", "number"), Column("y", "boolean"),
)  # fmt: skip
AGE = RANDOM.normal(40, 10, N).round(1)
CHARTER = dataclasses.replace(
    load(Path("projects/bank_marketing/charter.yaml")),
    sources=(Source("cases", "c.csv", DECLARED),),
    target=Target("y", "yes"),
    preparation=Preparation(missing_values=("", "?"), exclude=(Exclusion("paid", "known afterwards"),)),
)
CELLS = tuple(
    (
        str(index), f"Person {index} of somewhere", "?" if lacks else f"{age}", "" if lacks else f"{12 * age:.1f}",
        "abc"[index % 3], str(9 * positive + index % 3), f"{day:%Y-%m-%d}", "one", "", "yes" if positive else "no",
    )
    for index, (age, lacks, day, positive) in enumerate(zip(AGE, MISSING, DAYS, POSITIVE, strict=True))
)  # fmt: skip
SAMPLE = Sample(DECLARED, CELLS, complete=False)
