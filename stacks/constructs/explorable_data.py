"""What people query of a project: a view of each source without the test set, and the questions one asks first."""

from __future__ import annotations

from collections.abc import Iterable

from aws_cdk import Stack
from aws_cdk import aws_athena as athena
from aws_cdk import aws_glue as glue
from constructs import Construct

from crispstack.charter import Charter
from crispstack.data_understanding import explorable_view
from crispstack.data_understanding.explorable_view import View
from crispstack.data_understanding.named_queries import NamedQuery, named_queries
from stacks.storage import Storage


class ExplorableData(Construct):
    """Views in the Glue catalog, and named queries in the workgroup, where Athena's console shows them."""

    def __init__(
        self, scope: Construct, construct_id: str, *, charter: Charter, storage: Storage, workgroup_name: str
    ) -> None:
        super().__init__(scope, construct_id)
        for source in charter.sources:
            add_view(
                self,
                f"View{''.join(word.capitalize() for word in source.name.split('_'))}",
                view=explorable_view.view(charter, source, storage.database_name),
                description="Typed, without the test set and without personal data",
                storage=storage,
            )
        queries = named_queries(charter, storage.database_name)
        add_named_queries(self, charter=charter, queries=queries, storage=storage, workgroup_name=workgroup_name)


def add_view(scope: Construct, construct_id: str, *, view: View, description: str, storage: Storage) -> glue.CfnTable:
    """A view in the Glue catalog, as Athena itself would write it."""
    return glue.CfnTable(
        scope,
        construct_id,
        catalog_id=Stack.of(scope).account,
        database_name=storage.database_name,
        table_input=glue.CfnTable.TableInputProperty(
            name=view.name,
            description=description,
            table_type="VIRTUAL_VIEW",
            parameters={"presto_view": "true", "comment": "Presto View"},
            view_original_text=view.original_text(storage.database_name),
            view_expanded_text="/* Presto View */",
            # Athena reads no table without these, empty as they are.
            partition_keys=[],
            storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                location="",
                serde_info=glue.CfnTable.SerdeInfoProperty(),
                columns=[glue.CfnTable.ColumnProperty(name=name, type=kind) for name, kind in view.glue_columns()],
            ),
        ),
    )


def add_named_queries(
    scope: Construct, *, charter: Charter, queries: Iterable[NamedQuery], storage: Storage, workgroup_name: str
) -> None:
    """The project's named queries, ``<project>-<name>``."""
    for query in queries:
        athena.CfnNamedQuery(
            scope,
            "".join(word.capitalize() for word in query.name.split("-")),
            name=f"{charter.name}-{query.name}",
            description=query.question,
            database=storage.database_name,
            query_string=query.sql,
            work_group=workgroup_name,
        )
