"""List prices of what outlives the stacks: us-east-1, US dollars a month, as AWS's pricing pages gave them in 2025.

Sources: aws.amazon.com/s3/pricing (Standard, first 50 TB), /kms/pricing (customer managed key), /cloudwatch/pricing
(storage of logs), /systems-manager/pricing (standard parameters), /athena/pricing (SQL queries).
"""

from __future__ import annotations

GIB = 1024**3

S3_STANDARD_PER_GIB = 0.023
KMS_KEY = 1.0
LOGS_PER_GIB = 0.03
SSM_STANDARD_PARAMETER = 0.0

_ATHENA_PER_TB = 5.0
_ATHENA_LEAST_BYTES = 10_000_000


def athena_query(bytes_scanned: int) -> float:
    """US dollars for one query: by what it read, at least ten megabytes; nothing where it read nothing."""
    return max(bytes_scanned, _ATHENA_LEAST_BYTES) / 1e12 * _ATHENA_PER_TB if bytes_scanned else 0.0
