"""What kind of statement a text is, and which module runs it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from emulator.services.athena import parser, select
from emulator.services.athena.results import Result
from emulator.services.athena.session import Session

Run = Callable[[Session], Result]


@dataclass(frozen=True)
class Statement:
    """A statement that was read; `kind` is Athena's StatementType: DML, DDL or UTILITY."""

    kind: str
    substatement: str
    run: Run


def read(text: str) -> Statement:
    """A statement, ready to run.

    Raises:
        SyntaxRefused: it is not one.
    """
    text = text.strip().removesuffix(";").strip()
    return _query(text)


def _query(text: str) -> Statement:
    tree = parser.parse(text)
    return Statement(
        "DML", "SELECT", lambda session: select.run(select.with_parameters(tree, session.parameters), session)
    )


def first_words(text: str, count: int) -> tuple[str, ...]:
    """The first words of a statement in capitals, comments left out."""
    bare = re.sub(r"--[^\n]*|/\*.*?\*/", " ", text, flags=re.DOTALL)
    return tuple(word.upper() for word in bare.split()[:count])
