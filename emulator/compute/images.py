"""The container images that the emulator knows: published by AWS, each with the interpreter that stands for it here.

No image is pulled: a reference is recognized by its repository, and by its tag or a known digest, which say that the
image has Python 3.11. What the image has beside Python is what its runtime declares, in this environment's versions.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from emulator import settings
from emulator.compute.interpreter import Runtime, interpreter
from emulator.identity import authorization
from emulator.identity.authorization import Need
from emulator.identity.credentials import Credentials
from emulator.identity.principals import Directory

PYTORCH_TRAINING = Runtime(
    "pytorch-training",
    ("boto3", "numpy", "pandas", "scipy", "scikit-learn", "requests", "pyyaml"),
    where_installed=("torch", "awscli"),
    scripts=(("aws", "awscli.clidriver:main"),),
)
PYTHON = Runtime("python", ())
_REFERENCE = re.compile(
    r"(?P<repository>[a-z0-9][a-z0-9./_-]*)(:(?P<tag>\w[\w.-]{0,127}))?(@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class ImageError(Exception):
    """An image cannot be pulled: the emulator does not know it, or whoever pulls it may not."""


@dataclass(frozen=True)
class Known:
    """A repository of AWS: `tag` is what a tag with this machine's Python looks like; `digests` are such images."""

    repository: str
    tag: str
    runtime: Runtime
    digests: Mapping[str, str]


# Deep Learning Containers: https://aws.github.io/deep-learning-containers/reference/available_images/
_DIGESTS = {
    "sha256:01d8dfbde8f6e47a20e5b1e4033e105976663f2641084921b8769ee6998ef807": (
        "2.5.1-gpu-py311-cu124-ubuntu22.04-sagemaker"
    ),
}
_DEEP_LEARNING_TAG = rf"\d+\.\d+(\.\d+)?-(cpu|gpu)-py{_VERSION.replace('.', '')}-.+"
KNOWN = (
    Known(
        r"763104351884\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/pytorch-training",
        _DEEP_LEARNING_TAG,
        PYTORCH_TRAINING,
        _DIGESTS,
    ),
    Known(
        r"public\.ecr\.aws/deep-learning-containers/pytorch-training",
        _DEEP_LEARNING_TAG,
        PYTORCH_TRAINING,
        _DIGESTS,
    ),
    Known(r"public\.ecr\.aws/docker/library/python", rf"{re.escape(_VERSION)}([.-].+)?", PYTHON, {}),
)


@dataclass(frozen=True)
class Image:
    """A known image. `repository` is its address without tag and digest."""

    repository: str
    runtime: Runtime

    @property
    def ecr_repository(self) -> str:
        """The ARN of the private repository that it is pulled from; empty where it is public."""
        found = re.match(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/(.+)", self.repository)
        return f"arn:aws:ecr:{found[2]}:{found[1]}:repository/{found[3]}" if found else ""

    def search_path(self, state: Path) -> str:
        """``PATH`` inside: the image's Python first, then the system's commands."""
        return f"{interpreter(self.runtime, state).parent}:{_PATH}"


def find(reference: str) -> Image:
    """The image behind a reference, which names its version by tag, by digest, or by both.

    Raises:
        ImageError: the emulator does not know it.
    """
    parts = _REFERENCE.fullmatch(reference)
    known = next((each for each in KNOWN if parts and re.fullmatch(each.repository, parts["repository"])), None)
    if parts is None or known is None:
        raise ImageError(f"this emulator does not know the image {reference}: it runs {_listed()}")
    if parts["tag"]:
        found = re.fullmatch(known.tag, parts["tag"])
    else:
        found = re.fullmatch(known.tag, known.digests.get(parts["digest"] or "", ""))
    if not found:
        raise ImageError(
            f"this emulator cannot tell that {reference} has Python {_VERSION}: name a tag like {known.tag} "
            f"(a digest may follow it), or one of the digests {', '.join(known.digests) or '(none is known)'}"
        )
    return Image(parts["repository"], known.runtime)


def pull(reference: str, role: Credentials) -> Image:
    """The image behind a reference, as whoever has these credentials may pull it.

    Raises:
        ImageError: the emulator does not know it, or its repository is private and a permission of a pull is missing.
    """
    image = find(reference)
    if image.ecr_repository:
        holder = Directory(settings.current()).find(role.access_key_id, datetime.now(UTC))
        needs = [
            Need("ecr:GetAuthorizationToken", "*", {}),
            *(
                Need(f"ecr:{action}", image.ecr_repository, {})
                for action in ("BatchGetImage", "GetDownloadUrlForLayer")
            ),
        ]
        if missing := authorization.denied(holder.principal, needs, {}):
            raise ImageError(
                f"AccessDeniedException: {holder.principal.arn} is not authorized to perform: {missing[0].action} on "
                f"resource: {missing[0].resource}"
            )
    return image


def _listed() -> str:
    return ", ".join(each.repository.replace("\\", "") for each in KNOWN)


def search_path(image: Image) -> str:
    """``PATH`` inside an image of the running emulator."""
    return image.search_path(settings.current().state)
