"""Block the network for the tests and for the kernels that they start; let the tests import what lies in notebooks/ and benchmarks/.

Nor do they read or write what a student has solved.
"""
import os
import runpy
import sys
from pathlib import Path

os.environ["COURSE_PROGRESS"] = "off"
OFFLINE = Path(__file__).parent / "offline"
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(OFFLINE), os.environ.get("PYTHONPATH")]))
runpy.run_path(str(OFFLINE / "sitecustomize.py"))          # this process has started already
sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ("notebooks", "benchmarks")]

LONGEST = ["test_contract.py", "test_end_to_end.py"]


def pytest_collection_modifyitems(items):
    """The longest tests begin, or the other worker waits for them at the end."""
    items.sort(key=lambda item: item.path.name not in LONGEST)
