"""How CodeDeploy says no: to a request, and to a deployment that is under way."""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class CodeDeployError(ServiceException):
    """A request is refused. It carries its code: moto looks up that of an exception of its own by the module."""


class DeploymentFailedError(Exception):
    """A deployment cannot go on. `code` is one of CodeDeploy's error codes, such as INVALID_LAMBDA_CONFIGURATION."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
