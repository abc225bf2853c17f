"""Before a commit: bring the text of the named lessons from notebooks/src into their notebooks, and normalise what is stored there.

    python notebooks/pair.py notebooks/src/01_soft_labels.py ...        no names: every lesson

Changed prose needs no execution: all outputs stay. Changed code does, and then this says so and writes nothing.
"""
import sys
from pathlib import Path

import nbformat
from build import HERE, from_source, normalise


def pair(lesson):
    """What the author has to know about one lesson, such as "01_soft_labels"; None if its notebook was as it should be."""
    path, again = HERE / f"{lesson}.ipynb", f"run make notebooks L={lesson[:2]}"
    if not path.exists():
        return f"it has not been executed yet: {again}"
    stored, fresh = nbformat.read(path, as_version=4), from_source(HERE / "src" / f"{lesson}.py")
    ran, code = ([cell for cell in notebook.cells if cell.cell_type == "code"] for notebook in (stored, fresh))
    if [cell.source for cell in ran] != [cell.source for cell in code]:
        return f"its code is not that of notebooks/src: {again}"
    if [cell.execution_count for cell in ran] != list(range(1, len(ran) + 1)):
        return f"its cells did not run from top to bottom: {again}"
    for cell, before in zip(code, ran):
        cell.outputs, cell.execution_count = before.outputs, before.execution_count
    try:
        text = nbformat.writes(normalise(fresh)) + "\n"
    except ValueError as error:
        return f"{error}: mend it and {again}"
    if text != path.read_text(encoding="utf-8"):
        path.write_text(text, encoding="utf-8", newline="\n")
        return "the notebook was brought up to date: add it to the commit"


if __name__ == "__main__":
    lessons = {Path(name).stem for name in sys.argv[1:]} or {path.stem for path in (HERE / "src").glob("[0-9]*.py")}
    found = {lesson: pair(lesson) for lesson in sorted(lessons) if (HERE / "src" / f"{lesson}.py").exists()}
    for lesson, says in found.items():
        if says:
            print(f"{lesson}: {says}")
    sys.exit(any(found.values()))
