"""The routes of the prediction API, as API Gateway writes them in an event's ``routeKey``."""

from __future__ import annotations

PREDICT, MODEL = "POST /v1/predict", "GET /v1/model"
