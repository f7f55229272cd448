"""Text becomes numbers by its words: what they say of the target, how many there are, and the most frequent ones.

A word is a run of characters other than ASCII's signs and spaces; ASCII letters are made small. That is what a graph
can do on any machine, whatever its locale.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from crispstack.modeling.onnx_nodes import as_double, as_single
from crispstack.modeling.standardization import Standardization

if TYPE_CHECKING:
    from crispstack.modeling.onnx_nodes import Nodes
    from crispstack.modeling.technique import Matrix

Columns = Mapping[str, NDArray[Any]]
Floats = NDArray[np.float64]

WORD = r"[^\x00-/:-@\[-`{-\x7f]+"
_SMALL = str.maketrans({chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)})
_MOST_WORDS = 2_000
_MOST_COLUMNS, _MOST_CELLS = 300, 50_000_000
"""Words that get a column of their own, and what these may take of memory, in numbers."""
_FOLDS = 5
_PENALTY = 3.0


@dataclass(frozen=True)
class Words:
    """The words of one text column.

    A word's value is its count times its rarity (`rarities`, shape (words,)), over the square root of the row's number
    of known words. `weights`, (words, m), make of these values what the text says of each mean of the target. The first
    `shown` words have a column of their own, beside what is said (standardized, where there is a `standardization`) and
    the number of words.
    """

    name: str
    words: tuple[str, ...]
    rarities: Matrix
    weights: Floats
    intercepts: Floats
    shown: int
    standardization: Standardization | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """The text's name, for every column."""
        return (self.name,) * (int(self.weights.shape[1]) + 1 + self.shown)

    def transform(self, columns: Columns) -> Matrix:
        """Shape (n, m + 1 + shown)."""
        counts = self.counts(columns[self.name])
        totals = _totals(counts)
        said = _product(_values(counts, totals, self.rarities), self.weights, self.intercepts)
        return self.assembled(counts, totals, said)

    def counts(self, texts: NDArray[Any]) -> Any:
        """How often each text has each word: a sparse float32 matrix of shape (n, words)."""
        return _counter(vocabulary=self.words).transform(texts)

    def assembled(self, counts: Any, totals: Matrix, said: Matrix) -> Matrix:
        """The matrix from its parts."""
        general = np.hstack([said, totals])
        if self.standardization:
            general = self.standardization.transform(general)
        shown = _values(counts[:, : self.shown], totals, self.rarities[: self.shown]).toarray()
        return np.hstack([general, shown])

    def export(self, nodes: Nodes, inputs: Mapping[str, str]) -> str:
        """The same in the graph."""
        counts = self._export_counts(nodes, nodes.side_by_side([inputs[self.name]]))
        axis = nodes.constant(np.array([1], dtype=np.int64))
        totals = nodes.add("ReduceSum", [counts, axis], keepdims=1)
        one = nodes.constant(np.ones(1, dtype=np.float32))
        root = nodes.add("Sqrt", [nodes.add("Max", [totals, one])])
        values = nodes.add("Div", [nodes.add("Mul", [counts, nodes.constant(self.rarities)]), root])
        products = nodes.add("MatMul", [as_double(nodes, values), nodes.constant(self.weights)])
        said = as_single(nodes, nodes.add("Add", [products, nodes.constant(self.intercepts)]))
        general = nodes.add("Concat", [said, totals], axis=1)
        if self.standardization:
            general = self.standardization.export(nodes, general)
        limits = [nodes.constant(np.array([limit], dtype=np.int64)) for limit in (0, self.shown)]
        return nodes.add("Concat", [general, nodes.add("Slice", [values, *limits, axis])], axis=1)

    def _export_counts(self, nodes: Nodes, texts: str) -> str:
        flat = nodes.add("Reshape", [texts, nodes.constant(np.array([-1], dtype=np.int64))])
        small = nodes.add("StringNormalizer", [flat], case_change_action="LOWER", is_case_sensitive=1, locale="C")
        words = nodes.add(
            "Tokenizer", [small], domain="com.microsoft", mark=0, mincharnum=1, pad_value="", tokenexp=WORD
        )
        return nodes.add(
            "TfIdfVectorizer",
            [words],
            mode="TF",
            min_gram_length=1,
            max_gram_length=1,
            max_skip_count=0,
            ngram_counts=[0],
            ngram_indexes=list(range(len(self.words))),
            pool_strings=list(self.words),
        )


def fit_words(
    columns: Columns, name: str, targets: Floats, weight: Floats | None, seed: int, standardized: bool
) -> tuple[Words | None, list[Matrix]]:
    """The encoding, and the training rows' matrix, in which what a text says comes from other rows than its own.

    Args:
        columns: one array of shape (n,) per feature.
        name: the text column.
        targets: what texts speak of, shape (n, m).
        weight: of each row, shape (n,).
        seed: of the folds.
        standardized: whether the result is for techniques that add or measure.
    """
    texts = columns[name]
    words = _frequent_words(texts)
    if not words:
        return None, []
    counts = _counter(vocabulary=words).transform(texts)
    totals, found = _totals(counts), np.diff(counts.tocsc().indptr)
    rarities = (np.log((1.0 + len(texts)) / (1.0 + found)) + 1.0).astype(np.float32)
    values = _values(counts, totals, rarities)
    said, weights, intercepts = _cross_fitted(values, targets, weight, seed)
    shown = min(len(words), _MOST_COLUMNS if standardized else _MOST_COLUMNS // 6, _MOST_CELLS // len(texts))
    standardization = Standardization.of(np.hstack([said, totals])) if standardized else None
    part = Words(name, words, rarities, weights, intercepts, shown, standardization)
    return part, [part.assembled(counts, totals, said)]


def reads_like_text(texts: NDArray[Any]) -> bool:
    """Whether a column's values are sentences, most of them different, rather than names of categories."""
    some = texts[np.linspace(0, len(texts) - 1, min(len(texts), 1000)).astype(int)].tolist()
    lengths = [len(re.findall(WORD, text)) for text in some]
    return len(set(some)) > len(some) / 2 and sum(lengths) >= 4 * len(some)


def _counter(**settings: Any) -> Any:
    from sklearn.feature_extraction.text import CountVectorizer  # noqa: PLC0415

    return CountVectorizer(token_pattern=WORD, lowercase=False, preprocessor=_lowered, dtype=np.float32, **settings)


def _lowered(text: str) -> str:
    return text.translate(_SMALL)


def _frequent_words(texts: NDArray[Any]) -> tuple[str, ...]:
    """Words of several texts, the most frequent first."""
    counter = _counter(max_features=_MOST_WORDS, min_df=min(3, max(1, len(texts) // 20)))
    try:
        counts = counter.fit_transform(texts)
    except ValueError:  # no word is left
        return ()
    names = counter.get_feature_names_out()
    order = np.argsort(-np.asarray(counts.sum(axis=0)).ravel(), kind="stable")
    return tuple(str(word) for word in names[order])


def _totals(counts: Any) -> Matrix:
    """Number of known words of each row, shape (n, 1)."""
    return np.asarray(counts.sum(axis=1), dtype=np.float32).reshape(-1, 1)


def _values(counts: Any, totals: Matrix, rarities: Matrix) -> Any:
    """Sparse float32 matrix of shape (n, words), computed step by step as the graph does."""
    from scipy.sparse import csr_array  # noqa: PLC0415

    counts = csr_array(counts)
    roots = np.sqrt(np.maximum(totals[:, 0], np.float32(1)))
    data = counts.data * rarities[counts.indices] / np.repeat(roots, np.diff(counts.indptr))
    return csr_array((data, counts.indices, counts.indptr), shape=counts.shape)


def _product(values: Any, weights: Floats, intercepts: Floats) -> Matrix:
    result: Matrix = (values.astype(np.float64) @ weights + intercepts).astype(np.float32)
    return result


def _cross_fitted(values: Any, targets: Floats, weight: Floats | None, seed: int) -> tuple[Matrix, Floats, Floats]:
    """What each text says, by ridge regression on the other folds; and weights and intercepts fitted on all rows."""
    fold = np.random.default_rng(seed).permutation(len(targets)) % _FOLDS
    said = np.zeros(targets.shape, dtype=np.float32)
    for number in range(_FOLDS):
        rest, own = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        if len(rest) and len(own):
            line = _ridge(values[rest], targets[rest], None if weight is None else weight[rest])
            said[own] = _product(values[own], *line)
    return said, *_ridge(values, targets, weight)


def _ridge(values: Any, targets: Floats, weight: Floats | None) -> tuple[Floats, Floats]:
    """Weights of shape (words, m) and intercepts of shape (m,)."""
    from sklearn.linear_model import Ridge  # noqa: PLC0415

    center = targets.mean(axis=0)
    spread = np.maximum(targets.std(axis=0), np.finfo(np.float64).tiny)
    line = Ridge(alpha=_PENALTY, solver="sparse_cg", tol=1e-4)
    line.fit(values.astype(np.float64), (targets - center) / spread, weight)
    weights = np.ascontiguousarray(np.atleast_2d(line.coef_).T * spread)
    return weights, np.atleast_1d(line.intercept_) * spread + center
