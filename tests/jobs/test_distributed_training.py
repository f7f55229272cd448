"""Rows beyond one executor: encodings from sums over all rows, models of Spark's learners, and their one graph."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame, SparkSession
from sklearn.metrics import roc_auc_score

from crispstack.artifacts import Feature, PreparedDataset
from crispstack.charter import Charter, Column, Money, Source, Target
from crispstack.modeling import feature_selection, recency
from crispstack.modeling.chosen_model import LastFit, Part
from crispstack.modeling.distributed import learners
from crispstack.modeling.distributed.encoding import FoldedEncoding, RowStatistics, encoding_of
from crispstack.modeling.distributed.rows import FEATURES, TARGET, encoded, faded, prepared, sample
from crispstack.modeling.distributed.statistics import categories, numbers
from crispstack.modeling.distributed.training import WholeDataset
from crispstack.modeling.encoding import Kind, averaged_targets, fit_encoding
from crispstack.modeling.feature_selection import Selected
from crispstack.modeling.onnx_export import export_graph
from crispstack.modeling.onnx_graph import OnnxGraph
from crispstack.modeling.predictor import Member, Predictor
from crispstack.modeling.technique import Framing, Model, Shape
from crispstack.modeling.training_data import TrainingData
from crispstack.training_plan import Imputation

# PySpark leaves the sockets of collect() to the garbage collector, and compares versions with distutils.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:distutils Version classes:DeprecationWarning"),
]

ROWS = 400
KINDS: tuple[Kind, ...] = ("trees", "dense")
FEATURES_OF_ROWS = (
    Feature("amount", "numeric"),
    Feature("age", "numeric"),
    Feature("alike", "numeric"),
    Feature("sex", "categorical"),
    Feature("town", "categorical"),
)


def table(framing: Framing) -> pa.Table:
    """Gaps, infinity, a column of one value, categories of two and of sixty texts, Unicode, an empty text."""
    generator = np.random.default_rng(0)
    amount = generator.lognormal(size=ROWS).astype(np.float32)
    age = generator.normal(40, 10, ROWS).astype(np.float32)
    town = generator.integers(0, 60, ROWS)
    signal = np.log(amount) + 0.05 * (age - 40) + (town % 3 - 1) + 0.3 * generator.normal(size=ROWS)
    amount[::9] = np.nan
    amount[5] = np.inf
    sex = np.where(generator.random(ROWS) < 0.3, "w", "m").astype(object)
    sex[::17] = None
    names = np.array(["Zürich", "", *(f"t{number}" for number in range(58))], dtype=object)
    targets = {"binary": signal > 0, "multiclass": np.digitize(signal, [-0.7, 0.7]), "regression": 500 + 10 * signal}
    return pa.table(
        {
            "amount": pa.array(amount, mask=np.isnan(amount)),
            "age": age,
            "alike": np.full(ROWS, 7.0),
            "sex": sex,
            "town": names[town],
            "y": targets[framing].astype(np.float64),
            "_weight": generator.integers(1, 4, ROWS).astype(np.float64),
        }
    )


def dataset(framing: Framing) -> PreparedDataset:
    return PreparedDataset(
        version="v1",
        rows_in=ROWS,
        train_rows=ROWS,
        test_rows=0,
        quarantined_rows=0,
        quarantine_reasons={},
        train_positives=0,
        test_positives=0,
        train_uri="",
        test_uri="",
        quarantine_uri="",
        features=FEATURES_OF_ROWS,
        target="y",
        framing=framing,
        classes=("a", "b", "c") if framing == "multiclass" else (),
    )


class Case:
    """Rows of a framing in Spark and beside it."""

    def __init__(self, spark: SparkSession, framing: Framing, folder: Path) -> None:
        self.framing, self.dataset = framing, dataset(framing)
        pq.write_table(table(framing), folder / f"{framing}.parquet")
        self.frame = prepared(spark.read.parquet(str(folder / f"{framing}.parquet")), self.dataset).cache()
        self.data = TrainingData.from_table(table(framing), self.dataset)
        self.shape = Shape(framing, ROWS, len(FEATURES_OF_ROWS), classes=3 if framing == "multiclass" else 2)
        targets = self._targets()
        found, totals = categories(self.frame, ["sex", "town"], targets)
        self.statistics = RowStatistics(numbers(self.frame, ["amount", "age", "alike"]), found, totals)

    def _targets(self) -> list[Any]:
        from pyspark.sql import functions  # noqa: PLC0415

        target = functions.col("y")
        if self.framing != "multiclass":
            return [target]
        return [functions.when(target == number, 1.0).otherwise(0.0) for number in (0.0, 1.0, 2.0)]

    def encoding(self, kind: Kind, imputation: Imputation | None = None) -> FoldedEncoding:
        return encoding_of(kind, self.statistics, self.data, imputation or Imputation(numbers="mean"), 1)

    def fit(self, name: str, parameters: dict[str, Any], kind: Kind) -> tuple[Model, FoldedEncoding, DataFrame]:
        encoding = self.encoding(kind)
        rows = encoded(self.frame, self.dataset, encoding)
        return learners.BY_NAME[name](learners.Job(rows, parameters, self.shape, 3, 2)), encoding, rows


@pytest.fixture(scope="module")
def cases(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Case]]:
    folder = tmp_path_factory.mktemp("rows")
    yield {framing: Case(spark, framing, folder) for framing in ("binary", "multiclass", "regression")}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("framing", ["binary", "multiclass"])
def test_sums_over_all_rows_lead_to_the_encoding_of_one_machine(
    cases: dict[str, Case], kind: Kind, framing: Framing
) -> None:
    case = cases[framing]
    imputation = Imputation(numbers="mean", indicator=True)
    targets = averaged_targets(case.data.target, framing, 3)
    alone, _ = fit_encoding(kind, FEATURES_OF_ROWS, case.data.columns, targets, imputation, 1, case.data.weight)
    together = case.encoding(kind, imputation).whole
    expected, found = alone.transform(case.data.columns), together.transform(case.data.columns)
    assert found.shape == expected.shape
    if kind == "dense":
        # Scales of means are of the whole here, of the folds there.
        means = targets.shape[1] + 1
        np.testing.assert_allclose(found[:, :-means], expected[:, :-means], rtol=1e-4, atol=1e-4)
        assert all(np.corrcoef(a, b)[0, 1] > 0.999 for a, b in zip(found.T, expected.T, strict=True) if a.std() > 0)
    else:
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_a_model_of_few_features_is_fitted_on_those_that_tell_most_of_the_sample(cases: dict[str, Case]) -> None:
    case = cases["binary"]
    source = Source("rows", "rows.csv", tuple(Column(each.name, "number") for each in FEATURES_OF_ROWS))
    charter = Charter("few", "?", "?", (source,), Target("y", "1"), Money("EUR", 1.0, -1.0))
    whole = WholeDataset(case.frame, charter, case.dataset, case.data)
    member = whole.fit(LastFit(Part(0, "logistic_regression", {"C": 1.0, feature_selection.FEATURES: 2})))
    assert isinstance(member.model, Selected)
    # One amount is infinite: scaled by it, the others are nearly alike.
    assert set(member.model.features) == {"age", "town"}
    assert {member.encoding.sources[position] for position in member.model.positions} == {"age", "town"}
    scores = member.model.predict(member.encoding.transform(case.data.columns))
    assert roc_auc_score(case.data.target, scores) > 0.7
    graph = OnnxGraph(export_graph(Predictor((member,)), FEATURES_OF_ROWS))
    np.testing.assert_allclose(graph.scores(case.data.columns), scores, atol=1e-5)


def test_weights_halve_with_age_as_they_do_on_one_machine(cases: dict[str, Case]) -> None:
    frame = cases["binary"].frame.selectExpr("*", "row_number() over (order by age, amount) * 1.0D as _time")
    times = np.arange(1.0, ROWS + 1)
    rows = faded(frame, times[::3], 0.1).select("_time", "_weight").toPandas().sort_values("_time")
    given = frame.select("_time", "_weight").toPandas().sort_values("_time")._weight.to_numpy()
    found = rows._weight.to_numpy() / given
    ages = recency.ages(times, ROWS)
    assert ages is not None
    np.testing.assert_allclose(found, 0.5 ** (ages / 0.1) / np.mean(0.5 ** (ages / 0.1)), rtol=0.1)
    assert found.mean() == pytest.approx(1, abs=0.02)


def test_rows_are_encoded_without_the_targets_of_their_own_fold(cases: dict[str, Case]) -> None:
    case = cases["binary"]
    encoding = case.encoding("trees")
    pandas = case.frame.toPandas()
    rows = encoded(case.frame, case.dataset, encoding).select(vector_to_array(FEATURES).alias("f"), TARGET).toPandas()
    matrix = np.array(rows.f.tolist(), dtype=np.float32)
    known = TrainingData.from_table(pa.Table.from_pandas(pandas, preserve_index=False), case.dataset)
    for fold in range(5):
        own = (pandas._fold == fold).to_numpy()
        some = {name: column[own] for name, column in known.columns.items()}
        np.testing.assert_array_equal(matrix[own], encoding.of_fold[fold].transform(some))
        rest = known.take(np.flatnonzero(~own))
        town = rest.columns["town"] == "Zürich"
        mean = (np.average(rest.target, weights=rest.weight) * 10 + (rest.target * rest.weight)[town].sum()) / (
            10 + rest.weight[town].sum()
        )
        encoded_so = encoding.of_fold[fold].transform(
            {**{n: c[:1] for n, c in some.items()}, "town": np.array(["Zürich"], dtype=object)}
        )
        assert np.isclose(encoded_so, mean, rtol=1e-5).any()


BOOSTED = {"trees": 3, "max_depth": 3, "learning_rate": 0.3, "max_bin": 32}
FITS: list[tuple[str, dict[str, Any], Kind, Framing]] = [
    ("logistic_regression", {"C": 1.0}, "dense", "binary"),
    ("logistic_regression", {"C": 1.0}, "dense", "multiclass"),
    ("ridge_regression", {"alpha": 1.0}, "dense", "regression"),
    ("random_forest", {"trees": 3, "min_samples_leaf": 2, "max_features": 0.5}, "dense", "binary"),
    ("random_forest", {"trees": 3, "min_samples_leaf": 2, "max_features": "sqrt"}, "dense", "multiclass"),
    ("random_forest", {"trees": 3, "min_samples_leaf": 2, "max_features": 0.5}, "dense", "regression"),
    ("xgboost", BOOSTED, "trees", "binary"),
    ("xgboost", BOOSTED, "trees", "multiclass"),
    ("xgboost", BOOSTED, "trees", "regression"),
]


@pytest.mark.parametrize(("name", "parameters", "kind", "framing"), FITS)
def test_the_graph_answers_as_the_model_that_spark_fitted(
    cases: dict[str, Case], name: str, parameters: dict[str, Any], kind: Kind, framing: Framing, monkeypatch: Any
) -> None:
    case, kept = cases[framing], []
    _keep_what_is_fitted(monkeypatch, kept)
    model, encoding, _ = case.fit(name, parameters, kind)
    graph = OnnxGraph(export_graph(Predictor((Member(encoding.whole, model),)), FEATURES_OF_ROWS))
    columns = _odd(case.data)
    answers = graph.scores(columns)
    expected = _by_spark(kept[-1], encoding.whole.transform(columns), case.framing)
    if framing == "regression":
        # Learners see a centered and scaled target.
        target, weight = case.data.target, case.data.weight
        center = np.average(target, weights=weight)
        expected = center + np.sqrt(np.average((target - center) ** 2, weights=weight)) * expected
    unit = 10.0 if framing == "regression" else 1.0
    assert np.abs(answers - expected).max() / unit < 1e-5
    assert answers.std() > 0


def _keep_what_is_fitted(monkeypatch: pytest.MonkeyPatch, kept: list[Any]) -> None:
    from pyspark.ml.base import Estimator  # noqa: PLC0415

    fit = Estimator.fit

    def keep(self: Any, *arguments: Any, **more: Any) -> Any:
        kept.append(fit(self, *arguments, **more))
        return kept[-1]

    monkeypatch.setattr(Estimator, "fit", keep)


def _odd(data: TrainingData) -> dict[str, np.ndarray]:
    """The rows, with nulls, unseen and empty texts, and numbers far away."""
    columns = {name: column.copy() for name, column in data.columns.items()}
    columns["town"][::7] = "never seen"
    columns["sex"][::11] = ""
    columns["age"][::5] = np.nan
    columns["amount"][::13] = 1e6
    columns["amount"][1::13] = -1e6
    return columns


def _by_spark(model: Any, matrix: np.ndarray, framing: Framing) -> np.ndarray:
    """What the fitted model itself says of these rows, in Spark."""
    from pyspark.ml.functions import array_to_vector  # noqa: PLC0415
    from pyspark.sql.functions import col  # noqa: PLC0415

    session = SparkSession.active()
    rows = session.createDataFrame([(n, row) for n, row in enumerate(matrix.astype(np.float64).tolist())], ["n", "f"])
    vectors = rows.select("n", array_to_vector(col("f")).alias(FEATURES))
    wanted = "prediction" if framing == "regression" else "probability"
    column = col(wanted) if framing == "regression" else vector_to_array(wanted)
    found = {row.n: row.said for row in model.transform(vectors).select("n", column.alias("said")).collect()}
    said = np.array([found[n] for n in range(len(matrix))], dtype=np.float64)
    return said[:, 1] if framing == "binary" else said


def test_a_sample_has_rows_of_the_whole(cases: dict[str, Case]) -> None:
    some = sample(cases["binary"].frame, cases["binary"].dataset, ROWS // 2, 1)
    assert ROWS * 0.35 < len(some.target) < ROWS * 0.65
    assert set(some.columns["town"]) <= set(cases["binary"].data.columns["town"])
    assert some.weight is not None
