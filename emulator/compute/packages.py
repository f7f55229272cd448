"""Archives unpacked once per content, and shared by everything that runs from them."""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Sequence
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
    return _once(target, lambda draft: _extract(read(), draft))


def merge(folders: Sequence[Path], state: Path) -> Path | None:
    """One folder that holds what is in several, later ones over earlier ones, as ``/opt`` holds a function's layers.

    Args:
        folders: what `unpack` returned.
        state: the emulator's folder.

    Returns:
        The folder, or None where there is nothing to merge.
    """
    if not folders:
        return None
    identity = hashlib.sha256("\n".join(folder.name for folder in folders).encode()).hexdigest()[:32]
    return _once(state / "layers" / identity, lambda draft: _link_all(folders, draft))


def _link_all(folders: Sequence[Path], target: Path) -> None:
    for folder in folders:
        for source in sorted(folder.rglob("*")):
            path = target / source.relative_to(folder)
            if source.is_dir() and not source.is_symlink():
                path.mkdir(parents=True, exist_ok=True)
            else:
                path.unlink(missing_ok=True)
                path.hardlink_to(source)


def _once(target: Path, fill: Callable[[Path], None]) -> Path:
    """The folder, filled beside its place and moved there, so that a half-filled one is never seen."""
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        fill(draft)
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
