"""What the decision would be at other amounts of money: one at a time, and all together within their ranges."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import CostSensitivity, Criterion
from crispstack.charter import Charter
from crispstack.evaluation.comparison import MODEL, Comparison
from crispstack.evaluation.exposure import Amounts
from crispstack.phases import Phase

Numbers = NDArray[np.float64]
_NEGLIGIBLE = 1e-9


@dataclasses.dataclass(frozen=True)
class Sensitivity:
    """Each amount by itself; and the interval of the advantage with all of them drawn, where the charter has ranges."""

    costs: tuple[CostSensitivity, ...]
    low: float | None
    high: float | None


def sensitivity_of(charter: Charter, amounts: Amounts, compared: Comparison) -> Sensitivity:
    """The advantage over whatever simple policy is best at other amounts than those stated.

    What the model decides stays as it is: it was fixed with the amounts that were stated. Decisions being fixed, every
    value is linear in each amount, so that where the advantage ends can be solved for.
    """
    differences = _differences(compared, compared.observed)
    costs = tuple(_of_one(amounts, differences, number) for number in range(len(amounts.names)))
    if amounts.assumed.all():
        return Sensitivity(costs, None, None)
    samples = len(compared.resampled)
    drawn = _drawn(amounts, samples, charter.modeling.seed)
    resampled = np.stack([_differences(compared, one) @ at for one, at in zip(compared.resampled, drawn, strict=True)])
    tail = (1 - charter.acceptance.confidence) / 2
    low, high = np.quantile(resampled.min(axis=1), [tail, 1 - tail])
    return Sensitivity(costs, float(low), float(high))


def _differences(compared: Comparison, exposures: Numbers) -> Numbers:
    """The model's exposures less those of each simple policy, shape (simple policies, m)."""
    simple = [number for number, each in enumerate(compared.policies) if each.kind == "simple"]
    found: Numbers = exposures[compared.at(MODEL)] - exposures[simple]
    return found


def _drawn(amounts: Amounts, samples: int, seed: int) -> Numbers:
    """Amounts for each resample, shape (samples, m): triangular over the charter's range, likeliest where stated.

    The usual choice where a low, a likely and a high figure are all that is known (Vose, Risk Analysis, 3rd ed. (2008),
    section 14.3). What has no range stays as stated.
    """
    # Not the resampling's own numbers: amounts and cases are drawn independently of each other.
    generator = np.random.default_rng([seed, 1])
    drawn = np.tile(amounts.stated, (samples, 1))
    for column in np.flatnonzero(~amounts.assumed & (amounts.high > amounts.low)):
        drawn[:, column] = generator.triangular(
            amounts.low[column], amounts.stated[column], amounts.high[column], samples
        )
    return drawn


def _of_one(amounts: Amounts, differences: Numbers, column: int) -> CostSensitivity:
    def advantage(at: float) -> float:
        changed = amounts.stated.copy()
        changed[column] = at
        return float((differences @ changed).min())

    stated, low, high = (float(of[column]) for of in (amounts.stated, amounts.low, amounts.high))
    totals, slopes = differences @ amounts.stated, differences[:, column]
    sloping = np.abs(slopes) > _NEGLIGIBLE
    roots = stated - totals[sloping] / slopes[sloping]
    scale = float(np.abs(totals).max(initial=0.0)) + 1.0
    ends = [float(root) for root in roots if abs(advantage(float(root))) <= _NEGLIGIBLE * scale]
    return CostSensitivity(
        cost=amounts.names[column],
        stated=stated,
        low=low,
        high=high,
        advantage_at_low=advantage(low),
        advantage_at_high=advantage(high),
        break_even=min(ends, key=lambda root: abs(root - stated), default=None),
        assumed=bool(amounts.assumed[column]),
    )


def criterion(charter: Charter, found: Sensitivity) -> Criterion:
    """Whether the model stays worth it within the ranges, or a fifth up and down where none are stated."""
    currency = charter.money.currency
    swing = max(found.costs, key=lambda each: abs(each.advantage_at_high - each.advantage_at_low))
    ends = "" if swing.break_even is None else f", and ends where it is {swing.break_even:,.4g}"
    most = f"the advantage depends most on {swing.cost} ({swing.stated:,.4g} {currency}){ends}"
    if found.low is not None and found.high is not None:
        figure = found.low
        said = f"with amounts drawn from their ranges it is {found.low:+,.0f} to {found.high:+,.0f} {currency}"
    else:
        figure = min(min(each.advantage_at_low, each.advantage_at_high) for each in found.costs)
        said = f"no ranges are stated; with one amount a fifth up or down it is at least {figure:+,.0f} {currency}"
    met = figure > 0
    return Criterion(
        "sensitivity",
        figure,
        0.0,
        "met" if met else "condition",
        f"{most}; {said}" + ("" if met else f"; agree on {swing.cost} before anything is built on it"),
        currency,
        Phase.BUSINESS_UNDERSTANDING,
    )
