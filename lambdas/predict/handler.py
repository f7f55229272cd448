"""The prediction function. The champion is loaded with the module, so that a warm start has it at hand."""

from __future__ import annotations

import datetime as dt
import functools
import os
from typing import Any

from crispstack.aws import queued_predictions
from crispstack.aws.capture import open_capture
from crispstack.aws.serving import load_champion
from crispstack.deployment.http import Service
from crispstack.deployment.lambda_event import to_request, to_response
from crispstack.deployment.queued_requests import answer_messages, is_batch
from crispstack.deployment.request_log import write_lines
from crispstack.deployment.request_metrics import with_metrics
from crispstack.settings import PredictionSettings

SETTINGS = PredictionSettings.from_environment(os.environ)
CHAMPION = load_champion(SETTINGS)
LOG = with_metrics(SETTINGS.project, write_lines, lambda: dt.datetime.now(dt.UTC))
SERVICE = Service(CHAMPION, LOG, open_capture(SETTINGS, CHAMPION, write_lines))
KEEP = functools.partial(queued_predictions.keep, SETTINGS.results_uri)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer a request of the HTTP API (payload 2.0), or a batch of messages."""
    if is_batch(event):
        return answer_messages(event, SERVICE, KEEP)
    request = to_request(event)
    return to_response(SERVICE.answer(request), request)
