"""Tables of thousands of columns: what is done for each column does not look at all the others."""

from __future__ import annotations

import numpy as np

from crispstack.artifacts import Feature
from crispstack.charter import Charter, Column, Money, Source, Target
from crispstack.data_preparation.requests import feature_arrays
from crispstack.modeling.encoding import fit_encoding
from crispstack.modeling.onnx_export import export_graph
from crispstack.modeling.onnx_graph import OnnxGraph
from crispstack.modeling.predictor import Member, Predictor
from crispstack.modeling.technique import Resources, Rows, Shape
from crispstack.modeling.techniques import BY_NAME
from crispstack.training_plan import Imputation

COLUMNS, ROWS = 1_500, 40
MOST_COMPARISONS = 20 * COLUMNS
"""One look of every column at all others would be 2,250,000."""


class Counted(str):
    """A column's name that counts how often a name is compared with it."""

    comparisons = 0
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        Counted.comparisons += 1
        return str.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        Counted.comparisons += 1
        return str.__ne__(self, other)


def names() -> list[str]:
    Counted.comparisons = 0
    return [Counted(f"x{number}") for number in range(COLUMNS)]


def test_a_row_of_many_columns_is_predicted_without_comparing_each_name_with_all() -> None:
    generator = np.random.default_rng(1)
    texts = np.array(["a", "b"], dtype=object)
    columns = {name: generator.normal(size=ROWS).astype(np.float32) for name in names()}
    columns |= {name: generator.choice(texts, ROWS) for name in list(columns)[:100]}
    features = tuple(
        Feature(name, "categorical" if values.dtype == object else "numeric") for name, values in columns.items()
    )
    target = (columns[features[-1].name] > 0).astype(np.float64)
    encoding, matrix = fit_encoding("dense", features, columns, target.reshape(-1, 1), Imputation(), 1)
    shape, technique = Shape("binary", ROWS, COLUMNS, 2, 10), BY_NAME["logistic_regression"]
    model = technique.fit(Rows(matrix, target), None, technique.defaults(shape), shape, Resources(1))
    predictor = Predictor((Member(encoding, model),))
    graph = OnnxGraph(export_graph(predictor, features))
    graph.texts, graph.numbers = tuple(list(columns)[:100]), tuple(list(columns)[100:])
    Counted.comparisons = 0
    np.testing.assert_allclose(graph.scores(columns), predictor.scores(columns), atol=1e-5)
    assert Counted.comparisons < MOST_COMPARISONS


def test_a_request_of_many_fields_is_read_without_comparing_each_name_with_all() -> None:
    columns = tuple(Column(name, "number") for name in names())
    source = Source("rows", "rows.csv", (*columns, Column("y", "number")))
    charter = Charter("wide", "Wide?", "Test", (source,), Target("y", "1"), Money("EUR", 1.0, -1.0))
    row = {column.name: float(number) for number, column in enumerate(columns)}
    Counted.comparisons = 0
    found = feature_arrays([row], charter)
    assert [float(values[0]) for values in found.values()] == list(map(float, range(COLUMNS)))
    assert Counted.comparisons < MOST_COMPARISONS
