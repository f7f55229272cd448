"""The warning that a Spot machine gives two minutes before it is taken away.

Amazon EC2 user guide, "Spot Instance interruption notices": the metadata service answers `spot/instance-action` with
404 until the machine is marked; AWS asks to look every five seconds.
"""

from __future__ import annotations

import http.client
import threading
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

INTERRUPTED = 75
"""Exit status of a job whose machine is taken away, and whose state is kept: run it again (EX_TEMPFAIL)."""
METADATA = "http://169.254.169.254"
_TOKEN = "/latest/api/token"  # noqa: S105 (a path)
_ACTION = "/latest/meta-data/spot/instance-action"
_TOKEN_SECONDS = "300"  # noqa: S105
_TIMEOUT_SECONDS = 2.0


class SpotNotice:
    """Looks for the warning in the background while it is entered; nothing but being told stops the work.

    Where no metadata service answers, as on machines that are not EC2's, no warning ever comes.
    """

    def __init__(self, endpoint: str = "", seconds: float = 5.0) -> None:
        """`endpoint` is the metadata service's, EC2's own where it is empty; `seconds` pass between two looks."""
        self._endpoint = endpoint or METADATA
        self._seconds = seconds
        self._told = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="spot-notice", daemon=True)

    @property
    def told(self) -> bool:
        """Whether the machine will be taken away."""
        return self._told.is_set()

    def tell(self) -> None:
        """Take the machine for marked, as a signal to end tells, too."""
        self._told.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self.told:
            if interrupted(self._endpoint):
                self._told.set()
            if self._over.wait(self._seconds):
                return


def interrupted(endpoint: str) -> bool:
    """Whether the metadata service (IMDSv2) at this URL says that the machine will be stopped or terminated."""
    place = urlsplit(endpoint)
    connection = http.client.HTTPConnection(place.hostname or "", place.port or 80, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("PUT", _TOKEN, headers={"X-aws-ec2-metadata-token-ttl-seconds": _TOKEN_SECONDS})
        response = connection.getresponse()
        token = response.read().decode()
        if response.status != http.HTTPStatus.OK:
            return False
        connection.request("GET", _ACTION, headers={"X-aws-ec2-metadata-token": token})
        response = connection.getresponse()
        response.read()
    except (OSError, http.client.HTTPException):
        return False
    else:
        return response.status == http.HTTPStatus.OK
    finally:
        connection.close()
