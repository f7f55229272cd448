"""Lists from AWS, one page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

PAGE_SIZE = 100


@dataclass(frozen=True)
class Listing:
    """One page of a list, and where the next begins; empty at the end."""

    items: list[Any]
    next: str = ""


def listing(client: Any, operation: str, key: str, start: str = "", size: int = PAGE_SIZE, **asked: Any) -> Listing:
    """Up to `size` items of an operation's list under `key`, beginning where the page before ended."""
    pages = client.get_paginator(operation).paginate(
        **asked, PaginationConfig={"MaxItems": size, "StartingToken": start or None}
    )
    found = pages.build_full_result()
    return Listing(found.get(key, []), found.get("NextToken", ""))


def everything(client: Any, operation: str, key: str, **asked: Any) -> list[dict[str, Any]]:
    """All items of an operation's list."""
    pages = client.get_paginator(operation).paginate(**asked)
    return [item for page in pages for item in page.get(key, [])]
