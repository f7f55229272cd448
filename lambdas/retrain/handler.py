"""An alarm about drift starts the loop again."""

from __future__ import annotations

import datetime as dt
import os
import secrets
from typing import Any

from crispstack.aws import retraining, runs
from crispstack.settings import RetrainingSettings


def handler(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer: ``run_id`` of the run that was started; None where no model serves."""
    settings = RetrainingSettings.from_environment(os.environ)
    run_id = runs.new_run_id(dt.datetime.now(dt.UTC), secrets.token_hex(3))
    return {"run_id": run_id if retraining.start(settings, run_id) else None}
