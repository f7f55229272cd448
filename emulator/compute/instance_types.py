"""Types of EC2 instances, as far as what runs on them notices: virtual CPUs, memory, GPUs."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPES

# What is left of an instance's memory when its system runs: Batch's documentation has 7,680 of an m4.large's 8,192.
_MEMORY_SHARE = 0.9375
_MIXED = {"optimal": ("m5", "c5", "r5"), "default_x86_64": ("m6i", "c6i", "r6i")}


@dataclass(frozen=True)
class Demand:
    """What a container asks for: virtual CPUs, memory in MiB, GPUs."""

    vcpus: float
    memory: int
    gpus: int


@dataclass(frozen=True)
class InstanceType:
    """A type of instance: virtual CPUs, memory that is left for containers in MiB, GPUs."""

    name: str
    vcpus: int
    memory: int
    gpus: int

    def holds(self, demand: Demand) -> bool:
        """Whether the container fits on an empty instance."""
        return self.vcpus >= demand.vcpus and self.memory >= demand.memory and self.gpus >= demand.gpus


def smallest(names: Iterable[str], wanted: Demand) -> InstanceType | None:
    """The smallest of some instance types (families, mixtures of families) that holds a container, or None.

    Types with GPUs are for containers that ask for some, unless there are no others.
    """
    fitting = [each for each in _types(tuple(names)) if each.holds(wanted)]
    return min(fitting, key=lambda each: (each.gpus, each.vcpus, each.memory, each.name), default=None)


def find(name: str) -> InstanceType | None:
    """The type of this name, or None."""
    return _type(name) if name in INSTANCE_TYPES else None


@functools.cache
def _types(names: tuple[str, ...]) -> tuple[InstanceType, ...]:
    families = [family for name in names for family in _MIXED.get(name, (name,))]
    found = [name for name in INSTANCE_TYPES if name in families or name.partition(".")[0] in families]
    return tuple(_type(name) for name in found)


def _type(name: str) -> InstanceType:
    known: Mapping[str, Any] = INSTANCE_TYPES[name]
    gpus = sum(each["Count"] for each in (known.get("GpuInfo") or {}).get("Gpus", ()))
    memory = int(known["MemoryInfo"]["SizeInMiB"] * _MEMORY_SHARE)
    return InstanceType(name, known["VCpuInfo"]["DefaultVCpus"], memory, gpus)
