"""`crisp data convert`: a pickled table of one's own becomes Parquet. Nothing else in the platform reads a pickle."""

from __future__ import annotations

from pathlib import Path

import click

from crispstack.cli.example import CommandWithExample
from crispstack.errors import CrispError


@click.command(cls=CommandWithExample, example="crisp data convert table.pkl table.parquet --i-trust-this-file")
@click.argument("pickle", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("output", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--i-trust-this-file", "trusted", is_flag=True, help="You made the file yourself, and nobody changed it.")
def convert(pickle: Path, output: Path, trusted: bool) -> None:
    """Write a pickled pandas table as Parquet, on this machine.

    Reading a pickle executes whatever its author put into it: only ever convert a file that you made yourself.
    """
    if not trusted:
        raise CrispError(
            f"{pickle}: reading a pickle executes what its author put into it; if you made this very file yourself, "
            "add --i-trust-this-file, else ask for the data in another format"
        )
    if output.suffix != ".parquet":
        raise CrispError(f"{output}: only Parquet is written; let the name end in .parquet")
    if output.exists():
        raise CrispError(f"{output}: is there already; choose another name, or remove it")
    import pandas as pd  # noqa: PLC0415 (help must not import it)

    try:
        table = pd.read_pickle(pickle)  # noqa: S301 (the user vouches for the file)
    except Exception as error:
        raise CrispError(
            f"{pickle}: cannot be read ({type(error).__name__}: {error}); export the data again"
        ) from error
    if not isinstance(table, pd.DataFrame):
        raise CrispError(f"{pickle}: holds a {type(table).__name__}, not a pandas table; pickle a DataFrame")
    if unnamed := [name for name in table.columns if not isinstance(name, str)]:
        raise CrispError(f"{pickle}: column {unnamed[0]!r} has no name of text; name all columns")
    if not isinstance(table.index, pd.RangeIndex):
        raise CrispError(f"{pickle}: the index of the table holds values; make columns of them with reset_index()")
    partial = output.with_name(f".{output.name}.partial")
    try:
        table.to_parquet(partial, index=False)
        partial.replace(output)
    except (ValueError, TypeError, OSError) as error:
        raise CrispError(f"{output}: cannot be written ({error}); give each column values of one type") from error
    finally:
        partial.unlink(missing_ok=True)
    click.echo(f"{output}: {len(table)} rows, {len(table.columns)} columns")
