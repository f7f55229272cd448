"""What the pages say is true: links, commands, targets, keys, tables and names."""

from __future__ import annotations

import ast
import dataclasses
import functools
import importlib.util
import json
import re
import shlex
import typing
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, Literal

import click
import pytest
import yaml
from click.testing import CliRunner

from crispstack.charter import Charter
from crispstack.cli.commands import cli
from crispstack.phases import Phase
from stacks.environment import Environment

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
QUOTES = '""'
NOT_OURS = ("node_modules", "build", "cdk.out")
PLACEHOLDERS = {"PHASE": "modeling"}
# What says something about the author's machine or way of working, and nothing to a reader.
INTERNAL = re.compile(
    r"(?<![\w.:/])/(?:work|home|root|Users)/|(?<![\w&])#\d+\b|\b[Ii]ssues? \d+\b|\b(?:TODO|FIXME)\b|/shared/"
)


@functools.cache
def pages() -> tuple[Path, ...]:
    """Every Markdown file that was not built or installed here."""
    found = list(ROOT.glob("*.md"))
    for folder in ROOT.iterdir():
        if folder.is_dir() and not folder.name.startswith(".") and folder.name not in NOT_OURS:
            found += folder.rglob("*.md")
    return tuple(sorted(found))


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def fenced(text: str) -> Iterator[str]:
    """Lines within fenced code blocks; one that ends in a backslash is joined with the next."""
    for block in re.findall(r"^```[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield from block.replace("\\\n", " ").splitlines()


def without_fences(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def inline(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", without_fences(text))


def commands(text: str, program: str) -> Iterator[list[str]]:
    """Calls of a program in fenced blocks, as words without the program; prompts and comments are left out."""
    for line in fenced(text):
        for part in re.split(r"\s+(?:&&|[|;<>])\s+", line.strip().removeprefix("$ ")):
            if re.match(rf"{program}\s+\S", part):
                yield shlex.split(part, comments=True)[1:]


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", without_fences(page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_relative_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", without_fences(page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path) if path else page
        assert linked.exists(), f"{target} does not exist"
        if anchor:
            assert anchor in anchors(linked), f"{target}: no such heading"


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_mentioned_targets_can_be_made(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = page.read_text(encoding="utf-8")
    found = [words[0] for words in commands(text, "make")]
    found += [match.group(1) for code in inline(text) if (match := re.match(r"make ([a-z]+)$", code))]
    assert [name for name in found if name not in targets] == []


def command_of(name: str, words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that is called, one of a group where the first word names it, and its own words."""
    assert name in cli.commands, f"there is no `crisp {name}`"
    found = cli.commands[name]
    if isinstance(found, click.Group) and words:
        inner = found.get_command(click.Context(found), words[0])
        assert inner, f"there is no `crisp {name} {words[0]}`"
        return inner, words[1:]
    return found, words


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_commands_in_examples_are_accepted(page: Path) -> None:
    for name, *given in commands(page.read_text(encoding="utf-8"), "crisp"):
        command, arguments = command_of(name, given)
        words = [PLACEHOLDERS.get(word, word) for word in arguments]
        try:
            command.make_context(name, words).close()
        except click.exceptions.Exit:
            pass  # --help
        except click.UsageError as error:
            pytest.fail(f"crisp {shlex.join([name, *arguments])}: {error.format_message()}")


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_commands_in_sentences_exist_with_their_options(page: Path) -> None:
    for code in inline(page.read_text(encoding="utf-8")):
        if not re.match(r"crisp\s+[a-z]", code):
            continue
        _, name, *given = code.split()
        command, words = command_of(name, given)
        known = {option for each in command.params for option in each.opts} | {"--help", "-h"}
        assert {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)} <= known, code


def test_every_command_has_help_and_is_documented() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in pages())
    for name in cli.commands:
        assert CliRunner().invoke(cli, [name, "--help"]).exit_code == 0
        assert re.search(rf"\bcrisp {name}\b", text), f"no page mentions `crisp {name}`"


def kind(hint: Any) -> str:
    """A type as the reference writes it."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple:
        item = kind(arguments[0])
        return f"list of {item}s" if item.isalpha() else f"list of {item}"
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in arguments)
    if dataclasses.is_dataclass(hint) or typing.get_origin(hint) is dict:
        return "mapping"
    if isinstance(hint, type) and issubclass(hint, Enum):
        return "phase"
    words = {str: "text", int: "whole number", float: "number", bool: "true or false", type(None): "nothing"}
    return words[hint] if hint in words else " or ".join(map(kind, arguments))


def default(field: dataclasses.Field[Any]) -> str:
    """A default as the reference writes it."""
    if field.default_factory is dict:
        return "`{}`"
    if field.default_factory is not dataclasses.MISSING:
        return "its keys' defaults"
    if field.default is dataclasses.MISSING:
        return "**required**"
    if isinstance(field.default, tuple):
        return f"`[{', '.join(item or QUOTES for item in field.default)}]`"
    if isinstance(field.default, bool):
        return f"`{str(field.default).lower()}`"
    return {"": "empty", None: "nothing"}.get(field.default, f"`{field.default}`")


def sections(owner: Any, path: str) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """Heading and rows (key, type, default) of a mapping of the charter and of those within it."""
    hints = typing.get_type_hints(owner)
    fields = dataclasses.fields(owner)
    yield path, [(f"`{field.name}`", kind(hints[field.name]), default(field)) for field in fields]
    for field in fields:
        hint = hints[field.name]
        # Of a list its items, of a mapping its values, of what may be left out what it is otherwise.
        inner = next(filter(dataclasses.is_dataclass, typing.get_args(hint) or (hint,)), None)
        if inner:
            yield from sections(inner, f"{path}.{field.name}".lstrip("."))


def test_the_reference_lists_every_key_of_the_charter() -> None:
    page = (DOCS / "charter.md").read_text(encoding="utf-8")
    documented = {
        heading: [
            tuple(cell.strip() for cell in line.strip("| ").split(" | ")[:3])
            for line in body.splitlines()
            if line.startswith("| `")
        ]
        for heading, body in re.findall(r"^## `([a-z._]+)`\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    }
    expected = {path or "charter.yaml": rows for path, rows in sections(Charter, "")}
    assert documented == expected


def test_the_keys_of_an_environment_are_listed() -> None:
    page = (DOCS / "README.md").read_text(encoding="utf-8")
    table = page.partition("## Environments")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE)
    listed = [key for cell in cells for key in re.findall(r"`(\w+)`", cell)]
    assert listed == [field.name for field in dataclasses.fields(Environment)]


def unknown_keys(value: Any, path: str, known: dict[str, list[str]]) -> Iterator[str]:
    """Keys in an excerpt of a charter that the charter does not have."""
    for item in value if isinstance(value, list) else [value]:
        # Keys that are names of the data, as of classes, are anybody's.
        if isinstance(item, dict) and path in known:
            yield from (f"{path}.{key}" for key in item if key not in known[path])
            for key, inner in item.items():
                yield from unknown_keys(inner, f"{path}.{key}".lstrip("."), known)


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_examples_are_well_formed(page: Path) -> None:
    known = {path: [row[0].strip("`") for row in rows] for path, rows in sections(Charter, "")}
    del known["money.ranges"]  # each by the name of an amount
    text = page.read_text(encoding="utf-8")
    for language, code in re.findall(r"^```(\w+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        if language == "python":
            ast.parse(code)
        elif language == "json":
            json.loads(code)
        elif language == "yaml":
            assert list(unknown_keys(yaml.safe_load(code), "", known)) == []


def test_tables_of_the_emulator_repeat_its_code() -> None:
    spec = importlib.util.spec_from_file_location("tables", DOCS / "tables.py")
    assert spec and spec.loader
    tables = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tables)
    page = (DOCS / "emulator.md").read_text(encoding="utf-8")
    assert page == tables.render(page), "run `python docs/tables.py`"


def test_every_phase_has_a_page_of_its_name() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    for phase in Phase:
        first, *rest = (DOCS / f"{phase}.md").read_text(encoding="utf-8").splitlines()
        assert first == f"# {phase.number}. {phase.value.replace('_', ' ').capitalize()}"
        assert 50 <= len(rest) <= 130
        assert f"({phase}.md)" in index


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_phases_are_spelled_alike(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    prefixes = {phase.prefix for phase in Phase}
    assert {found for found in re.findall(r"(?<![\w.-])[1-6]_[a-z_]+", text) if found not in prefixes} == set()
    assert not re.search(r"\bmodelling\b", text, re.IGNORECASE)


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_pages_speak_of_the_product_alone(page: Path) -> None:
    assert INTERNAL.findall(page.read_text(encoding="utf-8")) == []
