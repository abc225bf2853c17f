"""The board's rows of lesson 06."""
import pandas as pd

from course_utils.attack import clean
from course_utils.lesson import exercises
from course_utils.score.measures import mean_interval, paired_interval, stored
from course_utils.teacher import language, skills

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


def controls(lesson, seed, rows):
    """{what was kept: rows}: as many rows as some stages of L06 leave, but drawn at random; and without the benchmark's own questions."""
    benchmark = [problem.prompt for problem in lesson.tests(seed)[0]]
    named = lesson.stages(benchmark)
    left = {way: clean.run(rows, {name: named[name] for name in lesson.WAYS[way]})[0]
            for way in ("asked before", "alike 0.3")}
    four = left["asked before"]
    return {"random: as many as four stages": rows.sample(len(four), random_state=seed),
            "random: as many as alike 0.3": four.sample(len(left["alike 0.3"]), random_state=seed),
            "whole questions": four[~four.prompt.map(clean.normal).isin(benchmark)]}


LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)


def thresholds(rows):
    """[(series, threshold, share)]: what a threshold of confidence drops of right and wrong answers, by domain."""
    whole = clean.annotate(clean.run(rows, {"cut off": clean.cut_off})[0])
    right = pd.Series([skills.is_right(*pair) for pair in zip(whole.question, whole.answer)], whole.index)
    known = whole.domain.isin(clean.CHECKABLE)
    return [(f"{where}, {what} dropped", level, (whole.confidence[mine] < level).mean())
            for where, here in (("checkable", known), ("translations", ~known))
            for what, mine in (("right", here & right), ("wrong", here & ~right)) for level in LEVELS]


def votes(lesson, ask, seed):
    """[("vote", what, share)]: one answer, the vote of five and the surest of five, on sentences and on programs of one operation."""
    questions = {"sentences": [p.prompt for p in skills.problems("translate", 100, seed)],
                 "one operation": [p.prompt for p in skills.problems("code", 100, seed, easy=True)]}

    def by_vote(group):
        return exercises.material("06").majority([skills.final_answer(answer) for answer in group.answer])

    found = []
    for name, asked in questions.items():
        answers = pd.concat([ask(asked, 1000 + 5 * seed + k).assign(sample=k) for k in range(5)])
        for way, choose, samples in (("one", by_vote, 1), ("vote", by_vote, 5), ("surest", lesson.by_confidence, 5)):
            found.append(("vote", f"{name}, {way}", lesson.share_right(answers, choose, samples)))
    return found


def l06a(lesson):
    """The controls of L06, on the same harvests: rows dropped at random, whole questions only, other thresholds, and the vote."""
    teacher, runs = language.load_language_teacher(), []

    def ask(questions, seed):
        return clean.answered(teacher, questions, seed, **lesson.HASTE)

    for seed in FIVE:
        rows = lesson.haste(seed, ask, [problem.prompt for problem in lesson.tests(seed)[0]])
        runs.extend((series, x, seed, value) for series, x, value in (*thresholds(rows), *votes(lesson, ask, seed)))
        for name, kept in controls(lesson, seed, rows).items():
            runs.extend((series, name, seed, value) for series, value in zip(lesson.SERIES, lesson.worth(seed, kept, ["raw"])["raw"]))

    before = stored("L06")

    def step(way, other):
        mine = [value for series, x, _, value in runs if (series, x) == ("fresh", other)]
        theirs = before[(before.series == "fresh") & (before.x == way)].sort_values("seed").value.tolist()
        return paired_interval(theirs[:len(mine)], mine)

    gain = step("asked before", "random: as many as four stages")
    alike = step("alike 0.3", "random: as many as alike 0.3")
    return Result("fresh questions right after four stages of cleaning minus after as many rows dropped at random; near duplicates at 0.3 "
                  f"dropped minus as many rows at random {alike.points()}", gain, len(FIVE), OWN, tuple(runs))


ROWS = {
    "L06": Row(l06, "06_clean", ("tests", "haste", "worth", "shares"), "none", "none", "none"),
    "L06A": Row(l06a, "06_clean", ("tests", "haste", "worth"), "none", "none", "none"),
}
