"""S3 server access logging: what S3 checks when it is switched on."""

from __future__ import annotations

from typing import Any

from moto.s3.exceptions import CrossLocationLoggingProhibited, InvalidTargetBucketForLogging

from emulator.replacements import Replacement


def set_logging(self: Any, logging_config: dict[str, Any] | None, bucket_backend: Any) -> None:
    """Keep the bucket's logging configuration.

    Raises:
        InvalidTargetBucketForLogging: the target does not exist.
        CrossLocationLoggingProhibited: the target is in another region.
    """
    if not logging_config:
        self.logging = {}
        return
    target = bucket_backend.buckets.get(logging_config["TargetBucket"])
    if not target:
        raise InvalidTargetBucketForLogging("The target bucket for logging does not exist.")
    if target.region_name != self.region_name:
        raise CrossLocationLoggingProhibited()
    self.logging = logging_config


REPLACEMENTS = (
    Replacement(
        target="moto.s3.models:FakeBucket.set_logging",
        function=set_logging,
        reason="S3 does not ask for the target's policy beforehand; that policy names the source, which comes first",
        fingerprint="e52966556455",
    ),
)
