"""The board's rows of lesson 06."""
from course_utils.attack import clean
from course_utils.score.measures import mean_interval, paired_interval
from course_utils.teacher import language

from . import FIVE, OWN, TEN, Result, Row


def l06(lesson):
    """Three colleagues' harvest: what is each stage of cleaning worth, on fresh questions and on the benchmark that was in it?"""
    teacher = language.load_language_teacher()

    def ask(questions, seed):
        return clean.answered(teacher, questions, seed, **lesson.HASTE)

    runs = []

    def measure(seeds, ways, benchmark_asked=True, called=None):
        for seed in seeds:
            asked = [p.prompt for p in lesson.tests(seed)[0]] if benchmark_asked else []
            rows = lesson.haste(seed, ask, asked)
            for way, values in lesson.worth(seed, rows, ways).items():
                runs.extend((series, called or way, seed, value) for series, value in zip(lesson.SERIES, values))
            if "raw" in ways:
                runs.extend(("share", what, seed, value) for what, value in lesson.shares(rows).items())

    measure(TEN, [*lesson.LADDER, *lesson.WITHOUT])
    measure(FIVE, lesson.OTHERS)
    measure(TEN, ["asked before"], benchmark_asked=False, called="never asked")

    def values(series, way):
        return [value for name, x, _, value in runs if (name, x) == (series, way)]

    def step(series, one, other):
        return paired_interval(values(series, one), values(series, other))

    gain = step("fresh", "asked before", "raw")
    steps = "; ".join(f"{one} {step('fresh', one, other).points()}" for other, one in zip(lesson.LADDER, lesson.LADDER[1:]))
    gaps = ", ".join(f"{way} {mean_interval([b - f for b, f in zip(values('benchmark', way), values('fresh', way))]).points()}"
                     for way in ("asked before", "in the test", "near the test", "never asked"))
    return Result(f"fresh questions right after four stages of cleaning minus after none; step by step: {steps}; the benchmark's score "
                  f"minus that of fresh questions: {gaps}", gain, len(TEN), OWN, tuple(runs))


ROWS = {
    "L06": Row(l06, "06_clean", ("tests", "haste", "worth", "shares"), "none", "none", "none"),
}
