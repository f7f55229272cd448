"""Requests for the console's pages: who may ask, which page answers, and what the browser is allowed to do with it."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError
from werkzeug import Request, Response
from werkzeug.exceptions import Forbidden, HTTPException, MethodNotAllowed, NotFound
from werkzeug.utils import redirect

from emulator import settings
from emulator.console import pages, rendering
from emulator.console.layer import PATH
from emulator.console.visit import Moved, Page, Visit
from emulator.services.cloudtrail import own_calls

_HERE = Path(__file__).parent
_FILES = {"style.css": "text/css", "icon.svg": "image/svg+xml", "console.js": "text/javascript"}
_HOSTS = frozenset({"127.0.0.1", "localhost"})
_LARGEST_FORM = 1 << 20
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Another page of this origin, such as one that lies in a bucket, can neither read these nor hold their window.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
# Nothing from elsewhere, nothing inline but what bears the nonce, in nobody's frame; forms go to the console alone.
_POLICY = (
    "default-src 'none'; style-src 'self' 'nonce-{}'; script-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer a request for one of the console's addresses."""
    request = Request(environ)
    request.max_content_length = request.max_form_memory_size = _LARGEST_FORM
    nonce = secrets.token_urlsafe(16)
    try:
        response = _response(request, nonce)
    except HTTPException as error:
        response = _refused(request, error, nonce)
    response.headers.extend(_HEADERS)
    response.headers["Content-Security-Policy"] = _POLICY.format(nonce)
    return response(environ, start_response)


def _response(request: Request, nonce: str) -> Response:
    _check_sender(request)
    region, _, path = request.path.removeprefix(PATH).lstrip("/").partition("/")
    if region in _FILES and not path:
        return Response((_HERE / region).read_bytes(), mimetype=_FILES[region])
    if region == "go":
        return redirect(f"{PATH}/{request.args.get('region', '')}/")
    if not region or request.path == f"{PATH}/{region}":
        return redirect(f"{PATH}/{region or settings.current().region}/")
    if region not in rendering.regions():
        raise NotFound(f"There is no region “{region}”.")
    view = pages.PAGES.get(path)
    if view is None:
        raise NotFound("The console has no such page.")
    posted = request.method == "POST"
    if request.method not in ({"GET", "HEAD", "POST"} if path in pages.WITH_FORM else {"GET", "HEAD"}):
        raise MethodNotAllowed
    visit = Visit(region, (request.form if posted else request.args).to_dict(), posted)
    shown = _shown(visit, path)
    if isinstance(shown, Moved):
        return redirect(rendering.address(region, shown.path, **shown.fields), 303)
    return _rendered(visit, shown, path, nonce)


def _shown(visit: Visit, path: str) -> Page | Moved:
    try:
        if visit.posted:
            return pages.PAGES[path](visit)
        with own_calls.unnoted():  # to look is no event
            return pages.PAGES[path](visit)
    except ClientError as error:
        said = error.response["Error"]
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 502))
        values = {"code": said.get("Code", ""), "message": said.get("Message", ""), "operation": error.operation_name}
        return Page("refused.html.j2", "Refused", values, status)
    except BotoCoreError as error:  # the address says something that no request can say
        return Page("refused.html.j2", "Refused", {"code": "", "message": str(error), "operation": ""}, 400)


def _rendered(visit: Visit, page: Page, path: str, nonce: str) -> Response:
    return Response(rendering.render(visit, page, path, nonce), status=page.status, mimetype="text/html")


def _refused(request: Request, error: HTTPException, nonce: str) -> Response:
    if error.code is None or error.response is not None:
        return Response(status=500)
    page = Page("refused.html.j2", error.name, {"code": "", "message": error.description, "operation": ""}, error.code)
    response = _rendered(Visit(settings.current().region), page, "", nonce)
    if request.content_length:  # what was not read must not be taken for the connection's next request
        response.headers["Connection"] = "close"
    return response


def _check_sender(request: Request) -> None:
    """Only pages of the console itself may send forms, and only names of this machine may be asked for.

    Raises:
        Forbidden: a page of another site asks, or the address is a name that somebody else lets point to this machine.
    """
    if urlsplit(f"//{request.environ.get('HTTP_HOST', '')}").hostname not in _HOSTS:
        raise Forbidden("The console answers under 127.0.0.1 and localhost alone.")
    if request.headers.get("Sec-Fetch-Dest") in {"empty", "iframe", "frame", "object", "embed"}:
        raise Forbidden("The console's pages are for windows, not for scripts and frames.")
    if request.method == "POST" and not hmac.compare_digest(request.form.get("token", ""), rendering.TOKEN):
        raise Forbidden("Only a form of the console may send this; open its page anew.")
