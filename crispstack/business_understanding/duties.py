"""What law and decency ask of a project: the questions behind the charter's `duties`."""

from __future__ import annotations

from collections.abc import Mapping

DUTIES: Mapping[str, str] = {
    "legal_basis": "why may the data be used for this: contract, consent, legitimate interest (GDPR, article 6)?",
    "special_categories": "is there data on health, origin, belief or the like, and why may it be used (article 9)?",
    "automated_decisions": "does a person decide, and how can one object (article 22)?",
    "transparency": "what are those concerned told (articles 13 and 14)?",
    "protected_groups": "which groups must not be treated worse, and how are they compared?",
    "retention": "how long are data and predictions kept?",
    "feedback": "how does acting on predictions change the data that comes after?",
    "misuse": "what else could predictions be used for, and what prevents it?",
}
"""The question of each key."""
OF_PEOPLE = frozenset({"legal_basis", "special_categories", "automated_decisions", "transparency", "protected_groups"})
"""Those that are asked only where data is personal."""
