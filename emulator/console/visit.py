"""What a page is asked, and what it gives to be rendered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.exceptions import BadRequest

from emulator import clients


@dataclass(frozen=True)
class Visit:
    """A request for a page: the region looked at and the fields of the address or of the form that was sent."""

    region: str
    fields: Mapping[str, str] = field(default_factory=dict)
    posted: bool = False

    def client(self, service: str) -> Any:
        """The boto3 client of a service, in this region, with the rights of the account's root user."""
        return clients.client(service, self.region)

    def asked(self, name: str, default: str = "") -> str:
        """A field, without blanks around it."""
        return self.fields.get(name, "").strip() or default

    def required(self, name: str) -> str:
        """A field that the page cannot do without.

        Raises:
            BadRequest: it is missing.
        """
        value = self.fields.get(name, "")
        if not value:
            raise BadRequest(f"The address of this page needs “{name}”.")
        return value


@dataclass(frozen=True)
class Page:
    """What a page shows: a template, its values, and the title of the window."""

    template: str
    title: str
    values: dict[str, Any]
    status: int = 200


@dataclass(frozen=True)
class Moved:
    """Another page to go to, with its fields."""

    path: str
    fields: dict[str, str]


View = Callable[[Visit], Page | Moved]
