"""The deployed prediction API, called as its users call it: signed."""

from __future__ import annotations

import json

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

from crispstack.aws.environment import Environment
from crispstack.aws.outputs import ProjectEndpoint
from crispstack.errors import CrispError


def predict(environment: Environment, endpoint: ProjectEndpoint, body: str) -> str:
    """Send a request to ``POST /v1/predict`` and return the answer's text.

    Raises:
        CrispError: there are no credentials, or the API refused; the message is the API's.
    """
    credentials = boto3.session.Session().get_credentials()
    if credentials is None:
        raise CrispError("no AWS credentials were found; sign in and set AWS_PROFILE")
    request = AWSRequest(
        "POST", f"{endpoint.url}/v1/predict", data=body.encode(), headers={"Content-Type": "application/json"}
    )
    SigV4Auth(credentials.get_frozen_credentials(), "execute-api", environment.region).add_auth(request)
    answer = URLLib3Session(proxies={}, timeout=35).send(request.prepare())
    if answer.status_code != 200:
        raise CrispError(f"the prediction API answered {answer.status_code}: {_message(answer.text)}")
    return str(answer.text)


def _message(text: str) -> str:
    """What a refusal says: its message where it is JSON that holds one, else all of it."""
    try:
        message = json.loads(text)["message"]
    except (ValueError, KeyError, TypeError):
        message = text.strip()
    return str(message)
