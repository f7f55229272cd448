"""Each project has a view of every source and named queries, where Athena's console finds them."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

from crispstack.business_understanding import charter_file
from crispstack.data_understanding import holdout
from tests.stacks.conftest import Synthesis

BANK = charter_file.load(Path("projects/bank_marketing/charter.yaml"))
STACK = "crispstack-local-project-bank-marketing"


def test_the_view_is_declared_as_athena_itself_writes_one(local: Synthesis) -> None:
    tables = [each.properties["TableInput"] for each in local.resources("AWS::Glue::Table") if each.stack == STACK]
    views = [table for table in tables if table.get("TableType") == "VIRTUAL_VIEW"]
    (view,) = [view for view in views if view["Name"].endswith("_explorable")]
    assert (view["Name"], view["PartitionKeys"]) == ("bank_marketing_clients_explorable", [])
    assert view["StorageDescriptor"]["SerdeInfo"] == {}
    columns = {column["Name"]: column["Type"] for column in view["StorageDescriptor"]["Columns"]}
    assert list(columns) == [*(column.name for column in BANK.source.columns), "_is_positive"]
    assert (columns["age"], columns["job"], columns["loan"]) == ("bigint", "string", "boolean")
    encoded = view["ViewOriginalText"].removeprefix("/* Presto View: ").removesuffix(" */")
    said = json.loads(base64.b64decode(encoded))
    assert said["columns"][0] == {"name": "id", "type": "bigint"}
    assert 'FROM "crispstack_local"."bank_marketing_clients"' in said["originalSql"]
    assert f"WHERE NOT ({holdout.athena_sql(BANK)})" in said["originalSql"]


def test_named_queries_stand_in_the_workgroup_under_the_projects_name(local: Synthesis) -> None:
    queries = [each.properties for each in local.resources("AWS::Athena::NamedQuery") if each.stack == STACK]
    assert {query["Name"] for query in queries} >= {"bank_marketing-target-balance", "bank_marketing-missing-values"}
    for query in queries:
        assert (query["WorkGroup"], query["Database"]) == ("crispstack-local", "crispstack_local")
        assert re.search("bank_marketing_(clients_explorable|predictions)", query["QueryString"])
        assert query["Description"].endswith("?")
