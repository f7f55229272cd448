import dataclasses
import re
from collections.abc import Sequence

from crispstack.data_understanding.exploration import Association, MissingColumn, MissingTogether, Period, Timeline
from crispstack.deployment.report import data_plots, pictures
from tests.unit.deployment import explorations

FOUND = explorations.found()


def texts(svg: str) -> list[str]:
    """What is written in the picture."""
    return re.findall(r"<text[^>]*>([^<]+)</text>", svg)


def described(svg: str) -> str:
    label = re.search(r'aria-label="([^"]+)"', svg)
    assert label
    return label[1]


def pairs(names: Sequence[str], value: float) -> list[Association]:
    return [
        Association(first, second, "pearson", value, None, None, None, 0.0, 9)
        for index, first in enumerate(names)
        for second in names[index + 1 :]
    ]


def test_columns_of_similar_names_keep_bars_of_their_own() -> None:
    names = [f"measurement_of_something_{index}" for index in range(12)]
    svg = data_plots.missing_shares([MissingColumn(name, 9, 0.09, None, None, 1.0) for name in names])
    labels = [text for text in texts(svg) if text.startswith("measurement")]
    assert len(set(labels)) == 12
    assert all(len(label) <= 24 for label in labels)
    assert texts(svg).count("9.0%") == 12


def test_a_name_is_cut_in_its_middle_only_where_it_is_too_long() -> None:
    assert pictures.short_name("abcdefghij", 10) == "abcdefghij"
    assert pictures.short_name("abcdefghijk", 10) == "abcde…hijk"


def test_a_matrix_writes_what_is_large_and_leaves_out_what_is_not() -> None:
    svg = data_plots.associations(pairs(["a", "b", "c"], -0.71) + pairs(["c", "d"], 0.01), ["a", "b", "c", "d"])
    assert texts(svg).count("\N{MINUS SIGN}.71") == 3
    assert not [text for text in texts(svg) if text.endswith(".01")]
    assert "a and b r -0.71" in described(svg)
    many = [f"c{index}" for index in range(30)]
    assert not [text for text in texts(data_plots.associations(pairs(many, 0.2), many)) if text == ".20"]


def test_excluded_columns_are_marked_in_words() -> None:
    svg = data_plots.target_strength(FOUND.target)
    assert "job (excluded)" in texts(svg)
    assert "job 0.91 (excluded), age 0.62" in described(svg)


def test_rates_come_with_the_rows_they_are_made_of() -> None:
    svg = data_plots.target_rates(FOUND.target[0], 0.14)
    assert {"b", "(other)", "(missing)", "60", "35", "5"} <= set(texts(svg))
    assert described(svg) == "job: share of positives by group: b 20% of 60, (other) 3% of 35, (missing) 20% of 5."


def test_a_period_without_rows_has_no_rate() -> None:
    svg = data_plots.timeline(FOUND.timelines[0], 0.14)
    assert "from 10% to 20%" in described(svg)
    assert {"2025-01", "2025-02", "2025-03"} <= set(texts(svg))
    days = Timeline("t", "day", tuple(Period(f"2025-01-{day:02d}", 3, 1) for day in range(1, 32)))
    labels = [text for text in texts(data_plots.timeline(days, 0.3)) if text.startswith("2025")]
    assert 8 <= len(labels) <= 12


def test_points_are_an_image_with_a_shape_for_each_outcome() -> None:
    assert FOUND.projection
    for svg in (data_plots.principal_components(FOUND.projection), data_plots.tsne(FOUND.projection)):
        assert svg.count("<image") >= 1
        assert 'href="data:image/png;base64,' in svg
        assert {"positive", "not positive"} <= set(texts(svg))
    assert "3 rows on the first two principal components, 100% of the variance" in described(
        data_plots.principal_components(FOUND.projection)
    )


def test_points_of_one_outcome_only_are_drawn_all_the_same() -> None:
    assert FOUND.projection
    svg = data_plots.tsne(dataclasses.replace(FOUND.projection, positive=(0, 0, 0)))
    assert "3 rows placed by t-SNE" in described(svg)


def test_what_is_missing_together_is_said() -> None:
    svg = data_plots.missing_together([MissingTogether("a", "b", 0.9, 7), MissingTogether("b", "c", -0.2, 0)])
    assert "The strongest pair is a and b with 0.90; 7 rows lack both." in described(svg)
    assert {".90", "\N{MINUS SIGN}.20"} <= set(texts(svg))
    assert data_plots.missing_together([MissingTogether("a", "b", 0.09, 7)]) == ""
