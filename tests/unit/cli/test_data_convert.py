"""`crisp data convert`: a pickle is read where its user vouches for it, and nowhere else."""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from crispstack.cli.commands import cli

TABLE = pd.DataFrame({"age": [30, 41], "job": ["cook", None], "since": pd.to_datetime(["2013-01-31", None])})


class Trap:
    """What a stranger's pickle may do."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


def convert(folder: Path, content: Any, *options: str, output: str = "t.parquet") -> Any:
    (folder / "t.pkl").write_bytes(pickle.dumps(content))
    return CliRunner().invoke(cli, ["data", "convert", str(folder / "t.pkl"), str(folder / output), *options])


def test_a_table_is_the_same_in_parquet(tmp_path: Path) -> None:
    result = convert(tmp_path, TABLE, "--i-trust-this-file")
    assert (result.exit_code, "2 rows, 3 columns" in result.stdout) == (0, True), result.output
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "t.parquet"), TABLE)
    assert {path.name for path in tmp_path.iterdir()} == {"t.pkl", "t.parquet"}
    again = convert(tmp_path, TABLE, "--i-trust-this-file")
    assert "is there already" in again.stderr


def test_without_a_word_nothing_is_unpickled(tmp_path: Path) -> None:
    result = convert(tmp_path, Trap(tmp_path / "sprung"))
    assert result.exit_code == 1
    assert "add --i-trust-this-file" in result.stderr
    assert not (tmp_path / "sprung").exists()
    convert(tmp_path, Trap(tmp_path / "sprung"), "--i-trust-this-file")
    assert (tmp_path / "sprung").exists()  # so the trap works


@pytest.mark.parametrize(
    ("content", "output", "message"),
    [
        ([1, 2], "t.parquet", "holds a list, not a pandas table"),
        (TABLE, "t.csv", "only Parquet is written"),
        (TABLE.set_index("age"), "t.parquet", "make columns of them with reset_index()"),
        (TABLE.rename(columns={"age": 1}), "t.parquet", "column 1 has no name of text"),
        (pd.DataFrame({"mixed": [1, "a"]}), "t.parquet", "give each column values of one type"),
    ],
)
def test_what_is_no_plain_table_is_refused(tmp_path: Path, content: Any, output: str, message: str) -> None:
    result = convert(tmp_path, content, "--i-trust-this-file", output=output)
    assert result.exit_code == 1
    assert message in result.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"t.pkl"}


def test_no_other_module_reads_a_pickle() -> None:
    reading = re.compile(r"read_pickle|import pickle|pickle\.load|joblib|allow_pickle=True|\bdill\b")
    sources = [
        path for folder in ("crispstack", "lambdas", "glue_jobs", "stacks") for path in Path(folder).rglob("*.py")
    ]
    assert [path.name for path in sources if reading.search(path.read_text(encoding="utf-8"))] == ["data_convert.py"]
