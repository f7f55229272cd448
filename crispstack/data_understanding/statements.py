"""Every statement that data understanding sends to Athena, by name.

A run plans the names, then renders each by itself: together they would be more than a state machine carries.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Mapping

from crispstack.charter import Charter
from crispstack.data_understanding import approximate_profile, personal_data_sample, profile, quality, sample
from crispstack.data_understanding.raw_table import RawTables

Render = Callable[[], str]


def statements(charter: Charter, tables: RawTables, now: dt.datetime) -> Mapping[str, Render]:
    """What to ask Athena: from a name, ``<kind>/<source>``, to a function that renders its SQL.

    `now`, in UTC without a time zone, is what rules about the age of data compare with.
    """
    return {
        **_profiles(charter, tables),
        sample.statement_name(charter): lambda: sample.statement(charter, tables),
        **quality.statements(charter, tables, now),
        **personal_data_sample.statements(charter, tables),
    }


def _profiles(charter: Charter, tables: RawTables) -> dict[str, Render]:
    renders: dict[str, Render] = {}
    for source in charter.sources:
        statement, most = approximate_profile.statement, approximate_profile.COLUMNS
        if charter.profile.exact or tables.sizes.get(source.name, 0) <= profile.SMALL:
            statement, most = profile.statement, profile.COLUMNS
        for chunk, columns in enumerate(profile.chunks(source, most)):
            render = functools.partial(statement, charter, source, columns, tables)
            renders[profile.statement_name(source, chunk)] = render
    return renders
