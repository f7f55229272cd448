"""List prices in US dollars, us-east-1, as AWS's pricing pages gave them in 2025.

A month of what outlives the stacks, an hour of what modeling runs on.

Sources: aws.amazon.com/s3/pricing (Standard, first 50 TB), /kms/pricing (customer managed key), /cloudwatch/pricing
(storage of logs), /systems-manager/pricing (standard parameters), /athena/pricing (SQL queries), /emr/pricing (EMR
Serverless), /ec2/pricing/on-demand (Linux), /sagemaker/pricing (training), /glue/pricing (jobs), /lambda/pricing (x86),
/api-gateway/pricing (HTTP APIs).
"""

from __future__ import annotations

GIB = 1024**3

S3_STANDARD_PER_GIB = 0.023
KMS_KEY = 1.0
LOGS_PER_GIB = 0.03
SSM_STANDARD_PARAMETER = 0.0

EC2_ON_DEMAND_HOUR = {
    "g4dn.xlarge": 0.526,
    "g4dn.2xlarge": 0.752,
    "g5.xlarge": 1.006,
    "g5.2xlarge": 1.212,
    "g6.xlarge": 0.8048,
    "g6.2xlarge": 0.9776,
}
SAGEMAKER_TRAINING_HOUR = {
    "ml.m5.large": 0.115,
    "ml.m5.xlarge": 0.23,
    "ml.m5.2xlarge": 0.461,
    "ml.m5.4xlarge": 0.922,
    "ml.g4dn.xlarge": 0.736,
    "ml.g5.xlarge": 1.408,
}
GLUE_DPU_HOUR = 0.44
GLUE_LEAST_SECONDS = 60
LAMBDA_GIB_SECOND = 0.0000166667
LAMBDA_REQUEST = 0.0000002
HTTP_API_REQUEST = 0.000001
_EMR_SERVERLESS_VCPU_HOUR = 0.052624
_EMR_SERVERLESS_GIB_HOUR = 0.0057785

_ATHENA_PER_TB = 5.0
_ATHENA_LEAST_BYTES = 10_000_000


def athena_query(bytes_scanned: int) -> float:
    """US dollars for one query: by what it read, at least ten megabytes; nothing where it read nothing."""
    return max(bytes_scanned, _ATHENA_LEAST_BYTES) / 1e12 * _ATHENA_PER_TB if bytes_scanned else 0.0


def emr_serverless_hour(vcpu: int, memory_gib: int) -> float:
    """US dollars for an hour of EMR Serverless with this capacity, on x86; on Arm it is a fifth less."""
    return vcpu * _EMR_SERVERLESS_VCPU_HOUR + memory_gib * _EMR_SERVERLESS_GIB_HOUR
