"""S3: the permissions that a request needs, from its method, path, query and headers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote
from xml.etree import ElementTree as ET

from moto.s3.models import s3_backends

from emulator.identity import encryption, policy
from emulator.identity.authorization import Need
from emulator.identity.policy import Policy
from emulator.identity.refusals import Reason, RefusalError
from emulator.identity.request import Request
from emulator.settings import Settings

# Subresource of a bucket -> the noun of its Get and Put actions; deleting one needs the Put action unless listed below.
_BUCKET_NOUNS = {
    "accelerate": "AccelerateConfiguration",
    "acl": "BucketAcl",
    "analytics": "AnalyticsConfiguration",
    "cors": "BucketCORS",
    "encryption": "EncryptionConfiguration",
    "intelligent-tiering": "IntelligentTieringConfiguration",
    "inventory": "InventoryConfiguration",
    "lifecycle": "LifecycleConfiguration",
    "location": "BucketLocation",
    "logging": "BucketLogging",
    "metrics": "MetricsConfiguration",
    "notification": "BucketNotification",
    "object-lock": "BucketObjectLockConfiguration",
    "ownershipControls": "BucketOwnershipControls",
    "policy": "BucketPolicy",
    "policyStatus": "BucketPolicyStatus",
    "publicAccessBlock": "BucketPublicAccessBlock",
    "replication": "ReplicationConfiguration",
    "requestPayment": "BucketRequestPayment",
    "tagging": "BucketTagging",
    "versioning": "BucketVersioning",
    "website": "BucketWebsite",
}
_BUCKET_LISTS = {"uploads": "ListBucketMultipartUploads", "versions": "ListBucketVersions"}
_BUCKET_DELETES = {"policy": "DeleteBucketPolicy", "website": "DeleteBucketWebsite"}
_BUCKET_ITSELF = {"GET": "ListBucket", "HEAD": "ListBucket", "PUT": "CreateBucket", "DELETE": "DeleteBucket"}
# (method, subresource) of an object -> actions, without ``s3:``; {Version} becomes "Version" when one is named.
_OBJECT_SUBRESOURCES = {
    ("GET", "acl"): ["GetObject{Version}Acl"],
    ("PUT", "acl"): ["PutObject{Version}Acl"],
    ("GET", "tagging"): ["GetObject{Version}Tagging"],
    ("PUT", "tagging"): ["PutObject{Version}Tagging"],
    ("DELETE", "tagging"): ["DeleteObject{Version}Tagging"],
    ("GET", "attributes"): ["GetObject{Version}", "GetObject{Version}Attributes"],
    ("GET", "retention"): ["GetObjectRetention"],
    ("PUT", "retention"): ["PutObjectRetention"],
    ("GET", "legal-hold"): ["GetObjectLegalHold"],
    ("PUT", "legal-hold"): ["PutObjectLegalHold"],
    ("GET", "torrent"): ["GetObjectTorrent"],
    ("POST", "restore"): ["RestoreObject"],
    ("POST", "select"): ["GetObject"],
    ("POST", "uploads"): ["PutObject"],
    ("GET", "uploadId"): ["ListMultipartUploadParts"],
    ("PUT", "uploadId"): ["PutObject"],
    ("POST", "uploadId"): ["PutObject"],
    ("DELETE", "uploadId"): ["AbortMultipartUpload"],
}
_OBJECT_ITSELF = {
    "GET": ["GetObject{Version}"],
    "HEAD": ["GetObject{Version}"],
    "PUT": ["PutObject"],
    "DELETE": ["DeleteObject{Version}"],
}
# A header of an upload -> the action that it needs besides PutObject.
_UPLOAD_HEADERS = {
    "x-amz-acl": "PutObjectAcl",
    "x-amz-tagging": "PutObjectTagging",
    "x-amz-object-lock-mode": "PutObjectRetention",
    "x-amz-object-lock-legal-hold": "PutObjectLegalHold",
}
_LIST_PARAMETERS = ("prefix", "delimiter", "max-keys")


def needs(request: Request, settings: Settings) -> Iterator[Need]:
    """The permissions that a request to S3 needs. Deleting several objects needs none here: see `deletions`.

    Raises:
        RefusalError: the method and subresource are none of S3's.
    """
    bucket, key = _address(request)
    context = _context(request, settings)
    if not bucket:
        yield Need("s3:ListAllMyBuckets", "*", context)
        return
    if "_" in bucket:  # no bucket's name, but moto takes it for a service's
        raise RefusalError(Reason.DENIED)
    own = bucket_policy(bucket, settings)
    arn = f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"
    actions = _object_actions(request) if key else _bucket_actions(request)
    for action in actions:
        yield Need(f"s3:{action}", arn, context, own)
    source = request.header("x-amz-copy-source")
    if key and source and request.method == "PUT":
        yield from _source(source, context, settings)
    if key:
        yield from _encryption(request, actions, bucket, key, settings)


def deletions(request: Request, settings: Settings) -> list[Need]:
    """The permissions that each object of a DeleteObjects request needs; empty for another request."""
    bucket, key = _address(request)
    if key or request.method != "POST" or "delete" not in request.query:
        return []
    context, own = _context(request, settings), bucket_policy(bucket, settings)
    try:
        document = ET.fromstring(request.body.read())  # noqa: S314 (expat has no external entities)
    except ET.ParseError:
        return []  # the service answers MalformedXML
    found = []
    for item in document.iterfind("{*}Object"):
        name, version = item.findtext("{*}Key", ""), item.findtext("{*}VersionId")
        action = "s3:DeleteObjectVersion" if version else "s3:DeleteObject"
        found.append(Need(action, f"arn:aws:s3:::{bucket}/{name}", context, own))
    return found


def missing_object(request: Request, settings: Settings) -> Need | None:
    """What a caller needs to be told that an object is missing, when it is: s3:ListBucket, or the answer is 403."""
    bucket, key = _address(request)
    found = _bucket(bucket, settings)
    if not key or found is None or request.method not in ("GET", "HEAD") or found.keys.get(key) is not None:
        return None
    return Need("s3:ListBucket", f"arn:aws:s3:::{bucket}", _context(request, settings), bucket_policy(bucket, settings))


def bucket_policy(name: str, settings: Settings) -> Policy | None:
    """The policy of a bucket, None without one."""
    bucket = _bucket(name, settings)
    if bucket is None or not bucket.policy:
        return None
    return policy.parse(bucket.policy.decode())


def _bucket(name: str, settings: Settings) -> Any:
    return s3_backends[settings.account]["aws"].buckets.get(name)


def _address(request: Request) -> tuple[str, str]:
    virtual = re.match(r"(.+)\.s3[.-]", request.header("Host") or "")
    if virtual:
        return virtual.group(1), request.path.removeprefix("/")
    bucket, _, key = request.path.removeprefix("/").partition("/")
    return bucket, key


def _bucket_actions(request: Request) -> list[str]:
    method, query = request.method, request.query
    if method == "OPTIONS" or (method == "POST" and "delete" in query):
        return []
    for name, action in _BUCKET_LISTS.items():
        if name in query and method == "GET":
            return [action]
    for name, noun in _BUCKET_NOUNS.items():
        if name in query:
            if method == "DELETE":
                return [_BUCKET_DELETES.get(name, f"Put{noun}")]
            return [f"{'Put' if method == 'PUT' else 'Get'}{noun}"]
    if method not in _BUCKET_ITSELF:
        raise _unknown(request)
    return [_BUCKET_ITSELF[method]]


def _object_actions(request: Request) -> list[str]:
    method, query = request.method, request.query
    if method == "OPTIONS":
        return []
    templates = next(
        (actions for (verb, name), actions in _OBJECT_SUBRESOURCES.items() if verb == method and name in query),
        _OBJECT_ITSELF.get(method),
    )
    if templates is None:
        raise _unknown(request)
    version = "Version" if query.get("versionId") else ""
    actions = [template.format(Version=version) for template in templates]
    if actions == ["PutObject"]:
        actions += [action for header, action in _UPLOAD_HEADERS.items() if request.header(header)]
    return actions


def _unknown(request: Request) -> RefusalError:
    return RefusalError(Reason.DENIED, f"No permission is known for {request.method} {request.raw_path}")


def _source(source: str, context: dict[str, tuple[str, ...]], settings: Settings) -> Iterator[Need]:
    path, _, query = source.partition("?")
    bucket, _, key = unquote(path).removeprefix("/").partition("/")
    version = dict(parse_qsl(query)).get("versionId")
    action = "s3:GetObjectVersion" if version else "s3:GetObject"
    yield Need(action, f"arn:aws:s3:::{bucket}/{key}", context, bucket_policy(bucket, settings))
    yield from _decryption(bucket, key, version, settings)


def _encryption(request: Request, actions: list[str], bucket: str, key: str, settings: Settings) -> Iterator[Need]:
    """What reading or writing an object needs on the customer managed key that encrypts it."""
    if request.method == "GET" and actions[:1] in (["GetObject"], ["GetObjectVersion"]):
        yield from _decryption(bucket, key, request.query.get("versionId"), settings)
    if "PutObject" not in actions:
        return
    found = _bucket(bucket, settings)
    rule = ((found.encryption if found is not None else None) or {}).get("Rule", {})
    default = rule.get("ApplyServerSideEncryptionByDefault", {})
    algorithm, reference = default.get("SSEAlgorithm"), default.get("KMSMasterKeyID")
    if request.header("x-amz-server-side-encryption"):
        algorithm = request.header("x-amz-server-side-encryption")
        # moto, as S3 does, takes the bucket's key where the request asks for KMS and names none
        reference = request.header("x-amz-server-side-encryption-aws-kms-key-id") or reference
    upload = "uploadId" in request.query
    if upload and (part := found.multiparts.get(request.query["uploadId"]) if found is not None else None):
        algorithm, reference = part.sse_encryption or algorithm, part.kms_key_id or reference
    if _by_kms(algorithm):
        whole_bucket = str(rule.get("BucketKeyEnabled", "")).lower() == "true"
        use = ("kms:GenerateDataKey", "kms:Decrypt") if upload else ("kms:GenerateDataKey",)
        yield from _on_key(reference, use, bucket, key, whole_bucket=whole_bucket, settings=settings)


def _decryption(bucket: str, key: str, version: str | None, settings: Settings) -> Iterator[Need]:
    found = _bucket(bucket, settings)
    stored = found.keys.getlist(key) if found is not None and key in found.keys else []
    chosen = next((each for each in reversed(stored) if version in (None, str(each.version_id))), None)
    if _by_kms(getattr(chosen, "encryption", None)):
        whole_bucket = str(getattr(chosen, "bucket_key_enabled", "")).lower() == "true"
        reference = getattr(chosen, "kms_key_id", None)
        yield from _on_key(reference, ("kms:Decrypt",), bucket, key, whole_bucket=whole_bucket, settings=settings)


def _by_kms(algorithm: str | None) -> bool:
    return (algorithm or "").startswith("aws:kms")


def _on_key(
    reference: str | None, actions: tuple[str, ...], bucket: str, key: str, *, whole_bucket: bool, settings: Settings
) -> Iterator[Need]:
    arn = f"arn:aws:s3:::{bucket}" if whole_bucket else f"arn:aws:s3:::{bucket}/{key}"
    yield from encryption.through("s3", (reference or "", actions, {"aws:s3:arn": arn}), settings.region, settings)


def _context(request: Request, settings: Settings) -> dict[str, tuple[str, ...]]:
    query = request.query
    known: dict[str, tuple[str, ...]] = {
        f"s3:{name}": (value,) for name, value in request.headers() if name.startswith("x-amz-")
    }
    known |= {f"s3:{name}": (query[name],) for name in _LIST_PARAMETERS if name in query}
    if query.get("versionId"):
        known["s3:versionid"] = (query["versionId"],)
    tags = parse_qsl(request.header("x-amz-tagging") or "", keep_blank_values=True)
    if tags:
        known |= {f"s3:requestobjecttag/{name.lower()}": (value,) for name, value in tags}
        known["s3:requestobjecttagkeys"] = tuple(name for name, _ in tags)
    known["s3:resourceaccount"] = (settings.account,)
    known["s3:tlsversion"] = ("1.3",)  # loopback counts as TLS
    known["s3:signatureversion"] = ("AWS4-HMAC-SHA256",)
    known["s3:authtype"] = ("REST-QUERY-STRING" if "X-Amz-Signature" in query else "REST-HEADER",)
    return known
