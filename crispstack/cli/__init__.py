"""The command line `crisp`: one file per group of commands. Only click is imported here, so that help is instant."""

from __future__ import annotations

from crispstack.cli.commands import cli

__all__ = ["main"]


def main() -> None:
    """Run the command line; exit with 0 (done), 1 (failed) or 2 (used wrongly)."""
    cli(prog_name="crisp")
