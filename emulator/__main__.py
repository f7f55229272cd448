"""``python -m emulator``: run AWS on loopback until interrupted."""

from __future__ import annotations

import argparse
import dataclasses
import signal
import sys
from pathlib import Path
from typing import Any

from emulator.settings import Settings


def _stop(*_: Any) -> None:
    sys.exit(0)


def _key(text: str) -> tuple[str, str]:
    identifier, _, secret = text.partition(":")
    if not identifier or not secret:
        raise argparse.ArgumentTypeError(f"{text!r} is not ID:SECRET")
    return identifier, secret


def main() -> int:
    """Parse the arguments, listen, print the address, serve.

    Returns:
        The exit status: 0 after a stop, 1 when it cannot listen.
    """
    parser = argparse.ArgumentParser(prog="python -m emulator", description="AWS on loopback, with real engines.")
    parser.add_argument("--port", type=int, default=4566, help="port on 127.0.0.1 (default: %(default)s)")
    parser.add_argument("--state", type=Path, default=Path(".crisp/emulator"), help="folder for logs and working files")
    parser.add_argument(
        "--root-key",
        type=_key,
        action="append",
        metavar="ID:SECRET",
        help="a further access key of the root user, for clients with keys of their own; may be repeated "
        "(default: test:test and x:y)",
    )
    arguments = parser.parse_args()
    state = arguments.state.resolve()
    state.mkdir(parents=True, exist_ok=True)
    configuration = Settings(port=arguments.port, state=state)
    if arguments.root_key:
        configuration = dataclasses.replace(configuration, root_keys=dict(arguments.root_key))
    from emulator import server  # noqa: PLC0415 (moto's import takes a second; --help should not)

    try:
        listening = server.start(configuration)
    except (OSError, SystemExit) as error:
        # The server library says why it could not listen and then exits; anything else speaks for itself here.
        why = f": {error}" if isinstance(error, OSError) else ""
        print(f"cannot listen on port {arguments.port}{why}; choose another with --port", file=sys.stderr)  # noqa: T201
        return 1
    signal.signal(signal.SIGTERM, _stop)
    print(f"emulator ready at {configuration.endpoint}", flush=True)  # noqa: T201
    try:
        listening.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        listening.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
