"""What a function is told through its environment: written by the stack, read by the handler, named once, here."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

NO_MODEL = "none"
"""What names the model of a version, and the champion, before the first release."""
LIVE = "live"
"""The alias of a prediction function: the version that answers the API and the queue."""


@dataclass(frozen=True)
class Settings:
    """Base of a function's settings: every field is a string and becomes a variable in capitals."""

    def to_environment(self) -> dict[str, str]:
        """Variables for the function's configuration."""
        return {name.upper(): value for name, value in dataclasses.asdict(self).items()}

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the variables.

        Raises:
            KeyError: a variable is not set.
        """
        return cls(**{field.name: environment[field.name.upper()] for field in dataclasses.fields(cls)})


@dataclass(frozen=True)
class RunSettings(Settings):
    """A function that reads and writes a run's artifacts."""

    artifacts_bucket: str


@dataclass(frozen=True)
class DataUnderstandingSettings(Settings):
    """Profiling and quality: where the raw tables are and how they are queried."""

    artifacts_bucket: str
    raw_bucket: str
    database: str
    workgroup: str


@dataclass(frozen=True)
class DiscoverySettings(Settings):
    """Schemas of raw data: where crawlers write tables. `environment` is what the crawlers' names begin with."""

    artifacts_bucket: str
    database: str
    environment: str


@dataclass(frozen=True)
class ComputeSettings(Settings):
    """What modeling may run on: the most capacity of Spark, types of machines; empty where there are none.

    `gpu_machines` are separated by commas.
    """

    artifacts_bucket: str
    spark_vcpu: str
    spark_memory_gib: str
    gpu_machines: str
    sagemaker_machine: str


@dataclass(frozen=True)
class EvaluationSettings(Settings):
    """Evaluation. `champion_parameter_prefix` is completed with the project's name."""

    artifacts_bucket: str
    champion_parameter_prefix: str


@dataclass(frozen=True)
class RegistrySettings(Settings):
    """The model registry. `package_group_prefix` is completed with the project's name."""

    artifacts_bucket: str
    package_group_prefix: str


@dataclass(frozen=True)
class ReleaseSettings(Settings):
    """Release: where models are published and which parameters and functions name and serve them.

    `champion_parameter_prefix` is completed with the project's name; so are `prediction_function_prefix` and
    `alarm_prefix`. `prove` is the name of the function that asks a new version the golden rows.
    """

    artifacts_bucket: str
    champion_parameter_prefix: str
    prediction_function_prefix: str
    alarm_prefix: str
    prove: str


@dataclass(frozen=True)
class PredictionSettings(Settings):
    """Prediction: the URI of the ModelPackage that a version serves, or `NO_MODEL`.

    `pseudonym_key` is the secret with the project's key, `lookup_table` the project's table of values that requests
    need not bring, `results_uri` the prefix, with a slash at its end, under which answers to messages are kept.
    `capture_stream` is the delivery stream that keeps predictions, empty where the charter keeps none.
    """

    project: str
    model_uri: str
    pseudonym_key: str
    lookup_table: str
    results_uri: str
    capture_stream: str


@dataclass(frozen=True)
class DriftSettings(Settings):
    """Monitoring of a project: which champion, and how its kept predictions are queried."""

    project: str
    champion_parameter: str
    database: str
    workgroup: str


@dataclass(frozen=True)
class RetrainingSettings(Settings):
    """Retraining of a project: whose charter, where runs begin, and the ARN of the loop."""

    project: str
    champion_parameter: str
    artifacts_bucket: str
    state_machine: str
