"""Immutable versions: an attempt writes where nobody else does, then one manifest says what belongs to the version.

Rows lie at ``<prepared>/{train,test,quarantine}/<project>/<version>/<attempt>/``, manifests at
``<prepared>/manifests/<project>/``. A manifest is written last and only where there is none: an attempt that dies
leaves no version, and of two at once one wins, whole. What neither a manifest nor a living attempt needs is tidied.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from crispstack.data_preparation.account import PARTS, Account, Part, PreparedFile
from crispstack.data_preparation.storage import Storage

LEFTOVER_AGE = timedelta(days=1)
"""Older than any job may run."""


@dataclass(frozen=True)
class Version:
    """A version that is complete: which attempt wrote it, and what it holds."""

    name: str
    attempt: str
    account: Account


@dataclass(frozen=True)
class Attempt:
    """One job's try at a project's version. `prepared` is a URI without a slash at its end, `name` its own."""

    prepared: str
    project: str
    version: str
    name: str
    storage: Storage

    def prefix(self, part: Part, attempt: str = "") -> str:
        """Under which this attempt, or another, keeps the rows of a part."""
        return f"{self.prepared}/{part}/{self.project}/{self.version}/{attempt or self.name}/"

    def committed(self) -> Version | None:
        """The version, where it is complete."""
        content = self.storage.read(self._manifest())
        if content is None:
            return None
        manifest = json.loads(content)
        return Version(self.version, manifest["attempt"], Account.from_json(json.dumps(manifest["account"])))

    def commit(self, account: Account) -> Version:
        """Make the version what the account says, unless another attempt was quicker: then it is that one's."""
        self._remove_strays(account)
        manifest = {"attempt": self.name, "account": json.loads(account.to_json())}
        self.storage.put_if_absent(self._manifest(), json.dumps(manifest, sort_keys=True).encode())
        version = self.committed()
        assert version  # noqa: S101 (it was there, or has just been written)
        return version

    def reuse(self, prepared_part: str) -> Account | None:
        """What an earlier attempt, of any version, made of the same part of the data, copied here; None if none did."""
        content = self.storage.read(self._part_manifest(prepared_part))
        if content is None:
            return None
        account = Account.from_json(content)
        files = []
        for file in account.files:
            uri = self.prefix(file.part) + file.uri.rpartition("/")[2]
            if not self.storage.copy(file.uri, uri):
                # Somebody deleted that version: prepare the part again, and let that be known.
                self.storage.delete([self._part_manifest(prepared_part)])
                return None
            files.append(PreparedFile(file.part, uri, file.rows, file.size))
        return account.with_files(tuple(files))

    def keep(self, prepared_part: str, account: Account) -> None:
        """Let later attempts reuse this part."""
        self.storage.put_if_absent(self._part_manifest(prepared_part), account.to_json().encode())

    def _remove_strays(self, account: Account) -> None:
        """Tasks that were tried twice may have left files of their own."""
        wanted = {file.uri for file in account.files}
        for part in PARTS:
            found = (each.uri for each in self.storage.objects(self.prefix(part)))
            self.storage.delete(uri for uri in found if uri not in wanted)

    def _manifest(self) -> str:
        return f"{self.prepared}/manifests/{self.project}/{self.version}.json"

    def _part_manifest(self, prepared_part: str) -> str:
        return f"{self.prepared}/manifests/{self.project}/parts/{prepared_part}.json"


def tidy(storage: Storage, prepared: str, project: str, now: datetime) -> int:
    """Remove the files of attempts that died more than `LEFTOVER_AGE` ago; answer how many.

    Args:
        storage: where versions lie.
        prepared: URI, without a slash at its end.
        project: whose versions.
        now: the time, with its zone.
    """
    manifests = [each.uri for each in storage.objects(f"{prepared}/manifests/{project}/")]
    contents = (json.loads(storage.read(uri) or b"{}") for uri in manifests)
    accounts = (content.get("account", content) for content in contents)
    wanted = {file["uri"] for account in accounts for file in account.get("files", ())}
    leftovers = [
        each.uri
        for part in PARTS
        for each in storage.objects(f"{prepared}/{part}/{project}/")
        if each.uri not in wanted and now - each.written > LEFTOVER_AGE
    ]
    storage.delete(leftovers)
    return len(leftovers)
