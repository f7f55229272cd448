"""The CDK CLI as a child process: synthesized once, followed line by line, everything it says in a log."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from crispstack.aws.environment import Environment
from crispstack.cli import node
from crispstack.errors import CrispError

_TELLING = re.compile(r"❌|\bError\b|error:|FAILED|failed|Exception")
_LINES_SHOWN = 12


@dataclass(frozen=True)
class Cdk:
    """The pinned CDK CLI, for one environment of this repository."""

    root: Path
    environment: Environment

    @property
    def assembly(self) -> Path:
        """Where templates and assets are written."""
        return self.root / "cdk.out"

    def bootstrap(self, log: Path) -> None:
        """Prepare account and region for the CDK."""
        target = f"aws://{self.environment.account}/{self.environment.region}"
        # In a folder without cdk.json: else the CDK would synthesize the application for nothing.
        self._run(["bootstrap", target], log, lambda _: None, folder=log.parent)

    def synthesize(self, log: Path) -> dict[str, str]:
        """Write the templates; return the names of the stacks by their ids, in the order of deployment."""
        self._run(["synth", "--quiet", *self._app()], log, lambda _: None)
        manifest = json.loads((self.assembly / "manifest.json").read_text(encoding="utf-8"))
        stacks = {
            name: artifact["properties"].get("stackName", name)
            for name, artifact in manifest["artifacts"].items()
            if artifact["type"] == "aws:cloudformation:stack"
        }
        prefix = self.environment.stack("")
        if foreign := [name for name in stacks.values() if not name.startswith(prefix)]:
            raise CrispError(f"app.py made {foreign[0]} for {self.environment.name}; stacks must begin with {prefix}")
        return stacks

    def deploy(self, ids: Sequence[str], log: Path, follow: Callable[[str], None]) -> None:
        """Deploy what was synthesized; `follow` is given every line."""
        command = ["deploy", *ids, "--app", str(self.assembly), "--require-approval", "never", "--progress", "events"]
        self._run(command, log, follow)

    def destroy(self, log: Path, follow: Callable[[str], None]) -> None:
        """Destroy every stack that was synthesized."""
        self._run(["destroy", "--all", "--force", "--app", str(self.assembly)], log, follow)

    def _app(self) -> list[str]:
        application = shlex.join([sys.executable, "app.py"])
        return ["--app", application, "--output", str(self.assembly), "-c", f"environment={self.environment.name}"]

    def _run(
        self, arguments: Sequence[str], log: Path, follow: Callable[[str], None], folder: Path | None = None
    ) -> None:
        script = self.root / "node_modules" / "aws-cdk" / "bin" / "cdk"
        if not script.exists():
            raise CrispError("the CDK CLI is not installed; run `make setup`")
        log.parent.mkdir(parents=True, exist_ok=True)
        try:
            variables = {**self.environment.variables({**os.environ, **node.environment()}), "NO_COLOR": "1"}
            command = [str(node.node()), str(script), *arguments, "--ci", "--no-notices"]
        except FileNotFoundError as error:
            raise CrispError(str(error)) from error
        with (
            log.open("a", encoding="utf-8") as written,
            subprocess.Popen(
                command, cwd=folder or self.root, env=variables, text=True, encoding="utf-8", errors="replace",
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            ) as process,
        ):  # fmt: skip
            lines = []
            for line in process.stdout or ():
                written.write(line)
                written.flush()
                lines.append(line.rstrip())
                follow(line)
        if process.returncode:
            telling = [line for line in lines if _TELLING.search(line)] or lines
            shown = "\n".join(telling[-_LINES_SHOWN:])
            raise CrispError(f"`cdk {arguments[0]}` failed; the whole output is in {log}\n{shown}")
