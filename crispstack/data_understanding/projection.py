"""The sample in two dimensions: principal components, and t-SNE for what no straight line shows.

Numbers are turned into ranks' normal scores, so that no outlier fills the picture, missing ones into the median;
categories into one indicator per frequent category, scaled so that a column weighs the same however many it has.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

from crispstack.data_understanding.exploration import Projection
from crispstack.data_understanding.sample_columns import SampleColumn

POINTS = 1500
COMPONENTS = 10
MOST_LEVELS = 12
FEWEST_ROWS = 10
STRONGEST = 5
PERPLEXITY = 30.0
ITERATIONS = 400


def projection(
    columns: Sequence[SampleColumn], is_positive: Any, seed: int, clock: Callable[[], float] = time.perf_counter
) -> Projection | None:
    """Where the rows lie; None for fewer than two columns that vary or `FEWEST_ROWS` rows.

    At most `POINTS` rows, drawn with the seed, are shown; the components are those of all rows.

    Args:
        columns: what to project, n rows each.
        is_positive: bool (n,).
        seed: of the rows shown and of t-SNE.
        clock: seconds, for what t-SNE took.
    """
    import numpy as np  # noqa: PLC0415
    from sklearn.decomposition import PCA  # noqa: PLC0415
    from sklearn.manifold import TSNE  # noqa: PLC0415
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # noqa: PLC0415

    blocks = {column.name: block for column in columns if (block := _block(column)) is not None}
    rows = len(is_positive)
    if len(blocks) < 2 or rows < FEWEST_ROWS:
        return None
    matrix = np.column_stack(list(blocks.values()))
    components = min(COMPONENTS, *matrix.shape)
    shown = np.sort(np.random.default_rng(seed).permutation(rows)[:POINTS])
    # Threads that wait for each other on few cores take many times as long, and sum in another order each time.
    with threadpool_limits(1):
        pca = PCA(components, svd_solver="full").fit(matrix)
        scores = pca.transform(matrix[shown])
    perplexity = min(PERPLEXITY, (len(shown) - 1) / 3)
    started = clock()
    tsne = TSNE(perplexity=perplexity, init="pca", random_state=seed, max_iter=ITERATIONS)
    with threadpool_limits(1):
        embedded = tsne.fit_transform(scores)
    return Projection(
        columns=tuple(blocks),
        explained_variance=tuple(round(float(share), 4) for share in pca.explained_variance_ratio_),
        contributions=tuple(_contributions(axis, blocks) for axis in pca.components_[:2]),
        pca_1=_rounded(scores[:, 0]),
        pca_2=_rounded(scores[:, 1]),
        tsne_1=_rounded(embedded[:, 0]),
        tsne_2=_rounded(embedded[:, 1]),
        positive=tuple(is_positive[shown].astype(int).tolist()),
        perplexity=perplexity,
        tsne_seconds=round(clock() - started, 1),
    )


def _block(column: SampleColumn) -> Any | None:
    """Standardized float columns (n, k) of total variance 1, None where the column does not vary."""
    import numpy as np  # noqa: PLC0415

    if column.codes is None:
        scores = _normal_scores(column.numbers)
        block = None if scores is None else scores[:, None]
    else:
        levels = range(min(len(column.levels), MOST_LEVELS))
        block = np.column_stack([column.codes == level for level in levels]).astype(float) if levels else None
    if block is None:
        return None
    block = block - block.mean(axis=0)
    variance = float((block**2).mean(axis=0).sum())
    return block / math.sqrt(variance) if variance > 0 else None


def _normal_scores(numbers: Any) -> Any | None:
    """Normal quantiles of the average ranks, 0 (the median) where missing; None without any number."""
    import numpy as np  # noqa: PLC0415
    from scipy import stats  # noqa: PLC0415

    present = ~np.isnan(numbers)
    if not present.any():
        return None
    scores = np.zeros(len(numbers))
    ranks = stats.rankdata(numbers[present])
    scores[present] = stats.norm.ppf((ranks - 0.5) / len(ranks))
    return scores


def _contributions(axis: Any, blocks: dict[str, Any]) -> dict[str, float]:
    """Share of each column in a component of length 1: the sum of its squared loadings; the largest ones."""
    shares, start = {}, 0
    for name, block in blocks.items():
        shares[name] = round(float((axis[start : start + block.shape[1]] ** 2).sum()), 3)
        start += block.shape[1]
    return dict(sorted(shares.items(), key=lambda item: -item[1])[:STRONGEST])


def _rounded(values: Any) -> tuple[float, ...]:
    return tuple(round(float(value), 2) for value in values)
