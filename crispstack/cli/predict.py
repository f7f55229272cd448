"""`crisp predict`: ask the deployed model."""

from __future__ import annotations

import json
import sys

import click

from crispstack.cli.example import CommandWithExample
from crispstack.cli.session import Session, with_session


@click.command(cls=CommandWithExample, example="crisp predict bank_marketing '{\"age\": 41, ...}'")
@click.argument("project")
@click.argument("request_json", metavar="JSON")
@with_session
def predict(session: Session, project: str, request_json: str) -> None:
    """Send JSON (``-``: read it from stdin) to a project's prediction API, signed, and print the answer."""
    from crispstack.aws import outputs, prediction_api  # noqa: PLC0415 (help must not import it)

    body = sys.stdin.read() if request_json == "-" else request_json
    endpoint = outputs.project_endpoint(session.environment, project)
    answer = json.loads(prediction_api.predict(session.environment, endpoint, body))
    if session.as_json:
        session.answer(answer)
    else:
        session.console.print_json(json.dumps(answer))
