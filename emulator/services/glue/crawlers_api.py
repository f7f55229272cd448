"""What Glue accepts of crawlers and classifiers: definitions, changes and schedules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import camelcase_to_underscores, utcnow
from moto.glue import models
from moto.glue.exceptions import CrawlerRunningException, EntityNotFoundException, GlueClientError

from emulator.replacements import Replacement
from emulator.services.glue import crawlers as glue_crawlers
from emulator.services.glue.refusals import cron, invalid
from emulator.services.scheduler import clock

_RECRAWL = ("CRAWL_EVERYTHING", "CRAWL_NEW_FOLDERS_ONLY")
_TARGETS = ("S3Targets", "CatalogTargets")
_CHANGEABLE = (
    "Role", "DatabaseName", "Description", "Targets", "Schedule", "Classifiers", "TablePrefix", "SchemaChangePolicy",
    "RecrawlPolicy", "LineageConfiguration", "Configuration", "CrawlerSecurityConfiguration",
)  # fmt: skip
_KINDS = ("CsvClassifier", "JsonClassifier")
_SERDES = ("OpenCSVSerDe", "LazySimpleSerDe", "None")

_moto_create = models.GlueBackend.create_crawler
_moto_delete = models.GlueBackend.delete_crawler
_moto_init = models.GlueBackend.__init__


def _init(self: Any, region_name: str, account_id: str) -> None:
    _moto_init(self, region_name, account_id)
    self.classifiers = {}


def _create(self: Any, name: str, **definition: Any) -> None:
    if name not in self.crawlers:
        _check(self, definition)
    _moto_create(self, name=name, **definition)
    crawler = self.crawlers[name]
    crawler.grouping = _grouping(crawler.configuration)
    _follow(self, crawler)


def _update(self: Any) -> ActionResult:
    backend, asked = self.glue_backend, self.parameters
    crawler = backend.get_crawler(asked["Name"])
    if crawler.status != "READY":
        raise CrawlerRunningException(f"Crawler with name {crawler.name} is running")
    given = {camelcase_to_underscores(name): asked[name] for name in _CHANGEABLE if name in asked}
    _check(backend, {**vars(crawler), **given})
    for name, value in given.items():
        setattr(crawler, name, value)
    crawler.grouping = _grouping(crawler.configuration)
    crawler.last_updated, crawler.version = utcnow(), crawler.version + 1
    if "schedule" in given:
        _follow(backend, crawler)
    return EmptyResult()


def _delete(self: Any, name: str) -> None:
    if self.get_crawler(name).status != "READY":
        raise CrawlerRunningException(f"Crawler with name {name} is running")
    _moto_delete(self, name)


def _check(backend: Any, definition: Mapping[str, Any]) -> None:
    targets = definition["targets"] or {}
    other = next((kind for kind, listed in targets.items() if listed and kind not in _TARGETS), None)
    if other:
        raise invalid(f"{other} are not supported by this emulator: it crawls {' and '.join(_TARGETS)}.")
    if not any(targets.get(kind) for kind in _TARGETS):
        raise invalid("At least one crawl target must be specified.")
    if targets.get("S3Targets") and not definition["database_name"]:
        raise invalid("DatabaseName is required for S3 targets.")
    _check_policies(definition, targets)
    for name in definition["classifiers"] or []:
        if name not in backend.classifiers:
            raise EntityNotFoundException(f"Classifier not found: {name}")
    if definition["schedule"]:
        cron(definition["schedule"])
    _grouping(definition["configuration"])


def _check_policies(definition: Mapping[str, Any], targets: Mapping[str, Any]) -> None:
    recrawl = (definition["recrawl_policy"] or {}).get("RecrawlBehavior", _RECRAWL[0])
    policy = definition["schema_change_policy"] or {}
    if recrawl not in _RECRAWL:
        raise invalid(f"RecrawlBehavior {recrawl} is not supported by this emulator.")
    if recrawl == "CRAWL_NEW_FOLDERS_ONLY" and (policy.get("UpdateBehavior"), policy.get("DeleteBehavior")) != (
        "LOG",
        "LOG",
    ):
        raise invalid(
            'The SchemaChangePolicy for "Crawl new folders only" Amazon S3 target can have only LOG DeleteBehavior '
            "value and LOG UpdateBehavior value."
        )
    if targets.get("CatalogTargets") and policy.get("DeleteBehavior") != "LOG":
        raise invalid("The SchemaChangePolicy for Catalog targets can have only LOG DeleteBehavior value.")
    if (definition["lineage_configuration"] or {}).get("CrawlerLineageSettings") == "ENABLE":
        raise invalid("CrawlerLineageSettings ENABLE is not supported by this emulator.")


def _grouping(configuration: str | None) -> tuple[bool, int | None]:
    """Whether compatible schemas are combined, and the depth at which folders are tables."""
    try:
        read = json.loads(configuration or "{}")
    except ValueError:
        raise invalid("Crawler configuration is not valid JSON.") from None
    grouping = read.get("Grouping") or {}
    unknown = set(read) - {"Version", "Grouping", "CrawlerOutput", "CreatePartitionIndex"}
    if unknown:
        raise invalid(f"Unrecognized crawler configuration: {', '.join(sorted(unknown))}")
    combine = grouping.get("TableGroupingPolicy") == "CombineCompatibleSchemas"
    return combine, grouping.get("TableLevelConfiguration")


def _follow(backend: Any, crawler: Any) -> None:
    """Start the crawler at its schedule's times, as long as it is there and has this schedule."""
    expression = crawler.schedule
    crawler.scheduled = bool(expression)
    if not expression:
        return

    def due(_when: Any) -> bool:
        current = backend.crawlers.get(crawler.name) is crawler
        if not current or crawler.schedule != expression or not crawler.scheduled:
            return False
        if crawler.status == "READY":
            glue_crawlers.start(crawler)
        return True

    clock.follow(cron(expression), due, crawler.arn)


def _update_schedule(self: Any) -> ActionResult:
    crawler = self.glue_backend.get_crawler(self.parameters["CrawlerName"])
    expression = self.parameters.get("Schedule")
    if expression:
        cron(expression)
    crawler.schedule = expression
    _follow(self.glue_backend, crawler)
    return EmptyResult()


def _start_schedule(self: Any) -> ActionResult:
    crawler = self.glue_backend.get_crawler(self.parameters["CrawlerName"])
    if not crawler.schedule:
        raise GlueClientError("NoScheduleException", f"Crawler with name {crawler.name} has no schedule")
    if crawler.scheduled:
        raise GlueClientError("SchedulerRunningException", f"Schedule of crawler {crawler.name} is already running")
    _follow(self.glue_backend, crawler)
    return EmptyResult()


def _stop_schedule(self: Any) -> ActionResult:
    crawler = self.glue_backend.get_crawler(self.parameters["CrawlerName"])
    if not crawler.schedule or not crawler.scheduled:
        raise GlueClientError("SchedulerNotRunningException", f"Schedule of crawler {crawler.name} is not running")
    crawler.scheduled = False
    return EmptyResult()


def _get_metrics(self: Any) -> ActionResult:
    names = self.parameters.get("CrawlerNameList")
    crawlers = [each for each in self.glue_backend.get_crawlers() if not names or each.name in names]
    return ActionResult({"CrawlerMetricsList": [glue_crawlers.metrics(each) for each in crawlers]})


def _create_classifier(self: Any) -> ActionResult:
    kind, definition = _classifier(self.parameters)
    classifiers = self.glue_backend.classifiers
    if definition["Name"] in classifiers:
        raise GlueClientError("AlreadyExistsException", f"Classifier {definition['Name']} already exists")
    classifiers[definition["Name"]] = {kind: {**definition, "CreationTime": utcnow(), "Version": 1}}
    return EmptyResult()


def _update_classifier(self: Any) -> ActionResult:
    kind, definition = _classifier(self.parameters)
    before = _find_classifier(self, definition["Name"])
    if kind not in before:
        raise invalid(f"Classifier {definition['Name']} is of another kind.")
    version = before[kind]["Version"] + 1
    before[kind] = {**before[kind], **definition, "LastUpdated": utcnow(), "Version": version}
    return EmptyResult()


def _classifier(parameters: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    asked: dict[str, Any] = {
        kind.replace("Create", "").replace("Update", ""): value for kind, value in parameters.items() if value
    }
    kind, definition = next(iter(asked.items()), ("A classifier of no kind", dict[str, Any]()))
    if kind not in _KINDS:
        raise invalid(f"{kind} is not supported by this emulator: it has {' and '.join(_KINDS)}.")
    if kind == "CsvClassifier" and definition.get("Serde", "None") not in _SERDES:
        raise invalid(f"Serde {definition['Serde']} is not one of {', '.join(_SERDES)}.")
    return kind, dict(definition)


def _get_classifier(self: Any) -> ActionResult:
    return ActionResult({"Classifier": _find_classifier(self, self.parameters["Name"])})


def _get_classifiers(self: Any) -> ActionResult:
    return ActionResult({"Classifiers": list(self.glue_backend.classifiers.values())})


def _delete_classifier(self: Any) -> ActionResult:
    _find_classifier(self, self.parameters["Name"])
    del self.glue_backend.classifiers[self.parameters["Name"]]
    return EmptyResult()


def _find_classifier(self: Any, name: str) -> Any:
    try:
        return self.glue_backend.classifiers[name]
    except KeyError:
        raise EntityNotFoundException(f"Classifier not found: {name}") from None


_BACKEND = "moto.glue.models:GlueBackend"
_RESPONSE = "moto.glue.responses:GlueResponse"
REPLACEMENTS = [
    Replacement(f"{_BACKEND}.__init__", _init, "moto has no classifiers", "20896ab26919"),
    Replacement(
        f"{_BACKEND}.create_crawler", _create, "moto takes targets and schedules that it never crawls", "2bcb542416fb"
    ),
    Replacement(f"{_BACKEND}.delete_crawler", _delete, "moto deletes crawlers that run", "fc14674d5c28"),
    *(
        Replacement(f"{_RESPONSE}.{name}", function, "missing in moto")
        for name, function in (
            ("update_crawler", _update),
            ("update_crawler_schedule", _update_schedule),
            ("start_crawler_schedule", _start_schedule),
            ("stop_crawler_schedule", _stop_schedule),
            ("get_crawler_metrics", _get_metrics),
            ("create_classifier", _create_classifier),
            ("update_classifier", _update_classifier),
            ("get_classifier", _get_classifier),
            ("get_classifiers", _get_classifiers),
            ("delete_classifier", _delete_classifier),
        )
    ),
]
