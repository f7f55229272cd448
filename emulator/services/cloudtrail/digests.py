"""Digest files: the hashes of a trail's log files of an hour, signed, each with the digest before it.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from emulator import clock, settings
from emulator.services.cloudtrail import own_calls
from emulator.services.cloudtrail.destination import Destination, prefix, put

_HOUR = 3_600
_ALGORITHM = "SHA256withRSA"


@dataclass
class _Chain:
    """The files since the last digest, and that digest."""

    start: datetime
    files: list[dict[str, Any]] = field(default_factory=list)
    times: list[str] = field(default_factory=list)
    previous_key: str | None = None
    previous_hash: str | None = None
    previous_signature: str | None = None


_chains: dict[str, _Chain] = {}


def note(trail: Destination, key: str, content: bytes, records: Sequence[dict[str, Any]]) -> None:
    """Have a log file in the next digest, which comes an hour after the first file."""
    if trail.arn not in _chains:
        _chains[trail.arn] = _Chain(clock.now())
    chain = _chains[trail.arn]
    if not chain.files:
        clock.after(_HOUR, lambda: write(trail), f"digest of {trail.name}")
    times = sorted(record["eventTime"] for record in records)
    chain.times += times
    chain.files.append(
        {
            "s3Bucket": trail.configuration["S3BucketName"],
            "s3Object": key,
            "hashValue": hashlib.sha256(gzip.decompress(content)).hexdigest(),
            "hashAlgorithm": "SHA-256",
            "newestEventTime": times[-1],
            "oldestEventTime": times[0],
        }
    )


def write(trail: Destination) -> None:
    """Write the digest of the files since the last one."""
    chain, end = _chains[trail.arn], clock.now()
    account, bucket = settings.current().account, trail.configuration["S3BucketName"]
    name = f"{account}_CloudTrail-Digest_{trail.region}_{trail.name}_{trail.region}_{end:%Y%m%dT%H%M%SZ}.json.gz"
    key = f"{prefix(trail)}AWSLogs/{account}/CloudTrail-Digest/{trail.region}/{end:%Y/%m/%d}/{name}"
    digest = {
        "awsAccountId": account,
        "digestStartTime": _time(chain.start),
        "digestEndTime": _time(end),
        "digestS3Bucket": bucket,
        "digestS3Object": key,
        "digestPublicKeyFingerprint": fingerprint(),
        "digestSignatureAlgorithm": _ALGORITHM,
        "newestEventTime": max(chain.times),
        "oldestEventTime": min(chain.times),
        "previousDigestS3Bucket": bucket if chain.previous_key else None,
        "previousDigestS3Object": chain.previous_key,
        "previousDigestHashValue": chain.previous_hash,
        "previousDigestHashAlgorithm": "SHA-256" if chain.previous_key else None,
        "previousDigestSignature": chain.previous_signature,
        "logFiles": chain.files,
    }
    content = json.dumps(digest, separators=(",", ":")).encode()
    hashed = hashlib.sha256(content).hexdigest()
    signed = f"{digest['digestEndTime']}\n{bucket}/{key}\n{hashed}\n{chain.previous_signature or 'null'}"
    signature = _sign(signed.encode())
    metadata = {"signature": signature, "signature-algorithm": _ALGORITHM}
    with own_calls.unnoted():
        trail.delivery.digest_error = put(trail, key, gzip.compress(content), metadata)
    if not trail.delivery.digest_error:
        trail.delivery.digested = end
    _chains[trail.arn] = _Chain(end, previous_key=key, previous_hash=hashed, previous_signature=signature)


def public_key() -> dict[str, Any]:
    """The key that verifies digests, as ListPublicKeys tells it."""
    key, created = _key()
    value = key.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    return {
        "Value": value,
        "ValidityStartTime": created - timedelta(days=1),
        "ValidityEndTime": created + timedelta(days=365),
        "Fingerprint": hashlib.md5(value, usedforsecurity=False).hexdigest(),
    }


def fingerprint() -> str:
    """What the key that verifies digests is called."""
    return str(public_key()["Fingerprint"])


def _sign(content: bytes) -> str:
    return _key()[0].sign(content, PKCS1v15(), SHA256()).hex()


@functools.cache
def _key() -> tuple[rsa.RSAPrivateKey, datetime]:
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048), clock.now()


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
