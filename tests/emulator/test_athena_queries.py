"""SELECT as Trino computes it. Expected values are worked out from Trino's and Athena's documentation."""

# ruff: noqa: E501, S608 (a statement is read on one line)
from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest

from emulator.settings import Settings
from tests.emulator.athena_lake import Lake, StatementError, opened


@pytest.fixture(scope="module")
def lake(emulator: Settings) -> Iterator[Lake]:
    with opened(emulator) as lake:
        yield lake


SEMANTICS = {
    "integers divide towards zero, also when they were derived in a CTE": (
        "WITH d AS (SELECT qty * 2 AS q FROM sales WHERE id = 1) SELECT q / 3, -q / 3, q % 3 FROM d",
        ["3", "-3", "1"],
    ),
    "decimals derived in a subquery keep Trino's scale when they are divided": (
        "SELECT a / 3, b / a, typeof(a / 3) FROM (SELECT sum(amount) AS a, CAST(1 AS decimal(5,2)) AS b FROM sales)",
        ["4.83", "0.07", "decimal(38,2)"],
    ),
    "a date plus an interval stays a date, through two CTEs": (
        "WITH a AS (SELECT day AS d FROM sales WHERE id = 1), b AS (SELECT d + INTERVAL '1' MONTH AS e FROM a) "
        "SELECT e, e - INTERVAL '1' DAY, typeof(e) FROM b",
        ["2024-02-29", "2024-02-28", "date"],
    ),
    "date_diff counts complete units": (
        "SELECT date_diff('month', DATE '2024-01-31', DATE '2024-02-28'), date_diff('day', DATE '2024-03-01', DATE '2024-02-01')",
        ["0", "-29"],
    ),
    "the average of a decimal is a decimal": (
        "SELECT avg(amount), typeof(avg(amount)), avg(qty) FROM sales",
        ["7.25", "decimal(10,2)", "3.5"],
    ),
    "text is a number only where Java says so": (
        "SELECT TRY_CAST('1.5' AS integer), TRY_CAST('7' AS bigint), TRY_CAST('1e3' AS double), TRY_CAST('yes' AS boolean), "
        "TRY_CAST('2024/01/01' AS date), TRY_CAST('' AS double)",
        [None, "7", "1000.0", None, None, None],
    ),
    "a double rounds half away from zero when cast to an integer": (
        "SELECT CAST(2.5e0 AS integer), CAST(-2.5e0 AS bigint), CAST(0.5 AS integer)",
        ["3", "-3", "1"],
    ),
    "doubles print as Java prints them": (
        "SELECT 1e7, 12345678.9e0, 1e-4, 0.1e0 + 0.2e0, CAST(1e20 AS varchar), CAST(2 AS real)",
        ["1.0E7", "1.23456789E7", "1.0E-4", "0.30000000000000004", "1.0E20", "2.0"],
    ),
    "a number cast to text is written as Trino writes it": (
        "SELECT CAST(0.10 AS varchar), CAST(-0.5 AS varchar) || 'x', CAST(0.1e0 AS varchar), CAST(12e0 AS varchar), "
        "CAST(REAL '0.1' AS varchar)",
        ["0.10", "-0.5x", "1.0E-1", "1.2E1", "1.0E-1"],
    ),
    "arrays with a null are neither equal nor unequal": (
        "SELECT ARRAY[1,NULL] = ARRAY[1,NULL], ARRAY[1,NULL] = ARRAY[2,NULL], ARRAY[1] <> ARRAY[1,2], ARRAY[1] = ARRAY[1]",
        [None, "false", "true", "true"],
    ),
    "the spaces that fill a char do not count": (
        "SELECT CAST('a' AS char(3)) = CAST('a' AS char(5)), CAST('a' AS char(3)) < CAST('b' AS char(1))",
        ["true", "true"],
    ),
    "numbers are told and read with their units": (
        "SELECT format_number(123456), format_number(1234567), format_number(-12), parse_data_size('2.3MB')",
        ["123K", "1.23M", "-12", "2411724"],
    ),
    "a decimal literal has the scale that is written": (
        "SELECT 1.50, 1.50 * 2.0, 0.1 + 0.2, typeof(1.50 * 2.0)",
        ["1.50", "3.000", "0.3", "decimal(5,3)"],
    ),
    "greatest and least are null when an argument is": ("SELECT greatest(1, NULL), least('b', 'a')", [None, "a"]),
    "dividing a double by zero is infinity": ("SELECT 1e0 / 0, -1e0 / 0", ["Infinity", "-Infinity"]),
    "array functions keep order": (
        "SELECT array_distinct(ARRAY[3,1,3,NULL,NULL]), slice(ARRAY[1,2,3,4],-3,2), array_union(ARRAY[2,1],ARRAY[1,5]), "
        "element_at(ARRAY[1,2],5), array_sort(ARRAY[2,NULL,1])",
        ["[3, 1, null]", "[2, 3]", "[2, 1, 5]", None, "[1, 2, null]"],
    ),
    "lambdas see the columns around them and nest": (
        "SELECT transform(ARRAY[1,2], x -> transform(ARRAY[10,20], y -> x * y + qty)) FROM sales WHERE id = 1",
        ["[[15, 25], [25, 45]]"],
    ),
    "maps are made, filtered and read": (
        "SELECT map_filter(m, (k, v) -> v > 1), transform_values(m, (k, v) -> k || CAST(v AS varchar)), m['a'], element_at(m, 'z') "
        "FROM (SELECT map(ARRAY['a','b'], ARRAY[1,2]) AS m)",
        ["{b=2}", "{a=a1, b=b2}", "1", None],
    ),
    "strings are indexed from one and from the end": (
        "SELECT substr('hello', -3), substr('hello', 0), substr('hello', -9), substr('hello', 2, 3), strpos('hello', 'l')",
        ["llo", "", "", "ell", "3"],
    ),
    "a part that is not there is null": (
        "SELECT split_part('a:b', ':', 3), regexp_extract('abc', '\\d+'), json_extract_scalar('{\"a\":{}}', '$.a')",
        [None, None, None],
    ),
    "trim removes all white space": ("SELECT '[' || trim(chr(9) || ' a ' || chr(10)) || ']'", ["[a]"]),
    "JSON is canonical": (
        'SELECT json_format(json_parse(\'{"b": 1, "a": [1.0, "x"]}\')), CAST(json_parse(\'[1,2]\') AS array(bigint))[2]',
        ['{"a":[1.0,"x"],"b":1}', "2"],
    ),
    "approximations are exact on little data": (
        "SELECT approx_distinct(qty), approx_percentile(price, 0.5), approx_percentile(price, ARRAY[0.0, 1.0]) FROM sales",
        ["2", "2.5", "[1.0, 4.0]"],
    ),
    "width_bucket counts from one": (
        "SELECT width_bucket(5, 0, 10, 4), width_bucket(-1, 0, 10, 4), width_bucket(10, 0, 10, 4), width_bucket(3.5e0, ARRAY[1e0, 3e0, 5e0])",
        ["3", "0", "5", "2"],
    ),
    "a timestamp with time zone is the same instant elsewhere": (
        "SELECT TIMESTAMP '2024-07-01 12:00:00 UTC' AT TIME ZONE 'America/New_York', hour(TIMESTAMP '2024-07-01 12:00:00 UTC' AT TIME ZONE 'Europe/Rome')",
        ["2024-07-01 08:00:00.000 America/New_York", "14"],
    ),
    "nulls come last whatever the direction": (
        "SELECT array_agg(qty ORDER BY qty DESC), max_by(id, qty) FROM sales",
        ["[5, 2, null]", "1"],
    ),
    "CONTAINS knows null": (
        "SELECT contains(ARRAY[1,NULL], 2), contains(ARRAY[1,NULL], 1), contains(ARRAY[1], 2)",
        [None, "true", "false"],
    ),
    "matching an empty array, and nulls": (
        "SELECT any_match(filter(ARRAY[1], x -> x > 5), x -> x > 0), all_match(ARRAY[1, NULL], x -> x > 0), none_match(ARRAY[1], x -> x > 1), arrays_overlap(ARRAY[1, NULL], ARRAY[2])",
        ["false", None, "true", None],
    ),
    "a sequence of months keeps the day of its start": (
        "SELECT sequence(DATE '2024-01-31', DATE '2024-04-30', INTERVAL '1' MONTH)",
        ["[2024-01-31, 2024-02-29, 2024-03-31, 2024-04-30]"],
    ),
    "bases and hashes": (
        "SELECT from_base('ff', 16), to_base(255, 2), lower(to_hex(sha256(to_utf8('a'))))",
        ["255", "11111111", hashlib.sha256(b"a").hexdigest()],
    ),
    "a window over an aggregate": (
        "SELECT sum(sum(qty)) OVER (), count(*) FILTER (WHERE qty > 2) FROM sales",
        ["7", "1"],
    ),
    "a correlated subquery": (
        "SELECT (SELECT max(price) FROM sales i WHERE i.id < s.id) FROM sales s WHERE s.id = 3",
        ["2.5"],
    ),
}


@pytest.mark.parametrize(("sql", "expected"), SEMANTICS.values(), ids=SEMANTICS.keys())
def test_semantics(lake: Lake, sql: str, expected: list[str | None]) -> None:
    assert lake.rows(sql) == [expected]


ERRORS = {
    "SELECT 1 / (id - id) FROM sales": "DIVISION_BY_ZERO",
    "SELECT 1.0 / 0": "DIVISION_BY_ZERO",
    "SELECT CAST('abc' AS integer)": "INVALID_CAST_ARGUMENT: Cannot cast 'abc' to INT",
    "SELECT 2147483647 + 1": "NUMERIC_VALUE_OUT_OF_RANGE",
    "SELECT nonesuch FROM sales": "COLUMN_NOT_FOUND: line 1:8: Column 'nonesuch' cannot be resolved",
    "SELECT * FROM nonesuch": "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.shop.nonesuch' does not exist",
    "SELECT 1 FROM elsewhere.t": "SCHEMA_NOT_FOUND",
    "SELECT nonesuch(1)": "FUNCTION_NOT_FOUND: line 1:8: Function 'nonesuch' not registered",
    "SELECT lower(1)": "FUNCTION_NOT_FOUND",
    "SELECT age + 1 FROM clients": "TYPE_MISMATCH",
    "SELECT 1 = 'a'": "TYPE_MISMATCH",
    "SELECT ARRAY[1][2]": "INVALID_FUNCTION_ARGUMENT",
    "SELECT a.id FROM sales a JOIN sales b ON id = 1": "AMBIGUOUS_NAME",
    "SELECT id, count(*) FROM sales": "EXPRESSION_NOT_AGGREGATE",
    "SELECT 1 FROM sales NATURAL JOIN clients": "NOT_SUPPORTED",
    "SELECT word_stem(country) FROM sales": "NOT_SUPPORTED: line 1:8: Function word_stem",
    "SELECT regr_count(price, price) FROM sales": "FUNCTION_NOT_FOUND",
}


@pytest.mark.parametrize(("sql", "reason"), ERRORS.items())
def test_what_is_wrong_or_not_supported_fails_with_trinos_error(lake: Lake, sql: str, reason: str) -> None:
    with pytest.raises(StatementError) as caught:
        lake.rows(sql)
    assert str(caught.value).startswith(reason)


def test_columns_of_text_are_turned_into_rows(lake: Lake) -> None:
    sql = """
        WITH cells AS (
            SELECT name, value FROM clients
            CROSS JOIN UNNEST(ARRAY['age', 'job', 'balance'], ARRAY[age, job, balance]) AS t (name, value)
        )
        SELECT name, count(*), count(nullif(value, '')), approx_distinct(nullif(value, '')),
               approx_percentile(TRY_CAST(value AS double), ARRAY[0.0, 1.0])
        FROM cells GROUP BY name ORDER BY name
    """
    assert lake.rows(sql) == [
        ["age", "4", "3", "3", "[30.0, 41.0]"],
        ["balance", "4", "3", "3", "[-3.0, 100.5]"],
        ["job", "4", "4", "3", None],
    ]


def test_the_hash_of_a_row_is_that_of_python(lake: Lake) -> None:
    unit = chr(31)
    sql = f"SELECT lower(to_hex(sha256(to_utf8('key' || '{unit}' || age || '{unit}' || job)))), from_base(substr(to_hex(sha256(to_utf8(job))), 1, 8), 16) FROM clients WHERE age = '41'"
    digest = hashlib.sha256(f"key{unit}41{unit}tech".encode()).hexdigest()
    assert lake.rows(sql) == [[digest, str(int(hashlib.sha256(b"tech").hexdigest()[:8], 16))]]


def test_quoted_fields_hold_separators_and_quotes(lake: Lake) -> None:
    assert lake.rows("SELECT job, opened FROM clients WHERE age = 'x'") == [['a;"b"', ""]]


def test_only_the_partitions_and_columns_asked_for_are_scanned(lake: Lake) -> None:
    def scanned(sql: str) -> int:
        return int(lake.execute(sql)["Statistics"]["DataScannedInBytes"])

    whole = scanned("SELECT * FROM sales")
    assert 0 < scanned("SELECT id FROM sales") < whole
    assert 0 < scanned("SELECT id FROM sales WHERE country = 'fr'") < scanned("SELECT id FROM sales")
    assert lake.rows("SELECT id, \"$path\" FROM sales WHERE country IN ('fr')") == [
        ["3", "s3://lake/sales/country=fr/part.parquet"]
    ]
