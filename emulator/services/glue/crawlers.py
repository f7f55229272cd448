"""AWS Glue's crawlers: crawls that read the files with their role, write the catalog, and end in a state and a log."""

from __future__ import annotations

import statistics
import threading
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.glue import models
from moto.glue.exceptions import CrawlerNotRunningException, CrawlerRunningException, GlueClientError

from emulator import clock, settings
from emulator.compute import log_stream
from emulator.compute.log_stream import LogStream
from emulator.identity import credentials
from emulator.identity.credentials import RoleError
from emulator.replacements import Replacement
from emulator.services.events import bus
from emulator.services.glue import crawlers_files, workflow_runs
from emulator.services.glue.crawlers_catalog import Catalog, Changes
from emulator.services.glue.crawlers_files import File, Table

_GROUP = "/aws-glue/crawlers"
_LIFE_SECONDS = 43_200
# A crawl's state as ListCrawls and as GetCrawler's LastCrawl have it.
_LAST = {"COMPLETED": "SUCCEEDED", "FAILED": "FAILED", "STOPPED": "CANCELLED"}

_moto_as_dict = models.FakeCrawler.as_dict


class StoppedError(Exception):
    """The crawl was asked to stop."""


class Crawl:
    """One crawl, and the thread behind it. `status` is ListCrawls' state, or STOPPING."""

    def __init__(self, crawler: Any, workflow_run: str | None = None) -> None:
        """A crawl of moto's crawler, which has started."""
        self.crawler = crawler
        self.workflow_run = workflow_run
        self.crawl_id = self.message_prefix = str(uuid.uuid4())
        self.log_group, self.log_stream = _GROUP, crawler.name
        self.status = "RUNNING"
        self.error = ""
        self.start_time = clock.now()
        self.end_time: datetime | None = None
        self.seconds = 0.0
        self.changes = Changes()
        self.log: LogStream | None = None

    def advance(self) -> None:
        """Nothing: moto calls this where its crawls move by being looked at."""

    def as_dict(self) -> dict[str, Any]:
        """ListCrawls' entry."""
        shown = {
            "CrawlId": self.crawl_id,
            "State": "RUNNING" if self.status == "STOPPING" else self.status,
            "StartTime": self.start_time,
            "EndTime": self.end_time,
            "ErrorMessage": self.error or None,
            "LogGroup": self.log_group,
            "LogStream": self.log_stream,
            "MessagePrefix": self.message_prefix,
            "DPUHour": round(self.seconds / 3600, 3),
            "Summary": self._summary(),
        }
        return {name: value for name, value in shown.items() if value is not None}

    def _summary(self) -> str | None:
        counts = {"ADD": self.changes.created, "UPDATE": self.changes.updated, "DELETE": self.changes.deleted}
        said = ", ".join(f'"{name}": {count}' for name, count in counts.items() if count)
        return f'{{"TABLE": {{{said}}}}}' if said else None

    def say(self, message: str, level: str = "INFO") -> None:
        """Write a line of the crawler's log."""
        if self.log:
            self.log.write([f"[{self.crawl_id}] {level} : {message}"])

    def check(self) -> None:
        """Go on, unless the crawl was stopped.

        Raises:
            StoppedError: it was.
        """
        if self.status == "STOPPING":
            raise StoppedError


def start(crawler: Any, workflow_run: str | None = None) -> Crawl:
    """Start a crawl; `workflow_run` is the id of the run that it belongs to.

    Raises:
        CrawlerRunningException: one is running.
    """
    if crawler.status != "READY":
        raise CrawlerRunningException(f"Crawler with name {crawler.name} has already started")
    crawl = Crawl(crawler, workflow_run)
    crawler.crawls.append(crawl)
    _tell(crawl, "Started")
    threading.Thread(target=_run, args=(crawl,), name=f"crawler-{crawler.name}", daemon=True).start()
    return crawl


def _start_crawler(self: Any, workflow_run: str | None = None) -> str:
    return start(self, workflow_run).crawl_id


def _stop_crawler(self: Any) -> None:
    if self.status == "STOPPING":
        raise GlueClientError("CrawlerStoppingException", f"Crawler with name {self.name} is stopping")
    if self.status != "RUNNING":
        raise CrawlerNotRunningException(f"Crawler with name {self.name} isn't running")
    self.crawls[-1].status = "STOPPING"


def _as_dict(self: Any) -> dict[str, Any]:
    shown: dict[str, Any] = _moto_as_dict(self)
    shown.pop("LastCrawl", None)
    shown["RecrawlPolicy"] = self.recrawl_policy or {"RecrawlBehavior": "CRAWL_EVERYTHING"}
    shown["LineageConfiguration"] = self.lineage_configuration or {"CrawlerLineageSettings": "DISABLE"}
    shown["SchemaChangePolicy"] = self.schema_change_policy or {
        "UpdateBehavior": "UPDATE_IN_DATABASE",
        "DeleteBehavior": "DEPRECATE_IN_DATABASE",
    }
    if self.schedule:
        state = "SCHEDULED" if getattr(self, "scheduled", True) else "NOT_SCHEDULED"
        shown["Schedule"] = {"ScheduleExpression": self.schedule, "State": state}
    ended = [crawl for crawl in self.crawls if crawl.status in _LAST]
    if ended:
        last = ended[-1]
        shown["LastCrawl"] = {
            "Status": _LAST[last.status],
            **({"ErrorMessage": last.error} if last.error else {}),
            "LogGroup": _GROUP,
            "LogStream": self.name,
            "MessagePrefix": last.crawl_id,
            "StartTime": last.start_time,
        }
    if self.status != "READY":
        shown["CrawlElapsedTime"] = int((clock.now() - self.crawls[-1].start_time).total_seconds() * 1000)
    return {name: value for name, value in shown.items() if value is not None}


def metrics(crawler: Any) -> dict[str, Any]:
    """GetCrawlerMetrics' entry."""
    ended = [crawl for crawl in crawler.crawls if crawl.status in _LAST]
    seconds = [crawl.seconds for crawl in ended]
    last = ended[-1].changes if ended else Changes()
    return {
        "CrawlerName": crawler.name,
        "TimeLeftSeconds": 0.0,
        "StillEstimating": False,
        "LastRuntimeSeconds": seconds[-1] if seconds else 0.0,
        "MedianRuntimeSeconds": statistics.median(seconds) if seconds else 0.0,
        "TablesCreated": last.created,
        "TablesUpdated": last.updated,
        "TablesDeleted": last.deleted,
    }


def _run(crawl: Crawl) -> None:
    started, status = time.monotonic(), "FAILED"
    try:
        _crawl(crawl)
        status = "COMPLETED"
    except StoppedError:
        status = "STOPPED"
        crawl.say("Crawler was stopped")
    except (ClientError, BotoCoreError, RoleError, ValueError, OSError) as error:
        crawl.error = str(error)
    except Exception as error:  # noqa: BLE001 (a thread that dies would leave the crawl running for ever)
        crawl.error = f"Internal Service Exception: {type(error).__name__}: {error}"
    if crawl.error:
        crawl.say(crawl.error, "ERROR")
    if crawl.log:
        crawl.say("Crawler has finished running and is in state READY", "BENCHMARK")
        crawl.log.flush()
    crawl.seconds = time.monotonic() - started
    crawl.end_time = clock.now()
    crawl.status = status
    _tell(crawl, {"COMPLETED": "Succeeded"}.get(status, "Failed"))
    workflow_runs.ended(crawl.workflow_run, "crawler", crawl.crawler.name, _LAST[status])


def _tell(crawl: Crawl, state: str) -> None:
    """Glue's event about a crawl."""
    name = crawl.crawler.name
    detail: dict[str, Any] = {"accountId": settings.current().account, "crawlerName": name, "state": state}
    if state == "Started":
        detail |= {"startTime": crawl.start_time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
        detail |= {"message": "Crawler Started"}
    elif state == "Succeeded":
        detail |= {"tablesCreated": str(crawl.changes.created), "tablesUpdated": str(crawl.changes.updated)}
        detail |= {"tablesDeleted": str(crawl.changes.deleted), "partitionsCreated": str(crawl.changes.partitions)}
        detail |= {"completionDate": clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"), "message": "Crawler Succeeded"}
    else:
        detail |= {"errorMessage": crawl.error or "Crawler was stopped", "message": "Crawler Failed"}
    bus.emit("aws.glue", "Glue Crawler State Change", detail)


def _crawl(crawl: Crawl) -> None:
    crawler = crawl.crawler
    role = credentials.for_role(_role_arn(crawler.role), "AWSGlueCrawler", "glue.amazonaws.com", duration=_LIFE_SECONDS)
    crawl.log = LogStream(_GROUP, crawler.name, role)
    crawl.say(f"Running Start Crawl for Crawler {crawler.name}", "BENCHMARK")
    s3, glue = log_stream.client("s3", role), log_stream.client("glue", role)
    catalog = Catalog(glue, crawler)
    crawl.changes = catalog.changes
    if crawler.database_name:
        catalog.open(crawler.database_name)
    for target in crawler.targets.get("S3Targets") or []:
        _crawl_s3(crawl, s3, catalog, target)
    for target in crawler.targets.get("CatalogTargets") or []:
        for name in target["Tables"]:
            _crawl_table(crawl, s3, glue, catalog, target["DatabaseName"], name)
    for message in catalog.changes.messages:
        crawl.say(message)
    crawl.say("Finished writing to Catalog", "BENCHMARK")


def _crawl_s3(crawl: Crawl, s3: Any, catalog: Catalog, target: Mapping[str, Any]) -> None:
    crawler = crawl.crawler
    bucket, _, prefix = target["Path"].removeprefix("s3://").partition("/")
    seen: set[str] = crawler.__dict__.setdefault("seen", set())
    only_new = (crawler.recrawl_policy or {}).get("RecrawlBehavior") == "CRAWL_NEW_FOLDERS_ONLY"
    files = _files(crawl, s3, bucket, target, frozenset(seen) if only_new else frozenset())
    combine, level = crawler.grouping
    found = crawlers_files.tables(bucket, prefix, files, combine=combine, level=level)
    crawl.say(f"Classification complete, writing results to database {crawler.database_name}", "BENCHMARK")
    names = []
    for table in found:
        crawl.check()
        names.append(catalog.write(crawler.database_name, table))
    if not only_new:
        catalog.forget(crawler.database_name, names, [f"s3://{bucket}/{prefix}"])
    seen.update(file.folder for file in files)


def _files(
    crawl: Crawl, s3: Any, bucket: str, target: Mapping[str, Any], skip: frozenset[str] = frozenset()
) -> list[File]:
    classifiers = [crawl.crawler.backend.classifiers[name] for name in crawl.crawler.classifiers or []]
    files = []
    for file in crawlers_files.classified(s3, bucket, target, classifiers, skip):
        crawl.check()
        files.append(file)
    return files


def _crawl_table(crawl: Crawl, s3: Any, glue: Any, catalog: Catalog, database: str, name: str) -> None:
    """Read a table of the catalog again where it lies."""
    location = glue.get_table(DatabaseName=database, Name=name)["Table"]["StorageDescriptor"]["Location"]
    bucket, _, prefix = location.removeprefix("s3://").partition("/")
    files = _files(crawl, s3, bucket, {"Path": location})
    if not files:
        crawl.say(f"Table {name} in database {database} has no data", "WARN")
        return
    single = len(files) == 1 and files[0].key == prefix
    whole = Table(bucket, prefix, files) if single else crawlers_files.table_of(bucket, _folder(prefix), files)
    catalog.write(database, whole, name)


def _folder(prefix: str) -> str:
    return prefix if not prefix or prefix.endswith("/") else prefix + "/"


def _role_arn(role: str) -> str:
    return role if role.startswith("arn:") else f"arn:aws:iam::{settings.current().account}:role/{role}"


_CRAWLER = "moto.glue.models:FakeCrawler"
REPLACEMENTS = [
    Replacement(f"{_CRAWLER}.start_crawler", _start_crawler, "moto's crawlers find nothing", "7841a96646dd"),
    Replacement(f"{_CRAWLER}.stop_crawler", _stop_crawler, "moto's crawlers do not run", "c03f9a33b08f"),
    Replacement(
        f"{_CRAWLER}.as_dict", _as_dict, "moto leaves out defaults, and the last crawl's error", "98bfd83d13d8"
    ),
]
