"""What every command is given: the repository, the environment, and how to answer (text, or JSON alone on stdout)."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crispstack.errors import CrispError

if TYPE_CHECKING:
    from rich.console import Console

    from crispstack.aws.environment import Environment


@dataclass(frozen=True)
class Session:
    """One invocation of a command. `console` is for people: stdout, or stderr where stdout is for JSON."""

    root: Path
    environment: Environment
    as_json: bool
    console: Console

    def say(self, text: str) -> None:
        """Tell the user; markup of Rich is understood."""
        self.console.print(text, highlight=False, soft_wrap=True)

    def answer(self, data: Any) -> None:
        """Print the machine's answer where JSON is asked for."""
        if self.as_json:
            click.echo(json.dumps(data, indent=2, default=str))

    def charter_path(self, project: str) -> Path:
        """The project's charter.

        Raises:
            CrispError: there is no such project.
        """
        path = self.root / "projects" / project / "charter.yaml"
        if not path.is_file():
            known = ", ".join(sorted(found.parent.name for found in self.root.glob("projects/*/charter.yaml")))
            raise CrispError(f"there is no project {project!r}; choose one of: {known or 'none yet'}")
        return path


def with_session(command: Callable[..., None]) -> Callable[..., None]:
    """Add ``--env`` and ``--json`` to a command and give it a `Session` as its first argument."""

    @click.option("--env", "name", default="local", show_default=True, help="Environment: environments/<name>.toml.")
    @click.option("--json", "as_json", is_flag=True, help="Print JSON alone on stdout.")
    @functools.wraps(command)
    def wrapped(*arguments: Any, name: str, as_json: bool, **options: Any) -> None:
        from rich.console import Console  # noqa: PLC0415 (help must not import it)

        from crispstack.aws import environment  # noqa: PLC0415

        root = environment.find_root(Path.cwd())
        target = environment.load(name, root)
        target.enter()
        session = Session(root, target, as_json, Console(stderr=as_json))
        command(session, *arguments, **options)

    return wrapped
