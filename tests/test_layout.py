"""The house: folders that tell the story, who may import whom, and files that are read in one sitting."""
import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "course_utils"
BOXES = ("files", "student", "teacher", "api")                      # each may import those before it
MAY_IMPORT = {name: set(BOXES[:i]) for i, name in enumerate(BOXES)}
MAY_IMPORT |= dict.fromkeys(("attack", "defence", "detection"), set(BOXES))
MAY_IMPORT["score"] = {*BOXES, "attack", "defence", "detection", "limited"}
MAY_IMPORT["lesson"] = {"files", "score.measures", "limited"}        # what a notebook shows stands on nothing that a lesson teaches
FILES = sorted(PACKAGE.rglob("*.py"))


def reached(path):
    """What a file imports of the course: {"teacher.skills", ...}, the parts of a path below course_utils with dots between."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").startswith("course_utils")):
            base = path.parents[node.level - 1] if node.level else PACKAGE.parent
            place = base.joinpath(*filter(None, (node.module or "").split(".")))
            for alias in node.names:
                whole = place / alias.name
                target = whole if whole.is_dir() or whole.with_suffix(".py").exists() else place
                found.add(".".join(target.relative_to(PACKAGE).parts))
        elif isinstance(node, ast.Import):
            assert not any(alias.name.startswith("course_utils") for alias in node.names), f"{path.name}: import course_utils.x from ..."
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_import_runs_back_up(path):
    own = path.relative_to(PACKAGE).parts[0]
    allowed = MAY_IMPORT.get(own, set())
    for place in reached(path):
        folder = place.split(".")[0]
        assert folder == own or {folder, place} & allowed, f"{own} may import {sorted(allowed)}, not {place}"


def test_every_folder_says_what_it_is():
    folders = {path.parent.name for path in FILES} - {PACKAGE.name}        # and not what an older version left compiled
    assert folders == set(MAY_IMPORT)
    for folder in folders:
        says = ast.get_docstring(ast.parse((PACKAGE / folder / "__init__.py").read_text()))
        assert len(says.splitlines()) == 3 and "esson" in says, f"{folder}: two lines on what it is and which lesson opens it"


def test_the_package_is_small():
    lines = {path: len(path.read_text().splitlines()) for path in FILES}
    assert max(lines.values()) <= 400, max(lines, key=lines.get)
    assert sum(lines.values()) < 6000
