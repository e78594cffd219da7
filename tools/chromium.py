"""`python -m tools.chromium`: finds a Chromium for the browser tests, or installs one, and says which."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""How a test starts it: headless as any user, asking nobody outside for anything."""


def find() -> str | None:
    """The path of a Chromium of this machine: $CHROMIUM, one on the PATH, or one that Playwright keeps."""
    chosen = os.environ.get("CHROMIUM")
    if chosen:
        return shutil.which(chosen)
    on_path = (shutil.which(name) for name in NAMES)
    return next((path for path in on_path if path), None) or _kept_by_playwright()


def install() -> str | None:
    """Install one, by the system's packages when we may, else by Playwright; its path, or None when neither went."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        for arguments in (["update", "-q"], ["install", "-yq", "--no-install-recommends", "chromium"]):
            subprocess.run(
                ["apt-get", *arguments], env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, check=False
            )
    if find() is None:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    return find()


def _kept_by_playwright() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def main() -> int:
    path = find()
    if path is None:
        print("No Chromium here: installing one for the browser tests …", flush=True)
        path = install()
    if path is None:
        print("No Chromium could be installed. Install one, or set CHROMIUM to its path.", file=sys.stderr)
        return 1
    print(f"Browser tests use {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
