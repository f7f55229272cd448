"""What people query of a project: a view of each source without the test set, and the questions one asks first."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_athena as athena
from aws_cdk import aws_glue as glue
from constructs import Construct

from crispstack.charter import Charter
from crispstack.data_understanding import explorable_view
from crispstack.data_understanding.explorable_view import View
from crispstack.data_understanding.named_queries import named_queries
from stacks.storage import Storage


class ExplorableData(Construct):
    """Views in the Glue catalog, and named queries in the workgroup, where Athena's console shows them."""

    def __init__(
        self, scope: Construct, construct_id: str, *, charter: Charter, storage: Storage, workgroup_name: str
    ) -> None:
        super().__init__(scope, construct_id)
        for source in charter.sources:
            self._view(explorable_view.view(charter, source, storage.database_name), source.name, storage)
        for query in named_queries(charter, storage.database_name):
            athena.CfnNamedQuery(
                self,
                "".join(word.capitalize() for word in query.name.split("-")),
                name=f"{charter.name}-{query.name}",
                description=query.question,
                database=storage.database_name,
                query_string=query.sql,
                work_group=workgroup_name,
            )

    def _view(self, view: View, source: str, storage: Storage) -> None:
        glue.CfnTable(
            self,
            f"View{''.join(word.capitalize() for word in source.split('_'))}",
            catalog_id=Stack.of(self).account,
            database_name=storage.database_name,
            table_input=glue.CfnTable.TableInputProperty(
                name=view.name,
                description="Typed, without the test set and without personal data",
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
