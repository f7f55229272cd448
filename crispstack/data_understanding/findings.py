"""What was learned from the data, in words, out of the figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crispstack.artifacts import ColumnProfile, DataProfile
from crispstack.charter import Charter
from crispstack.data_understanding.associations import REDUNDANT
from crispstack.data_understanding.exploration import Association, Exploration, MissingColumn

SIGNIFICANT = 0.05
CHANCE = 0.5
STRONGEST = 3
RARE, BALANCED = 0.05, 0.3
SKEWED = 1.0
"""Skewness from which a tail is called long."""


def findings(profile: DataProfile, exploration: Exploration, charter: Charter) -> list[str]:
    """A sentence or two each: size and balance, strongest columns, suspects, what is missing, redundant, repeated."""
    parts = (
        _balance(profile, charter),
        _strongest(exploration),
        _suspects(exploration),
        _missing(exploration, charter),
        _redundant(exploration),
        _duplicates(exploration),
        _projection(exploration),
    )
    return [sentence for part in parts for sentence in part]


def _balance(profile: DataProfile, charter: Charter) -> Iterator[str]:
    if charter.framing != "binary":
        target = next(column for column in profile.columns if column.name == charter.target.column)
        yield from (_classes if charter.framing == "multiclass" else _numbers)(profile, target)
        return
    rate = profile.positives / profile.rows
    rarer = min(rate, 1 - rate)
    size = "balanced" if rarer >= BALANCED else "rare" if rarer < RARE else "unbalanced"
    consequence = "" if size == "balanced" else "; accuracy would flatter a model that never acts"
    yield (
        f"The target is {size}: {charter.target.condition} in {rate:.1%} of {profile.rows:,} rows, one of "
        f"{1 / rate:.1f}{consequence}."
    )


def _classes(profile: DataProfile, target: ColumnProfile) -> Iterator[str]:
    rows = profile.rows - target.nulls
    shares = [(each.value, each.count / rows) for each in target.top_values if rows]
    named = ", ".join(f"{value} ({share:.1%})" for value, share in shares[:STRONGEST])
    rare = f"; {shares[-1][0]} is rare ({shares[-1][1]:.1%})" if shares and shares[-1][1] < RARE else ""
    yield f"The target {target.name} has {target.distinct} classes in {rows:,} rows, most often {named}{rare}."


def _numbers(profile: DataProfile, target: ColumnProfile) -> Iterator[str]:
    middle = (target.quantiles or {}).get("0.5")
    median = "" if middle is None else f", half of it below {middle:,.4g}"
    skew = target.skewness or 0.0
    tail = f"; it has a long tail of {'large' if skew > 0 else 'small'} numbers" if abs(skew) > SKEWED else ""
    yield (
        f"The target {target.name} is {target.mean or 0.0:,.4g} on average in {profile.rows:,} rows, from "
        f"{target.minimum or 0.0:,.4g} to {target.maximum or 0.0:,.4g}{median}{tail}."
    )


def _strongest(exploration: Exploration) -> Iterator[str]:
    usable = [each for each in exploration.target if not each.excluded]
    telling = [each for each in usable if each.roc_auc_low > CHANCE]
    if not telling:
        yield "No usable column alone ranks the target better than chance; only combinations could."
        return
    named = ", ".join(f"{each.column} ({each.roc_auc:.2f})" for each in telling[:STRONGEST])
    yield f"Of the columns that may be used, these alone tell most (ROC AUC, 0.5 is chance): {named}."
    if silent := [each.column for each in usable if each.roc_auc_low <= CHANCE]:
        yield f"Not distinguishable from chance alone: {_listed(silent)}."


def _suspects(exploration: Exploration) -> Iterator[str]:
    for suspect in exploration.suspects:
        what = "may know the answer" if suspect.kind == "leakage" else "names its row"
        yield f"{suspect.column} {what}: {suspect.evidence}; {suspect.remedy}."


def _missing(exploration: Exploration, charter: Charter) -> Iterator[str]:
    if not exploration.missing:
        yield "No value is missing."
        return
    most = ", ".join(f"{each.column} ({each.share:.0%})" for each in exploration.missing[:STRONGEST])
    yield f"Values are missing in {len(exploration.missing)} columns, most in {most}."
    # That an outcome is missing, or what is known only after it, cannot be a feature.
    hidden = charter.excluded | {charter.target.column}
    for each in [each for each in exploration.missing if each.column not in hidden and _tells(each)][:STRONGEST]:
        yield (
            f"That {each.column} is missing says something: {each.rate_missing:.1%} positive where it is, "
            f"{each.rate_present:.1%} where it is not; keep that it was missing as a feature."
        )


def _tells(each: MissingColumn) -> bool:
    return each.rate_missing is not None and each.rate_present is not None and each.p_value < SIGNIFICANT


def _redundant(exploration: Exploration) -> Iterator[str]:
    if pairs := exploration.redundant[:STRONGEST]:
        said = ", ".join(f"{pair.first} and {pair.second} ({_measured(pair)})" for pair in pairs)
        yield f"Nearly the same twice ({REDUNDANT:g} or more), so one of each would do: {said}."


def _measured(pair: Association) -> str:
    if pair.spearman is not None and abs(pair.spearman) > abs(pair.value):
        return f"Spearman's {pair.spearman:.2f}"
    return f"{pair.value:.2f}"


def _duplicates(exploration: Exploration) -> Iterator[str]:
    found, rows = exploration.duplicates, exploration.sample.rows
    least = "" if exploration.sample.complete else "At least "
    if found.rows_but_identifiers:
        yield (
            f"{least}{found.rows_but_identifiers:,} of {rows:,} rows repeat another one but for identifiers; "
            "find out whether they are one case or several."
        )
    if found.contradicting:
        yield (
            f"{least}{found.contradicting:,} of {rows:,} rows have a twin with the other outcome: no model that sees "
            "these columns alone can tell them apart."
        )


def _projection(exploration: Exploration) -> Iterator[str]:
    if found := exploration.projection:
        share = sum(found.explained_variance[:2])
        first, second = (_listed(sorted(axis, key=lambda name: -axis[name])[:3]) for axis in found.contributions)
        yield (
            f"Two principal components hold {share:.0%} of the variance: the first is mostly {first}, the second "
            f"mostly {second}."
        )


def _listed(names: Sequence[str], most: int = 6) -> str:
    shown = list(names[:most])
    if len(names) > most:
        return f"{', '.join(shown)} and {len(names) - most} more"
    return ", ".join(shown[:-1]) + (" and " if len(shown) > 1 else "") + shown[-1]
