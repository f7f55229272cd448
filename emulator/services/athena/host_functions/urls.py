"""Parts of URLs."""

from __future__ import annotations

from urllib.parse import SplitResult, quote_plus, unquote_plus, urlsplit

from emulator.services.athena.host_functions.failures import invalid_argument


def _split(url: str) -> SplitResult | None:
    if any(letter in url for letter in ' "<>\\^`{|}'):  # java.net.URI refuses these
        return None
    try:
        return urlsplit(url)
    except ValueError:
        return None


def protocol(url: str) -> str | None:
    """The scheme, or nothing."""
    found = _split(url)
    return None if found is None else found.scheme


def host(url: str) -> str | None:
    """The host, or nothing."""
    found = _split(url)
    if found is None:
        return None
    name = found.netloc.rpartition("@")[2]
    return name.partition("]")[0] + "]" if name.startswith("[") else name.partition(":")[0]


def port(url: str) -> int | None:
    """The port, or None."""
    found = _split(url)
    try:
        return None if found is None else found.port
    except ValueError:
        return None


def path(url: str) -> str | None:
    """The path, decoded."""
    found = _split(url)
    return None if found is None else _decoded(found.path)


def query(url: str) -> str | None:
    """The query without its question mark, decoded."""
    found = _split(url)
    return None if found is None else _decoded(found.query)


def fragment(url: str) -> str | None:
    """The fragment, decoded."""
    found = _split(url)
    return None if found is None else _decoded(found.fragment)


def _decoded(part: str) -> str:
    return unquote_plus(part.replace("+", "%2B"))


def parameter(url: str, name: str) -> str | None:
    """The first value of a parameter of the query; empty where it has none."""
    found = _split(url)
    for pair in found.query.split("&") if found is not None else ():
        key, _, value = pair.partition("=")
        if pair and unquote_plus(key) == name:
            return unquote_plus(value)
    return None


def encode(text: str) -> str:
    """Text as a form encodes it."""
    return quote_plus(text, safe="*").replace("~", "%7E")


def decode(text: str) -> str:
    """What `encode` made, back again."""
    for place in range(len(text)):
        if text[place] == "%" and not all(c in "0123456789abcdefABCDEF" for c in text[place + 1 : place + 3].ljust(2)):
            raise invalid_argument(f'URLDecoder: Illegal hex characters in escape (%) pattern - "{text[place:]}"')
    return unquote_plus(text)


FUNCTIONS = (
    ("trino_url_protocol", protocol, ["VARCHAR"], "VARCHAR"),
    ("trino_url_host", host, ["VARCHAR"], "VARCHAR"),
    ("trino_url_port", port, ["VARCHAR"], "BIGINT"),
    ("trino_url_path", path, ["VARCHAR"], "VARCHAR"),
    ("trino_url_query", query, ["VARCHAR"], "VARCHAR"),
    ("trino_url_fragment", fragment, ["VARCHAR"], "VARCHAR"),
    ("trino_url_parameter", parameter, ["VARCHAR", "VARCHAR"], "VARCHAR"),
    ("trino_url_encode", encode, ["VARCHAR"], "VARCHAR"),
    ("trino_url_decode", decode, ["VARCHAR"], "VARCHAR"),
)
