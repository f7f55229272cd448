"""A command whose help ends with an example."""

from __future__ import annotations

from typing import Any

import click


class CommandWithExample(click.Command):
    """Shows `example` (one command per line) at the end of its help."""

    def __init__(self, *arguments: Any, example: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.example = example

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 (click's)
        """Write the example."""
        with formatter.section("Example"):
            for line in self.example.splitlines():
                formatter.write_text(line)
