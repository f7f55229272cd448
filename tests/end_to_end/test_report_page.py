"""The report as a browser sees it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.conftest import PROJECT, Checkout

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# Its own errands off: it may not look for updates or accounts from a test.
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
)


def console(page: Path, folder: Path) -> list[str]:
    """What the browser's console says of the page: refused requests stand there, too."""
    assert BROWSER
    done = subprocess.run(
        [
            BROWSER,
            *FLAGS,
            f"--user-data-dir={folder / 'profile'}",
            f"--screenshot={folder / 'page.png'}",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert (folder / "page.png").stat().st_size > 20_000
    return [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium on this machine")
def test_the_report_opens_without_an_error_or_a_request(checkout: Checkout, run: str, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    checkout.crisp("report", PROJECT, "--run", run, "-o", str(page))
    assert console(page, tmp_path) == []
    asking = tmp_path / "asking.html"
    asking.write_text(page.read_text().replace("</body>", '<img src="http://127.0.0.1:9/x.png"></body>'))
    assert "Content Security Policy" in console(asking, tmp_path)[0]
