"""The charter's quality rules as Glue sees them: one ruleset per source, for the console and for Glue Data Quality."""

from __future__ import annotations

from aws_cdk import aws_glue as glue
from constructs import Construct

from crispstack.charter import Charter, Source
from crispstack.data_understanding import raw_table
from stacks.environment import Environment
from stacks.storage import Storage


class QualityRulesets(Construct):
    """A ruleset in DQDL for each source that has rules. The loop compiles the same rules to SQL."""

    def __init__(
        self, scope: Construct, construct_id: str, *, environment: Environment, charter: Charter, storage: Storage
    ) -> None:
        super().__init__(scope, construct_id)
        for source in charter.sources:
            if rules := _rules(charter, source):
                glue.CfnDataQualityRuleset(
                    self,
                    "".join(word.capitalize() for word in source.name.split("_")),
                    name=f"{environment.prefix}-{charter.name}-{source.name}",
                    description=f"What {source.name} of {charter.name} must be",
                    ruleset="Rules = [\n    " + ",\n    ".join(rules) + "\n]",
                    target_table=glue.CfnDataQualityRuleset.DataQualityTargetTableProperty(
                        database_name=storage.database_name, table_name=raw_table.versions_name(charter, source)
                    ),
                )


def _rules(charter: Charter, source: Source) -> list[str]:
    """The rules about this source; those without one are about the first."""
    return [rule.rule for rule in charter.quality if (rule.source or charter.source.name) == source.name]
