"""Least privilege, shown: every statement of every role allows something, and one that is taken away is missed.

The emulator tells which statements allowed the calls of this session, also those of the tests that ran before.
"""

from __future__ import annotations

import json
import random
import re
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from crispstack.phases import Phase
from tests.end_to_end.conftest import PROJECT, Checkout
from tests.end_to_end.copied_run import copied, executed

EXCUSES = Path(__file__).with_name("unused_statements.toml")
SEED, PICKED = 20_26, 10
DENIED = re.compile(r'not authorized to perform: (?P<action>[\w:-]+) on resource: \W*(?P<resource>arn:[^\s"\\]+)')
# Stack -> the phase in which the functions of its roles run.
PHASES = {
    "data-understanding": Phase.DATA_UNDERSTANDING,
    "evaluation": Phase.EVALUATION,
    "deployment": Phase.DEPLOYMENT,
}
# What the state machine's role may do -> the phase that does it. Not its right to invoke functions, which Step
# Functions tries again for minutes, nor those with which Athena reads in its name, whose denial names no action.
MACHINE = (
    ("emr-serverless:StartJobRun", Phase.MODELING),
    ("iam:PassRole", Phase.MODELING),
    ("glue:StartJobRun", Phase.DATA_PREPARATION),
    ("athena:", Phase.DATA_UNDERSTANDING),
    ("glue:", Phase.DATA_UNDERSTANDING),
)

# Used only where another model is released: by a hook that CodeDeploy asks again for minutes, or after that.
WHERE_RELEASED = ("ProveReleaseRole", "ConcludeReleaseRole", "ChangeReleaseRole")
BEGINNING = ("ssm:", "cloudwatch:", "codedeploy:GetDeploymentConfig")


@dataclass(frozen=True)
class Granted:
    """An Allow statement of a role's policy; `role` is where the role stands: stack and logical id.

    `policy` is the name of an inline policy, or the ARN of a managed one: CDK divides what is too long for the first.
    """

    role: str
    role_name: str
    policy: str
    document: str

    @property
    def statement(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.document)
        return read

    @property
    def actions(self) -> list[str]:
        return many(self.statement["Action"])

    def __str__(self) -> str:
        return f"{self.role}: {', '.join(self.actions)} on {', '.join(many(self.statement['Resource']))}"


def many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def document(iam: Any, role: str, policy: str) -> dict[str, Any]:
    """The document of a role's policy, be it inline (its name) or managed (its ARN); never one of AWS's own."""
    if not policy.startswith("arn:"):
        inline: dict[str, Any] = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        return inline
    assert ":iam::aws:" not in policy, f"{role} has {policy}"
    version = iam.get_policy(PolicyArn=policy)["Policy"]["DefaultVersionId"]
    found: dict[str, Any] = iam.get_policy_version(PolicyArn=policy, VersionId=version)["PolicyVersion"]["Document"]
    return found


def granted(checkout: Checkout) -> list[Granted]:
    """Every Allow statement of every role of the environment's stacks, in the order of the stacks' names."""
    cloudformation, iam = checkout.client("cloudformation"), checkout.client("iam")
    prefix = checkout.environment.stack("")
    stacks = [stack["StackName"] for stack in cloudformation.describe_stacks()["Stacks"]]
    found = []
    for stack in sorted(name for name in stacks if name.startswith(prefix)):
        listed = cloudformation.list_stack_resources(StackName=stack)["StackResourceSummaries"]
        for resource in listed:
            if resource["ResourceType"] != "AWS::IAM::Role":
                continue
            name = resource["PhysicalResourceId"]
            role = f"{stack.removeprefix(prefix)}/{re.sub('[0-9A-F]{8}$', '', resource['LogicalResourceId'])}"
            managed = [each["PolicyArn"] for each in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]]
            for policy in [*iam.list_role_policies(RoleName=name)["PolicyNames"], *managed]:
                found += [
                    Granted(role, name, policy, json.dumps(statement, sort_keys=True))
                    for statement in document(iam, name, policy)["Statement"]
                    if statement["Effect"] == "Allow"
                ]
    return found


@pytest.fixture(scope="module")
def used(checkout: Checkout, run: str) -> dict[Granted, list[dict[str, Any]]]:
    """The statements that allowed something, each with some of the requests that it allowed."""
    if not checkout.endpoint:
        pytest.skip("AWS does not tell which statement allowed a call")
    request = AWSRequest("GET", f"{checkout.endpoint}/_emulator/permissions")
    SigV4Auth(checkout.keys, "emulator", checkout.environment.region).add_auth(request)
    try:
        with urllib.request.urlopen(urllib.request.Request(request.url, headers=dict(request.headers))) as response:
            recorded = json.load(response)
    except urllib.error.HTTPError as error:
        error.close()
        pytest.skip("this emulator does not tell which statement allowed a call")
    requests = {
        (entry["principal"].rpartition("/")[2], entry["policy"], json.dumps(entry["statement"], sort_keys=True)): entry
        for entry in recorded
    }
    return {
        each: requests[each.role_name, each.policy, each.document]["requests"]
        for each in granted(checkout)
        if (each.role_name, each.policy, each.document) in requests
    }


def test_every_statement_allowed_something_or_is_excused(
    checkout: Checkout, used: Mapping[Granted, list[dict[str, Any]]]
) -> None:
    excuses = tomllib.loads(EXCUSES.read_text())["excuse"]
    needless = set(range(len(excuses)))
    unused = []
    for each in granted(checkout):
        fitting = [
            number
            for number, excuse in enumerate(excuses)
            if re.fullmatch(excuse["role"], each.role)
            and all(re.fullmatch(excuse["actions"], action) for action in each.actions)
        ]
        needless -= set(fitting)
        if each not in used and not fitting:
            unused.append(str(each))
    assert unused == [], "these statements allowed nothing"
    assert [excuses[number] for number in needless] == [], "these excuses excuse nothing"
    assert all(len(excuse["reason"]) > 20 for excuse in excuses)


@pytest.fixture(scope="module")
def rehearsal(checkout: Checkout, run: str) -> Iterator[str]:
    """A copy of the run, to be spoiled; afterwards, the run itself is deployed again as if nothing had been."""
    with copied(checkout, run, "rehearsal") as copy:
        yield copy
    assert executed(checkout, run, Phase.DEPLOYMENT)["status"] == "SUCCEEDED"


@contextmanager
def without(checkout: Checkout, taken: Granted) -> Iterator[None]:
    """A role's policy less one of its statements, for the moment."""
    iam = checkout.client("iam")
    whole = document(iam, taken.role_name, taken.policy)
    left = [each for each in whole["Statement"] if json.dumps(each, sort_keys=True) != taken.document]
    assert len(left) == len(whole["Statement"]) - 1
    with (managed_without if taken.policy.startswith("arn:") else inline_without)(iam, taken, whole, left):
        yield


@contextmanager
def inline_without(iam: Any, taken: Granted, whole: dict[str, Any], left: list[Any]) -> Iterator[None]:
    names = {"RoleName": taken.role_name, "PolicyName": taken.policy}
    if left:
        iam.put_role_policy(**names, PolicyDocument=json.dumps({**whole, "Statement": left}))
    else:
        iam.delete_role_policy(**names)
    try:
        yield
    finally:
        iam.put_role_policy(**names, PolicyDocument=json.dumps(whole))


@contextmanager
def managed_without(iam: Any, taken: Granted, whole: dict[str, Any], left: list[Any]) -> Iterator[None]:
    """A policy keeps its versions: the whole one is made the default again."""
    if not left:
        names = {"RoleName": taken.role_name, "PolicyArn": taken.policy}
        iam.detach_role_policy(**names)
        try:
            yield
        finally:
            iam.attach_role_policy(**names)
        return
    before = iam.get_policy(PolicyArn=taken.policy)["Policy"]["DefaultVersionId"]
    shorter = json.dumps({**whole, "Statement": left})
    version = iam.create_policy_version(PolicyArn=taken.policy, PolicyDocument=shorter, SetAsDefault=True)
    try:
        yield
    finally:
        iam.set_default_policy_version(PolicyArn=taken.policy, VersionId=before)
        iam.delete_policy_version(PolicyArn=taken.policy, VersionId=version["PolicyVersion"]["VersionId"])


@contextmanager
def cold(checkout: Checkout, function: str) -> Iterator[None]:
    """An unpublished version that starts afresh with the model that serves; afterwards it is as it was."""
    client = checkout.client("lambda")
    before = client.get_function_configuration(FunctionName=function)["Environment"]
    live = client.get_function_configuration(FunctionName=function, Qualifier="live")["Environment"]
    client.update_function_configuration(FunctionName=function, Environment=live, Description="to be started afresh")
    try:
        yield
    finally:
        client.update_function_configuration(FunctionName=function, Environment=before, Description="")


def prediction(checkout: Checkout, _: str) -> str:
    function = checkout.outputs(f"project-{PROJECT.replace('_', '-')}")["PredictionFunctionName"]
    with cold(checkout, function):
        answer = checkout.client("lambda").invoke(FunctionName=function, Payload=b"{}")
        said: str = answer["Payload"].read().decode()
    assert "FunctionError" in answer, said
    return said


def execution_from(phase: Phase) -> Callable[[Checkout, str], str]:
    def execute(checkout: Checkout, run: str) -> str:
        ended = executed(checkout, run, phase)
        assert ended["status"] == "FAILED", f"from {phase}: {ended}"
        return f"{ended.get('error')}: {ended.get('cause')}"

    return execute


def is_of_a_release(role: str, statement: Granted) -> bool:
    """Whether it is used only where another model is released."""
    return role in WHERE_RELEASED or (role == "ReleaseRole" and statement.actions[0].startswith(BEGINNING))


def attempt(statement: Granted) -> Callable[[Checkout, str], str] | None:
    """What needs a statement, and fails in seconds without it; None where it would take a Spark job, or leave one."""
    stack, _, role = statement.role.partition("/")
    if statement.actions[0].startswith(("logs:", "firehose:")) or is_of_a_release(role, statement):
        return None  # without its logs, or what keeps its predictions, a function runs all the same, as in AWS
    if role == "LoopRole":
        phases = [phase for prefix, phase in MACHINE if any(action.startswith(prefix) for action in statement.actions)]
        # The rehearsal trains on Spark.
        return execution_from(phases[0]) if phases and "sagemaker.amazonaws.com" not in statement.document else None
    if role == "FrameRole":
        return execution_from(Phase.BUSINESS_UNDERSTANDING)
    if role == "PredictRole":
        if {"sqs:ReceiveMessage", "s3:PutObject"} & set(statement.actions):
            return None  # the function starts without them; its messages would wait for minutes to be tried again
        return prediction if stack == f"project-{PROJECT.replace('_', '-')}" else None
    return execution_from(PHASES[stack]) if stack in PHASES else None


@pytest.fixture(scope="module")
def picked(used: Mapping[Granted, list[dict[str, Any]]]) -> list[Granted]:
    """Ten of the statements that were used, the same ones each time."""
    candidates = [each for each in used if attempt(each)]
    return random.Random(SEED).sample(candidates, PICKED)  # noqa: S311 (a choice, no secret)


@pytest.mark.parametrize("number", range(PICKED))
def test_a_statement_that_is_taken_away_is_missed(
    checkout: Checkout, rehearsal: str, picked: list[Granted], number: int
) -> None:
    taken = picked[number]
    fails = attempt(taken)
    assert fails
    with without(checkout, taken):
        said = fails(checkout, rehearsal)
    missed = [
        denial
        for denial in DENIED.finditer(said)
        if denial["action"] in taken.actions
        and any(fnmatchcase(denial["resource"], pattern) for pattern in many(taken.statement["Resource"]))
    ]
    assert missed, f"without {taken}\n{said}"
    assert "AccessDenied" in said, said
