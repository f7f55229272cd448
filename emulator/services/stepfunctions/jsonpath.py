"""JSONPath as the states language has it: a path that can name one value only gives that value, not a list of it."""

from __future__ import annotations

import re
from typing import Any

import jsonpath_ng.ext
from moto.stepfunctions.parser.asl.utils import json_path

from emulator.replacements import Replacement

_extract: Any = json_path.extract_json
_parse: Any = jsonpath_ng.ext.parse  # type: ignore[attr-defined]
_INDEFINITE = re.compile(r"\.\.|\*|\?\(|\[[^'\"\]]*[:,][^\]]*\]")


def extract(path: str, data: Any) -> Any:
    """What the path names in the data.

    Raises:
        NoSuchJsonPathError: the path names nothing.
    """
    matches = [] if _INDEFINITE.search(path) else _parse(path).find(data)
    return matches[0].value if len(matches) == 1 else _extract(path, data)


_ASL = "moto.stepfunctions.parser.asl"
_COMPARISONS = f"{_ASL}.component.state.choice.comparison.operator.implementations"

REPLACEMENTS = tuple(
    Replacement(
        target=f"{module}:extract_json",
        function=extract,
        reason="moto gives a list of one for a path like $[0].name",
        fingerprint="932245247973",
    )
    for module in (
        f"{_ASL}.component.common.string.string_expression",
        f"{_ASL}.component.intrinsic.argument.argument",
        f"{_ASL}.eval.states",
        f"{_COMPARISONS}.boolean_equals",
        f"{_COMPARISONS}.numeric",
        f"{_COMPARISONS}.string_operators",
        f"{_COMPARISONS}.timestamp_operators",
    )
)
