"""The prediction function. Its model is loaded with the module, so that a warm start has it at hand."""

from __future__ import annotations

import functools
import os
from typing import Any

from crispstack.aws import queued_predictions
from crispstack.aws.prediction_service import serve
from crispstack.deployment.lambda_event import to_request, to_response
from crispstack.deployment.queued_requests import answer_messages, is_batch
from crispstack.settings import PredictionSettings

SETTINGS = PredictionSettings.from_environment(os.environ)
SERVICE = serve(SETTINGS)
KEEP = functools.partial(queued_predictions.keep, SETTINGS.results_uri)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer a request of the HTTP API (payload 2.0), or a batch of messages."""
    if is_batch(event):
        return answer_messages(event, SERVICE, KEEP)
    request = to_request(event)
    return to_response(SERVICE.answer(request), request)
