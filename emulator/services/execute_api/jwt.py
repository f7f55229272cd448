"""JSON Web Tokens, verified as HTTP APIs do: the signature by the issuer's keys, then issuer, audience and times."""

from __future__ import annotations

import base64
import binascii
import json
import threading
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

_ALGORITHMS: Mapping[str, type[hashes.HashAlgorithm]] = {
    "RS256": hashes.SHA256,
    "RS384": hashes.SHA384,
    "RS512": hashes.SHA512,
}
_DISCOVERY = "/.well-known/openid-configuration"
_KEPT_SECONDS = 7200.0
_FETCH_SECONDS = 5.0
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class InvalidTokenError(Exception):
    """The token is not one that the authorizer accepts."""


@dataclass(frozen=True)
class Issuer:
    """Whose tokens are accepted, and for whom."""

    address: str
    audience: Sequence[str]


def is_reachable(address: str) -> bool:
    """Whether an issuer can be asked for its keys: nothing outside this machine can."""
    return urlsplit(address).hostname in _LOOPBACK


class Keys:
    """The public keys of issuers, kept for two hours as API Gateway does, and fetched again for one not known."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, dict[str, rsa.RSAPublicKey]]] = {}

    def find(self, issuer: str, key_id: str) -> rsa.RSAPublicKey:
        """The key of an issuer with this id.

        Raises:
            InvalidTokenError: it has none, or cannot be asked.
        """
        with self._lock:
            fetched, keys = self._kept.get(issuer, (0.0, {}))
            if key_id not in keys or time.monotonic() - fetched > _KEPT_SECONDS:
                keys = _fetch(issuer)
                self._kept[issuer] = time.monotonic(), keys
        if key_id not in keys:
            raise InvalidTokenError(f"the issuer has no key {key_id}")
        return keys[key_id]


def verified(token: str, issuer: Issuer, keys: Keys) -> dict[str, Any]:
    """The claims of a token.

    Raises:
        InvalidTokenError: it is not a token, not signed by the issuer, not for the audience, or not valid now.
    """
    parts = token.split(".")
    if len(parts) != 3:
        raise InvalidTokenError("not a token of three parts")
    header, claims = _document(parts[0]), _document(parts[1])
    algorithm = _ALGORITHMS.get(str(header.get("alg")))
    if algorithm is None:
        raise InvalidTokenError(f"the algorithm {header.get('alg')} is not accepted")
    key = keys.find(issuer.address, str(header.get("kid", "")))
    try:
        key.verify(_bytes(parts[2]), f"{parts[0]}.{parts[1]}".encode(), padding.PKCS1v15(), algorithm())
    except InvalidSignature:
        raise InvalidTokenError("the signature does not match") from None
    _check(claims, issuer)
    return claims


def scopes(claims: Mapping[str, Any]) -> list[str]:
    """The scopes that a token grants, in either of the claims that name them."""
    given = claims.get("scope", claims.get("scp", ""))
    return given.split() if isinstance(given, str) else [str(scope) for scope in given]


def _check(claims: Mapping[str, Any], issuer: Issuer) -> None:
    if claims.get("iss") != issuer.address:
        raise InvalidTokenError(f"the issuer is {claims.get('iss')}")
    audience = claims.get("aud", claims.get("client_id", ()))
    named = {audience} if isinstance(audience, str) else set(audience)
    if not named & set(issuer.audience):
        raise InvalidTokenError(f"the audience is {audience}")
    now = time.time()
    if not now < float(claims.get("exp", 0)):
        raise InvalidTokenError("it has expired")
    if any(float(claims.get(name, 0)) > now for name in ("nbf", "iat")):
        raise InvalidTokenError("it is not valid yet")


def _fetch(issuer: str) -> dict[str, rsa.RSAPublicKey]:
    if not is_reachable(issuer):
        raise InvalidTokenError(f"{issuer} cannot be reached")
    try:
        address = _get(f"{issuer.rstrip('/')}{_DISCOVERY}")["jwks_uri"]
        if not is_reachable(address):
            raise InvalidTokenError(f"{address} cannot be reached")
        found = _get(address)["keys"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidTokenError(f"{issuer} does not tell its keys: {error}") from error
    return {str(key["kid"]): _key(key) for key in found if key.get("kty") == "RSA" and "kid" in key}


def _get(address: str) -> Any:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address, timeout=_FETCH_SECONDS) as response:
        return json.loads(response.read())


def _key(key: Mapping[str, str]) -> rsa.RSAPublicKey:
    numbers = (int.from_bytes(_bytes(key[name])) for name in ("e", "n"))
    return rsa.RSAPublicNumbers(*numbers).public_key()


def _document(part: str) -> dict[str, Any]:
    try:
        found = json.loads(_bytes(part))
    except ValueError:
        raise InvalidTokenError("not JSON") from None
    if not isinstance(found, dict):
        raise InvalidTokenError("not a JSON object")
    return found


def _bytes(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error:
        raise InvalidTokenError("not in base64") from None
