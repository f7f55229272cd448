"""EventBridge's events of deployments that change their state."""

from __future__ import annotations

from emulator import settings
from emulator.services.codedeploy.deployment import Deployment
from emulator.services.events import bus


def tell(deployment: Deployment, state: str) -> None:
    """Say on the default bus that a deployment is in a state: START, SUCCESS, FAILURE or STOP."""
    here, application = settings.current(), deployment.application_name
    detail = {
        "instanceGroupId": deployment.group.deployment_group_id,
        "region": here.region,
        "application": application,
        "deploymentId": deployment.deployment_id,
        "state": state,
        "deploymentGroup": deployment.deployment_group_name,
    }
    of_application = f"arn:aws:codedeploy:{here.region}:{here.account}:application:{application}"
    resources = [of_application, deployment.group_arn]
    bus.emit("aws.codedeploy", "CodeDeploy Deployment State-change Notification", detail, resources)
