"""Bootstrap resamples of the test cases: stratified, or in blocks of cases that depend on each other.

Cases that are alike in everything that is counted are drawn together: how often each kind is drawn is multinomial. That
is the same as drawing the cases one by one, and takes no time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crispstack.charter import Charter
from crispstack.modeling.stakes import period_numbers
from crispstack.money import Period

Numbers = NDArray[np.float64]
Labels = NDArray[np.int64]
ENOUGH_BLOCKS = 20
"""Blocks of which an interval is worth something; the longest calendar period that gives as many is a block."""
_PERIODS: tuple[Period, ...] = ("month", "week", "day")
_ROUNDING = 1e-6
"""Standard errors of resamples, as a share of the observed one, that are rounding and nothing else."""
_AT_ONCE = 4_000_000
"""Numbers drawn at once: 32 MB."""


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums over the cases, shape (k,), with their standard errors; the same of each resample, shape (samples, k)."""

    observed: Numbers
    error: Numbers
    drawn: Numbers
    errors: Numbers

    def interval(self, column: int, confidence: float) -> tuple[float, float]:
        """Bounds of a sum by the bootstrap-t: how far off resamples are, in standard errors of their own.

        Unlike percentiles of the resamples it holds where few cases of large amounts decide (Efron and Tibshirani, An
        Introduction to the Bootstrap (1993), section 12.5). Where resamples that vary in nothing decide, percentiles.
        """
        observed, error = float(self.observed[column]), float(self.error[column])
        drawn, errors = self.drawn[:, column], self.errors[:, column]
        errors = np.where(errors > _ROUNDING * error, errors, 0.0)
        off = drawn - observed
        tails = np.array([(1 - confidence) / 2, (1 + confidence) / 2])
        with np.errstate(divide="ignore", invalid="ignore"):
            # Observed exactly, whatever its error: not off at all.
            studentized = np.where(off == 0, 0.0, off / errors)
        low, high = np.quantile(studentized, tails, method="inverted_cdf")
        if not (np.isfinite(low) and np.isfinite(high)):
            low, high = np.quantile(drawn, tails)
            return float(low), float(high)
        return observed - error * float(high), observed - error * float(low)


@dataclass(frozen=True, eq=False)
class Resampling:
    """How resamples are drawn: within each of `strata`, or whole `blocks`; labels of shape (n,), one of them given.

    `words` says it.
    """

    samples: int
    seed: int
    strata: Labels
    blocks: Labels | None
    words: str

    def sums(self, values: Numbers) -> Sums:
        """Sums of values of shape (n, k) over the cases, and over those of each resample."""
        generator = np.random.default_rng(self.seed)
        if self.blocks is not None:
            return self._of_blocks(values, generator, self.blocks)
        found = self._nothing(values.shape[1])
        variance, variances = np.zeros_like(found.error), np.zeros_like(found.errors)
        for stratum in np.unique(self.strata):
            kinds, counts = np.unique(values[self.strata == stratum], axis=0, return_counts=True)
            cases = int(counts.sum())
            mean = counts @ kinds / cases
            # Around their mean: values that are all the same then have no variance at all.
            around = kinds - mean
            found.observed[:] += cases * mean
            scale = cases / max(1, cases - 1)
            variance += scale * (counts @ around**2)
            for part, drawn in self._draws(generator, counts):
                moved = drawn @ around
                found.drawn[part] += cases * mean + moved
                variances[part] += scale * np.maximum(drawn @ around**2 - moved**2 / cases, 0.0)
        found.error[:], found.errors[:] = np.sqrt(variance), np.sqrt(variances)
        return found

    def _of_blocks(self, values: Numbers, generator: np.random.Generator, labels: Labels) -> Sums:
        """Blocks differ in size: sums are scaled to as many cases as there are (a ratio estimate).

        Its variance is that of what blocks have beyond their share (Cochran, Sampling Techniques (1977), section 6.3).
        """
        _, block = np.unique(labels, return_inverse=True)
        cases, sizes = len(block), np.bincount(block).astype(np.float64)[:, None]
        blocks = np.stack([np.bincount(block, weights=column) for column in values.T], axis=1)
        found = self._nothing(values.shape[1])
        mean = blocks.sum(axis=0) / cases
        around = blocks - mean * sizes
        scale = len(sizes) / max(1, len(sizes) - 1)
        found.observed[:] = cases * mean
        found.error[:] = np.sqrt(scale * (around**2).sum(axis=0))
        for part, drawn in self._draws(generator, np.ones(len(sizes), dtype=np.int64)):
            weight = drawn @ sizes
            moved = (drawn @ around) / weight
            squares = drawn @ around**2 - 2 * moved * (drawn @ (around * sizes)) + moved**2 * (drawn @ sizes**2)
            found.drawn[part] = cases * (mean + moved)
            found.errors[part] = cases / weight * np.sqrt(scale * np.maximum(squares, 0.0))
        return found

    def _nothing(self, columns: int) -> Sums:
        drawn = np.zeros((self.samples, columns))
        return Sums(np.zeros(columns), np.zeros(columns), drawn, np.zeros_like(drawn))

    def _draws(self, generator: np.random.Generator, counts: Labels) -> Iterator[tuple[slice, Labels]]:
        """How often each kind is drawn in some of the resamples, in all as often as there are cases."""
        total, step = int(counts.sum()), max(1, _AT_ONCE // len(counts))
        for start in range(0, self.samples, step):
            part = slice(start, min(start + step, self.samples))
            yield part, generator.multinomial(total, counts / total, size=part.stop - part.start)


def resampling_of(
    charter: Charter, rows: int, strata: Labels | None, time: Numbers | None, group: Labels | None
) -> Resampling:
    """How the test set is resampled: as it was split, for what belongs together there depends on each other.

    Cases of a test set later in time come in blocks of time, of a grouped one by groups (Efron and Tibshirani, An
    Introduction to the Bootstrap (1993), sections 8.6 and 13; Kuensch, The jackknife and the bootstrap for general
    stationary observations, Annals of Statistics 17 (1989)). All others are drawn one by one within each stratum.

    Args:
        charter: number of resamples, seed, and how the test set was split off.
        rows: how many cases there are.
        strata: what they are to be kept in proportion by, shape (n,); None for nothing.
        time: of each case in seconds since 1970, NaN where not known, shape (n,).
        group: which cases belong together, shape (n,).
    """
    alike = np.zeros(rows, dtype=np.int64) if strata is None else strata
    blocks, of = None, ""
    if charter.split.method == "time" and time is not None:
        blocks, of = blocks_of_time(time)
    elif charter.split.method == "grouped" and group is not None:
        blocks, of = group, f"the groups of equal {' and '.join(charter.split.group)}"
    samples, kept = charter.acceptance.bootstrap_samples, "" if strata is None else ", the share of each class kept"
    words = f"{samples:,} bootstrap resamples of {of or f'cases{kept}'}"
    return Resampling(samples, charter.modeling.seed, alike, blocks, words)


def blocks_of_time(time: Numbers) -> tuple[Labels, str]:
    """Which block each case belongs to, shape (n,), and in words what a block is.

    Months, weeks or days, the longest of which there are enough; else as many cases in a row as the cube root of their
    number (Hall, Horowitz and Jing, On blocking rules for the bootstrap with dependent data, Biometrika 82 (1995)).
    """
    for period in _PERIODS:
        numbers = period_numbers(time, period)
        if len(np.unique(numbers)) >= ENOUGH_BLOCKS:
            return numbers, f"{period}s"
    length = max(1, round(float(len(time) ** (1 / 3))))
    order = np.argsort(time, kind="stable")
    blocks = np.empty(len(time), dtype=np.int64)
    blocks[order] = np.arange(len(time)) // length
    return blocks, f"blocks of {length} cases in a row"
