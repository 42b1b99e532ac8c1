"""Prints the path of a Chromium that works, for the tests; brings one where there is none.

As root by apt, else by Playwright's own download. Tests that need a browser are never skipped: where neither
works, this fails and names the package.
"""

import shutil
import subprocess
import sys

from tools.setup import apt_install, say

PACKAGE = "chromium"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PAGE = "data:text/html,<title>palier</title>"


def main() -> None:
    found = installed() or by_apt() or by_playwright()
    if found is None:
        sys.exit(f"The tests need a browser: install the package {PACKAGE}, then try again.")
    print(found)


def installed() -> str | None:
    paths = (shutil.which(name) for name in NAMES)
    return next((path for path in paths if path and works(path)), None)


def works(path: str) -> bool:
    """It shows a page. Being there is not enough: some systems install a stand-in, or miss a library."""
    command = [path, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", PAGE]
    try:
        shown = subprocess.run(command, check=False, capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return b"<title>palier</title>" in shown.stdout


def by_apt() -> str | None:
    return installed() if apt_install(PACKAGE) else None


def by_playwright() -> str | None:
    path = downloaded()
    if works(path):
        return path
    say("a browser, by Playwright")
    subprocess.run(
        [sys.executable, "-m", "playwright", "install", "chromium"], check=False, stdout=sys.stderr
    )
    return path if works(path) else None


def downloaded() -> str:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


if __name__ == "__main__":
    main()
