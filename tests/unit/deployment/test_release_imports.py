"""The release function's package holds no third-party packages: numpy must not be needed."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
ONLY_WHAT_LAMBDA_HAS = """
import sys
for name in ("numpy", "onnxruntime", "sklearn", "jinja2", "matplotlib"):
    sys.modules[name] = None
sys.path.insert(0, {folder!r})
import handler
"""


def test_release_needs_nothing_but_boto3() -> None:
    script = ONLY_WHAT_LAMBDA_HAS.format(folder=str(ROOT / "lambdas" / "release"))
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
