"""Crawlers of a project's sources: what they discovered in a version, and starting them where they have not yet."""

from __future__ import annotations

import functools
from datetime import datetime
from typing import Any

import boto3
from botocore.exceptions import ClientError

from crispstack.artifacts import DiscoveredSchema
from crispstack.aws.artifact_store import reason
from crispstack.data_collection import CollectedSource
from crispstack.data_understanding import discovery
from crispstack.errors import DataError


class NotDiscoveredYetError(Exception):
    """A crawl that will discover the version is under way: ask again later."""


@functools.cache
def glue() -> Any:
    """The Glue client of this process."""
    return boto3.client("glue")


def discovered(
    database: str, environment: str, project: str, collected: CollectedSource, complete: datetime
) -> DiscoveredSchema:
    """What the source's crawler found in this version; where it has not looked yet, it is started.

    Args:
        database: the Glue database.
        environment: first part of all names, ``crispstack-dev``.
        project: the project.
        collected: the version.
        complete: when the version surely was complete, with its time zone: a crawl that began later has seen it.

    Raises:
        NotDiscoveredYetError: the crawler is looking.
        DataError: it has looked and found no table, or failed, or is not deployed.
    """
    name = discovery.table_name(project, collected.name, collected.version)
    try:
        table = glue().get_table(DatabaseName=database, Name=name)["Table"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "EntityNotFoundException":
            raise DataError(f"cannot read table {database}.{name}: {reason(error)}") from error
        _crawl(discovery.crawler_name(environment, project, collected.name), name, collected, complete)
        raise NotDiscoveredYetError(f"crawler of {project}.{collected.name} is looking at {collected.uri}") from error
    return discovery.schema(collected.name, collected.version, table)


def _crawl(crawler: str, table: str, collected: CollectedSource, complete: datetime) -> None:
    """Start the crawler, unless it runs or has seen the version and made nothing of it."""
    try:
        found = glue().get_crawler(Name=crawler)["Crawler"]
    except ClientError as error:
        raise DataError(f"cannot ask crawler {crawler}: {reason(error)}; deploy the project: `crisp deploy`") from error
    if found["State"] != "READY":
        return
    last = found.get("LastCrawl")
    if last and last["StartTime"] >= complete:
        why = last.get("ErrorMessage") or f"it made no table {table}"
        log = f"{last['LogGroup']}, stream {last['LogStream']}"
        raise DataError(f"crawler {crawler} found no schema in {collected.uri}: {why}; see its log {log}")
    try:
        glue().start_crawler(Name=crawler)
    except glue().exceptions.CrawlerRunningException:
        return
