"""What answers requests in the prediction function and in a container."""

from __future__ import annotations

import datetime as dt

from crispstack.aws.capture import open_capture
from crispstack.aws.serving import load_champion
from crispstack.deployment.http import Service
from crispstack.deployment.request_log import write_lines
from crispstack.deployment.request_metrics import with_metrics
from crispstack.settings import PredictionSettings


def serve(settings: PredictionSettings) -> Service:
    """A service with the model of this version, once there is one; lines and metrics go to the log.

    Raises:
        ArtifactError: a part of the model is missing, or is not the one that was released.
    """
    model = load_champion(settings)
    log = with_metrics(settings.project, write_lines, lambda: dt.datetime.now(dt.UTC))
    return Service(model, log, open_capture(settings, model, write_lines))
