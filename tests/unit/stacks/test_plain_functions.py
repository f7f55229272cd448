"""Functions that are deployed without further packages start with what Lambda brings."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
# Besides Python's own: what AWS's image of Python holds.
BROUGHT = "boto3 botocore s3transfer jmespath dateutil six urllib3 crispstack handler"
START = f"""
import sys

class OnlyWhatLambdaBrings:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in {{*sys.stdlib_module_names, *{BROUGHT.split()!r}}}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, OnlyWhatLambdaBrings())
sys.path.insert(0, sys.argv[1])
import handler
"""


def plain_functions() -> list[str]:
    """Folders of the handlers that some stack deploys without an extra."""
    found = set()
    for path in (ROOT / "stacks").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "PhaseFunction":
                given = {keyword.arg: keyword.value for keyword in call.keywords}
                if "extra" not in given:
                    found.add(ast.literal_eval(given["package"]))
    return sorted(found)


def test_the_stacks_deploy_plain_functions() -> None:
    assert {"business_understanding", "record_failure", "retrain"} <= set(plain_functions())


@pytest.mark.parametrize("name", plain_functions())
def test_a_plain_function_imports_nothing_that_its_package_lacks(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", START, str(ROOT / "lambdas" / name)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
