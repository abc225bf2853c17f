"""Make what a class works on: an nbgrader course that is ready to use, and a .zip for those who have no nbgrader.

    make assignment L="01 05"           in work/class; OUT=folder for another place
"""
import argparse
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat

HERE = Path(__file__).resolve().parent
COURSE = HERE.parents[1]
NOTE = """**For a grade.** An answer is made of Python, its libraries, your own functions, and this lesson's earlier exercises. The
course's package (`course_utils`) is not there when answers are graded. Put what an answer needs into its own cell, or into
a cell above it."""
README = """Put the notebooks into the folder notebooks/ of the course, open them in JupyterLab, and solve the exercises. Save them.

Then, in the folder of your notebooks:    python hand_in.py YOUR-NAME
It says which answers a grader will find, and packs the notebooks as YOUR-NAME.zip. Hand that in.

An answer is made of Python, its libraries, your own functions, and the lesson's earlier exercises. The course's package
(course_utils) is not there when answers are graded.
"""


def released(path):
    """A lesson as students get it: what counts at the top, and no outputs."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell(NOTE, id="for-a-grade"))
    return notebook


def lessons(names):
    """The notebooks of some lessons. Raises ValueError for one that there is not."""
    found = []
    for name in names:
        paths = list((COURSE / "notebooks").glob(f"{name}_*.ipynb"))
        if len(paths) != 1:
            raise ValueError(f"There is no lesson {name!r}. A lesson is named by two digits, such as 01.")
        found.append(paths[0])
    return found


def write(folder, paths, name):
    """folder/nbgrader_config.py, source/NAME/*.ipynb, NAME.zip. What was handed in and graded before stays."""
    source = folder / "source" / name
    source.mkdir(parents=True, exist_ok=True)
    for old in source.glob("*.ipynb"):
        old.unlink()
    config = (HERE / "nbgrader_config.py").read_text(encoding="utf-8")
    for place, value in (('"THE COURSE"', str(COURSE)), ('"ITS PYTHON"', sys.executable)):
        config = config.replace(place, repr(value))
    (folder / "nbgrader_config.py").write_text(config, encoding="utf-8")
    with zipfile.ZipFile(folder / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        for path in paths:
            nbformat.write(released(path), source / path.name)
            packed.write(source / path.name, path.name)
        packed.write(HERE / "handed_in.py", "hand_in.py")
        packed.writestr("README.txt", README)


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Make an assignment of some lessons.")
    parser.add_argument("lessons", nargs="+", help="two digits each")
    parser.add_argument("--out", type=Path, default=COURSE / "work" / "class")
    asked = parser.parse_args(arguments)
    name = "lesson_" + "_".join(asked.lessons)
    try:
        paths = lessons(asked.lessons)
    except ValueError as error:
        sys.exit(str(error))
    write(asked.out, paths, name)
    print(f"{asked.out / f'{name}.zip'}: give it to students. Each hands in a .zip. Put these into a folder, then: make grade FROM=folder")
    nbgrader = shutil.which("nbgrader", path=os.pathsep.join([str(COURSE / ".venv-grading" / "bin"), os.environ.get("PATH", "")]))
    if not nbgrader:
        print(f"For nbgrader: make grading, then make assignment once more. The folder {asked.out} has its configuration.")
        return
    done = subprocess.run([nbgrader, "generate_assignment", name, "--force"], cwd=asked.out, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"nbgrader did not make the assignment:\n{done.stderr[-2000:]}")
    print(f"{asked.out / 'release' / name}: for nbgrader. Submissions go to submitted/NAME/{name}. Then: nbgrader autograde {name}")


if __name__ == "__main__":
    main()
