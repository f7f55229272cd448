# ruff: noqa: E501 (a case is read on one line)
"""Arrays, maps, rows and lambdas: values worked out from Trino's documentation and its rules."""

from tests.emulator.athena_language import cases, evaluated

CASES = r"""
ARRAY[1, 2] || ARRAY[3] => [1, 2, 3]
ARRAY[1] || 2 => [1, 2]
0 || ARRAY[1] => [0, 1]
ARRAY[] => []
typeof(ARRAY[]) => array(unknown)
typeof(ARRAY[1, 2.5]) => array(decimal(11,1))
ARRAY[1, NULL, 3][3] => 3
all_match(ARRAY[2, 4], x -> x % 2 = 0) => true
any_match(ARRAY[1, 2], x -> x > 1) => true
none_match(ARRAY[1, 2], x -> x > 5) => true
any_match(ARRAY[], x -> true) => false
array_distinct(ARRAY[1, 2, 1, NULL, NULL]) => [1, 2, null]
array_except(ARRAY[1, 2, 3, 1], ARRAY[2]) => [1, 3]
array_histogram(ARRAY[42, 7, 42, NULL]) => {42=2, 7=1}
array_intersect(ARRAY[1, 2, 3], ARRAY[2, 3, 4]) => [2, 3]
array_join(ARRAY[1, NULL, 3], '-') => 1-3
array_join(ARRAY[1, NULL, 3], '-', 'x') => 1-x-3
array_join(ARRAY[1.5e0, 2e10], ',') => 1.5E0,2.0E10
array_max(ARRAY[1, 3, 2]) => 3
array_min(ARRAY[1, NULL]) => NULL
array_max(ARRAY[]) => NULL
array_position(ARRAY['a', 'b'], 'b') => 2
array_remove(ARRAY[1, 2, 1], 1) => [2]
array_sort(ARRAY[3, NULL, 1]) => [1, 3, null]
array_sort(ARRAY[3, 2, 5, 1, 2], (x, y) -> IF(x < y, 1, IF(x = y, 0, -1))) => [5, 3, 2, 2, 1]
array_sort(ARRAY['bc', 'ab', 'dc'], (x, y) -> IF(x < y, 1, IF(x = y, 0, -1))) => [dc, bc, ab]
array_sort(ARRAY[3, 2, NULL, 5, NULL, 1, 2], (x, y) -> CASE WHEN x IS NULL THEN -1 WHEN y IS NULL THEN 1 WHEN x < y THEN 1 WHEN x = y THEN 0 ELSE -1 END) => [null, null, 5, 3, 2, 2, 1]
array_sort(ARRAY['a', 'abcd', 'abc'], (x, y) -> IF(length(x) < length(y), -1, IF(length(x) = length(y), 0, 1))) => [a, abc, abcd]
array_union(ARRAY[1, 2, NULL], ARRAY[2, 3, NULL]) => [1, 2, null, 3]
arrays_overlap(ARRAY[1, 2], ARRAY[2]) => true
cardinality(ARRAY[1, 2]) => 2
combinations(ARRAY['foo', 'bar', 'baz'], 2) => [[foo, bar], [foo, baz], [bar, baz]]
combinations(ARRAY[1, 2, 3], 2) => [[1, 2], [1, 3], [2, 3]]
combinations(ARRAY[1, 2, 2], 2) => [[1, 2], [1, 2], [2, 2]]
contains(ARRAY[1, 2], 2) => true
contains_sequence(ARRAY[1, 2, 3, 4], ARRAY[2, 3]) => true
contains_sequence(ARRAY[1, 2, 3, 4], ARRAY[3, 2]) => false
element_at(ARRAY[1, 2, 3], -1) => 3
element_at(ARRAY[1], 5) => NULL
filter(ARRAY[], x -> true) => []
filter(ARRAY[5, -6, NULL, 7], x -> x > 0) => [5, 7]
filter(ARRAY[5, NULL, 7, NULL], x -> x IS NOT NULL) => [5, 7]
flatten(ARRAY[ARRAY[1], ARRAY[2, 3], NULL]) => [1, 2, 3]
ngrams(ARRAY['foo', 'bar', 'baz', 'foo'], 2) => [[foo, bar], [bar, baz], [baz, foo]]
ngrams(ARRAY['foo', 'bar', 'baz', 'foo'], 4) => [[foo, bar, baz, foo]]
ngrams(ARRAY['foo', 'bar', 'baz', 'foo'], 5) => [[foo, bar, baz, foo]]
ngrams(ARRAY[1, 2, 3, 4], 2) => [[1, 2], [2, 3], [3, 4]]
reduce(ARRAY[], 0, (s, x) -> s + x, s -> s) => 0
reduce(ARRAY[5, 20, 50], 0, (s, x) -> s + x, s -> s) => 75
reduce(ARRAY[5, 20, NULL, 50], 0, (s, x) -> s + x, s -> s) => NULL
reduce(ARRAY[5, 20, NULL, 50], 0, (s, x) -> s + coalesce(x, 0), s -> s) => 75
reduce(ARRAY[5, 20, NULL, 50], 0, (s, x) -> IF(x IS NULL, s, s + x), s -> s) => 75
reduce(ARRAY[2147483647, 1], BIGINT '0', (s, x) -> s + x, s -> s) => 2147483648
reduce(ARRAY[5, 6, 10, 20], CAST(ROW(0.0, 0) AS ROW(sum double, count integer)), (s, x) -> CAST(ROW(x + s.sum, s.count + 1) AS ROW(sum double, count integer)), s -> IF(s.count = 0, NULL, s.sum / s.count)) => 10.25
repeat('a', 3) => [a, a, a]
reverse(ARRAY[1, 2, 3]) => [3, 2, 1]
sequence(1, 5) => [1, 2, 3, 4, 5]
sequence(5, 1) => [5, 4, 3, 2, 1]
sequence(1, 9, 4) => [1, 5, 9]
sequence(DATE '2024-01-01', DATE '2024-01-03') => [2024-01-01, 2024-01-02, 2024-01-03]
sequence(TIMESTAMP '2024-01-01 00:00:00', TIMESTAMP '2024-01-01 12:00:00', INTERVAL '6' HOUR) => [2024-01-01 00:00:00.000, 2024-01-01 06:00:00.000, 2024-01-01 12:00:00.000]
cardinality(shuffle(ARRAY[1, 2, 3])) => 3
slice(ARRAY[1, 2, 3, 4], 2, 2) => [2, 3]
slice(ARRAY[1, 2, 3, 4], -2, 2) => [3, 4]
trim_array(ARRAY[1, 2, 3, 4], 1) => [1, 2, 3]
trim_array(ARRAY[1, 2, 3, 4], 2) => [1, 2]
transform(ARRAY[], x -> x + 1) => []
transform(ARRAY[5, 6], x -> x + 1) => [6, 7]
transform(ARRAY[5, NULL, 6], x -> coalesce(x, 0) + 1) => [6, 1, 7]
transform(ARRAY['x', 'abc', 'z'], x -> x || '0') => [x0, abc0, z0]
transform(ARRAY[ARRAY[1, NULL, 2], ARRAY[3, NULL]], a -> filter(a, x -> x IS NOT NULL)) => [[1, 2], [3]]
zip(ARRAY[1, 2], ARRAY['1b', NULL, '3b']) => [{field0=1, field1=1b}, {field0=2, field1=null}, {field0=null, field1=3b}]
zip_with(ARRAY[1, 3, 5], ARRAY['a', 'b', 'c'], (x, y) -> (y, x)) => [{field0=a, field1=1}, {field0=b, field1=3}, {field0=c, field1=5}]
zip_with(ARRAY[1, 2], ARRAY[3, 4], (x, y) -> x + y) => [4, 6]
zip_with(ARRAY['a', 'b', 'c'], ARRAY['d', 'e', 'f'], (x, y) -> concat(x, y)) => [ad, be, cf]
zip_with(ARRAY['a'], ARRAY['d', NULL, 'f'], (x, y) -> coalesce(x, y)) => [a, null, f]
ARRAY[1, 2] = ARRAY[1, 2] => true
ARRAY[1, 2] < ARRAY[1, 3] => true
ARRAY[1, 2] <> ARRAY[1] => true
array_first(ARRAY[7, 8]) => 7
array_last(ARRAY[7, 8]) => 8
cosine_similarity(ARRAY[1.0, 2.0], ARRAY[2.0, 4.0]) => 1.0
euclidean_distance(ARRAY[1.0, 2.0], ARRAY[3.0, 4.0]) => 2.8284271247461903
dot_product(ARRAY[1.0, 2.0], ARRAY[3.0, 4.0]) => 11.0
CAST(ARRAY[1, 2] AS array(varchar)) => [1, 2]
CAST(ARRAY['1', '2'] AS array(integer)) => [1, 2]
MAP() => {}
MAP(ARRAY[1, 3], ARRAY[2, 4]) => {1=2, 3=4}
cardinality(MAP(ARRAY[1, 3], ARRAY[2, 4])) => 2
element_at(MAP(ARRAY['a'], ARRAY[1]), 'b') => NULL
map_concat(MAP(ARRAY[1], ARRAY['a']), MAP(ARRAY[1, 2], ARRAY['b', 'c'])) => {1=b, 2=c}
map_entries(MAP(ARRAY[1, 2], ARRAY['x', 'y'])) => [{field0=1, field1=x}, {field0=2, field1=y}]
map_filter(MAP(ARRAY[10, 20, 30], ARRAY['a', NULL, 'c']), (k, v) -> v IS NOT NULL) => {10=a, 30=c}
map_filter(MAP(ARRAY['k1', 'k2', 'k3'], ARRAY[20, 3, 15]), (k, v) -> v > 10) => {k1=20, k3=15}
map_from_entries(ARRAY[(1, 'x'), (2, 'y')]) => {1=x, 2=y}
multimap_from_entries(ARRAY[(1, 'x'), (2, 'y'), (1, 'z')]) => {1=[x, z], 2=[y]}
map_keys(MAP(ARRAY[1], ARRAY['a'])) => [1]
map_values(MAP(ARRAY[1], ARRAY['a'])) => [a]
map_zip_with(MAP(ARRAY[1, 2, 3], ARRAY['a', 'b', 'c']), MAP(ARRAY[1, 2, 3], ARRAY['d', 'e', 'f']), (k, v1, v2) -> concat(v1, v2)) => {1=ad, 2=be, 3=cf}
map_zip_with(MAP(ARRAY['k1', 'k2'], ARRAY[1, 2]), MAP(ARRAY['k2', 'k3'], ARRAY[4, 9]), (k, v1, v2) -> (v1, v2)) => {k1={field0=1, field1=null}, k2={field0=2, field1=4}, k3={field0=null, field1=9}}
map_zip_with(MAP(ARRAY['a', 'b', 'c'], ARRAY[1, 8, 27]), MAP(ARRAY['a', 'b', 'c'], ARRAY[1, 2, 3]), (k, v1, v2) -> k || CAST(v1 / v2 AS VARCHAR)) => {a=a1, b=b4, c=c9}
transform_keys(MAP(ARRAY['a', 'b', 'c'], ARRAY[1, 2, 3]), (k, v) -> CASE k WHEN 'a' THEN 'x' WHEN 'b' THEN 'y' ELSE 'z' END) => {x=1, y=2, z=3}
transform_keys(MAP(ARRAY[1, 2], ARRAY[1.0, 1.4]), (k, v) -> MAP(ARRAY[1, 2], ARRAY['one', 'two'])[k]) => {one=1.0, two=1.4}
transform_values(MAP(ARRAY[1, 2, 3], ARRAY[10, 20, 30]), (k, v) -> v + k) => {1=11, 2=22, 3=33}
transform_values(MAP(ARRAY[1, 2], ARRAY[1.0, 1.4]), (k, v) -> MAP(ARRAY[1, 2], ARRAY['one', 'two'])[k] || '_' || CAST(v AS VARCHAR)) => {1=one_1.0, 2=two_1.4}
MAP(ARRAY['a'], ARRAY[1]) = MAP(ARRAY['a'], ARRAY[1]) => true
ROW(1, 2.5) => {field0=1, field1=2.5}
CAST(ROW(1, 'a') AS ROW(x bigint, y varchar)) => {x=1, y=a}
CAST(ROW(1, 2e0) AS ROW(x BIGINT, y DOUBLE)).y => 2.0
ROW(1, 2)[2] => 2
(1, 2) = (1, 2) => true
(1, 2) < (1, 3) => true
(1, 2) IN ((1, 2), (3, 4)) => true
typeof(ROW(1, 'a')) => row(integer, varchar(1))
typeof(CAST(ROW(1, 'a') AS ROW(x bigint, y varchar))) => row(x bigint, y varchar)
typeof(MAP(ARRAY[1], ARRAY['a'])) => map(integer, varchar(1))
"""


def test_each_expression_has_the_value_that_trino_gives() -> None:
    assert evaluated(CASES) == cases(CASES)
