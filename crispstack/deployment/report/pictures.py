"""Pictures as inline SVG by matplotlib: text kept as text, each with a description for those who listen."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

INK, MUTED, GRID = "#1d2733", "#5b6876", "#e3e8ee"
MODEL, OTHER, GOOD, WARM = "#0b6e8f", "#9aa7b4", "#1a7f5a", "#b4532a"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.size": 10,
    "text.color": INK,
    "text.parse_math": False,  # a "$" in the data is a "$"
    "axes.edgecolor": GRID,
    "axes.labelcolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
}


@contextmanager
def axes(name: str, width: float, height: float) -> Iterator[tuple[Any, Callable[[str], str]]]:
    """Axes of this size in inches, and a function that turns them into SVG with a description."""
    import matplotlib as mpl  # noqa: PLC0415
    from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    # The salt keeps identifiers of several pictures on one page apart, and the same from run to run.
    with mpl.rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasSVG(figure)

        def svg(description: str) -> str:
            target = io.StringIO()
            figure.savefig(target, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
            return _inline(target.getvalue(), description)

        yield figure.subplots(), svg


def _inline(text: str, description: str) -> str:
    """The bare element: scales with the page, speaks through its label, uses the page's fonts."""
    body = text[text.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = body.replace("'DejaVu Sans', sans-serif", FONT.replace("'", "&apos;")).replace("'DejaVu Sans'", FONT)
    viewbox = re.search(r'viewBox="([^"]+)"', body)
    opening = f'<svg role="img" aria-label="{escape(description)}" viewBox="{viewbox[1] if viewbox else ""}"'
    return re.sub(r"<svg[^>]*>", f'{opening} xmlns:xlink="http://www.w3.org/1999/xlink">', body, count=1)


def wilson(hits: float, n: int, z: float = 1.96) -> tuple[float, float]:
    """Score interval of a rate: Wilson, Journal of the American Statistical Association 22 (1927)."""
    rate = hits / n
    center = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (rate * (1 - rate) / n + z * z / (4 * n * n)) ** 0.5
    return max(0.0, center - half), min(1.0, center + half)


def short(value: str, length: int = 9) -> str:
    """The text, cut to this many characters."""
    return value if len(value) <= length else value[: length - 1] + "…"


def short_name(name: str, length: int) -> str:
    """The name, cut in its middle: names that begin alike often end differently."""
    tail = length // 2 - 1
    return name if len(name) <= length else f"{name[: length - tail - 1]}…{name[-tail:]}"


def thousands(axis: Any) -> None:
    """Numbers along the axis with separators."""
    axis.set_major_formatter(lambda value, _: f"{value:,.0f}" if abs(value) >= 1 or value == 0 else f"{value:g}")


def safe(svg: str) -> Any:
    """The picture as markup that a template does not escape again."""
    from markupsafe import Markup  # noqa: PLC0415

    return Markup(svg)  # noqa: S704 (drawn here; matplotlib escapes the texts)
