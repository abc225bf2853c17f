"""nbgrader with the course's own grader in place of the kernel: nothing of a submission runs inside of nbgrader.

nbgrader_config.py names the two preprocessors. This file needs nbgrader, and nothing of the course: the grader is called as a program.
"""
import json
import subprocess
import tempfile
from pathlib import Path

import handed_in
import nbformat
from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode

handed = {}                     # {(student, assignment, notebook): what was handed in}, from the first preprocessor for the second


def place(resources):
    return tuple(resources["nbgrader"][key] for key in ("student", "assignment", "notebook"))


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


class Rebuild(NbGraderPreprocessor):
    """The notebook as it was released, with the submission's answers in it: ids, check cells and points are ours again."""

    source = Unicode(help="the folder source/ of this course").tag(config=True)

    def preprocess(self, nb, resources):
        _, assignment, name = place(resources)
        handed[place(resources)] = nbformat.writes(nb)
        ours = nbformat.read(Path(self.source) / assignment / f"{name}.ipynb", as_version=4)
        texts = handed_in.to_show([cell.source for cell in code(nb)])
        for cell in code(ours):
            for exercise in handed_in.asked_in(cell.source):
                cell.source = texts.get(exercise, cell.source)
        nb.cells, nb.metadata = ours.cells, ours.metadata
        return nb, resources


class Outside(NbGraderPreprocessor):
    """In place of Execute: the outcome of each exercise, from the grader, as the output of its check cell."""

    python = Unicode(help="a Python with the course's packages").tag(config=True)
    grader = Unicode(help="the path of grade.py").tag(config=True)
    process = None

    def rows(self, text, lesson):
        """What the grader says of a notebook. One grader serves all submissions of a run."""
        if Outside.process is None or Outside.process.poll() is not None:
            Outside.process = subprocess.Popen([self.python, self.grader, "--json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                               text=True)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "one.ipynb"
            path.write_text(text, encoding="utf-8")
            Outside.process.stdin.write(f"{lesson} {path}\n")
            Outside.process.stdin.flush()
            said = Outside.process.stdout.readline()
        if not said:
            raise RuntimeError(f"The course's grader stopped. Does it run by itself?  {self.python} {self.grader} FOLDER")
        return {row["exercise"]: row for row in json.loads(said)}

    def preprocess(self, nb, resources):
        names = [name for cell in code(nb) for name in handed_in.asked_in(cell.source)]
        rows = self.rows(handed.pop(place(resources)), names[0][:2]) if names else {}
        for cell in code(nb):
            if cell.metadata.get("nbgrader", {}).get("grade"):
                row = rows[next(name for name in rows if f'"{name}"' in cell.source)]
                if row["points"] is None:
                    raise RuntimeError(f"The course's grader failed on {row['exercise']}: {row['mistake']}")
                says = f"{row['exercise']}: {row['outcome']}, {row['points']} of {row['of']} points. {row['mistake']}"
                cell.outputs = [new_output("stream", text="\n".join(filter(None, [says, row["detail"]])) + "\n"),
                                new_output("execute_result", {"text/plain": str(row["points"])}, execution_count=1)]
        return nb, resources
