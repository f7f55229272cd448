"""What can go wrong, in the user's words.

CrispError
├── CharterError        the charter is not valid; names the line and the remedy
├── ArtifactError       an artifact is missing, unreadable or of another schema version
├── DataError           the data does not have what the charter says
├── QualityError        a quality rule of severity "stop" failed
├── PrivacyError        the charter does not say what becomes of personal data
├── QueryError          Athena did not take a query, or it failed; its own words
├── ModelingError       no candidate could be trained, or none survived parity
├── ReleaseError        a model cannot be released: it does not answer as the trained one did, or was taken back
│   └── ReleaseUnderWayError    another release is not over yet: wait for its end
└── RequestError        a prediction request is not valid; names the field
"""

from __future__ import annotations


class CrispError(Exception):
    """Base of every error a user can cause and can remedy."""


class CharterError(CrispError):
    """The charter is not valid."""


class ArtifactError(CrispError):
    """An artifact is missing, unreadable or of another schema version."""


class DataError(CrispError):
    """The data does not have what the charter says."""


class QualityError(CrispError):
    """A quality rule of severity "stop" failed."""


class PrivacyError(CrispError):
    """The charter does not say what becomes of personal data."""


class QueryError(CrispError):
    """Athena did not take a query, or it failed."""


class ModelingError(CrispError):
    """No candidate could be trained, or none survived parity."""


class ReleaseError(CrispError):
    """A model cannot be released: it does not answer as the trained one did, or was taken back."""


class ReleaseUnderWayError(ReleaseError):
    """A release is not over yet; the state machine asks again on this name."""


class RequestError(CrispError):
    """A prediction request is not valid."""
