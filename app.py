"""The CDK application: environment → stacks → synth. Nothing is looked up, and no AWS is called."""

from __future__ import annotations

import json
from pathlib import Path

import aws_cdk as cdk

from crispstack.business_understanding import charter_file
from stacks import environment
from stacks.constructs.budget import ENVIRONMENT_TAG
from stacks.platform import Platform
from stacks.project import Project

ROOT = Path(__file__).parent


def build(context: dict[str, object] | None = None, output: Path | None = None) -> cdk.App:
    """The application; `context` overrides what cdk.json says, whether or not the CLI runs it."""
    settings = json.loads((ROOT / "cdk.json").read_text())["context"]
    app = cdk.App(
        context={**settings, **(context or {})}, outdir=str(output) if output else None, analytics_reporting=False
    )
    target = environment.load(app.node.get_context("environment"))
    projects = Path(app.node.try_get_context("projects") or ROOT / "projects")
    charters = [charter_file.load_project(path) for path in sorted(projects.glob("*/charter.yaml"))]
    platform = Platform(app, environment=target, charters=charters)
    for charter in charters:
        Project(
            app,
            "".join(word.capitalize() for word in charter.name.split("_")),
            environment=target,
            charter=charter,
            storage=platform.storage,
            data_understanding=platform.data_understanding,
            modeling=platform.modeling,
            deployment=platform.deployment,
        )
    cdk.Tags.of(app).add(ENVIRONMENT_TAG, target.name)
    return app


if __name__ == "__main__":
    build().synth()
