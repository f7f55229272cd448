"""Lines of a text file that every reader ends and decodes alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from crispstack.business_understanding.data_file_counts import Advance
from crispstack.errors import DataError

_REPORT_EVERY = 4096


def lines(path: Path, advance: Advance) -> Iterator[tuple[int, str]]:
    """Number, from 1, and text of every line, without its end.

    Raises:
        DataError: the file cannot be read, is not UTF-8, was cut off, has a byte order mark, or a line is empty.
    """
    read = 0
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                yield number, _text(path, number, line)
                read += len(line)
                if number % _REPORT_EVERY == 0:
                    advance(read)
                    read = 0
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); correct sources.file in the charter") from error
    advance(read)


def _text(path: Path, number: int, line: bytes) -> str:
    if number == 1 and line.startswith(b"\xef\xbb\xbf"):
        raise DataError(f"{path}:1: begins with a byte order mark; save the file as UTF-8 without one")
    if not line.endswith(b"\n"):
        remedy = "fetch it again; if it is complete, end the last line with a line break"
        raise DataError(f"{path}:{number}: the last line has no end, so the file may have been cut off; {remedy}")
    try:
        text = line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}:{number}: not UTF-8 (byte {error.start + 1}); save the file as UTF-8") from error
    if not text.strip():
        raise DataError(f"{path}:{number}: the line is empty; remove it")
    return text
