"""Resource types of services with one request each to create, describe, change, delete and tag."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jmespath  # type: ignore[import-untyped]

from emulator.cloudformation import tags
from emulator.cloudformation.api_type import Change, api_type
from emulator.cloudformation.conversion import to_input, to_properties
from emulator.cloudformation.resource_type import Context, Properties, ResourceNotFoundError, ResourceType

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Tagging:
    """How a service tags: its methods, the parameter for the ARN, and what a pair's members are called.

    Without `pair` tags are a map. `several` says that the parameter takes a list of ARNs.
    """

    put: str = "tag_resource"
    remove: str = "untag_resource"
    listing: str = "list_tags_for_resource"
    resource: str = "resourceArn"
    tags: str = "tags"
    keys: str = "tagKeys"
    pair: tuple[str, str] | None = ("key", "value")
    found: str = "tags"
    several: bool = False

    def spelled(self, given: Any) -> Any:
        """Tags as the service takes them."""
        return tags.pairs(given, *self.pair) if self.pair else tags.mapping(given)

    def change(self, client: Any, arn: str, old: Properties, new: Properties) -> None:
        """Set and remove what differs between the properties' Tags."""
        changed, removed = tags.change(old.get("Tags"), new.get("Tags"))
        if changed:
            getattr(client, self.put)(**{self.resource: self._named(arn), self.tags: self.spelled(changed)})
        if removed:
            getattr(client, self.remove)(**{self.resource: self._named(arn), self.keys: removed})

    def read(self, client: Any, arn: str) -> list[dict[str, str]]:
        """The tags of a resource."""
        answer = getattr(client, self.listing)(**{self.resource: self._named(arn)})
        return tags.pairs(jmespath.search(self.found, answer))

    def _named(self, arn: str) -> Any:
        return [arn] if self.several else arn


def _same(properties: Properties) -> Properties:
    return properties


def _no_more(_context: Context, _document: Document, _properties: Properties) -> Document:
    return {}


@dataclass(frozen=True)
class Requests:
    """The requests behind a type. Paths are JMESPath into an answer.

    `made` is where `create` answers the physical id (nothing where it is the name), `key` the parameter that `describe`
    takes for it (a list where `several`), `found` where the description is, `arn` where in it the ARN for tags. `spell`
    and `tell` bring the properties into the service's spelling and back; `named` is the property that gets a generated
    name, of at most `longest_name` characters; `gone` says of a description that it is only a memory.
    """

    service: str
    create: str
    made: str
    describe: str
    key: str
    found: str
    delete: str
    several: bool = False
    delete_key: str = ""
    update: str = ""
    update_key: str = ""
    arn: str = ""
    named: str = ""
    longest_name: int = 128
    tagging: Tagging | None = None
    spell: Callable[[Properties], Properties] = _same
    tell: Callable[[Context, Document, Properties], Document] = _no_more
    gone: Callable[[Document], bool] = field(default=lambda _document: False)

    def document(self, context: Context, physical_id: str) -> Document:
        """The service's description.

        Raises:
            ResourceNotFoundError: the service describes none.
        """
        asked = {self.key: [physical_id] if self.several else physical_id}
        found = jmespath.search(self.found, getattr(context.client(self.service), self.describe)(**asked))
        if not found or self.gone(found):
            raise ResourceNotFoundError(f"{physical_id} does not exist")
        return dict(found)

    def make(self, context: Context, properties: Properties) -> str:
        """Create what the properties say and return its physical id."""
        client = context.client(self.service)
        named = {self.named: context.short_name(self.longest_name), **properties} if self.named else properties
        asked = to_input(client, self.create, self.spell(named))
        if self.tagging and properties.get("Tags"):
            asked[self.tagging.tags] = self.tagging.spelled(properties["Tags"])
        answer = getattr(client, self.create)(**asked)
        return str(jmespath.search(self.made, answer) if self.made else named[self.named])

    def read(self, name: str, context: Context, physical_id: str, properties: Properties) -> Document:
        """The description as properties of the type of this name."""
        document = self.document(context, physical_id)
        kept = to_properties(name, {key: value for key, value in document.items() if key.lower() != "tags"})
        if self.tagging:
            found = self.tagging.read(context.client(self.service), self._arn(document, physical_id))
            kept["Tags"] = found if self.tagging.pair else tags.mapping(found)
        return {**kept, **self.tell(context, document, properties)}

    def change(self, context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        """Bring properties and tags from the old to the new ones."""
        client = context.client(self.service)
        if self.update:
            asked = to_input(client, self.update, self.spell(new))
            getattr(client, self.update)(**{**asked, self.update_key or self.key: physical_id})
        if self.tagging:
            arn = self._arn(self.document(context, physical_id), physical_id)
            self.tagging.change(client, arn, old, new)

    def remove(self, context: Context, physical_id: str, _properties: Properties) -> None:
        """Delete it."""
        getattr(context.client(self.service), self.delete)(**{self.delete_key or self.key: physical_id})

    def _arn(self, document: Document, physical_id: str) -> str:
        return str(jmespath.search(self.arn, document)) if self.arn else physical_id


def described_type(
    name: str,
    requests: Requests,
    *,
    attributes: Mapping[str, str | Callable[[Document], Any]] | None = None,
    configure: Change | None = None,
    **declared: Any,
) -> ResourceType:
    """A type whose requests are declared. `attributes` are JMESPath into the description, or made of it."""

    def update(context: Context, physical_id: str, old: Properties, new: Properties) -> None:
        requests.change(context, physical_id, old, new)
        if configure is not None:
            configure(context, physical_id, old, new)

    def told(context: Context, physical_id: str, _properties: Properties) -> Document:
        document = requests.document(context, physical_id)
        asked = (attributes or {}).items()
        return {key: way(document) if callable(way) else jmespath.search(way, document) for key, way in asked}

    return api_type(
        name,
        create=requests.make,
        configure=configure,
        read=functools.partial(requests.read, name),
        update=update if requests.update or requests.tagging or configure else None,
        delete=requests.remove,
        attributes=told,
        **declared,
    )
