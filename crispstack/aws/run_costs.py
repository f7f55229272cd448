"""What a run's phases cost by list prices, as far as its own records tell: times, bytes read, machines."""

from __future__ import annotations

from crispstack.artifacts import ComputePlan, DataProfile
from crispstack.aws import prices
from crispstack.phases import Phase

PREPARATION_WORKERS = 2
"""Of type G.1X, one DPU each, in every run of the Glue job."""


def dollars(phase: Phase, seconds: float, profile: DataProfile, plan: ComputePlan | None) -> float | None:
    """US dollars of a phase that took so long; None where nothing is known of what it ran on.

    Data understanding is the profile's query, preparation its workers, modeling its machine, the others functions of
    1 GiB all the time. Crawlers, further queries, storage and logs are not in it.
    """
    if phase is Phase.DATA_UNDERSTANDING:
        return prices.athena_query(profile.bytes_scanned)
    if phase is Phase.DATA_PREPARATION:
        paid = max(seconds, prices.GLUE_LEAST_SECONDS)
        return PREPARATION_WORKERS * prices.GLUE_DPU_HOUR * paid / 3600
    if phase is Phase.MODELING:
        return plan.dollars_per_hour * seconds / 3600 if plan else None
    return prices.LAMBDA_GIB_SECOND * seconds
