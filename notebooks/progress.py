"""What you solved stays in work/progress.jsonl, on this machine alone: `progress()` in a lesson, `make progress` in a terminal.

A check that brings something new adds a line: exercise, outcome, time, and the cell of a correct answer, which is shown and never run.
COURSE_PROGRESS names another file, or is "off". A class that grades (COURSE_GRADING) reads none and writes none.
"""
import functools
import html
import json
import os
import re
import sys
import textwrap
import time
from pathlib import Path

from course_utils.files import bundled

KEYS = ("exercise", "outcome", "time", "source")
LEFT = " style='text-align:left;vertical-align:top'"
FAILED = "Your progress could not be {} ({}). The checks work without it. The file is {}."

unsaved: list[str] = []               # lines that no file has taken yet: they count in this kernel, and the next check tries again
once = functools.cache(print)         # the same sentence is said once


# ---------------------------------------------------------------- the file

def place():
    """The path of the file, or None where nothing is kept."""
    asked = os.environ.get("COURSE_PROGRESS") or bundled.WORK / "progress.jsonl"
    return None if asked == "off" or os.environ.get("COURSE_GRADING") else Path(asked).expanduser()


def saved():
    """{exercise: its last correct line, or else its last line, a dict of KEYS}. A later mistake takes nothing back."""
    found, path, texts = {}, place(), []
    try:
        texts = path.read_text(encoding="utf-8", errors="replace").splitlines() if path and path.exists() else []
    except OSError as error:
        once(FAILED.format("read", error.strerror, path))
    for text in filter(None, texts + unsaved):
        try:
            line = json.loads(text)
            line = {key: str(line[key]) for key in KEYS}
        except (ValueError, LookupError, TypeError, RecursionError):
            once(f"A line of {path} is damaged and is left out. All other lines count.")
            continue
        if line["outcome"] == "correct" or found.get(line["exercise"], line)["outcome"] != "correct":
            found[line["exercise"]] = line
    return found


def record(name, outcome, source):
    """Keep what a check came to, if it is news. Whatever goes wrong here is said once, and the check goes on."""
    old, path = saved().get(name, {}), place()
    better = outcome == "correct" and old.get("source") != source
    if better or outcome != "not attempted" and old.get("outcome") not in ("correct", outcome):
        kept = source if outcome == "correct" else ""
        unsaved.append(json.dumps(dict(zip(KEYS, (name, outcome, time.strftime("%Y-%m-%d %H:%M"), kept)))))
    if path and unsaved:
        try:
            append(path, unsaved)
            unsaved.clear()
        except OSError as error:
            once(FAILED.format("saved", error.strerror, path))


def append(path, lines):
    """Add lines at the end of a file in one write, so that two kernels can do it at once. Raises OSError.

    Each begins with a line break, so that half a line, which a full disk may have left, spoils no other.
    """
    text = "".join(f"\n{line}" for line in lines).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "ab", buffering=0) as file:
        file.write(text)
    if text not in path.read_bytes():
        raise OSError(0, "the disk did not take all of it")


# ---------------------------------------------------------------- the whole course

def lessons():
    """For each lesson its title and its exercises, [(title, name), ...], as its reader sees them."""
    for path in sorted((bundled.COURSE / "notebooks" / "src").glob("[0-9]*.py")):
        text = path.read_text(encoding="utf-8")
        yield re.search("^# # (.+)", text, re.M)[1], re.findall(
            r'^# ### Exercise ([^\n]+?) \([^\n]+\)$.*?^@exercise\("(.+?)"\)', text, re.M | re.S)


def left(tasks, found):
    """What a lesson still asks for, in words."""
    names = [title + " (tried)" * (name in found) for title, name in tasks if found.get(name) != "correct"]
    return names if any(name in found for _, name in tasks) else ["all"]


def show(plain, markup):
    """Show HTML in a notebook, and plain text elsewhere."""
    if "IPython" not in sys.modules or sys.modules["IPython"].get_ipython() is None:
        return print(plain)
    from IPython.display import display
    display({"text/plain": plain, "text/html": markup}, raw=True)


def progress():
    """Show for each lesson of the course how many exercises are solved, and which are left."""
    found, rows, total = {name: line["outcome"] for name, line in saved().items()}, [], [0, 0]
    for lesson, tasks in lessons():
        done = sum(found.get(name) == "correct" for _, name in tasks)
        rows.append((lesson, f"{done} of {len(tasks)}", left(tasks, found) or ["✔ none"]))
        total = [total[0] + done, total[1] + len(tasks)]
    title, heads = "{} of {} exercises of the course are solved".format(*total), ("lesson", "solved", "left")
    lines = [textwrap.fill(f"{lesson:37} {count:7} {'; '.join(names)}", 110, subsequent_indent=" " * 46)
             for lesson, count, names in [(*heads[:2], heads[2:]), *rows]]
    head = "".join(f"<th scope='col'{LEFT}>{word}</th>" for word in heads)
    body = "".join(f"<tr><th scope='row'{LEFT}>{html.escape(lesson)}</th><td{LEFT}>{count}</td>"
                   f"<td{LEFT}>{'<br>'.join(map(html.escape, names))}</td></tr>" for lesson, count, names in rows)
    show("\n".join([title, *lines]), f"<table><caption>{title}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace")          # a terminal without a tick mark
    progress()
