"""The routes of the prediction API, as API Gateway writes them in an event's ``routeKey``."""

from __future__ import annotations

PREDICT, MODEL, OPENAPI, HEALTH = "POST /v1/predict", "GET /v1/model", "GET /v1/openapi.json", "GET /healthz"
ROUTES = (PREDICT, MODEL, OPENAPI, HEALTH)
