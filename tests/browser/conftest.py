"""One server of each kind and one browser for a worker, started when a test first asks for them."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import axe
import lab


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright
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
