"""Columns become a matrix, the same bits in numpy and in the graph, and nothing of a row's own target is in it."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from crispstack.artifacts import Feature
from crispstack.data_preparation.values import MISSING
from crispstack.modeling.encoding import Encoding, Kind, averaged_targets, fit_encoding
from crispstack.modeling.onnx_nodes import Nodes
from crispstack.modeling.target_means import fit_target_means
from crispstack.modeling.text_encoding import WORD, reads_like_text
from crispstack.training_plan import Imputation
from tests.unit.modeling.graphs import FEATURES, columns, part, run, target

KINDS: tuple[Kind, ...] = get_args(Kind)
TRAINING = columns(400)
TARGETS = target(TRAINING, "binary").reshape(-1, 1)
FITTED = {kind: fit_encoding(kind, FEATURES, TRAINING, TARGETS, Imputation(indicator=True), 1) for kind in KINDS}
GRAPHS = {kind: part(TRAINING, FITTED[kind][0].export) for kind in KINDS}

NUMBERS = st.floats(width=32) | st.sampled_from([0.0, -0.0, 1e-45, -1e-40, 3.4028235e38, np.inf, -np.inf, np.nan])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
CATEGORIES = st.sampled_from(["Bonn", "Łódź", "", MISSING, "yes", "shop 1", "shop 1\x1f0", "shop"]) | TEXTS
REMARKS = st.lists(st.sampled_from(["good", "BAD", "Süß", "slow,", "\x00", " ", MISSING]) | TEXTS).map(" ".join)


@st.composite
def odd_rows(draw: st.DrawFn) -> dict[str, NDArray[Any]]:
    count = draw(st.integers(1, 6))
    values = {"numeric": NUMBERS, "categorical": CATEGORIES, "text": REMARKS}
    found = {}
    for feature in FEATURES:
        drawn = draw(st.lists(values[feature.kind], min_size=count, max_size=count))
        found[feature.name] = np.array([*drawn, None], dtype=object)[:-1]
        if feature.kind == "numeric":
            found[feature.name] = found[feature.name].astype(np.float32)
    return found


def same(encoding: Encoding, found: dict[str, NDArray[Any]]) -> None:
    made = encoding.transform(found)
    assert made.dtype == np.float32
    assert made.flags["C_CONTIGUOUS"]
    np.testing.assert_array_equal(run(found, encoding.export), made)


@pytest.mark.parametrize("kind", KINDS)
def test_the_graph_encodes_training_rows_bit_for_bit(kind: Kind) -> None:
    same(FITTED[kind][0], TRAINING)


@settings(max_examples=25, deadline=None)
@given(odd_rows())
def test_the_graph_encodes_any_row_bit_for_bit(found: dict[str, NDArray[Any]]) -> None:
    for kind in KINDS:
        np.testing.assert_array_equal(GRAPHS[kind](found), FITTED[kind][0].transform(found))
    assert np.isfinite(FITTED["dense"][0].transform(found)).all()
    assert not np.isinf(FITTED["trees"][0].transform(found)).any()


def test_trees_take_numbers_as_they_are_and_columns_that_say_nothing_are_left_out() -> None:
    found = {name: TRAINING[name] for name in ("age", "empty", "one", "debt")}
    encoding, matrix = fit_encoding("trees", FEATURES[:4], found, TARGETS, Imputation(), 1)
    np.testing.assert_array_equal(matrix, np.column_stack([found["age"], found["debt"]]))
    np.testing.assert_array_equal(encoding.transform(found), matrix)


def test_dense_columns_are_filled_and_standardized_and_few_categories_are_indicators() -> None:
    names = ("age", "debt", "city")
    features = tuple(feature for feature in FEATURES if feature.name in names)
    _, matrix = fit_encoding("dense", features, TRAINING, TARGETS, Imputation("mean", indicator=True), 1)
    numbers = pd.DataFrame({name: TRAINING[name].astype(np.float64) for name in names[:2]})
    expected = np.clip(StandardScaler().fit_transform(numbers.fillna(numbers.mean())), -10, 10)
    np.testing.assert_allclose(matrix[:, :2], expected, atol=1e-5)
    np.testing.assert_array_equal(matrix[:, 2], numbers["age"].isna())
    cities = OneHotEncoder(sparse_output=False).fit_transform(TRAINING["city"].reshape(-1, 1))
    np.testing.assert_array_equal(matrix[:, 3:], cities)


def test_of_two_categories_one_indicator_is_enough_and_an_unseen_one_counts_as_the_frequent() -> None:
    found = {"yes": np.array(["yes"] * 3 + ["no"] * 7, dtype=object)}
    encoding, matrix = fit_encoding(
        "trees", (Feature("yes", "categorical"),), found, np.zeros((10, 1)), Imputation(), 1
    )
    assert matrix[:, 0].tolist() == [1.0] * 3 + [0.0] * 7
    assert encoding.transform({"yes": np.array(["maybe"], dtype=object)}).tolist() == [[0.0]]


def test_a_missing_category_becomes_the_most_frequent_one_if_the_charter_says_so() -> None:
    found = {"city": np.array(["a", "b", "b", "c", MISSING], dtype=object)}
    imputation = Imputation(categories="mode")
    encoding, matrix = fit_encoding("dense", (Feature("city", "categorical"),), found, np.zeros((5, 1)), imputation, 1)
    np.testing.assert_array_equal(matrix[4], matrix[1])
    same(encoding, found)


def test_many_categories_become_smoothed_means_of_rows_other_than_their_own() -> None:
    generator = np.random.default_rng(3)
    codes = generator.integers(0, 30, (500, 1))
    goal, weight = generator.random((500, 1)), generator.random(500)
    means, encoded = fit_target_means(np.array([0]), codes, 30, goal, weight, 5)
    fold = np.random.default_rng(5).permutation(500) % 5
    for row in (0, 77, 499):
        others = fold != fold[row]
        alike = others & (codes[:, 0] == codes[row, 0])
        prior = np.average(goal[others, 0], weights=weight[others])
        expected = (goal[alike, 0] @ weight[alike] + 10 * prior) / (weight[alike].sum() + 10)
        assert encoded[row, 0] == pytest.approx(expected, rel=1e-5)
        assert encoded[row, 1] == pytest.approx(np.log1p(weight[codes[:, 0] == codes[row, 0]].sum()), rel=1e-5)
    assert means.transform(np.array([[30]]))[0].tolist() == pytest.approx([np.average(goal[:, 0], weights=weight), 0.0])


def test_a_category_of_its_own_for_every_row_says_nothing_of_the_target() -> None:
    rows = 600
    found = {"id": np.array([f"id{number}" for number in range(rows)], dtype=object)}
    goal = np.random.default_rng(2).integers(0, 2, rows).astype(np.float64)
    _, matrix = fit_encoding("trees", (Feature("id", "categorical"),), found, goal.reshape(-1, 1), Imputation(), 1)
    assert abs(np.corrcoef(matrix[:, 0], goal)[0, 1]) < 0.25
    assert np.ptp(matrix[:, 0]) < 0.1


def test_each_frequent_class_has_means_of_its_own() -> None:
    goal = np.array([0.0, 1.0, 2.0, 2.0])
    np.testing.assert_array_equal(averaged_targets(goal, "multiclass", 3), np.eye(3)[[0, 1, 2, 2]])
    many = averaged_targets(np.arange(40.0) % 20, "multiclass", 20)
    assert many.shape == (40, 10)
    assert averaged_targets(goal, "regression", 0).tolist() == goal.reshape(-1, 1).tolist()


def test_where_no_column_says_anything_the_matrix_is_one_of_zeros() -> None:
    found = {"empty": TRAINING["empty"], "one": TRAINING["one"]}
    for kind in KINDS:
        encoding, matrix = fit_encoding(kind, FEATURES[2:4], found, TARGETS, Imputation(), 1)
        assert matrix.tolist() == [[0.0]] * 400
        same(encoding, found)


def test_twenty_thousand_categories_are_two_columns() -> None:
    generator = np.random.default_rng(1)
    found = {"id": np.array([f"ä{number}" for number in generator.integers(0, 20_000, 60_000)], dtype=object)}
    goal = generator.random((60_000, 1))
    encoding, matrix = fit_encoding("trees", (Feature("id", "categorical"),), found, goal, Imputation(), 1)
    assert matrix.shape == (60_000, 2)
    same(encoding, {"id": found["id"][:500]})


def test_five_thousand_columns_are_encoded_in_a_few_nodes() -> None:
    generator = np.random.default_rng(1)
    names = [f"x{number}" for number in range(5_000)]
    found: dict[str, NDArray[Any]] = {name: generator.random(30).astype(np.float32) for name in names[:4_000]}
    texts = np.array(["a", "b", "c"], dtype=object)
    found |= {name: generator.choice(texts, 30) for name in names[4_000:]}
    features = [Feature(name, "numeric" if position < 4_000 else "categorical") for position, name in enumerate(names)]
    encoding, matrix = fit_encoding("dense", features, found, generator.random((30, 1)), Imputation(), 1)
    assert matrix.shape == (30, 7_000)
    nodes = Nodes()
    encoding.export(nodes, {name: name for name in names})
    assert len(nodes.nodes) < 15


def test_words_say_of_the_target_what_they_mean_and_rare_ones_weigh_more() -> None:
    generator = np.random.default_rng(4)
    goal = generator.integers(0, 2, 300).astype(np.float64)
    remarks = [f"w{generator.integers(20)} {'good' if each else 'bad'} the, w{generator.integers(20)}" for each in goal]
    found = {"remark": np.array(remarks, dtype=object)}
    encoding, matrix = fit_encoding("trees", (Feature("remark", "text"),), found, goal.reshape(-1, 1), Imputation(), 1)
    assert np.corrcoef(matrix[:, 0], goal)[0, 1] > 0.95
    assert set(matrix[:, 1]) == {4.0}
    told = encoding.transform({"remark": np.array(["GOOD", "bad?", "nothing"], dtype=object)})[:, 0]
    assert told[0] > told[2] > told[1]
    oracle = TfidfVectorizer(token_pattern=WORD, norm=None).fit(remarks)
    weights = dict(zip(oracle.get_feature_names_out(), oracle.idf_, strict=True))
    words: Any = encoding.parts[0]
    np.testing.assert_allclose(words.rarities, [weights[word] for word in words.words], rtol=1e-6)


def test_categories_that_are_sentences_are_read_as_text() -> None:
    assert reads_like_text(TRAINING["remark"]) is False  # few words, and many are missing
    sentences = np.array(
        [f"the {number} quick foxes jump over {number % 7} dogs" for number in range(50)], dtype=object
    )
    assert reads_like_text(sentences)
    assert not reads_like_text(TRAINING["shop"])
    _, matrix = fit_encoding("trees", (Feature("s", "categorical"),), {"s": sentences}, TARGETS[:50], Imputation(), 1)
    assert matrix.shape[1] > 2


def test_text_without_any_word_is_left_out() -> None:
    found = {"remark": np.array(["", "!", " ..."] * 10, dtype=object)}
    _, matrix = fit_encoding("dense", (Feature("remark", "text"),), found, TARGETS[:30], Imputation(), 1)
    assert matrix.tolist() == [[0.0]] * 30
