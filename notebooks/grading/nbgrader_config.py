# Made by `make assignment`: nbgrader for this course. Run nbgrader in the folder of this file.
import os
import sys
from pathlib import Path

COURSE = Path("THE COURSE")                     # the clone of the course that grades
PYTHON = "ITS PYTHON"                           # its Python
HERE = Path(__file__).resolve().parent
if not (COURSE / "notebooks" / "grading" / "grade.py").exists():
    sys.exit(f"The course is not in {COURSE} any more. Set COURSE in {__file__} to the folder where it is.")
sys.path.insert(0, str(COURSE / "notebooks" / "grading"))
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])     # nbgrader looks there for its alembic

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "dark-knowledge"
c.CourseDirectory.root = str(HERE)
# nothing of a submission runs here: the course's grader checks the functions of the exercises, each in a process of its own
c.Autograde.sanitize_preprocessors = [
    "outside.Rebuild", *(f"nbgrader.preprocessors.{name}" for name in (
        "ClearOutput", "DeduplicateIds", "OverwriteKernelspec", "OverwriteCells", "CheckCellMetadata"))]
c.Autograde.autograde_preprocessors = [
    "outside.Outside", *(f"nbgrader.preprocessors.{name}" for name in (
        "LimitOutput", "SaveAutoGrades", "AssignLatePenalties", "CheckCellMetadata"))]
c.Rebuild.source = str(HERE / "source")
c.Outside.python, c.Outside.grader = PYTHON, str(COURSE / "notebooks" / "grading" / "grade.py")
# ClearSolutions is left out: it would replace each exercise's cell, and a released cell holds no solution
c.GenerateAssignment.preprocessors = ["nbgrader.preprocessors." + name for name in (
    "IncludeHeaderFooter", "LockCells", "ClearOutput", "CheckCellMetadata", "ComputeChecksums", "SaveCells", "CheckCellMetadata")]
# for `nbgrader validate`, which does run the notebook: the defaults, 30 and 4 seconds, stop a lesson in its first cell
c.Execute.timeout, c.Execute.iopub_timeout = 600, 60
