# ruff: noqa: RUF001, S608 (letters of another script, and SQL of constants)
"""Aggregates of whole columns, and the patterns that DuckDB matches itself."""

from __future__ import annotations

import pandas as pd
import pytest
import regex

from emulator.services.athena.functions import patterns
from tests.emulator.athena_language import failure, rows

TEXTS = ["12", "+3.5e-7", "a1", "é", "Ж", "2025-01-31", "12\n", "12\n\n", "(x)", "", "a-b", "1,234.5"]
SHARED = [
    "^[0-9]+$", r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$", "[А-я]", "^(?:a|b)", "[^a-z]",
    "[./-]", r"\(x\)", "^[0-9]{1,3}(,[0-9]{3})+", "$", "",
]  # fmt: skip


@pytest.mark.parametrize("pattern", SHARED)
def test_a_pattern_that_both_languages_share_matches_the_same_texts(pattern: str) -> None:
    assert patterns.shared(pattern) is not None
    values = ", ".join(f"('{text}')" for text in TEXTS)
    found = rows(f"SELECT t, regexp_like(t, '{pattern}') FROM (VALUES {values}) AS v (t)")
    assert [matched for _, matched in found] == [str(bool(regex.search(pattern, text))).lower() for text in TEXTS]


@pytest.mark.parametrize(
    "pattern", [r"\d", r"\bword", "(?=a)", "(?i)a", "a.b", "a++", "a*?", "[[a]b]", "[a&&b]", "(", r"(a)\1"]
)
def test_a_pattern_that_may_mean_something_else_is_left_to_javas_language(pattern: str) -> None:
    assert patterns.shared(pattern) is None


def test_the_most_frequent_texts_and_whole_numbers_are_counted() -> None:
    texts = "(VALUES 'a', 'b', 'a', NULL, 'c', 'b', 'a') AS v (x)"
    assert rows(f"SELECT approx_most_frequent(2, x, 10) FROM {texts}") == [["{a=3, b=2}"]]
    assert rows(f"SELECT approx_most_frequent(2, x, 10) FILTER (WHERE x = 'z') FROM {texts}") == [[None]]
    assert rows("SELECT approx_most_frequent(2, x, 10) FROM (VALUES 7, 8, 7, 9, 8, 7) AS v (x)") == [["{7=3, 8=2}"]]


def test_numbers_with_a_point_have_no_most_frequent() -> None:
    assert "FUNCTION_NOT_FOUND" in failure("SELECT approx_most_frequent(2, x, 10) FROM (VALUES 1.5e0) AS v (x)")


def test_moments_agree_with_pandas_also_far_from_zero() -> None:
    numbers = pd.Series([1e9 + value for value in (0.0, 1.0, 1.5, 4.0, 9.0, 9.5)])
    values = ", ".join(f"({number!r}e0)" for number in numbers)
    ((skewness, kurtosis),) = rows(f"SELECT skewness(x), kurtosis(x) FROM (VALUES {values}, (NULL)) AS v (x)")
    n = len(numbers)
    assert float(skewness or 0) == pytest.approx(numbers.skew() * (n - 2) / (n * (n - 1)) ** 0.5, rel=1e-9)
    assert float(kurtosis or 0) == pytest.approx(numbers.kurt(), rel=1e-9)


def test_moments_of_many_numbers_agree_with_pandas() -> None:
    numbers = pd.Series([7.0 + (a * a + b * b * b) % 977 for a in range(300) for b in range(300)])
    pairs = "UNNEST(sequence(0, 299)) AS t (a) CROSS JOIN UNNEST(sequence(0, 299)) AS u (b)"
    column = f"(SELECT 7e0 + (a * a + b * b * b) % 977 AS x FROM {pairs})"
    ((skewness, kurtosis),) = rows(f"SELECT skewness(x), kurtosis(x) FROM {column}")
    assert float(skewness or 0) == pytest.approx(numbers.skew(), rel=1e-4)
    assert float(kurtosis or 0) == pytest.approx(numbers.kurt(), rel=1e-9)


@pytest.mark.parametrize("count", [1, 50, 1000, 10_000, 400_000])
def test_distinct_values_are_estimated_within_three_standard_errors(count: int) -> None:
    pairs = "UNNEST(sequence(0, 999)) AS t (a) CROSS JOIN UNNEST(sequence(0, 999)) AS u (b)"
    numbers = f"(SELECT (a * 1000 + b) % {count} AS x FROM {pairs})"
    sql = "SELECT approx_distinct(x), approx_distinct(CAST(x AS varchar)), approx_distinct(x) FILTER (WHERE x < 0)"
    ((of_numbers, of_texts, of_none),) = rows(f"{sql} FROM {numbers}")
    assert [float(of_numbers or 0), float(of_texts or 0)] == pytest.approx([count, count], rel=0.03)
    assert of_none == "0"


def test_the_distinct_values_of_groups_are_counted() -> None:
    values = "(VALUES (1, 7), (1, 8), (1, 8), (2, NULL)) AS t (g, x)"
    assert rows(f"SELECT g, approx_distinct(x) FROM {values} GROUP BY g ORDER BY g") == [["1", "2"], ["2", "0"]]
