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
    """Status and answer of a signed POST; `sent` replaces the body after signing."""
    url = f"{checkout.outputs('project-bank-marketing-sample')['PredictionEndpoint']}/v1/predict"
    signed = AWSRequest("POST", url, data=body, headers={"content-type": "application/json"})
    if credentials:
        SigV4Auth(credentials, "execute-api", checkout.environment.region).add_auth(signed)
    request = urllib.request.Request(
        url, data=body if sent is None else sent, headers=dict(signed.headers), method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)
