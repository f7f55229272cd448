"""The champion on this run's test rows, so that a new model is compared with what serves now, and not with nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crispstack.artifacts import ModelPackage, PreparedDataset
from crispstack.charter import Charter
from crispstack.data_preparation.plan_resolution import with_plan
from crispstack.data_preparation.requests import feature_arrays, prepared_arrays, request_row
from crispstack.errors import ArtifactError, RequestError
from crispstack.evaluation.comparison import CHAMPION
from crispstack.evaluation.scoring import Rival, Scored
from crispstack.modeling.onnx_graph import OnnxGraph

Rows = Sequence[Mapping[str, Any]]


@dataclasses.dataclass(frozen=True, eq=False)
class Incumbent:
    """The champion: its charter, its package and its graph."""

    charter: Charter
    package: ModelPackage
    graph: bytes


def with_incumbent(
    scored: Scored, rows: Rows, charter: Charter, dataset: PreparedDataset, package: ModelPackage, serves: Incumbent
) -> Scored:
    """The champion among the rivals, or in words why it cannot be one.

    Args:
        scored: the test rows.
        rows: the same, as they were prepared.
        charter: of this run.
        dataset: says how they were prepared.
        package: the model that is judged; it may be the champion itself.
        serves: the champion.
    """
    version = serves.package.model_version
    if version == package.model_version:
        return dataclasses.replace(scored, is_champion=True)
    reason = _incomparable(charter, package, serves)
    if not reason:
        try:
            predicted = OnnxGraph(serves.graph).scores(_inputs(rows, charter, dataset, serves)).astype(np.float64)
        except (RequestError, ArtifactError, KeyError) as error:
            reason = f"it cannot be asked of these rows: {error}"
    if reason:
        told = f"the champion {version} could not be compared: {reason}; compare the two before release"
        return dataclasses.replace(scored, champion=told)
    rival = Rival(CHAMPION, "champion", predicted, serves.package.threshold, serves.package.shift)
    return dataclasses.replace(scored, rivals=(rival, *scored.rivals), champion=version)


def _incomparable(charter: Charter, package: ModelPackage, serves: Incumbent) -> str:
    if (serves.package.framing, serves.charter.target) != (package.framing, charter.target):
        return "it predicts another target"
    if serves.package.classes != package.classes:
        return "it knows other classes"
    if serves.package.decides_by != package.decides_by:
        return f"it decides by {serves.package.decides_by.replace('_', ' ')}"
    if serves.charter.split != charter.split:
        return "another test set was kept from it, so that it may have been trained on these rows"
    if any(each.treatment == "hash" for each in (*charter.row_treatments, *serves.charter.row_treatments)):
        return "" if serves.charter.preparation == charter.preparation else "pseudonyms cannot be prepared again"
    return ""


def _inputs(rows: Rows, charter: Charter, dataset: PreparedDataset, serves: Incumbent) -> Mapping[str, NDArray[Any]]:
    """The champion's inputs: as they are where it was trained on rows prepared alike, else from requests made of them.

    Raises:
        RequestError: the champion needs what these rows do not have.
    """
    resolved = with_plan(charter, dataset.preparation)
    alike = resolved.preparation == serves.charter.preparation
    if alike and {each.name for each in serves.package.features} <= {each.name for each in dataset.features}:
        return prepared_arrays(rows, serves.package.features)
    known = {column.name for column in charter.feature_columns}
    wanted = [column.name for column in serves.charter.feature_columns]
    if missing := sorted(set(wanted) - known):
        raise RequestError(f"there is no {', '.join(missing)}")
    requests = [request_row(row, charter) for row in rows]
    return feature_arrays([{name: row[name] for name in wanted} for row in requests], serves.charter)
