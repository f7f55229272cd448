"""Which resource needs which other: the order of creation, and its reverse for deletion."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from emulator.cloudformation.errors import validation_error
from emulator.cloudformation.intrinsics import placeholders
from emulator.cloudformation.template import Declaration, Template


def references(value: Any) -> set[str]:
    """Every name that an expression refers to by Ref, Fn::GetAtt or Fn::Sub."""
    if isinstance(value, list):
        return set().union(*map(references, value))
    if not isinstance(value, dict):
        return set()
    found: set[str] = set()
    for key, argument in value.items():
        if key == "Ref" and isinstance(argument, str) and len(value) == 1:
            found.add(argument)
        elif key == "Fn::GetAtt":
            found.add(argument.split(".", 1)[0] if isinstance(argument, str) else argument[0])
        elif key == "Fn::Sub":
            found |= {name.split(".", 1)[0] for name in placeholders(argument)} | references(argument)
        else:
            found |= references(argument)
    return {name for name in found if not name.startswith("AWS::")}


def needs(declaration: Declaration, names: Iterable[str]) -> tuple[str, ...]:
    """Those of the named resources that a resource depends on."""
    wanted = _used(declaration)
    return tuple(name for name in names if name in wanted)


def check(template: Template) -> None:
    """See that every name is declared and that no resource depends on itself.

    Raises:
        ApiError: names the dependencies that are not there, or the circle.
    """
    known = set(template.resources) | set(template.section("Parameters"))
    for block, used in (
        ("Resources", set().union(*(_used(entry) for entry in template.resources.values()))),
        ("Outputs", references(dict(template.section("Outputs")))),
    ):
        unresolved = sorted(used - known)
        if unresolved:
            raise validation_error(
                f"Template format error: Unresolved resource dependencies [{', '.join(unresolved)}] "
                f"in the {block} block of the template"
            )
    order({name: needs(entry, template.resources) for name, entry in template.resources.items()})


def order(graph: Mapping[str, Iterable[str]], last: Collection[str] = ()) -> list[str]:
    """The names, each after those it needs; those in `last` only when nothing else is left that could go before.

    Raises:
        ApiError: they need each other in a circle.
    """
    sorter, ordered = TopologicalSorter(graph), list[str]()
    try:
        sorter.prepare()
    except CycleError as error:
        circle = ", ".join(sorted(set(error.args[1])))
        raise validation_error(f"Circular dependency between resources: [{circle}]") from error
    ready: list[str] = []
    while sorter.is_active():
        ready += sorter.get_ready()
        now = [name for name in ready if name not in last] or ready[:1]
        ready = [name for name in ready if name not in now]
        ordered += now
        sorter.done(*now)
    return ordered


def _used(declaration: Declaration) -> set[str]:
    said = [dict(declaration.properties), dict(declaration.update_policy)]
    return references(said) | set(declaration.depends_on)
