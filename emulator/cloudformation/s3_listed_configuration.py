"""The configurations of a bucket that have an Id each, in CloudFormation's spelling and in S3's API's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Document = Mapping[str, Any]

_CONDITIONS = ("Prefix", "TagFilters", "AccessPointArn")


def _without(document: Document, *names: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in names}


def _filtered(document: Document) -> dict[str, Any]:
    """The conditions of a configuration as one filter; none where it has none."""
    plain = {name: document[name] for name in ("Prefix", "AccessPointArn") if document.get(name)}
    tags = document.get("TagFilters", [])
    rest = _without(document, *_CONDITIONS)
    if len(plain) + len(tags) > 1:
        return {**rest, "Filter": {"And": {**plain, **({"Tags": tags} if tags else {})}}}
    found = {"Tag": tags[0]} if tags else plain
    return {**rest, **({"Filter": found} if found else {})}


def _read_filtered(document: Document) -> dict[str, Any]:
    joined = document.get("Filter", {})
    joined = joined.get("And", joined)
    tags = joined.get("Tags") or ([joined["Tag"]] if "Tag" in joined else [])
    plain = {name: joined[name] for name in ("Prefix", "AccessPointArn") if name in joined}
    return {**_without(document, "Filter"), **plain, **({"TagFilters": tags} if tags else {})}


_DESTINATION = {"BucketArn": "Bucket"}


def _destination(document: Document, account: str) -> Document:
    """Where reports go; CloudFormation has one name for the account, S3 several."""
    names = {**_DESTINATION, "BucketAccountId": account}
    return {"S3BucketDestination": {names.get(name, name): value for name, value in document.items()}}


def _read_destination(document: Document, account: str) -> Document:
    names = {"Bucket": "BucketArn", account: "BucketAccountId"}
    return {names.get(name, name): value for name, value in document["S3BucketDestination"].items()}


def analytics(document: Document) -> Document:
    """An entry of AnalyticsConfigurations for put_bucket_analytics_configuration."""
    return {**_filtered(document), "StorageClassAnalysis": _exported(document, _destination)}


def read_analytics(document: Document) -> Document:
    """What S3 lists, as an entry of AnalyticsConfigurations."""
    return {**_read_filtered(document), "StorageClassAnalysis": _exported(document, _read_destination)}


def _exported(document: Document, spell: Any) -> Document:
    analysis = dict(document.get("StorageClassAnalysis", {}))
    if "DataExport" in analysis:
        export = analysis["DataExport"]
        analysis["DataExport"] = {**export, "Destination": spell(export["Destination"], "BucketAccountId")}
    return analysis


def inventory(document: Document) -> Document:
    """An entry of InventoryConfigurations for put_bucket_inventory_configuration."""
    rest = _without(_filtered(document), "Enabled", "ScheduleFrequency", "Destination")
    return {
        **rest,
        "IsEnabled": document["Enabled"],
        "Schedule": {"Frequency": document["ScheduleFrequency"]},
        "Destination": _destination(document["Destination"], "AccountId"),
    }


def read_inventory(document: Document) -> Document:
    """What S3 lists, as an entry of InventoryConfigurations."""
    return {
        **_without(_read_filtered(document), "IsEnabled", "Schedule", "Destination"),
        "Enabled": document["IsEnabled"],
        "ScheduleFrequency": document["Schedule"]["Frequency"],
        "Destination": _read_destination(document["Destination"], "AccountId"),
    }


def metrics(document: Document) -> Document:
    """An entry of MetricsConfigurations for put_bucket_metrics_configuration."""
    return _filtered(document)


def read_metrics(document: Document) -> Document:
    """What S3 lists, as an entry of MetricsConfigurations."""
    return _read_filtered(document)


def tiering(document: Document) -> Document:
    """An entry of IntelligentTieringConfigurations for put_bucket_intelligent_tiering_configuration."""
    return _filtered(document)


def read_tiering(document: Document) -> Document:
    """What S3 lists, as an entry of IntelligentTieringConfigurations."""
    return _read_filtered(document)
