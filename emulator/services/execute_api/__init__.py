"""API Gateway's HTTP APIs, answered at ``/_aws/execute-api/<api>/<path>``."""

from emulator.services.execute_api.layer import wrap

__all__ = ["wrap"]
