"""Quality rules as text: DQDL, the vocabulary of AWS Glue Data Quality.

    IsComplete "age"                          Completeness "job" > 0.95
    IsUnique "id"                             Uniqueness "id" >= 0.99
    ColumnValues "age" between 17 and 121     ColumnValues "y" in ["yes", "no"] with threshold > 0.99
    ColumnValues "zip" matches "[0-9]{5}"     ColumnDataType "balance" = "Integer" where "job != 'cook'"
    DistinctValuesCount "month" <= 12         (RowCount > 1000) and (IsPrimaryKey "id")

As in DQDL, names are case sensitive, `between` leaves out both bounds, and a missing value breaks every ColumnValues
rule but `!=`, `not in` and those that name NULL.
"""

from crispstack.business_understanding.quality_rules.grammar import parse

__all__ = ["parse"]
