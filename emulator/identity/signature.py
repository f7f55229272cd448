"""AWS Signature Version 4: what a request claims, and whether its signer held the secret."""

from __future__ import annotations

import functools
import hashlib
import hmac
import posixpath
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from emulator.identity import chunked_signature
from emulator.identity.refusals import Reason, RefusalError
from emulator.identity.request import Request

_ALGORITHM = "AWS4-HMAC-SHA256"
_SKEW = timedelta(minutes=15)
_UNSIGNED = ("UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
_FIELD = re.compile(r"(Credential|SignedHeaders|Signature)=([^,\s]+)")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Claim:
    """What the signature of a request says of itself."""

    access_key: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str
    moment: datetime
    token: str | None
    lifetime: timedelta | None  # of a presigned address; None for a signed header

    @property
    def scope(self) -> str:
        """The credential scope."""
        return f"{self.date}/{self.region}/{self.service}/aws4_request"

    @property
    def timestamp(self) -> str:
        """When it was signed, in the form that is signed."""
        return self.moment.strftime("%Y%m%dT%H%M%SZ")


def claim(request: Request) -> Claim | None:
    """Read a request's signature; None when it has none.

    Raises:
        RefusalError: the signature is of another version, or cannot be read.
    """
    authorization = request.header("Authorization")
    try:
        if authorization:
            return _from_header(request, authorization)
        if "X-Amz-Algorithm" in request.query or "X-Amz-Signature" in request.query:
            return _from_query(request.query)
    except (KeyError, ValueError):
        raise RefusalError(Reason.MALFORMED) from None
    if "AWSAccessKeyId" in request.query and "Signature" in request.query:
        raise RefusalError(Reason.UNSUPPORTED)
    return None


def _from_header(request: Request, authorization: str) -> Claim:
    algorithm, _, rest = authorization.partition(" ")
    if algorithm != _ALGORITHM:
        raise RefusalError(Reason.UNSUPPORTED)
    fields = dict(_FIELD.findall(rest))
    return _claim(fields, request.header("X-Amz-Date"), request.header("X-Amz-Security-Token"), None)


def _from_query(query: dict[str, str]) -> Claim:
    if query["X-Amz-Algorithm"] != _ALGORITHM:
        raise RefusalError(Reason.UNSUPPORTED)
    fields = {name: query[f"X-Amz-{name}"] for name in ("Credential", "SignedHeaders", "Signature")}
    # S3 accepts a week at most; the other services accept presigned requests like signed ones.
    lifetime = timedelta(seconds=int(query.get("X-Amz-Expires", "900")))
    if not timedelta(0) < lifetime <= timedelta(days=7):
        raise ValueError("X-Amz-Expires")
    return _claim(fields, query["X-Amz-Date"], query.get("X-Amz-Security-Token"), lifetime)


def _claim(fields: dict[str, str], moment: str | None, token: str | None, lifetime: timedelta | None) -> Claim:
    access_key, date, region, service, terminator = fields["Credential"].rsplit("/", 4)
    if terminator != "aws4_request" or moment is None or not moment.startswith(date):
        raise ValueError("Credential")
    signed = tuple(fields["SignedHeaders"].lower().split(";"))
    if "host" not in signed:
        raise ValueError("SignedHeaders")
    when = datetime.strptime(moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return Claim(access_key, date, region, service, signed, fields["Signature"], when, token, lifetime)


def verify(request: Request, claimed: Claim, secret: str, now: datetime) -> None:
    """Check that the request was signed with this secret, now, and not altered since.

    Raises:
        RefusalError: it was not.
    """
    _check_time(claimed, now)
    digest = _payload(request, claimed)
    canonical = _canonical_request(request, claimed, digest)
    to_sign = "\n".join((_ALGORITHM, claimed.timestamp, claimed.scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = signing_key(secret, claimed.date, claimed.region, claimed.service)
    expected = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, claimed.signature):
        raise RefusalError(Reason.BAD_SIGNATURE)
    if _HASH.fullmatch(digest) and digest != request.body.sha256:
        raise RefusalError(Reason.BAD_BODY)
    if digest in chunked_signature.PAYLOADS:
        chunked_signature.verify(request.body, digest, key, claimed.timestamp, claimed.scope, claimed.signature)


def _check_time(claimed: Claim, now: datetime) -> None:
    if claimed.lifetime is not None:
        if now > claimed.moment + claimed.lifetime:
            raise RefusalError(Reason.EXPIRED_URL)
        if claimed.moment > now + _SKEW:
            raise RefusalError(Reason.SKEWED)
    elif abs(now - claimed.moment) > _SKEW:
        relation = "earlier" if claimed.moment < now else "later"
        message = (
            f"Signature expired: {claimed.timestamp} is now {relation} than the 15 minutes around {now:%Y%m%dT%H%M%SZ}"
        )
        raise RefusalError(Reason.SKEWED, "" if claimed.service == "s3" else message)


@functools.lru_cache(maxsize=256)
def signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    """The key derived from a secret for one day, region and service."""
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def _payload(request: Request, claimed: Claim) -> str:
    stated = request.header("X-Amz-Content-Sha256") or request.query.get("X-Amz-Content-Sha256")
    if stated:
        known = stated in _UNSIGNED or _HASH.fullmatch(stated) or stated in chunked_signature.PAYLOADS
        if not known:
            raise RefusalError(Reason.UNSUPPORTED)
        return stated
    if claimed.service == "s3":
        if claimed.lifetime is None:
            raise RefusalError(Reason.MALFORMED)
        return "UNSIGNED-PAYLOAD"
    return request.body.sha256


def _canonical_request(request: Request, claimed: Claim, digest: str) -> str:
    headers = "".join(f"{name}:{' '.join((request.header(name) or '').split())}\n" for name in claimed.signed_headers)
    signed = ";".join(claimed.signed_headers)
    path = _canonical_path(request, claimed.service)
    return "\n".join((request.method, path, _canonical_query(request, claimed), headers, signed, digest))


def _canonical_path(request: Request, service: str) -> str:
    if service == "s3":
        # Encoded once, and taken as it is: a key may hold "//" and "..".
        return quote(request.path, safe="/~")
    path = posixpath.normpath(request.raw_path)
    if path.startswith("//"):
        path = path[1:]
    if request.raw_path.endswith("/") and path != "/":
        path += "/"
    return quote(path, safe="/~")


def _canonical_query(request: Request, claimed: Claim) -> str:
    pairs = sorted(
        (quote(name, safe="~"), quote(value, safe="~"))
        for name, value in request.query_pairs
        if claimed.lifetime is None or name != "X-Amz-Signature"
    )
    return "&".join(f"{name}={value}" for name, value in pairs)
