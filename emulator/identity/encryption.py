"""The permissions on customer managed KMS keys that a caller needs where a service encrypts and decrypts in its name.

Keys that AWS manages let the whole account in through their service, so they ask nothing of a caller.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from emulator.identity import condition_keys, lookups, policy
from emulator.identity.authorization import Need
from emulator.identity.operations import Operation
from emulator.identity.refusals import Reason, RefusalError
from emulator.settings import Settings

_AWS_MANAGED = "alias/aws/"
# What a service does with a key -> the actions on it. From the services' pages on their use of KMS.
_WRITE = ("kms:GenerateDataKey", "kms:Decrypt")
_READ = ("kms:Decrypt",)
_STORE = ("kms:CreateGrant", "kms:Encrypt")

# Service -> code, and message where it is not that of the permission, with which it refuses.
_REFUSALS = {
    "secretsmanager": ("AccessDenied", "Access to KMS is not allowed"),
    "sns": ("KMSAccessDenied",),
    "sqs": ("KMS.AccessDeniedException",),
}

# State of a key -> the word for it in codes, and the message.
_STATES = {
    "NotFound": ("NotFound", "Invalid keyId {}"),
    "Disabled": ("Disabled", "{} is disabled."),
    "PendingDeletion": ("KMSInvalidState", "{} is pending deletion."),
}
# Service -> its code for a key in such a state, where it is not that of S3 and SQS.
_STATE_CODES = {"secretsmanager": "DecryptionFailure", "sns": "KMS{}", "ssm": "InvalidKeyId"}

# Reference of a key -> actions -> encryption context.
_Use = tuple[str, tuple[str, ...], Mapping[str, str]]


def on_key(
    reference: str, action: str, region: str, settings: Settings, context: Mapping[str, tuple[str, ...]]
) -> Need:
    """A permission on a key. Its own policy decides: the account's policies count only where that says so.

    Args:
        reference: id, ARN or alias of the key.
        action: what is done with it.
        region: where it is.
        settings: the emulator's.
        context: what is known of the call besides.
    """
    known = {"kms:calleraccount": (settings.account,), **context}
    if reference.startswith("alias/") or ":alias/" in reference:
        known["kms:requestalias"] = (reference.rpartition(":")[2],)
    key = lookups.key(reference, region, settings)
    if key is None:
        arn = reference if reference.startswith("arn:") else f"arn:aws:kms:{region}:{settings.account}:key/{reference}"
        return Need(action, arn, known)
    known["kms:resourcealiases"] = tuple(key.aliases)
    grants = tuple(
        grant.grantee_principal
        for grant in list(key.grants.values())
        if action.partition(":")[2] in grant.operations and _meets(grant.constraints or {}, known)
    )
    return Need(action, key.arn, known, policy.parse(key.policy), own_decides=True, granted=grants)


def _meets(constraints: Mapping[str, Any], context: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a call has the encryption context that a grant asks for."""
    found = {name: values[0] for name, values in context.items() if name.startswith("kms:encryptioncontext:")}
    for kind, pairs in constraints.items():
        wanted = {f"kms:encryptioncontext:{name.lower()}": value for name, value in pairs.items()}
        if not wanted.items() <= found.items() or (kind == "EncryptionContextEquals" and wanted != found):
            return False
    return True


def through(service: str, use: _Use, region: str, settings: Settings) -> Iterator[Need]:
    """The permissions for what a service does with a key in the name of its caller."""
    reference, actions, pairs = use
    if not reference or _AWS_MANAGED in reference:
        return
    context = {
        "kms:viaservice": (f"{service}.{region}.amazonaws.com",),
        "aws:viaawsservice": ("true",),
        "aws:calledvia": (f"{service}.amazonaws.com",),
        "aws:calledviafirst": (f"{service}.amazonaws.com",),
        "aws:calledvialast": (f"{service}.amazonaws.com",),
        **condition_keys.encryption_context(pairs),
    }
    _check_state(service, reference, region, settings)
    for action in actions:
        need = on_key(reference, action, region, settings, context)
        yield dataclasses.replace(need, refusal=_REFUSALS.get(service, ()))


def _check_state(service: str, reference: str, region: str, settings: Settings) -> None:
    """Refuse as the service does where the key is not there, disabled, or about to be deleted."""
    key = lookups.key(reference, region, settings)
    state = "NotFound" if key is None else str(key.key_state)
    if state == "Enabled":
        return
    word, message = _STATES.get(state, _STATES["PendingDeletion"])
    code = _STATE_CODES.get(service, "KMS.{}Exception")
    word = word.removeprefix("KMS") if service == "sns" else word
    raise RefusalError(Reason.KEY, message.format(reference if key is None else key.arn), code.format(word))


def of_operation(operation: Operation, arns: list[str], region: str, settings: Settings) -> Iterator[Need]:
    """The permissions on keys that an operation needs of its caller, by the key of what it reads or writes.

    Args:
        operation: what is called.
        arns: the resources that it touches.
        region: where it is called.
        settings: the emulator's.
    """
    find = _USES.get(f"{operation.prefix}:{operation.name}")
    for use in find(operation.parameters, arns, lookups.backend(operation.prefix, region, settings)) if find else ():
        yield from through(operation.prefix, use, region, settings)


_Uses = Callable[[Mapping[str, Any], list[str], Any], Iterator[_Use]]


def _parameters(parameters: Mapping[str, Any], arns: list[str], ssm: Any) -> Iterator[_Use]:
    if str(parameters.get("WithDecryption", "")).lower() != "true":
        return
    for arn in arns:
        before, _, name = arn.partition(":parameter/")
        plain = name.partition(":")[0].strip("/")
        if "Path" in parameters:
            stored = [each for each in list(ssm._parameters) if each.startswith(f"/{plain}/")]
        else:
            stored = [each for each in (plain, f"/{plain}") if each in ssm._parameters]
        for each in stored:
            latest = ssm._parameters[each][-1]
            if latest.parameter_type == "SecureString":
                yield latest.keyid, _READ, {"PARAMETER_ARN": f"{before}:parameter/{each.lstrip('/')}"}


def _new_parameter(parameters: Mapping[str, Any], arns: list[str], _: Any) -> Iterator[_Use]:
    if parameters.get("Type") == "SecureString":
        yield parameters.get("KeyId") or "", ("kms:Encrypt",), {"PARAMETER_ARN": arns[0]}


def _queue(actions: tuple[str, ...]) -> _Uses:
    def find(_: Mapping[str, Any], arns: list[str], sqs: Any) -> Iterator[_Use]:
        found = sqs.queues.get(arns[0].rpartition(":")[2])
        yield getattr(found, "kms_master_key_id", None) or "", actions, {"aws:sqs:arn": arns[0]}

    return find


def _topic(_: Mapping[str, Any], arns: list[str], sns: Any) -> Iterator[_Use]:
    found = sns.topics.get(arns[0])
    yield getattr(found, "kms_master_key_id", None) or "", _WRITE, {"aws:sns:topicArn": arns[0]}


def _secret(actions: tuple[str, ...]) -> _Uses:
    def find(parameters: Mapping[str, Any], arns: list[str], secrets: Any) -> Iterator[_Use]:
        found = next((each for each in list(secrets.secrets.values()) if each.arn == arns[0]), None)
        reference = parameters.get("KmsKeyId") or getattr(found, "kms_key_id", None) or ""
        yield reference, actions, {"SecretARN": arns[0]}

    return find


def _given(name: str, actions: tuple[str, ...]) -> _Uses:
    def find(parameters: Mapping[str, Any], _: list[str], __: Any) -> Iterator[_Use]:
        yield parameters.get(name) or "", actions, {}

    return find


_USES: Mapping[str, _Uses] = {
    "lambda:CreateFunction": _given("KMSKeyArn", _STORE),
    "lambda:UpdateFunctionConfiguration": _given("KMSKeyArn", _STORE),
    "secretsmanager:CreateSecret": _secret(_WRITE),
    "secretsmanager:GetSecretValue": _secret(_READ),
    "secretsmanager:PutSecretValue": _secret(_WRITE),
    "secretsmanager:UpdateSecret": _secret(_WRITE),
    "sns:Publish": _topic,
    "sns:PublishBatch": _topic,
    "sqs:ReceiveMessage": _queue(_READ),
    "sqs:SendMessage": _queue(_WRITE),
    "sqs:SendMessageBatch": _queue(_WRITE),
    "ssm:GetParameter": _parameters,
    "ssm:GetParameterHistory": _parameters,
    "ssm:GetParameters": _parameters,
    "ssm:GetParametersByPath": _parameters,
    "ssm:PutParameter": _new_parameter,
}
