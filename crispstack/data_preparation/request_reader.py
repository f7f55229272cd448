"""Rows of a request become a model's two inputs at once: types are looked at for all values together.

A value at a time costs more than most models. What does not fit is left to `request_values`, which says why.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from crispstack.charter import Charter
from crispstack.charter import Column as SourceColumn
from crispstack.data_preparation.categories import Array, Categories, Column, as_array
from crispstack.data_preparation.cleaning import Rejection
from crispstack.data_preparation.request_values import checked_columns, private_columns
from crispstack.data_preparation.row_wise import RowPreparation, features
from crispstack.data_preparation.values import UnparsableError, float32, missing_numbers, parse_json, typed_numbers
from crispstack.data_understanding.column_types import LARGEST
from crispstack.errors import RequestError
from crispstack.preparation_plan import Preparation

Row = Mapping[str, object]
_REMEMBERED, _LONGEST = 1_000, 100
"""How many distinct texts of a column are kept with what they are parsed to, and of how many characters."""


class ModelInputs(NamedTuple):
    """What a model takes of n rows, and what money depends on.

    Attributes:
        numbers: float32 of shape (n, numbers), NaN where missing; None where there is no such feature.
        texts: str of shape (n, texts), "__missing__" where missing; None where there is no such feature.
        amount: float64 of shape (n,): the column that the charter's money multiplies, where requests bring it.
    """

    numbers: Array | None
    texts: Array | None
    amount: Array | None


class RequestReader:
    """Reads rows by one charter; what does not depend on the rows is worked out once.

    `numbers` and `texts` name the model's features in order.
    """

    def __init__(self, charter: Charter, key: bytes = b"") -> None:
        """Take the charter, and the project's secret from which the pseudonyms of hashed columns are made."""
        self._charter = charter
        self._preparation = RowPreparation.of(charter, key)
        columns = charter.feature_columns
        self._width = len(columns)
        integers, numbers, booleans, times, texts = (
            [column for column in columns if column.type in types]
            for types in (("integer",), ("number",), ("boolean",), ("date", "timestamp"), ("category", "text"))
        )
        self._integers, self._json_numbers = _picker(integers), _picker([*integers, *numbers])
        self._booleans, self._json_texts = _picker(booleans), _picker([*texts, *times])
        self._wholes, self._texts, self._has_booleans = len(integers), len(texts), bool(booleans)
        private, plan = private_columns(charter), charter.preparation
        self._parsed = [_ParsedTexts(column, plan, column.name not in private) for column in (*texts, *times)]
        self._missing = [
            (position, np.array(sorted(words)))
            for position, column in enumerate([*integers, *numbers])
            if (words := missing_numbers(column.type, plan.missing_words(column.name)))
        ]
        self._numeric = {column.name: column.type for column in (*integers, *numbers, *booleans, *times)}
        self._textual = [column.name for column in texts]
        made = features(charter)
        self.numbers = tuple(feature.name for feature in made if feature.kind == "numeric")
        self.texts = tuple(feature.name for feature in made if feature.kind != "numeric")
        touched = self._preparation.touched
        self._is_prepared = bool(touched)
        self._number_inputs = _Inputs(self.numbers, list(self._numeric), touched, np.float32)
        self._text_inputs = _Inputs(self.texts, self._textual, touched, np.object_)
        self._amount_name = charter.money.amount.column if charter.money.amount else ""
        self._amount = [*self._numeric].index(self._amount_name) if self._amount_name in self._numeric else None
        self._touched_numbers = [(p, n, t) for p, (n, t) in enumerate(self._numeric.items()) if n in touched]
        self._touched_texts = [(position, name) for position, name in enumerate(self._textual) if name in touched]

    def read(self, rows: Sequence[Row]) -> ModelInputs:
        """What the model takes of these rows.

        Raises:
            RequestError: no rows, a row that is no object, an unknown or missing field, a value of another type, no
                amount or a negative one where money depends on it, or a row of a kind that the plan leaves out of
                training; the message names the row (counted from 0).
            DataError: the charter's plan has bounds or quantiles that were not taken from the profile.
        """
        if not rows:
            raise RequestError("the request holds no rows: send at least one")
        numbers, texts = self._together(rows) or self._one_by_one(rows)
        typed: dict[str, Column] = {
            name: typed_numbers(numbers[:, position], kind) for position, name, kind in self._touched_numbers
        }
        every = np.arange(len(rows), dtype=np.int32)
        typed |= {name: Categories(every, texts[:, position]) for position, name in self._touched_texts}
        prepared: Mapping[str, Column] = {}
        if self._is_prepared:
            made = self._preparation.prepare(typed)
            for rejection in made.rejections:
                _check_used(rejection)
            prepared = made.columns
        return ModelInputs(
            self._number_inputs.of(float32(numbers), prepared),
            self._text_inputs.of(texts, prepared),
            None if self._amount is None else self._checked_amount(numbers[:, self._amount]),
        )

    def _checked_amount(self, amount: Array) -> Array:
        """Training used no row whose amount is missing or negative."""
        unusable = ~(amount >= 0)
        _check_used(Rejection(f"{self._amount_name} is missing or negative, and money depends on it", unusable))
        return amount

    def _together(self, rows: Sequence[Row]) -> tuple[Array, Array] | None:
        """Numbers and times as float64, and texts, n rows each; None where a value needs a closer look."""
        if set(map(type, rows)) != {dict} or set(map(len, rows)) != {self._width}:
            return None
        try:
            numbers = self._read_numbers(rows)
            if numbers is None:
                return None
            texts = list(map(operator.getitem, itertools.cycle(self._parsed), _flat(self._json_texts, rows)))
        # A field is missing, a text is of another type or no text at all, or a number beyond all floats.
        except (KeyError, UnparsableError, TypeError, OverflowError):
            return None
        parsed = np.array(texts, dtype=object).reshape(len(rows), len(self._parsed))
        if self._texts < len(self._parsed):
            numbers = np.hstack([numbers, parsed[:, self._texts :].astype(np.float64)])
            parsed = np.ascontiguousarray(parsed[:, : self._texts])
        return numbers, parsed

    def _read_numbers(self, rows: Sequence[Row]) -> Array | None:
        """Those of JSON, and booleans as 0 and 1."""
        values = _flat(self._json_numbers, rows)
        if not set(map(type, values)) <= _NUMBERS:
            return None
        numbers = np.array(values, dtype=np.float64)
        if np.count_nonzero(np.abs(numbers) <= LARGEST) != len(values) - values.count(None):
            return None
        numbers = numbers.reshape(len(rows), len(values) // len(rows))
        if not set(map(type, _flat(self._integers, rows))) <= _INTEGERS and not _whole(numbers[:, : self._wholes]):
            return None
        for position, missing in self._missing:
            numbers[np.isin(numbers[:, position], missing), position] = np.nan
        if not self._has_booleans:
            return numbers
        booleans = _flat(self._booleans, rows)
        if not set(map(type, booleans)) <= _BOOLEANS:
            return None
        return np.hstack([numbers, np.array(booleans, dtype=np.float64).reshape(len(rows), -1)])

    def _one_by_one(self, rows: Sequence[Row]) -> tuple[Array, Array]:
        columns = checked_columns(rows, self._charter)
        numbers = np.empty((len(rows), len(self._numeric)), dtype=np.float64)
        texts = np.empty((len(rows), self._texts), dtype=object)
        for block, names in ((numbers, [*self._numeric]), (texts, self._textual)):
            for position, name in enumerate(names):
                block[:, position] = as_array(columns[name])
        return numbers, texts


class _Inputs:
    """Where each column of one of the model's inputs comes from: a block of columns as they are read, or the plan."""

    def __init__(self, wanted: Sequence[str], read: Sequence[str], touched: frozenset[str], kind: type[Any]) -> None:
        position = {name: number for number, name in enumerate(read) if name not in touched}
        self._width, self._kind = len(wanted), kind
        self._prepared = [(to, name) for to, name in enumerate(wanted) if name not in position]
        self._to = [to for to, name in enumerate(wanted) if name in position]
        self._from = [position[name] for name in wanted if name in position]
        self._as_it_is = not self._prepared and self._from == list(range(len(read)))

    def of(self, block: Array, prepared: Mapping[str, Column]) -> Array | None:
        """The input, of shape (n, width)."""
        if not self._width:
            return None
        if self._as_it_is:
            return block
        made = np.empty((len(block), self._width), dtype=self._kind)
        made[:, self._to] = block[:, self._from]
        for to, name in self._prepared:
            made[:, to] = as_array(prepared[name])
        return made


class _ParsedTexts(dict[str | None, float | str]):
    """What texts of a column are parsed to. A text that is not there yet is parsed, and kept unless it is private.

    Raises:
        UnparsableError: on look-up, where the text is not of the column's type.
    """

    def __init__(self, column: SourceColumn, plan: Preparation, keep: bool) -> None:
        super().__init__()
        self._column, self._keep = column, keep
        self._missing, self._cleaning = plan.missing_words(column.name), plan.cleaning(column.name)

    def __missing__(self, text: str | None) -> float | str:
        if text is not None and not isinstance(text, str):
            raise UnparsableError(f"expected a text, found {text!r}")
        parsed = parse_json(text, self._column, self._missing, self._cleaning)
        if self._keep and (text is None or len(text) <= _LONGEST):
            if len(self) >= _REMEMBERED:
                self.clear()
            self[text] = parsed
        return parsed


_NUMBERS, _INTEGERS, _BOOLEANS = {int, float, type(None)}, {int, type(None)}, {bool, type(None)}
_Picker = Callable[[Row], Iterable[Any]]


def _picker(columns: Sequence[SourceColumn]) -> _Picker:
    """Takes these columns' values out of a row."""
    names = [column.name for column in columns]
    if len(names) > 1:
        return operator.itemgetter(*names)
    return lambda row: [row[name] for name in names]


def _flat(pick: _Picker, rows: Sequence[Row]) -> list[Any]:
    return list(itertools.chain.from_iterable(map(pick, rows)))


def _whole(numbers: Array) -> bool:
    return bool(((np.floor(numbers) == numbers) | np.isnan(numbers)).all())


def _check_used(rejection: Rejection) -> None:
    if rejection.rows.any():
        index = int(np.argmax(rejection.rows))
        raise RequestError(f"row {index}: {rejection.reason}; no such row was used in training, so none can be judged")
