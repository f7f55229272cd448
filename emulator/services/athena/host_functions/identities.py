"""UUIDs and IP addresses."""

from __future__ import annotations

import ipaddress
import uuid

from emulator.services.athena.host_functions.failures import failure, invalid_argument


def uuid_text(text: str) -> str:
    """A UUID in its canonical form."""
    try:
        found = str(uuid.UUID(text))
    except ValueError:
        found = ""
    if found != text.lower():
        raise failure("INVALID_CAST_ARGUMENT", f"Cannot cast value to UUID: {text}")
    return found


def address(text: str) -> str:
    """An IP address in its canonical form; one of version 4 inside one of version 6 is shown as such."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        raise failure("INVALID_CAST_ARGUMENT", f"Cannot cast value to IPADDRESS: {text}") from None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)


def contains(network: str, text: str) -> bool:
    """Whether an address lies in a network, written as a prefix with its length."""
    try:
        return ipaddress.ip_address(text) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        raise invalid_argument("Invalid CIDR") from None


FUNCTIONS = (
    ("trino_uuid", uuid_text, ["VARCHAR"], "VARCHAR"),
    ("trino_ipaddress", address, ["VARCHAR"], "VARCHAR"),
    ("trino_ip_contains", contains, ["VARCHAR", "VARCHAR"], "BOOLEAN"),
)
