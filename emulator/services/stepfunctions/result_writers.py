"""A distributed Map's ResultWriter: what the children gave, in files in S3 or as the state's result."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from emulator.identity.credentials import RoleError
from emulator.services.stepfunctions import calls, failures
from emulator.services.stepfunctions.map_children import Child
from emulator.services.stepfunctions.templates import JSONATA, Template

PUT_OBJECT = "arn:aws:states:::s3:putObject"
_TRANSFORMATIONS = ("NONE", "COMPACT", "FLATTEN")
_TYPES = ("JSON", "JSONL")


class ResultWriter:
    """A Map state's ResultWriter."""

    def __init__(self, declared: Mapping[str, Any], language: str) -> None:
        """Read the declaration.

        Raises:
            ValueError: it is not one that AWS has.
        """
        configuration = declared.get("WriterConfig", {})
        self._transformation = configuration.get("Transformation", "NONE")
        self._type = configuration.get("OutputType", "JSON")
        if declared.get("Resource", PUT_OBJECT) != PUT_OBJECT:
            raise ValueError(f"The ResultWriter's Resource {declared['Resource']} is not supported")
        if self._transformation not in _TRANSFORMATIONS or self._type not in _TYPES:
            raise ValueError(
                "A WriterConfig has a Transformation of NONE, COMPACT or FLATTEN and an OutputType of JSON or JSONL"
            )
        if "Resource" not in declared and "WriterConfig" not in declared:
            raise ValueError("A ResultWriter needs a Resource or a WriterConfig")
        parameters = declared.get("Arguments" if language == JSONATA else "Parameters", {})
        self._parameters = Template(parameters, language) if "Resource" in declared else None

    def write(self, env: Any, map_run_arn: str, children: Sequence[Child]) -> Any:
        """Write the results, and return what the state's result is then.

        Raises:
            FailureEventException: they cannot be written.
        """
        if self._parameters is None:
            return self._transformed([child for child in children if child.status == "SUCCEEDED"])
        parameters = self._parameters.evaluate(env)
        try:
            s3 = calls.client_of_role(env.aws_execution_details.region, "s3", calls.principal_of(env))
            details = self._export(s3, parameters, map_run_arn, children)
        except (ClientError, BotoCoreError, RoleError) as error:
            raise failures.map_run_failed(env, failures.RESULT_WRITER_FAILED, str(error)) from error
        return {"MapRunArn": map_run_arn, "ResultWriterDetails": details}

    def _export(self, s3: Any, parameters: Mapping[str, str], arn: str, children: Sequence[Child]) -> dict[str, str]:
        """A file for each way in which children ended, and a manifest that names them."""
        bucket, prefix = parameters["Bucket"], parameters.get("Prefix", "")
        folder = f"{prefix.rstrip('/')}/{arn.rsplit(':', 1)[1]}".lstrip("/")
        files: dict[str, list[dict[str, Any]]] = {"FAILED": [], "PENDING": [], "SUCCEEDED": []}
        for status, group in _by_status(children).items():
            rows = self._transformed(group) if status == "SUCCEEDED" else [child.described() for child in group]
            key, body = f"{folder}/{status}_0.{self._type.lower()}", self._text(rows).encode()
            s3.put_object(Bucket=bucket, Key=key, Body=body)
            files[status].append({"Key": key, "Size": len(body)})
        manifest = {"DestinationBucket": bucket, "MapRunArn": arn, "ResultFiles": files}
        s3.put_object(Bucket=bucket, Key=f"{folder}/manifest.json", Body=json.dumps(manifest).encode())
        return {"Bucket": bucket, "Key": f"{folder}/manifest.json"}

    def _transformed(self, succeeded: Iterable[Child]) -> list[Any]:
        if self._transformation == "NONE":
            return [child.described() for child in succeeded]
        outputs = [child.output for child in succeeded]
        if self._transformation == "COMPACT":
            return outputs
        return list(itertools.chain.from_iterable(item if isinstance(item, list) else [item] for item in outputs))

    def _text(self, rows: Sequence[Any]) -> str:
        if self._type == "JSONL":
            return "\n".join(json.dumps(row) for row in rows)
        return json.dumps(rows)


def _by_status(children: Sequence[Child]) -> dict[str, list[Child]]:
    """Children as the files tell them apart: what never ran is pending, what ran and did not succeed has failed."""
    groups: dict[str, list[Child]] = {}
    for child in children:
        status = {"SUCCEEDED": "SUCCEEDED", "PENDING": "PENDING"}.get(child.status, "FAILED")
        groups.setdefault(status, []).append(child)
    return groups
