"""The resources that a request touches: the ARN patterns of its action, filled from what the request says.

The patterns are AWS's own (`service_reference`). A variable takes the parameter of the same name, or of the nearest
one; a parameter that holds a fitting ARN fills the whole pattern. What is named otherwise stands in `_NAMES`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from enum import IntEnum

from emulator.identity.lookups import LOOKUPS
from emulator.identity.operations import Operation
from emulator.identity.parameters import Values
from emulator.identity.service_reference import Action, ResourceType
from emulator.settings import Settings

ANY = "*"
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_NOUN = re.compile(r"(name|identifier|id|arn)$")

# (service, variable in lower case) -> parameters that hold it, the first that is there counts; "=text" is what AWS
# takes where none is. Only what is not found by its name.
_NAMES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("athena", "workgroupname"): ("workgroup", "=primary"),
    ("athena", "datacatalogname"): ("catalogname", "catalog"),
    ("cloudtrail", "trailname"): ("name", "trailnamelist"),
    ("codedeploy", "deploymentconfigurationname"): ("deploymentconfigname",),
    ("ecs", "clustername"): ("cluster", "clusters", "=default"),
    ("ecs", "taskdefinitionfamilyname"): ("family",),
    ("events", "eventbusname"): ("=default",),
    ("lambda", "alias"): ("qualifier",),
    ("lambda", "version"): ("qualifier",),
    ("lambda", "layerversion"): ("versionnumber",),
    ("logs", "loggroupname"): ("loggroupidentifier", "loggroupnameprefix"),
    ("scheduler", "groupname"): ("=default",),
    ("secretsmanager", "secretid"): ("name",),
    ("ssm", "parameternamewithoutleadingslash"): ("name", "names", "path", "resourceid"),
}
_GROUP = "arn:aws:logs:${Region}:${Account}:log-group:${LogGroupName}"
# Patterns that calls are compared with, where AWS documents another one.
_PATTERNS = {
    _GROUP: f"{_GROUP}:log-stream:",  # a group is compared as the streams in it
    "arn:aws:events:${Region}:${Account}:rule/${RuleName}": (
        "arn:aws:events:${Region}:${Account}:rule/${EventBusName}/${RuleName}"
    ),
}
# Actions that AWS documents without a resource, and compares with one all the same.
_UNDOCUMENTED = {"logs:DescribeLogGroups": "arn:aws:logs:${Region}:${Account}:log-group::log-stream:"}
# Actions that AWS's reference has no kind of resource for, though its guides allow them for one.
_GROUP_OF_DEPLOYMENTS = (
    "arn:aws:codedeploy:${Region}:${Account}:deploymentgroup:${ApplicationName}/${DeploymentGroupName}"
)
_UNDOCUMENTED_KINDS = {
    "codedeploy:PutLifecycleEventHookExecutionStatus": (
        ResourceType("deploymentgroup", _GROUP_OF_DEPLOYMENTS, required=True),
    ),
}
# What may stand before a name, besides an ARN.
_BEFORE_NAMES = ("function:", "alias/")
# Actions whose resource stands in another parameter than that of the operation's first action.
_INSTEAD = {"kms:ReEncryptTo": ("KeyId", "DestinationKeyId")}


class _Filled(IntEnum):
    """How much of a pattern a request has filled."""

    OPEN = 0
    ASSUMED = 1  # by AWS's defaults alone
    PARTLY = 2
    WHOLE = 3


def touched(action: Action, operation: Operation, region: str, settings: Settings) -> list[str]:
    """The ARNs that a call of an action touches, each of which must be allowed; ``*`` where it knows no resources.

    What the request leaves open is a ``*`` in the ARN: only a policy that covers all of it allows the call.
    """
    if operation.prefix == "apigateway":
        return [f"arn:aws:apigateway:{region}::{operation.parameters['Path']}"]
    if action.name in _UNDOCUMENTED:
        return [_located(_UNDOCUMENTED[action.name], region, settings)]
    if action.name in _INSTEAD:
        name, other = _INSTEAD[action.name]
        operation = Operation(operation.prefix, operation.name, {name: operation.parameters.get(other)})
    values = _known(operation, region, settings)
    kinds = _of_type(action.resource_types or _UNDOCUMENTED_KINDS.get(action.name, ()), values)
    named = _named([(kind, *_fill(kind, operation, values, region, settings)) for kind in kinds])
    return [arn for arn in dict.fromkeys(named) if not any(_narrows(other, arn) for other in named)] or [ANY]


def _of_type(kinds: tuple[ResourceType, ...], values: Mapping[str, list[str]]) -> list[ResourceType]:
    """The kinds that a ResourceType in the request leaves; all where it has none."""
    asked = [text.lower() for text in values.get("resourcetype", [])]
    chosen = [kind for kind in kinds if kind.name.replace("-", "").lower() in asked] or list(kinds)
    return sorted(chosen, key=lambda kind: kind.arn.count("$"))  # the catalog before its databases, in denials too


def _named(filled: list[tuple[ResourceType, list[str], _Filled]]) -> list[str]:
    """AWS marks kinds as required that only some calls have: those that the request says something of count."""
    required = [entry for entry in filled if entry[0].required] or filled
    whole = [arn for _, arns, how in filled if how is _Filled.WHOLE for arn in arns]
    partly = [arn for _, arns, how in required if how is _Filled.PARTLY for arn in arns]
    if whole or partly:
        return whole + partly
    assumed = [arn for _, arns, how in required if how is _Filled.ASSUMED for arn in arns]
    return assumed or [arn for kind, arns, _ in filled if kind.required for arn in arns]


def _narrows(arn: str, other: str) -> bool:
    """Whether an ARN names a part of what another one names: an index of a table, a version of a function."""
    return (
        len(arn) > len(other) and arn.startswith(other) and arn[len(other)] in "/:" and not other.endswith(":catalog")
    )


def _known(operation: Operation, region: str, settings: Settings) -> Mapping[str, list[str]]:
    """The request's texts by name in lower case, with what lookups tell besides; its ARNs as ``arns``."""
    values = Values(operation.parameters)
    known = dict(values.items())
    for name, texts in list(known.items()):
        lookup = LOOKUPS.get((operation.prefix, name))
        if lookup and texts:
            known |= {also: [text] for also, text in lookup(texts[0], region, settings).items()}
    if known.get("catalogid") == [settings.account]:  # the catalog of the account, which has no name of its own
        del known["catalogid"]
    known["arns"] = values.arns
    return known


def _fill(
    kind: ResourceType, operation: Operation, values: Mapping[str, list[str]], region: str, settings: Settings
) -> tuple[list[str], _Filled]:
    """The ARNs of one kind of resource, and how much of its pattern the request has filled."""
    given = [arn for arn in values["arns"] if _expression(kind.arn).fullmatch(arn)]
    if kind.arn == _GROUP and "Tag" not in operation.name:
        given = []  # compared in another form than the one that is given
    pattern = _located(_PATTERNS.get(kind.arn, kind.arn), region, settings)
    names = _VARIABLE.findall(pattern)
    if given:
        # What a request names shortly beside an ARN counts too: the buses of several events.
        short = _named_shortly(names, operation, values)
        arns = [*given, *_arns(pattern, names, {names[0]: short})] if short else given
        return [_qualified(arn, values) for arn in arns], _Filled.WHOLE
    if not names:
        return [pattern], _Filled.WHOLE
    found = {name: _texts(name.lower(), operation, values) for name in names}
    assumed = {name: text for name in names if not found[name] and (text := _default(name.lower(), operation.prefix))}
    texts = {name: found[name] or [assumed.get(name, ANY)] for name in names}
    return [_qualified(arn, values) for arn in _arns(pattern, names, texts)], _how(found, assumed)


def _how(found: Mapping[str, list[str]], assumed: Mapping[str, str]) -> _Filled:
    if any(found.values()):
        return _Filled.WHOLE if all(texts or name in assumed for name, texts in found.items()) else _Filled.PARTLY
    return _Filled.ASSUMED if len(assumed) == len(found) else _Filled.OPEN


def _named_shortly(names: list[str], operation: Operation, values: Mapping[str, list[str]]) -> list[str]:
    if len(names) != 1:
        return []
    short = {name: [text for text in texts if not text.startswith("arn:")] for name, texts in values.items()}
    return _texts(names[0].lower(), operation, short)


def _located(pattern: str, region: str, settings: Settings) -> str:
    return pattern.replace("${Region}", region).replace("${Account}", settings.account)


@functools.lru_cache(maxsize=1024)
def _expression(pattern: str) -> re.Pattern[str]:
    """What an ARN of a pattern looks like; only its last variable may hold a colon."""
    *parts, last = _VARIABLE.split(pattern)[::2]
    return re.compile(r"[^:]*".join(map(re.escape, parts)) + (".+" if parts else "") + re.escape(last))


def _texts(variable: str, operation: Operation, values: Mapping[str, list[str]]) -> list[str]:
    """What the request says of a variable."""
    service, path = operation.prefix, ""
    if variable.endswith("withpath") and variable not in values:
        variable, path = variable.removesuffix("withpath"), "".join(values.get("path", [])[:1]).lstrip("/")
    candidates = (variable, *_NAMES.get((service, variable), ()), *_nearest(variable, operation.name, tuple(values)))
    texts = next((values[name] for name in candidates if values.get(name)), [])
    plain = (_plain(text, _NOUN.sub("", variable)) for text in texts)
    return [path + text for text in plain if text]


def _default(variable: str, service: str) -> str:
    return next((name[1:] for name in _NAMES.get((service, variable), ()) if name.startswith("=")), "")


@functools.lru_cache(maxsize=4096)
def _nearest(variable: str, operation: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Parameters that may be meant by a variable: ``rule`` by RuleName, ``name`` by it in an operation on rules."""
    noun = _NOUN.sub("", variable)
    other = {"id": "name", "name": "id"}.get(variable.removeprefix(noun), "-")
    same = [name for name in names if _NOUN.sub("", name) == noun and not name.endswith(other)]
    same += [name for name in names if name.endswith(variable) or (len(name) > len("name") and variable.endswith(name))]
    if noun in operation.lower():
        same += [name for name in ("name", "names", "id", "ids", "identifier", "arn") if name in names]
    return tuple(same)


def _plain(text: str, noun: str) -> str:
    """A name out of what a client may send for it; empty for the ARN of another kind of thing."""
    if text.startswith("arn:"):
        resource = text.split(":", 5)[-1].removesuffix(":*")
        kind, _, name = re.sub("[:/]", "\n", resource, count=1).partition("\n")
        return name if kind.replace("-", "").lower() == noun and ":" not in name else ""
    for before in _BEFORE_NAMES:
        text = text.rpartition(before)[2]
    return text


def _arns(pattern: str, names: list[str], texts: Mapping[str, list[str]]) -> list[str]:
    """The pattern filled, once for each text of its last variable."""
    arns = []
    for last in texts[names[-1]]:
        arn = pattern
        for name in names:
            text = last if name == names[-1] else texts[name][0]
            # "parameter/${Name}" with the name "/a/b" is "parameter/a/b".
            arn = arn.replace(f"/${{{name}}}", "/" + text.removeprefix("/")).replace(f"${{{name}}}", text)
        arns.append(arn.replace(":rule/default/", ":rule/") if arn.startswith("arn:aws:events:") else arn)
    return arns


def _qualified(arn: str, values: Mapping[str, list[str]]) -> str:
    """The ARN as policies are compared with it, a version or an alias taken into account."""
    kind = ":".join(arn.split(":")[2:3] + arn.split(":")[5:6])
    if kind == "lambda:function" and arn.count(":") == 6 and values.get("qualifier"):
        return f"{arn}:{values['qualifier'][0]}"
    if kind == "states:stateMachine":  # compared without: states:StateMachineQualifier tells
        return ":".join(arn.split(":")[:7])
    return arn
