"""Categories become numbers: few ones as indicators, many as means of the target.

All columns share one dictionary, so that the graph looks all of them up in one step: a category's key is its text and
its column's number, and its code is the key's position in the dictionary.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from crispstack.data_preparation.values import MISSING
from crispstack.modeling.target_means import TargetMeans

if TYPE_CHECKING:
    from crispstack.modeling.onnx_nodes import Nodes
    from crispstack.modeling.technique import Matrix

Codes = NDArray[np.int64]
Columns = Mapping[str, NDArray[Any]]

_SEPARATOR = "\x1f"


@dataclass(frozen=True)
class Dictionary:
    """The code of every category of each column; codes count through all columns. `size` is how many there are.

    Several texts may have one code: missing that of the most frequent category, if the charter wants it so.
    """

    names: tuple[str, ...]
    codes: tuple[Mapping[str, int], ...]
    size: int

    def transform(self, columns: Columns) -> Codes:
        """Codes of shape (n, names); what is not known gets the code `size`."""
        result = np.empty((len(columns[self.names[0]]), len(self.names)), dtype=np.int64)
        for position, (name, known) in enumerate(zip(self.names, self.codes, strict=True)):
            texts = columns[name].tolist()
            result[:, position] = np.fromiter(map(known.get, texts, itertools.repeat(self.size)), np.int64, len(texts))
        return result

    def export(self, nodes: Nodes, inputs: Mapping[str, str]) -> str:
        """The same in the graph, from one string tensor of shape (n, 1) per column."""
        from onnx import TensorProto, helper, numpy_helper  # noqa: PLC0415

        suffixes = [f"{_SEPARATOR}{position}" for position in range(len(self.names))]
        keys: Any = [(text + end).encode() for known, end in zip(self.codes, suffixes, strict=True) for text in known]
        values = np.array([code for known in self.codes for code in known.values()], dtype=np.int64)
        together = nodes.side_by_side([inputs[name] for name in self.names])
        return nodes.add(
            "LabelEncoder",
            [nodes.add("StringConcat", [together, nodes.constant(np.array([suffixes], dtype=object))])],
            domain="ai.onnx.ml",
            keys_tensor=helper.make_tensor("keys", TensorProto.STRING, [len(keys)], keys),
            values_tensor=numpy_helper.from_array(values, "values"),
            default_tensor=numpy_helper.from_array(np.array([self.size]), "default"),
        )


@dataclass(frozen=True)
class Indicators:
    """1 where a row has the category, else 0: that of code `codes[i]` in the column at position `columns[i]`."""

    columns: Codes
    codes: Codes

    @property
    def sources(self) -> list[int]:
        """The position of the column that each indicator comes from."""
        found: list[int] = self.columns.tolist()
        return found

    def transform(self, codes: Codes) -> Matrix:
        """Shape (n, indicators)."""
        result: Matrix = (codes[:, self.columns] == self.codes).astype(np.float32)
        return result

    def export(self, nodes: Nodes, codes: str) -> str:
        """The same in the graph."""
        gathered = nodes.add("Gather", [codes, nodes.constant(self.columns)], axis=1)
        return nodes.add("Cast", [nodes.add("Equal", [gathered, nodes.constant(self.codes)])], to=1)


@dataclass(frozen=True)
class Categories:
    """A dictionary, and what is made of its codes."""

    dictionary: Dictionary
    parts: tuple[Indicators | TargetMeans, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """Each feature as often as it has columns."""
        return tuple(self.dictionary.names[position] for part in self.parts for position in part.sources)

    def transform(self, columns: Columns) -> Matrix:
        """Shape (n, k)."""
        codes = self.dictionary.transform(columns)
        return np.hstack([part.transform(codes) for part in self.parts])

    def export(self, nodes: Nodes, inputs: Mapping[str, str]) -> str:
        """The same in the graph."""
        codes = self.dictionary.export(nodes, inputs)
        made = [part.export(nodes, codes) for part in self.parts]
        return made[0] if len(made) == 1 else nodes.add("Concat", made, axis=1)


def fit_dictionary(columns: Columns, names: Sequence[str], replace_missing: bool) -> Dictionary:
    """Of the columns that hold more than one category, where missing is one too, unless it is to be replaced."""
    kept, codes, size = [], [], 0
    for name in names:
        known = dict.fromkeys(sorted(set(columns[name].tolist())))
        if len(known) < 2:
            continue
        mode = _mode(columns[name]) if replace_missing and MISSING in known else None
        texts = [text for text in known if mode is None or text != MISSING]
        own = {text: size + position for position, text in enumerate(texts)}
        kept.append(name)
        codes.append(own if mode is None else own | {MISSING: own[mode]})
        size += len(own)
    return Dictionary(tuple(kept), tuple(codes), size)


def indicators(dictionary: Dictionary, codes: Codes, positions: Sequence[int]) -> Indicators:
    """One per category of the columns at these positions; of two categories only the rarer one."""
    chosen: list[tuple[int, int]] = []
    for position in positions:
        own = sorted(set(dictionary.codes[position].values()))
        if len(own) == 2:
            own = [min(own, key=lambda code: np.count_nonzero(codes[:, position] == code))]
        chosen += [(position, code) for code in own]
    columns, kept = np.array(chosen, dtype=np.int64).T
    return Indicators(columns, kept)


def _mode(texts: NDArray[Any]) -> str:
    """The most frequent category, the first in order where several are."""
    values, counts = np.unique(texts[texts != MISSING].astype(str), return_counts=True)
    return str(values[np.argmax(counts)])
