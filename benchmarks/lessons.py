"""Every lesson, one after another, as a reader's Run All: how long, how much memory, and where the time goes.

    make timed                      all of them        make timed L="01 05"        some

Run it with nothing else running. imports: what its import statements take in a fresh process; training: in training.fit and
fit_language; the rest is decoding, serving, figures. memory: the most that the kernel and its children held together. Cells of more than
a second are listed with -v.
"""
import argparse
import ast
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import jupytext
import psutil
from nbclient import NotebookClient

COURSE = Path(__file__).resolve().parents[1]
# runs in the lesson's kernel, before its first cell
STOPWATCH = """
def _stopwatch(training):
    import time
    spent = [0.0]
    def timed(function):
        def inner(*args, **kwargs):
            started = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                spent[0] += time.perf_counter() - started
        return inner
    training.fit, training.fit_language = timed(training.fit), timed(training.fit_language)
    return spent
from {package} import training as _training
_spent = _stopwatch(_training)
"""


def imports(source):
    """Seconds that the import statements of a lesson take in a fresh process."""
    nodes = [node for node in ast.parse(source.read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)]
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", ast.unparse(ast.Module(nodes, []))], cwd=source.parents[1], check=True)
    return time.perf_counter() - started


def watch(kernel, over, most):
    """Keep the highest memory of a process and its children in most[0], in bytes."""
    while not over.wait(0.5):          # rarely: two threads that train feel every look
        try:
            seen = [kernel, *kernel.children(recursive=True)]
            most[0] = max(most[0], sum(process.memory_info().rss for process in seen))
        except psutil.Error:
            continue


def run(source):
    """One lesson: {seconds, imports, training, memory, cells: [(seconds, first line)]}."""
    notebook, trains = jupytext.read(source), "training." in source.read_text()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    package = "course_utils.student" if (source.parents[2] / "course_utils" / "student").exists() else "course_utils"
    if trains:
        code[0].source = STOPWATCH.replace("{package}", package) + code[0].source
        code[-1].source += "\nprint('SPENT', _spent[0])"
    client, started = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(source.parents[1])}}), time.perf_counter()
    over, most, cells = threading.Event(), [0], []
    with client.setup_kernel():
        threading.Thread(target=watch, args=(psutil.Process(client.km.provisioner.pid), over, most), daemon=True).start()
        for i, cell in enumerate(notebook.cells):
            if cell.cell_type == "code":
                before = time.perf_counter()
                client.execute_cell(cell, i)
                lines = [line for line in cell.source.splitlines() if line.strip()]
                cells.append((round(time.perf_counter() - before, 2), lines[0][:70]))
        seconds = time.perf_counter() - started
        over.set()
    said = "".join(output.get("text", "") for output in code[-1].outputs).rpartition("SPENT ")[2]
    return {"seconds": seconds, "imports": imports(source), "training": float(said) if trains else 0.0, "memory": most[0], "cells": cells}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", help="two digits each; every lesson when none is given")
    parser.add_argument("-v", "--verbose", action="store_true", help="list the slow cells too")
    parser.add_argument("--course", type=Path, default=COURSE, help="another copy of the course, with a .venv of its own")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    asked = parser.parse_args()
    wanted = tuple(asked.lessons) or ("",)
    found = [s for s in sorted((asked.course / "notebooks" / "src").glob("[0-9]*.py")) if s.stem.startswith(wanted)]
    if not found:
        sys.exit(f"No lesson starts with {' or '.join(wanted)}.")
    print(f"{os.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB\n\n"
          "| lesson | seconds | imports | training | memory |\n|---|---|---|---|---|")
    results = {}
    for source in found:
        r = results[source.stem[:2]] = run(source)
        print(f"| {source.stem[:2]} | {r['seconds']:.0f} | {r['imports']:.1f} | {r['training']:.1f} | {r['memory'] / 1e9:.1f} GB |",
              flush=True)
        for seconds, first in r["cells"] if asked.verbose else ():
            if seconds > 1:
                print(f"    {seconds:6.1f} s  {first}", flush=True)
    print(f"| all | {sum(r['seconds'] for r in results.values()):.0f} | {sum(r['imports'] for r in results.values()):.0f} | "
          f"{sum(r['training'] for r in results.values()):.0f} | {max(r['memory'] for r in results.values()) / 1e9:.1f} GB |")
    if asked.json:
        asked.json.write_text(json.dumps(results, indent=1))
