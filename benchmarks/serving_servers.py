# ruff: noqa: PLC0415, S606 (each server is imported where it is installed: in a process of its own)
"""The servers that are compared, each as its documentation shows: ``python serving_servers.py NAME folder port``."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def crispstack(folder: Path, port: int) -> None:
    """Ours, with its validation and its log."""
    import uvloop

    from crispstack.deployment.request_log import write_lines
    from crispstack.deployment.server import PredictionServer

    async def serve() -> None:
        server = PredictionServer(service(folder, write_lines))
        await server.serve("127.0.0.1", port, asyncio.Event(), lambda _: None)

    uvloop.run(serve())


def service(folder: Path, log: Callable[[Any], None]) -> Any:
    """What answers in our server, and in process."""
    from crispstack.artifacts import ModelPackage
    from crispstack.charter import Charter
    from crispstack.deployment.http import Service
    from crispstack.deployment.serving import Champion
    from crispstack.json_form import from_plain

    charter = from_plain(Charter, json.loads((folder / "charter.json").read_text()), "charter")
    package = ModelPackage.from_json((folder / "package.json").read_text())
    return Service(Champion(charter, package, (folder / "model.onnx").read_bytes()), log)


def mlflow(folder: Path, port: int) -> None:
    """MLflow's scoring server with the scikit-learn pipeline."""
    import mlflow.sklearn

    model = folder / "mlflow"
    if not model.exists():
        mlflow.sklearn.save_model(
            _pipeline(folder), model, pyfunc_predict_fn="predict_proba", serialization_format="pickle"
        )
    serve = ["models", "serve", "-m", str(model), "-h", "127.0.0.1", "-p", str(port), "--env-manager", "local"]
    os.execv(sys.executable, [sys.executable, "-m", "mlflow", *serve, "-w", "1"])


def bentoml(folder: Path, port: int) -> None:
    """BentoML with the scikit-learn pipeline, one worker."""
    file = folder / "bento_service.py"
    file.write_text(
        "import pickle, pathlib, typing\nimport bentoml\nimport pandas as pd\n\n"
        "@bentoml.service(workers=1)\nclass Scoring:\n    def __init__(self) -> None:\n"
        f"        self.model = pickle.loads(pathlib.Path({str(folder / 'pipeline.pkl')!r}).read_bytes())\n\n"
        "    @bentoml.api\n    def predict(self, rows: list[dict[str, typing.Any]]) -> list[float]:\n"
        "        return self.model.predict_proba(pd.DataFrame(rows).fillna(float('nan')))[:, 1].tolist()\n"
    )
    os.chdir(folder)
    os.environ["BENTOML_DO_NOT_TRACK"] = "True"
    command = ["serve", "bento_service:Scoring", "--host", "127.0.0.1", "--port", str(port)]
    os.execv(sys.executable, [sys.executable, "-m", "bentoml", *command])


def litserve(folder: Path, port: int) -> None:
    """LitServe with the scikit-learn pipeline, one worker, whose process imports this file."""
    file = folder / "litserve_service.py"
    file.write_text(
        "import pickle, pathlib\nimport litserve\nimport pandas as pd\n\nclass Scoring(litserve.LitAPI):\n"
        "    def setup(self, device):\n"
        f"        self.model = pickle.loads(pathlib.Path({str(folder / 'pipeline.pkl')!r}).read_bytes())\n\n"
        "    def decode_request(self, request):\n"
        "        return pd.DataFrame(request['rows']).fillna(float('nan'))\n\n"
        "    def predict(self, rows):\n        return self.model.predict_proba(rows)[:, 1].tolist()\n\n"
        "    def encode_response(self, output):\n        return {'predictions': output}\n\n"
        "if __name__ == '__main__':\n"
        "    server = litserve.LitServer(Scoring(), accelerator='cpu', workers_per_device=1)\n"
        f"    server.run(port={port}, host='127.0.0.1', num_api_servers=1, log_level='error',"
        " generate_client_file=False)\n"
    )
    os.execv(sys.executable, [sys.executable, "-P", str(file)])


def fastapi_sklearn(folder: Path, port: int) -> None:
    """FastAPI with the scikit-learn pipeline."""
    import pandas as pd

    model = _pipeline(folder)

    def predict(rows: list[dict[str, Any]]) -> list[float]:
        found: list[float] = model.predict_proba(pd.DataFrame(rows).fillna(float("nan")))[:, 1].tolist()
        return found

    _fastapi(predict, folder, port)


def fastapi_onnx(folder: Path, port: int) -> None:
    """FastAPI with ONNX Runtime and the same graph as ours."""
    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(folder / "model.onnx", options, providers=["CPUExecutionProvider"])
    order = session.get_modelmeta().custom_metadata_map
    numbers, texts = (json.loads(order[name]) for name in ("numbers", "texts"))

    def predict(rows: list[dict[str, Any]]) -> list[float]:
        feeds = {
            "numbers": np.array([[row[name] for name in numbers] for row in rows], dtype=np.float32),
            "texts": np.array([[row[name] for name in texts] for row in rows], dtype=object),
        }
        found: list[float] = session.run(None, feeds)[0][:, 0].tolist()
        return found

    _fastapi(predict, folder, port)


def _fastapi(predict: Callable[[list[dict[str, Any]]], list[float]], folder: Path, port: int) -> None:
    """Rows validated by a pydantic model; handlers that compute are plain functions of the event loop's thread."""
    import fastapi
    import pydantic
    import uvicorn

    first = json.loads((folder / "rows.json").read_text())[0]
    kinds: dict[str, Any] = {
        name: (str if name.startswith("category") else (int | None if name.startswith("count") else float | None), ...)
        for name in first
    }
    row = pydantic.create_model("Row", **kinds)
    body = pydantic.create_model("Body", rows=(list[row], ...))  # type: ignore[valid-type]
    app = fastapi.FastAPI()

    async def answer(content: body) -> dict[str, list[float]]:  # type: ignore[valid-type]
        return {"predictions": predict([each.__dict__ for each in content.rows])}  # type: ignore[attr-defined]

    answer.__annotations__["content"] = body
    app.post("/predict")(answer)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False)


def _pipeline(folder: Path) -> Any:
    return pickle.loads((folder / "pipeline.pkl").read_bytes())  # noqa: S301 (written by the benchmark)


SERVERS: dict[str, Callable[[Path, int], None]] = {
    "crispstack": crispstack,
    "mlflow": mlflow,
    "bentoml": bentoml,
    "litserve": litserve,
    "fastapi_sklearn": fastapi_sklearn,
    "fastapi_onnx": fastapi_onnx,
}
NEEDS = {
    "crispstack": ("httptools", "uvloop", "orjson", "onnxruntime"),
    "mlflow": ("mlflow",),
    "bentoml": ("bentoml", "pandas", "lightgbm"),
    "litserve": ("litserve", "pandas", "lightgbm"),
    "fastapi_sklearn": ("fastapi", "uvicorn", "pandas", "lightgbm"),
    "fastapi_onnx": ("fastapi", "uvicorn", "onnxruntime"),
}
"""What has to be importable where a server runs."""
PATHS = {"crispstack": "/v1/predict", "mlflow": "/invocations"}


def body_of(name: str, rows: list[dict[str, Any]]) -> bytes:
    """The request as the server takes it."""
    return json.dumps({"dataframe_records" if name == "mlflow" else "rows": rows}).encode()


def probabilities(name: str, content: bytes) -> list[float]:
    """What the server says."""
    found = json.loads(content)
    if name == "crispstack":
        return [each["probability"] for each in found["predictions"]]
    if name == "mlflow":
        return [each[1] for each in found["predictions"]]
    answers: list[float] = found if name == "bentoml" else found["predictions"]
    return answers


def installed(python: str, modules: tuple[str, ...]) -> bool:
    """Whether this interpreter has the modules."""
    asked = f"import importlib.util as u, sys; sys.exit(not all(u.find_spec(each) for each in {modules!r}))"
    return subprocess.run([python, "-c", asked], capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    SERVERS[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
