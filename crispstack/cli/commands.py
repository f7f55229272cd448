"""The group of all commands, and what a user is told when one fails."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from crispstack.cli import (
    approve,
    charter_schema,
    check,
    compare,
    data,
    deploy,
    down,
    drift,
    feedback,
    init,
    logs,
    predict,
    releases,
    report,
    run,
    runs,
    score,
    sql,
    train,
    up,
)
from crispstack.errors import CrispError

_REMEDIES = {
    "AccessDenied": "use a role that may do this",
    "AccessDeniedException": "use a role that may do this",
    "ExpiredToken": "sign in again",
    "ExpiredTokenException": "sign in again",
    "InvalidClientTokenId": "check the keys or the profile in use",
    "SignatureDoesNotMatch": "check the secret key in use",
    "UnrecognizedClientException": "check the keys or the profile in use",
}


def explain(error: BaseException) -> str | None:
    """What an error of the AWS SDK means to the user, in one line; None for any other error."""
    if not type(error).__module__.startswith(("botocore", "boto3")):
        return None
    from botocore import exceptions, parsers  # noqa: PLC0415 (help must not import it)

    if isinstance(error, exceptions.ClientError):
        found = error.response.get("Error", {})
        code = str(found.get("Code", "Unknown"))
        remedy = _REMEDIES.get(code, "see `crisp logs`")
        return f"AWS refused {error.operation_name}: {code}: {found.get('Message', '')}; {remedy}"
    remedies: list[tuple[tuple[type[Exception], ...], str]] = [
        (
            (exceptions.EndpointConnectionError, exceptions.ConnectionClosedError),
            "for the local environment run `crisp up`, else check the network",
        ),
        (
            (exceptions.NoCredentialsError, exceptions.PartialCredentialsError),
            "sign in and set AWS_PROFILE for this environment",
        ),
        ((exceptions.ProfileNotFound,), "correct AWS_PROFILE"),
    ]
    if isinstance(error, parsers.ResponseParserError):
        return "what answers is not AWS; check the endpoint in environments/, or what lies between here and AWS"
    known = next((each for kinds, each in remedies if isinstance(error, kinds)), None)
    return f"{error}; {known}" if known else f"{type(error).__name__}: {error}"


def _relative(message: str) -> str:
    """The message, with files below the working folder named as one would type them."""
    return message.replace(f"{Path.cwd()}{os.sep}", "")


class _Commands(click.Group):
    """Errors that a user can remedy end in one line, without a traceback, and exit status 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's)
        """In the order in which one needs them."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CrispError as error:
            raise click.ClickException(_relative(str(error))) from error
        except Exception as error:
            message = explain(error)
            if message is None:
                raise
            raise click.ClickException(message) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="crispstack", prog_name="crisp")
def cli() -> None:
    """All six CRISP-DM phases on AWS, or on this laptop.

    A first day: crisp up, crisp deploy, crisp run bank_marketing, crisp report bank_marketing --open.
    """


for command in (
    up.up,
    init.init,
    check.check,
    charter_schema.charter_schema,
    deploy.deploy,
    run.run,
    train.train,
    runs.runs,
    runs.status,
    compare.compare,
    logs.logs,
    run.cancel,
    approve.approve,
    approve.reject,
    data.data,
    sql.sql,
    predict.predict,
    score.score,
    feedback.feedback,
    drift.drift,
    releases.releases,
    releases.release,
    releases.rollback,
    report.report,
    down.down,
):
    cli.add_command(command)
