"""What must hold for what runs: functions, the API, jobs, queries and the loop."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from crispstack import settings
from crispstack.business_understanding import charter_file
from crispstack.phases import Phase
from stacks import packages
from stacks.packages import Target
from tests.stacks.conftest import Resource, Synthesis, readable

ROOT = Path(__file__).parent.parent.parent
LAMBDAS = ROOT / "lambdas"
PROJECTS = ROOT / "projects"
# Logical id of a function, without its hash, to the folder of its handler.
HANDLERS = {
    "FrameFunction": "business_understanding",
    "PlanFunction": "data_understanding",
    "RenderFunction": "data_understanding",
    "ConcludeFunction": "data_understanding",
    "ExploreFunction": "explore",
    "DiscoverFunction": "discover",
    "PlanComputeFunction": "plan_compute",
    "EvaluateFunction": "evaluation",
    "RegisterFunction": "registry",
    "RecordApprovalFunction": "registry",
    "ReleaseFunction": "release",
    "ChangeReleaseFunction": "release",
    "ProveReleaseFunction": "release",
    "ConcludeReleaseFunction": "release",
    "ReportFunction": "report",
    "RecordFailureFunction": "record_failure",
    "PredictFunction": "predict",
    "WatchDriftLookFunction": "drift",
    "WatchRetrainingStartFunction": "retrain",
}
SECRET = re.compile(r"SECRET|PASSWORD|PASSWD|TOKEN|CREDENTIAL|PRIVATE|(ACCESS|API)_?KEY")


def functions(synthesis: Synthesis) -> dict[str, Resource]:
    """Functions by the name of their construct."""
    return {resource.logical_id[:-8]: resource for resource in synthesis.resources("AWS::Lambda::Function")}


def only(synthesis: Synthesis, kind: str) -> Mapping[str, Any]:
    [resource] = synthesis.resources(kind)
    return resource.properties


@pytest.fixture(scope="module")
def states(local: Synthesis) -> dict[str, dict[str, Any]]:
    """The state machine's states, by name."""
    definition = json.loads(readable(only(local, "AWS::StepFunctions::StateMachine")["DefinitionString"]))
    found: dict[str, dict[str, Any]] = definition["States"]
    return found


def phase_of(state: str) -> Phase | None:
    """The phase whose group a state belongs to, by its name."""
    for phase in Phase:
        if state.startswith("".join(word.capitalize() for word in phase.split("_"))):
            return phase
    return None


def test_every_handler_has_its_functions(local: Synthesis) -> None:
    assert set(functions(local)) == set(HANDLERS)
    assert {path.parent.name for path in LAMBDAS.glob("*/handler.py")} == set(HANDLERS.values())


@pytest.mark.parametrize("name", HANDLERS)
def test_a_function_is_told_exactly_what_its_handler_reads(local: Synthesis, name: str) -> None:
    source = (LAMBDAS / HANDLERS[name] / "handler.py").read_text()
    [reads] = set(re.findall(r"(\w+)\.from_environment\(os\.environ\)", source))
    told = functions(local)[name].properties["Environment"]["Variables"]
    fields = getattr(settings, reads).__dataclass_fields__
    assert set(told) == {field.upper() for field in fields}


def test_every_function_has_a_role_and_a_log_group_of_its_own(local: Synthesis) -> None:
    found = functions(local).values()
    roles = {f"{function.stack} {readable(function.properties['Role'])}" for function in found}
    groups = {f"{function.stack} {readable(function.properties['LoggingConfig']['LogGroup'])}" for function in found}
    assert len(roles) == len(groups) == len(HANDLERS)


@pytest.mark.parametrize(
    ("package", "extra"), [("explore", "exploration"), ("report", "report"), ("predict", "serving")]
)
def test_a_package_fits_into_lambda_unpacked(local: Synthesis, package: str, extra: str) -> None:
    built = packages.function(LAMBDAS / package, extra, Target("3.11"))
    with zipfile.ZipFile(built) as archive:
        assert sum(entry.file_size for entry in archive.infolist()) < 250 * 2**20


def test_no_function_is_told_a_secret(local: Synthesis) -> None:
    told = [name for function in functions(local).values() for name in function.properties["Environment"]["Variables"]]
    assert told
    assert [name for name in told if SECRET.search(name)] == []


def test_every_route_asks_for_a_signature(local: Synthesis) -> None:
    routes = local.resources("AWS::ApiGatewayV2::Route")
    assert {route.properties["RouteKey"]: route.properties["AuthorizationType"] for route in routes} == {
        "POST /v1/predict": "AWS_IAM",
        "GET /v1/model": "AWS_IAM",
        "GET /v1/openapi.json": "AWS_IAM",
        "GET /healthz": "AWS_IAM",
    }


def test_functions_are_called_from_outside_through_the_api_and_one_event_alone(local: Synthesis) -> None:
    permissions = local.resources("AWS::Lambda::Permission")
    assert permissions
    # And, of ours, by the rules on the alarm about drift, and on a release that has ended.
    callers = {
        permission.properties["Principal"]: permission
        for permission in permissions
        if "Retraining" not in permission.logical_id
    }
    assert set(callers) == {"apigateway.amazonaws.com", "events.amazonaws.com"}
    assert "ConcludeRelease" in readable(callers["events.amazonaws.com"].properties["FunctionName"])
    assert [permission for permission in permissions if "SourceArn" not in permission.properties] == []
    assert local.resources("AWS::Lambda::Url") == []


def test_calls_of_the_api_are_logged_and_limited(local: Synthesis) -> None:
    stages = [stage.properties for stage in local.resources("AWS::ApiGatewayV2::Stage")]
    assert len(stages) == len(list(PROJECTS.glob("*/charter.yaml"))) > 1
    for stage in stages:
        assert stage["AccessLogSettings"]["DestinationArn"]["Fn::GetAtt"][0].startswith("AccessLog")
        assert 0 < stage["DefaultRouteSettings"]["ThrottlingRateLimit"] <= 1000


def test_glue_has_the_rules_of_every_charter_word_for_word(local: Synthesis) -> None:
    rulesets = {each.properties["Name"]: each.properties for each in local.resources("AWS::Glue::DataQualityRuleset")}
    for path in PROJECTS.glob("*/charter.yaml"):
        charter = charter_file.load_project(path)
        for source in charter.sources:
            rules = [rule.rule for rule in charter.quality if (rule.source or charter.source.name) == source.name]
            found = rulesets.pop(f"crispstack-local-{charter.name}-{source.name}", None)
            assert (found is None) == (not rules), source.name
            if found:
                assert found["Ruleset"] == "Rules = [\n    " + ",\n    ".join(rules) + "\n]"
                assert found["TargetTable"]["TableName"] == f"{charter.name}_{source.name}_versions"
    assert rulesets == {}


def test_queries_cannot_leave_the_place_the_key_and_the_limit_of_their_workgroup(local: Synthesis) -> None:
    configuration = only(local, "AWS::Athena::WorkGroup")["WorkGroupConfiguration"]
    assert configuration["EnforceWorkGroupConfiguration"] is True
    assert configuration["BytesScannedCutoffPerQuery"] == 1024**3
    result = configuration["ResultConfiguration"]
    assert re.fullmatch(r"s3://<\S*QueryResults\w+>/athena/", readable(result["OutputLocation"]))
    assert result["EncryptionConfiguration"]["EncryptionOption"] == "SSE_KMS"
    assert "DataKey" in readable(result["EncryptionConfiguration"]["KmsKey"])


def test_spark_on_emr_stops_when_idle_and_grows_no_further_than_its_cap(local: Synthesis) -> None:
    application = only(local, "AWS::EMRServerless::Application")
    assert application["AutoStopConfiguration"] == {"Enabled": True, "IdleTimeoutMinutes": 5}
    assert application["MaximumCapacity"] == {"Cpu": "2 vCPU", "Memory": "6 GB"}
    assert "InitialCapacity" not in application


def test_glue_encrypts_what_the_job_writes_and_ends_it_in_time(local: Synthesis) -> None:
    job = only(local, "AWS::Glue::Job")
    assert (job["GlueVersion"], job["Timeout"], job["MaxRetries"]) == ("5.1", 60, 0)
    [security] = local.resources("AWS::Glue::SecurityConfiguration")
    assert job["SecurityConfiguration"] in ({"Ref": security.logical_id}, security.properties["Name"])
    encryption = security.properties["EncryptionConfiguration"]
    assert [entry["S3EncryptionMode"] for entry in encryption["S3Encryptions"]] == ["SSE-KMS"]
    assert encryption["JobBookmarksEncryption"]["JobBookmarksEncryptionMode"] == "CSE-KMS"


def test_the_loop_is_encrypted_and_logged_without_the_data_of_its_executions(local: Synthesis) -> None:
    machine = only(local, "AWS::StepFunctions::StateMachine")
    assert machine["EncryptionConfiguration"]["Type"] == "CUSTOMER_MANAGED_KMS_KEY"
    logging = machine["LoggingConfiguration"]
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ALL", False)
    assert machine["TracingConfiguration"] == {"Enabled": True}


def test_the_loop_passes_through_the_six_phases_in_their_order(states: dict[str, dict[str, Any]]) -> None:
    passed: list[Phase | None] = []
    name = "BusinessUnderstanding"
    while states[name]["Type"] != "Succeed":
        passed.append(phase_of(name))
        name = following(states[name])
    assert [phase for phase in dict.fromkeys(passed) if phase] == list(Phase)


def following(state: dict[str, Any]) -> str:
    """What comes next; of the backends the first, and modeling is not all."""
    backend = [choice["Next"] for choice in state.get("Choices", ()) if "backend" in choice["Condition"]]
    return str((backend or [state.get("Next") or state["Default"]])[0])


def test_every_backend_is_one_job_that_the_loop_waits_for_and_ends_in_its_time(
    states: dict[str, dict[str, Any]],
) -> None:
    chosen = {choice["Condition"]: choice["Next"] for choice in states["ModelingBackend"]["Choices"]}
    assert chosen == {
        "{% $plan.backend = 'spark' %}": "ModelingOnSpark",
        "{% $plan.backend = 'gpu' %}": "ModelingOnGpu",
        "{% $plan.backend = 'sagemaker' %}": "ModelingInSageMaker",
    }
    for name in chosen.values():
        assert states[name]["Resource"].endswith(".sync"), name
        assert "$plan.longest_" in json.dumps(states[name]["Arguments"]), name
        assert states[name]["Next"] == "Alone"
    [alone] = states["Alone"]["Choices"]
    assert states[alone["Next"]]["Type"] == "Succeed"
    assert states["Alone"]["Default"] == "Evaluation"


def test_a_run_starts_from_any_phase_at_its_first_state(states: dict[str, dict[str, Any]]) -> None:
    entered = {choice["Condition"]: choice["Next"] for choice in states["Route"]["Choices"]}
    assert {condition: phase_of(state) for condition, state in entered.items()} == {
        f"{{% $from_phase = '{phase.value}' %}}": phase for phase in Phase
    }
    for state in entered.values():
        before = [phase_of(name) for name, body in states.items() if body.get("Next") == state]
        assert phase_of(state) not in before
    assert states[states["Route"]["Default"]]["Type"] == "Fail"


def test_a_run_waits_for_a_person_only_where_the_charter_asks_one_and_as_long_as_it_says(
    states: dict[str, dict[str, Any]],
) -> None:
    needed, ask = states["EvaluationApprovalNeeded"], states["EvaluationAsk"]
    [choice] = needed["Choices"]
    assert (choice["Condition"], choice["Next"]) == ("{% $registration.approval = 'person' %}", "EvaluationAsk")
    assert needed["Default"] == ask["Next"] == ask["Catch"][0]["Next"] == "EvaluationApproval"
    assert ask["Resource"].endswith(":states:::events:putEvents.waitForTaskToken")
    assert ask["TimeoutSeconds"] == "{% $registration.seconds %}"
    assert states["EvaluationApproval"]["Next"] == "EvaluationWayBack"
    # No other way leads to a release but from the start, which is refused without an approval.
    into = {name for name, state in states.items() if "DeploymentRelease" in (state.get("Next"), state.get("Default"))}
    assert into == {"EvaluationWayBack"}


def test_a_no_go_leads_back_to_the_phase_that_it_names_as_often_as_the_run_may(
    states: dict[str, dict[str, Any]],
) -> None:
    way_back, back = states["EvaluationWayBack"], states["EvaluationGoBack"]
    [choice] = way_back["Choices"]
    assert choice["Next"] == "EvaluationGoBack"
    assert "$decision.verdict = 'no_go' and $returns > 0" in choice["Condition"]
    # A question is a person's to change.
    assert "$decision.return_to != 'business_understanding'" in choice["Condition"]
    assert back["Next"] == "Route"
    assert back["Assign"] == {
        "from_phase": "{% $decision.return_to %}",
        "returns": "{% $returns - 1 %}",
        "budgets": "{% $budgets + 1 %}",
    }
    assert states["Evaluation"]["Assign"]["decision"] == "{% $states.result.Payload %}"
    assert "$states.input.returns : 0" in states["Start"]["Assign"]["returns"]


def test_every_failure_is_recorded_with_its_phase_and_ends_the_run(states: dict[str, dict[str, Any]]) -> None:
    tasks = {name: state for name, state in states.items() if state["Type"] == "Task" and name != "RecordFailure"}
    assert {phase_of(name) for name in tasks} == set(Phase)
    for name, state in tasks.items():
        *handled, catch = state["Catch"]
        assert [each["ErrorEquals"] for each in handled] == ([["States.Timeout"]] if name == "EvaluationAsk" else [])
        assert (catch["ErrorEquals"], catch["Next"]) == (["States.ALL"], "RecordFailure"), name
        assert catch["Assign"]["failed_phase"] == phase_of(name), name
        assert {"error", "cause"} <= set(catch["Assign"]), name
    assert states[states["RecordFailure"]["Next"]]["Type"] == "Fail"


@pytest.mark.parametrize("project", [path.parent.name for path in PROJECTS.glob("*/charter.yaml")])
def test_requests_reach_the_alias_that_codedeploy_shifts_after_a_proof(local: Synthesis, project: str) -> None:
    stack = f"crispstack-local-project-{project.replace('_', '-')}"

    def only_here(kind: str) -> Resource:
        [found] = [each for each in local.resources(kind) if each.stack == stack]
        return found

    alias, group = only_here("AWS::Lambda::Alias"), only_here("AWS::CodeDeploy::DeploymentGroup")
    assert only_here("AWS::ApiGatewayV2::Integration").properties["IntegrationUri"] == {"Ref": alias.logical_id}
    update = alias.body["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
    assert update["BeforeAllowTrafficHook"] == "crispstack-local-prove-release"
    assert update["DeploymentGroupName"] == {"Ref": group.logical_id}
    alarms = {
        each.logical_id: each.properties["AlarmName"]
        for each in local.resources("AWS::CloudWatch::Alarm")
        if each.stack == stack
    }
    watched = [alarms[each["Name"]["Ref"]] for each in group.properties["AlarmConfiguration"]["Alarms"]]
    assert watched == [f"crispstack-local-{project}-release-{each}" for each in ("errors", "latency", "predictions")]
    assert "DEPLOYMENT_STOP_ON_ALARM" in group.properties["AutoRollbackConfiguration"]["Events"]
    assert group.properties["DeploymentConfigName"] == "CodeDeployDefault.LambdaAllAtOnce"


def test_a_version_outlives_the_deployment_that_published_it(local: Synthesis) -> None:
    versions = local.resources("AWS::Lambda::Version")
    assert versions
    assert {version.body["DeletionPolicy"] for version in versions} == {"Retain"}
    for function in local.resources("AWS::Lambda::Function"):
        if function.logical_id.startswith("PredictFunction"):
            assert function.properties["Environment"]["Variables"]["MODEL_URI"] == {"Ref": "ChampionUri"}


def test_an_account_releases_in_the_steps_of_its_environment_and_the_loop_waits_as_long(
    synthesize: Callable[[str], Synthesis],
) -> None:
    there = synthesize("dev")
    for config in there.resources("AWS::CodeDeploy::DeploymentConfig"):
        assert config.properties["TrafficRoutingConfig"] == {
            "Type": "TimeBasedCanary",
            "TimeBasedCanary": {"CanaryPercentage": 10, "CanaryInterval": 5},
        }
    machine = only(there, "AWS::StepFunctions::StateMachine")
    found = json.loads(readable(machine["DefinitionString"]))["States"]
    for name in ("DeploymentRelease", "DeploymentConclude"):
        (waiting,) = [each for each in found[name]["Retry"] if each["ErrorEquals"] == ["ReleaseUnderWayError"]]
        assert waiting["MaxAttempts"] * waiting["MaxDelaySeconds"] > (5 + 60) * 60
    shifting = found["DeploymentShifting"]
    assert (shifting["Choices"][0]["Next"], shifting["Default"]) == ("DeploymentConclude", "DeploymentReport")
