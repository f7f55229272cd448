"""What the name of a column says: words for personal data in English, German, Spanish and French."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from crispstack.charter import ColumnType

STRONG, WEAK = 0.8, 0.5
"""How sure a word makes: it says nothing else, or it may well mean something else."""

# A phrase is words as they follow each other in a name; a word of six letters and more may also be part of a compound.
_STRONG: Mapping[str, tuple[str, ...]] = {
    "e-mail address": (
        "email", "e mail", "emails", "mailadresse", "mail address", "mailaddress", "correo electronico", "courriel",
    ),
    "telephone number": (
        "phone", "telephone", "telefon", "telefono", "mobile number", "mobile phone", "cell phone", "cellphone",
        "handynummer", "handy", "mobilnummer", "rufnummer", "movil", "fax", "msisdn", "tel", "numero de telephone",
    ),
    "name of a person": (
        "first name", "firstname", "forename", "given name", "last name", "lastname", "surname", "family name",
        "familyname", "full name", "fullname", "maiden name", "middle name", "customer name", "client name",
        "patient name", "contact name", "vorname", "nachname", "familienname", "kundenname", "apellido", "apellidos",
        "nombre completo", "nombre cliente", "prenom", "nom de famille", "nom client", "nom complet",
    ),
    "postal address": (
        "street", "street address", "home address", "postal address", "mailing address", "billing address",
        "shipping address", "house number", "strasse", "hausnummer", "anschrift", "wohnort", "calle", "direccion",
        "domicilio", "rue", "adresse", "adresse postale",
    ),
    "bank account": (
        "iban", "bank account", "account number", "kontonummer", "kontonr", "bankverbindung", "numero de cuenta",
        "cuenta bancaria", "numero de compte", "compte bancaire",
    ),
    "payment card": (
        "card number", "cardnumber", "creditcard number", "cc number", "kartennummer", "kreditkartennummer",
        "numero de tarjeta", "numero de carte", "carte bancaire",
    ),
    "national number": (
        "ssn", "social security", "national id", "tax id", "passport", "passport number", "driver license",
        "drivers license", "driving licence", "nhs number", "sozialversicherungsnummer", "steuer id", "steuernummer",
        "personalausweis", "ausweisnummer", "reisepass", "fuehrerschein", "dni", "nif", "nie", "pasaporte",
        "seguridad social", "securite sociale", "passeport", "permis de conduire", "numero fiscal",
    ),
    "date of birth": (
        "birth", "birthday", "birthdate", "birth date", "date of birth", "dob", "birth year", "born",
        "geburtsdatum", "geburtstag", "geburtsjahr", "geboren", "gebdat", "fecha de nacimiento", "nacimiento",
        "fecha nacimiento", "date de naissance", "naissance", "date naissance",
    ),
    "network or device address": ("ip", "ip address", "ipaddress", "mac address", "imei", "device id", "adresse ip"),
}  # fmt: skip
_WEAK: Mapping[str, tuple[str, ...]] = {
    "e-mail address": ("mail", "correo"),
    "telephone number": ("mobile", "cell", "portable"),
    "postal address": ("address", "zip", "zipcode", "zip code", "postcode", "postal code", "plz", "postleitzahl",
                       "codigo postal", "code postal"),
    "payment card": ("credit card", "creditcard", "kreditkarte", "tarjeta de credito", "carte de credit"),
    "special category of personal data": (
        "religion", "konfession", "ethnicity", "ethnie", "race", "hautfarbe", "sexual orientation", "diagnosis",
        "diagnose", "diagnostico", "diagnostic", "disability", "behinderung", "discapacidad", "handicap",
        "union member", "gewerkschaft", "political party",
    ),
}  # fmt: skip
_NAME = ("name", "nombre", "nom")
_PEOPLE = frozenset(
    {
        "applicant", "borrower", "citizen", "client", "customer", "donor", "driver", "employee", "guest",
        "holder", "member", "owner", "parent", "participant", "passenger", "patient", "people", "person",
        "student", "subscriber", "tenant", "user", "visitor", "voter", "worker", "kunde", "kunden",
        "mitarbeiter", "patienten", "personen", "schueler", "cliente", "clientes", "empleado", "empleados",
        "paciente", "pacientes", "persona", "personas", "usuario", "usuarios", "employe", "employes",
        "personne", "personnes", "utilisateur", "utilisateurs",
    }
)  # fmt: skip
# With one of these the column counts, dates or qualifies what it names: `email_count`, `phone_verified`.
_ABOUT = frozenset(
    {
        "count", "num", "n", "is", "has", "verified", "valid", "flag", "type", "kind", "length", "opt",
        "opened", "clicks", "status", "score", "rate", "days", "nb", "anzahl", "provider", "changed", "changes",
        "updated", "weekday", "distance",
    }
)  # fmt: skip
_COMPOUND = 6
_FITTING: Mapping[ColumnType, frozenset[str]] = {
    "boolean": frozenset(),
    "date": frozenset({"date of birth"}),
    "number": frozenset({"telephone number", "payment card", "bank account", "national number"}),
}


def kind_by_name(name: str, source: str, type: ColumnType) -> tuple[str, float] | None:  # noqa: A002 (the charter's word)
    """What the column's name says it holds, and how sure that is; None where it says nothing.

    Args:
        name: the column's name.
        source: the name of its source: "name" alone means people only in a table of people.
        type: its type; a yes or no, for instance, is no address.
    """
    words = _words(name)
    if _ABOUT & set(words):
        return None
    fitting = _FITTING.get(type)
    for phrases, confidence in ((_STRONG, STRONG), (_WEAK, WEAK)):
        found = [kind for kind, known in phrases.items() if any(_holds(words, phrase) for phrase in known)]
        # "ip_address" is no postal address, and "mail_address" neither.
        found = [kind for kind in found if fitting is None or kind in fitting]
        if found:
            return found[0], confidence
    people = {form for word in _words(source) for form in (word, word.removesuffix("s"))} & _PEOPLE
    if people and words in [[word] for word in _NAME] and fitting is None:
        return "name of a person", STRONG
    return None


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode()
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", plain)
    return [word for word in re.split(r"[^a-z]+", apart.lower()) if word]


def _holds(words: list[str], phrase: str) -> bool:
    wanted = phrase.split()
    if any(words[index : index + len(wanted)] == wanted for index in range(len(words))):
        return True
    joined = "".join(wanted)
    return len(joined) >= _COMPOUND and any(
        word != joined and (word.startswith(joined) or word.endswith(joined)) for word in words
    )
