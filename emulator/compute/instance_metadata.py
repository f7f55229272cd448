"""The instance metadata service (version 2) of one instance, on loopback: who it is, its role, and a Spot notice."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from emulator.identity.credentials import Credentials

_TOKEN_PATH = "/latest/api/token"  # noqa: S105 (an address)
_TOKEN = "X-aws-ec2-metadata-token"  # noqa: S105 (a header)
_LIFE = f"{_TOKEN}-ttl-seconds"
_LONGEST_LIFE = 21_600
_ROLE = "iam/security-credentials/"


@dataclass(frozen=True)
class Instance:
    """What an instance knows of itself. `credentials` makes temporary credentials of its profile's role."""

    id: str
    type: str
    spot: bool
    region: str
    account: str
    role: str
    credentials: Callable[[], Credentials]


class InstanceMetadata:
    """Answers as IMDSv2 does: a token first, then what is asked for; what is not there is HTTP 404.

    Clients find it by the variable of `environment`, for the address that every instance has is not this machine's.
    """

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self._ending = ""
        self._tokens: set[str] = set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, name="instance-metadata", daemon=True).start()

    def environment(self) -> dict[str, str]:
        """The variables by which AWS's SDKs find this instance's metadata."""
        return {
            "AWS_EC2_METADATA_DISABLED": "false",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://127.0.0.1:{self._server.server_port}/",
        }

    def announce_interruption(self, when: datetime) -> None:
        """Tell from now on that the instance will be terminated, at a time in UTC."""
        self._ending = when.strftime("%Y-%m-%dT%H:%M:%SZ")

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()

    def token(self, life: str | None) -> str | None:
        """A new token for a life in seconds; None where that is no number from 1 to 21600."""
        if not life or not life.isdigit() or not 1 <= int(life) <= _LONGEST_LIFE:
            return None
        made = secrets.token_urlsafe(32)
        self._tokens.add(made)
        return made

    def knows(self, token: str | None) -> bool:
        """Whether a token was given here."""
        return token in self._tokens

    def answer(self, path: str) -> str | None:
        """What lies at a path; None where nothing does."""
        data = path.removeprefix("/latest/meta-data/")
        if data == path:
            return json.dumps(self._identity()) if path == "/latest/dynamic/instance-identity/document" else None
        if data.rstrip("/") == _ROLE.rstrip("/"):
            return self.instance.role
        if data == f"{_ROLE}{self.instance.role}":
            return self._credentials()
        return self._facts().get(data)

    def _facts(self) -> Mapping[str, str]:
        zone = f"{self.instance.region}a"
        facts = {
            "instance-id": self.instance.id,
            "instance-type": self.instance.type,
            "instance-life-cycle": "spot" if self.instance.spot else "on-demand",
            "placement/region": self.instance.region,
            "placement/availability-zone": zone,
            "services/domain": "amazonaws.com",
            "services/partition": "aws",
        }
        if self._ending:
            facts["spot/instance-action"] = json.dumps({"action": "terminate", "time": self._ending})
            facts["spot/termination-time"] = self._ending
        return facts

    def _identity(self) -> dict[str, Any]:
        known = self.instance
        return {
            "accountId": known.account,
            "instanceId": known.id,
            "instanceType": known.type,
            "region": known.region,
            "availabilityZone": f"{known.region}a",
        }

    def _credentials(self) -> str:
        made = self.instance.credentials()
        return json.dumps(
            {
                "Code": "Success",
                "LastUpdated": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "Type": "AWS-HMAC",
                "AccessKeyId": made.access_key_id,
                "SecretAccessKey": made.secret_access_key,
                "Token": made.session_token,
                "Expiration": made.expiration.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        )


def _handler(metadata: InstanceMetadata) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            token = metadata.token(self.headers.get(_LIFE)) if self.path == _TOKEN_PATH else None
            if token:
                self._send(200, token, {_LIFE: self.headers[_LIFE]})
            else:
                self._send(404 if self.path != _TOKEN_PATH else 400, "")

        def do_GET(self) -> None:
            if not metadata.knows(self.headers.get(_TOKEN)):
                self._send(401, "")
                return
            found = metadata.answer(self.path)
            self._send(404 if found is None else 200, found or "")

        def _send(self, status: int, text: str, headers: Mapping[str, str] | None = None) -> None:
            body = text.encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing per request."""

    return Handler
