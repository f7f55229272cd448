"""Requests to the deployed prediction API, signed as its callers sign them."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.end_to_end.conftest import Checkout


def post(
    checkout: Checkout, credentials: Credentials | None, body: bytes, sent: bytes | None = None
) -> tuple[int, dict[str, Any]]:
    """Status and answer of a signed POST of rows; `sent` replaces the body after signing."""
    return ask(checkout, credentials, "POST /v1/predict", body, sent)


def ask(
    checkout: Checkout, credentials: Credentials | None, route: str, body: bytes = b"", sent: bytes | None = None
) -> tuple[int, dict[str, Any]]:
    """Status and answer of a signed request; `sent` replaces the body after signing."""
    method, path = route.split()
    url = f"{checkout.outputs('project-bank-marketing-sample')['PredictionEndpoint']}{path}"
    signed = AWSRequest(method, url, data=body, headers={"content-type": "application/json"} if body else {})
    if credentials:
        SigV4Auth(credentials, "execute-api", checkout.environment.region).add_auth(signed)
    data = (body if sent is None else sent) or None
    request = urllib.request.Request(url, data=data, headers=dict(signed.headers), method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)
