"""Does the check refuse every answer that is the reference with one thing changed?   make mutants

    python tests/exercise_mutants.py            all exercises          python tests/exercise_mutants.py 07 04.unbias       some

One operator, constant, index, dimension, comparison, sign or branch of a reference is changed at a time, and the check is asked three
times. A mutant is killed when it is refused each time; it is named when the reader is told what is wrong (by a listed mistake, a law, a
sentence of the check, or the kind of slip) and is not left with a counter-example or an error. The fourth column counts those that are
named without the kinds of slips. Equivalent mutants are listed, with the reason, in exercise_equivalents.txt.
"""
import os
import sys
import warnings
from pathlib import Path

import torch

from course_utils.files.bundled import COURSE
from course_utils.lesson import check, exercises

TRIES = int(os.environ.get("TRIES", 3))
SLIP = "Right but for one slip"
LIST = Path(__file__).with_name("exercise_equivalents.txt")
LESSONS = sorted(path.stem[-2:] for path in (COURSE / "notebooks" / "exercises").glob("lesson_*.py"))
GENERIC = ("The result differs", "The gradient differs", "The result has shape", "The gradient has shape", "Your function stopped with",
           "The result holds NaN", "The gradient holds NaN")


def equivalents():
    """{(exercise, changed line): reason}"""
    rows = [line.split("\t") for line in LIST.read_text().splitlines() if line and not line.startswith("#")]
    return {(name, line): why for name, line, why in rows}


def main(wanted):
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    known, sums, survivors, unnamed = equivalents(), [0] * 5, [], []
    print(f"{'exercise':26} mutants  killed   named  (by a sentence of its own)  equivalent")
    for lesson in LESSONS:
        for name, spec in exercises.load_all(lesson).items():
            if wanted and name not in wanted and lesson not in wanted:
                continue
            counts = [0] * 5
            for kind, line, function in check.slips.mutants(spec.reference):
                counts[0] += 1
                if (name, line) in known:
                    counts[4] += 1
                    continue
                verdicts = [exercises.check(spec, function, seconds=1) for _ in range(TRIES)]
                killed = all(verdict.outcome != "correct" or verdict.slow for verdict in verdicts)
                counts[1] += killed
                named = killed and not any(verdict.says.startswith(GENERIC) for verdict in verdicts)
                counts[2] += named
                counts[3] += named and not any(SLIP in verdict.says for verdict in verdicts)
                if not killed:
                    survivors.append(f"{name}\t{line}\t{kind}, {sum(v.outcome == 'correct' for v in verdicts)} of {TRIES} accepted")
                elif not named:
                    unnamed.append(f"{name}\t{line}\t{kind}: {verdicts[0].says[:70]}")
            print(f"{name:26} {counts[0]:7} {counts[1]:7} {counts[2]:7} {counts[3]:27} {counts[4]:11}", flush=True)
            sums = [a + b for a, b in zip(sums, counts)]
    print(f"{'all':26} {sums[0]:7} {sums[1]:7} {sums[2]:7} {sums[3]:27} {sums[4]:11}")
    print("\nSurvive, unlisted:", *(survivors or ["none"]), sep="\n")
    if "-v" in sys.argv:
        print("\nKilled, not named:", *unnamed, sep="\n")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main([word for word in sys.argv[1:] if word != "-v"]))
