"""A project's watch: drift looked for, alarms, and the dashboard that shows it all."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from crispstack.charter import Charter
from stacks.constructs.alarms import Alarms
from stacks.constructs.dashboard import Dashboard
from stacks.constructs.drift import Drift
from stacks.constructs.phase_function import PhaseFunction
from stacks.constructs.retraining import Retraining
from stacks.data_understanding import DataUnderstanding
from stacks.environment import Environment
from stacks.storage import Storage


class Watch(Construct):
    """Without kept predictions there is no drift to look for, and nothing to retrain on."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        charter: Charter,
        storage: Storage,
        data_understanding: DataUnderstanding,
        predict: PhaseFunction,
        release_alarms: Mapping[str, cloudwatch.Alarm],
    ) -> None:
        super().__init__(scope, construct_id)
        drift = None
        if charter.monitoring.capture:
            drift = Drift(
                self,
                "Drift",
                environment=environment,
                charter=charter,
                storage=storage,
                data_understanding=data_understanding,
            )
        alarms = Alarms(
            self,
            "Alarms",
            environment=environment,
            charter=charter,
            storage=storage,
            predict=predict.function,
            look=drift.look.function if drift else None,
            more=release_alarms,
        )
        if charter.monitoring.on_drift == "retrain":
            Retraining(
                self,
                "Retraining",
                environment=environment,
                charter=charter,
                storage=storage,
                alarm=alarms.alarms["drift"],
            )
        Dashboard(
            self,
            "Dashboard",
            environment=environment,
            charter=charter,
            alarms=alarms,
            predict=predict.function,
            predict_log=predict.log_group_name,
            memory_mib=predict.memory_mib,
        )
