"""The gate: every request is authenticated and authorized before the emulator sees it."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from moto.core.config import default_user_config
from werkzeug.wsgi import ClosingIterator

from emulator import settings
from emulator.identity import (
    authorization,
    needs,
    operations,
    permission_use,
    policy_documents,
    refusals,
    s3_needs,
    signature,
)
from emulator.identity.conditions import Context
from emulator.identity.principals import ANONYMOUS, Directory, Principal
from emulator.identity.refusals import Reason, RefusalError
from emulator.identity.replacements import DENIED_DELETIONS
from emulator.identity.request import Request
from emulator.identity.signature import Claim
from emulator.settings import Settings

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

HEALTH = "/_emulator/health"
EXECUTE_API = "/_aws/execute-api/"
# Addresses of HTTP APIs and functions: whether a request for one needs a signature is theirs to tell.
ADDRESSES = (EXECUTE_API, "/_aws/lambda-url/", "/_aws/lambda-code/")
# Where the gate leaves who called: a Principal, ANONYMOUS without a signature.
PRINCIPAL = "emulator.principal"
# Where it leaves the request itself, whose body is already read.
REQUEST = "emulator.request"
# Where it leaves the access key of who signed, and what is known of the request for conditions.
ACCESS_KEY = "emulator.access_key"
CONTEXT = "emulator.context"
# Paths that ask for no signature, each for its reason.
OPEN = (
    # Only PUT, which the layer of CloudFormation answers whatever else the request says.
    "/_cloudformation/responses/",  # a custom resource's answer: the secret is in the address, as in AWS
)
# The emulator's own and moto's addresses, which are no service's: for the root user alone.
_ROOTS = (permission_use.PATH, "/moto-api")
# Actions that AWS allows without a signature: the token in the request is the proof.
UNSIGNED_ACTIONS = ("AssumeRoleWithWebIdentity", "AssumeRoleWithSAML")


def wrap(application: Application) -> Application:
    """Put the gate in front of an application."""
    # Roles attach AWS's own policies, and only attached policies grant.
    default_user_config["iam"] = {"load_aws_managed_policies": True}
    return Gate(application, settings.current())


class Gate:
    """A WSGI layer that lets through what AWS would."""

    def __init__(self, application: Application, configuration: Settings) -> None:
        self._application = application
        self._settings = configuration
        self._directory = Directory(configuration)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a health check, refuse, or hand on with `PRINCIPAL` in the environment."""
        request = Request(environ)
        if request.raw_path == HEALTH:
            return _answer(200, [("Content-Type", "application/json")], b'{"status":"running"}', start_response)
        try:
            if request.method == "PUT" and request.raw_path.startswith(OPEN):
                return ClosingIterator(self._application(environ, start_response), request.close)
            environ[REQUEST] = request
            _ = request.body  # read even where it is refused: the connection carries further requests
            return ClosingIterator(self._answer(request, start_response), request.close)
        except BaseException:
            request.close()
            raise

    def _answer(self, request: Request, start_response: Any) -> Iterable[bytes]:
        service = _service_of_unsigned(request)
        try:
            claimed = _claim(request)
            service = claimed.service if claimed else service
            principal = self._admit(request, claimed, service)
        except RefusalError as refusal:
            return _answer(*refusals.response(refusal, request, service), start_response)
        if request.raw_path == permission_use.PATH and principal.root:
            shown = permission_use.RECORD.to_json()
            return _answer(200, [("Content-Type", "application/json")], shown, start_response)
        return self._application(request.environ, start_response)

    def _admit(self, request: Request, claimed: Claim | None, service: str) -> Principal:
        now = datetime.now(UTC)
        principal = ANONYMOUS if claimed is None else self._authenticate(request, claimed, now)
        request.environ[PRINCIPAL] = principal  # of who is refused, CloudTrail tells too
        context = self._context(request, claimed, now)
        request.environ[ACCESS_KEY] = claimed.access_key if claimed else ""
        request.environ[CONTEXT] = context
        if request.path.startswith(ADDRESSES):
            return principal
        if claimed is None and _needs_no_signature(request):
            return principal
        if request.raw_path.startswith(_ROOTS):
            if not principal.root:
                raise RefusalError(Reason.MISSING)
            return principal
        if service == "s3" and not request.raw_path.startswith("/v20180820/"):
            self._authorize_s3(request, principal, context)
        elif claimed is None:
            raise RefusalError(Reason.MISSING)
        else:
            self._authorize(request, principal, claimed, context)
        return principal

    def _authenticate(self, request: Request, claimed: Claim, now: datetime) -> Principal:
        holder = self._directory.find(claimed.access_key, now)
        if not hmac.compare_digest(holder.token or "", claimed.token or ""):
            raise RefusalError(Reason.BAD_TOKEN)
        signature.verify(request, claimed, holder.secret, now)
        return holder.principal

    def _authorize_s3(self, request: Request, principal: Principal, context: Context) -> None:
        policy_documents.check_bucket_policy(request)
        authorization.check(principal, s3_needs.needs(request, self._settings), context)
        to_delete = s3_needs.deletions(request, self._settings)
        if to_delete:
            denied = authorization.denied(principal, to_delete, context)
            request.environ[DENIED_DELETIONS] = frozenset(need.resource for need in denied)
        missing = s3_needs.missing_object(request, self._settings)
        if missing:
            authorization.check(principal, [missing], context)

    def _authorize(self, request: Request, principal: Principal, claimed: Claim, context: Context) -> None:
        if principal.root and claimed.service not in needs.ROOT_IS_CHECKED:
            return
        operation = operations.identify(request, claimed.service)
        if operation is None:
            raise RefusalError(Reason.DENIED, f"{claimed.service} has no operation {request.method} {request.raw_path}")
        policy_documents.check(operation)
        wanted = needs.needs(operation, claimed.region, self._settings)
        authorization.check(principal, wanted, context)

    def _context(self, request: Request, claimed: Claim | None, now: datetime) -> dict[str, tuple[str, ...]]:
        known: dict[str, tuple[str, ...]] = {
            "aws:currenttime": (now.strftime("%Y-%m-%dT%H:%M:%SZ"),),
            "aws:epochtime": (str(int(now.timestamp())),),
            "aws:requestedregion": (claimed.region if claimed else self._settings.region,),
            "aws:resourceaccount": (self._settings.account,),
            "aws:securetransport": ("true",),  # loopback counts as TLS
            "aws:sourceip": (request.environ.get("REMOTE_ADDR", "127.0.0.1"),),
            "aws:viaawsservice": ("false",),
        }
        for key, name in (("aws:useragent", "User-Agent"), ("aws:referer", "Referer")):
            value = request.header(name)
            if value:
                known[key] = (value,)
        return known


def _claim(request: Request) -> Claim | None:
    """The signature of a request. What addresses are told instead, such as a bearer's token, is theirs to read."""
    authorization = request.header("Authorization") or "AWS4"
    if request.path.startswith(ADDRESSES) and not authorization.startswith("AWS4"):
        return None
    return signature.claim(request)


def _needs_no_signature(request: Request) -> bool:
    return request.header("X-Amz-Target") is None and request.form.get("Action") in UNSIGNED_ACTIONS


def _service_of_unsigned(request: Request) -> str:
    """In whose words a request without signature is refused: S3 is where AWS allows them."""
    if request.path.startswith(ADDRESSES):
        return "execute-api"
    form = (request.header("Content-Type") or "").startswith("application/x-www-form-urlencoded")
    named = request.header("X-Amz-Target") or (form and "Action" in request.form)
    return "unknown" if named or request.raw_path.startswith("/moto-api") else "s3"


def _answer(status: int, headers: list[tuple[str, str]], body: bytes, start_response: Any) -> Iterable[bytes]:
    start_response(f"{status} {HTTPStatus(status).phrase}", [*headers, ("Content-Length", str(len(body)))])
    return [body]
