"""What a request asks besides the template: tags, a policy, a time limit, what to keep, whom to tell."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator import clients
from emulator.cloudformation.errors import ApiError
from emulator.settings import Settings
from tests.emulator.cloudformation_account import Account, parameter, queue, template
from tests.emulator.cloudformation_stacks import body, create, delete, reasons, update, value

TAGS = [{"Key": "team", "Value": "data"}, {"Key": "stage", "Value": "test"}]


@pytest.fixture
def account() -> Account:
    return Account()


def stack_policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Statement": [{"Principal": "*", **statement} for statement in statements]})


ALL = {"Effect": "Allow", "Action": "Update:*", "Resource": "*"}


@pytest.mark.parametrize(
    ("statement", "changed", "action"),
    [
        ({"Action": "Update:Modify", "Resource": "LogicalResourceId/A"}, {"A": parameter("/a", "2")}, "Update:Modify"),
        ({"Action": "Update:Replace", "Resource": "*"}, {"A": parameter("/new", "1")}, "Update:Replace"),
        ({"NotAction": "Update:Modify", "Resource": "LogicalResourceId/A*"}, {"B": queue("b")}, "Update:Delete"),
        (
            {"Action": "Update:*", "Resource": "*", "Condition": {"StringLike": {"ResourceType": ["AWS::SSM::*"]}}},
            {"A": parameter("/a", "2")},
            "Update:Modify",
        ),
    ],
)
def test_a_stack_policy_forbids_what_it_denies_until_an_update_overrides_it(
    account: Account, statement: dict[str, Any], changed: dict[str, Any], action: str
) -> None:
    policy = stack_policy(ALL, {"Effect": "Deny", **statement})
    account.create("s", template(A=parameter("/a", "1"), B=queue("b")), StackPolicyBody=policy)
    before = dict(account.backend.kept)
    wanted = template(**{"B": queue("b"), **changed})
    assert account.update("s", wanted) == "UPDATE_ROLLBACK_COMPLETE"
    assert account.reasons("s", "UPDATE_FAILED") == [
        f"Action denied by stack policy: the policy explicitly denies [{action}] for resource [LogicalResourceId/A]"
    ]
    assert account.backend.kept == before
    assert account.update("s", wanted, StackPolicyDuringUpdateBody=stack_policy(ALL)) == "UPDATE_COMPLETE"
    assert account.backend.kept != before
    assert account("GetStackPolicy", StackName="s") == {"StackPolicyBody": policy}


def test_a_stack_policy_allows_only_what_it_says(account: Account) -> None:
    account.create("s", template(A=parameter("/a", "1"), B=queue("b")))
    account("SetStackPolicy", StackName="s", StackPolicyBody=stack_policy({**ALL, "Resource": "LogicalResourceId/A"}))
    assert account.update("s", template(A=parameter("/a", "2"), B=queue("b"))) == "UPDATE_COMPLETE"
    changed = template(A=parameter("/a", "2"), B=queue("b", DelaySeconds=1))
    assert account.update("s", changed) == "UPDATE_ROLLBACK_COMPLETE"
    with pytest.raises(ApiError, match="Error validating stack policy"):
        account("SetStackPolicy", StackName="s", StackPolicyBody="{")


def test_a_creation_that_takes_too_long_is_rolled_back(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter([0.0, 0.0, 61.0])
    monkeypatch.setattr("emulator.cloudformation.engine.monotonic", lambda: next(seconds))
    made = template(A=parameter("/a", "1"), B=queue("b", DelaySeconds={"Fn::GetAtt": ["A", "Arn"]}))
    account("CreateStack", StackName="s", TemplateBody=json.dumps(made), TimeoutInMinutes=1)
    monkeypatch.undo()
    assert account.settled("s") == "ROLLBACK_COMPLETE"
    assert account.reasons("s", "ROLLBACK_IN_PROGRESS") == ["Stack creation time exceeded the specified timeout."]
    assert not account.backend.kept


def test_what_is_to_be_kept_goes_with_a_creation_that_failed_when_so_asked(account: Account) -> None:
    kept = parameter("/a", "1", DeletionPolicy="Retain")
    except_on_create = parameter("/b", "1", DeletionPolicy="RetainExceptOnCreate")
    broken = template(A=kept, B=except_on_create, C=parameter("/c", "refused", DependsOn=["A", "B"]))
    assert account.create("s", broken) == "ROLLBACK_COMPLETE"
    assert list(account.backend.kept) == ["/a"]
    account.backend.kept.clear()
    assert account.create("t", broken, RetainExceptOnCreate=True) == "ROLLBACK_COMPLETE"
    assert not account.backend.kept
    assert account.create("u", template(B=except_on_create)) == "CREATE_COMPLETE"
    assert account.delete("u") == "DELETE_COMPLETE"
    assert list(account.backend.kept) == ["/b"]


@pytest.mark.parametrize(
    "argument", [{"ResourceTypes": ["AWS::SQS::*"]}, {"DeploymentConfig": {"Mode": "EXPRESS"}}], ids=str
)
def test_an_argument_without_effect_here_is_refused(account: Account, argument: dict[str, Any]) -> None:
    with pytest.raises(ApiError, match=r"is not supported by this emulator"):
        account.create("s", template(A=queue("a")), **argument)


def test_a_queue_without_a_name_gets_one_that_sqs_takes_however_long_its_stacks_is(emulator: Settings) -> None:
    assert emulator
    stack, logical_id = "a-stack-with-a-name-of-sixty-characters-and-a-queue-inside-it", "RequestsThatWait"
    created = create(stack, body({logical_id: {"Type": "AWS::SQS::Queue"}, "Other": {"Type": "AWS::SQS::Queue"}}))
    assert created["StackStatus"] == "CREATE_COMPLETE", reasons(stack, "CREATE_FAILED")
    urls = clients.client("sqs").list_queues(QueueNamePrefix=stack)["QueueUrls"]
    names = [url.rpartition("/")[2] for url in urls]
    assert len(set(names)) == 2
    assert max(map(len, names)) == 80


def test_a_stacks_tags_are_those_of_its_resources(emulator: Settings) -> None:
    assert emulator
    logs = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]}
    service = {"Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **service}]}
    own = [{"Key": "stage", "Value": "own"}]
    resources = {
        "Map": parameter("/tagged/parameter", "1"),
        "List": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "tagged", "Tags": own}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "tagged", "AssumeRolePolicyDocument": role}},
        "Policy": {
            "Type": "AWS::IAM::Policy",
            "Properties": {"PolicyName": "p", "Roles": [{"Ref": "Role"}], "PolicyDocument": logs},
        },
    }
    named = ["CAPABILITY_NAMED_IAM"]
    created = create("tagged", body(resources), Tags=TAGS, Capabilities=named)
    assert created["StackStatus"] == "CREATE_COMPLETE", reasons("tagged", "CREATE_FAILED")
    url = clients.client("sqs").get_queue_url(QueueName="tagged")["QueueUrl"]

    def found() -> tuple[Any, Any, Any]:
        listed = clients.client("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId="/tagged/parameter")
        return (
            {tag["Key"]: tag["Value"] for tag in listed["TagList"]},
            clients.client("sqs").list_queue_tags(QueueUrl=url)["Tags"],
            {tag["Key"]: tag["Value"] for tag in clients.client("iam").list_role_tags(RoleName="tagged")["Tags"]},
        )

    both = {"team": "data", "stage": "test"}
    assert found() == (both, {"team": "data", "stage": "own"}, both)
    updated = update("tagged", body(resources), Tags=TAGS[:1], Capabilities=named)
    assert updated["StackStatus"] == "UPDATE_COMPLETE", reasons("tagged", "UPDATE_FAILED")
    assert found() == ({"team": "data"}, {"team": "data", "stage": "own"}, {"team": "data"})
    delete("tagged")


def test_a_topic_is_told_what_happens_to_a_stack(emulator: Settings) -> None:
    assert emulator
    sqs, sns = clients.client("sqs"), clients.client("sns")
    topic = sns.create_topic(Name="stack-events")["TopicArn"]
    url = sqs.create_queue(QueueName="stack-events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sender = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = {"Version": "2012-10-17", "Statement": {**sender, "Resource": arn}}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    create("notified", body({"Held": parameter("/notified", "1")}), NotificationARNs=[topic])
    assert value("/notified") == "1"
    told = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        told += [dict(line.split("=", 1) for line in each["Body"].splitlines()) for each in messages]
    statuses = {(each["LogicalResourceId"], each["ResourceStatus"]) for each in told}
    assert statuses == {
        (f"'{name}'", f"'{status}'")
        for name in ("notified", "Held")
        for status in ("CREATE_IN_PROGRESS", "CREATE_COMPLETE")
    }
    delete("notified")
