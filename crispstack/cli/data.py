"""`crisp data`: the group of commands about a project's data. Each is imported when it is called for."""

from __future__ import annotations

import importlib

import click

_COMMANDS = {
    "collect": "data_collect",
    "log": "data_log",
    "diff": "data_diff",
    "schema": "data_schema",
    "rules": "quality",
    "failing": "quality",
    "plan": "preparation",
    "convert": "data_convert",
}
"""Names of the commands, in the order in which one needs them, and the modules of this package that hold them."""


class _Data(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's)
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (click's)
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"crispstack.cli.{_COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, cmd_name)
        return command


@click.group(cls=_Data)
def data() -> None:
    """Collect a project's data, look at its versions and quality, and convert files of your own."""
