# ruff: noqa: E501 (a case is read on one line)
"""Clauses of queries and aggregates: rows worked out from Trino's documentation and its rules."""

import pytest

from tests.emulator.athena_language import rows

# A query, and its rows: cells between bars, rows between semicolons.
CASES = r"""
SELECT 'abc' NOT LIKE '_b_', 1 NOT IN (1, 2), 1 NOT BETWEEN 0 AND 2, NOT 1 IS NOT NULL => false|false|false|false
WITH t(a, b) AS (VALUES (1, 'x'), (2, 'y')) SELECT b, a FROM t ORDER BY 1 DESC => y|2; x|1
WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 4) SELECT sum(n) FROM t => 10
WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS y FROM a) SELECT a.x, b.y FROM a, b => 1|2
SELECT a, b, sum(c) FROM (VALUES (1, 'x', 10), (1, 'y', 20), (2, 'x', 30)) AS t(a, b, c) GROUP BY GROUPING SETS ((a, b), (a), ()) ORDER BY 1, 2 => 1|x|10; 1|y|20; 1|NULL|30; 2|x|30; 2|NULL|30; NULL|NULL|60
SELECT a, b, sum(c) FROM (VALUES (1, 'x', 10), (1, 'y', 20)) AS t(a, b, c) GROUP BY CUBE (a, b) ORDER BY 1, 2 => 1|x|10; 1|y|20; 1|NULL|30; NULL|x|10; NULL|y|20; NULL|NULL|30
SELECT a, b, sum(c) FROM (VALUES (1, 'x', 10), (1, 'y', 20)) AS t(a, b, c) GROUP BY ROLLUP (a, b) ORDER BY 1, 2 => 1|x|10; 1|y|20; 1|NULL|30; NULL|NULL|30
SELECT a, sum(c) FROM (VALUES (1, 'x', 10), (1, 'y', 20)) AS t(a, b, c) GROUP BY a, ROLLUP (b) ORDER BY 2 => 1|10; 1|20; 1|30
SELECT a, b, grouping(a, b) FROM (VALUES (1, 'x')) AS t(a, b) GROUP BY GROUPING SETS ((a), (b)) ORDER BY 3 => 1|NULL|1; NULL|x|2
SELECT count(*) FROM (VALUES 1, 2) AS t(a) GROUP BY () => 2
SELECT a + 1, count(*) FROM (VALUES 1, 1, 2) AS t(a) GROUP BY a + 1 ORDER BY 1 => 2|2; 3|1
SELECT a + 1 AS k, count(*) FROM (VALUES 1, 1, 2) AS t(a) GROUP BY 1 HAVING count(*) > 1 => 2|2
SELECT DISTINCT a FROM (VALUES 1, 1, 2) AS t(a) ORDER BY a DESC => 2; 1
SELECT ALL a FROM (VALUES 1, 1) AS t(a) => 1; 1
SELECT count(DISTINCT a), sum(DISTINCT a), count(a) FROM (VALUES 1, 1, 2, NULL) AS t(a) => 2|3|3
SELECT count(DISTINCT (a, b)) FROM (VALUES (1, 2), (1, 2), (1, 3)) AS t(a, b) => 2
SELECT * FROM (VALUES 1, 2, 2, 3) AS t(a) ORDER BY a FETCH FIRST 2 ROWS WITH TIES => 1; 2; 2
SELECT * FROM (VALUES 1, 2, 3) AS t(a) ORDER BY a FETCH FIRST ROW ONLY => 1
SELECT * FROM (VALUES 1, 2, 3) AS t(a) ORDER BY a OFFSET 1 ROWS FETCH NEXT 1 ROWS ONLY => 2
SELECT * FROM (VALUES 1, 2, 3) AS t(a) ORDER BY a OFFSET 1 LIMIT 1 => 2
SELECT * FROM (VALUES 1, 2, 3) AS t(a) ORDER BY a LIMIT ALL => 1; 2; 3
SELECT a FROM (VALUES 1, NULL, 2) AS t(a) ORDER BY a => 1; 2; NULL
SELECT a FROM (VALUES 1, NULL, 2) AS t(a) ORDER BY a DESC => 2; 1; NULL
SELECT a FROM (VALUES 1, NULL, 2) AS t(a) ORDER BY a DESC NULLS FIRST => NULL; 2; 1
SELECT a FROM (VALUES 1e0, nan(), 2e0) AS t(a) ORDER BY a => 1.0; 2.0; NaN
VALUES 1, 2 UNION ALL VALUES 2 ORDER BY 1 => 1; 2; 2
SELECT 1 UNION SELECT 1 => 1
SELECT 1 UNION SELECT 2.5 ORDER BY 1 => 1.0; 2.5
SELECT * FROM (VALUES 1, 2, 2, 2) INTERSECT ALL SELECT * FROM (VALUES 2, 2) => 2; 2
SELECT * FROM (VALUES 1, 2, 2) EXCEPT ALL SELECT * FROM (VALUES 2) ORDER BY 1 => 1; 2
SELECT * FROM (VALUES 1, 2, 2) EXCEPT SELECT 1 => 2
SELECT 1 AS a UNION ALL (SELECT 2 UNION SELECT 2) ORDER BY a => 1; 2
SELECT x FROM UNNEST(ARRAY[1, 2]) AS t(x) => 1; 2
SELECT x, n FROM UNNEST(ARRAY['a', 'b']) WITH ORDINALITY AS t(x, n) => a|1; b|2
SELECT k, v FROM UNNEST(MAP(ARRAY['a', 'b'], ARRAY[1, 2])) AS t(k, v) => a|1; b|2
SELECT a, b FROM UNNEST(ARRAY[1, 2, 3], ARRAY['x', 'y']) AS t(a, b) => 1|x; 2|y; 3|NULL
SELECT a, b FROM UNNEST(ARRAY[ROW(1, 'x'), ROW(2, 'y')]) AS t(a, b) => 1|x; 2|y
SELECT id, x FROM (VALUES (1, ARRAY[1, 2]), (2, NULL)) AS t(id, l) LEFT JOIN UNNEST(l) AS u(x) ON true ORDER BY 1, 2 => 1|1; 1|2; 2|NULL
SELECT id, x FROM (VALUES (1, ARRAY[1, 2]), (2, ARRAY[])) AS t(id, l) CROSS JOIN UNNEST(l) AS u(x) ORDER BY 2 => 1|1; 1|2
SELECT id, x FROM (VALUES (1, ARRAY[1, 2])) AS t(id, l), UNNEST(l) AS u(x) ORDER BY 2 => 1|1; 1|2
SELECT t.x, u.y FROM (VALUES 1, 2) AS t(x) CROSS JOIN LATERAL (SELECT t.x * 10 AS y) AS u ORDER BY 1 => 1|10; 2|20
SELECT * FROM (VALUES (1, 'a')) AS t(x, y) JOIN (VALUES (1, 'b')) AS u(x, z) USING (x) => 1|a|b
SELECT * FROM (VALUES 1, 2) AS t(x) LEFT JOIN (VALUES 2, 3) AS u(y) ON x = y ORDER BY 1 => 1|NULL; 2|2
SELECT * FROM (VALUES 1, 2) AS t(x) FULL OUTER JOIN (VALUES 2, 3) AS u(y) ON x = y ORDER BY 1, 2 => 1|NULL; 2|2; NULL|3
SELECT * FROM (VALUES 1, 2) AS t(x) RIGHT JOIN (VALUES 2, 3) AS u(y) ON x = y ORDER BY 2 => 2|2; NULL|3
SELECT x FROM (VALUES 1, 2, 3) AS t(x) WHERE x > ALL (VALUES 1, 2) => 3
SELECT x FROM (VALUES 1, 2, 3) AS t(x) WHERE x = ANY (VALUES 1, 2) ORDER BY 1 => 1; 2
SELECT x FROM (VALUES 1, 2, 3) AS t(x) WHERE x < SOME (VALUES 2) => 1
SELECT x FROM (VALUES 1, 2, 3) AS t(x) WHERE x <> ALL (SELECT 2) ORDER BY 1 => 1; 3
SELECT 5 > ALL (SELECT 1 WHERE false) => true
SELECT x FROM (VALUES 1, 2) AS t(x) WHERE EXISTS (SELECT 1 FROM (VALUES 2) AS u(y) WHERE u.y = t.x) => 2
SELECT x FROM (VALUES 1, 2, 3) AS t(x) WHERE x IN (SELECT y FROM (VALUES 2, 3) AS u(y)) ORDER BY 1 => 2; 3
SELECT x FROM (VALUES 1, 2) AS t(x) WHERE x NOT IN (SELECT y FROM (VALUES 2, NULL) AS u(y)) =>
SELECT x, (SELECT count(*) FROM (VALUES 1, 1, 2) AS u(y) WHERE u.y = t.x) FROM (VALUES 1, 2, 3) AS t(x) ORDER BY 1 => 1|2; 2|1; 3|0
SELECT x FROM (VALUES (1, 2), (3, 4)) AS t(x, y) WHERE (x, y) IN (SELECT 1, 2) => 1
SELECT (SELECT max(v) FROM (VALUES 1, 2) AS t(v)) + 1 => 3
SELECT (VALUES 1) => 1
SELECT NULL IS DISTINCT FROM 1, NULL IS NOT DISTINCT FROM NULL, 1 IS DISTINCT FROM 1 => true|true|false
SELECT CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' ELSE 'c' END => b
SELECT CASE WHEN NULL THEN 1 ELSE 2 END => 2
SELECT if(true, 'a'), if(false, 'a'), if(NULL, 1, 2) => a|NULL|2
SELECT nullif(1, 1), nullif(1, 2), coalesce(NULL, 2), try(1 / 0), coalesce(try(CAST('x' AS integer)), 5) => NULL|1|2|NULL|5
SELECT x, row_number() OVER (ORDER BY x), rank() OVER (ORDER BY x), dense_rank() OVER (ORDER BY x), ntile(2) OVER (ORDER BY x) FROM (VALUES 1, 1, 2) AS t(x) ORDER BY 2 => 1|1|1|1|1; 1|2|1|1|1; 2|3|3|2|2
SELECT x, percent_rank() OVER (ORDER BY x), cume_dist() OVER (ORDER BY x) FROM (VALUES 1, 2, 2) AS t(x) ORDER BY 1 => 1|0.0|0.3333333333333333; 2|0.5|1.0; 2|0.5|1.0
SELECT x, sum(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES 1, 2, 3) AS t(x) ORDER BY 1 => 1|1; 2|3; 3|5
SELECT x, sum(x) OVER (ORDER BY x RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM (VALUES 1, 2, 4) AS t(x) ORDER BY 1 => 1|3; 2|3; 4|4
SELECT x, sum(x) OVER (ORDER BY x GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES 1, 2, 2, 4) AS t(x) ORDER BY 1 => 1|1; 2|5; 2|5; 4|8
SELECT x, sum(x) OVER (ORDER BY x ROWS 1 PRECEDING) FROM (VALUES 1, 2, 3) AS t(x) ORDER BY 1 => 1|1; 2|3; 3|5
SELECT x, sum(x) OVER (ORDER BY x ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM (VALUES 1, 2) AS t(x) ORDER BY 1 => 1|3; 2|3
SELECT x, sum(x) OVER (ORDER BY x DESC) FROM (VALUES 1, 2) AS t(x) ORDER BY 1 => 1|3; 2|2
SELECT x, sum(x) OVER w FROM (VALUES 1, 2) AS t(x) WINDOW w AS (ORDER BY x) ORDER BY 1 => 1|1; 2|3
SELECT x, sum(x) OVER (w ROWS CURRENT ROW) FROM (VALUES 1, 2) AS t(x) WINDOW w AS (ORDER BY x) ORDER BY 1 => 1|1; 2|2
SELECT x, lag(x) OVER (ORDER BY x), lead(x, 1, 0) OVER (ORDER BY x), first_value(x) OVER (ORDER BY x), nth_value(x, 2) OVER (ORDER BY x) FROM (VALUES 1, 2) AS t(x) ORDER BY 1 => 1|NULL|2|1|NULL; 2|1|0|1|2
SELECT i, lag(x) IGNORE NULLS OVER (ORDER BY i) FROM (VALUES (1, 5), (2, NULL), (3, 7)) AS t(i, x) ORDER BY 1 => 1|NULL; 2|5; 3|5
SELECT i, last_value(x) IGNORE NULLS OVER (ORDER BY i ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM (VALUES (1, 5), (2, NULL)) AS t(i, x) ORDER BY 1 => 1|5; 2|5
SELECT count(*) FILTER (WHERE x > 1), sum(x) FILTER (WHERE x > 5) FROM (VALUES 1, 2, 3) AS t(x) => 2|NULL
SELECT array_agg(x ORDER BY x DESC), array_agg(DISTINCT x ORDER BY x) FROM (VALUES 1, 2, 2) AS t(x) => [2, 2, 1]|[1, 2]
SELECT listagg(x, ',') WITHIN GROUP (ORDER BY x) FROM (VALUES 'b', 'a', 'c') AS t(x) => a,b,c
SELECT listagg(DISTINCT x, ',') WITHIN GROUP (ORDER BY x) FROM (VALUES 'b', 'a', 'a') AS t(x) => a,b
SELECT listagg(x, ',' ON OVERFLOW ERROR) WITHIN GROUP (ORDER BY x) FROM (VALUES 'b', 'a') AS t(x) => a,b
SELECT listagg(x, ',' ON OVERFLOW TRUNCATE '...' WITH COUNT) WITHIN GROUP (ORDER BY x) FROM (VALUES 'b', 'a') AS t(x) => a,b
SELECT g, listagg(x, ',') WITHIN GROUP (ORDER BY x) FILTER (WHERE x <> 'a') FROM (VALUES (1, 'b'), (1, 'a')) AS t(g, x) GROUP BY g => 1|b
SELECT * FROM TABLE(sequence(1, 5, 2)) ORDER BY 1 => 1; 3; 5
SELECT * FROM TABLE(sequence(start => 1, stop => 3)) ORDER BY 1 => 1; 2; 3
SELECT t.* FROM (VALUES (1, 2)) AS t(a, b) => 1|2
SELECT (r).*  FROM (SELECT CAST(ROW(1, 'x') AS ROW(a integer, b varchar)) AS r) => 1|x
SELECT r.a, r.b FROM (SELECT CAST(ROW(1, 'x') AS ROW(a integer, b varchar)) AS r) => 1|x
SELECT m['k'].a FROM (SELECT MAP(ARRAY['k'], ARRAY[CAST(ROW(1) AS ROW(a integer))]) AS m) => 1
SELECT 1 WHERE 1 = 1 AND NOT false OR NULL => 1
SELECT 1 = 1 AND 2 > 1 AND 'a' <> 'b' AND 1 != 2 => true
SELECT x FROM (VALUES 3, 1, 2) AS t(x) ORDER BY x % 2, x DESC => 2; 3; 1
SELECT x AS y FROM (VALUES 3, 1) AS t(x) ORDER BY y => 1; 3
SELECT count(*) FROM (VALUES 1) AS t(x) WHERE x IS NOT NULL AND x IS NULL => 0
SELECT max(x), min(x), avg(x), sum(x), count(x) FROM (VALUES 1, 2) AS t(x) => 2|1|1.5|3|2
SELECT sum(x) FROM (VALUES 1) AS t(x) WHERE false => NULL
SELECT x FROM (SELECT 1 AS x) TABLESAMPLE BERNOULLI (100) => 1
SELECT x FROM (SELECT 1 AS x) TABLESAMPLE SYSTEM (0) =>
SELECT 'a' AS "Mixed Case", 1 AS "select" => a|1
SELECT any_value(x), arbitrary(x) FROM (VALUES 1, 1) AS t(x) => 1|1
SELECT any_value(x) FROM (VALUES NULL, 2) AS t(x) => 2
SELECT array_agg(x) FROM (VALUES 1, NULL, 2) AS t(x) => [1, null, 2]
SELECT array_agg(x) FROM (VALUES 1) AS t(x) WHERE false => NULL
SELECT avg(x), sum(x), typeof(avg(x)), typeof(sum(x)) FROM (VALUES 1, 2) AS t(x) => 1.5|3|double|bigint
SELECT avg(x), sum(x), typeof(avg(x)), typeof(sum(x)) FROM (VALUES 1.10, 2.25) AS t(x) => 1.68|3.35|decimal(3,2)|decimal(38,2)
SELECT avg(x), typeof(avg(x)), sum(x), typeof(sum(x)) FROM (VALUES REAL '1.5', REAL '2.5') AS t(x) => 2.0|real|4.0|real
SELECT bool_and(x), bool_or(x), every(x) FROM (VALUES true, false) AS t(x) => false|true|false
SELECT count_if(x > 1), count(*), count(x) FROM (VALUES 1, 2, NULL) AS t(x) => 1|3|2
SELECT geometric_mean(x) FROM (VALUES 2, 8) AS t(x) => 4.0
SELECT listagg(value, ',') WITHIN GROUP (ORDER BY value) FROM (VALUES 'a', 'c', 'b') AS t(value) => a,b,c
SELECT max(x), min(x) FROM (VALUES 'b', 'a') AS t(x) => b|a
SELECT max(x, 2), min(x, 2) FROM (VALUES 3, 1, 2) AS t(x) => [3, 2]|[1, 2]
SELECT max_by(x, y), min_by(x, y) FROM (VALUES ('a', 1), ('b', 2)) AS t(x, y) => b|a
SELECT max_by(x, y, 2) FROM (VALUES ('a', 1), ('b', 2), ('c', 3)) AS t(x, y) => [c, b]
SELECT max_by(x, y) FROM (VALUES (NULL, 2), ('b', 1)) AS t(x, y) => NULL
SELECT bitwise_and_agg(x), bitwise_or_agg(x), bitwise_xor_agg(x) FROM (VALUES 6, 3) AS t(x) => 2|7|5
SELECT histogram(x) FROM (VALUES 'a', 'b', 'a') AS t(x) => {a=2, b=1}
SELECT map_agg(k, v) FROM (VALUES ('a', 1), ('b', 2)) AS t(k, v) => {a=1, b=2}
SELECT map_union(m) FROM (VALUES MAP(ARRAY['a'], ARRAY[1]), MAP(ARRAY['b'], ARRAY[2])) AS t(m) => {a=1, b=2}
SELECT multimap_agg(k, v) FROM (VALUES ('a', 1), ('a', 2), ('b', 3)) AS t(k, v) => {a=[1, 2], b=[3]}
SELECT approx_distinct(x), approx_distinct(x, 0.01e0) FROM (VALUES 1, 1, 2) AS t(x) => 2|2
SELECT approx_percentile(x, 0.5), approx_percentile(x, ARRAY[0.25, 0.75]) FROM (VALUES 1, 2, 3, 4, 5) AS t(x) => 3|[2, 4]
SELECT approx_percentile(x, w, 0.5) FROM (VALUES (1, 1), (2, 3), (3, 1)) AS t(x, w) => 2
SELECT approx_most_frequent(2, x, 10) FROM (VALUES 'a', 'b', 'a', 'c', 'b', 'a') AS t(x) => {a=3, b=2}
SELECT corr(x, y), covar_pop(x, y), covar_samp(x, y) FROM (VALUES (1, 2), (2, 4), (3, 6)) AS t(x, y) => 1.0|1.3333333333333333|2.0
SELECT regr_slope(y, x), regr_intercept(y, x) FROM (VALUES (1, 3), (2, 5), (3, 7)) AS t(x, y) => 2.0|1.0
SELECT stddev(x), stddev_samp(x), stddev_pop(x) FROM (VALUES 1, 3) AS t(x) => 1.4142135623730951|1.4142135623730951|1.0
SELECT variance(x), var_samp(x), var_pop(x) FROM (VALUES 1, 3) AS t(x) => 2.0|2.0|1.0
SELECT stddev(x), var_pop(x) FROM (VALUES 1) AS t(x) => NULL|0.0
SELECT round(skewness(x), 4), round(kurtosis(x), 4) FROM (VALUES 1, 2, 3, 4, 10) AS t(x) => 1.1384|3.152
SELECT round(entropy(x), 4) FROM (VALUES 1, 1, 2) AS t(x) => 1.5
SELECT reduce_agg(value, 0, (a, b) -> a + b, (a, b) -> a + b) FROM (VALUES 2, 3, 4) AS t(value) => 9
SELECT id, reduce_agg(value, 1, (a, b) -> a * b, (a, b) -> a * b) FROM (VALUES (1, 3), (1, 4), (1, 5), (2, 6), (2, 7)) AS t(id, value) GROUP BY id ORDER BY id => 1|60; 2|42
SELECT sum(x) FILTER (WHERE x > 1), avg(x) FILTER (WHERE x > 1) FROM (VALUES 1, 2, 3) AS t(x) => 5|2.5
SELECT sum(DISTINCT x), avg(DISTINCT x), array_agg(DISTINCT x ORDER BY x) FROM (VALUES 1, 1, 3) AS t(x) => 4|2.0|[1, 3]
SELECT max(x ORDER BY x), array_agg(x ORDER BY y DESC) FROM (VALUES ('a', 1), ('b', 2)) AS t(x, y) => b|[b, a]
SELECT count(*) FILTER (WHERE x = 'a') * 1.0 / count(*) FROM (VALUES 'a', 'b') AS t(x) => 0.5
SELECT set_agg(x) FROM (VALUES 1, 1) AS t(x) => [1]
SELECT set_union(x) FROM (VALUES ARRAY[1, 2], ARRAY[2, 3]) AS t(x) => [1, 2, 3]
SELECT max(ROW(x, y)) FROM (VALUES (1, 'a'), (2, 'b')) AS t(x, y) => {field0=2, field1=b}
SELECT min(DATE '2020-01-01'), max(TIMESTAMP '2020-01-01 10:00:00') => 2020-01-01|2020-01-01 10:00:00.000
SELECT sum(interval '1' day) => 1 00:00:00.000
SELECT sum(x) OVER (PARTITION BY g ORDER BY x) FROM (VALUES (1, 1), (1, 2), (2, 5)) AS t(g, x) ORDER BY 1 => 1; 3; 5
SELECT array_agg(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM (VALUES 1, 2, 3) AS t(x) ORDER BY 1 => [1, 2]; [1, 2, 3]; [2, 3]
SELECT count(DISTINCT x) FILTER (WHERE x > 1) FROM (VALUES 1, 2, 2) AS t(x) => 1
SELECT g, sum(x) AS s FROM (VALUES (1, 1), (2, 5)) AS t(g, x) GROUP BY g HAVING sum(x) > 2 ORDER BY s => 2|5
SELECT sum(CASE WHEN x > 1 THEN 1 ELSE 0 END), sum(IF(x > 1, x)) FROM (VALUES 1, 2, 3) AS t(x) => 2|5
SELECT current_date = CAST(now() AS date), current_timezone(), typeof(current_timestamp), typeof(localtimestamp), typeof(localtime), typeof(current_timestamp(0)) => true|UTC|timestamp(3) with time zone|timestamp(3)|time(3)|timestamp(0) with time zone
SELECT sum(x), if(x > 1, 'b', 'a') FROM (VALUES 1, 2) AS t(x) GROUP BY if(x > 1, 'b', 'a') ORDER BY 2 => 1|a; 2|b
SELECT x + 1, t.x, count(*) FROM (VALUES 1, 1) AS t(x) GROUP BY x ORDER BY count(*) => 2|1|2
SELECT sum(sum(x)) OVER (ORDER BY g) FROM (VALUES (1, 1), (2, 2)) AS t(g, x) GROUP BY g ORDER BY 1 => 1; 3
SELECT transform(array_agg(x), e -> e + 1) FROM (VALUES 1, 2) AS t(x) => [2, 3]
SELECT a, b, count(*) FROM (VALUES (1, 2), (1, 2)) AS t(a, b) GROUP BY (a, b) => 1|2|2
SELECT x % 2 AS x, count(*) AS n FROM (VALUES 1, 2, 3) AS t(x) GROUP BY x % 2 ORDER BY x, n + 1 => 0|1; 1|2
SELECT r.a + 1, count(*) FROM (SELECT CAST(ROW(1) AS ROW(a integer)) AS r) AS t GROUP BY r => 2|1
SELECT g, (SELECT max(y) FROM (VALUES 1, 5) AS u(y) WHERE y > g) FROM (VALUES 1, 1) AS t(g) GROUP BY g => 1|5
SELECT cardinality(approx_set(x)) FROM (VALUES 1, 1, 2) AS t(x) => 2
SELECT cardinality(merge(h)) FROM (SELECT approx_set(x) AS h FROM (VALUES (1, 1), (1, 2), (2, 2)) AS t(g, x) GROUP BY g) => 2
SELECT value_at_quantile(qdigest_agg(x), 0.5), values_at_quantiles(qdigest_agg(x), ARRAY[0.0, 1.0]) FROM (VALUES 1, 2, 3) AS t(x) => 2|[1, 3]
SELECT value_at_quantile(tdigest_agg(x), 0.5e0) FROM (VALUES 1e0, 2e0, 3e0) AS t(x) => 2.0
SELECT intersection_cardinality(a, b), jaccard_index(a, b) FROM (SELECT make_set_digest(x) AS a, make_set_digest(y) AS b FROM (VALUES (1, 1), (NULL, 2), (2, 3), (3, 4)) AS t(x, y)) => 3|0.75
SELECT x FROM (SELECT 1 AS x UNION ALL SELECT 2.5) ORDER BY x => 1.0; 2.5
SELECT typeof(x) FROM (SELECT 'ab' AS x UNION ALL SELECT 'abcd') LIMIT 1 => varchar(4)
SELECT typeof(x) FROM (SELECT NULL AS x UNION ALL SELECT 1) LIMIT 1 => integer
SELECT typeof(x) FROM (SELECT DATE '2020-01-01' AS x UNION ALL SELECT TIMESTAMP '2020-01-01 00:00:00') LIMIT 1 => timestamp(0)
SELECT typeof(coalesce(1, 2.5)), typeof(if(true, 1, 2e0)), typeof(CASE WHEN true THEN 'a' ELSE 'abc' END) => decimal(11,1)|double|varchar(3)
SELECT typeof(NULL), typeof(ARRAY[NULL]), typeof(nullif(1, 2)) => unknown|array(unknown)|integer
SELECT typeof(sum(x)), typeof(avg(x)), typeof(max(x)), typeof(count(x)) FROM (VALUES SMALLINT '1') AS t(x) => bigint|double|smallint|bigint
SELECT typeof(x), typeof(y) FROM (VALUES (1, 'a'), (2.5, 'bcd')) AS t(x, y) LIMIT 1 => decimal(11,1)|varchar(3)
SELECT typeof(length('a')), typeof(strpos('a', 'b')), typeof(cardinality(ARRAY[1])), typeof(year(current_date)) => bigint|bigint|bigint|bigint
SELECT typeof(round(1)), typeof(round(1.5e0)), typeof(floor(1.5)), typeof(abs(-1)), typeof(sign(-1.5)) => integer|double|decimal(2,0)|integer|decimal(1,0)
SELECT typeof(row_number() OVER ()), typeof(ntile(2) OVER ()), typeof(percent_rank() OVER ()) => bigint|bigint|double
SELECT 1 IN (1.0, 2), 'a' IN ('a', NULL), 'b' IN ('a', NULL) => true|true|NULL
SELECT NULL = NULL, NULL <> 1, NOT NULL, NULL AND false, NULL OR true => NULL|NULL|NULL|false|true
SELECT 10 / 3, 10 / 3.0, 10 / 3e0, 10 % 3, -10 / 3, 10.0 / 3.0 => 3|3.3|3.3333333333333335|1|-3|3.3
SELECT CAST(10 AS decimal(10,2)) / 3, CAST(10 AS decimal(10,2)) * CAST(3 AS decimal(10,2)) => 3.33|30.0000
SELECT 1e0 / 3, CAST(1 AS real) / 3, 0e0 / 0, -1e0 / 0 => 0.3333333333333333|0.33333334|NaN|-Infinity
SELECT concat('a', CAST(1 AS varchar)), 'a' || CAST(1.5 AS varchar), CAST(1e0 AS varchar) => a1|a1.5|1.0E0
SELECT CAST(CAST('1.0' AS double) AS integer), CAST(' 12 ' AS double), CAST('1e2' AS real) => 1|12.0|100.0
SELECT CAST('true' AS boolean), CAST('F' AS boolean), CAST(0 AS boolean), CAST('1' AS boolean) => true|false|false|true
SELECT CAST(ROW(1, 2) AS ROW(a varchar, b double)), CAST(MAP(ARRAY['1'], ARRAY[2]) AS map(integer, varchar)) => {a=1, b=2.0}|{1=2}
SELECT a.b.c FROM (SELECT CAST(ROW(ROW(5)) AS ROW(b ROW(c integer))) AS a) => 5
SELECT t.r.a FROM (SELECT CAST(ROW(5) AS ROW(a integer)) AS r) AS t => 5
SELECT "A" FROM (SELECT 1 AS a) => 1
SELECT x AS "X y" FROM (VALUES 1) AS t(x) ORDER BY "X y" => 1
SELECT count(*) FROM (VALUES (1, NULL), (1, NULL)) AS t(a, b) GROUP BY a, b => 2
SELECT a, count(*) FROM (VALUES 'x', NULL, NULL) AS t(a) GROUP BY a ORDER BY a => x|1; NULL|2
SELECT DISTINCT a FROM (VALUES NULL, NULL, 1) AS t(a) ORDER BY 1 => 1; NULL
SELECT max(a), min(a) FROM (VALUES ARRAY[1, 2], ARRAY[1, 3]) AS t(a) => [1, 3]|[1, 2]
SELECT a FROM (VALUES ARRAY[2], ARRAY[1]) AS t(a) ORDER BY a => [1]; [2]
WITH t(x) AS (VALUES 1, 2), u AS (SELECT x * 2 AS y FROM t) SELECT t.x, u.y FROM t JOIN u ON t.x * 2 = u.y ORDER BY 1 => 1|2; 2|4
WITH t AS (SELECT 1 AS x) SELECT * FROM t AS a CROSS JOIN t AS b => 1|1
SELECT * FROM (VALUES (1, 2)) AS t(a, b) WHERE a < b AND b > a OR a IS NULL => 1|2
SELECT sum(x) FROM UNNEST(sequence(1, 10)) AS t(x) => 55
SELECT n, x FROM UNNEST(ARRAY['a']) WITH ORDINALITY AS t(x, n) => 1|a
SELECT t.id, u.k, u.v FROM (VALUES (1, MAP(ARRAY['a', 'b'], ARRAY[1, 2]))) AS t(id, m) CROSS JOIN UNNEST(m) AS u(k, v) ORDER BY 2 => 1|a|1; 1|b|2
SELECT s.* FROM (VALUES (ARRAY[CAST(ROW(1, 'x') AS ROW(p integer, q varchar))])) AS t(l) CROSS JOIN UNNEST(l) AS s => 1|x
SELECT p, q FROM (VALUES (ARRAY[CAST(ROW(1, 'x') AS ROW(p integer, q varchar))])) AS t(l) CROSS JOIN UNNEST(l) => 1|x
SELECT * FROM (SELECT 1 AS a, 2 AS b) AS t (c, d) => 1|2
SELECT EXISTS (SELECT 1 WHERE false), NOT EXISTS (SELECT 1), (SELECT 1 WHERE false) => false|false|NULL
SELECT x, (SELECT y FROM (VALUES (1, 'a'), (2, 'b')) AS u(k, y) WHERE u.k = t.x) FROM (VALUES 1, 3) AS t(x) ORDER BY 1 => 1|a; 3|NULL
SELECT (SELECT count(*) FROM UNNEST(t.l) AS u(e) WHERE e > 1) FROM (VALUES (ARRAY[1, 2, 3])) AS t(l) => 2
SELECT x FROM (VALUES 1, 2, 3) AS t(x) WHERE x > (SELECT avg(x) FROM (VALUES 1, 2, 3) AS t(x)) => 3
SELECT x FROM (VALUES 1, 2) AS t(x) EXCEPT SELECT 1 UNION ALL SELECT 5 ORDER BY 1 => 2; 5
SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 2 ORDER BY 1 => 1; 2
SELECT row_number() OVER (PARTITION BY g ORDER BY x DESC NULLS FIRST), x FROM (VALUES (1, 5), (1, NULL)) AS t(g, x) ORDER BY 1 => 1|NULL; 2|5
SELECT x, first_value(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING), last_value(x) OVER (ORDER BY x ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) FROM (VALUES 1, 2) AS t(x) ORDER BY 1 => 1|NULL|2; 2|1|2
SELECT d, count(*) OVER (ORDER BY d RANGE BETWEEN INTERVAL '1' DAY PRECEDING AND CURRENT ROW) FROM (VALUES DATE '2020-01-01', DATE '2020-01-02', DATE '2020-01-05') AS t(d) ORDER BY 1 => 2020-01-01|1; 2020-01-02|2; 2020-01-05|1
SELECT x, sum(x) OVER (ORDER BY x ROWS BETWEEN 2 FOLLOWING AND 3 FOLLOWING) FROM (VALUES 1, 2, 3) AS t(x) ORDER BY 1 => 1|3; 2|NULL; 3|NULL
SELECT approx_percentile(x, 0.9e0) FILTER (WHERE x > 0) FROM (VALUES 1e0, 2e0, -5e0) AS t(x) => 2.0
SELECT date_trunc('month', x) AS m, count(*) FROM (VALUES DATE '2020-01-05', DATE '2020-01-20', DATE '2020-02-01') AS t(x) GROUP BY 1 ORDER BY m => 2020-01-01|2; 2020-02-01|1
SELECT transform(ARRAY[1, 2], x -> x + y) FROM (VALUES 10) AS t(y) => [11, 12]
SELECT filter(map_keys(m), k -> m[k] > 1) FROM (VALUES MAP(ARRAY['a', 'b'], ARRAY[1, 2])) AS t(m) => [b]
SELECT reduce(ARRAY[1, 2, 3], CAST(0 AS double), (s, x) -> s + x, s -> s / 3) => 2.0
SELECT 'a' BETWEEN 'A' AND 'b', 'Z' < 'a', 'é' > 'z', '' = ' ' => true|true|true|false
SELECT TRY(CAST('a' AS integer)), TRY(1 / 0), TRY(ARRAY[1][5]), TRY(json_parse('{')), TRY(date_parse('x', '%Y')) => NULL|NULL|NULL|NULL|NULL
SELECT try(element_at(MAP(ARRAY['a'], ARRAY[1]), x)), try(CAST(x AS integer) + 1) FROM (VALUES 'a', '5') AS t(x) ORDER BY 2 => NULL|6; 1|NULL
SELECT x FROM (VALUES 'b', 'B', 'a', 'A') AS t(x) ORDER BY x => A; B; a; b
SELECT CAST(x AS varchar(2)), CAST(x AS char(2)) || '.' FROM (VALUES 'abc', 'a') AS t(x) ORDER BY 1 => a|a .; ab|ab.
SELECT -x, +x, - -x FROM (VALUES 5) AS t(x) => -5|5|5
SELECT 2 + 3 * 4 - 1, (2 + 3) * 4, 7 - 2 - 1, 2 * 3 % 4 => 13|20|4|2
SELECT NOT true OR true, NOT (true OR true), true AND NOT false => true|false|true
SELECT 'a' LIKE 'A', lower('A') LIKE 'a', 'a%' LIKE 'a\%' ESCAPE '\', 'x' LIKE NULL => false|true|true|NULL
SELECT date '2020-02-29' + interval '1' year, date '2020-03-31' - interval '1' month, timestamp '2020-01-01 00:00:00' + interval '1' second => 2021-02-28|2020-02-29|2020-01-01 00:00:01.000
SELECT (DATE '2020-01-01', DATE '2020-02-01') => {field0=2020-01-01, field1=2020-02-01}
SELECT greatest(NULL, 1), least(1, NULL), greatest('a', 'b'), least(1.5, 1) => NULL|NULL|b|1.0
SELECT bool_or(x IS NULL), every(x > 0) FROM (VALUES 1, NULL) AS t(x) => true|true
SELECT x FROM (VALUES TIMESTAMP '2020-01-01 00:00:00 UTC') AS t(x) WHERE x >= TIMESTAMP '2019-12-31 23:00:00 -01:00' => 2020-01-01 00:00:00.000 UTC
SELECT * FROM (VALUES 1, 2, 3) LIMIT 0 =>
SELECT a.x + b.x FROM (VALUES 1) AS a(x) INNER JOIN (VALUES 2) AS b(x) ON a.x < b.x LEFT JOIN (VALUES 3) AS c(x) ON c.x = 99 WHERE c.x IS NULL => 3
SELECT map_agg(k, v)['a'], element_at(map_agg(k, v), 'zz') FROM (VALUES ('a', 1)) AS t(k, v) => 1|NULL
SELECT array_agg(ROW(k, v)) FROM (VALUES ('a', 1)) AS t(k, v) => [{field0=a, field1=1}]
SELECT histogram(x)[2] FROM (VALUES 1, 2, 2) AS t(x) => 2
SELECT json_extract_scalar(j, '$.a'), CAST(json_extract(j, '$.b') AS array(integer))[1] FROM (VALUES JSON '{"a": "x", "b": [7]}') AS t(j) => x|7
SELECT count(DISTINCT x), count(DISTINCT CASE WHEN x > 1 THEN x END) FROM (VALUES 1, 2, 2) AS t(x) => 2|1
SELECT avg(x) FROM (VALUES 1.1, 2.2, 3.4) AS t(x) => 2.2
SELECT avg(x), sum(x) FROM (VALUES CAST(0.005 AS decimal(4,3)), CAST(0.006 AS decimal(4,3))) AS t(x) => 0.006|0.011
SELECT CAST(1 AS decimal(38,0)) / 3 => 0
SELECT CAST(2 AS decimal(38,10)) * CAST(3 AS decimal(10,2)) => 6.000000000000
SELECT CAST(5 AS decimal(20,10)) / CAST(3 AS decimal(20,10)) => 1.6666666667
SELECT -7.5 % 2, 7.5 % -2, 5.25 % 0.5 => -1.5|1.5|0.25
SELECT 0.1 + 0.2 = 0.3, 1.10 = 1.1, 1 = 1.0 => true|true|true
SELECT substr('hello', -2, 1), substr('hello', 5, 10), substr('hello', 6), substr('', 1) => l|o||
SELECT lpad('a', 0, 'x'), rpad('', 3, 'ab') => |aba
SELECT array_position(ARRAY[1, NULL], NULL), array_remove(ARRAY[1, NULL, 2], 2), array_max(ARRAY['b', 'a']) => NULL|[1, null]|b
SELECT array_sort(ARRAY['b', NULL, 'a']), array_distinct(ARRAY[ARRAY[1], ARRAY[1]]) => [a, b, null]|[[1]]
SELECT sequence(1, 0), sequence(1, 5, 10), sequence(5, 1, -2) => [1, 0]|[1]|[5, 3, 1]
SELECT repeat(1, 0), flatten(ARRAY[ARRAY[]]), slice(ARRAY[1], 5, 2) => []|[]|[]
SELECT zip(ARRAY[1], ARRAY[]) => [{field0=1, field1=null}]
SELECT map_filter(MAP(ARRAY['a'], ARRAY[1]), (k, v) -> false), cardinality(MAP(ARRAY['a'], ARRAY[NULL])) => {}|1
SELECT contains(NULL, 1), cardinality(NULL), array_join(NULL, ','), element_at(CAST(NULL AS array(integer)), 1) => NULL|NULL|NULL|NULL
SELECT array_join(ARRAY[true, false], ','), array_join(ARRAY[DATE '2020-01-01'], ','), array_join(ARRAY[], ',') => true,false|2020-01-01|
SELECT any_match(ARRAY[NULL], x -> x), all_match(ARRAY[NULL, false], x -> x), none_match(CAST(NULL AS array(boolean)), x -> x) => NULL|false|NULL
SELECT CAST(NULL AS varchar) || 'a', length(NULL), upper(NULL), concat_ws(',', NULL) => NULL|NULL|NULL|
SELECT date_diff('day', NULL, current_date), date_add('day', NULL, current_date), year(NULL) => NULL|NULL|NULL
SELECT date_diff('hour', TIMESTAMP '2020-01-01 10:30:00', TIMESTAMP '2020-01-01 12:00:00'), date_diff('day', TIMESTAMP '2020-01-02 00:00:00', TIMESTAMP '2020-01-01 12:00:00') => 1|0
SELECT date_diff('quarter', DATE '2020-01-01', DATE '2020-12-31'), date_diff('week', DATE '2020-01-08', DATE '2020-01-01') => 3|-1
SELECT week(DATE '2020-12-31'), year_of_week(DATE '2020-12-31'), week(DATE '2021-01-03') => 53|2020|53
SELECT format_datetime(TIMESTAMP '2020-01-05 00:00:00', 'e E EEE EEEE D DDD w ww x a hh KK kk') => 7 Sun Sun Sunday 5 005 1 01 2020 AM 12 00 24
SELECT date_format(TIMESTAMP '2020-01-05 09:05:03', '%c/%e/%Y %l:%i:%s %p %W %y %k %H%%') => 1/5/2020 9:05:03 AM Sunday 20 9 09%
SELECT date_parse('2020-1-5', '%Y-%m-%d'), date_parse('5 Jan 2020', '%e %b %Y'), date_parse('10:20', '%H:%i'), date_parse('12 AM', '%h %p') => 2020-01-05 00:00:00.000|2020-01-05 00:00:00.000|1970-01-01 10:20:00.000|1970-01-01 00:00:00.000
SELECT from_unixtime(1e9), to_unixtime(from_unixtime(1e9)), CAST(from_unixtime(1600000000) AS date) => 2001-09-09 01:46:40.000 UTC|1.0E9|2020-09-13
SELECT CAST('2020-01-01 10:00:00.1239' AS timestamp), TRY_CAST('2020-02-30' AS date), TRY_CAST('10:60' AS time) => 2020-01-01 10:00:00.124|NULL|NULL
SELECT CAST('2020-01-01 10:00 America/New_York' AS timestamp with time zone) => 2020-01-01 10:00:00.000 America/New_York
SELECT date_trunc('week', TIMESTAMP '2020-01-05 10:00:00 UTC'), date_trunc('millisecond', TIMESTAMP '2020-01-05 10:00:00.123') => 2019-12-30 00:00:00.000 UTC|2020-01-05 10:00:00.123
SELECT TIMESTAMP '2020-03-08 01:30:00 America/New_York' + INTERVAL '1' HOUR, TIMESTAMP '2020-03-07 02:30:00 America/New_York' + INTERVAL '1' DAY => 2020-03-08 03:30:00.000 America/New_York|2020-03-08 03:30:00.000 America/New_York
SELECT hour(TIMESTAMP '2020-01-01 23:00:00 America/New_York'), day(TIMESTAMP '2020-01-01 23:00:00 America/New_York'), CAST(TIMESTAMP '2020-01-01 23:00:00 America/New_York' AS date) => 23|1|2020-01-01
SELECT power(0, 0), power(2, 0.5e0), sqrt(2), exp(0), ln(0), log10(0), log2(0) => 1.0|1.4142135623730951|1.4142135623730951|1.0|-Infinity|-Infinity|-Infinity
SELECT round(-1.5), round(1.45e0, 1), round(1234.5678, -2), round(5, -1), truncate(-1.99) => -2|1.5|1200.0000|10|-1
SELECT strpos('', 'a'), strpos('a', ''), position('' IN 'a'), length('😀') => 0|1|1|1
SELECT regexp_extract('abc', '(x)?b', 1), regexp_replace('abc', '', '-'), regexp_split('a1b', '\d'), regexp_like('ABC', '(?i)abc') => NULL|-a-b-c-|[a, b]|true
SELECT regexp_extract_all('a1 b22', '([a-z])(\d+)', 2), regexp_replace('a.b', '\.', ''), regexp_count('aaa', 'a{2}') => [1, 22]|ab|1
SELECT regexp_like('line1' || chr(10) || 'line2', '^line2$'), regexp_like('line1' || chr(10) || 'line2', '(?m)^line2$'), regexp_like('a' || chr(10), 'a.') => false|true|false
SELECT json_extract('{"a":1', '$.a') => NULL
SELECT json_extract('{"a":[1,{"b":"é"}]}', '$.a[1].b'), json_extract_scalar('{"a":1.50}', '$.a'), json_extract_scalar('{"a":12345678901234567890}', '$.a'), json_format(JSON '{"a":"\u00e9"}') => "é"|1.5|12345678901234567890|{"a":"é"}
SELECT json_parse('[1e2, 1.0, -0.5, 10000000000]') => [100.0,1.0,-0.5,10000000000]
SELECT CAST(JSON '1.5' AS integer), CAST(JSON '"12"' AS bigint), CAST(JSON 'null' AS integer), CAST(JSON '1' AS varchar), CAST(JSON '1.0' AS varchar), CAST(JSON 'true' AS varchar) => 2|12|NULL|1|1.0|true
SELECT json_array_length('[]'), json_array_get('[1]', 5), json_size('{"a":null}', '$.a') => 0|NULL|0
SELECT approx_distinct(x), count(DISTINCT x) FROM (VALUES NULL, NULL) AS t(x) => 0|0
SELECT max_by(a, b), min_by(a, b) FROM (VALUES (1, NULL), (2, 5)) AS t(a, b) => 2|2
SELECT array_agg(DISTINCT x) FROM (VALUES 1, 1) AS t(x) => [1]
SELECT listagg(x) WITHIN GROUP (ORDER BY x) FROM (VALUES NULL, 'a', 'b') AS t(x) => ab
SELECT count(*), sum(1), max(1) FROM (VALUES 1, 2) AS t(x) WHERE x > 5 => 0|NULL|NULL
SELECT lag(x, 2, -1) OVER (ORDER BY x), lead(x) OVER (ORDER BY x DESC) FROM (VALUES 1, 2, 3) AS t(x) ORDER BY x => -1|NULL; -1|1; 1|2
SELECT nth_value(x, 2) OVER (ORDER BY x ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING), ntile(3) OVER (ORDER BY x) FROM (VALUES 1, 2, 3, 4) AS t(x) ORDER BY x => 2|1; 2|1; 2|2; 2|3
SELECT t.x, u.y FROM (VALUES 1, 2) AS t(x) LEFT JOIN LATERAL (SELECT t.x * 10 AS y WHERE t.x > 1) AS u ON true ORDER BY 1 => 1|NULL; 2|20
SELECT * FROM (VALUES 1) AS t(x) CROSS JOIN (VALUES 2) AS u(y) CROSS JOIN (VALUES 3) AS v(z) => 1|2|3
SELECT * FROM ((VALUES 1) AS t(x) JOIN (VALUES 1) AS u(y) ON x = y) LEFT JOIN (VALUES 1) AS v(z) ON z = x => 1|1|1
SELECT a, b FROM (VALUES (1, 2)) AS t(a, b) UNION ALL SELECT 3, 4 ORDER BY a DESC LIMIT 1 => 3|4
(SELECT 1 AS x) UNION ALL (SELECT 2 ORDER BY 1 LIMIT 1) => 1; 2
SELECT * FROM (SELECT 1 AS a) t JOIN (SELECT 1 AS a) u ON t.a = u.a => 1|1
SELECT count(*) AS "count", sum(x) total FROM (VALUES 1) AS t(x) => 1|1
SELECT x FROM (VALUES 1, 2) AS t(x) WHERE NOT (x = 1) => 2
SELECT x FROM (VALUES 1, 2) AS t(x) WHERE (SELECT true) AND x IN (1) => 1
SELECT array_agg(x) FILTER (WHERE x > 1) OVER (ORDER BY x) FROM (VALUES 1, 2) AS t(x) ORDER BY x => NULL; [2]
SELECT x, count(*) OVER (PARTITION BY x % 2) FROM (VALUES 1, 2, 3) AS t(x) ORDER BY x => 1|2; 2|1; 3|2
SELECT min(x) OVER (ORDER BY x ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) FROM (VALUES 1, 2) AS t(x) ORDER BY x => NULL; 1
SELECT x, rank() OVER (ORDER BY sum(y) DESC) FROM (VALUES (1, 5), (2, 9)) AS t(x, y) GROUP BY x ORDER BY x => 1|2; 2|1
SELECT x, y, sum(z), grouping(x), grouping(x, y) FROM (VALUES (1, 2, 3)) AS t(x, y, z) GROUP BY ROLLUP (x, y) ORDER BY 5 => 1|2|3|0|0; 1|NULL|3|0|1; NULL|NULL|3|1|3
SELECT x FROM (VALUES 1, 2, 3) AS t(x) GROUP BY x HAVING x > 1 ORDER BY x => 2; 3
SELECT CASE x WHEN 1 THEN 'one' END, CASE WHEN x > 1 THEN x END FROM (VALUES 1, 2) AS t(x) ORDER BY x => one|NULL; NULL|2
SELECT x FROM (VALUES (1), (2)) AS t(x) ORDER BY -x => 2; 1
SELECT x + 1 AS x FROM (VALUES 1, 2) AS t(x) ORDER BY x => 2; 3
SELECT -x AS x FROM (VALUES 1, 2) AS t(x) ORDER BY x => -2; -1
SELECT t.x FROM (VALUES 1, 2) AS t(x) ORDER BY t.x DESC => 2; 1
SELECT DISTINCT x % 2 AS m FROM (VALUES 1, 2, 3) AS t(x) ORDER BY m => 0; 1
WITH RECURSIVE t(n, f) AS (SELECT 1, 1 UNION ALL SELECT n + 1, f * (n + 1) FROM t WHERE n < 5) SELECT max(f) FROM t => 120
WITH a AS (VALUES 1), b AS (SELECT * FROM a) TABLE b => 1
SELECT * FROM (VALUES ROW(1, 'a'), ROW(2, 'b')) AS t(x, y) => 1|a; 2|b
SELECT (VALUES 5), (SELECT 1) = 1 => 5|true
SELECT 1 FROM (VALUES 1) AS t(x) WHERE x = ALL (SELECT 1) AND x >= ANY (VALUES 0, 9) => 1
SELECT 'x' IS NOT DISTINCT FROM NULL, NULL IS DISTINCT FROM NULL => false|false
SELECT * FROM (VALUES 1, 2, 3) AS t(x) OFFSET 2 => 3
SELECT x."a" FROM (SELECT CAST(ROW(1) AS ROW(a integer))) AS t(x) => 1
SELECT element_at(m, 'k').a FROM (SELECT MAP(ARRAY['k'], ARRAY[CAST(ROW(7) AS ROW(a integer))]) AS m) => 7
SELECT l[1].a, l[2].a FROM (SELECT ARRAY[CAST(ROW(7) AS ROW(a integer)), NULL] AS l) => 7|NULL
SELECT transform(l, r -> r.a) FROM (SELECT ARRAY[CAST(ROW(7) AS ROW(a integer))] AS l) => [7]
SELECT max_by(x, y) FILTER (WHERE y < 9) FROM (VALUES ('a', 1), ('b', 9)) AS t(x, y) => a
SELECT array_sort(array_agg(x), (a, b) -> IF(a < b, 1, IF(a > b, -1, 0))) FROM (VALUES 1, 3, 2) AS t(x) => [3, 2, 1]
SELECT json_object('a' : x, 'b' : ARRAY[1]) FROM (VALUES 1) AS t(x) => {"a":1,"b":[1]}
SELECT format('%s has %d', name, n) FROM (VALUES ('x', 3)) AS t(name, n) => x has 3
SELECT row_number() OVER () FROM (VALUES 1) AS t(x) LIMIT 1 => 1
SELECT a.x, sum(b.y) FROM (VALUES 1) AS a(x) JOIN (VALUES (1, 5)) AS b(x, y) ON a.x = b.x GROUP BY a.x => 1|5
SELECT date_format(d, '%Y-%m') AS m, sum(v) FROM (VALUES (DATE '2020-01-05', 1), (DATE '2020-01-06', 2)) AS t(d, v) GROUP BY date_format(d, '%Y-%m') ORDER BY m => 2020-01|3
SELECT CASE WHEN x > 1 THEN 'hi' ELSE 'lo' END AS c, count(*) FROM (VALUES 1, 2, 3) AS t(x) GROUP BY CASE WHEN x > 1 THEN 'hi' ELSE 'lo' END ORDER BY c => hi|2; lo|1
SELECT CASE WHEN x > 1 THEN 'hi' ELSE 'lo' END AS c, count(*) FROM (VALUES 1, 2, 3) AS t(x) GROUP BY 1 ORDER BY 2 DESC, 1 => hi|2; lo|1
SELECT x, max(y) - min(y) AS d FROM (VALUES (1, 2), (1, 7)) AS t(x, y) GROUP BY x HAVING max(y) - min(y) > 3 => 1|5
SELECT x, sum(y) / count(*) FROM (VALUES (1, 2), (1, 7)) AS t(x, y) GROUP BY x => 1|4
SELECT x, y FROM (SELECT x, sum(y) AS y FROM (VALUES (1, 2), (1, 7)) AS t(x, y) GROUP BY x) => 1|9
SELECT upper(n), count(*) FROM (VALUES 'a', 'A') AS t(n) GROUP BY upper(n) => A|2
SELECT coalesce(n, 'none') AS k, count(*) FROM (VALUES 'a', NULL) AS t(n) GROUP BY coalesce(n, 'none') ORDER BY k => a|1; none|1
SELECT extract(year FROM d), count(*) FROM (VALUES DATE '2020-01-05') AS t(d) GROUP BY extract(year FROM d) => 2020|1
SELECT year(d) * 100 + month(d) AS ym, count(*) FROM (VALUES DATE '2020-01-05') AS t(d) GROUP BY year(d), month(d) => 202001|1
SELECT CAST(x AS varchar) || '!', count(*) FROM (VALUES 1) AS t(x) GROUP BY CAST(x AS varchar) => 1!|1
SELECT m['a'], count(*) FROM (VALUES MAP(ARRAY['a'], ARRAY[1])) AS t(m) GROUP BY m['a'] => 1|1
SELECT x IN (1, 2), count(*) FROM (VALUES 1, 3) AS t(x) GROUP BY x IN (1, 2) ORDER BY 1 => false|1; true|1
SELECT x BETWEEN 1 AND 2, x IS NULL FROM (VALUES 1) AS t(x) GROUP BY x => true|false
SELECT count(*) FILTER (WHERE x = 1), g FROM (VALUES (1, 'a')) AS t(x, g) GROUP BY g => 1|a
SELECT g, approx_percentile(x, ARRAY[0.5, 0.9])[1] FROM (VALUES (1, 4)) AS t(g, x) GROUP BY g => 1|4
SELECT g, map_agg(k, v) FROM (VALUES (1, 'a', 2)) AS t(g, k, v) GROUP BY g => 1|{a=2}
SELECT g, array_join(array_agg(CAST(x AS varchar) ORDER BY x), ',') FROM (VALUES (1, 2), (1, 1)) AS t(g, x) GROUP BY g => 1|1,2
SELECT g, count(*), rank() OVER (ORDER BY count(*) DESC), sum(count(*)) OVER () FROM (VALUES 1, 1, 2) AS t(g) GROUP BY g ORDER BY g => 1|2|1|3; 2|1|2|3
SELECT g, round(100.0 * count(*) / sum(count(*)) OVER (), 1) FROM (VALUES 1, 1, 2) AS t(g) GROUP BY g ORDER BY g => 1|66.7; 2|33.3
SELECT 1 AS one, 'k' AS k, count(*) FROM (VALUES 1) AS t(x) => 1|k|1
SELECT count(*) > 0 AND max(x) IS NOT NULL FROM (VALUES 1) AS t(x) => true
SELECT t.* FROM (SELECT x, count(*) AS n FROM (VALUES 1, 1) AS s(x) GROUP BY x) AS t WHERE t.n > 1 => 1|2
SELECT TRY(max(CAST(x AS integer))) FROM (VALUES '5') AS t(x) => 5
SELECT interval '1' day + d FROM (VALUES DATE '2020-01-01') AS t(d) => 2020-01-02
SELECT d AT TIME ZONE 'UTC', count(*) FROM (VALUES TIMESTAMP '2020-01-01 00:00:00') AS t(d) GROUP BY d AT TIME ZONE 'UTC' => 2020-01-01 00:00:00.000 UTC|1
SELECT row_number() OVER (PARTITION BY g ORDER BY max(x)) FROM (VALUES (1, 2)) AS t(g, x) GROUP BY g => 1
SELECT DISTINCT count(*) OVER (PARTITION BY g) AS n FROM (VALUES 1, 1) AS t(g) ORDER BY n => 2
SELECT x FROM (VALUES 2, 1) AS t(x) ORDER BY (SELECT max(y) FROM (VALUES 1) AS u(y)), x => 1; 2
SELECT g, try(sum(x) / g), try(1 / (count(*) - count(x))) FROM (VALUES (0, 1), (2, 6)) AS t(g, x) GROUP BY g ORDER BY g => 0|NULL|NULL; 2|3|NULL
"""


def _parsed(table: str) -> dict[str, list[list[str | None]]]:
    pairs = (line.rpartition(" =>") for line in table.splitlines() if line)
    return {
        sql: [[None if cell == "NULL" else cell for cell in row.split("|")] for row in expected.strip().split("; ")]
        if expected.strip()
        else []
        for sql, _, expected in pairs
    }


@pytest.mark.parametrize(("sql", "expected"), _parsed(CASES).items())
def test_a_query_has_the_rows_that_trino_gives(sql: str, expected: list[list[str | None]]) -> None:
    assert rows(sql) == expected
