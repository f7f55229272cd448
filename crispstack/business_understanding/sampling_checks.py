"""Whether the sample is large enough to say something and small enough for a function's memory."""

from __future__ import annotations

from collections.abc import Iterator

from crispstack.business_understanding.problem import Problem
from crispstack.charter import Charter

_FEWEST, _MOST = 500, 100_000


def problems(charter: Charter) -> Iterator[Problem]:
    """A number of rows that is none, a seed that no generator takes."""
    if not _FEWEST <= charter.sampling.rows <= _MOST:
        remedy = f"choose from {_FEWEST:,} to {_MOST:,}; 10,000 give a correlation a standard error of 0.01"
        yield Problem(("sampling", "rows"), f"{charter.sampling.rows:,} rows are no sample to look at", remedy)
    if not 0 <= charter.sampling.seed < 2**32:
        yield Problem(("sampling", "seed"), f"{charter.sampling.seed} is no seed", "choose from 0 to 4294967295")
