"""Distributed Maps as AWS has them: the fields that moto's grammar lacks are read here and given to its Map states."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

from emulator.replacements import Replacement
from emulator.services.stepfunctions.item_batches import ItemBatcher
from emulator.services.stepfunctions.item_readers import ItemReader
from emulator.services.stepfunctions.map_runs import Fields
from emulator.services.stepfunctions.result_writers import ResultWriter
from emulator.services.stepfunctions.templates import JSONATA, JSONPATH

_OWN = ("ItemReader", "ItemBatcher", "ResultWriter")
_moto_parse = AmazonStateLanguageParser.parse


@dataclass(frozen=True)
class _Declared:
    """A Map as its definition declares it: the fields read here, all others, and its query language."""

    own: dict[str, Any]
    state: dict[str, Any]
    language: str


def parse(definition: str) -> Any:
    """Read a definition: moto's program, whose distributed Maps know their readers, batchers and writers.

    Raises:
        ASLParserException: the definition is not one of the states language.
        ValueError: a field cannot be read.
    """
    try:
        document = json.loads(definition)
    except ValueError:
        return _moto_parse(definition)  # it says what is wrong
    declared = {
        name: _Declared({key: state.pop(key) for key in _OWN if key in state}, _with_share(state), language)
        for name, state, language in list(_maps(document, JSONPATH))
    }
    program, tree = _moto_parse(json.dumps(document) if declared else definition)
    for name, state in _parsed_maps(program):
        _complete(state, declared[name])
    return program, tree


def _with_share(state: dict[str, Any]) -> dict[str, Any]:
    """The state itself: a tolerated share that is a whole number is written as moto's grammar wants it."""
    share = state.get("ToleratedFailurePercentage")
    if isinstance(share, int):
        state["ToleratedFailurePercentage"] = float(share)
    return state


def _complete(state: Any, declared: _Declared) -> None:
    own, source, language = declared.own, declared.state, declared.language
    processor = source.get("ItemProcessor", source.get("Iterator", {}))
    if processor.get("ProcessorConfig", {}).get("Mode", "INLINE") != "DISTRIBUTED":
        if own:
            raise ValueError(f"The field {next(iter(own))} of the state {state.name} needs the Mode DISTRIBUTED")
        return
    state.item_reader = ItemReader(own["ItemReader"], language) if "ItemReader" in own else None
    state.iteration_component.fields = Fields(
        batcher=ItemBatcher(own["ItemBatcher"], language) if "ItemBatcher" in own else None,
        writer=ResultWriter(own["ResultWriter"], language) if "ResultWriter" in own else None,
        tolerates_count=any(f"ToleratedFailureCount{end}" in source for end in ("", "Path")),
        tolerates_percentage=any(f"ToleratedFailurePercentage{end}" in source for end in ("", "Path")),
    )


def _maps(document: Any, language: str) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Every Map state of a definition: its name, declaration and query language."""
    if not isinstance(document, dict):
        return
    language = JSONATA if document.get("QueryLanguage", language) == JSONATA else JSONPATH
    states = document.get("States", {})
    for name, state in states.items() if isinstance(states, dict) else ():
        if not isinstance(state, dict):
            continue
        own_language = JSONATA if state.get("QueryLanguage", language) == JSONATA else JSONPATH
        if state.get("Type") == "Map":
            yield name, state, own_language
        for inner in (state.get("ItemProcessor"), state.get("Iterator"), *(state.get("Branches") or ())):
            yield from _maps(inner, language)


def _parsed_maps(program: Any) -> Iterator[tuple[str, Any]]:
    for name, state in program.states.states.items():
        iteration = getattr(state, "iteration_component", None)
        if iteration is not None:
            yield name, state
            yield from _parsed_maps(iteration._get_iteration_program())
        branches = getattr(state, "branches", None)
        for branch in branches.programs if branches is not None else ():
            yield from _parsed_maps(branch)


REPLACEMENTS = (
    Replacement(
        target="moto.stepfunctions.parser.asl.parse.asl_parser:AmazonStateLanguageParser.parse",
        function=staticmethod(parse),
        reason="moto's grammar has no ItemBatcher, WriterConfig, delimiters, lines or manifests",
        fingerprint="a59a7d18760f",
    ),
)
