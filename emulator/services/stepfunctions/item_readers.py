"""What a distributed Map reads its items from: objects in S3, or the list of them."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent

from emulator.identity.credentials import RoleError
from emulator.services.stepfunctions import calls, failures
from emulator.services.stepfunctions.templates import JSONATA, Template

GET_OBJECT = "arn:aws:states:::s3:getObject"
LIST_OBJECTS = "arn:aws:states:::s3:listObjectsV2"
_DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
_INPUT_TYPES = ("CSV", "JSON", "JSONL", "MANIFEST")
_CONFIGURATION = {
    "InputType",
    "CSVDelimiter",
    "CSVHeaderLocation",
    "CSVHeaders",
    "ManifestType",
    "MaxItems",
    "MaxItemsPath",
    "Transformation",
}


class ReadError(Exception):
    """The items cannot be read, for the reason told."""


@dataclass(frozen=True)
class Csv:
    """How a file of values reads: its delimiter, and its header, None where that is the first row."""

    delimiter: str = ","
    header: tuple[str, ...] | None = None


class ItemReader(EvalComponent):
    """A Map state's ItemReader; its value is the list of items."""

    def __init__(self, declared: Mapping[str, Any], language: str) -> None:
        """Read the declaration.

        Raises:
            ValueError: it is not one that AWS has, or that this emulator reads.
        """
        configuration = declared.get("ReaderConfig", {})
        _check(declared, configuration)
        parameters = declared.get("Arguments" if language == JSONATA else "Parameters", {})
        limit = configuration.get("MaxItems")
        if "MaxItemsPath" in configuration:
            limit = {"limit.$": configuration["MaxItemsPath"]}
        self._lists = declared["Resource"] == LIST_OBJECTS
        self._parameters, self._limit = Template(parameters, language), Template(limit, language)
        self._type = str(configuration.get("InputType", "JSON"))
        self._csv = _csv_of(configuration)

    def _eval_body(self, env: Any) -> None:
        parameters, limit = self._parameters.evaluate(env), self._limit.evaluate(env)
        limit = limit["limit"] if isinstance(limit, dict) else limit
        region = env.aws_execution_details.region
        try:
            s3 = calls.client_of_role(region, "s3", calls.principal_of(env))
            items = _objects(s3, parameters) if self._lists else self._items(s3, parameters)
            env.stack.append(list(itertools.islice(items, int(limit) if limit else None)))
        except (ReadError, ClientError, BotoCoreError, RoleError, ValueError) as error:
            raise failures.map_run_failed(env, failures.ITEM_READER_FAILED, str(error)) from error

    def _items(self, s3: Any, parameters: Mapping[str, Any]) -> Iterator[Any]:
        content = s3.get_object(**parameters)["Body"].read()
        if self._type == "MANIFEST":
            return _inventory(s3, json.loads(content))
        read: Callable[[str], Iterator[Any]] = {
            "CSV": lambda text: _rows(text, self._csv),
            "JSON": _array,
            "JSONL": _lines,
        }[self._type]
        return read(content.decode("utf-8-sig"))


def _check(declared: Mapping[str, Any], configuration: Mapping[str, Any]) -> None:
    if declared.get("Resource") not in (GET_OBJECT, LIST_OBJECTS):
        raise ValueError(f"The ItemReader's Resource {declared.get('Resource')} is not supported")
    if unknown := sorted(configuration.keys() - _CONFIGURATION):
        raise ValueError(f"The ReaderConfig field {unknown[0]} is not supported by this emulator's Step Functions")
    if declared["Resource"] == LIST_OBJECTS:
        if configuration.get("Transformation", "NONE") != "NONE":
            raise ValueError("The Transformation LOAD_AND_FLATTEN is not supported by this emulator's Step Functions")
        return
    kind = configuration.get("InputType")
    if kind not in _INPUT_TYPES:
        raise ValueError(f"The InputType {kind} is not supported by this emulator's Step Functions")
    if kind == "MANIFEST" and configuration.get("ManifestType", "S3_INVENTORY") != "S3_INVENTORY":
        raise ValueError("The ManifestType ATHENA_DATA is not supported by this emulator's Step Functions")
    if kind == "CSV" and configuration.get("CSVHeaderLocation") not in ("FIRST_ROW", "GIVEN"):
        raise ValueError("CSVHeaderLocation must be FIRST_ROW or GIVEN")
    if configuration.get("CSVHeaderLocation") == "GIVEN" and not configuration.get("CSVHeaders"):
        raise ValueError("CSVHeaders are required where CSVHeaderLocation is GIVEN")
    if configuration.get("CSVDelimiter", "COMMA") not in _DELIMITERS:
        raise ValueError(f"CSVDelimiter must be one of {', '.join(_DELIMITERS)}")


def _csv_of(configuration: Mapping[str, Any]) -> Csv:
    given = configuration.get("CSVHeaderLocation") == "GIVEN"
    header = tuple(configuration["CSVHeaders"]) if given else None
    return Csv(_DELIMITERS[configuration.get("CSVDelimiter", "COMMA")], header)


def _objects(s3: Any, parameters: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for page in s3.get_paginator("list_objects_v2").paginate(**parameters):
        for entry in page.get("Contents", ()):
            yield {
                "Etag": entry["ETag"],
                "Key": entry["Key"],
                "LastModified": entry["LastModified"].timestamp(),
                "Size": entry["Size"],
                "StorageClass": entry["StorageClass"],
            }


def _rows(text: str, form: Csv) -> Iterator[dict[str, str]]:
    rows = (row for row in csv.reader(io.StringIO(text, newline=""), delimiter=form.delimiter) if row)
    header = form.header or tuple(next(rows, ()))
    if len(set(header)) < len(header):
        raise ReadError("CSV headers cannot contain duplicates.")
    for row in rows:
        yield {name: row[position] if position < len(row) else "" for position, name in enumerate(header)}


def _array(text: str) -> Iterator[Any]:
    items = json.loads(text)
    if not isinstance(items, list):
        raise ReadError("Attempting to map over non-iterable node.")
    return iter(items)


def _lines(text: str) -> Iterator[Any]:
    return (json.loads(line) for line in text.splitlines() if line.strip())


def _inventory(s3: Any, manifest: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """The objects that an inventory of S3 lists, in all files of its manifest."""
    if manifest.get("fileFormat") != "CSV":
        raise ReadError(f"The format of the inventory, {manifest.get('fileFormat')}, is not CSV.")
    header = tuple(name.strip() for name in str(manifest["fileSchema"]).split(","))
    bucket = str(manifest["destinationBucket"]).removeprefix("arn:aws:s3:::")
    files: Iterable[Mapping[str, Any]] = manifest["files"]
    for file in files:
        content = s3.get_object(Bucket=bucket, Key=file["key"])["Body"].read()
        yield from _rows(gzip.decompress(content).decode(), Csv(header=header))
