"""The charter of the next iteration: that of a run, headed by what came of it and what to do about that."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from crispstack.business_understanding import charter_file
from crispstack.business_understanding.drafting.charter_dump import dump
from crispstack.business_understanding.drafting.charter_text import plain
from crispstack.charter import Charter
from crispstack.errors import CharterError

_WIDTH = 118


@dataclass(frozen=True)
class LastRun:
    """What a run found, in sentences; empty where it did not come that far."""

    run_id: str
    answer: str = ""
    pitfalls: tuple[str, ...] = ()
    next_time: tuple[str, ...] = ()


def text(charter: Charter, written: Path, run: LastRun) -> str:
    """The next charter of the same project.

    Args:
        charter: the run's.
        written: the project's charter file; if it still says what the run's does, its text and comments are kept.
        run: what came of it.
    """
    return "".join(f"{line}\n" for line in _head(charter, run)) + "\n" + _base(charter, written)


def renamed(draft: str, name: str, old: Path, new: Path) -> str:
    """The text of a draft as the charter of another project, whose data stays where it is.

    Args:
        draft: what `text` gave.
        name: the new project's.
        old: folder of the project whose run it was.
        new: folder of the new project.
    """
    named = re.sub(r"(?m)^name: .*$", f"name: {name}", draft, count=1)

    def moved(found: re.Match[str]) -> str:
        file = charter_file.scalar(found[2])
        return f"{found[1]}{plain(os.path.relpath(old / file, new))}" if file else found[0]

    return re.sub(r"(?m)^(\s+(?:- )?file: )(.+)$", moved, named)


def _base(charter: Charter, written: Path) -> str:
    try:
        kept = charter_file.load(written) == charter
    except CharterError:
        kept = False
    return written.read_text(encoding="utf-8") if kept else dump(charter)


def _head(charter: Charter, run: LastRun) -> Iterator[str]:
    yield from _comment(f"The next iteration, drafted from run {run.run_id}.")
    if run.answer:
        yield from _comment(f"Its answer: {run.answer}")
    yield from _listed("What went otherwise than one would wish:", run.pitfalls)
    yield from _listed("What to do next:", run.next_time)
    if charter.split.method == "time":
        seen = "let split.test_from begin later, with newer data, or it is no test any more."
    else:
        seen = "another split.key sets other rows aside."
    yield from _comment(f"The test rows of that run have been looked at: {seen}")


def _listed(title: str, points: Sequence[str]) -> Iterator[str]:
    if points:
        yield f"# {title}"
    for point in points:
        yield from textwrap.wrap(" ".join(point.split()), _WIDTH, initial_indent="# - ", subsequent_indent="#   ")


def _comment(words: str) -> list[str]:
    return textwrap.wrap(" ".join(words.split()), _WIDTH, initial_indent="# ", subsequent_indent="# ")
