# ruff: noqa: E501 (a case is read on one line)
"""Queries that Trino refuses, with the error that AWS shows, and what they look like when they are mended."""

from __future__ import annotations

import pytest

from emulator.services.athena import parser
from emulator.services.athena.errors import SyntaxRefused
from emulator.settings import Settings
from tests.emulator.athena_lake import Lake, StatementError, opened
from tests.emulator.athena_language import failure

# What is wrong; the query; the start of AWS's StateChangeReason; the query mended.
BROKEN = [
    (
        "an unknown column",
        "SELECT y FROM (VALUES 1) AS t(x)",
        "COLUMN_NOT_FOUND: line 1:8: Column 'y' cannot be resolved",
        "SELECT x FROM (VALUES 1) AS t(x)",
    ),
    (
        "an unknown qualified column",
        "SELECT t.y FROM (VALUES 1) AS t(x)",
        "COLUMN_NOT_FOUND: line 1:8: Column 't.y' cannot be resolved",
        "SELECT t.x FROM (VALUES 1) AS t(x)",
    ),
    (
        "an unknown table",
        "SELECT * FROM nonesuch",
        "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.shop.nonesuch' does not exist",
        "WITH nonesuch AS (SELECT 1 AS x) SELECT * FROM nonesuch",
    ),
    (
        "an unknown function",
        "SELECT nonesuch(1)",
        "FUNCTION_NOT_FOUND: line 1:8: Function 'nonesuch' not registered",
        "SELECT abs(1)",
    ),
    (
        "an ambiguous column",
        "SELECT x FROM (VALUES 1) AS a(x), (VALUES 2) AS b(x)",
        "AMBIGUOUS_NAME: line 1:8: Column 'x' is ambiguous",
        "SELECT a.x FROM (VALUES 1) AS a(x), (VALUES 2) AS b(x)",
    ),
    (
        "a number compared with text",
        "SELECT 1 = 'a'",
        "TYPE_MISMATCH: line 1:10: Cannot apply operator: integer = varchar(1)",
        "SELECT '1' = 'a'",
    ),
    (
        "a number added to text",
        "SELECT x + 1 FROM (VALUES 'a') AS t(x)",
        "TYPE_MISMATCH: line 1:10: Cannot apply operator: varchar(1) + integer",
        "SELECT length(x) + 1 FROM (VALUES 'a') AS t(x)",
    ),
    (
        "a comparison on the second line",
        "SELECT (1 + 2)\n < 'a'",
        "TYPE_MISMATCH: line 2:2: Cannot apply operator: integer < varchar(1)",
        "SELECT (1 + 2)\n < 4",
    ),
    (
        "maps that are ordered",
        "SELECT m < m FROM (SELECT MAP(ARRAY[1], ARRAY[2])) AS t(m)",
        "TYPE_MISMATCH: line 1:10: Cannot apply operator: map(integer, integer) < map(integer, integer)",
        "SELECT m = m FROM (SELECT MAP(ARRAY[1], ARRAY[2])) AS t(m)",
    ),
    (
        "a type lost in a CTE",
        "WITH t AS (SELECT CAST(1 AS varchar) AS x) SELECT x > 0 FROM t",
        "TYPE_MISMATCH: line 1:53: Cannot apply operator: varchar > integer",
        "WITH t AS (SELECT CAST(1 AS varchar) AS x) SELECT CAST(x AS integer) > 0 FROM t",
    ),
    (
        "types that do not unite",
        "SELECT 1 UNION SELECT 'a'",
        "TYPE_MISMATCH: line 1:8: column 1 in UNION query has incompatible types: integer, varchar(1)",
        "SELECT 1 UNION SELECT 2.5",
    ),
    (
        "different numbers of columns",
        "SELECT 1 EXCEPT SELECT 1, 2",
        "TYPE_MISMATCH: line 1:8: EXCEPT query has different number of fields: 1, 2",
        "SELECT 1 EXCEPT SELECT 2",
    ),
    (
        "branches of different types",
        "SELECT CASE WHEN true THEN 1 ELSE 'a' END",
        "TYPE_MISMATCH: line 1:35: All CASE results must be the same type: integer, varchar(1)",
        "SELECT CASE WHEN true THEN 1 ELSE 2.5 END",
    ),
    (
        "a condition that is a number",
        "SELECT 1 WHERE 1",
        "TYPE_MISMATCH: line 1:16: WHERE clause must evaluate to a boolean (actual: integer)",
        "SELECT 1 WHERE 1 = 1",
    ),
    (
        "wrong types of arguments",
        "SELECT lower(1)",
        "FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters (integer) for function lower. Expected: lower(varchar)",
        "SELECT lower('A')",
    ),
    (
        "a wrong number of arguments",
        "SELECT pow(2)",
        "FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters (integer) for function pow. Expected: pow(double, double)",
        "SELECT pow(2, 2)",
    ),
    (
        "a column that is not grouped",
        "SELECT x, count(*) FROM (VALUES 1) AS t(x)",
        "EXPRESSION_NOT_AGGREGATE: line 1:8: 'x' must be an aggregate expression or appear in GROUP BY clause",
        "SELECT x, count(*) FROM (VALUES 1) AS t(x) GROUP BY x",
    ),
    (
        "an expression over what is not grouped",
        "SELECT x + y FROM (VALUES (1, 2)) AS t(x, y) GROUP BY x",
        "EXPRESSION_NOT_AGGREGATE: line 1:10: '(x + y)' must be an aggregate expression or appear in GROUP BY clause",
        "SELECT x + y FROM (VALUES (1, 2)) AS t(x, y) GROUP BY x, y",
    ),
    (
        "an aggregate in WHERE",
        "SELECT 1 FROM (VALUES 1) AS t(x) WHERE sum(x) > 1",
        "EXPRESSION_NOT_SCALAR: line 1:40: WHERE clause cannot contain aggregations, window functions or grouping operations: [sum(x)]",
        "SELECT 1 FROM (VALUES 1) AS t(x) HAVING sum(x) > 1",
    ),
    (
        "an aggregate in GROUP BY",
        "SELECT count(*) FROM (VALUES 1) AS t(x) GROUP BY sum(x)",
        "EXPRESSION_NOT_SCALAR: line 1:50: GROUP BY clause cannot contain aggregations",
        "SELECT count(*) FROM (VALUES 1) AS t(x) GROUP BY x",
    ),
    (
        "an aggregate in an aggregate",
        "SELECT sum(count(x)) FROM (VALUES 1) AS t(x)",
        "NESTED_AGGREGATION: line 1:8: Cannot nest aggregations inside aggregation 'sum': [count(x)]",
        "SELECT sum(count(x)) OVER () FROM (VALUES 1) AS t(x)",
    ),
    (
        "a window function without OVER",
        "SELECT rank() FROM (VALUES 1) AS t(x)",
        "MISSING_OVER: line 1:8: Window function rank requires an OVER clause",
        "SELECT rank() OVER (ORDER BY x) FROM (VALUES 1) AS t(x)",
    ),
    (
        "a window function in HAVING",
        "SELECT 1 FROM (VALUES 1) AS t(x) GROUP BY x HAVING rank() OVER (ORDER BY x) > 1",
        "NESTED_WINDOW: line 1:52: HAVING clause cannot contain window functions or row pattern measures",
        "SELECT 1 FROM (VALUES 1) AS t(x) GROUP BY x HAVING count(*) > 1",
    ),
    (
        "an unknown window",
        "SELECT sum(x) OVER w FROM (VALUES 1) AS t(x)",
        "INVALID_WINDOW_REFERENCE",
        "SELECT sum(x) OVER w FROM (VALUES 1) AS t(x) WINDOW w AS (ORDER BY x)",
    ),
    (
        "an ordinal that is too large",
        "SELECT 1 ORDER BY 2",
        "INVALID_COLUMN_REFERENCE: line 1:19: ORDER BY position 2 is not in select list",
        "SELECT 1 ORDER BY 1",
    ),
    (
        "DISTINCT rows ordered by something else",
        "SELECT DISTINCT x FROM (VALUES (1, 2)) AS t(x, y) ORDER BY y",
        "EXPRESSION_NOT_IN_DISTINCT",
        "SELECT DISTINCT x, y FROM (VALUES (1, 2)) AS t(x, y) ORDER BY y",
    ),
    (
        "a subquery of several rows",
        "SELECT (SELECT x FROM (VALUES 1, 2) AS t(x))",
        "SUBQUERY_MULTIPLE_ROWS: Scalar sub-query has returned multiple rows",
        "SELECT (SELECT max(x) FROM (VALUES 1, 2) AS t(x))",
    ),
    ("a subquery of several columns", "SELECT 1 IN (SELECT 1, 2)", "TYPE_MISMATCH", "SELECT 1 IN (SELECT 1)"),
    ("division by zero", "SELECT 1 / 0", "DIVISION_BY_ZERO: Division by zero", "SELECT 1e0 / 0"),
    (
        "an integer that overflows",
        "SELECT 2147483647 + 1",
        "NUMERIC_VALUE_OUT_OF_RANGE: integer addition overflow: 2147483647 + 1",
        "SELECT 2147483647 + BIGINT '1'",
    ),
    (
        "a number that does not fit",
        "SELECT CAST(300 AS tinyint)",
        "INVALID_CAST_ARGUMENT: Out of range for tinyint: 300",
        "SELECT CAST(100 AS tinyint)",
    ),
    (
        "text that is no number",
        "SELECT CAST('abc' AS integer)",
        "INVALID_CAST_ARGUMENT: Cannot cast 'abc' to INT",
        "SELECT TRY_CAST('abc' AS integer)",
    ),
    (
        "text that is no date",
        "SELECT CAST('2024/01/01' AS date)",
        "INVALID_CAST_ARGUMENT: Value cannot be cast to date: 2024/01/01",
        "SELECT CAST('2024-01-01' AS date)",
    ),
    (
        "a cast that does not exist",
        "SELECT CAST(1 AS date)",
        "TYPE_MISMATCH: line 1:8: Cannot cast integer to date",
        "SELECT CAST('2024-01-01' AS date)",
    ),
    (
        "a place outside an array",
        "SELECT ARRAY[1][2]",
        "INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length: 2 > 1",
        "SELECT element_at(ARRAY[1], 2)",
    ),
    (
        "a key that is not in a map",
        "SELECT MAP(ARRAY['a'], ARRAY[1])['b']",
        "INVALID_FUNCTION_ARGUMENT: Key not present in map: b",
        "SELECT element_at(MAP(ARRAY['a'], ARRAY[1]), 'b')",
    ),
    (
        "a key that comes twice",
        "SELECT MAP(ARRAY[1, 1], ARRAY[1, 2])",
        "INVALID_FUNCTION_ARGUMENT: Duplicate map keys",
        "SELECT MAP(ARRAY[1, 2], ARRAY[1, 2])",
    ),
    (
        "text that is no JSON",
        "SELECT json_parse('{')",
        "INVALID_FUNCTION_ARGUMENT: Cannot convert value to JSON: '{'",
        "SELECT try(json_parse('{'))",
    ),
    (
        "a JSON path without its mode",
        "SELECT json_value('{}', '$.a')",
        "INVALID_PATH",
        "SELECT json_value('{}', 'lax $.a')",
    ),
    (
        "a date that does not match its pattern",
        "SELECT date_parse('2020-05', '%Y-%m-%d')",
        'INVALID_FUNCTION_ARGUMENT: Invalid format: "2020-05" is too short',
        "SELECT date_parse('2020-05', '%Y-%m')",
    ),
    (
        "a unit that is none",
        "SELECT date_add('dy', 1, current_date)",
        "INVALID_FUNCTION_ARGUMENT: 'dy' is not a valid DATE or TIMESTAMP field",
        "SELECT date_add('day', 1, current_date)",
    ),
    (
        "a zone that is none",
        "SELECT now() AT TIME ZONE 'Mars/Base'",
        "INVALID_FUNCTION_ARGUMENT",
        "SELECT now() AT TIME ZONE 'Europe/Rome'",
    ),
    (
        "a pattern that is none",
        "SELECT regexp_like('a', '(')",
        "INVALID_FUNCTION_ARGUMENT",
        "SELECT regexp_like('a', '\\(')",
    ),
    (
        "a function that is not computed",
        "SELECT spooky_hash_v2_64(X'00')",
        "NOT_SUPPORTED: line 1:8: Function spooky_hash_v2_64",
        "SELECT xxhash64(X'00')",
    ),
    (
        "a type of other engines",
        "SELECT CAST(1 AS string)",
        "TYPE_NOT_FOUND: line 1:8: Unknown type: string",
        "SELECT CAST(1 AS varchar)",
    ),
    (
        "a share above one",
        "SELECT approx_percentile(x, 1.5) FROM (VALUES 1) AS t(x)",
        "INVALID_FUNCTION_ARGUMENT: Percentile must be between 0 and 1",
        "SELECT approx_percentile(x, 0.5) FROM (VALUES 1) AS t(x)",
    ),
    (
        "GROUPING without groups",
        "SELECT grouping(x) FROM (VALUES 1) AS t(x)",
        "MISSING_GROUP_BY",
        "SELECT grouping(x) FROM (VALUES 1) AS t(x) GROUP BY x",
    ),
    (
        "a time with a zone",
        "SELECT TIME '10:00:00 +01:00'",
        "NOT_SUPPORTED: time with time zone",
        "SELECT TIME '10:00:00'",
    ),
    (
        "a pattern over rows",
        "SELECT * FROM (VALUES 1) AS t(x) MATCH_RECOGNIZE (ORDER BY x MEASURES A.x AS m ONE ROW PER MATCH PATTERN (A) DEFINE A AS x > 0)",
        "NOT_SUPPORTED: line 1:8: Unsupported clause: MATCH_RECOGNIZE",
        "SELECT * FROM (VALUES 1) AS t(x) WHERE x > 0",
    ),
    (
        "a natural join",
        "SELECT 1 FROM (VALUES 1) AS a(x) NATURAL JOIN (VALUES 1) AS b(x)",
        "NOT_SUPPORTED",
        "SELECT 1 FROM (VALUES 1) AS a(x) JOIN (VALUES 1) AS b(x) USING (x)",
    ),
]


@pytest.mark.parametrize(
    ("broken", "reason", "mended"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN]
)
def test_a_broken_query_fails_as_in_aws_and_its_mended_form_runs(broken: str, reason: str, mended: str) -> None:
    assert failure(broken)[: len(reason)] == reason
    assert failure(mended) == ""


# What other engines accept, and Athena does not.
SYNTAX = {
    "SELECT 1::integer": "line 1:9: mismatched input '::'",
    "SELECT `x` FROM (VALUES 1) AS t(x)": "line 1:8: backquoted identifiers are not supported; use double quotes to quote identifiers",
    "SELECT 'a' ILIKE 'A'": "line 1:12: mismatched input 'ILIKE'",
    "SELECT x FROM (VALUES 1) AS t(x) QUALIFY rank() OVER (ORDER BY x) = 1": "line 1:34: mismatched input 'QUALIFY'",
    "SELECT x FROM (VALUES 1) AS t(x) LIMIT 1, 2": "line 1:41: mismatched input ','",
    "SELECT * EXCLUDE (x) FROM (VALUES 1) AS t(x)": "line 1:1: mismatched input",
    "SELECT 1 AS a, FROM (VALUES 1)": "line 1:16: mismatched input 'FROM'",
    "SELECT 1 == 1": "line 1:10: mismatched input '=='",
    "SELECT 1 FROM": "line 1:",
    "SELECT (1": "line 1:",
}


@pytest.mark.parametrize(("sql", "reason"), SYNTAX.items())
def test_what_is_not_trinos_grammar_is_refused_at_once(sql: str, reason: str) -> None:
    with pytest.raises(SyntaxRefused) as caught:
        parser.parse(sql)
    assert str(caught.value).startswith(reason)


def test_the_reason_reaches_the_caller_of_the_api(emulator: Settings) -> None:
    with opened(emulator) as lake:
        with pytest.raises(StatementError, match="TYPE_MISMATCH: line 1:33: Cannot apply operator: bigint = varchar"):
            _rows(lake, "SELECT id FROM sales WHERE (id) = 'a'")
        assert _rows(lake, "SELECT id FROM sales WHERE (id) = 1") == [["1"]]


def _rows(lake: Lake, sql: str) -> list[list[str | None]]:
    return lake.rows(sql)
