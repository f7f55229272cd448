"""What was found about columns together, on a sample: the artifact `Exploration`.

It holds figures alone: no row, and of the texts only the names of categories that are frequent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from crispstack.artifacts import Artifact, InputReference
from crispstack.phases import Phase

Measure = Literal["pearson", "cramers_v", "correlation_ratio"]


@dataclass(frozen=True)
class SampleSummary:
    """The rows that were looked at.

    Attributes:
        rows: rows of the sample, none of them a test row.
        distinct_rows: equal rows come together, so this is what the errors are computed from.
        positives: rows with a positive target: those of the condition.
        complete: whether the sample is every row that is not set aside: then nothing is estimated.
        correlation_error: standard error of a correlation of 0 at this size, 1 / sqrt(n - 1); 0 if complete.
        share_error: largest standard error of a share at this size, 1 / (2 sqrt(n)); 0 if complete.
        seed: with it the same rows are drawn again.
        left_out: columns of which no pairs are looked at, with the reason.
        condition: what is called positive, in words; of several classes the most frequent one, of numbers those above
            their median.
    """

    rows: int
    distinct_rows: int
    positives: int
    complete: bool
    correlation_error: float
    share_error: float
    seed: int
    left_out: dict[str, str]
    condition: str = ""


@dataclass(frozen=True)
class Association:
    """How two columns go together, over the `rows` where both have a value.

    Attributes:
        first: one column.
        second: the other.
        measure: Pearson's r of two numbers, bias-corrected Cramer's V of two categories, the correlation ratio of both.
        value: from -1 to 1 for Pearson's r, else from 0 to 1.
        low: lower bound of the 95% interval of Pearson's r (Fisher's transformation), None for the others.
        high: its upper bound.
        spearman: the rank correlation of two numbers.
        p_value: of the hypothesis that they are independent, adjusted by Holm for all pairs tested.
        rows: rows where both have a value.
    """

    first: str
    second: str
    measure: Measure
    value: float
    low: float | None
    high: float | None
    spearman: float | None
    p_value: float
    rows: int


@dataclass(frozen=True)
class Group:
    """Rows of one category or between two numbers (upper bound included), and how many are positive."""

    label: str
    rows: int
    positives: int


@dataclass(frozen=True)
class TargetAssociation:
    """What one column alone says about the target.

    Attributes:
        column: its name.
        association: with the target (two classes as 0 and 1), None if there is nothing to compute.
        roc_auc: how well it alone ranks: numbers by their order or by groups, categories by their rate out of fold.
        roc_auc_low: lower bound of its 95% interval (Hanley and McNeil).
        roc_auc_high: upper bound.
        mutual_information: bits, of the groups, corrected for their number (Miller and Madow).
        groups: rows and positives per category or range; missing values are a group of their own.
        excluded: why the charter leaves it out, empty if it does not.
        condition: what is called positive here, in words; of several classes the one that this column tells most about.
    """

    column: str
    association: Association | None
    roc_auc: float
    roc_auc_low: float
    roc_auc_high: float
    mutual_information: float
    groups: tuple[Group, ...]
    excluded: str
    condition: str = ""


@dataclass(frozen=True)
class Suspect:
    """A column to ask about before it is used, and what to do.

    Attributes:
        column: its name.
        kind: it tells the target too well, or names its row.
        evidence: the figure and the threshold it passed.
        remedy: what to do, or why nothing is left to do.
        settled: whether the charter leaves it out already.
    """

    column: str
    kind: Literal["leakage", "identifier"]
    evidence: str
    remedy: str
    settled: bool


@dataclass(frozen=True)
class MissingColumn:
    """Where values are missing, and what that says about the target.

    `rate_missing` and `rate_present` are the shares of positives; `p_value` is of their difference, adjusted by Holm.
    """

    column: str
    missing: int
    share: float
    rate_missing: float | None
    rate_present: float | None
    p_value: float


@dataclass(frozen=True)
class MissingTogether:
    """Two columns whose values are missing in the same rows: the phi coefficient, and the rows that lack both."""

    first: str
    second: str
    phi: float
    both: int


@dataclass(frozen=True)
class Duplicates:
    """Rows that repeat another one.

    Attributes:
        rows: rows equal to an earlier one in every column.
        rows_but_identifiers: rows equal to an earlier one in every column but those that name their row.
        contradicting: rows that have twins with another target, identifiers left aside.
    """

    rows: int
    rows_but_identifiers: int
    contradicting: int


@dataclass(frozen=True)
class Period:
    """Rows and positives of one period; `start` is its first day."""

    start: str
    rows: int
    positives: int


@dataclass(frozen=True)
class Timeline:
    """The sample over the time of one column, in equal periods without gaps."""

    column: str
    period: Literal["day", "week", "month", "quarter", "year"]
    periods: tuple[Period, ...]


@dataclass(frozen=True)
class Projection:
    """The sample in two dimensions; element i of every list of numbers is one row, rounded.

    Attributes:
        columns: those that were projected.
        explained_variance: share of the variance per principal component, largest first.
        contributions: per component shown, the columns that make most of it, with their share of it.
        pca_1: first principal component.
        pca_2: second.
        tsne_1: first coordinate of t-SNE; distances between far points mean nothing.
        tsne_2: second.
        positive: 1 where the target is positive, else 0.
        perplexity: of t-SNE.
        tsne_seconds: what it took.
    """

    columns: tuple[str, ...]
    explained_variance: tuple[float, ...]
    contributions: tuple[dict[str, float], ...]
    pca_1: tuple[float, ...]
    pca_2: tuple[float, ...]
    tsne_1: tuple[float, ...]
    tsne_2: tuple[float, ...]
    positive: tuple[int, ...]
    perplexity: float
    tsne_seconds: float


@dataclass(frozen=True)
class Exploration(Artifact, phase=Phase.DATA_UNDERSTANDING):
    """Data understanding: columns in pairs and rows in two dimensions, on a sample without test rows.

    Attributes:
        sample: what was looked at.
        target: what every column says about the target, the strongest first.
        pairs: among the columns named in `order`.
        order: at most 30 columns, those with the strongest pairs, neighbors being alike; the target among them.
        redundant: pairs of which one column would do.
        suspects: columns to ask about.
        missing: columns with missing values, most first.
        missing_together: pairs of them.
        duplicates: repeated rows.
        timelines: one per column of dates.
        projection: None where fewer than two columns or ten rows can be projected.
        inputs: what it was made from.
    """

    sample: SampleSummary
    target: tuple[TargetAssociation, ...]
    pairs: tuple[Association, ...]
    order: tuple[str, ...]
    redundant: tuple[Association, ...]
    suspects: tuple[Suspect, ...]
    missing: tuple[MissingColumn, ...]
    missing_together: tuple[MissingTogether, ...]
    duplicates: Duplicates
    timelines: tuple[Timeline, ...]
    projection: Projection | None
    inputs: tuple[InputReference, ...] = ()
