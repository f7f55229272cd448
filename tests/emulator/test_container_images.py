"""Which references of container images are known."""

from __future__ import annotations

import pytest

from emulator.compute import images
from emulator.compute.images import PYTHON, PYTORCH_TRAINING, ImageError

PRIVATE = "763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-training"
DIGEST = "sha256:01d8dfbde8f6e47a20e5b1e4033e105976663f2641084921b8769ee6998ef807"
OTHER = f"sha256:{'0' * 64}"


@pytest.mark.parametrize("version", [":2.5.1-cpu-py311-ubuntu22.04-ec2", f":2.4-gpu-py311-cu124@{OTHER}", f"@{DIGEST}"])
def test_a_version_with_this_python_is_known_by_its_tag_or_digest(version: str) -> None:
    found = images.find(PRIVATE + version)
    assert found.runtime is PYTORCH_TRAINING
    assert found.ecr_repository == "arn:aws:ecr:eu-west-1:763104351884:repository/pytorch-training"


def test_a_public_image_has_no_private_repository() -> None:
    found = images.find("public.ecr.aws/docker/library/python:3.11.9-slim")
    assert (found.runtime, found.ecr_repository) == (PYTHON, "")


@pytest.mark.parametrize(
    "reference",
    [
        PRIVATE,
        f"{PRIVATE}:latest",
        f"{PRIVATE}:2.6.0-gpu-py312-cu126-ubuntu22.04-ec2",
        f"{PRIVATE}:2.6.0-gpu-py312-cu126-ubuntu22.04-ec2@{DIGEST}",
        f"{PRIVATE}@{OTHER}",
        "public.ecr.aws/docker/library/python:3.110",
    ],
)
def test_a_version_with_another_python_or_none_that_is_told_is_refused(reference: str) -> None:
    with pytest.raises(ImageError, match=r"cannot tell that .* has Python 3\.11: name a tag like"):
        images.find(reference)


@pytest.mark.parametrize(
    "reference", ["python:3.11", "mine/pytorch-training:2.5.1-cpu-py311-ubuntu", "Not A Reference"]
)
def test_another_repository_is_refused_with_those_that_are_known(reference: str) -> None:
    with pytest.raises(ImageError, match=r"does not know the image .*public\.ecr\.aws/docker/library/python"):
        images.find(reference)
