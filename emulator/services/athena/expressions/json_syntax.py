"""The grammar of SQL/JSON's functions and of LISTAGG, which have words of their own."""

from __future__ import annotations

from typing import Any

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType


class JsonCall(exp.Expression):
    """A call with SQL/JSON's clauses. `this` is the function's name.

    `expressions` are the input and the path; `passing` the named variables, `returning` a type, `wrapper`, `quotes`,
    `on_empty` and `on_error` words, `empty` and `error` the default values.
    """

    arg_types = dict.fromkeys(
        ("this", "expressions", "passing", "returning", "wrapper", "quotes", "on_empty", "on_error", "empty", "error"),
        False,
    )


class JsonMake(exp.Expression):
    """json_object or json_array. `keys` are the members' keys, `nulls` says what becomes of null values."""

    arg_types = dict.fromkeys(("this", "expressions", "keys", "nulls", "unique", "returning"), False)


class FormattedJson(exp.Expression):
    """``value FORMAT JSON``."""

    arg_types = {"this": True}  # noqa: RUF012 (sqlglot's way)


def path_call(name: str) -> Any:
    """The parser of json_exists, json_value or json_query."""

    def parse(self: Any) -> JsonCall:
        given = [_value(self)]
        self._match(TokenType.COMMA)
        given.append(self._parse_bitwise())
        call = JsonCall(this=name, expressions=given)
        if self._match_text_seq("PASSING"):
            call.set("passing", self._parse_csv(lambda: _passed(self)))
        if self._match_text_seq("RETURNING"):
            call.set("returning", self._parse_types())
            _format(self)
        if name == "json_query":
            _wrapper(self, call)
        _outcomes(self, call)
        return call

    return parse


def _value(self: Any) -> Any:
    value = self._parse_disjunction()
    return FormattedJson(this=value) if _format(self) else value


def _format(self: Any) -> bool:
    if not self._match_text_seq("FORMAT", "JSON"):
        return False
    if self._match_text_seq("ENCODING") and not self._match_text_seq("UTF8"):
        self.raise_error("ENCODING other than UTF8")
    return True


def _passed(self: Any) -> exp.Expression:
    value = _value(self)
    self._match(TokenType.ALIAS)
    name = self._parse_id_var()
    if not name.args.get("quoted"):
        name = exp.to_identifier(name.name.upper())
    return exp.Alias(this=value, alias=name)


def _wrapper(self: Any, call: JsonCall) -> None:
    if self._match_text_seq("WITHOUT"):
        self._match_text_seq("ARRAY")
        self._match_text_seq("WRAPPER")
    elif self._match(TokenType.WITH):
        kind = "CONDITIONAL" if self._match_text_seq("CONDITIONAL") else "UNCONDITIONAL"
        self._match_text_seq("UNCONDITIONAL")
        self._match_text_seq("ARRAY")
        self._match_text_seq("WRAPPER")
        call.set("wrapper", kind)
    for word in ("KEEP", "OMIT"):
        if self._match_text_seq(word, "QUOTES"):
            self._match_text_seq("ON", "SCALAR", "STRING")
            call.set("quotes", word)


def _outcomes(self: Any, call: JsonCall) -> None:
    while True:
        word, default = _outcome(self)
        if not word:
            return
        self._match(TokenType.ON)
        when = "empty" if self._match_text_seq("EMPTY") else "error"
        if when == "error" and not self._match_text_seq("ERROR"):
            self.raise_error("Expecting EMPTY or ERROR")
        call.set(f"on_{when}", word)
        call.set(when, default)


def _outcome(self: Any) -> tuple[str, Any]:
    for words in (("EMPTY", "ARRAY"), ("EMPTY", "OBJECT"), ("TRUE",), ("FALSE",), ("UNKNOWN",), ("ERROR",), ("NULL",)):
        if self._match_text_seq(*words):
            return " ".join(words), None
    if self._match_text_seq("DEFAULT"):
        return "DEFAULT", self._parse_bitwise()
    return "", None


def json_object(self: Any) -> JsonMake:
    """The parser of ``json_object(k VALUE v, 'k' : v ... ABSENT ON NULL)``."""
    made = JsonMake(this="json_object", keys=[], expressions=[])
    while not self._match(TokenType.R_PAREN, advance=False) and not _at_null_clause(self):
        self._match_text_seq("KEY")
        made.append("keys", self._parse_bitwise())
        if not self._match(TokenType.COLON) and not self._match_text_seq("VALUE"):
            self.raise_error("Expecting VALUE or ':'")
        made.append("expressions", _value(self))
        if not self._match(TokenType.COMMA):
            break
    _clauses(self, made)
    return made


def json_array(self: Any) -> JsonMake:
    """The parser of ``json_array(v, ... NULL ON NULL)``."""
    made = JsonMake(this="json_array", expressions=[])
    while not self._match(TokenType.R_PAREN, advance=False) and not _at_null_clause(self):
        made.append("expressions", _value(self))
        if not self._match(TokenType.COMMA):
            break
    _clauses(self, made)
    return made


def _at_null_clause(self: Any) -> bool:
    following = self._tokens[self._index + 1 : self._index + 2]
    words = [self._curr.text.upper(), *(token.text.upper() for token in following)] if self._curr else []
    return words in (["NULL", "ON"], ["ABSENT", "ON"], ["RETURNING", "VARCHAR"])


def _clauses(self: Any, made: JsonMake) -> None:
    for word in ("NULL", "ABSENT"):
        if self._match_text_seq(word, "ON", "NULL"):
            made.set("nulls", word)
    if self._match_text_seq("WITH", "UNIQUE"):
        self._match_text_seq("KEYS")
        made.set("unique", True)
    elif self._match_text_seq("WITHOUT", "UNIQUE"):
        self._match_text_seq("KEYS")
    if self._match_text_seq("RETURNING"):
        made.set("returning", self._parse_types())
        _format(self)


def listagg(self: Any) -> exp.Anonymous:
    """The parser of ``LISTAGG([DISTINCT] x, separator ON OVERFLOW ...)``; a result that is too long is an error."""
    distinct = self._match(TokenType.DISTINCT)
    value = self._parse_disjunction()
    arguments = [exp.Distinct(expressions=[value]) if distinct else value]
    if self._match(TokenType.COMMA):
        arguments.append(self._parse_bitwise())
    if self._match_text_seq("ON", "OVERFLOW") and not self._match_text_seq("ERROR"):
        self._match_text_seq("TRUNCATE")
        self._parse_string()
        if not (self._match_text_seq("WITHOUT", "COUNT") or self._match_text_seq("WITH", "COUNT")):
            self.raise_error("Expecting WITH COUNT or WITHOUT COUNT")
    return exp.Anonymous(this="listagg", expressions=arguments)
