"""`crisp up`: start the local environment."""

from __future__ import annotations

import time

import click

from crispstack.cli.example import CommandWithExample
from crispstack.cli.session import Session, with_session
from crispstack.errors import CrispError

_SECONDS_TO_START = 120


@click.command(cls=CommandWithExample, example="crisp up")
@with_session
def up(session: Session) -> None:
    """Start the local environment: AWS on this laptop.

    It goes on running after this command; `crisp down` stops it. Starting it twice does no harm.
    """
    from crispstack.cli.emulator_process import EmulatorProcess  # noqa: PLC0415 (help must not import it)

    environment = session.environment
    if not environment.endpoint:
        raise CrispError(f"{environment.name} is in AWS: there is nothing to start; run `crisp deploy`")
    process = EmulatorProcess(session.root, environment)
    number = process.pid()
    started = False
    if process.answers():
        session.say(f"already running at {environment.endpoint}")
    elif number is not None:
        raise CrispError(
            f"process {number} was started as the local environment but does not answer at {environment.endpoint}; "
            f"see {process.log}, or stop it with `crisp down`"
        )
    elif process.port_is_taken():
        raise CrispError(
            f"port {environment.port} is taken by another program; stop that program, or choose another port as the "
            f"endpoint in environments/{environment.name}.toml"
        )
    else:
        if process.pid_file.exists():
            session.say("the local environment was not stopped properly the last time; starting it again, empty")
        begun = time.monotonic()
        with session.console.status("starting"):
            process.wait_until_it_answers(process.start(), _SECONDS_TO_START)
        session.say(f"ready at {environment.endpoint} ({time.monotonic() - begun:.1f} s); log in {process.log}")
        started = True
    session.answer({"endpoint": environment.endpoint, "pid": process.pid(), "started": started})
