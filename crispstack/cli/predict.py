"""`crisp predict`: ask the deployed model."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from crispstack.cli.example import CommandWithExample
from crispstack.cli.session import Session, with_session
from crispstack.errors import CrispError


@click.command(
    cls=CommandWithExample,
    example="crisp predict bank_marketing '{\"age\": 41, ...}'\ncrisp predict bank_marketing --example",
)
@click.argument("project")
@click.argument("request_json", metavar="[JSON]", required=False)
@click.option("--example", is_flag=True, help="Send a row of the training data instead, and show it.")
@click.option("--async", "queued", is_flag=True, help="Do not wait: put the request into the project's queue.")
@click.option("--result", "message_id", metavar="ID", help="Show the answer to a request that was put into the queue.")
@with_session
def predict(
    session: Session, project: str, request_json: str | None, *, example: bool, queued: bool, message_id: str | None
) -> None:
    """Ask a project's deployed model.

    JSON is one row, or {"rows": [...]}; with - it is read from stdin. The request is signed with your credentials.
    """
    from rich.markup import escape  # noqa: PLC0415 (help must not import it)

    from crispstack.aws import outputs, prediction_api, queued_predictions  # noqa: PLC0415

    if sum((request_json is not None, example, message_id is not None)) != 1 or (queued and message_id is not None):
        raise click.UsageError("give one of JSON, --example and --result; --async goes with the first two")
    if message_id is not None:
        results = outputs.project_endpoint(session.environment, project).results_uri
        _show(session, queued_predictions.result(results, message_id))
        return
    if request_json is None:
        body = _example_row(session, project)
        session.say(f"asking {escape(body)}")
    else:
        body = sys.stdin.read() if request_json == "-" else request_json
    endpoint = outputs.project_endpoint(session.environment, project)
    if queued:
        sent = queued_predictions.ask(endpoint.request_queue, body)
        uri = queued_predictions.result_uri(endpoint.results_uri, sent)
        _show(session, {"message_id": sent, "result": uri})
    else:
        _show(session, json.loads(prediction_api.predict(session.environment, endpoint, body)))


def _show(session: Session, answer: Any) -> None:
    if session.as_json:
        session.answer(answer)
    else:
        session.console.print_json(json.dumps(answer))


def _example_row(session: Session, project: str) -> str:
    """A row that the champion was proven on when it was released, without what is looked up."""
    from crispstack.aws import champion, outputs  # noqa: PLC0415 (help must not import it)
    from crispstack.deployment.serving import example_row  # noqa: PLC0415

    parameter = outputs.project_endpoint(session.environment, project).champion_parameter
    uri = champion.champion_uri(parameter)
    if uri is None:
        raise CrispError(f"{project} has released no model yet; see `crisp runs {project}` for its decisions")
    charter, package, _ = champion.read_package(uri)
    return json.dumps(example_row(charter, package))
