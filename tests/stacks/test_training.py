"""What must hold for the machines that train: their network, their disks, what they are made of and when they end."""

from __future__ import annotations

import json
import shlex
import subprocess
from typing import Any

import pytest

from stacks import environment
from tests.stacks.conftest import Resource, Synthesis, readable


def one(synthesis: Synthesis, kind: str) -> Resource:
    [found] = synthesis.resources(kind)
    return found


def named(synthesis: Synthesis, kind: str, prefix: str) -> Resource:
    [found] = [resource for resource in synthesis.resources(kind) if resource.logical_id.startswith(prefix)]
    return found


def rules_of(synthesis: Synthesis, kind: str, group: str) -> list[dict[str, Any]]:
    """The rules of a security group, its own and those written beside it."""
    inline = named(synthesis, "AWS::EC2::SecurityGroup", group).properties.get(kind.rpartition("::")[2], [])
    beside = [
        dict(rule.properties)
        for rule in synthesis.resources(kind)
        if rule.properties["GroupId"]["Fn::GetAtt"][0].startswith(group)
    ]
    return [*inline, *beside]


def test_nothing_comes_into_the_machines_and_they_reach_s3_and_the_endpoints_alone(local: Synthesis) -> None:
    assert rules_of(local, "AWS::EC2::SecurityGroupIngress", "Machines") == []
    nowhere, *out = rules_of(local, "AWS::EC2::SecurityGroupEgress", "Machines")
    # A group that is made without a rule of its own lets everything out, whatever rules are written beside it.
    assert (nowhere["CidrIp"], nowhere["IpProtocol"]) == ("255.255.255.255/32", "icmp")
    assert {(rule["FromPort"], rule["ToPort"], rule["IpProtocol"]) for rule in out} == {(443, 443, "tcp")}
    assert [rule.get("CidrIp") for rule in out] == [None, None]
    assert [rule["DestinationPrefixListId"] for rule in out if "DestinationPrefixListId" in rule] == ["pl-63a5400a"]
    assert len(rules_of(local, "AWS::EC2::SecurityGroupIngress", "Endpoints")) == 1


def test_the_network_has_no_way_to_the_internet(local: Synthesis) -> None:
    assert local.resources("AWS::EC2::InternetGateway", "AWS::EC2::NatGateway", "AWS::EC2::EIP") == []
    assert local.resources("AWS::EC2::Route") == []
    subnets = local.resources("AWS::EC2::Subnet")
    assert [subnet.properties["MapPublicIpOnLaunch"] for subnet in subnets] == [False, False]


def test_endpoints_that_cost_stand_in_one_zone_and_are_no_more_than_machines_need(local: Synthesis) -> None:
    endpoints = local.resources("AWS::EC2::VPCEndpoint")
    paid = [each for each in endpoints if each.properties["VpcEndpointType"] == "Interface"]
    services = {readable(each.properties["ServiceName"]).rpartition("us-east-1.")[2] for each in paid}
    assert services == {"ecs", "ecs-agent", "ecs-telemetry", "ecr.api", "ecr.dkr", "logs"}
    assert {len(each.properties["SubnetIds"]) for each in paid} == {1}
    [gateway] = [each for each in endpoints if each.properties["VpcEndpointType"] == "Gateway"]
    ours, layers = gateway.properties["PolicyDocument"]["Statement"]
    assert ours["Condition"] == {"StringEquals": {"aws:ResourceAccount": "123456789012"}}
    assert (layers["Action"], "starport-layer-bucket/*" in readable(layers["Resource"])) == ("s3:GetObject", True)


def test_machines_cost_nothing_between_jobs_and_spot_comes_first(local: Synthesis) -> None:
    queue = one(local, "AWS::Batch::JobQueue").properties["ComputeEnvironmentOrder"]
    order = [each["ComputeEnvironment"]["Fn::GetAtt"][0] for each in sorted(queue, key=lambda each: each["Order"])]
    environments = {each.logical_id: each.properties for each in local.resources("AWS::Batch::ComputeEnvironment")}
    resources = [environments[name]["ComputeResources"] for name in order]
    assert [each["Type"] for each in resources] == ["SPOT", "EC2"]
    for each in resources:
        assert each["MinvCpus"] == 0
        assert "DesiredvCpus" not in each
        assert [image["ImageType"] for image in each["Ec2Configuration"]] == ["ECS_AL2023_NVIDIA"]


def test_disks_are_encrypted_and_the_metadata_service_asks_for_a_token(local: Synthesis) -> None:
    data = one(local, "AWS::EC2::LaunchTemplate").properties["LaunchTemplateData"]
    assert [disk["Ebs"]["Encrypted"] for disk in data["BlockDeviceMappings"]] == [True]
    assert data["MetadataOptions"]["HttpTokens"] == "required"


def test_jobs_are_repeated_after_interruptions_only(local: Synthesis) -> None:
    definition = one(local, "AWS::Batch::JobDefinition").properties
    *again, last = definition["RetryStrategy"]["EvaluateOnExit"]
    assert again == [{"Action": "RETRY", "OnStatusReason": "Host EC2*"}, {"Action": "RETRY", "OnExitCode": "75"}]
    assert last == {"Action": "EXIT", "OnReason": "*"}
    assert definition["Timeout"]["AttemptDurationSeconds"] <= 12 * 3600


def test_the_command_is_the_same_for_images_that_evaluate_their_arguments(local: Synthesis) -> None:
    container = one(local, "AWS::Batch::JobDefinition").properties["ContainerProperties"]
    variables = {"PATH": "/usr/bin:/bin", "START": "print('started', 1 + 1)"}
    command = container["Command"]
    evaluated = ["bash", "-c", 'eval "$@"', "entry", *command]
    for words in (command, evaluated):
        answer = subprocess.run(words, env=variables, capture_output=True, text=True, check=True, timeout=60)
        assert answer.stdout == "started 2\n", shlex.join(words)


def test_sagemaker_gets_no_word_longer_than_it_takes(local: Synthesis) -> None:
    [machine] = local.resources("AWS::StepFunctions::StateMachine")
    arguments = json.loads(readable(machine.properties["DefinitionString"]))["States"]["ModelingInSageMaker"][
        "Arguments"
    ]
    algorithm = arguments["AlgorithmSpecification"]
    assert max(map(len, algorithm["ContainerEntrypoint"] + algorithm["ContainerArguments"])) <= 256
    assert max(map(len, arguments["Environment"].values())) <= 512


@pytest.mark.parametrize("name", ["local", "dev", "staging", "prod"])
def test_images_are_named_by_digest_and_carry_this_machines_wheels_here_alone(name: str) -> None:
    target = environment.load(name)
    machines = [machine for machine in (target.gpu, target.sagemaker) if machine]
    assert all("@sha256:" in machine.image for machine in machines)
    assert {machine.wheels == "host" for machine in machines} == {name == "local"}


def test_no_other_stack_is_tied_to_a_revision_of_the_job(local: Synthesis) -> None:
    exported = json.dumps(local.templates["crispstack-local-gpu-training"].get("Outputs", {}))
    assert "Queue" in exported
    assert "Definition" not in exported
