"""Every statement that data understanding sends to Athena, by name.

A run plans the names, then renders each by itself: together they would be more than a state machine carries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from crispstack.charter import Charter
from crispstack.data_understanding import profile, quality, sample
from crispstack.data_understanding.raw_table import RawTables

Render = Callable[[], str]


def statements(charter: Charter, tables: RawTables) -> Mapping[str, Render]:
    """What to ask Athena: from a name, ``<kind>/<source>``, to a function that renders its SQL."""
    main = charter.source.name
    return {
        f"profile/{main}": lambda: profile.statement(charter, tables),
        sample.statement_name(charter): lambda: sample.statement(charter, tables),
        f"quality/{main}": lambda: quality.statement(charter, tables),
    }
