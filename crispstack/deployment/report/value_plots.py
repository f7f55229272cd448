"""The report's pictures of money: what each policy earns, and what acting on more and more cases does."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from crispstack.artifacts import CurvePoint, PolicyValue
from crispstack.artifacts.decision import PolicyKind
from crispstack.deployment.report.pictures import INK, MODEL, MUTED, OTHER, WARM, axes, short, thousands

_SIZE = (5.4, 3.3)
_MARKERS: dict[PolicyKind, str] = {"model": "D", "simple": "o", "champion": "s", "shortlisted": "s", "foresight": "^"}
"""Who could follow a policy shows in its shape, for those who tell no colors apart."""


def policies(found: Sequence[PolicyValue], named: Callable[[str], str], currency: str) -> str:
    """Value of every policy with its interval, the highest on top."""
    ordered = sorted(found, key=lambda policy: policy.value)
    with axes("policies", 4.2, 0.9 + 0.34 * len(ordered)) as (ax, svg):
        for height, policy in enumerate(ordered):
            color = MODEL if policy.kind == "model" else OTHER
            ax.plot([policy.low, policy.high], [height, height], color=color, linewidth=5, solid_capstyle="round")
            ax.plot(
                policy.value, height, _MARKERS[policy.kind], color=color, markersize=8, markeredgecolor="white"
            )  # fmt: skip
            ax.annotate(
                f"{policy.value:,.0f}", (policy.high, height), (9, 0), textcoords="offset points", va="center",
                color=INK, fontsize=9,
            )  # fmt: skip
        ax.axvline(0, color=MUTED, linewidth=0.8)
        ax.set_yticks(range(len(ordered)), [short(named(policy.policy), 22) for policy in ordered], color=INK)
        ax.set_ylim(-0.5, len(ordered) - 0.5)
        ax.margins(x=0.18)
        ax.locator_params(axis="x", nbins=4)
        ax.grid(axis="y", visible=False)
        ax.set_xlabel(f"Value on the test set, {currency}")
        thousands(ax.xaxis)
        said = ", ".join(f"{named(policy.policy)} {policy.value:,.0f}" for policy in reversed(ordered))
        return svg(f"Value of each policy in {currency}: {said}.")


def value_curve(points: Sequence[CurvePoint], chosen_share: float, chosen_value: float, currency: str) -> str:
    """Value against the share of cases acted on; the straight line is acting at random."""
    with axes("value-curve", *_SIZE) as (ax, svg):
        ax.plot(
            [0, 100 * points[-1].share],
            [points[0].value, points[-1].value],
            "--",
            color=MUTED,
            linewidth=1.2,
            label="At random",
        )
        shares, values = [100 * point.share for point in points], [point.value for point in points]
        ax.plot(shares, values, color=MODEL, linewidth=2.2, label="By the model's ranking")
        ax.plot(100 * chosen_share, chosen_value, "o", color=WARM, markersize=8, label="As decided on validation")
        ax.axhline(0, color=MUTED, linewidth=0.8)
        ax.set_xlabel("Share of cases acted on, %")
        ax.set_ylabel(f"Value, {currency}")
        ax.legend(frameon=False, fontsize=9)
        thousands(ax.yaxis)
        best = max(points, key=lambda point: point.value)
        return svg(
            f"Value by share of cases acted on. As decided on validation {chosen_share:.0%} are acted on for "
            f"{chosen_value:,.0f} {currency}; the curve's highest value is {best.value:,.0f} at {best.share:.0%}."
        )


def gains(points: Sequence[CurvePoint], base_rate: float) -> str:
    """Share of the positive cases that is reached against the share acted on; the diagonal is chance."""
    with axes("gains", *_SIZE) as (ax, svg):
        ax.plot([0, 100], [0, 100], "--", color=MUTED, linewidth=1.2, label="At random")
        ax.plot([0, 100 * base_rate, 100], [0, 100, 100], ":", color=MUTED, linewidth=1.2, label="Perfect foresight")
        shares = [100 * point.share for point in points]
        reached = [100 * point.true_positive_rate for point in points]
        ax.plot(shares, reached, color=MODEL, linewidth=2.2, label="By the model's ranking")
        ax.set(xlim=(0, 100), ylim=(0, 101), xlabel="Share of cases acted on, %", ylabel="Positive cases reached, %")
        ax.legend(frameon=False, fontsize=9, loc="lower right")
        said = ", ".join(f"{at.share:.0%} reach {at.true_positive_rate:.0%}" for at in tenths(points)[:5])
        return svg(f"Gains, cases in the order of the model's ranking: {said} of the positive cases.")


def lift(points: Sequence[CurvePoint], base_rate: float) -> str:
    """Precision over the base rate against the share acted on; 1 is chance."""
    with axes("lift", *_SIZE) as (ax, svg):
        # Of a few cases a single outcome would make the curve jump.
        shown = [point for point in points if point.share >= min(0.02, points[-1].share)]
        lifts = [point.precision / base_rate for point in shown]
        ax.axhline(1, linestyle="--", color=MUTED, linewidth=1.2)
        ax.plot([100 * point.share for point in shown], lifts, color=MODEL, linewidth=2.2)
        ax.set(xlim=(0, 100), xlabel="Share of cases acted on, %", ylabel="Lift")
        ax.set_ylim(bottom=0)
        said = ", ".join(f"{at.share:.0%} have {at.precision / base_rate:.2f}" for at in tenths(points)[:5])
        return svg(f"Lift, cases in the order of the model's ranking: {said} times the base rate.")


def tenths(points: Sequence[CurvePoint]) -> tuple[CurvePoint, ...]:
    """The points nearest to 10, 20 ... 100% of the cases."""
    found = [min(points, key=lambda point: abs(point.share - tenth / 10)) for tenth in range(1, 11)]
    return tuple(dict.fromkeys(found))
