"""The formats that Athena reads and writes: what is written is read back, and files of others are read as their SerDe does."""

# ruff: noqa: E501, S608 (a statement is read on one line)
from __future__ import annotations

import bz2
import gzip
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import fastavro
import pyarrow as pa
import pytest
import zstandard
from pyarrow import orc

from emulator.services.athena import compression
from emulator.settings import Settings
from tests.emulator.athena_lake import Lake, StatementError, opened

NESTED = (
    "SELECT 1 AS i, CAST(-5000000000 AS bigint) AS b, 'tab\t, \"q\" ü' AS s, CAST(1.25 AS decimal(6,3)) AS d, DATE '1969-12-31' AS day, "
    "TIMESTAMP '2024-02-29 12:34:56.789' AS ts, true AS yes, CAST(0.5 AS real) AS r, ARRAY[1, NULL, 3] AS a, "
    "MAP(ARRAY['k', 'l'], ARRAY[1.5e0, NULL]) AS m, CAST(ROW(7, 'x') AS row(n integer, t varchar)) AS o "
    "UNION ALL SELECT 2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, ARRAY[], NULL, NULL"
)
FULL: list[str | None] = [
    "1", "-5000000000", 'tab\t, "q" ü', "1.250", "1969-12-31", "2024-02-29 12:34:56.789", "true", "0.5", "[1, null, 3]",
    "{k=1.5, l=null}", "{n=7, t=x}",
]  # fmt: skip
EMPTY: list[str | None] = ["2", *[None] * 7, "[]", None, None]


@pytest.fixture(scope="module")
def lake(emulator: Settings) -> Iterator[Lake]:
    with opened(emulator) as lake:
        yield lake


@pytest.mark.parametrize(
    ("format_", "codec"),
    [
        ("PARQUET", "SNAPPY"), ("PARQUET", "ZSTD"), ("ORC", "ZLIB"), ("ORC", "NONE"), ("AVRO", "DEFLATE"), ("AVRO", "BZIP2"),
        ("JSON", "GZIP"), ("TEXTFILE", "BZIP2"), ("TEXTFILE", "SNAPPY"),
    ],
)  # fmt: skip
def test_what_is_written_is_read_back(lake: Lake, format_: str, codec: str) -> None:
    name = f"kept_{format_}_{codec}".lower()
    where = f"external_location = 's3://lake/{name}/'"
    lake.rows(f"CREATE TABLE {name} WITH (format = '{format_}', write_compression = '{codec}', {where}) AS {NESTED}")
    lake.rows(f"INSERT INTO {name} SELECT * FROM {name} WHERE i = 2")
    assert lake.rows(f"SELECT * FROM {name} ORDER BY i") == [FULL, EMPTY, EMPTY]
    lake.rows(
        f"UNLOAD (SELECT i, s, m FROM {name} WHERE i = 1) TO 's3://lake/out_{name}/' WITH (format = '{format_}', compression = '{codec}')"
    )
    listed = lake.client("s3").list_objects_v2(Bucket="lake", Prefix=f"out_{name}/")["Contents"]
    assert len(listed) == 1
    lake.client("glue").delete_table(DatabaseName="shop", Name=name)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ("format = 'PARQUET', write_compression = 'LZO'", r"NOT_SUPPORTED.*LZO"),
        ("format = 'PARQUET', write_compression = 'BZIP2'", "INVALID_TABLE_PROPERTY: Unsupported compression BZIP2"),
        ("format = 'ION'", r"NOT_SUPPORTED.*ION"),
        ("colour = 'red'", "INVALID_TABLE_PROPERTY.*'colour' does not exist"),
        ("partitioned_by = ARRAY['a']", "HIVE_COLUMN_ORDER_MISMATCH"),
        ("bucketed_by = ARRAY['a']", "INVALID_TABLE_PROPERTY: bucketed_by and bucket_count"),
    ],
)
def test_what_cannot_be_written_is_refused(lake: Lake, options: str, reason: str) -> None:
    with pytest.raises(StatementError, match=reason):
        lake.rows(f"CREATE TABLE refused WITH ({options}) AS SELECT 1 AS a, 2 AS b")


def test_buckets_are_files_by_hives_hash(lake: Lake) -> None:
    lake.rows(
        "CREATE TABLE bucketed WITH (format = 'PARQUET', bucketed_by = ARRAY['n', 's'], bucket_count = 3, external_location = 's3://lake/bucketed/') "
        "AS SELECT * FROM (VALUES (1, 'a'), (2, 'b'), (-7, 'ü'), (4, NULL)) AS t (n, s)"
    )
    # Hive: 31 * hash(n) + hash(s), without sign, modulo the count; hash('a') = 97, 'b' = 98, 'ü' = -61 * 31 - 68.
    expected = {1: 128 % 3, 2: 160 % 3, -7: ((31 * -7 - 1959) & 0x7FFFFFFF) % 3, 4: 124 % 3}
    found = lake.rows('SELECT n, "$path" FROM bucketed')
    assert {int(n or 0): int(str(path)[-5:]) for n, path in found} == expected
    stored = lake.client("glue").get_table(DatabaseName="shop", Name="bucketed")["Table"]["StorageDescriptor"]
    assert (stored["BucketColumns"], stored["NumberOfBuckets"]) == (["n", "s"], 3)
    with pytest.raises(StatementError, match=r"NOT_SUPPORTED.*bucketed"):
        lake.rows("INSERT INTO bucketed VALUES (9, 'z')")


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".zst", ".snappy", ".deflate", ""])
def test_compressed_text_is_read_by_its_ending(lake: Lake, ending: str) -> None:
    body = b"1,one\r\n2,two,surplus\r\n\r\n4\n"
    packed = {
        ".gz": gzip.compress(body), ".bz2": bz2.compress(body), ".zst": zstandard.ZstdCompressor().compress(body),
        ".snappy": compression.compressed(body, "SNAPPY")[0], ".deflate": compression.compressed(body, "DEFLATE")[0], "": body,
    }  # fmt: skip
    name = f"packed{ending.replace('.', '_')}"
    lake.put(f"{name}/part.csv{ending}", packed[ending])
    lake.rows(
        f"CREATE EXTERNAL TABLE {name} (n int, t string) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://lake/{name}/'"
    )
    assert lake.rows(f"SELECT n, t FROM {name}") == [["1", "one"], ["2", "two"], [None, None], ["4", None]]


def test_lzo_is_refused_by_name(lake: Lake) -> None:
    lake.put("lzo/part.csv.lzo", b"x")
    lake.rows("CREATE EXTERNAL TABLE lzo (n int) LOCATION 's3://lake/lzo/'")
    with pytest.raises(StatementError, match=r"NOT_SUPPORTED: files compressed as \.lzo"):
        lake.rows("SELECT * FROM lzo")


def test_delimited_text_nests(lake: Lake) -> None:
    lake.put("nests/part", b"head\n1|a;b|k=1;l=2|x;7;u/v|--\\|-|\n|\\\\|--||\n")
    clauses = (
        "ROW FORMAT DELIMITED FIELDS TERMINATED BY '|' COLLECTION ITEMS TERMINATED BY ';' MAP KEYS TERMINATED BY '='"
    )
    lake.rows(
        f"CREATE EXTERNAL TABLE nests (n int, a array<string>, m map<string,int>, s struct<t:string,n:int>) {clauses} NULL DEFINED AS '--' "
        "LOCATION 's3://lake/nests/' TBLPROPERTIES ('skip.header.line.count' = '1')"
    )
    assert lake.rows("SELECT n, a, m, s FROM nests") == [
        ["1", "[a, b]", "{k=1, l=2}", "{t=x, n=7}"],
        [None, "[\\\\]", None, "{t=, n=null}"],
    ]
    lake.put("escapes/part", b"a\\,b,c\\\\\nplain\n")
    lake.rows(
        "CREATE EXTERNAL TABLE escapes (x string, y string) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' ESCAPED BY '\\\\' LOCATION 's3://lake/escapes/'"
    )
    assert lake.rows("SELECT x, y FROM escapes") == [["a,b", "c\\"], ["plain", None]]


def test_json_is_read_whatever_its_keys_case(lake: Lake) -> None:
    lines = '{"UserId": 1, "props": {"Page": "/a", "MS": "12"}, "tags": ["x", 1], "raw": {"k": [1.50, null]}, "at": "2024-01-01T10:00:00Z", "ts": 5}\n\n{"userid": 2.0, "amount": 1.10}\n'
    lake.put("jsons/part.json", lines.encode())
    columns = "userid int, props struct<page:string,ms:int>, tags array<string>, raw string, at timestamp, amount decimal(5,2), stamp bigint"
    serde = "ROW FORMAT SERDE '{0}' WITH SERDEPROPERTIES ('mapping.stamp' = 'ts') LOCATION 's3://lake/jsons/'"
    for name, library in (
        ("openx", "org.openx.data.jsonserde.JsonSerDe"),
        ("hcatalog", "org.apache.hive.hcatalog.data.JsonSerDe"),
    ):
        lake.rows(f"CREATE EXTERNAL TABLE {name} ({columns}) {serde.format(library)}")
        assert lake.rows(f"SELECT * FROM {name}") == [
            ["1", "{page=/a, ms=12}", "[x, 1]", '{"k":[1.50,null]}', "2024-01-01 10:00:00.000", None, "5"],
            ["2", None, None, None, None, "1.10", None],
        ]


def test_records_of_a_trail_are_rows(lake: Lake) -> None:
    records = [
        {
            "eventName": "GetObject",
            "userIdentity": {"arn": "arn:aws:iam::1:root"},
            "readOnly": True,
            "requestParameters": {"key": "a/b", "n": 1},
        },
        {"eventName": "Invoke", "errorCode": "AccessDenied", "resources": [{"ARN": "arn:aws:lambda:::f", "type": "T"}]},
    ]
    lake.put("trail/2026/03/01/one.json.gz", gzip.compress(json.dumps({"Records": records}).encode()))
    lake.put("trail/2026/03/01/none.json.gz", gzip.compress(b'{"Records": []}'))
    columns = (
        "eventname string, useridentity struct<arn:string>, readonly string, requestparameters string, errorcode string, "
        "resources array<struct<arn:string,type:string>>"
    )
    for name, library in (
        ("trail", "org.apache.hive.hcatalog.data.JsonSerDe"),
        ("older_trail", "com.amazon.emr.hive.serde.CloudTrailSerde"),
    ):
        lake.rows(
            f"CREATE EXTERNAL TABLE {name} ({columns}) ROW FORMAT SERDE '{library}' "
            "STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat' "
            "OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat' LOCATION 's3://lake/trail/'"
        )
        assert lake.rows(f"SELECT * FROM {name} ORDER BY eventname") == [
            ["GetObject", "{arn=arn:aws:iam::1:root}", "true", '{"key":"a/b","n":1}', None, None],
            ["Invoke", None, None, None, "AccessDenied", "[{arn=arn:aws:lambda:::f, type=T}]"],
        ]
        read = f"SELECT json_extract_scalar(requestparameters, '$.key') FROM {name} WHERE useridentity.arn IS NOT NULL"
        assert lake.rows(read) == [["a/b"]]


def test_bad_json_fails_unless_the_table_ignores_it(lake: Lake) -> None:
    lake.put("bad/part.json", b'{"n": 1}\nno json\n')
    lake.rows(
        "CREATE EXTERNAL TABLE bad (n int) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' LOCATION 's3://lake/bad/'"
    )
    with pytest.raises(StatementError, match="HIVE_CURSOR_ERROR: Row is not a valid JSON Object"):
        lake.rows("SELECT * FROM bad")
    lake.rows("DROP TABLE bad")
    lake.rows(
        "CREATE EXTERNAL TABLE bad (n int) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' WITH SERDEPROPERTIES ('ignore.malformed.json' = 'true') LOCATION 's3://lake/bad/'"
    )
    assert lake.rows("SELECT * FROM bad") == [["1"], [None]]
    lake.put("bad/part.json", b'{"n": "many"}\n')
    with pytest.raises(StatementError, match="HIVE_BAD_DATA: Error parsing field value 'many' for field 0"):
        lake.rows("SELECT * FROM bad")


def test_text_is_read_by_patterns(lake: Lake) -> None:
    log = '10.0.0.1 - anna [10/Oct/2024:13:55:36 -0700] "GET /a?b=1 HTTP/1.1" 200 2326\nnoise\n'
    lake.put("logs/part.log", log.encode())
    lake.rows(
        "CREATE EXTERNAL TABLE by_regex (ip string, status int) ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.RegexSerDe' "
        "WITH SERDEPROPERTIES ('input.regex' = '^(\\\\S+) .* (\\\\d{3}) \\\\d+$') LOCATION 's3://lake/logs/'"
    )
    assert lake.rows("SELECT * FROM by_regex") == [["10.0.0.1", "200"], [None, None]]
    lake.rows(
        "CREATE EXTERNAL TABLE by_grok (who string, verb string, path string, status int) ROW FORMAT SERDE 'com.amazonaws.glue.serde.GrokSerDe' WITH SERDEPROPERTIES "
        "('input.format' = '%{IP} - %{NAME:who} .%{HTTPDATE}. \"%{WORD:verb} %{URIPATHPARAM:path} HTTP/%{NUMBER}\" %{POSINT:status}', 'input.grokCustomPatterns' = 'NAME [a-z]+') "
        "STORED AS INPUTFORMAT 'org.apache.hadoop.mapred.TextInputFormat' OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat' LOCATION 's3://lake/logs/'"
    )
    assert lake.rows("SELECT * FROM by_grok WHERE who IS NOT NULL") == [["anna", "GET", "/a?b=1", "200"]]


def packed_avro(
    schema: dict[str, Any], records: list[dict[str, Any]], codec: str, pack: Callable[[bytes], bytes]
) -> bytes:
    """A container file with one block, packed with a codec for which the library has no package here."""
    body, plain = io.BytesIO(), io.BytesIO()
    for record in records:
        fastavro.schemaless_writer(plain, schema, record)
    marker = b"m" * 16
    metadata = {"avro.schema": json.dumps(schema).encode(), "avro.codec": codec.encode()}
    body.write(b"Obj\x01")
    fastavro.schemaless_writer(body, {"type": "map", "values": "bytes"}, metadata)
    body.write(marker)
    block = pack(plain.getvalue())
    for number in (len(records), len(block)):
        fastavro.schemaless_writer(body, "long", number)
    body.write(block + marker)
    return body.getvalue()


def test_avro_of_other_writers_is_read(lake: Lake) -> None:
    moment = {"type": "long", "logicalType": "timestamp-micros"}
    schema = {
        "type": "record",
        "name": "r",
        "fields": [{"name": "Name", "type": "string"}, {"name": "when", "type": moment}],
    }
    records = [{"Name": "a" * 200, "when": 1_700_000_000_000_000}]
    snappy = pa.Codec("snappy")
    lake.put(
        "avros/1.avro", packed_avro(schema, records, "snappy", lambda b: snappy.compress(b, asbytes=True) + bytes(4))
    )
    lake.put("avros/2.avro", packed_avro(schema, records, "zstandard", zstandard.ZstdCompressor().compress))
    lake.rows(
        "CREATE EXTERNAL TABLE avros (name string, `when` timestamp, missing int) STORED AS AVRO LOCATION 's3://lake/avros/'"
    )
    assert (
        lake.rows('SELECT length(name), "when", missing FROM avros') == [["200", "2023-11-14 22:13:20.000", None]] * 2
    )


def test_orc_of_other_writers_is_read(lake: Lake) -> None:
    body = io.BytesIO()
    orc.write_table(pa.table({"first": [1], "second": ["x"]}), body)
    lake.put("orcs/part.orc", body.getvalue())
    lake.rows("CREATE EXTERNAL TABLE orcs (a bigint, b string, c int) STORED AS ORC LOCATION 's3://lake/orcs/'")
    assert lake.rows("SELECT * FROM orcs") == [["1", "x", None]]
    lake.rows(
        "CREATE EXTERNAL TABLE orcs_by_name (second string, first int) ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.orc.OrcSerde' "
        "WITH SERDEPROPERTIES ('orc.column.index.access' = 'false') STORED AS ORC LOCATION 's3://lake/orcs/'"
    )
    assert lake.rows("SELECT * FROM orcs_by_name") == [["x", "1"]]
    lake.put("orcs/part.orc", b"no ORC")
    with pytest.raises(StatementError, match="HIVE_BAD_DATA"):
        lake.rows("SELECT * FROM orcs")
