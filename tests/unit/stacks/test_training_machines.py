from __future__ import annotations

from typing import Any

import pytest

from crispstack.errors import CrispError
from stacks import packages, training_machines
from stacks.packages import Target
from stacks.training_machines import Gpu, SageMaker

IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training@sha256:" + "0" * 64
GPU = {"image": IMAGE, "wheels": "cuda", "instance_types": ["g5.xlarge"], "s3_prefix_list": "pl-1"}


def test_a_section_becomes_a_typed_machine() -> None:
    assert training_machines.read(Gpu, "t: [gpu]", GPU) == Gpu(IMAGE, "cuda", ("g5.xlarge",), "pl-1")
    assert training_machines.read(Gpu, "t: [gpu]", None) is None


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"color": "red"}, r"^t: \[gpu\]: unknown key color; known are image,"),
        ({"image": IMAGE.replace("@sha256:", ":") + "x"}, r"is none of a registry of AWS by its digest"),
        ({"image": "docker.io/library/python@sha256:" + "0" * 64}, r"is none of a registry of AWS by its digest"),
        ({"wheels": "best"}, r"wheels 'best' are not known; choose one of host, x86_64, cuda"),
        ({"maximum_vcpu": 0}, r"maximum_vcpu is 0; write a whole number above zero"),
        ({"maximum_vcpu": True}, r"maximum_vcpu is True; write a whole number"),
        ({"instance_types": []}, r"instance_types is \[\]; write a list of texts"),
        ({"s3_prefix_list": 3}, r"s3_prefix_list is 3; write a text in quotes"),
    ],
)
def test_what_does_not_fit_is_named_with_its_remedy(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(CrispError, match=message):
        training_machines.read(Gpu, "t: [gpu]", GPU | changed)


def test_missing_keys_and_what_is_no_section_are_named() -> None:
    with pytest.raises(CrispError, match=r"^t: \[sagemaker\]: missing key wheels, instance_type$"):
        training_machines.read(SageMaker, "t: [sagemaker]", {"image": IMAGE})
    with pytest.raises(CrispError, match=r"^t: \[gpu\] is no section"):
        training_machines.read(Gpu, "t: [gpu]", "yes")


def test_an_image_leads_to_the_repository_that_it_is_pulled_from() -> None:
    assert training_machines.repository_arn(IMAGE, "aws") == (
        "arn:aws:ecr:us-east-1:763104351884:repository/pytorch-training"
    )


def test_with_cuda_xgboost_comes_in_the_build_for_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    installed: list[list[str]] = []

    def install(requirements: list[str], folder: Any, target: Target) -> None:
        installed.append(requirements)
        folder.mkdir(parents=True)

    monkeypatch.setattr(packages, "BUILD", tmp_path)
    monkeypatch.setattr(packages, "_install", install)
    x86 = "x86_64-manylinux_2_28"
    plain = packages.dependencies("training", Target("3.11", x86))
    cuda = packages.dependencies("training", Target("3.11", x86, cuda=True))
    names = [{line.split("==")[0] for line in requirements} for requirements in installed]
    assert plain != cuda
    assert names[0] - names[1] == {"xgboost-cpu"}
    assert names[1] - names[0] == {"xgboost", "nvidia-nccl-cu12"}
    versions = {line.split()[0] for requirements in installed for line in requirements if line.startswith("xgboost")}
    assert len({version.split("==")[1] for version in versions}) == 1
