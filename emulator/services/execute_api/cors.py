"""Cross-origin requests, as HTTP APIs and function URLs answer them: the configuration, not the function, decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from emulator.identity.request import Request
from emulator.services.execute_api.responses import Response


@dataclass(frozen=True)
class Policy:
    """Who may ask for what from another origin. `max_age` is in seconds, None where it is not set."""

    origins: Sequence[str]
    methods: Sequence[str]
    headers: Sequence[str]
    exposed: Sequence[str]
    credentials: bool
    max_age: int | None

    @classmethod
    def read(cls, configuration: Mapping[str, Any] | None) -> Policy | None:
        """The policy in a service's configuration, in either's casing; None where there is none."""
        if not configuration:
            return None
        given = {name[:1].lower() + name[1:]: value for name, value in configuration.items()}
        return cls(
            given.get("allowOrigins") or (),
            given.get("allowMethods") or (),
            given.get("allowHeaders") or (),
            given.get("exposeHeaders") or (),
            bool(given.get("allowCredentials")),
            given.get("maxAge"),
        )

    def preflight(self, request: Request) -> Response | None:
        """The answer to a browser's question beforehand; None where the request is none."""
        asked = request.header("Access-Control-Request-Method")
        if request.method != "OPTIONS" or not asked or not request.header("Origin"):
            return None
        allowed = self._origin(request)
        if allowed is None or not ({"*", asked} & set(self.methods)):
            return Response(204, (), b"")
        headers = {
            "Access-Control-Allow-Methods": ",".join(self.methods),
            "Access-Control-Allow-Headers": ",".join(self.headers),
            "Access-Control-Max-Age": "" if self.max_age is None else str(self.max_age),
        }
        given = tuple((name, value) for name, value in headers.items() if value)
        return Response(204, (*self._common(allowed), *given), b"")

    def apply(self, request: Request, response: Response) -> Response:
        """The response with what tells the browser; what the function said about it is left out, as in AWS."""
        kept = tuple(
            (name, value) for name, value in response.headers if not name.lower().startswith("access-control-")
        )
        allowed = self._origin(request) if request.header("Origin") else None
        return replace(response, headers=kept if allowed is None else (*kept, *self._common(allowed)))

    def _origin(self, request: Request) -> str | None:
        origin = request.header("Origin") or ""
        if origin in self.origins or any(
            pattern.endswith("*") and len(pattern) > 1 and origin.startswith(pattern[:-1]) for pattern in self.origins
        ):
            return origin
        return "*" if "*" in self.origins else None

    def _common(self, origin: str) -> tuple[tuple[str, str], ...]:
        exposed = (("Access-Control-Expose-Headers", ",".join(self.exposed)),) if self.exposed else ()
        credentials = (("Access-Control-Allow-Credentials", "true"),) if self.credentials else ()
        return (("Access-Control-Allow-Origin", origin), *credentials, *exposed)
