"""`crisp deploy`: bring the stacks to an environment."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import click

from crispstack.cli.example import CommandWithExample
from crispstack.cli.session import Session, with_session
from crispstack.errors import CrispError

if TYPE_CHECKING:
    from crispstack.aws.environment import Environment

_BOOTSTRAP_STACK = "CDKToolkit"
_RECORDED = re.compile(r"\| (?P<kind>AWS::\S+) .*recorded only, without effect here: (?P<properties>.*)")


@click.command(cls=CommandWithExample, example="crisp deploy\ncrisp deploy bank_marketing --env dev")
@click.argument("projects", nargs=-1)
@with_session
def deploy(session: Session, projects: tuple[str, ...]) -> None:
    """Deploy the platform and its projects.

    All projects, or the PROJECTS named. What has not changed is left as it is. The CDK's own output is kept in a log
    and shown if it fails.
    """
    from crispstack.cli.cdk import Cdk  # noqa: PLC0415 (help must not import it)

    environment = session.environment
    for project in projects:
        session.charter_path(project)
    _check_account(environment)
    cdk, log = Cdk(session.root, environment), session.root / ".crisp" / f"deploy-{environment.name}.log"
    log.unlink(missing_ok=True)
    if not _is_bootstrapped():
        with session.console.status("preparing the account for the CDK"):
            begun = time.monotonic()
            cdk.bootstrap(log)
        session.say(f"[green]✓[/] {_BOOTSTRAP_STACK} [dim]{time.monotonic() - begun:.1f} s[/]")
    with session.console.status("synthesizing"):
        stacks = cdk.synthesize(log)
    wanted = _wanted(stacks, environment, projects)
    progress = Progress(session, list(wanted.values()))
    with session.console.status("deploying"):
        cdk.deploy(list(wanted), log, progress.follow)
    if progress.recorded:
        session.say("[dim]kept, but without effect here:[/]")
        for kind, properties in sorted(progress.recorded.items()):
            session.say(f"[dim]  {kind}: {', '.join(sorted(properties))}[/]")
    session.say(f"{len(progress.done)} of {len(wanted)} stacks in {environment.name}; log in {log}")
    session.answer({"environment": environment.name, "stacks": progress.done, "log": str(log)})


def _wanted(stacks: dict[str, str], environment: Environment, projects: tuple[str, ...]) -> dict[str, str]:
    named = {environment.project_stack(project) for project in projects}
    if missing := sorted(named - set(stacks.values())):
        raise CrispError(f"app.py makes no stack {missing[0]}; is the project's charter in projects/?")
    others = environment.project_stack("")
    return {key: name for key, name in stacks.items() if not named or name in named or not name.startswith(others)}


def _check_account(environment: Environment) -> None:
    import boto3  # noqa: PLC0415 (help must not import it)

    found = boto3.client("sts").get_caller_identity()["Account"]
    if found != environment.account:
        raise CrispError(
            f"the credentials in use are of account {found}, but environments/{environment.name}.toml names "
            f"{environment.account}; sign in to that account, or correct the file"
        )


def _is_bootstrapped() -> bool:
    import boto3  # noqa: PLC0415
    from botocore.exceptions import ClientError  # noqa: PLC0415

    try:
        boto3.client("cloudformation").describe_stacks(StackName=_BOOTSTRAP_STACK)
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        return False
    return True


class Progress:
    """Says which stack is done, and after how long, from the lines that the CDK prints.

    `recorded` gathers, by resource type, what an environment says it keeps without acting on it.
    """

    def __init__(self, session: Session, names: list[str]) -> None:
        self.done: list[dict[str, object]] = []
        self.recorded: dict[str, set[str]] = {}
        self._session = session
        self._names = sorted(names, key=len, reverse=True)
        self._begun = time.monotonic()

    def follow(self, line: str) -> None:
        """Take one line of output."""
        if noted := _RECORDED.search(line):
            properties = re.findall(r"(\w+) \(", noted["properties"])
            self.recorded.setdefault(noted["kind"], set()).update(properties)
        name = next((name for name in self._names if name in line), None)
        if "✅" not in line or name is None:
            return
        seconds, changed = time.monotonic() - self._begun, "no changes" not in line
        self._begun = time.monotonic()
        self.done.append({"name": name, "changed": changed, "seconds": round(seconds, 1)})
        self._session.say(f"[green]✓[/] {name} [dim]{seconds:.1f} s{'' if changed else ', no changes'}[/]")
