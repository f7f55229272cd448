"""A project's key for the hashes of personal data."""

from __future__ import annotations

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from stacks.environment import Environment
from stacks.storage import Storage

_LENGTH = 64
"""Letters and digits: about 380 bits, more than the hash has."""


def key_name(environment: Environment, project: str) -> str:
    """Name of the secret that holds a project's key."""
    return f"{environment.prefix}/pseudonym-key/{project}"


def grant_read(role: iam.IGrantable, scope: Construct, name: str, storage: Storage) -> None:
    """Read the key of this name, which may end in ``*``, and decrypt nothing else with it."""
    # Secrets Manager adds six characters of its own to the name.
    resource = Stack.of(scope).format_arn(
        service="secretsmanager",
        resource="secret",
        resource_name=f"{name}-??????",
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
    role.grant_principal.add_to_principal_policy(
        iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=[resource])
    )
    role.grant_principal.add_to_principal_policy(
        iam.PolicyStatement(
            actions=["kms:Decrypt"],
            resources=[storage.key.key_arn],
            conditions={"StringEquals": {"kms:ViaService": f"secretsmanager.{Stack.of(scope).region}.amazonaws.com"}},
        )
    )


class PseudonymKey(Construct):
    """The key, generated once. It goes with the project's stack: nobody can tell then who a pseudonym was."""

    def __init__(
        self, scope: Construct, construct_id: str, *, environment: Environment, project: str, storage: Storage
    ) -> None:
        super().__init__(scope, construct_id)
        self.name = key_name(environment, project)
        secret = secretsmanager.CfnSecret(
            self,
            "Secret",
            name=self.name,
            description=f"Hashes the personal data of {project}",
            kms_key_id=storage.key.key_arn,
            generate_secret_string=secretsmanager.CfnSecret.GenerateSecretStringProperty(
                password_length=_LENGTH, exclude_punctuation=True
            ),
        )
        secret.apply_removal_policy(RemovalPolicy.DESTROY)
