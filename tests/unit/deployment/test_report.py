import dataclasses
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from crispstack.artifacts import (
    Approval,
    Bin,
    BusinessCase,
    Check,
    ColumnProfile,
    DataProfile,
    Decision,
    FinalReport,
    QualityReport,
    Release,
    RuleResult,
    SchemaDifference,
    SchemaReport,
    Segmentation,
    TableProfile,
    ValueCount,
)
from crispstack.aws.artifact_store import ArtifactStore, read_bytes, s3, split_uri
from crispstack.charter import Assumption, Risk, Stage
from crispstack.data_collection import CollectedFile, CollectedSource, DataCollection
from crispstack.data_understanding import personal_data
from crispstack.phases import Phase
from crispstack.privacy_plan import PrivacyTreatment
from tests.unit.deployment import chromium, explorations
from tests.unit.deployment.found import model_findings
from tests.unit.modeling import mocked_s3

EVENT = {"project": "bank_test", "run_id": "r1"}
EVIL = "<script>alert('$x$ & y')</script>"
VOID = {"meta", "link", "br", "path", "use", "rect"}


class Page(HTMLParser):
    """Elements of a page: tags in order, attributes, visible text; fails where tags do not nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.source = text
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.text += data


@pytest.fixture(scope="module")
def store() -> Iterator[ArtifactStore]:
    with mocked_s3.mocked() as store:
        mocked_s3.write_run(store)
        mocked_s3.load_handler("evaluation").handler(EVENT, None)
        decision, _ = store.read(Decision)
        met = tuple(dataclasses.replace(criterion, verdict="met") for criterion in decision.criteria)
        store.write(dataclasses.replace(decision, verdict="go", summary="Go: it pays.", criteria=met, return_to=None))
        charter = dataclasses.replace(
            mocked_s3.trained()[0],
            assumptions=(Assumption(EVIL),),
            privacy=(PrivacyTreatment("job", "hash", EVIL, digits=8), PrivacyTreatment("age", "keep", "Bands hide it")),
            risks=(Risk("drift", "retrain"),),
            plan=(Stage(Phase.MODELING, 4.0, "Three families compared"),),
        )
        store.write(BusinessCase(charter, (Check("Is it worth it?", "Yes", True),)))
        collected = CollectedSource(
            "clients", "7599d41d6dadb941", "s3://raw/", "csv", (CollectedFile("c.csv", 4096, "0" * 64),), 100,
            "2026-01-02T00:00:00+00:00", origin=EVIL, license="CC BY 4.0", obtained="Fetched in May",
        )  # fmt: skip
        store.write(DataCollection((collected,)))
        columns = (
            ColumnProfile("age", "integer", 100, 0, 50, 0, histogram=(Bin(0, 40, 60, 6), Bin(40, 80, 40, 8))),
            ColumnProfile(
                "job", "category", 100, 5, 2, 0, top_values=(ValueCount(EVIL, 90, 9), ValueCount("b", 10, 5))
            ),
        )
        jobs = TableProfile("jobs", "bank_test_jobs", 12, columns)
        store.write(DataProfile("bank_test_clients", 100, 25, 14, columns, 1, (jobs,)))
        changed = SchemaDifference(
            "clients", "charter", "type_changed", "age", "integer", "string", "warn", "look into `age`"
        )
        store.write(SchemaReport((), (changed,), "r0"))
        store.write(model_findings("binary", EVIL))
        store.write(QualityReport((RuleResult('IsComplete "y"', "stop", False, 100, 3, "Look at the source"),)))
        store.write(personal_data.report(charter, {}))
        store.write(explorations.found(EVIL))
        store.write(Approval(True, "charter", decision.summary, "2026-01-02T00:00:00+00:00", "arn:package/1"))
        store.write(Release(True, "r", "v1", "/p", "arn", 20, 1e-8))
        yield store


@pytest.fixture(scope="module")
def page(store: ArtifactStore) -> Page:
    """The page of a go."""
    return Page(written(store))


def written(store: ArtifactStore) -> str:
    mocked_s3.load_handler("report").handler(EVENT, None)
    return read_bytes(store.uri(Phase.DEPLOYMENT, "report.html")).decode()


def test_the_page_answers_the_question_in_money_with_its_interval(store: ArtifactStore, page: Page) -> None:
    decision, _ = store.read(Decision)
    text = page.text.replace("\N{MINUS SIGN}", "-")
    assert "Which clients should be called?" in text
    assert "It pays." in page.text
    assert f"{decision.advantage:+,.0f} EUR" in text
    assert f"95% interval {decision.advantage_low:+,.0f} to {decision.advantage_high:+,.0f}" in text
    for criterion in decision.criteria:
        assert criterion.reason in page.text
    for policy in decision.policies:
        assert f"{policy.value:,.0f}" in page.text
    for expected in (
        "7599d41d6dadb941",
        "CC BY 4.0",
        "Fetched in May",
        "hash, 8 digits",
        "two values share a pseudonym with probability 2e-10",
        "Bands hide it",
        "Look at the source",
        "retrain",
        "Three families compared",
    ):
        assert expected in page.text
    assert re.search(r"logistic regression \d* ?\(chosen\)", page.text)


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing(page: Page) -> None:
    assert "script" not in page.tags
    for tag, name, value in page.attributes:
        assert not name.startswith("on")
        if name in ("src", "href", "xlink:href"):
            assert value
            assert value.startswith(("#", "data:")), (tag, name, value)
    assert "default-src 'none'" in page.source
    assert not re.search(r"@import|url\((?!#)", page.source)


def test_what_comes_from_data_is_shown_and_never_executed(page: Page) -> None:
    assert "<script" not in page.source
    assert EVIL in page.text  # as an assumption, dollar signs and all
    assert "&lt;scrip…ipt&gt;" in page.source  # as a category on an axis, shortened


def test_every_picture_speaks_and_no_identifier_occurs_twice(page: Page) -> None:
    labels = [value for tag, name, value in page.attributes if (tag, name) == ("svg", "aria-label")]
    assert len(labels) == page.tags.count("svg") == 10 + 2 + 2 + 10 + 7
    assert all(labels)
    identifiers = Counter(value for tag, name, value in page.attributes if name == "id" and tag not in ("g", "text"))
    assert [value for value, count in identifiers.items() if count > 1] == []


def test_the_page_says_what_was_learned_and_shows_what_was_left_out(page: Page) -> None:
    for expected in (
        "y = yes in 14.0% of 100 rows",
        "these alone tell most (ROC AUC, 0.5 is chance): age (0.62).",
        "job may know the answer: ROC AUC 0.910 by itself; excluded already: too good.",
        "That job is missing says something: 60.0% positive where it is, 10.0% where it is not",
        "age and job (0.93)",
        "At least 3 of 100 rows repeat another one but for identifiers",
        "At least 2 of 100 rows have a twin with the other outcome",
        "the first is mostly age and job",
        "a share is off by up to 5.0 points, a correlation by 0.101",
        "job (excluded)",
    ):
        assert expected in page.text
    assert len(page.source) < 3_000_000


def test_the_page_says_what_the_model_learned_and_where_it_errs(page: Page) -> None:
    for expected in (
        "It overfits. More rows would help.",
        "The model leans most on age",
        "15.0% at 20, 35.0% at 60",
        f"age over 60 and job = {EVIL}: squared error of the probability 0.31 in 44 rows, 0.08 elsewhere",
        f"age over 60, job = {EVIL}",
        "80 of 100 held-out rows (80%) are decided right",
        "positive with 3.0%",
        "Collect more rows.",
        "the last doubling gained 0.05.",
        "partial dependence on town: the time was over",
    ):
        assert expected in page.text


def test_a_manager_finds_six_answers_and_the_groups_to_act_on_before_any_phase(
    store: ArtifactStore, page: Page
) -> None:
    groups = store.read(Segmentation)[0].segments
    told = page.text[: page.text.index("1 Business understanding")]
    questions = (
        "What was asked?", "What is decided?", "What is it worth?", "How sure is that?", "What could go wrong?",
        "What comes next?",
    )  # fmt: skip
    places = [told.index(question) for question in questions]
    assert places == sorted(places)
    assert "Test asks, to decide of each case whether to call." in told
    assert "Go: all" in told
    assert f"Verify: {EVIL}." in told
    assert "Drift. Then: retrain." in told
    assert "yes, by the charter's rule, 2026-01-02" in told
    best = "; ".join(f"{each.feature} {each.words}" for each in groups[0].conditions)
    assert ("Whom to call first" in told) == (groups[0].expected > 0 and len(groups) > 1)
    assert (best in told) == ("Whom to call first" in told)


def test_the_project_review_sets_plan_beside_actual_and_checks_every_phase(store: ArtifactStore, page: Page) -> None:
    review = page.text[page.text.index("Project review", page.text.index("Monitoring plan")) :]
    assert "The plan gives people 4 working days; of these no record is kept." in review
    assert re.search(r"at least 0\.0\d{3} US dollars by list prices", review)
    for phase in Phase:
        assert f"{phase.number} {phase.value.replace('_', ' ')}" in review
    assert "Do the quality rules hold?0 of 1✕ missed" in re.sub(r"\s*\n\s*", "", review)
    assert 'Rule IsComplete "y" is broken by 3 of 100. Look at the source' in review
    assert "crisp init bank_test --from r1 drafts the next charter from this run" in review


def test_the_page_shows_joined_sources_and_changed_schemas(page: Page) -> None:
    for expected in ("jobs, joined: 12 rows", "All figures of the 2 columns of jobs", "with run r0", "type changed"):
        assert expected in page.text
    assert "look into <code>age</code>" in page.source


def test_the_model_card_says_what_the_model_is_for_and_what_to_beware_of(store: ArtifactStore, page: Page) -> None:
    assert page.tags
    card = read_bytes(store.uri(Phase.DEPLOYMENT, "model_card.md")).decode()
    decision, _ = store.read(Decision)
    headings = [line.removeprefix("## ") for line in card.splitlines() if line.startswith("## ")]
    assert headings == [
        "Model details", "Intended use", "Factors", "Metrics", "Evaluation data", "Training data",
        "Quantitative analyses", "Ethical considerations", "Caveats and recommendations",
    ]  # fmt: skip
    model = next(policy for policy in decision.policies if policy.policy == "model")
    assert f"| The model | {model.value:,.0f} | {model.low:,.0f} to {model.high:,.0f} |" in card
    assert "Not verified: \\<script\\>alert" in card
    assert "<" not in card.replace("\\<", "").replace("p, corrected: < 0.001", "")
    assert "age, keep: Bands hide it; job, hash: " in card


def test_headings_follow_each_other_without_gaps(page: Page) -> None:
    levels = [int(tag[1]) for tag in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_a_no_go_says_why_and_where_to_go_back_to(store: ArtifactStore, page: Page) -> None:
    (decision, _), (release, _) = store.read(Decision), store.read(Release)
    missed = [each for each in decision.criteria if each.name == "calibration"]
    criteria = (*(dataclasses.replace(each, verdict="failed") for each in missed), *decision.criteria)
    refused = dataclasses.replace(decision, verdict="no_go", criteria=criteria, return_to=Phase.DATA_PREPARATION)
    store.write(dataclasses.replace(refused, advantage=-5.0))
    store.write(Release(False, "Nothing was released. Ranking not met.", "", "/p", "", 0, 0.0))
    declined = Page(written(store)).text
    report, _ = store.read(FinalReport)
    store.write(decision)
    store.write(release)
    assert "it would be gone if that earned" in page.text
    for expected in (
        "No go",
        "go back to data preparation",
        "Nothing was released. Ranking not met.",
        "there would be one if that earned",
    ):
        assert expected in declined
        assert expected not in page.text
    assert "crisp predict" in page.text
    assert "crisp predict" not in declined
    assert report.phases[-1].status == "skipped"


def test_the_report_for_machines_names_all_phases_and_every_artifact_with_its_hash(
    store: ArtifactStore, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    render = mocked_s3.load_handler("report")
    monkeypatch.setattr(render, "render", lambda *arguments: page.source)
    answer = render.handler(EVENT, None)
    report, reference = store.read(FinalReport)
    assert answer == {"report_uri": report.report_uri, "artifact_uri": reference.uri}
    assert [record.phase for record in report.phases] == list(Phase)
    # The fixture wrote the business case last: every phase still ends after it began.
    assert all(record.started <= record.ended for record in report.phases)
    assert report.phases[3].artifact_uri.endswith("4_modeling/model_package.json")
    text = Page(read_bytes(report.report_uri).decode()).text
    for entry in report.inputs[:-2]:  # but the page itself, and the card
        assert entry.uri in text
        assert entry.sha256 in text


def test_a_browser_shows_the_page_and_the_artifacts(store: ArtifactStore, page: Page) -> None:
    assert page.tags
    shown = {}
    for name in ("report.html", "final_report.json"):
        bucket, key = split_uri(store.uri(Phase.DEPLOYMENT, name))
        shown[name] = s3().head_object(Bucket=bucket, Key=key)["ContentType"]
    assert shown == {"report.html": "text/html; charset=utf-8", "final_report.json": "application/json"}


def test_the_same_run_renders_the_same_page(store: ArtifactStore, page: Page) -> None:
    one, again = (re.sub(r"\d\d:\d\d:\d\d|\d+ (s|min)\b|\d\.\d{4}", "", text) for text in (page.source, written(store)))
    assert one == again


@pytest.mark.skipif(bool(chromium.MISSING), reason=chromium.MISSING)
def test_a_browser_has_nothing_against_the_page_on_a_desk_on_a_phone_and_on_paper(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(page.source, encoding="utf-8")
    with chromium.opened(path, tmp_path / "profile") as opened:
        assert opened.console == []
        assert [url for url in opened.requests if not url.startswith("data:")] == [path.as_uri()]
        assert opened.violations() == []
        opened.resize(390, 844)
        assert opened.evaluate("document.documentElement.scrollWidth") <= 390
        # A4 less the margins, at 96 dots an inch: what is signed is one sheet of paper.
        opened.call("Emulation.setEmulatedMedia", media="print")
        opened.resize(680, 1016)
        assert opened.evaluate("document.querySelector('.summary').getBoundingClientRect().bottom") <= 1016
        opened.evaluate("document.querySelector('main').append(new Image())")
        assert opened.violations("main > img") == ["image-alt: <img>"]
