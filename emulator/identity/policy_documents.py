"""The policies that requests attach to resources, read before they are kept: one that cannot be read is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.identity import policy
from emulator.identity.operations import Operation
from emulator.identity.refusals import Reason, RefusalError
from emulator.identity.request import Request

# Operation -> path of the policy in its input, and AWS's code for one that cannot be read.
_ATTACHED: Mapping[str, tuple[tuple[str, ...], str]] = {
    "ecr:SetRepositoryPolicy": (("policyText",), "InvalidParameterException"),
    "kms:CreateKey": (("Policy",), "MalformedPolicyDocumentException"),
    "kms:PutKeyPolicy": (("Policy",), "MalformedPolicyDocumentException"),
    "secretsmanager:PutResourcePolicy": (("ResourcePolicy",), "MalformedPolicyDocumentException"),
    "sns:CreateTopic": (("Attributes", "Policy"), "InvalidParameter"),
    "sqs:CreateQueue": (("Attributes", "Policy"), "InvalidAttributeValue"),
    "sqs:SetQueueAttributes": (("Attributes", "Policy"), "InvalidAttributeValue"),
}


def check(operation: Operation) -> None:
    """Read the policy that an operation attaches, if it attaches one.

    Raises:
        RefusalError: it is no policy.
    """
    found = _ATTACHED.get(f"{operation.prefix}:{operation.name}")
    if found:
        path, code = found
        _read(_at(operation.parameters, path), code)
    if operation.name == "SetTopicAttributes" and operation.parameters.get("AttributeName") == "Policy":
        _read(operation.parameters.get("AttributeValue"), "InvalidParameter")


def check_bucket_policy(request: Request) -> None:
    """Read the policy that a request attaches to a bucket, if it does.

    Raises:
        RefusalError: it is no policy.
    """
    if request.method == "PUT" and "policy" in request.query:
        _read(request.body.read().decode("utf-8", "replace"), "MalformedPolicy")


def _at(parameters: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        if isinstance(parameters, list):  # a map in the query protocol
            parameters = {each.get("key"): each.get("value") for each in parameters}
        parameters = parameters.get(name) if isinstance(parameters, Mapping) else None
    return parameters


def _read(document: Any, code: str) -> None:
    if not document:
        return
    try:
        policy.parse(str(document))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"This policy contains invalid Json or an invalid element: {error}"
        raise RefusalError(Reason.INVALID_POLICY, message, code) from None
