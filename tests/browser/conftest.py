"""One server of each kind and one browser for a worker, started when a test first asks for them."""
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

try:
    import axe
    import lab
    from playwright.sync_api import sync_playwright
    MISSING = None if axe.CHROMIUM and axe.SCRIPT else "Chromium or axe-core"
except ImportError:
    MISSING = "Playwright"
collect_ignore_glob = ["test_*.py"] if MISSING else []       # the ordinary tests run without it; `make browser` says what is missing


def pytest_sessionstart():
    if MISSING and os.environ.get("COURSE_BROWSER"):
        pytest.exit(f"{MISSING} is missing: run make browser, which says what it needs.", returncode=1)


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as run:
        chromium = run.chromium.launch(executable_path=axe.CHROMIUM, args=axe.FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def jupyterlab(tmp_path_factory):
    with lab.server(tmp_path_factory.mktemp("lab")) as address:
        yield address


@pytest.fixture(scope="session")
def notebook7(tmp_path_factory):
    with lab.server(tmp_path_factory.mktemp("notebook"), "notebook") as address:
        yield address
