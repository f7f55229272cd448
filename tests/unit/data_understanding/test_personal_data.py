"""Which columns are taken for personal data: found where it is, and not where it is not."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from crispstack.business_understanding.charter_file import load
from crispstack.business_understanding.privacy_checks import problems
from crispstack.charter import Charter, Column, ColumnType, Money, Source, Target
from crispstack.data_understanding.personal_data import PrivacyReport, report, stop_on_untreated
from crispstack.data_understanding.personal_data_names import kind_by_name
from crispstack.data_understanding.personal_data_patterns import kind_by_content
from crispstack.errors import PrivacyError
from crispstack.privacy_plan import PrivacyTreatment

BANK = Path("projects/bank_marketing")


def luhn_digit(digits: str) -> str:
    total = 0
    for index, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if index % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def iban(account: str) -> str:
    """ISO 13616: letters count from 10, and the number modulo 97 is 1."""
    check = 98 - int(f"{account}131400") % 97  # D is 13, E is 14
    return f"DE{check:02}{account}"


def dni(number: int) -> str:
    return f"{number:08}{'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23]}"


def nir(number: int) -> str:
    return f"{number:013}{97 - number % 97:02}"


def card(draw: random.Random) -> str:
    digits = "4" + "".join(str(draw.randrange(10)) for _ in range(14))
    return digits + luhn_digit(digits)


PERSONAL: dict[str, tuple[str, Callable[[random.Random], str]]] = {
    "contact": ("e-mail address", lambda draw: f"p{draw.randrange(10**6)}@mail-{draw.randrange(9)}.example"),
    "number": ("bank account", lambda draw: iban(f"{draw.randrange(10**18):018}")),
    "reference": ("payment card", card),
    "documento": ("national number", lambda draw: dni(draw.randrange(10**8))),
    "insee": ("national number", lambda draw: nir(1_850_100_000_000 + draw.randrange(10**8))),
    "file": ("national number", lambda draw: f"{draw.randrange(100, 665)}-45-{draw.randrange(1000, 9999)}"),
    "line": ("telephone number", lambda draw: f"+49 30 {draw.randrange(2_000_000, 9_999_999)}"),
    "call": ("telephone number", lambda draw: f"(212) 736-{draw.randrange(1000, 9999)}"),
    "host": ("network or device address", lambda draw: f"10.{draw.randrange(256)}.{draw.randrange(256)}.7"),
    "lives": ("postal address", lambda draw: f"{draw.choice(['Haupt', 'Garten'])}straße {draw.randrange(1, 99)}"),
    "vive": ("postal address", lambda draw: f"Calle de {draw.choice(['Toledo', 'Alcalá'])} {draw.randrange(1, 99)}"),
    "notes": ("e-mail address", lambda draw: f"asked again, write to p{draw.randrange(10**6)}@mail.example please"),
}  # fmt: skip
OTHER: dict[str, Callable[[random.Random], str]] = {
    "identifier": lambda draw: str(draw.randrange(10**9, 10**10)),
    "sixteen_digits": lambda draw: str(draw.randrange(4 * 10**15, 5 * 10**15)),
    "nine_digits": lambda draw: f"{draw.randrange(10**9):09}",
    "eleven_digits": lambda draw: f"{draw.randrange(10**11):011}",
    "amount": lambda draw: f"{draw.random() * 10_000:.2f}",
    "timestamp": lambda draw: f"2024-{draw.randrange(10, 13)}-{draw.randrange(10, 29)} 10:{draw.randrange(60):02}:00",
    "german_date": lambda draw: f"{draw.randrange(1, 29):02}.{draw.randrange(1, 13):02}.2024",
    "release": lambda draw: f"{draw.randrange(9)}.{draw.randrange(30)}.{draw.randrange(30)}",
    "product": lambda draw: f"SKU-{draw.randrange(10**5)}-{draw.choice('ABC')}",
    "hash": lambda draw: f"{draw.getrandbits(64):016x}",
    "uuid": lambda draw: f"{draw.getrandbits(32):08x}-{draw.getrandbits(16):04x}-4{draw.getrandbits(12):03x}",
    "remark": lambda draw: f"{draw.choice(['good', 'late'])} and {draw.choice(['cheap', 'kind'])} {draw.randrange(99)}",
    "tail_number": lambda draw: f"N{draw.randrange(100, 999)}{draw.choice('UAJ')}{draw.choice('AWB')}",
    "coordinates": lambda draw: f"{draw.random() * 90:.5f}, {draw.random() * 90:.5f}",
    "price_list": lambda draw: f"{draw.randrange(100)} EUR / {draw.randrange(100)} USD",
}  # fmt: skip
"""What is not personal and could be taken for it."""


def generated(draw: Callable[[random.Random], str], seed: int) -> list[str]:
    source = random.Random(seed)  # noqa: S311
    return list(dict.fromkeys(draw(source) for _ in range(150)))


def test_precision_and_recall_on_generated_values() -> None:
    found = {name: kind_by_content(generated(draw, 1)) for name, (_, draw) in PERSONAL.items()}
    assert {name: content.kind if content else None for name, content in found.items()} == {
        name: kind for name, (kind, _) in PERSONAL.items()
    }
    mistaken = {name: kind_by_content(generated(draw, seed)) for seed in (1, 2, 3) for name, draw in OTHER.items()}
    assert {name: content for name, content in mistaken.items() if content} == {}


def test_nothing_of_the_bank_data_is_mistaken_for_an_identity() -> None:
    charter = load(BANK / "charter.yaml")
    with (BANK / "clients.csv").open() as file:
        rows = list(csv.DictReader(file))
    for column in charter.source.columns:
        assert kind_by_name(column.name, "clients", column.type) is None
        assert kind_by_content(list(dict.fromkeys(row[column.name] for row in rows))[:200]) is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *((name, "e-mail address") for name in ("email", "e_mail", "customer_email", "correo_electronico", "courriel")),
        *((name, "telephone number") for name in ("phone", "home_phone_number", "telefonnummer", "movil", "tel")),
        *((name, "name of a person") for name in ("first_name", "surname", "nachname", "kundenname", "apellidos")),
        *((name, "postal address") for name in ("street", "strasse", "direccion", "adresse", "calle", "postcode")),
        *((name, "bank account") for name in ("iban", "kontonummer", "numero_de_cuenta", "numero_de_compte")),
        *((name, "payment card") for name in ("card_number", "kreditkarte", "numero_de_tarjeta", "carte_bancaire")),
        *((name, "national number") for name in ("ssn", "passport_number", "steuer_id", "dni", "pasaporte")),
        *((name, "date of birth") for name in ("date_of_birth", "dob", "geburtsdatum", "fecha_de_nacimiento")),
        ("prenom", "name of a person"),
        ("rue", "postal address"),
        ("passeport", "national number"),
        ("naissance", "date of birth"),
        ("ip_address", "network or device address"),
        ("religion", "special category of personal data"),
    ],
)  # fmt: skip
def test_names_in_four_languages_say_what_a_column_holds(name: str, kind: str) -> None:
    found = kind_by_name(name, "rows", "category")
    assert found
    assert found[0] == kind


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("name", "category"), ("origin", "category"), ("dest", "category"), ("carrier", "category"),
        ("tailnum", "category"), ("model", "category"), ("email_count", "integer"), ("phone_verified", "category"),
        ("credit_card", "boolean"), ("email", "boolean"), ("street", "date"), ("race", "boolean"),
        ("contact", "category"), ("telemetry", "number"), ("trained", "category"), ("niece", "category"),
        ("revenue", "number"), ("email_opt_in", "category"), ("age", "integer"), ("ship_mode", "category"),
    ],
)  # fmt: skip
def test_names_that_only_sound_alike_say_nothing(name: str, type_: ColumnType) -> None:
    assert kind_by_name(name, "airlines", type_) is None


def test_a_name_is_a_persons_in_a_table_of_people() -> None:
    assert kind_by_name("name", "customers", "category") == ("name of a person", 0.8)


def test_few_values_and_digits_alone_prove_nothing() -> None:
    assert kind_by_content(["a@b.example", "c@d.example"]) is None
    numbers = [f"212736{number}" for number in range(5000, 5020)]
    assert kind_by_content(numbers) is None
    found = kind_by_content(numbers, "telephone number")
    assert found
    assert found.kind == "telephone number"


CHARTER = Charter(
    name="loans",
    question="Who?",
    owner="Ada",
    sources=(
        Source(
            "clients",
            "c.csv",
            (
                Column("contact", "category"),
                Column("surname", "category"),
                Column("age", "integer", personal=True),
                Column("job", "category"),
                Column("born", "date"),
                Column("y", "category"),
            ),
        ),
        Source("visits", "v.csv", (Column("card", "category"),)),
    ),
    target=Target("y", "yes"),
    money=Money("EUR", 10, -1),
)
VALUES = {
    "clients": {"contact": [f"p{index}@mail.example" for index in range(20)], "job": ["cook", "nurse"]},
    "visits": {"card": generated(card, 7)},
}


def untreated(found: PrivacyReport) -> dict[str, tuple[str, str | None]]:
    return {each.column: (each.evidence, each.severity) for each in found.columns}


def test_what_is_certain_stops_and_what_a_name_suggests_warns() -> None:
    found = report(CHARTER, VALUES)
    assert untreated(found) == {
        "contact": ("content", "stop"),
        "surname": ("name", "warn"),
        "age": ("declared", "stop"),
        "born": ("name", "warn"),
        "card": ("content", "stop"),
    }
    with pytest.raises(PrivacyError) as caught:
        stop_on_untreated(found)
    message = str(caught.value)
    assert "clients.contact: e-mail address (100% of 20 values are e-mail addresses)" in message
    assert "- {source: visits, column: card, treatment: drop," in message
    assert "surname" not in message
    assert "p0@mail.example" not in message


def test_the_remedies_make_a_charter_that_says_what_becomes_of_everything() -> None:
    lines = "\n".join(each.remedy for each in report(CHARTER, VALUES).columns)
    treatments = tuple(PrivacyTreatment(**each) for each in yaml.safe_load(lines))
    treated = replace(CHARTER, privacy=treatments)
    assert list(problems(treated)) == []
    found = report(treated, VALUES)
    stop_on_untreated(found)
    assert {each.column: each.treatment.treatment for each in found.columns if each.treatment} == {
        "contact": "hash", "surname": "drop", "age": "keep", "born": "generalize", "card": "drop",
    }  # fmt: skip
    assert PrivacyReport.from_json(found.to_json()) == found


@pytest.mark.parametrize("severity", ["stop", "warn"])
def test_the_charter_may_say_what_an_untreated_column_does(severity: str) -> None:
    found = report(replace(CHARTER, untreated_personal_data=severity), VALUES)  # type: ignore[arg-type]
    assert {each.severity for each in found.columns} == {severity}
