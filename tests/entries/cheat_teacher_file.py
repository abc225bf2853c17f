"""Cheats: looks for the teacher's weights on the disk, past Python's own open, and asks them."""
import sys
from pathlib import Path

from course_utils.score import arena
from course_utils.teacher.classifier import ConvTeacher


def attack(api, seed):
    from safetensors.torch import load_file

    places = [Path(p).parents[i] / "data" for p in (*sys.path, __import__("torch").__file__) if p for i in range(len(Path(p).parents))]
    found, why = None, None
    for place in [Path("COURSE_DATA"), *places]:                  # the test writes the course's own path in place of COURSE_DATA
        try:
            found = load_file(place / "teacher.safetensors")
            break
        except Exception as error:
            why = why if place != places[-1] else error
    if found is None:
        raise OSError(f"no teacher.safetensors within reach ({why})")
    teacher = ConvTeacher()
    teacher.load_state_dict(found)
    asked = arena.questions(1500, seed)
    return arena.learn(asked, teacher.eval()(asked).detach().double().softmax(-1), seed)
