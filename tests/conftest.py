"""Block the network for the tests and for the notebook kernels that nbval starts."""
import os
import runpy
from pathlib import Path

OFFLINE = Path(__file__).parent / "offline"
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(OFFLINE), os.environ.get("PYTHONPATH")]))
runpy.run_path(str(OFFLINE / "sitecustomize.py"))          # this process has started already
