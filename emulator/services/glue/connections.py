"""What a job's connections bring it: they must be there and its role may read them; Glue has the drivers they need."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

# Where Debian's packages put what Glue comes with: libpostgresql-jdbc-java.
_FOLDER = Path("/usr/share/java")
_DRIVERS = {"postgresql": "postgresql.jar"}


def drivers(glue: Any, names: Sequence[str]) -> list[Path]:
    """The JDBC drivers for these connections.

    Args:
        glue: a client with the rights of the job's role.
        names: the job's connections.

    Raises:
        ValueError: a connection is not there, may not be read, or is of a kind that is not supported here.
        FileNotFoundError: the driver is not on this machine.
    """
    found = (_driver(_connection(glue, name)) for name in names)
    return list(dict.fromkeys(path for path in found if path))


def _connection(glue: Any, name: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = glue.get_connection(Name=name, HidePassword=True)["Connection"]
    except ClientError as error:
        raise ValueError(f"Connection {name}: {error}") from error
    return found


def _driver(connection: dict[str, Any]) -> Path | None:
    kind, name = connection["ConnectionType"], connection["Name"]
    if kind == "NETWORK":
        return None
    url = connection["ConnectionProperties"].get("JDBC_CONNECTION_URL", "")
    database = url.removeprefix("jdbc:").partition(":")[0]
    if kind != "JDBC" or database not in _DRIVERS:
        raise ValueError(
            f"Connection {name} of type {kind} to {database or 'no database'} is not supported by this emulator: "
            f"it has drivers for {', '.join(_DRIVERS)}"
        )
    path = _FOLDER / _DRIVERS[database]
    if not path.is_file():
        raise FileNotFoundError(f"Connection {name} needs {path}; install libpostgresql-jdbc-java")
    return path
