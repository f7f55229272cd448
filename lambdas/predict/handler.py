"""The prediction function. The champion is loaded with the module, so that a warm start has it at hand."""

from __future__ import annotations

import os
from typing import Any

from crispstack.aws.serving import load_champion
from crispstack.deployment.http import Service
from crispstack.deployment.lambda_event import to_request, to_response
from crispstack.deployment.request_log import write_lines
from crispstack.settings import PredictionSettings

SERVICE = Service(load_champion(PredictionSettings.from_environment(os.environ)), write_lines)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer a request of the HTTP API (payload 2.0)."""
    request = to_request(event)
    return to_response(SERVICE.answer(request), request)
