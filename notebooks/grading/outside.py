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


class Rebuild(NbGraderPreprocessor):
    """The notebook as it was released, with the submission's answers in it: ids, check cells and points are ours again."""

    source = Unicode(help="the folder source/ of this course").tag(config=True)

    def preprocess(self, nb, resources):
        about = resources["nbgrader"]
        path = Path(self.source) / about["assignment"] / f"{about['notebook']}.ipynb"
        ours = nbformat.read(path, as_version=4)
        answers, _ = handed_in.answers([cell.source for cell in nb.cells if cell.cell_type == "code"])
        texts = {}                                                  # what a student wrote, with all its helpers, to be read in the feedback
        for name, answer in answers.items():
            helpers = [text for text in answer.parts.values() if text != answer.text]
            texts[name] = "\n\n".join([*helpers, f'@exercise("{name}")\n{answer.text}'])
        for cell in ours.cells:
            names = [name for node in handed_in.parsed(cell.source)[0] for name in [handed_in.exercise_of(node)[0]] if name]
            if cell.cell_type == "code" and names and names[0] in texts:
                cell.source = texts[names[0]]
        nb.cells = ours.cells
        nb.metadata = ours.metadata
        return nb, resources


class Outside(NbGraderPreprocessor):
    """In place of Execute: the outcome of each exercise, from the grader, as the output of its check cell."""

    python = Unicode(help="a Python with the course's packages").tag(config=True)
    grader = Unicode(help="the path of grade.py").tag(config=True)

    process = None

    def rows(self, nb):
        """What the grader says of a notebook. One grader serves all submissions of a run."""
        if Outside.process is None or Outside.process.poll() is not None:
            Outside.process = subprocess.Popen([self.python, self.grader, "--json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                               text=True)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "one.ipynb"
            nbformat.write(nb, path)
            Outside.process.stdin.write(f"{path}\n")
            Outside.process.stdin.flush()
            said = Outside.process.stdout.readline()
        if not said:
            raise RuntimeError(f"The course's grader stopped. Does it run by itself?  {self.python} {self.grader} FOLDER")
        return {row["exercise"]: row for row in json.loads(said)}

    def preprocess(self, nb, resources):
        rows = self.rows(nb)
        for cell in nb.cells:
            if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade"):
                row = rows[next(name for name in rows if f'"{name}"' in cell.source)]
                if row["points"] is None:
                    raise RuntimeError(f"The course's grader failed on {row['exercise']}: {row['mistake']}")
                says = f"{row['exercise']}: {row['outcome']}, {row['points']} of {row['of']} points. {row['mistake']}"
                cell.outputs = [new_output("stream", text="\n".join(filter(None, [says, row["detail"]])) + "\n"),
                                new_output("execute_result", {"text/plain": str(row["points"])}, execution_count=1)]
        return nb, resources
