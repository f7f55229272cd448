from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from crispstack.artifacts import BusinessCase, ComputePlan
from crispstack.aws import compute_plan
from crispstack.charter import Modeling
from crispstack.errors import ModelingError
from crispstack.settings import ComputeSettings
from tests.unit.modeling import bank, mocked_s3

SETTINGS = ComputeSettings("artifacts", "16", "64", "g4dn.xlarge,g5.xlarge", "ml.m5.xlarge")


def test_spark_is_priced_by_all_the_capacity_that_it_may_take() -> None:
    found = compute_plan.plan(Modeling(budget_seconds=599.5), SETTINGS, ())
    assert (found.backend, found.machine) == ("spark", "at most 16 vCPU and 64 GiB")
    assert found.dollars_per_hour == pytest.approx(16 * 0.052624 + 64 * 0.0057785)
    assert (found.budget_seconds, found.longest_seconds) == (600, 600 * 2 + 1800)


@pytest.mark.parametrize(
    ("asked", "machine", "price"),
    [("gpu", "g4dn.xlarge or g5.xlarge", 1.006), ("sagemaker", "ml.m5.xlarge", 0.23)],
)
def test_what_is_asked_for_replaces_the_charters_backend_at_its_dearest_machines_price(
    asked: Any, machine: str, price: float
) -> None:
    found = compute_plan.plan(Modeling(backend="spark", budget_dollars=2.0), SETTINGS, (), asked, 60)
    assert (found.backend, found.machine, found.dollars_per_hour, found.budget_dollars) == (asked, machine, price, 2.0)
    assert (found.budget_seconds, found.longest_seconds) == (60, 1920)


@pytest.mark.parametrize("backend", ["gpu", "sagemaker"])
def test_a_backend_that_the_environment_does_not_have_is_refused_with_the_remedy(backend: Any) -> None:
    without = dataclasses.replace(SETTINGS, gpu_machines="", sagemaker_machine="")
    with pytest.raises(ModelingError, match=rf"cannot train on {backend}: write its section \[{backend}\]"):
        compute_plan.plan(Modeling(backend=backend), without, ())


def test_a_machine_without_a_list_price_is_refused_by_name() -> None:
    unknown = dataclasses.replace(SETTINGS, gpu_machines="g4dn.xlarge,p99.huge")
    with pytest.raises(ModelingError, match=r"price of p99\.huge is not known"):
        compute_plan.plan(Modeling(backend="gpu"), unknown, ())


def test_the_function_writes_the_plan_and_answers_what_the_loop_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    with mocked_s3.mocked() as store:
        charter = bank.charter()
        charter = dataclasses.replace(charter, modeling=dataclasses.replace(charter.modeling, backend="gpu"))
        reference = store.write(BusinessCase(charter, ()))
        for name, value in SETTINGS.to_environment().items():
            monkeypatch.setenv(name, value)
        event = {"project": "bank_test", "run_id": "r1", "backend": "", "budget_seconds": 45, "budgets": 2}
        answer = mocked_s3.load_handler("plan_compute").handler(event, None)
        assert answer == {"backend": "gpu", "longest_seconds": 1980, "longest_minutes": 33}
        written, _ = store.read(ComputePlan)
        assert (written.backend, written.budget_seconds, written.inputs) == ("gpu", 90, (reference,))
