"""How often intervals of a decision hold the truth: 2,000 simulated data sets of each kind, whose truth is known.

Run as ``python -m benchmarks.interval_coverage``; it takes some minutes and prints the table of ``docs/evaluation.md``.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import ModelPackage, Parity
from crispstack.charter import (
    Acceptance,
    Charter,
    Column,
    Exclusion,
    Money,
    PerAmount,
    Preparation,
    Source,
    Split,
    Target,
)
from crispstack.evaluation.comparison import MODEL, Comparison, compared
from crispstack.evaluation.exposure import amounts_of
from crispstack.evaluation.policies import policies_of
from crispstack.evaluation.predicted_numbers import policies_of as policies_of_numbers
from crispstack.evaluation.resampling import resampling_of
from crispstack.evaluation.scoring import Rival, Scored
from crispstack.modeling.value import error_values

DAY = 86_400.0
CHARTER = Charter(
    name="simulated",
    question="How much is it worth?",
    owner="Nobody",
    sources=(
        Source("rows", "rows.csv", (Column("y", "category"), Column("paid", "number"), Column("at", "timestamp"))),
    ),
    target=Target("y", "yes"),
    money=Money("EUR", true_positive=90.0, false_positive=-10.0),
    acceptance=Acceptance(bootstrap_samples=1000),
)
AMOUNTS = Money("EUR", true_positive=-5.0, false_positive=-5.0, amount=PerAmount("paid", "EUR", true_positive=0.2))
NUMBERS = ModelPackage(
    "", "", "", "", (), 0.0, 0.0, "", Parity(0, 0.0, 0.0), (), constants={"mean": 20.0, "best_constant": 22.8}
)
Generator = np.random.Generator
Values = NDArray[np.float64]
Case = tuple[Comparison, float]
"""What was found, and the true advantage over the alternative that was found best."""


def two_classes(cases: int, amounts: bool, generator: Generator) -> Case:
    """A model that finds 60 % of the positives and suspects 20 % of the negatives; the classes' sizes are given."""
    actual = np.repeat([1, 0], [cases // 5, cases - cases // 5])
    acted = np.where(actual == 1, generator.random(cases) < 0.6, generator.random(cases) < 0.2)
    paid = generator.lognormal(4.0, 1.0, cases)
    # The amount is not known in time, so that whom the model acts on does not depend on it.
    late = Preparation(exclude=(Exclusion("paid", "known too late"),))
    charter = dataclasses.replace(CHARTER, money=AMOUNTS if amounts else CHARTER.money, preparation=late)
    found = _compared(charter, Scored(actual.astype(float), acted.astype(float), amount=paid), actual)
    mean = math.exp(4.5)
    hit, vain = (0.2 * mean - 5, -5.0) if amounts else (90.0, -10.0)
    positives = cases // 5
    model = 0.6 * positives * hit + 0.2 * (cases - positives) * vain
    alternatives = {"everyone": positives * hit + (cases - positives) * vain, "no_one": 0.0}
    share = (0.6 * positives + 0.2 * (cases - positives)) / cases
    alternatives["random"] = share * alternatives["everyone"]
    return found, model - alternatives[found.best_alternative]


def days(cases: int, generator: Generator) -> Case:
    """Good and bad days: what a day's cases have in common moves them all; as many cases every day."""
    blocks = 60
    day = np.repeat(np.arange(blocks), cases // blocks)
    # Probability of a positive by day, 0.2 on average.
    rate = np.clip(0.2 + 0.1 * generator.uniform(-1, 1, blocks), 0, 1)[day]
    actual = (generator.random(len(day)) < rate).astype(np.int64)
    acted = np.where(actual == 1, generator.random(len(day)) < 0.6, generator.random(len(day)) < 0.2)
    charter = dataclasses.replace(CHARTER, split=Split("time", time="at", test_from="1970-01-01"))
    scored = Scored(actual.astype(float), acted.astype(float), time=(day * DAY + 3600).astype(np.float64))
    found = _compared(charter, scored, actual)
    model = len(day) * (0.2 * 0.6 * 90 - 0.8 * 0.2 * 10)
    everyone = len(day) * (0.2 * 90 - 0.8 * 10)
    share = 0.2 * 0.6 + 0.8 * 0.2
    return found, model - {"everyone": everyone, "no_one": 0.0, "random": share * everyone}[found.best_alternative]


def numbers(cases: int, generator: Generator) -> Case:
    """Predictions off by a normal error, where one unit too little costs three times one too much."""
    money = Money("EUR", over_estimate=-1.0, under_estimate=-3.0)
    charter = dataclasses.replace(CHARTER, target=Target("paid"), money=money)
    known, noise = generator.normal(20, 4, cases), generator.normal(0, 1, cases)
    scored, amounts = Scored(known + noise, known), amounts_of(charter)
    policies = policies_of_numbers(NUMBERS, amounts, scored, (Rival(MODEL, "model", known),))
    found = compared(policies, amounts, resampling_of(charter, cases, None, None, None), 0.95)
    constant = NUMBERS.constants[found.best_alternative]
    return found, cases * (_expected_cost(money, constant, 20, math.sqrt(17)) - _expected_cost(money, 0, 0, 1))


def _expected_cost(money: Money, decided: float, mean: float, spread: float) -> float:
    """Cost of acting on a number where a normally distributed one comes true, by quadrature."""
    points, weights = np.polynomial.hermite_e.hermegauss(201)
    came = mean + spread * points
    return -float(error_values(money, came, np.full(len(came), float(decided))) @ weights) / math.sqrt(2 * math.pi)


def _compared(charter: Charter, scored: Scored, strata: NDArray[np.int64]) -> Comparison:
    amounts = amounts_of(charter)
    policies = policies_of(charter, amounts, scored, (Rival(MODEL, "model", scored.predicted, 0.5),))
    resampling = resampling_of(charter, len(strata), strata, scored.time, None)
    return compared(policies, amounts, resampling, charter.acceptance.confidence)


KINDS: dict[str, Callable[[int, Any], Case]] = {
    "two classes, drawn within each class": lambda cases, generator: two_classes(cases, False, generator),
    "two classes, amounts of single cases": lambda cases, generator: two_classes(cases, True, generator),
    "two classes, blocks of 60 days": days,
    "numbers, costs three to one": numbers,
}


def coverage(kind: Callable[[int, Any], Case], cases: int, sets: int, seed: int) -> float:
    """The share of data sets whose interval holds the true advantage."""
    held = 0
    for number in range(sets):
        found, truth = kind(cases, np.random.default_rng([seed, number]))
        held += found.advantage_low <= truth <= found.advantage_high
    return held / sets


def main() -> None:
    """Print a table of coverages."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sets", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print(f"| {arguments.sets:,} data sets of | 300 cases | 1,200 cases |\n|---|---|---|")
    for name, kind in KINDS.items():
        found = [coverage(kind, cases, arguments.sets, arguments.seed) for cases in (300, 1200)]
        print(f"| {name} | {' | '.join(f'{each:.1%}' for each in found)} |", flush=True)


if __name__ == "__main__":
    main()
