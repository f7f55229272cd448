"""Archives unpacked once per content, and shared by everything that runs from them."""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path


def unpack(identity: str, read: Callable[[], bytes], state: Path) -> Path:
    """The folder that holds what is in a zip or tar archive. Its files are read-only.

    Args:
        identity: what tells one content from another, such as a hash or an ETag.
        read: gives the archive; called only when this identity has not been unpacked yet.
        state: the emulator's folder.

    Raises:
        ValueError: it is neither a zip nor a tar archive, or is damaged.
    """
    target = state / "packages" / hashlib.sha256(identity.encode()).hexdigest()[:32]
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        _extract(read(), draft)
        draft.chmod(0o755)
        draft.rename(target)
    except OSError:  # another thread was faster, with the same content
        if not target.exists():
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return target


def _extract(content: bytes, folder: Path) -> None:
    try:
        if zipfile.is_zipfile(io.BytesIO(content)):
            _extract_zip(content, folder)
        else:
            with tarfile.open(fileobj=io.BytesIO(content)) as archive:
                archive.extractall(folder, filter="data")
    except (tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        raise ValueError(f"not a readable zip or tar archive: {error}") from error


def _extract_zip(content: bytes, folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            path = Path(archive.extract(entry, folder))
            if not entry.is_dir():
                executable = (entry.external_attr >> 16) & 0o111
                path.chmod(0o444 | executable)
