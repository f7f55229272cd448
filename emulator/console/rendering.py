"""Pages as HTML: the templates, with everything that comes from data escaped, and how values are written."""

from __future__ import annotations

import functools
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import boto3
from jinja2 import Environment, FileSystemLoader

from emulator import settings
from emulator.console import charts, formats, pages
from emulator.console.layer import PATH
from emulator.console.visit import Page, Visit

# What a form of the console bears, and no other page can know.
TOKEN = secrets.token_urlsafe(24)


@functools.cache
def regions() -> frozenset[str]:
    """The regions that AWS's SDK knows."""
    return frozenset(boto3.session.Session().get_available_regions("cloudformation"))


@functools.cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(formats.FILTERS)
    made.filters["short"] = charts.short
    made.globals.update(menu=pages.MENU, root=PATH)
    return made


def address(region: str, path: str, **fields: object) -> str:
    """Where a page is. Fields that are empty are left out."""
    given = {name: value for name, value in fields.items() if value not in {"", None}}
    return f"{PATH}/{region}/{path}" + (f"?{urlencode(given)}" if given else "")


def render(visit: Visit, page: Page, path: str, nonce: str) -> str:
    """The page as HTML.

    `path` is its address below the region, which the menu marks. Rules of style that bear the `nonce` are followed.
    """

    def link(path: str, **fields: object) -> str:
        return address(visit.region, path, **fields)

    def again(**fields: object) -> str:
        """The address of this page with some fields changed."""
        return address(visit.region, path, **{**visit.fields, **fields})

    here: dict[str, Any] = {
        "title": page.title,
        "path": path,
        "region": visit.region,
        "regions": sorted(regions()),
        "nonce": nonce,
        "token": TOKEN,
        "account": settings.current().account,
        "fields": visit.fields,
        "link": link,
        "again": again,
    }
    return _environment().get_template(page.template).render(here | page.values)
