"""What must hold for every resource, whoever adds the next one."""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from crispstack.phases import Phase
from stacks import environment
from tests.stacks.conftest import Resource, Synthesis, readable

# Actions that know no narrower resource than "*", from the service authorization reference.
WITHOUT_RESOURCE = {
    "batch:DescribeJobs",
    "codedeploy:GetDeploymentTarget",
    "codedeploy:ListDeploymentTargets",
    "ecr:GetAuthorizationToken",
    "ecs:DiscoverPollEndpoint",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}
COMPUTE = {
    "AWS::Lambda::Function",
    "AWS::Glue::Job",
    "AWS::EMRServerless::Application",
    "AWS::Batch::ComputeEnvironment",
    "AWS::StepFunctions::StateMachine",
}
# The first phase has no stack of its own: its function frames the loop.
STACKS_OF_PHASES = ("orchestration", "data-understanding", "data-preparation", "modeling", "evaluation", "deployment")
TRAINING = ("modeling", "gpu-training", "sagemaker-training")
DATA = {"AWS::S3::Bucket", "AWS::KMS::Key", "AWS::Glue::Database"}
PLAIN_HTTP = {"Bool": {"aws:SecureTransport": "false"}}
OLD_TLS = {"NumericLessThan": {"s3:TlsVersion": 1.2}}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(synthesis: Synthesis) -> Iterator[tuple[Resource, Mapping[str, Any]]]:
    for resource in synthesis.resources("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        for statement in as_list(resource.properties["PolicyDocument"]["Statement"]):
            yield resource, statement


def readers(synthesis: Synthesis, bucket: str, key: str) -> set[str]:
    """Policies that let their role get this object of the bucket."""
    return {
        str(resource)
        for resource, statement in statements(synthesis)
        if any(fnmatch.fnmatchcase("s3:GetObject", action) for action in as_list(statement["Action"]))
        for allowed in map(readable, as_list(statement["Resource"]))
        if fnmatch.fnmatchcase(key, allowed.partition("/")[2] if bucket in allowed else "*" * (allowed == "*"))
    }


def asset_keys(value: Any) -> set[str]:
    return set(re.findall(r"[0-9a-f]{64}\.\w+", json.dumps(value)))


def test_no_allowed_action_is_a_wildcard(local: Synthesis) -> None:
    found = [
        (str(resource), action)
        for resource, statement in statements(local)
        for action in as_list(statement["Action"])
        if "*" in action and statement["Effect"] == "Allow"
    ]
    assert found == []


def test_only_actions_that_know_no_resource_are_allowed_on_all(local: Synthesis) -> None:
    found = {
        action
        for _, statement in statements(local)
        if "*" in as_list(statement["Resource"])
        for action in as_list(statement["Action"])
    }
    assert found - WITHOUT_RESOURCE == set()


def test_roles_are_assumed_by_one_service_and_carry_no_managed_policy(local: Synthesis) -> None:
    roles = local.resources("AWS::IAM::Role")
    assert len(roles) >= 10
    for role in roles:
        principals = [statement["Principal"] for statement in role.properties["AssumeRolePolicyDocument"]["Statement"]]
        assert all(set(principal) == {"Service"} for principal in principals), role
        assert "ManagedPolicyArns" not in role.properties, role


def test_only_logs_of_glue_and_sagemaker_keep_their_group_beyond_the_stack(local: Synthesis) -> None:
    groups = {
        readable(group).partition("log-group:")[2]
        for _, statement in statements(local)
        if "logs:CreateLogGroup" in as_list(statement["Action"])
        for group in as_list(statement["Resource"])
    }
    assert groups == {"/aws-glue/jobs/*", "/aws-glue/crawlers*", "/aws/sagemaker/TrainingJobs*"}


def test_buckets_are_encrypted_private_versioned_and_owned_by_the_account(local: Synthesis) -> None:
    buckets = local.resources("AWS::S3::Bucket")
    assert len(buckets) == 7
    for bucket in buckets:
        [rule] = bucket.properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        algorithm = "AES256" if bucket.logical_id.startswith("Logs") else "aws:kms"
        assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == algorithm, bucket
        assert len(bucket.properties["PublicAccessBlockConfiguration"]) == 4, bucket
        assert set(bucket.properties["PublicAccessBlockConfiguration"].values()) == {True}, bucket
        assert bucket.properties["VersioningConfiguration"] == {"Status": "Enabled"}, bucket
        assert bucket.properties["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}, bucket


def test_buckets_refuse_plain_http_and_old_tls_for_all_their_objects(local: Synthesis) -> None:
    policies = {json.dumps(policy.properties["Bucket"]): policy for policy in local.resources("AWS::S3::BucketPolicy")}
    for bucket in local.resources("AWS::S3::Bucket"):
        policy = policies[json.dumps({"Ref": bucket.logical_id})]
        for condition in (PLAIN_HTTP, OLD_TLS):
            [denied] = [
                statement
                for statement in policy.properties["PolicyDocument"]["Statement"]
                if statement["Effect"] == "Deny" and statement.get("Condition") == condition
            ]
            assert (denied["Action"], denied["Principal"]) == ("s3:*", {"AWS": "*"}), bucket
            arn = f"<{bucket.logical_id}.Arn>"
            assert {readable(resource) for resource in denied["Resource"]} == {arn, f"{arn}/*"}, bucket


def test_nobody_outside_the_account_is_let_in_by_a_bucket_or_key(local: Synthesis) -> None:
    documents = [policy.properties["PolicyDocument"] for policy in local.resources("AWS::S3::BucketPolicy")]
    documents += [key.properties["KeyPolicy"] for key in local.resources("AWS::KMS::Key")]
    principals = {
        (kind, name)
        for document in documents
        for statement in document["Statement"]
        if statement["Effect"] == "Allow"
        for kind, names in statement["Principal"].items()
        for name in as_list(names)
    }
    services = ("budgets", "cloudtrail", "cloudwatch", "delivery.logs", "logging.s3")
    assert principals == {
        ("AWS", "arn:aws:iam::123456789012:root"),
        *(("Service", f"{each}.amazonaws.com") for each in services),
    }


def test_every_access_to_data_is_logged(local: Synthesis) -> None:
    for bucket in local.resources("AWS::S3::Bucket"):
        if not bucket.logical_id.startswith("Logs"):
            assert "Logs" in json.dumps(bucket.properties["LoggingConfiguration"]["DestinationBucketName"]), bucket


def trail_bucket(synthesis: Synthesis) -> str:
    (trail,) = synthesis.resources("AWS::CloudTrail::Trail")
    return str(trail.properties["S3BucketName"]["Ref"])


@pytest.mark.parametrize(("name", "mode"), [("local", "GOVERNANCE"), ("dev", "GOVERNANCE"), ("prod", "COMPLIANCE")])
def test_the_trail_is_validated_encrypted_and_locked(
    synthesize: Callable[[str], Synthesis], name: str, mode: str
) -> None:
    there = synthesize(name)
    (trail,) = there.resources("AWS::CloudTrail::Trail")
    assert trail.properties["EnableLogFileValidation"] is True
    assert trail.properties["IsMultiRegionTrail"] is True
    assert "KMSKeyId" in trail.properties
    (bucket,) = [each for each in there.resources("AWS::S3::Bucket") if each.logical_id == trail_bucket(there)]
    assert bucket.body["DeletionPolicy"] == "Retain"
    retention = bucket.properties["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert retention == {"Mode": mode, "Days": environment.load(name).audit_days}


def test_the_trail_records_who_reads_data_and_who_invokes_functions(local: Synthesis) -> None:
    (trail,) = local.resources("AWS::CloudTrail::Trail")
    selected = {
        each["Name"]: {field["Field"]: field for field in each["FieldSelectors"]}
        for each in trail.properties["AdvancedEventSelectors"]
    }
    assert selected["Management"].keys() == {"eventCategory"}
    objects = [readable(each) for each in selected["Objects"]["resources.ARN"]["StartsWith"]]
    found = [re.sub(r"[0-9A-F]{8}", "", each) for each in objects]
    kept = ("Raw", "Prepared", "Artifacts", "Predictions")
    assert found == [f"<crispstack-local-storage:ExportsOutputFnGetAtt{each}Arn>/" for each in kept]
    (functions,) = selected["Invocations"]["resources.ARN"]["StartsWith"]
    assert readable(functions).endswith(":function:crispstack-local-")


def test_keys_rotate(local: Synthesis) -> None:
    keys = local.resources("AWS::KMS::Key")
    assert keys
    assert [key for key in keys if key.properties["EnableKeyRotation"] is not True] == []


def test_every_log_group_forgets(local: Synthesis) -> None:
    groups = local.resources("AWS::Logs::LogGroup")
    assert groups
    assert {group.properties["RetentionInDays"] for group in groups} == {7}


def test_stacks_with_data_hold_no_compute(local: Synthesis) -> None:
    for stack, template in local.templates.items():
        types = {body["Type"] for body in template.get("Resources", {}).values()}
        assert not (types & DATA and types & COMPUTE), stack


def test_data_is_retained_where_the_environment_says_so(local: Synthesis) -> None:
    kept = local.resources("AWS::S3::Bucket", "AWS::KMS::Key")
    assert {resource.body["DeletionPolicy"] for resource in kept} == {"Retain"}


def test_only_preparation_and_evaluation_read_the_test_set(local: Synthesis) -> None:
    stacks = {name.partition(".")[0] for name in readers(local, "Prepared", "test/bank_marketing/1/part-0.parquet")}
    assert stacks == {"crispstack-local-data-preparation", "crispstack-local-evaluation"}


def test_only_preparation_and_modeling_read_training_rows(local: Synthesis) -> None:
    stacks = {name.partition(".")[0] for name in readers(local, "Prepared", "train/bank_marketing/1/part-0.parquet")}
    assert stacks == {"crispstack-local-data-preparation", *(f"crispstack-local-{name}" for name in TRAINING)}


def test_modeling_evaluation_and_prediction_read_no_raw_data(local: Synthesis) -> None:
    found = readers(local, "Raw", "bank_marketing/clients/version=1/clients.csv")
    crawlers = {name for name in found if name.startswith("crispstack-local-project-bank-marketing.CrawlersRole")}
    assert len(crawlers) == 1
    assert {name.partition(".")[0] for name in found - crawlers} == {
        "crispstack-local-data-understanding",
        "crispstack-local-data-preparation",
        "crispstack-local-orchestration",
    }


def test_no_phase_reads_what_a_later_one_found(local: Synthesis) -> None:
    every = {f"crispstack-local-{name}" for name in STACKS_OF_PHASES}
    for index, phase in enumerate(Phase):
        found = readers(local, "Artifacts", f"bank_marketing/runs/1/{phase.prefix}/found.json")
        allowed = {f"crispstack-local-{name}" for name in STACKS_OF_PHASES[index:]}
        assert {name.partition(".")[0] for name in found} & every == allowed, phase


@pytest.mark.parametrize(
    ("name", "writer"),
    [
        ("5_evaluation/decision.json", "Evaluate"),
        ("5_evaluation/registration.json", "Register"),
        ("5_evaluation/approval.json", "RecordApproval"),
        ("5_evaluation/failure.json", "RecordFailure"),
    ],
)
def test_who_decides_registers_and_approves_writes_that_alone_and_only_failures_are_recorded_anywhere(
    local: Synthesis, name: str, writer: str
) -> None:
    key = f"bank_marketing/runs/1/{name}"
    writers = {
        resource.logical_id
        for resource, statement in statements(local)
        if "s3:PutObject" in as_list(statement["Action"])
        for allowed in map(readable, as_list(statement["Resource"]))
        if "Artifacts" in allowed and fnmatch.fnmatchcase(key, allowed.partition("/")[2])
    }
    assert {name.partition("Role")[0] for name in writers} == {"Evaluate", writer}


def actions_of(synthesis: Synthesis, action: str) -> dict[str, Mapping[str, Any]]:
    """The statements that allow an action, by the construct of their policy."""
    found = {}
    for resource, statement in statements(synthesis):
        if action in as_list(statement["Action"]):
            found[resource.logical_id.partition("Role")[0]] = statement
    return found


def test_who_registers_models_can_approve_none_and_only_a_recorded_approval_changes_one(local: Synthesis) -> None:
    [(creator, created)] = actions_of(local, "sagemaker:CreateModelPackage").items()
    assert creator == "Register"
    assert created["Condition"] == {
        "StringEquals": {"sagemaker:ModelApprovalStatus": ["PendingManualApproval", "Rejected"]}
    }
    assert list(actions_of(local, "sagemaker:UpdateModelPackage")) == ["RecordApproval"]
    assert list(actions_of(local, "sagemaker:DescribeModelPackage")) == ["Release", "ChangeRelease"]


def test_roles_read_no_asset_but_those_their_own_jobs_are_made_of(local: Synthesis) -> None:
    [machine] = local.resources("AWS::StepFunctions::StateMachine")
    states = json.loads(readable(machine.properties["DefinitionString"]))["States"]
    of_jobs = {
        "crispstack-local-data-preparation": asset_keys([job.properties for job in local.resources("AWS::Glue::Job")]),
        "crispstack-local-modeling": asset_keys(states["ModelingOnSpark"]),
        "crispstack-local-gpu-training": asset_keys(
            [definition.properties for definition in local.resources("AWS::Batch::JobDefinition")]
        ),
        "crispstack-local-sagemaker-training": asset_keys(states["ModelingInSageMaker"]),
        **{
            parameter.stack: asset_keys(parameter.properties["Value"])
            for parameter in local.resources("AWS::SSM::Parameter")
            if parameter.stack != "crispstack-local-storage"  # the champions'
        },
    }
    assert {stack: len(keys) for stack, keys in of_jobs.items()} == {
        "crispstack-local-data-preparation": 2,
        "crispstack-local-modeling": 3,
        "crispstack-local-gpu-training": 4,
        "crispstack-local-sagemaker-training": 4,
        "crispstack-local-project-bank-marketing": 3,
        "crispstack-local-project-flight-delays": 3,
    }
    granted: dict[str, set[str]] = {}
    for resource, statement in statements(local):
        for allowed in map(readable, as_list(statement["Resource"])):
            if "cdk-hnb659fds" in allowed:
                assert as_list(statement["Action"]) == ["s3:GetObject"], resource
                assert asset_keys(allowed), f"{resource} reads {allowed}"
                granted.setdefault(resource.stack, set()).update(asset_keys(allowed))
    assert granted == of_jobs


def test_the_emulators_address_and_keys_are_in_no_template(local: Synthesis) -> None:
    laptop = environment.load("local")
    text = json.dumps(local.templates)
    assert [secret for secret in (laptop.endpoint, laptop.access_key, laptop.secret_key) if secret in text] == []


WITHOUT_GPU = {"crispstack-local-gpu-training", "crispstack-local-network"}


@pytest.mark.parametrize(("name", "left_out"), [("dev", WITHOUT_GPU), ("prod", set())])
def test_accounts_get_the_laptops_resources_with_their_own_retention(
    local: Synthesis, synthesize: Callable[[str], Synthesis], name: str, left_out: set[str]
) -> None:
    there = synthesize(name)
    wanted = environment.load(name)
    # What a role's policy has no room for is in a second one, of another type; the laptop releases in no steps.
    others = {"AWS::IAM::ManagedPolicy", "AWS::CodeDeploy::DeploymentConfig"}
    assert sorted(resource.type for resource in there.resources() if resource.type not in others) == sorted(
        resource.type
        for resource in local.resources()
        if resource.stack not in left_out and resource.type not in others
    )
    groups = there.resources("AWS::Logs::LogGroup")
    assert {group.properties["RetentionInDays"] for group in groups} == {wanted.log_retention_days}
    data = there.resources("AWS::S3::Bucket", "AWS::KMS::Key")
    deletion = {resource.body["DeletionPolicy"] for resource in data if resource.logical_id != trail_bucket(there)}
    assert deletion == {"Retain" if wanted.retain_data else "Delete"}
