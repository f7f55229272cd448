"""Machines that train beside Spark, as an environment describes them: ``[gpu]`` and ``[sagemaker]``."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from crispstack.errors import CrispError

Wheels = Literal["host", "x86_64", "cuda"]
_WHEELS = ("host", "x86_64", "cuda")
_BY_DIGEST = re.compile(r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/[a-z0-9./_-]+@sha256:[0-9a-f]{64}")
Kind = TypeVar("Kind", "Gpu", "SageMaker")


@dataclass(frozen=True)
class Gpu:
    """EC2 machines with a GPU, through AWS Batch, in a network of their own.

    `image` is one that AWS publishes, by digest, with Python 3.11, PyTorch and boto3. `wheels` are the libraries that
    join it: ``cuda``, ``x86_64`` without CUDA, or ``host``, this machine's. A job takes `vcpu` and `memory_mib` of one
    machine; all machines together have at most `maximum_vcpu`. `s3_prefix_list` is the region's list of S3's addresses.
    """

    image: str
    wheels: Wheels
    instance_types: tuple[str, ...]
    s3_prefix_list: str
    vcpu: int = 4
    memory_mib: int = 15_000
    maximum_vcpu: int = 8


@dataclass(frozen=True)
class SageMaker:
    """Training jobs of SageMaker: `image` and `wheels` as for a GPU, the type of the machine, the size of its disk."""

    image: str
    wheels: Wheels
    instance_type: str
    volume_gib: int = 30


def repository_arn(image: str, partition: str) -> str:
    """The repository that an image of a private registry, ``<account>.dkr.ecr.<region>...``, is pulled from."""
    registry, _, name = image.partition("@")[0].partition("/")
    account, _, _, region, *_ = registry.split(".")
    return f"arn:{partition}:ecr:{region}:{account}:repository/{name}"


def read(kind: type[Kind], place: str, values: object) -> Kind | None:
    """A section of an environment's file; None where it has none.

    Raises:
        CrispError: a key is unknown, missing or of another type, or the image is not named by its digest.
    """
    if values is None:
        return None
    if not isinstance(values, Mapping):
        raise CrispError(f"{place} is no section; write its keys below a line {place}")
    fields = {each.name: each for each in dataclasses.fields(kind)}
    if unknown := sorted(set(values) - set(fields)):
        raise CrispError(f"{place}: unknown key {', '.join(unknown)}; known are {', '.join(fields)}")
    required = [name for name, each in fields.items() if each.default is dataclasses.MISSING]
    if missing := [name for name in required if name not in values]:
        raise CrispError(f"{place}: missing key {', '.join(missing)}")
    found = kind(**{name: _typed(place, name, str(fields[name].type), value) for name, value in values.items()})
    if not _BY_DIGEST.fullmatch(found.image):
        raise CrispError(
            f"{place}: image {found.image!r} is none of a registry of AWS by its digest: "
            "<account>.dkr.ecr.<region>.amazonaws.com/<repository>@sha256:<64 digits>"
        )
    if found.wheels not in _WHEELS:
        raise CrispError(f"{place}: wheels {found.wheels!r} are not known; choose one of {', '.join(_WHEELS)}")
    return found


def _typed(place: str, name: str, kind: str, value: Any) -> Any:
    if kind == "int":
        if type(value) is not int or value < 1:
            raise CrispError(f"{place}: {name} is {value!r}; write a whole number above zero")
        return value
    if kind.startswith("tuple"):
        if not (isinstance(value, list) and value and all(isinstance(each, str) for each in value)):
            raise CrispError(f'{place}: {name} is {value!r}; write a list of texts, ["..."]')
        return tuple(value)
    if not isinstance(value, str):
        raise CrispError(f"{place}: {name} is {value!r}; write a text in quotes")
    return value
