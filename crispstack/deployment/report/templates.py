"""The report's templates, as they are found beside this module."""

from __future__ import annotations

from importlib import resources
from typing import Any

from crispstack.deployment.report.page_filters import FILTERS


def template(name: str, *, autoescape: bool) -> Any:
    """The template of this name; what it is not given is an error."""
    import jinja2  # noqa: PLC0415

    loader = jinja2.FunctionLoader(lambda each: resources.files(__package__).joinpath(each).read_text("utf-8"))
    environment = jinja2.Environment(
        autoescape=autoescape,  # noqa: S701 (Markdown has an escape of its own)
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        loader=loader,
    )
    environment.filters |= FILTERS
    return environment.get_template(name)
