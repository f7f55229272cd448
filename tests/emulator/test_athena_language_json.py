# ruff: noqa: E501 (a case is read on one line)
"""JSON: values worked out from Trino's documentation and its rules."""

from tests.emulator.athena_language import cases, evaluated

CASES = r"""
json_parse('[1, 2]') => [1,2]
json_parse('{"b": 1, "a": "x"}') => {"a":"x","b":1}
JSON '{"a": 1.50}' => {"a":1.5}
json_format(JSON '[1, 2, 3]') => [1,2,3]
json_format(JSON '"a"') => "a"
json_extract('{"a": {"b": [10, 20]}}', '$.a.b[1]') => 20
json_extract('{"a b": 1}', '$["a b"]') => 1
json_extract('{"a": 1}', '$.x') => NULL
json_extract_scalar('[1, 2, 3]', '$[2]') => 3
json_extract_scalar('{"a": "x"}', '$.a') => x
json_extract_scalar('{"a": true}', '$.a') => true
json_array_contains('[1, 2, 3]', 2) => true
json_array_contains('["a"]', 'b') => false
json_array_get('["a", [3, 9], "c"]', 0) => "a"
json_array_get('["c", "b", "a"]', -1) => "a"
json_array_get('["c"]', 10) => NULL
json_array_length('[1, 2, 3]') => 3
json_array_length('{}') => NULL
json_size('{"x": {"a": 1, "b": 2}}', '$.x') => 2
json_size('{"x": [1, 2, 3]}', '$.x') => 3
json_size('{"x": {"a": 1, "b": 2}}', '$.x.a') => 0
is_json_scalar('1') => true
is_json_scalar('[1, 2, 3]') => false
CAST(NULL AS JSON) => NULL
CAST(1 AS JSON) => 1
CAST(9223372036854775807 AS JSON) => 9223372036854775807
CAST('abc' AS JSON) => "abc"
CAST(true AS JSON) => true
CAST(1.234 AS JSON) => 1.234
CAST(ARRAY[1, 23, 456] AS JSON) => [1,23,456]
CAST(ARRAY[1, NULL, 456] AS JSON) => [1,null,456]
CAST(ARRAY[ARRAY[1, 23], ARRAY[456]] AS JSON) => [[1,23],[456]]
CAST(MAP(ARRAY['k1', 'k2', 'k3'], ARRAY[1, 23, 456]) AS JSON) => {"k1":1,"k2":23,"k3":456}
CAST(CAST(ROW(123, 'abc', true) AS ROW(v1 BIGINT, v2 VARCHAR, v3 BOOLEAN)) AS JSON) => {"v1":123,"v2":"abc","v3":true}
CAST(DATE '2020-01-02' AS JSON) => "2020-01-02"
CAST(TIMESTAMP '2020-01-02 03:04:05.120' AS JSON) => "2020-01-02 03:04:05.120"
CAST(1e10 AS JSON) => 1.0E10
CAST(ARRAY[JSON '{"a":1}'] AS JSON) => [{"a":1}]
CAST(JSON 'null' AS VARCHAR) => NULL
CAST(JSON '1' AS INTEGER) => 1
CAST(JSON '9223372036854775807' AS BIGINT) => 9223372036854775807
CAST(JSON '"abc"' AS VARCHAR) => abc
CAST(JSON 'true' AS BOOLEAN) => true
CAST(JSON '1.234' AS DOUBLE) => 1.234
CAST(JSON '[1,23,456]' AS ARRAY(INTEGER)) => [1, 23, 456]
CAST(JSON '[1,null,456]' AS ARRAY(INTEGER)) => [1, null, 456]
CAST(JSON '[[1,23],[456]]' AS ARRAY(ARRAY(INTEGER))) => [[1, 23], [456]]
CAST(JSON '{"k1":1,"k2":23}' AS MAP(VARCHAR, INTEGER)) => {k1=1, k2=23}
CAST(JSON '{"v1":123,"v2":"abc","v3":true}' AS ROW(v1 BIGINT, v2 VARCHAR, v3 BOOLEAN)) => {v1=123, v2=abc, v3=true}
CAST(JSON '[123,"abc",true]' AS ROW(v1 BIGINT, v2 VARCHAR, v3 BOOLEAN)) => {v1=123, v2=abc, v3=true}
CAST(JSON '{"V1":1,"more":2}' AS ROW(v1 BIGINT, v9 VARCHAR)) => {v1=1, v9=null}
CAST(JSON '[[1, 23], 456]' AS ARRAY(JSON)) => [[1,23], 456]
CAST(JSON '{"k1": [1, 23], "k2": 456}' AS MAP(VARCHAR, JSON)) => {k1=[1,23], k2=456}
CAST(JSON '[null]' AS ARRAY(JSON)) => [null]
TRY_CAST(JSON '[1]' AS MAP(VARCHAR, JSON)) => NULL
TRY_CAST(JSON '{"a":1}' AS VARCHAR) => NULL
json_exists('{"comment" : "nice", "children" : [10, 13, 16]}', 'lax $.children[*]?(@ > 10)') => true
json_exists('{"children" : [2]}', 'lax $.children[*]?(@ > 10)') => false
json_exists('{"children" : [8, 11]}', 'strict $.children[2]?(@ > 10)' UNKNOWN ON ERROR) => NULL
json_exists('{"children" : [10, 13, 16]}', 'strict $.children[2]?(@ > 10)' UNKNOWN ON ERROR) => true
json_exists('{"a": 5}', 'lax $?(@.a > $limit)' PASSING 3 AS "limit") => true
json_query('{"children" : [10, 13, 16]}', 'lax $.children') => [10,13,16]
json_query('{"children" : [10, 13, 16]}', 'lax $.children[*]' WITHOUT ARRAY WRAPPER NULL ON ERROR) => NULL
json_query('{"children" : [2]}', 'lax $.children[*]' WITHOUT ARRAY WRAPPER NULL ON ERROR) => 2
json_query('{"children" : [10, 13, 16]}', 'lax $.children[last]' WITH ARRAY WRAPPER) => [16]
json_query('{"children" : [10, 13, 16]}', 'strict $.children[*]?(@ > 12)' WITH ARRAY WRAPPER EMPTY ARRAY ON EMPTY) => [13,16]
json_query('{"children" : [2]}', 'strict $.children[*]?(@ > 12)' WITH ARRAY WRAPPER EMPTY ARRAY ON EMPTY) => []
json_query('{"comment" : "nice"}', 'strict $.comment' KEEP QUOTES) => "nice"
json_query('{"comment" : "nice"}', 'strict $.comment' OMIT QUOTES) => nice
json_query('{"b": 1, "a": {"d": 2}}', 'lax $') => {"b":1,"a":{"d":2}}
json_query('[{"a":1},{"a":2}]', 'lax $.a' WITH CONDITIONAL ARRAY WRAPPER) => [1,2]
json_query('{"a":[1]}', 'lax $.a' WITH CONDITIONAL ARRAY WRAPPER) => [1]
json_query('[0, 1, 2]', 'lax $[1, 0, 0]' WITH WRAPPER) => [1,0,0]
json_query('["a", "b", "c", "d"]', 'lax $[2 to 3]' WITH WRAPPER) => ["c","d"]
json_query('{"id" : 1, "notes" : [{"type" : 1, "comment" : "foo"}, {"type" : 2, "comment" : null}], "comment" : ["bar", "baz"]}', 'lax $..comment' WITH WRAPPER) => [["bar","baz"],"foo",null]
json_query('[-1.5, -1, 1.3]', 'lax $.ceiling()' WITH WRAPPER) => [-1,-1,2]
json_query('[-1.5, -1, 1.3]', 'lax $.abs()' WITH WRAPPER) => [1.5,1,1.3]
json_query('[1, "a", null, true, {}, []]', 'lax $[*].type()' WITH WRAPPER) => ["number","string","null","boolean","object","array"]
json_query('[[0, 1, 2], ["a"], 5]', 'lax $[*].size()' WITH WRAPPER) => [3,1,1]
json_query('{"region" : "ASIA"}', 'lax $.keyvalue()' WITH WRAPPER) => [{"name":"region","value":"ASIA","id":0}]
json_query('[{"customer" : 100, "region" : "AFRICA"}, {"region" : "ASIA"}]', 'lax $?(!exists(@.customer))') => {"region":"ASIA"}
json_query('[{"customer" : 100, "region" : "AFRICA"}, {"region" : "ASIA"}]', 'lax $?(@.region starts with "AF" && @.customer >= 100).customer') => 100
json_value('{"comment" : "nice"}', 'lax $.comment' RETURNING char(12)) || '|' => nice        |
json_value('{"children" : [10, 13]}', 'lax $.children[0]' RETURNING tinyint) => 10
json_value('{"children" : [8, 11]}', 'strict $.children[2]' DEFAULT 'err' ON ERROR) => err
json_value('{"children" : [8, 11]}', 'lax $.children[2]' DEFAULT 'missing' ON EMPTY) => missing
json_value('{"children" : [10, 13, 16]}', 'lax $.children[2]' DEFAULT 'missing' ON EMPTY) => 16
json_value('{"a": 1}', 'lax $.a + 1' RETURNING integer) => 2
json_value('{"a": "x"}', 'lax $.a' RETURNING integer DEFAULT -1 ON ERROR) => -1
json_value('{"a": null}', 'lax $.a') => NULL
json_value('{"a": "2020-01-01"}', 'lax $.a' RETURNING date) => 2020-01-01
json_value('not json', 'lax $.a') => NULL
json_value('{"a": true}', 'lax $.a' RETURNING boolean) => true
json_array('a', 1, true, NULL) => ["a",1,true]
json_array('a', NULL NULL ON NULL) => ["a",null]
json_array() => []
json_array('[ "text" ] ' FORMAT JSON) => [["text"]]
json_array(json_array(1), json_object('k' : 1)) => [[1],{"k":1}]
json_object('key1' : 1, 'key2' : true) => {"key1":1,"key2":true}
json_object(KEY 'key1' VALUE 1, KEY 'key2' VALUE 'x') => {"key1":1,"key2":"x"}
json_object('key1' VALUE NULL) => {"key1":null}
json_object('key1' : NULL ABSENT ON NULL) => {}
json_object('x' : NULL NULL ON NULL) => {"x":null}
json_object() => {}
json_parse('{"a":1}') = json_parse('{ "a" : 1 }') => true
typeof(json_parse('1')) => json
"""


def test_each_expression_has_the_value_that_trino_gives() -> None:
    assert evaluated(CASES) == cases(CASES)
