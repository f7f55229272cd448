-- Trino's semantics where a DuckDB expression can state them.
CREATE MACRO trino_fail(code, message) AS CAST(chr(2) || code || ': ' || message || chr(3) AS TINYINT);
CREATE MACRO trino_substr(s, f) AS CASE WHEN f = 0 OR -f > length(s) THEN '' ELSE substr(s, f) END,
  (s, f, n) AS CASE WHEN f = 0 OR n <= 0 OR -f > length(s) THEN '' ELSE substr(s, f, n) END;
CREATE MACRO trino_split(s, d, n) AS CASE WHEN s = '' THEN [''] WHEN n <= 0 THEN [CAST(trino_fail('INVALID_FUNCTION_ARGUMENT', 'Limit must be positive') AS VARCHAR)] WHEN len(string_split(s, d)) <= n THEN string_split(s, d)
  ELSE list_append(list_slice(string_split(s, d), 1, n - 1),
                   array_to_string(list_slice(string_split(s, d), n, len(string_split(s, d))), d)) END;
CREATE MACRO trino_ln(x) AS CASE WHEN x > 0 THEN ln(x) WHEN x = 0 THEN CAST('-Infinity' AS DOUBLE) WHEN x IS NULL THEN NULL
  ELSE CAST('NaN' AS DOUBLE) END;
CREATE MACRO trino_width_bucket(x, lo, hi, n) AS CAST(CASE WHEN x < lo THEN 0 WHEN x >= hi THEN n + 1
  ELSE floor(CAST(n AS DOUBLE) * (x - lo) / (hi - lo)) + 1 END AS BIGINT);
CREATE MACRO trino_wrap(x, bits) AS (((CAST(x AS HUGEINT) + (CAST(1 AS HUGEINT) << (bits - 1))) % (CAST(1 AS HUGEINT) << bits) + (CAST(1 AS HUGEINT) << bits))
  % (CAST(1 AS HUGEINT) << bits)) - (CAST(1 AS HUGEINT) << (bits - 1));
CREATE MACRO trino_map_cosine(a, b) AS list_sum(list_transform(map_keys(a), lambda _k: map_extract_value(a, _k) * coalesce(map_extract_value(b, _k), 0)))
  / (sqrt(list_sum(list_transform(map_values(a), lambda _v: _v * _v))) * sqrt(list_sum(list_transform(map_values(b), lambda _v: _v * _v))));
CREATE MACRO list_distinct_first(l) AS list_filter(l, lambda _x, _i: coalesce(list_position(l, _x) = _i,
  list_position(list_transform(l, lambda _n: _n IS NULL), true) = _i));
CREATE MACRO trino_has(l, x) AS coalesce(list_contains(l, x), false) OR (x IS NULL AND len(l) > list_count(l));
CREATE MACRO trino_unit(u) AS CASE WHEN lower(u) IN ('millisecond', 'second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year') THEN lower(u)
  WHEN u IS NULL THEN NULL ELSE CAST(trino_fail('INVALID_FUNCTION_ARGUMENT', '''' || u || ''' is not a valid DATE or TIMESTAMP field') AS VARCHAR) END;
CREATE MACRO trino_clock_unit(u) AS CASE WHEN lower(u) IN ('millisecond', 'second', 'minute', 'hour') THEN lower(u)
  WHEN u IS NULL THEN NULL ELSE CAST(trino_fail('INVALID_FUNCTION_ARGUMENT', '''' || u || ''' is not a valid TIME field') AS VARCHAR) END;
CREATE MACRO trino_date_add(u, n, t) AS t + CASE u WHEN 'millisecond' THEN to_milliseconds(n) WHEN 'second' THEN to_seconds(n)
  WHEN 'minute' THEN to_minutes(n) WHEN 'hour' THEN to_hours(n) WHEN 'day' THEN to_days(CAST(n AS INTEGER))
  WHEN 'week' THEN to_weeks(CAST(n AS INTEGER)) WHEN 'month' THEN to_months(CAST(n AS INTEGER))
  WHEN 'quarter' THEN to_months(CAST(n * 3 AS INTEGER)) WHEN 'year' THEN to_years(CAST(n AS INTEGER))
  END;
CREATE MACRO trino_map_agg(l) AS map_from_entries(list_filter(list_transform(l, lambda _e, _i:
  CASE WHEN _e.k IS NOT NULL AND list_position(list_transform(l, lambda _o: _o.k), _e.k) = _i THEN struct_pack(key := _e.k, value := _e.v) END),
  lambda _e: _e IS NOT NULL));
CREATE MACRO trino_multimap(l) AS map_from_entries(list_transform(list_distinct_first(list_filter(list_transform(l, lambda _e: _e.k), lambda _k: _k IS NOT NULL)),
  lambda _k: struct_pack(key := _k, value := list_transform(list_filter(l, lambda _e: _e.k = _k), lambda _e: _e.v))));
CREATE MACRO trino_divide(a, b) AS ((2 * abs(a) + abs(b)) // (2 * abs(b))) * CAST(sign(a) * sign(b) AS HUGEINT);
CREATE MACRO trino_any(l) AS CASE WHEN l IS NULL THEN NULL WHEN list_contains(l, true) THEN true WHEN len(l) > list_count(l) THEN NULL ELSE false END;
CREATE MACRO trino_all(l) AS CASE WHEN l IS NULL THEN NULL WHEN list_contains(l, false) THEN false WHEN len(l) > list_count(l) THEN NULL ELSE true END;
CREATE MACRO trino_months(a, b, step) AS list_transform(
  range(date_sub('month', CAST(a AS TIMESTAMP), CAST(b AS TIMESTAMP)) // (year(step) * 12 + month(step)) + 1),
  lambda _n: CAST(_n * (year(step) * 12 + month(step)) AS INTEGER));
CREATE MACRO trino_listagg(s) AS CASE WHEN strlen(s) > 1048576 THEN CAST(trino_fail('EXCEEDED_FUNCTION_MEMORY_LIMIT',
  'Concatenated string has the length in bytes larger than the maximum output length 1048576') AS VARCHAR) ELSE s END;
CREATE MACRO trino_sequence(a, b, step) AS CASE
  WHEN step = 0 THEN [CAST(trino_fail('INVALID_FUNCTION_ARGUMENT', 'interval must not be zero') AS BIGINT)]
  WHEN (b > a AND step < 0) OR (b < a AND step > 0) THEN [CAST(trino_fail('INVALID_FUNCTION_ARGUMENT',
    'sequence stop value should be greater than or equal to start value if step is greater than zero otherwise stop should be less than or equal to start') AS BIGINT)]
  WHEN (b - a) // step + 1 > 10000 THEN [CAST(trino_fail('INVALID_FUNCTION_ARGUMENT', 'result of sequence function must not have more than 10000 entries') AS BIGINT)]
  ELSE range(a, b + CASE WHEN step > 0 THEN 1 ELSE -1 END, step) END;
CREATE MACRO trino_finite(x) AS CASE WHEN isfinite(x) THEN x END;
CREATE MACRO trino_equal_items(items) AS CASE WHEN list_contains(items, false) THEN false
  WHEN len(list_filter(items, lambda _e: _e IS NULL)) > 0 THEN NULL ELSE true END;
CREATE MACRO trino_arrays_equal(a, b) AS CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN len(a) <> len(b) THEN false
  ELSE trino_equal_items(list_transform(list_zip(a, b), lambda _p: _p[1] = _p[2])) END;
