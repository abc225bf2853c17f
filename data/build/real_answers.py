"""What lesson 14's real model answers, for readers who have not installed it: data/real_answers.json. Four minutes of one core.

    PYTHONPATH=. .venv/bin/python data/build/real_answers.py           all of it, after `make lab REAL=1`
    PYTHONPATH=. .venv/bin/python data/build/real_answers.py harvest   one part
"""
import os
import re
import sys
from pathlib import Path

COURSE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(COURSE / "benchmarks"))
from board import load  # noqa: E402

LESSON = "14_a_real_language_model"


if __name__ == "__main__":
    os.environ["COURSE_STORE"] = "yes"
    lesson = load(LESSON)
    if not lesson.real.installed():
        sys.exit(lesson.real.HOW)
    for name, make in re.findall(r'real\.live\("([^"]+)", (\w+)\)', (COURSE / "notebooks" / "src" / f"{LESSON}.py").read_text("utf-8")):
        if name in (sys.argv[1:] or [name]):
            lesson.real.live(name, getattr(lesson, make))
            print(name, flush=True)
