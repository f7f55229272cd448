"""A project whose charter hashes a column gets a key, which its preparation and its predictions alone may read."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from crispstack.business_understanding import charter_file
from crispstack.cli import node
from crispstack.privacy_plan import PrivacyTreatment
from stacks import environment, packages
from stacks.data_understanding import DataUnderstanding
from stacks.deployment import Deployment
from stacks.modeling import Modeling
from stacks.project import Project
from stacks.storage import Storage

BANK = charter_file.load(Path("projects/bank_marketing/charter.yaml"))
HASHING = dataclasses.replace(BANK, privacy=(PrivacyTreatment("job", "hash", "an example"), *BANK.privacy[2:]))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    os.environ.setdefault("JSII_NODE", str(node.node()))
    context = json.loads(Path("cdk.json").read_text())["context"]
    app = cdk.App(context=context, outdir=str(tmp_path_factory.mktemp("cdk.out")), analytics_reporting=False)
    local = environment.load("local")
    storage = Storage(app, "Storage", environment=local, charters=[])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packages, "BUILD", tmp_path_factory.mktemp("packages"))
        patch.setattr(packages, "_install", lambda requirements, folder, target: folder.mkdir())
        understanding = DataUnderstanding(app, "DataUnderstanding", environment=local, storage=storage)
        Project(
            app,
            "Project",
            environment=local,
            charter=HASHING,
            storage=storage,
            data_understanding=understanding,
            modeling=Modeling(app, "Modeling", environment=local, storage=storage),
            deployment=Deployment(app, "Deployment", environment=local, storage=storage),
        )
    found: dict[str, Any] = app.synth().get_stack_by_name("crispstack-local-project-bank-marketing").template
    return found


def test_the_key_is_generated_and_encrypted_and_goes_with_the_stack(template: dict[str, Any]) -> None:
    (secret,) = [body for body in template["Resources"].values() if body["Type"] == "AWS::SecretsManager::Secret"]
    assert secret["Properties"]["Name"] == "crispstack-local/pseudonym-key/bank_marketing"
    assert secret["Properties"]["GenerateSecretString"] == {"PasswordLength": 64, "ExcludePunctuation": True}
    assert "DataKey" in json.dumps(secret["Properties"]["KmsKeyId"])
    assert secret["DeletionPolicy"] == "Delete"


def test_the_prediction_function_reads_this_key_and_no_other(template: dict[str, Any]) -> None:
    policies = [body["Properties"] for body in template["Resources"].values() if body["Type"] == "AWS::IAM::Policy"]
    statements = [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]
    by_function_and_job = [each for each in statements if each["Action"] == "secretsmanager:GetSecretValue"]
    assert len(by_function_and_job) == 2
    for reads in by_function_and_job:
        assert "secret:crispstack-local/pseudonym-key/bank_marketing-??????" in json.dumps(reads["Resource"])
    decrypts = [each for each in statements if "secretsmanager" in json.dumps(each.get("Condition", {}))]
    assert [each["Action"] for each in decrypts] == ["kms:Decrypt", "kms:Decrypt"]
    (function,) = [
        body["Properties"]
        for body in template["Resources"].values()
        if body["Type"] == "AWS::Lambda::Function" and body["Properties"].get("FunctionName", "").endswith("marketing")
    ]
    assert function["Environment"]["Variables"]["PSEUDONYM_KEY"] == "crispstack-local/pseudonym-key/bank_marketing"
