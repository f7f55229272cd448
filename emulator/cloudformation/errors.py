"""What CloudFormation answers when it refuses."""

from __future__ import annotations


class ApiError(Exception):
    """An error with AWS's code, text and HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def validation_error(message: str) -> ApiError:
    """The error of most refusals."""
    return ApiError("ValidationError", message)


def stack_not_found(name: str) -> ApiError:
    """What every operation on an unknown stack answers."""
    return validation_error(f"Stack with id {name} does not exist")
