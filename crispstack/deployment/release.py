"""The proof that what serves is what was trained: golden rows asked of the function as a caller would ask."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from crispstack.artifacts import ModelPackage
from crispstack.deployment.routes import PREDICT
from crispstack.errors import ReleaseError

TOLERANCE = 1e-6
GOLDEN_REQUEST = "release-"
"""What the id of a request with golden rows begins with: nobody asked it, so it is not kept among predictions."""


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
            "requestId": f"{GOLDEN_REQUEST}{package.model_version}",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1"},
        },
        "body": body,
        "isBase64Encoded": False,
    }


def largest_difference(package: ModelPackage, response: Mapping[str, Any]) -> float:
    """Largest difference between the answered probabilities and the golden ones; of numbers above 1, relative to them.

    Raises:
        ReleaseError: the function failed, another model answered, or not every golden row was answered to 1e-6.
    """
    if response.get("statusCode") != 200:
        raise ReleaseError(f"the prediction function did not answer the golden rows: {json.dumps(response)[:1000]}")
    answer = json.loads(response["body"])
    if answer["model_version"] != package.model_version:
        raise ReleaseError(f"model {answer['model_version']} answered; {package.model_version} was to be released")
    said, golden_rows = answer["predictions"], package.golden_rows
    if len(said) != len(golden_rows):
        raise ReleaseError(f"{len(said)} predictions answer {len(golden_rows)} golden rows")
    differences = [
        abs(answered - expected) / max(1.0, abs(expected))
        for one, golden in zip(said, golden_rows, strict=True)
        for answered, expected in zip(_scores(one, package), golden.scores, strict=True)
    ]
    # Asked this way round, NaN is refused too.
    if wrong := [difference for difference in differences if not difference <= TOLERANCE]:
        raise ReleaseError(f"the golden rows' answers differ by {max(wrong):.1e}, more than {TOLERANCE:.0e}")
    return float(max(differences))


def _scores(prediction: Mapping[str, Any], package: ModelPackage) -> tuple[float, ...]:
    """The scores that led to an answer, one or one per class."""
    if package.framing == "regression":
        return (prediction["prediction"],)
    if package.framing == "binary":
        return (prediction["probability"],)
    return tuple(prediction["probabilities"][name] for name in package.classes)
