"""What one charter adds: its raw tables and its prediction endpoint."""

from __future__ import annotations

import json

from aws_cdk import CfnOutput, CfnParameter, Duration
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from constructs import Construct

from crispstack.charter import Charter
from crispstack.data_preparation.lookups import lookups
from crispstack.data_preparation.privacy import hashes
from crispstack.deployment.queued_results import results_prefix
from crispstack.deployment.routes import ROUTES
from crispstack.settings import PredictionSettings
from stacks.constructs import grants, lookup_table
from stacks.constructs.batch_scoring import BatchScoring
from stacks.constructs.capture import Capture, stream_name
from stacks.constructs.crawlers import Crawlers
from stacks.constructs.environment_stack import EnvironmentStack
from stacks.constructs.explorable_data import ExplorableData
from stacks.constructs.jdbc_source import add_jdbc_sources
from stacks.constructs.live_alias import LiveAlias
from stacks.constructs.phase_function import PhaseFunction, log_group
from stacks.constructs.pseudonym_key import PseudonymKey, grant_read, key_name
from stacks.constructs.quality_rulesets import QualityRulesets
from stacks.constructs.raw_tables import RawTables
from stacks.constructs.release_alarms import ReleaseAlarms
from stacks.constructs.request_queue import RequestQueue
from stacks.constructs.watch import Watch
from stacks.data_understanding import DataUnderstanding
from stacks.deployment import Deployment, prediction_function_name
from stacks.environment import Environment
from stacks.modeling import Modeling
from stacks.storage import Storage

_REQUESTS_PER_SECOND = 200
_TIMEOUT_SECONDS = 29
_ACCESS_LOG_FORMAT = json.dumps(
    {
        "requestId": "$context.requestId",
        "time": "$context.requestTime",
        "caller": "$context.identity.userArn",
        "route": "$context.routeKey",
        "status": "$context.status",
        "latency": "$context.responseLatency",
    }
)


class Project(EnvironmentStack):
    """The raw tables over the uploaded files; a function that serves the champion, behind an alias and an HTTP API."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        charter: Charter,
        storage: Storage,
        data_understanding: DataUnderstanding,
        modeling: Modeling,
        deployment: Deployment,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            environment=environment,
            name=f"project-{charter.name.replace('_', '-')}",
            description=f"Project {charter.name}",
        )
        tables = RawTables(self, "RawTables", charter=charter, storage=storage)
        rulesets = QualityRulesets(self, "QualityRulesets", environment=environment, charter=charter, storage=storage)
        rulesets.node.add_dependency(tables)
        # Its workgroup holds the named queries.
        self.add_stack_dependency(data_understanding)
        ExplorableData(
            self,
            "ExplorableData",
            charter=charter,
            storage=storage,
            workgroup_name=data_understanding.workgroup_name,
        )
        add_jdbc_sources(
            self,
            environment=environment,
            charter=charter,
            storage=storage,
            workgroup_name=data_understanding.workgroup_name,
        )
        Crawlers(self, "Crawlers", environment=environment, charter=charter, storage=storage)
        champion = storage.champion(charter.name)
        function_name = prediction_function_name(environment, charter.name)
        self.predict = PhaseFunction(
            self,
            "Predict",
            environment=environment,
            package="predict",
            extra="serving",
            settings=PredictionSettings(
                project=charter.name,
                model_uri=self._champion_uri(champion),
                pseudonym_key=key_name(environment, charter.name),
                lookup_table=lookup_table.table_name(environment, charter.name),
                results_uri=f"s3://{storage.query_results.bucket_name}/{results_prefix(charter.name)}",
                capture_stream=stream_name(environment, charter),
            ),
            memory_mib=1024,
            timeout=Duration.seconds(_TIMEOUT_SECONDS),
            function_name=function_name,
        )
        grants.read_prefix(self.predict.role, storage.artifacts, f"{charter.name}/models/")
        releases = ReleaseAlarms(
            self, "ReleaseAlarms", environment=environment, charter=charter, function=function_name
        )
        self.live = LiveAlias(
            self,
            "Live",
            environment=environment,
            name=function_name,
            function=self.predict.function,
            prove=deployment.prove_name,
            alarms=list(releases.alarms.values()),
        )
        if hashes(charter):
            key = PseudonymKey(self, "PseudonymKey", environment=environment, project=charter.name, storage=storage)
            grant_read(self.predict.role, self, key.name, storage)
        if lookups(charter):
            table = lookup_table.LookupTable(
                self, "LookupTable", environment=environment, project=charter.name, storage=storage
            )
            lookup_table.grant_read(self.predict.role, self, table.name, storage)
        RequestQueue(
            self,
            "RequestQueue",
            project=charter.name,
            storage=storage,
            function=self.live.alias,
            role=self.predict.role,
            timeout_seconds=_TIMEOUT_SECONDS,
        )
        BatchScoring(self, "BatchScoring", environment=environment, charter=charter, storage=storage, modeling=modeling)
        Capture(
            self,
            "Capture",
            environment=environment,
            charter=charter,
            storage=storage,
            workgroup_name=data_understanding.workgroup_name,
            sender=self.predict.role,
        )
        Watch(
            self,
            "Watch",
            environment=environment,
            charter=charter,
            storage=storage,
            data_understanding=data_understanding,
            predict=self.predict,
            release_alarms=releases.alarms,
        )
        api = self._api(environment, charter)
        CfnOutput(self, "PredictionEndpoint", value=api.api_endpoint)
        CfnOutput(self, "PredictionFunctionName", value=self.predict.function.function_name)
        CfnOutput(self, "ChampionParameter", value=champion)

    def _champion_uri(self, parameter: str) -> str:
        """What the parameter holds when the stack is deployed: so a new version of the code keeps the champion."""
        found = CfnParameter(
            self,
            "ChampionUri",
            type="AWS::SSM::Parameter::Value<String>",
            default=parameter,
            description="Parameter with the URI of the model that serves",
        )
        return found.value_as_string

    def _api(self, environment: Environment, charter: Charter) -> apigateway.HttpApi:
        """Callers are signed in with IAM and need ``execute-api:Invoke``."""
        api = apigateway.HttpApi(
            self,
            "Api",
            api_name=f"{environment.prefix}-{charter.name}",
            description=f"Predictions of {charter.name}",
            default_authorizer=authorizers.HttpIamAuthorizer(),
            create_default_stage=False,
        )
        integration = integrations.HttpLambdaIntegration("Predict", self.live.alias)
        for route in ROUTES:
            method, path = route.split()
            api.add_routes(path=path, methods=[apigateway.HttpMethod[method]], integration=integration)
        stage = apigateway.HttpStage(
            self,
            "Stage",
            http_api=api,
            stage_name="$default",
            auto_deploy=True,
            throttle=apigateway.ThrottleSettings(rate_limit=_REQUESTS_PER_SECOND, burst_limit=2 * _REQUESTS_PER_SECOND),
        )
        resource = stage.node.default_child
        assert isinstance(resource, apigateway.CfnStage)  # noqa: S101 (narrows the type for the next line)
        resource.access_log_settings = apigateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=log_group(self, "AccessLog", environment).log_group_arn, format=_ACCESS_LOG_FORMAT
        )
        return api
