"""Chromium, where the machine has it: the report's page as a PDF."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from crispstack.errors import CrispError

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
_SECONDS = 120
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    # Its own errands off: it looks for no updates and no accounts.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Chromium refuses its sandbox to the superuser; the page is our own and runs no script.
    *(("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()),
)


def found() -> str | None:
    """Path of the browser, None where there is none."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


def print_to_pdf(page: Path, target: Path) -> None:
    """Print the page as its style for paper says, with bookmarks and tags for those who listen.

    Raises:
        CrispError: there is no Chromium, or it wrote nothing.
    """
    browser = found()
    if browser is None:
        raise CrispError(
            f"no Chromium was found (looked for {', '.join(_NAMES)}): install one, or print {page} from any browser"
        )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [
            browser,
            *FLAGS,
            f"--user-data-dir={profile}",
            "--no-pdf-header-footer",
            "--generate-pdf-document-outline",
            "--export-tagged-pdf",
            f"--print-to-pdf={target.resolve()}",
            page.resolve().as_uri(),
        ]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise CrispError(f"{browser} took more than {_SECONDS} seconds to print {page}") from error
    if done.returncode or not target.exists():
        raise CrispError(f"{browser} could not print {page}: {done.stderr.strip()[-500:]}")
