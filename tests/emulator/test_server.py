"""The process: what it loads and when, and the register of what it replaces in moto."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from emulator import replacements
from emulator.replacements import MODULES, Replacement, fingerprint

# Loads what a start loads, without serving, and says what that took.
STARTED = """
import json, resource, sys
from pathlib import Path
from emulator import server
from emulator.settings import Settings
server.start(Settings(port=0, state=Path(sys.argv[1]))).server_close()
kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"mib": kib / 1024, "modules": sorted(sys.modules)}))
"""


def test_a_start_loads_no_engine_and_stays_small(tmp_path: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", STARTED, str(tmp_path)], capture_output=True, text=True, check=True
    )
    found = json.loads(finished.stdout)
    heavy = {"duckdb", "pyarrow", "pandas", "pyspark", "moto.ec2", "moto.stepfunctions.parser.models", "moto.sagemaker"}
    assert heavy.isdisjoint(found["modules"])
    assert found["mib"] < 250


@pytest.mark.parametrize("name", MODULES)
def test_a_replacement_was_written_for_the_moto_that_is_installed(name: str) -> None:
    installed = {each.target: each for each in replacements.of(name)}
    assert installed
    for target, each in installed.items():
        package = target.partition(":")[0].split(".")[1]
        assert package in MODULES[name], f"{name} replaces {target}: name {package} in MODULES"
        found = each.original()
        assert found is each.function or fingerprint(found) == each.fingerprint, target
        assert each.reason


def test_another_source_of_moto_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    (first, *_) = replacements.of("emulator.services.sns_properties")
    moved = replace(first, function=lambda: None, fingerprint="000000000000")

    def of(_module: str) -> list[Replacement]:
        return [moved]

    monkeypatch.setattr(replacements, "of", of)
    monkeypatch.setattr(replacements, "_installed", set())
    with pytest.raises(RuntimeError, match=r"get_topic_attributes: moto's source changed .* review the replacement"):
        replacements.install("sns")
