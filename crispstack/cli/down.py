"""`crisp down`: destroy the stacks, and say what remains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from crispstack.cli.deploy import Progress
from crispstack.cli.example import CommandWithExample
from crispstack.cli.session import Session, with_session
from crispstack.errors import CrispError

if TYPE_CHECKING:
    from crispstack.aws.remains import Remaining


@click.command(cls=CommandWithExample, example="crisp down\ncrisp down --env dev --delete-data")
@click.option("--delete-data", is_flag=True, help="Remove retained data, keys, logs and parameters too.")
@with_session
def down(session: Session, delete_data: bool) -> None:
    """Destroy the stacks, and list what remains.

    Data outlives the stacks unless the environment says otherwise; what it costs a month is told, and --delete-data
    removes it (refused in prod). The local environment is stopped as well.
    """
    from crispstack.cli.emulator_process import EmulatorProcess  # noqa: PLC0415 (help must not import it)

    environment = session.environment
    if delete_data and environment.name == "prod":
        raise CrispError("--delete-data is refused in prod; delete its data by hand, after thinking twice")
    process = EmulatorProcess(session.root, environment) if environment.endpoint else None
    kept: list[Remaining] = []
    try:
        if process is None or process.answers():
            kept = _destroy(session, delete_data)
    finally:
        # Whatever could not be destroyed goes with the process that plays AWS.
        stopped = process.stop() if process else False
    if stopped:
        session.say("the local environment is stopped, and with it everything that it held")
    elif process:
        session.say("the local environment is not running")
    session.answer(
        {
            "environment": environment.name,
            "stopped": stopped,
            "remaining": [
                {"type": each.resource.type, "name": each.resource.name, "bytes": each.size, "usd": each.monthly_cost}
                for each in kept
            ],
            "usd_per_month": round(sum(each.monthly_cost for each in kept), 2),
        }
    )


def _destroy(session: Session, delete_data: bool) -> list[Remaining]:
    from crispstack.aws import remains  # noqa: PLC0415 (help must not import it)
    from crispstack.cli.cdk import Cdk  # noqa: PLC0415

    environment = session.environment
    cdk, log = Cdk(session.root, environment), session.root / ".crisp" / f"down-{environment.name}.log"
    log.unlink(missing_ok=True)
    known = remains.known(environment)
    with session.console.status("synthesizing"):
        stacks = cdk.synthesize(log)
    with session.console.status("destroying"):
        cdk.destroy(log, Progress(session, list(stacks.values())).follow)
    kept = remains.remaining(known)
    if delete_data:
        for each in kept:
            remains.delete(each.resource)
        kept = remains.remaining(known)
    _show(session, kept)
    if not environment.endpoint:  # else it ends with the process
        session.say("the CDK's own stack, CDKToolkit, stays: other applications of the account may use it")
    return kept


def _show(session: Session, kept: list[Remaining]) -> None:
    from rich.table import Table  # noqa: PLC0415 (help must not import it)

    if not kept:
        session.say("nothing remains")
        return
    table = Table("What remains", "Name", "Size", "USD a month", box=None)
    for each in sorted(kept, key=lambda each: (-each.monthly_cost, each.resource.name)):
        table.add_row(
            each.resource.type.split("::", 1)[1], each.resource.name, f"{each.size:,} B", f"{each.monthly_cost:.2f}"
        )
    session.console.print(table)
    total = sum(each.monthly_cost for each in kept)
    session.say(f"about {total:.2f} USD a month at AWS's list prices; `crisp down --delete-data` removes it")
