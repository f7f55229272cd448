"""What is watched once a model serves: which predictions are kept, and what their drift does. A part of the charter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Monitoring:
    """The share `capture` of all predicted rows is kept with its inputs, for `keep_days`; 0 keeps none.

    Every `every_hours`, what was kept in the last `window_days` is compared with the rows of training, once there are
    `minimum_rows`. `on_drift` says whether an alarm about drift only tells people, or starts the loop again too.
    """

    capture: float = 0.1
    keep_days: int = 90
    every_hours: int = 24
    window_days: float = 7.0
    minimum_rows: int = 200
    on_drift: Literal["tell", "retrain"] = "tell"
