"""Everything that CI runs, stage by stage, and a table of it: make test. One lesson alone, in under a minute: make check L=05.

What needs lesson 14's real model: make real.
"""
import os
import re
import subprocess
import sys
import time
from pathlib import Path

COURSE = Path(__file__).resolve().parents[1]
PYTEST = [sys.executable, "-m", "pytest", "-q", "-n"]
NBVAL = ["--dist", "loadfile", "--no-loadscope-reorder", "--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=300"]


def stages(lesson=None):
    """{stage: (command, what is checked)}, for all that there is or for one lesson, such as "05"."""
    style = {"lint": ([sys.executable, "-m", "ruff", "check", "."], "the style of every Python file")}
    if lesson == "real":                      # the only two that differ where the model is installed
        return {"real": ([*PYTEST, "2", *NBVAL, "--durations=5", "notebooks/14_a_real_language_model.ipynb", "tests/test_real.py"],
                         "lesson 14 and its model, installed")}
    if lesson:
        notebook, = (COURSE / "notebooks").glob(f"{lesson}_*.ipynb")
        own = ["tests/test_exercises.py", "tests/test_notebooks.py", "tests/test_board.py", "tests/test_figures.py"]
        return style | {f"lesson {lesson}": ([*PYTEST, "2", *NBVAL, str(notebook), *own, "-k", lesson],
                                             "unsolved, solved, its mistakes, form, board rows")}
    return style | {
        "unit": ([*PYTEST, "2", "--dist", "worksteal", "--durations=5", "tests"], "package, exercises and mistakes, form, board"),
        "lessons": ([*PYTEST, "3", *NBVAL, "--durations=5", "notebooks"], "each lesson unsolved, then solved")}


def run(command):
    """(seconds, exit code, what pytest or ruff said in its last line), the output shown as it comes."""
    started, last = time.perf_counter(), ""
    # two processes with two threads each would wait for each other; and a tensor's memory, once had, is kept for the next one
    environment = os.environ | {"OMP_NUM_THREADS": "1", "MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "4294967296"}
    with subprocess.Popen(command, cwd=COURSE, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            last = line.strip() or last
    return time.perf_counter() - started, process.returncode, re.sub(r"^=+ | =+$| in [\d.]+s.*", "", last)


if __name__ == "__main__":
    rows = [(name, *run(command), checked) for name, (command, checked) in stages(*sys.argv[1:2]).items()]
    print(f"\n{'stage':10} {'seconds':>7}  {'result':34} what was checked")
    for name, seconds, code, said, checked in rows:
        print(f"{name:10} {seconds:7.0f}  {'' if code == 0 else 'FAILED: '}{said:34} {checked}")
    print(f"{'all':10} {sum(row[1] for row in rows):7.0f}")
    sys.exit(max(row[2] for row in rows))
