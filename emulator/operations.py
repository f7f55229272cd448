"""The register of operations: which are executed here, which only recorded, and which are refused by name.

An operation that keeps state (Create, Describe, Put, …) is what its service says of state; a service that is not
registered has its state recorded. Any other operation starts, runs, sends or computes something: it is refused unless
it is registered as executed, so that nothing succeeds which nobody computed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Answer(Enum):
    """What an operation does here."""

    EXECUTED = "executed"
    RECORDED = "recorded only"
    REFUSED = "refused"


@dataclass(frozen=True)
class Service:
    """One service's reviewed operations, by name; `state` holds for those that keep state and are not named."""

    state: Answer
    executed: str = ""
    recorded: str = ""
    refused: str = ""
    only_named: bool = False  # every operation that is not named is refused

    def answer(self, operation: str) -> Answer:
        """What the operation does here."""
        for answer, names in (
            (Answer.REFUSED, self.refused),
            (Answer.EXECUTED, self.executed),
            (Answer.RECORDED, self.recorded),
        ):
            if operation in names.split():
                return answer
        return Answer.REFUSED if self.only_named or not _keeps_state(operation) else self.state


_STATE = re.compile(
    "(Accept|Add|Allocate|Allow|Assign|Associate|Attach|Authorize|Cancel|Change|Create|Deactivate|Delete|Deregister"
    "|Describe|Detach|Disable|Disassociate|Enable|Get|List|Modify|Put|Register|Reject|Release|Remove|Replace|Revoke|Set"
    "|Stop|Subscribe|Tag|Unassign|Unsubscribe|Untag|Update)(?![a-z])"
)
# What is created with such a name runs, or listens somewhere, from then on.
_RUNNING = re.compile(
    r"Create\w*(Broker|Build|Campaign|Cluster|Deployment|Endpoint|Environment|Execution|Instance|Job|Notebook|Server"
    r"|Session|Workspace)(s|V\d)?$"
)


def _keeps_state(operation: str) -> bool:
    return bool(_STATE.match(operation)) and not _RUNNING.match(operation)


_LISTED = " ".join(
    f"{verb}Bucket{part}Configuration{'s' if verb == 'List' else ''}"
    for part in ("Analytics", "IntelligentTiering", "Inventory", "Metrics")
    for verb in ("Put", "Get", "List", "Delete")
)

# Botocore's name of a service -> what was reviewed. Nothing else in the emulator says what an operation does.
REGISTER: Mapping[str, Service] = {
    "apigatewayv2": Service(Answer.EXECUTED, recorded="CreateDomainName CreateApiMapping CreateVpcLink CreateModel"),
    "application-autoscaling": Service(Answer.RECORDED),
    "athena": Service(
        Answer.EXECUTED,
        executed="StartQueryExecution BatchGetQueryExecution BatchGetNamedQuery BatchGetPreparedStatement",
        recorded="CreateCapacityReservation UpdateCapacityReservation",
        refused="CreateNotebook CreatePresignedNotebookUrl StartSession StartCalculationExecution",
    ),
    "batch": Service(
        Answer.EXECUTED,
        executed="CreateComputeEnvironment SubmitJob TerminateJob",
        recorded="CreateSchedulingPolicy UpdateSchedulingPolicy",
    ),
    "budgets": Service(Answer.RECORDED),
    "cloudtrail": Service(Answer.EXECUTED, executed="StartLogging LookupEvents", recorded="PutInsightSelectors"),
    "cloudwatch": Service(Answer.EXECUTED, refused="PutInsightRule EnableInsightRules DisableInsightRules"),
    "codedeploy": Service(
        Answer.EXECUTED,
        executed="CreateDeployment StopDeployment PutLifecycleEventHookExecutionStatus BatchGetApplications "
        "BatchGetDeployments BatchGetDeploymentTargets",
    ),
    "dynamodb": Service(
        Answer.EXECUTED,
        executed="Query Scan BatchGetItem BatchWriteItem TransactGetItems TransactWriteItems ExecuteStatement "
        "BatchExecuteStatement ExecuteTransaction ExportTableToPointInTime RestoreTableFromBackup",
        recorded="CreateBackup UpdateContinuousBackups",
    ),
    "dynamodbstreams": Service(Answer.EXECUTED),
    "ec2": Service(
        Answer.RECORDED,
        recorded="CreateVpcEndpoint ImportKeyPair CopyImage CopySnapshot",
        refused="CreateSpotDatafeedSubscription CreateFleet CreateInstanceConnectEndpoint",
    ),
    "ecr": Service(
        Answer.EXECUTED,
        executed="InitiateLayerUpload UploadLayerPart CompleteLayerUpload BatchCheckLayerAvailability BatchGetImage "
        "BatchDeleteImage BatchGetRepositoryScanningConfiguration",
        recorded="PutImageScanningConfiguration PutLifecyclePolicy PutReplicationConfiguration "
        "PutRegistryScanningConfiguration",
        refused="StartImageScan DescribeImageScanFindings",
    ),
    "ecs": Service(Answer.RECORDED, recorded="CreateCluster"),
    "elbv2": Service(Answer.RECORDED),
    "emr-serverless": Service(Answer.EXECUTED, executed="StartJobRun StartApplication"),
    "events": Service(
        Answer.EXECUTED,
        executed="TestEventPattern StartReplay",
        recorded="CreatePartnerEventSource PutPartnerEvents",
    ),
    "firehose": Service(Answer.EXECUTED, recorded="StartDeliveryStreamEncryption StopDeliveryStreamEncryption"),
    "glue": Service(
        Answer.EXECUTED,
        executed="CreateJob StartJobRun BatchStopJobRun StartCrawler StartTrigger StartWorkflowRun ResumeWorkflowRun "
        "BatchCreatePartition BatchDeletePartition BatchDeleteTable BatchDeleteTableVersion BatchGetPartition "
        "BatchUpdatePartition BatchGetCrawlers BatchGetJobs BatchGetTriggers BatchGetWorkflows ResetJobBookmark "
        "StartCrawlerSchedule StopCrawlerSchedule SearchTables",
        recorded="CreateConnection CreateSecurityConfiguration PutDataCatalogEncryptionSettings "
        "CreateDataQualityRuleset UpdateDataQualityRuleset",
        refused="CreateMLTransform",
    ),
    "iam": Service(
        Answer.EXECUTED,
        executed="CreateInstanceProfile GenerateCredentialReport",
        recorded="UploadServerCertificate UploadSigningCertificate UploadSSHPublicKey DeactivateMFADevice",
    ),
    "kinesis": Service(Answer.EXECUTED, executed="SplitShard MergeShards"),
    "kms": Service(
        Answer.EXECUTED,
        executed="Encrypt Decrypt ReEncrypt GenerateDataKey GenerateDataKeyWithoutPlaintext GenerateMac VerifyMac "
        "GenerateRandom Sign Verify RetireGrant ScheduleKeyDeletion ReplicateKey",
        recorded="EnableKeyRotation DisableKeyRotation",
    ),
    "lambda": Service(
        Answer.EXECUTED, executed="Invoke InvokeAsync InvokeWithResponseStream PublishVersion PublishLayerVersion"
    ),
    "logs": Service(
        Answer.EXECUTED,
        executed="FilterLogEvents TestMetricFilter CreateExportTask StartQuery",
        recorded="PutRetentionPolicy AssociateKmsKey DisassociateKmsKey PutDeliverySource PutDeliveryDestination "
        "CreateDelivery",
    ),
    "s3": Service(
        Answer.EXECUTED,
        only_named=True,
        executed="AbortMultipartUpload CompleteMultipartUpload CopyObject CreateBucket CreateMultipartUpload "
        "DeleteBucket DeleteBucketCors DeleteBucketEncryption DeleteBucketLifecycle DeleteBucketOwnershipControls "
        "DeleteBucketPolicy DeleteBucketReplication DeleteBucketTagging DeleteBucketWebsite DeleteObject "
        "DeleteObjectTagging DeleteObjects DeletePublicAccessBlock GetBucketAcl GetBucketCors GetBucketLocation "
        "GetBucketLogging GetBucketNotificationConfiguration GetBucketPolicy GetBucketPolicyStatus "
        "GetBucketTagging GetBucketVersioning GetObject GetObjectAcl GetObjectAttributes GetObjectLegalHold "
        "GetObjectLockConfiguration GetObjectRetention GetObjectTagging HeadBucket HeadObject ListBuckets "
        "ListMultipartUploads ListObjectVersions ListObjects ListObjectsV2 ListParts PutBucketAcl PutBucketCors "
        "PutBucketLogging PutBucketNotificationConfiguration PutBucketPolicy PutBucketTagging PutBucketVersioning "
        "PutObject PutObjectAcl PutObjectLegalHold PutObjectLockConfiguration PutObjectRetention PutObjectTagging "
        "SelectObjectContent UploadPart UploadPartCopy",
        recorded=f"{_LISTED} GetBucketAccelerateConfiguration PutBucketAccelerateConfiguration GetBucketEncryption "
        "PutBucketEncryption GetBucketLifecycleConfiguration PutBucketLifecycleConfiguration GetBucketReplication "
        "PutBucketReplication GetBucketWebsite PutBucketWebsite GetBucketOwnershipControls PutBucketOwnershipControls "
        "GetPublicAccessBlock PutPublicAccessBlock RestoreObject",
    ),
    "sagemaker": Service(
        Answer.RECORDED,
        executed="AddTags DeleteTags ListTags CreateModelPackageGroup DescribeModelPackageGroup "
        "DeleteModelPackageGroup ListModelPackageGroups CreateModelPackage DescribeModelPackage UpdateModelPackage "
        "DeleteModelPackage ListModelPackages Search CreateTrainingJob DescribeTrainingJob ListTrainingJobs "
        "StopTrainingJob DeleteTrainingJob",
        refused="CreateDomain CreateHyperParameterTuningJob CreateEndpoint UpdateEndpointWeightsAndCapacities",
    ),
    "scheduler": Service(Answer.EXECUTED),
    "secretsmanager": Service(
        Answer.EXECUTED,
        executed="BatchGetSecretValue RestoreSecret",
        recorded="ReplicateSecretToRegions RemoveRegionsFromReplication",
        refused="RotateSecret CancelRotateSecret",
    ),
    "servicediscovery": Service(Answer.RECORDED, recorded="DiscoverInstances DiscoverInstancesRevision"),
    "sns": Service(
        Answer.EXECUTED,
        executed="Publish PublishBatch ConfirmSubscription CheckIfPhoneNumberIsOptedOut OptInPhoneNumber",
        refused="CreatePlatformApplication CreatePlatformEndpoint",
    ),
    "sqs": Service(
        Answer.EXECUTED,
        executed="SendMessage SendMessageBatch ReceiveMessage PurgeQueue ChangeMessageVisibilityBatch "
        "StartMessageMoveTask",
    ),
    "ssm": Service(
        Answer.EXECUTED,
        executed="LabelParameterVersion UnlabelParameterVersion",
        recorded="CreateDocument CreateMaintenanceWindow CreatePatchBaseline UpdateDocument",
    ),
    "stepfunctions": Service(
        Answer.EXECUTED,
        executed="StartExecution StartSyncExecution SendTaskSuccess SendTaskFailure SendTaskHeartbeat RedriveExecution "
        "TestState ValidateStateMachineDefinition PublishStateMachineVersion",
    ),
    "sts": Service(
        Answer.EXECUTED, executed="AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity DecodeAuthorizationMessage"
    ),
}
_UNREVIEWED = Service(
    Answer.RECORDED,
    # Answers that moto makes up, or takes from a queue that its own interface fills.
    refused="GetCostAndUsage GetFaceSearch GetTextDetection GetDocumentAnalysis GetDocumentTextDetection "
    "GetStatementResult GetSupportedResourceTypes RegisterDomain ListFindings",
)


def answer(service: str, operation: str) -> Answer:
    """What an operation does here.

    Args:
        service: botocore's name of the service, such as ``stepfunctions``.
        operation: the operation's name, such as ``StartExecution``.
    """
    return REGISTER.get(service, _UNREVIEWED).answer(operation)
