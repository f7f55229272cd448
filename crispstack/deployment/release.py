"""The proof that what serves is what was trained: golden rows asked of the function as a caller would ask."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from crispstack.artifacts import ModelPackage
from crispstack.deployment.routes import PREDICT
from crispstack.errors import ReleaseError

TOLERANCE = 1e-6


def golden_event(package: ModelPackage) -> dict[str, Any]:
    """A request with the package's golden rows, as API Gateway would hand it to the function."""
    method, path = PREDICT.split()
    body = json.dumps({"rows": [golden.row for golden in package.golden_rows]})
    return {
        "version": "2.0",
        "routeKey": PREDICT,
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json"},
        "requestContext": {
            "requestId": f"release-{package.model_version}",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1"},
        },
        "body": body,
        "isBase64Encoded": False,
    }


def largest_difference(package: ModelPackage, response: Mapping[str, Any]) -> float:
    """Largest difference between the answered probabilities and the golden ones.

    Raises:
        ReleaseError: the function failed, another model answered, or a probability differs by more than 1e-6.
    """
    if response.get("statusCode") != 200:
        raise ReleaseError(f"the prediction function did not answer the golden rows: {json.dumps(response)[:1000]}")
    answer = json.loads(response["body"])
    if answer["model_version"] != package.model_version:
        raise ReleaseError(f"model {answer['model_version']} answered; {package.model_version} was to be released")
    pairs = zip(answer["predictions"], package.golden_rows, strict=True)
    difference = max(abs(said["probability"] - golden.probability) for said, golden in pairs)
    if difference > TOLERANCE:
        raise ReleaseError(f"the golden rows' probabilities differ by {difference:.1e}, more than {TOLERANCE:.0e}")
    return float(difference)
