"""Where modeling runs: as the charter says, or as it is asked for, among what the environment has."""

from __future__ import annotations

import math

from crispstack.artifacts import ComputePlan, InputReference
from crispstack.aws import prices
from crispstack.charter import Backend, Modeling
from crispstack.errors import ModelingError
from crispstack.settings import ComputeSettings

_STARTUP_SECONDS = 1800
"""For what happens before and after the search: a machine is found, an image pulled, the model exported."""


def plan(
    modeling: Modeling,
    settings: ComputeSettings,
    inputs: tuple[InputReference, ...],
    asked: Backend | None = None,
    asked_seconds: int = 0,
    budgets: int = 1,
) -> ComputePlan:
    """Where and for how long a run's modeling goes on.

    Args:
        modeling: the charter's backend and budget.
        settings: what the environment has.
        inputs: what the plan was made from.
        asked: a backend in place of the charter's.
        asked_seconds: a budget in place of the charter's, where it is not 0.
        budgets: how many times the budget there is, in seconds and dollars: a run that was led back here searches on.

    Raises:
        ModelingError: the environment does not have the backend, or no list price of its machine is known.
    """
    backend = asked or modeling.backend
    machine, dollars_per_hour = _machine(backend, settings)
    budget_seconds = budgets * (asked_seconds or math.ceil(modeling.budget_seconds))
    return ComputePlan(
        backend=backend,
        machine=machine,
        dollars_per_hour=dollars_per_hour,
        budget_seconds=budget_seconds,
        budget_dollars=budgets * modeling.budget_dollars,
        longest_seconds=2 * budget_seconds + _STARTUP_SECONDS,
        inputs=inputs,
    )


def _machine(backend: Backend, settings: ComputeSettings) -> tuple[str, float]:
    """What it runs on, in words, and the dearest hour of it."""
    if backend == "spark":
        vcpu, gib = int(settings.spark_vcpu), int(settings.spark_memory_gib)
        return f"at most {vcpu} vCPU and {gib} GiB", prices.emr_serverless_hour(vcpu, gib)
    offered = settings.gpu_machines if backend == "gpu" else settings.sagemaker_machine
    if not offered:
        raise ModelingError(
            f"this environment cannot train on {backend}: write its section [{backend}] into the environment's file "
            "and deploy, or choose another backend"
        )
    known = prices.EC2_ON_DEMAND_HOUR if backend == "gpu" else prices.SAGEMAKER_TRAINING_HOUR
    machines = offered.split(",")
    if unknown := [each for each in machines if each not in known]:
        raise ModelingError(f"the list price of {unknown[0]} is not known; add it to crispstack/aws/prices.py")
    return " or ".join(machines), max(known[each] for each in machines)
