"""A crawler's view of S3: the files of a target, and which of them together are a table with partitions."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from emulator.services.glue import crawlers_formats as formats
from emulator.services.glue import crawlers_types as types
from emulator.services.glue.crawlers_formats import Classified
from emulator.services.glue.crawlers_types import Type

_PARTITION = re.compile(r"([^=/]+)=([^/]*)")


@dataclass(frozen=True)
class File:
    """One object: its key, size in bytes, and what it is."""

    key: str
    size: int
    found: Classified

    @property
    def folder(self) -> str:
        """The key up to its last slash."""
        return self.key[: self.key.rfind("/") + 1]


@dataclass(frozen=True)
class Table:
    """Files that are one table. `folder` is a key that ends in a slash, or that of a file that is a table alone."""

    bucket: str
    folder: str
    files: Sequence[File]
    keys: Sequence[str] = ()
    partitions: Mapping[tuple[str, ...], Sequence[File]] = field(default_factory=dict)

    @property
    def location(self) -> str:
        """Where it is."""
        return f"s3://{self.bucket}/{self.folder}"

    @property
    def name(self) -> str:
        """Its name in the catalog, without the crawler's prefix."""
        last = self.folder.rstrip("/").rsplit("/", 1)[-1] or self.bucket
        return re.sub(r"[^a-z0-9_]", "_", last.lower())

    def schema(self) -> dict[str, Type]:
        """The columns of all files."""
        return schema_of(self.files)


def schema_of(files: Iterable[File]) -> dict[str, Type]:
    """The columns of some files, each with the type that holds its values in all of them."""
    return functools.reduce(types.merged, (file.found.schema for file in files), dict[str, Type]())


def classified(
    s3: Any, bucket: str, target: Mapping[str, Any], classifiers: Sequence[Mapping[str, Any]], skip: frozenset[str]
) -> Iterator[File]:
    """The files under an S3 target that a classifier understands.

    Args:
        s3: a client with the rights of the crawler's role.
        bucket: the bucket.
        target: one of the crawler's S3Targets.
        classifiers: the crawler's own.
        skip: folders that are not looked at.

    Raises:
        ClientError: the role may not list or read, or the bucket is not there.
    """
    prefix = target["Path"].removeprefix("s3://").partition("/")[2]
    excluded = [_glob(pattern) for pattern in target.get("Exclusions") or []]
    limit, seen = target.get("SampleSize"), dict[str, int]()
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", []):
            key = entry["Key"]
            folder, _, name = key.rpartition("/")
            below = key == prefix or not prefix or prefix.endswith("/") or key[len(prefix)] == "/"
            relative = key[len(prefix) :].lstrip("/")
            hidden = not entry["Size"] or name.startswith(("_", ".")) or f"{folder}/" in skip
            if not below or hidden or any(each.fullmatch(relative) for each in excluded):
                continue
            seen[folder] = seen.get(folder, 0) + 1
            if limit and seen[folder] > limit:
                continue
            found = formats.classify(functools.partial(_read, s3, bucket, key), classifiers)
            if found:
                yield File(key, entry["Size"], found)


def _read(s3: Any, bucket: str, key: str, size: int | None) -> bytes:
    span = {} if size is None else {"Range": f"bytes=0-{size - 1}"}
    content: bytes = s3.get_object(Bucket=bucket, Key=key, **span)["Body"].read()
    return content


def tables(bucket: str, prefix: str, files: Sequence[File], *, combine: bool, level: int | None) -> list[Table]:
    """The tables that a crawler makes of a target's files.

    Args:
        bucket: where they are.
        prefix: the target's path in it.
        files: what was found there.
        combine: whether schemas need only be of one format (CombineCompatibleSchemas).
        level: depth of the folders that are tables, the bucket being 1; None: where schemas say so.
    """
    if len(files) == 1 and files[0].key == prefix:
        return [Table(bucket, prefix, files)]
    root = prefix if not prefix or prefix.endswith("/") else prefix + "/"
    if level is not None:
        return [table_of(bucket, folder, inside) for folder, inside in _at_level(files, level).items()]
    return _split(bucket, root, files, combine)


def table_of(bucket: str, folder: str, files: Sequence[File]) -> Table:
    """A table of the files below a folder, partitioned by the folders between."""
    partitions: dict[tuple[str, ...], list[File]] = {}
    keys: list[str] = []
    for file in files:
        between = file.folder[len(folder) :].rstrip("/")
        names = between.split("/") if between else []
        pairs = [_PARTITION.fullmatch(name) for name in names]
        keys = [pair[1].lower() if pair else f"partition_{at}" for at, pair in enumerate(pairs)] if names else keys
        if names:
            values = tuple(pair[2] if pair else name for pair, name in zip(pairs, names, strict=True))
            partitions.setdefault(values, []).append(file)
    return Table(bucket, folder, files, keys, partitions)


def _split(bucket: str, folder: str, files: Sequence[File], combine: bool) -> list[Table]:
    if not files:
        return []
    depths = {file.key[len(folder) :].count("/") for file in files}
    if len(depths) == 1 and _belong_together(files, combine):
        return [table_of(bucket, folder, files)]
    direct = [file for file in files if file.folder == folder]
    children: dict[str, list[File]] = {}
    for file in files:
        if file.folder != folder:
            name = file.key[len(folder) :].partition("/")[0]
            children.setdefault(f"{folder}{name}/", []).append(file)
    found = [table for child, inside in children.items() for table in _split(bucket, child, inside, combine)]
    if direct and not children and _belong_together(direct, combine):
        return [table_of(bucket, folder, direct)]
    return [Table(bucket, file.key, [file]) for file in direct] + found


def _belong_together(files: Sequence[File], combine: bool) -> bool:
    first = files[0].found
    schema: Mapping[str, Type] = first.schema
    for file in files[1:]:
        if file.found.kind != first.kind or not (combine or types.alike(schema, file.found.schema)):
            return False
    return True


def _at_level(files: Sequence[File], level: int) -> dict[str, list[File]]:
    found: dict[str, list[File]] = {}
    for file in files:
        parts = file.folder.split("/")[: level - 1]
        if len(parts) == level - 1:
            found.setdefault("/".join(parts) + "/" if parts else "", []).append(file)
    return found


def _glob(pattern: str) -> re.Pattern[str]:
    """A crawler's exclude pattern: ``*`` stays in a folder, ``**`` does not; ``?``, ``[a-c]`` and ``{a,b}``."""
    parts = re.findall(r"\*\*|\*|\?|\[[^\]]+\]|\{[^}]+\}|\\.|[^*?\[{\\]+|.", pattern)
    return re.compile("".join(_GLOB.get(part) or _piece(part) for part in parts), re.DOTALL)


_GLOB = {"**": ".*", "*": "[^/]*", "?": "[^/]"}


def _piece(part: str) -> str:
    if part.startswith("[") and len(part) > 1:
        return "[" + part[1:-1].replace("!", "^", 1) + "]" if part[1] == "!" else part
    if part.startswith("{") and len(part) > 1:
        return "(?:" + "|".join(_glob(each).pattern for each in part[1:-1].split(",")) + ")"
    return re.escape(part[1:] if part.startswith("\\") and len(part) > 1 else part)
