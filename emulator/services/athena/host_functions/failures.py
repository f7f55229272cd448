"""How a host function fails so that `errors.translate` finds Trino's code and message."""

from __future__ import annotations


def invalid_argument(message: str) -> ValueError:
    """INVALID_FUNCTION_ARGUMENT with a message."""
    return failure("INVALID_FUNCTION_ARGUMENT", message)


def failure(code: str, message: str) -> ValueError:
    """The error of a code, with its message between the marks that `errors` looks for."""
    return ValueError(f"\x02{code}: {message}\x03")
