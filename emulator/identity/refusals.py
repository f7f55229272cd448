"""How AWS says no: one code, status and form per protocol."""

from __future__ import annotations

import json
import struct
import uuid
from collections.abc import Callable
from enum import Enum
from xml.sax.saxutils import escape

from emulator.identity.request import Request


class Reason(Enum):
    """Why a request is refused."""

    MISSING = "no signature"
    MALFORMED = "a signature that cannot be read"
    UNSUPPORTED = "a signature of another version"
    UNKNOWN_KEY = "an access key that nobody has"
    BAD_TOKEN = "a session token that is not the key's"  # noqa: S105
    EXPIRED_TOKEN = "a session that is over"  # noqa: S105
    EXPIRED_URL = "a presigned address that is over"
    SKEWED = "a request from another time"
    BAD_SIGNATURE = "a signature by another secret, or of another request"
    BAD_BODY = "a body other than the one that was signed"
    DENIED = "no permission"
    INVALID_POLICY = "a policy that cannot be read"
    KEY = "a key that cannot be used"


class RefusalError(Exception):
    """A request is refused; `message` and `code` are what the caller is told instead of the protocol's usual ones."""

    def __init__(self, reason: Reason, message: str = "", code: str = "") -> None:
        super().__init__(message or reason.value)
        self.reason = reason
        self.message = message
        self.code = code


_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
_S3_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your key and signing method."
)
_INVALID_TOKEN = "The security token included in the request is invalid."  # noqa: S105
_MALFORMED = "The request's authorization is not in AWS Signature Version 4 format."

# Reason -> (code, status, message) of S3.
_S3 = {
    Reason.MISSING: ("AccessDenied", 403, "Access Denied"),
    Reason.MALFORMED: ("AuthorizationHeaderMalformed", 400, "The authorization header is malformed."),
    Reason.UNSUPPORTED: (
        "InvalidRequest",
        400,
        "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
    ),
    Reason.UNKNOWN_KEY: (
        "InvalidAccessKeyId",
        403,
        "The AWS Access Key Id you provided does not exist in our records.",
    ),
    Reason.BAD_TOKEN: ("InvalidToken", 400, "The provided token is malformed or otherwise invalid."),
    Reason.EXPIRED_TOKEN: ("ExpiredToken", 400, "The provided token has expired."),
    Reason.EXPIRED_URL: ("AccessDenied", 403, "Request has expired"),
    Reason.SKEWED: (
        "RequestTimeTooSkewed",
        403,
        "The difference between the request time and the current time is too large.",
    ),
    Reason.BAD_SIGNATURE: ("SignatureDoesNotMatch", 403, _S3_MISMATCH),
    Reason.BAD_BODY: (
        "XAmzContentSHA256Mismatch",
        400,
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
    ),
    Reason.DENIED: ("AccessDenied", 403, "Access Denied"),
    Reason.INVALID_POLICY: ("MalformedPolicy", 400, "Policies must be valid JSON"),
    Reason.KEY: ("KMS.KMSInvalidStateException", 400, "The key cannot be used"),
}
# Reason -> (code, status, message) of the query protocol.
_QUERY = {
    Reason.MISSING: ("MissingAuthenticationToken", 403, "Request is missing Authentication Token"),
    Reason.MALFORMED: ("IncompleteSignature", 400, _MALFORMED),
    Reason.UNSUPPORTED: ("IncompleteSignature", 400, _MALFORMED),
    Reason.UNKNOWN_KEY: ("InvalidClientTokenId", 403, _INVALID_TOKEN),
    Reason.BAD_TOKEN: ("InvalidClientTokenId", 403, _INVALID_TOKEN),
    Reason.EXPIRED_TOKEN: ("ExpiredToken", 403, "The security token included in the request is expired"),
    Reason.EXPIRED_URL: ("SignatureDoesNotMatch", 403, "Signature expired"),
    Reason.SKEWED: ("SignatureDoesNotMatch", 403, "Signature expired"),
    Reason.BAD_SIGNATURE: ("SignatureDoesNotMatch", 403, _MISMATCH),
    Reason.BAD_BODY: ("SignatureDoesNotMatch", 403, _MISMATCH),
    Reason.DENIED: ("AccessDenied", 403, "Access Denied"),
    Reason.INVALID_POLICY: ("MalformedPolicyDocument", 400, "Policies must be valid JSON"),
    Reason.KEY: ("KMSInvalidStateException", 400, "The key cannot be used"),
}
# The JSON protocols' codes are other words for the same.
_JSON_CODES = {
    "MissingAuthenticationToken": "MissingAuthenticationTokenException",
    "IncompleteSignature": "IncompleteSignatureException",
    "InvalidClientTokenId": "UnrecognizedClientException",
    "ExpiredToken": "ExpiredTokenException",
    "SignatureDoesNotMatch": "InvalidSignatureException",
    "AccessDenied": "AccessDeniedException",
    "KMS.AccessDeniedException": "KmsAccessDenied",
}
# Services that once spoke the query protocol, and tell its codes beside the JSON protocol's.
_QUERY_COMPATIBLE = frozenset({"sqs", "monitoring"})
# Services with a code of their own for a permission that is missing.
_DENIED = {"sns": "AuthorizationError"}

Response = tuple[int, list[tuple[str, str]], bytes]


def response(refusal: RefusalError, request: Request, service: str) -> Response:
    """The refusal in the words and the protocol of a service (its signing name): status, headers, body."""
    if request.path.startswith("/_aws/execute-api/") or service == "execute-api":
        return 403, [("Content-Type", "application/json")], b'{"message":"Forbidden"}'
    code, status, message = (_S3 if service == "s3" else _QUERY)[refusal.reason]
    if refusal.reason is Reason.DENIED:
        code = _DENIED.get(service, code)
    code = refusal.code or code
    status_code, content_type, body = _form(request, service)(code, status, refusal.message or message)
    headers = [("Content-Type", content_type), ("x-amzn-RequestId", str(uuid.uuid4()))]
    if content_type != "text/xml":
        headers.append(("x-amzn-ErrorType", _JSON_CODES.get(code, code)))
    if service in _QUERY_COMPATIBLE:
        headers.append(("x-amzn-query-error", f"{code};Sender"))
    return status_code, headers, b"" if request.method == "HEAD" else body


def _form(request: Request, service: str) -> Callable[[str, int, str], tuple[int, str, bytes]]:
    if service == "s3":
        return _s3
    if request.header("X-Amz-Target"):
        return _json
    if (request.header("smithy-protocol") or "").endswith("cbor"):
        return _cbor
    if service == "ec2":
        return _ec2
    if service in ("route53", "cloudfront") or "Action" in request.form:
        return _query
    return _rest_json


def _s3(code: str, status: int, message: str) -> tuple[int, str, bytes]:
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{escape(message)}</Message>'
        f"<RequestId>{uuid.uuid4()}</RequestId><HostId>{uuid.uuid4()}</HostId></Error>"
    )
    return status, "text/xml", text.encode()


def _query(code: str, status: int, message: str) -> tuple[int, str, bytes]:
    text = (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        f"<RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>"
    )
    return status, "text/xml", text.encode()


def _ec2(code: str, status: int, message: str) -> tuple[int, str, bytes]:
    code, status = ("UnauthorizedOperation", 403) if code == "AccessDenied" else ("AuthFailure", 401)
    text = (
        f"<Response><Errors><Error><Code>{code}</Code><Message>{escape(message)}</Message></Error></Errors>"
        f"<RequestID>{uuid.uuid4()}</RequestID></Response>"
    )
    return status, "text/xml", text.encode()


def _json(code: str, _: int, message: str) -> tuple[int, str, bytes]:
    body = json.dumps({"__type": _JSON_CODES.get(code, code), "message": message, "Message": message})
    return 400, "application/x-amz-json-1.1", body.encode()


def _rest_json(_code: str, _: int, message: str) -> tuple[int, str, bytes]:
    return 403, "application/json", json.dumps({"message": message, "Message": message}).encode()


def _cbor(code: str, _: int, message: str) -> tuple[int, str, bytes]:
    def text(value: str) -> bytes:
        encoded = value.encode()
        return b"\x79" + struct.pack(">H", len(encoded)) + encoded

    fields = text("__type") + text(_JSON_CODES.get(code, code)) + text("message") + text(message)
    return 400, "application/cbor", b"\xa2" + fields
