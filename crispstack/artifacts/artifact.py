"""What every artifact has in common: its JSON form, its place, and what it was made from."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from typing import ClassVar, Self

from crispstack.errors import ArtifactError
from crispstack.json_form import from_plain
from crispstack.phases import Phase

SCHEMA_VERSION = 1


def sha256(data: bytes) -> str:
    """Hexadecimal SHA-256 of the bytes."""
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True)
class InputReference:
    """Something an artifact was made from: its URI and the SHA-256 of its bytes."""

    uri: str
    sha256: str


@dataclass(frozen=True)
class Artifact:
    """What every artifact has in common. A class names the phase that writes it: ``class X(Artifact, phase=...)``."""

    phase: ClassVar[Phase]

    def __init_subclass__(cls, *, phase: Phase) -> None:
        super().__init_subclass__()
        cls.phase = phase

    @classmethod
    def file_name(cls) -> str:
        """Name within the phase's prefix, for instance ``data_profile.json``."""
        return "".join(f"_{c.lower()}" if c.isupper() else c for c in cls.__name__).lstrip("_") + ".json"

    def to_json(self) -> str:
        """JSON text, keys sorted, with the artifact's name and the schema version."""
        body = {"artifact": type(self).__name__, "schema_version": SCHEMA_VERSION, **dataclasses.asdict(self)}
        return json.dumps(body, indent=2, sort_keys=True, allow_nan=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read what `to_json` wrote.

        Raises:
            ArtifactError: not JSON, another artifact, another schema version, or a field that does not fit.
        """
        try:
            body = json.loads(text)
        except ValueError as error:
            raise ArtifactError(f"{cls.__name__}: not JSON ({error})") from error
        if not isinstance(body, dict):
            raise ArtifactError(f"{cls.__name__}: expected an object")
        found, version = body.pop("artifact", None), body.pop("schema_version", None)
        if found != cls.__name__ or version != SCHEMA_VERSION:
            raise ArtifactError(f"expected {cls.__name__} version {SCHEMA_VERSION}, found {found} version {version}")
        artifact: Self = from_plain(cls, body, cls.__name__)
        return artifact
