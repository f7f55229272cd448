"""Known people go through understanding, preparation, quarantine and report: nothing that is written names them."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crispstack.artifacts import (
    BusinessCase,
    CalibrationBin,
    Candidate,
    Criterion,
    CurvePoint,
    DataProfile,
    Decision,
    GoldenRow,
    Leaderboard,
    ModelFindings,
    ModelPackage,
    Parity,
    PolicyValue,
    PreparedDataset,
    QualityReport,
    Release,
    SchemaReport,
)
from crispstack.aws import artifact_store, queries, raw_data
from crispstack.aws.artifact_store import ArtifactStore
from crispstack.aws.prepared_storage import S3Storage
from crispstack.aws.queries import QueryResult
from crispstack.business_understanding import charter_json
from crispstack.charter import Charter, Column, Derivation, Money, Preparation, QualityRule, Source, Target
from crispstack.data_collection import DataCollection
from crispstack.data_preparation.account import Account
from crispstack.data_preparation.partition_task import PartitionTask
from crispstack.data_preparation.requests import prepared_arrays, request_row
from crispstack.data_preparation.row_wise import features
from crispstack.data_preparation.rows import MALFORMED
from crispstack.data_understanding.exploration import Exploration
from crispstack.data_understanding.personal_data import PrivacyReport
from crispstack.data_understanding.withheld import withheld_features
from crispstack.deployment.report.page import Findings, render
from crispstack.errors import PrivacyError
from crispstack.modeling.findings import explanation
from crispstack.modeling.findings.findings import Chosen, findings
from crispstack.modeling.findings.time_limit import TimeLimit
from crispstack.modeling.metrics import metric
from crispstack.modeling.training_data import TrainingData
from crispstack.modeling.validation_plan import Split
from crispstack.privacy_plan import PrivacyTreatment
from crispstack.settings import DataUnderstandingSettings
from tests.unit.data_understanding.collected import put_version
from tests.unit.data_understanding.duckdb_table import run
from tests.unit.modeling import mocked_s3

ROWS = 180
KEY = b"an example's key, long enough"
CHARTER = Charter(
    name="people",
    question="Who will buy?",
    owner="Sales",
    sources=(
        Source(
            "customers",
            "customers.csv",
            (
                Column("full_name", "category"),
                Column("email", "category"),
                Column("phone", "category"),
                Column("iban", "category"),
                Column("born", "date"),
                Column("postcode", "category"),
                Column("notes", "text"),
                Column("age", "integer"),
                Column("y", "category"),
            ),
        ),
    ),
    target=Target("y", "yes"),
    money=Money("EUR", 10, -1),
    quality=(QualityRule('IsUnique "email"'), QualityRule('ColumnValues "phone" matches "nothing"')),
    preparation=Preparation(derive=(Derivation("adult", "indicator", "age", operator=">=", value=18),)),
    privacy=(
        PrivacyTreatment("full_name", "drop", "not needed"),
        PrivacyTreatment("email", "hash", "tells people apart"),
        PrivacyTreatment("phone", "drop", "not needed"),
        PrivacyTreatment("iban", "hash", "tells accounts apart", digits=12),
        PrivacyTreatment("born", "generalize", "the year suffices", to="year"),
        PrivacyTreatment("postcode", "generalize", "regions suffice", to="prefix", size=2),
        PrivacyTreatment("notes", "drop", "not needed"),
        PrivacyTreatment("age", "generalize", "bands do", to="band", size=10),
    ),
)
NAMES = [column.name for column in CHARTER.source.columns]
PRIVATE = ("full_name", "email", "phone", "iban", "born", "postcode", "notes")


def people() -> list[dict[str, str]]:
    draw = random.Random(5)  # noqa: S311 (an example)
    found = []
    for index in range(ROWS):
        account = f"{draw.randrange(10**18):018}"
        person = {
            "full_name": f"Vorname{index} Nachname{draw.randrange(10**6)}",
            "email": f"mail{index}.{draw.randrange(10**6)}@provider.example",
            "phone": f"+4930{draw.randrange(2_000_000, 9_999_999)}",
            "iban": f"DE{98 - int(f'{account}131400') % 97:02}{account}",
            "born": f"{draw.randrange(1940, 2005)}-{draw.randrange(2, 13):02}-{draw.randrange(2, 29):02}",
            "postcode": f"KX{draw.randrange(1000, 9999)}",
            "notes": f"call {index}, then write to note{draw.randrange(10**6)}@provider.example",
            "age": str(draw.randrange(16, 80)),
            "y": draw.choice(["yes", "no"]),
        }
        # The same person again and again, so that there is a most frequent value.
        found.append(found[0] | {"age": person["age"], "y": person["y"]} if index % 4 == 1 else person)
    # What goes to the quarantine.
    found[7]["y"] = ""
    found[8]["age"] = "about 38"
    found[9]["born"] = "06.05.1984"
    return found


PEOPLE = people()


@pytest.fixture
def store() -> Iterator[ArtifactStore]:
    with mocked_s3.mocked(), pytest.MonkeyPatch.context() as patch:
        for name, value in DataUnderstandingSettings("artifacts", "raw", "lake", "group").to_environment().items():
            patch.setenv(name, value)
        artifact_store.s3().create_bucket(Bucket="raw")
        artifact_store.s3().create_bucket(Bucket="results")
        yield ArtifactStore("artifacts", "people", "r1")


def understand(monkeypatch: pytest.MonkeyPatch, charter: Charter = CHARTER) -> list[dict[str, str]]:
    """Phases 1 and 2 but the exploration, with DuckDB for Athena; the queries that were asked."""
    s3, event = artifact_store.s3(), {"project": "people", "run_id": "r1"}
    text = io.StringIO()
    csv.DictWriter(text, NAMES, lineterminator="\n").writerows([dict(zip(NAMES, NAMES, strict=True)), *PEOPLE])
    put_version(s3, "people", CHARTER.source, {"customers.csv": text.getvalue().encode()})
    s3.put_object(Bucket="artifacts", Key="people/runs/r1/charter.json", Body=charter_json.dump(charter).encode())
    mocked_s3.load_handler("business_understanding").handler(event, None)
    handler = mocked_s3.load_handler("data_understanding")
    planned = handler.plan(event, None)["statements"]
    rows = [tuple(person[name] for name in NAMES) for person in PEOPLE]
    version = raw_data.current("raw", "people", "customers")
    found = {
        name: run(handler.render(event | {"statement": name}, None)["sql"], charter, rows, version) for name in planned
    }
    monkeypatch.setattr(queries, "result", lambda name: QueryResult(tuple(map(dict, found[name])), 1))
    monkeypatch.setattr(queries, "result_uri", lambda name: f"s3://results/{name}")
    asked = [{"statement": name, "id": name} for name in planned]
    for name in planned:
        s3.put_object(Bucket="results", Key=name, Body=quoted(found[name]))
    handler.conclude(event | {"queries": asked}, None)
    return asked


def quoted(rows: list[Mapping[str, str | None]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([list(rows[0]), *(list(row.values()) for row in rows)])
    return text.getvalue().encode()


def prepare() -> Account:
    """Phase 3, with one task and no Spark."""
    columns: dict[str, Any] = {name: [person[name] for person in PEOPLE] for name in NAMES}
    lines = [",".join([*PEOPLE[index].values(), "one too many"]) if index == 10 else None for index in range(ROWS)]
    columns[MALFORMED] = pa.array(lines, pa.string())
    prefixes: Any = {part: f"s3://prepared/{part}/people/" for part in ("train", "test", "quarantine")}
    task = PartitionTask(CHARTER, prefixes, S3Storage(), KEY)
    (answer,) = task([pa.RecordBatch.from_pydict(columns)])
    return Account.from_json(answer.column("account")[0].as_py())


def report(store: ArtifactStore, account: Account) -> str:
    """The page, with figures of a model that was never trained."""
    golden = first_prepared()
    seen = tuple(replace(each, categories=account.categories.get(each.name, ())) for each in features(CHARTER))
    dataset = PreparedDataset(
        "v1", ROWS, account.rows("train"), account.rows("test"), account.rows("quarantine"), account.reasons,
        account.positives["train"], account.positives["test"], "s3://t", "s3://u", "s3://q",
        seen, "y",
    )  # fmt: skip
    candidate = Candidate("logistic_regression 2", "logistic_regression", "linear", {}, (0.7, 0.8), 0.75, 0.05)
    golden_row = GoldenRow(request_row(golden, CHARTER), (0.5,))
    policies = ("model", "everyone", "no_one", "random", "perfect_foresight")
    decision = Decision(
        "no_go", "No.", "EUR", 80, 40, 0.5, 0.7, 0.5, 0.1, tuple(PolicyValue(name, 1, 0, 2, 40) for name in policies),
        "everyone", 0.0, -1.0, 1.0, 0.95, (Criterion("roc_auc", 0.7, 0.6, "met", "enough"),),
        tuple(CurvePoint(share, share, share, share, 0.5) for share in (0.0, 0.5, 1.0)),
        (CalibrationBin(0.2, 0.2, 40), CalibrationBin(0.8, 0.8, 40)), None, "s3://x",
    )  # fmt: skip
    package = ModelPackage(
        "s3://m", "0" * 64, "v1", "logistic_regression", dataset.features, 0.5, 0.75, "s3://v", Parity(80, 0, 1e-5),
        (golden_row,),
    )  # fmt: skip
    read = {name: store.read(kind)[0] for name, kind in {
        "business_case": BusinessCase, "data_collection": DataCollection, "data_profile": DataProfile,
        "quality_report": QualityReport, "privacy_report": PrivacyReport, "exploration": Exploration,
    }.items()}  # fmt: skip
    others = {
        "prepared_dataset": dataset,
        "leaderboard": Leaderboard("roc_auc", True, (candidate,), "logistic_regression 2", 2, 1),
        "schema_report": SchemaReport((), ()),
        "model_findings": found_in(dataset, store),
        "model_package": package,
        "decision": decision,
        "release": Release(False, "no go", "", "/p", "", 0, 0.0),
    }
    given: Any = read | others
    return render(Findings(**given), "people", "r1", (), ())


def found_in(dataset: PreparedDataset, store: ArtifactStore) -> ModelFindings:
    """What is found about a model of age, worst rows and all; written as modeling writes it."""
    rows = [row for name, body in written() if "/train/" in name for row in pq.read_table(io.BytesIO(body)).to_pylist()]
    data = TrainingData(
        dataset.features, prepared_arrays(rows, dataset.features), np.array([r["y"] for r in rows]) * 1.0
    )

    def score(columns: Any) -> Any:
        return np.nan_to_num(columns["age"]).astype(float) / 100

    every = np.arange(len(rows))
    chosen = Chosen("age", score, lambda _: score, lambda scores: (scores > 0.5).astype(int), "age over 50")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(explanation, "EVALUATIONS", 20_000)
        found = findings(
            data,
            chosen,
            (Split(every[::2], every[1::2]),),
            metric("brier_score"),
            withheld_features(CHARTER),
            1,
            TimeLimit(lambda: 0.0, 1.0),
        )
    assert found.omitted == ()
    assert found.worst_rows
    store.write(found)
    return found


def first_prepared() -> dict[str, Any]:
    (row, *_) = next(pq.read_table(io.BytesIO(body)).to_pylist() for name, body in written() if "/train/" in name)
    return dict(row)


def written() -> Iterator[tuple[str, bytes]]:
    """Everything in the buckets of artifacts and of prepared data."""
    s3 = artifact_store.s3()
    for bucket in ("artifacts", "prepared"):
        for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
            yield f"{bucket}/{entry['Key']}", s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()


def readable(name: str, body: bytes) -> str:
    if body[:2] == b"\x1f\x8b":
        return gzip.decompress(body).decode()
    if body[:4] == b"PAR1":
        return json.dumps(pq.read_table(io.BytesIO(body)).to_pylist(), ensure_ascii=False)
    assert name.endswith((".json", ".sql")), name
    return body.decode()


def test_nothing_that_is_written_names_anybody(
    store: ArtifactStore, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = understand(monkeypatch)
    mocked_s3.load_handler("explore").handler({"project": "people", "run_id": "r1", "queries": asked}, None)
    account = prepare()
    assert account.reasons == {
        "y is missing": 1, "age is not of type integer": 1, "born is not of type date": 1, "wrong number of fields": 1,
    }  # fmt: skip
    texts = {name: readable(name, body) for name, body in written()}
    kinds = ("data_profile", "quality_report", "privacy_report", "exploration")
    assert {name.rpartition("/")[2] for name in texts} >= {f"{kind}.json" for kind in kinds}
    assert all(any(f"prepared/{part}/" in name for name in texts) for part in ("train", "test", "quarantine"))
    texts["report"] = report(store, account)
    captured = capfd.readouterr()
    texts["logs"] = captured.out + captured.err
    for name, text in texts.items():
        for column in PRIVATE:
            values = {person[column] for person in PEOPLE} - {""}
            named = [value for value in values if value in text]
            assert named == [], f"{name} holds {column}"
    # What stands for them is there: the search above looked where it should.
    train = next(text for name, text in texts.items() if "prepared/train/" in name)
    assert "hmac:" in train
    assert '"postcode": "KX"' in train
    assert "@provider.example" not in "".join(texts.values())
    quarantine = next(text for name, text in texts.items() if "prepared/quarantine/" in name)
    assert "(withheld" in quarantine
    assert "about 38" not in quarantine
    assert "Personal data" in texts["report"]


def test_the_same_people_are_found_where_the_charter_keeps_them(
    store: ArtifactStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = tuple(PrivacyTreatment(each.column, "keep", "an example") for each in CHARTER.privacy)
    understand(monkeypatch, replace(CHARTER, privacy=keep))
    profile = next(body.decode() for name, body in written() if name.endswith("data_profile.json"))
    assert PEOPLE[0]["email"] in profile


def test_an_untreated_column_stops_the_run_and_its_values_are_withheld_all_the_same(
    store: ArtifactStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(PrivacyError) as caught:
        understand(monkeypatch, replace(CHARTER, privacy=()))
    told = str(caught.value)
    for column in ("email", "phone", "iban", "notes"):
        assert f"customers.{column}: " in told
    texts = "".join(readable(name, body) for name, body in written()) + told
    assert not any(person[column] in texts for person in PEOPLE for column in ("email", "phone", "iban"))
