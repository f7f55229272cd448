"""Where the console draws things: graphs in layers, charts, and what a history tells of states."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from emulator.console.charts import Axis, Line, Mark, chart
from emulator.console.graph_picture import Picture, picture
from emulator.console.history import by_state
from emulator.console.layered_layout import isotonic, layout
from emulator.console.markdown import html
from emulator.console.metric_data import expanded
from emulator.console.state_machine import END, START, graph

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize("seed", range(3))
def test_places_within_a_layer_are_the_isotonic_regression(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 (it draws graphs)
    wanted, weights = [draw.gauss(0, 10) for _ in range(12)], [draw.uniform(0.1, 5) for _ in range(12)]
    expected = IsotonicRegression().fit_transform(np.arange(12), wanted, sample_weight=weights)
    assert isotonic(wanted, weights) == pytest.approx(expected.tolist())


@pytest.mark.parametrize("seed", range(3))
def test_nodes_of_any_graph_never_overlap_and_routes_join_their_nodes(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 (it draws graphs)
    nodes = list(range(14))
    sizes = {node: (draw.uniform(40, 200), draw.uniform(30, 90)) for node in nodes}
    edges = dict.fromkeys(((draw.choice(nodes), draw.choice(nodes)) for _ in range(26)), 0)
    placed = layout(sizes, edges)
    for a, b in itertools.combinations(nodes, 2):
        apart = [abs(placed.centers[a][i] - placed.centers[b][i]) - (sizes[a][i] + sizes[b][i]) / 2 for i in (0, 1)]
        assert max(apart) > 0, (a, b)
    assert set(placed.routes) == {(a, b) for a, b in edges if a != b}
    for (a, b), points in placed.routes.items():
        for node, (x, y) in ((a, points[0]), (b, points[-1])):
            assert abs(x - placed.centers[node][0]) <= sizes[node][0] / 2
            assert abs(y - placed.centers[node][1]) == pytest.approx(sizes[node][1] / 2)
    assert all(0 <= x <= placed.width + 1e-6 and 0 <= y <= placed.height for x, y in placed.centers.values())


def test_a_chain_is_drawn_straight_down_and_a_loop_leads_back_up() -> None:
    placed = layout(dict.fromkeys("abc", (80.0, 40.0)), {("a", "b"): 0, ("b", "c"): 0, ("c", "a"): 1})
    (ax, ay), (bx, by), (cx, cy) = (placed.centers[name] for name in "abc")
    assert ay < by < cy
    assert (bx, cx) == (pytest.approx(ax, abs=12), pytest.approx(ax, abs=12))
    assert max(x for x, _ in placed.routes["c", "a"]) > bx + 40
    assert placed.routes["c", "a"][0][1] > placed.routes["c", "a"][-1][1]


def test_states_inside_of_others_are_drawn_inside_of_them() -> None:
    inner = {
        "StartAt": "In",
        "States": {"In": {"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", "End": True}},
    }
    definition = {
        "StartAt": "Each",
        "States": {
            "Each": {
                "Type": "Map",
                "ItemProcessor": inner,
                "Next": "Both",
                "Catch": [{"ErrorEquals": ["A", "B"], "Next": "Lost"}],
            },
            "Both": {"Type": "Parallel", "Branches": [inner, {**inner, "StartAt": "In"}], "End": True},
            "Lost": {"Type": "Fail"},
        },
    }
    whole = graph(definition)
    assert list(whole.states) == [START, "Each", "Both", "Lost", END]
    assert [(way.source, way.target, way.kind, way.when) for way in whole.transitions] == [
        (START, "Each", "next", ""),
        ("Each", "Both", "next", ""),
        ("Each", "Lost", "catch", "A, B"),
        ("Both", END, "next", ""),
    ]
    drawn = {box.state.name: box for box in picture(whole).boxes}
    assert drawn["Each"].inside[0][2].boxes[0].detail == "glue:startJobRun.sync"
    for box in (drawn["Each"], drawn["Both"]):
        _within(box.width, box.height, box.inside)
    (left, _, one), (right, _, _) = drawn["Both"].inside
    assert left + one.width < right


def _within(width: float, height: float, inside: tuple[tuple[float, float, Picture], ...]) -> None:
    assert all(x >= 0 and x + each.width <= width and y + each.height <= height for x, y, each in inside)


def test_a_history_is_told_by_state_with_iterations_retries_and_what_was_caught() -> None:
    events: list[dict[str, Any]] = []

    def add(kind: str, before: int, **told: Any) -> int:
        number = len(events) + 1
        when = NOON + timedelta(seconds=number)
        events.append(
            {"id": number, "previousEventId": before, "type": kind, "timestamp": when, "toldEventDetails": told}
        )
        return number

    entered = add("MapStateEntered", add("ExecutionStarted", 0), name="Each", input="[1, 2]")
    began = add("MapStateStarted", entered)
    ends = []
    for i in range(2):
        at = add("TaskStateEntered", add("MapIterationStarted", began, name="Each", index=i), name="Try", input=str(i))
        at = add("TaskFailed", add("TaskScheduled", at, parameters="{}"), error="Once", cause="at first")
        at = add("TaskStateExited", add("TaskSucceeded", add("TaskScheduled", at)), name="Try", output=f"{i} done")
        ends.append(add("MapIterationSucceeded", at, name="Each", index=i))
    left = add("MapStateExited", add("MapStateSucceeded", ends[-1]), name="Each", output="[]")
    last = add("TaskFailed", add("TaskStateEntered", left, name="After", input="[]"), error="Bad", cause="why")
    add("FailStateEntered", add("TaskStateExited", last, name="After", output="{}"), name="Over", input="{}")
    each, first, second, after, over = by_state(events)
    assert (each.name, each.path, each.gave, each.status(False)) == ("Each", [], "[]", "SUCCEEDED")
    assert [(one.path, one.given, one.gave, one.attempts, one.error) for one in (first, second)] == [
        (["Each[0]"], "0", "0 done", 2, ""),
        (["Each[1]"], "1", "1 done", 2, ""),
    ]
    assert (after.path, after.after, after.error, after.cause, after.status(False)) == (
        [],
        "Each",
        "Bad",
        "why",
        "CAUGHT",
    )
    assert (over.after, over.status(False), over.status(True)) == ("After", "FAILED", "RUNNING")


def test_a_chart_puts_values_where_their_axis_says() -> None:
    minute = timedelta(minutes=1)
    points = [(NOON, 10.0), (NOON + minute, 20.0), (NOON + 5 * minute, 40.0)]
    lines = [Line("a", points, minute), Line("b", [(NOON, 3.0)], minute, "#ff0000", right=True)]
    drawn = chart(lines, (NOON, NOON + 10 * minute), axes=(Axis(), Axis(0, 4)), marks=[Mark(20, "limit")])
    assert drawn.left == [(100.0, "0"), (75.0, "10"), (50.0, "20"), (25.0, "30"), (0.0, "40")]
    assert (drawn.lines[0].path, drawn.lines[0].dots) == ("M0.0 750.0L100.0 500.0", "M500.0 0.0h0")
    assert (drawn.lines[1].path, drawn.lines[1].dots, drawn.lines[1].color) == ("", "M0.0 250.0h0", "#ff0000")
    assert [y for y, _ in drawn.marks] == [500.0]
    assert drawn.below[:2] == [(0.0, "12:00"), (20.0, "12:02")]
    assert [each.values for each in drawn.columns] == [[("a", 10.0), ("b", 3.0)], [("a", 20.0)], [("a", 40.0)]]
    stacked = chart([Line("a", points, minute), Line("b", points, minute)], (NOON, NOON + 10 * minute), stacked=True)
    assert stacked.left[-1] == (0.0, "80")
    assert stacked.lines[1].path == "M0.0 750.0L100.0 500.0"
    assert chart([Line("a", [], minute)], (NOON, NOON + minute)).empty


def test_metrics_of_dashboards_are_read_with_their_abbreviations() -> None:
    given = [
        ["N", "M", "D", "v1", {"stat": "Sum"}],
        ["...", "v2"],
        [".", "Other", ".", "."],
        [{"expression": "m1 / 2"}],
    ]
    assert list(expanded(given)) == [
        (["N", "M", "D", "v1"], {"stat": "Sum"}),
        (["N", "M", "D", "v2"], {}),
        (["N", "Other", "D", "v2"], {}),
        ([], {"expression": "m1 / 2"}),
    ]


def test_markdown_becomes_tags_of_its_own_alone() -> None:
    text = '## A `b` <i>\n\n- **one**\n- two\n\n[ok](https://a.example/?x=1&y=2) [no](javascript:alert) "quoted"\n***'
    assert html(text) == (
        "<h3>A <code>b</code> &lt;i&gt;</h3><ul><li><strong>one</strong></li><li>two</li></ul>"
        '<p><a href="https://a.example/?x=1&amp;y=2" rel="noreferrer">ok</a> [no](javascript:alert) '
        "&#34;quoted&#34;</p><hr>"
    )
