"""DuckDB as the executor: one in-memory database per process, closed to the network, with Trino's helper functions."""

from __future__ import annotations

import functools
import threading
from importlib import resources
from typing import Any

import duckdb

from emulator.services.athena import host_functions


@functools.cache
def _database() -> Any:
    connection = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "threads": "2",
            "allow_community_extensions": "false",
        }
    )
    connection.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = true")
    # This one takes what occurs twice out of TRY, where its failure is no longer caught.
    connection.execute("SET disabled_optimizers = 'common_subexpressions'")
    host_functions.register(connection)
    connection.execute(resources.files(__package__).joinpath("macros.sql").read_text())
    return connection


_lock = threading.Lock()


def cursor() -> Any:
    """A connection of its own to the process's database, for one statement."""
    with _lock:
        return _database().cursor()
