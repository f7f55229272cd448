"""EC2's resource types: all are created, described, tagged and deleted by requests that are named alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore import xform_name

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import Change, api_type
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.resource_type import Context, Properties, ResourceNotFoundError, ResourceType

Document = Mapping[str, Any]


def _same(properties: Properties) -> Properties:
    return properties


def _nothing(_ec2: Any, _document: Document, _properties: Properties) -> Document:
    return {}


def ec2_type(
    name: str,
    noun: str,
    *,
    spell: Callable[[Properties], Properties] = _same,
    complete: Callable[[Any, Document, Properties], Document] = _nothing,
    configure: Change | None = None,
    attributes: Callable[[Any, Document], Document] | None = None,
    remove: Callable[[Context, str, Properties], None] | None = None,
    **declared: Any,
) -> ResourceType:
    """A type that ``Create<noun>`` makes, ``Describe<plural>`` tells and ``Delete<noun>`` takes away.

    Args:
        name: the type's name.
        noun: what EC2 calls it, such as ``NatGateway``.
        spell: the properties as ``Create<noun>`` takes them, where they are named otherwise.
        complete: properties that the description lacks, or has in another form: (client, description, properties).
        configure: the requests that follow the first; used for updates too.
        attributes: what GetAtt may ask for besides the identifier: (client, description).
        remove: how it is deleted, where ``Delete<noun>`` takes several.
        declared: further fields of the resource type.
    """
    plural, identifier = f"{noun}s", f"{noun}Id"
    create, describe, delete = xform_name(f"Create{noun}"), xform_name(f"Describe{plural}"), xform_name(f"Delete{noun}")

    def make(context: Context, properties: Properties) -> str:
        ec2 = context.client("ec2")
        made = getattr(ec2, create)(**to_input(ec2, create, spell(properties)))
        return str(made.get(noun, made)[identifier])

    def found(context: Context, physical_id: str) -> Document:
        answer = getattr(context.client("ec2"), describe)(**{f"{identifier}s": [physical_id]})[plural]
        if not answer or answer[0].get("State") in ("deleted", "deleting"):
            raise ResourceNotFoundError(f"{noun} {physical_id} does not exist")
        return dict(answer[0])

    def read(context: Context, physical_id: str, properties: Properties) -> Document:
        document = found(context, physical_id)
        kept = to_properties(name, {key: value for key, value in document.items() if key != "Tags"})
        completed = complete(context.client("ec2"), document, properties)
        return {**kept, "Tags": tags.pairs(document.get("Tags")), **completed}

    def change(context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        retag(context, physical_id, old, new)
        if configure is not None:
            configure(context, physical_id, old, new)

    def delete_one(context: Context, physical_id: str, _properties: Properties) -> None:
        getattr(context.client("ec2"), delete)(**{identifier: physical_id})

    def told(context: Context, physical_id: str, _properties: Properties) -> Document:
        document = found(context, physical_id)
        values = attributes(context.client("ec2"), document) if attributes else {}
        return {identifier: physical_id, "Id": physical_id, **values}

    return api_type(
        name,
        create=make,
        configure=change,
        read=read,
        update=change,
        delete=remove or delete_one,
        attributes=told,
        **declared,
    )


def retag(context: Context, physical_id: str, old: Properties, new: Properties) -> None:
    """Set and remove the tags of anything in EC2."""
    ec2 = context.client("ec2")
    changed, removed = tags.change(old.get("Tags"), new.get("Tags"))
    if changed:
        ec2.create_tags(Resources=[physical_id], Tags=tags.pairs(changed))
    if removed:
        ec2.delete_tags(Resources=[physical_id], Tags=[{"Key": key} for key in removed])
