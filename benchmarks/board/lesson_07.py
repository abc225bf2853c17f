"""The board's rows of lesson 07."""
from course_utils.attack import imitation
from course_utils.score.measures import mean_interval, paired_interval
from course_utils.teacher import decoding, language

from . import FIVE, NO, OWN, SHAPE, TEN, YES, Result, Row


def _ask(questions):
    return decoding.answers(language.load_language_teacher(), questions)


def _ask_softly(questions, temperature=0.0, seed=0):
    return imitation.in_process(language.load_language_teacher(), questions, temperature, seed)


def r13(lesson):
    """The false promise: does a student sound like its teacher, and fail, where it was not asked?"""
    last, first = lesson.COUNTS[-1], next(iter(lesson.HOLDOUTS))
    runs = {(first, count): [lesson.promise(seed, count, _ask) for seed in FIVE] for count in lesson.COUNTS}
    runs |= {(name, last): [lesson.promise(seed, last, _ask, name) for seed in FIVE] for name in lesson.HOLDOUTS if name != first}
    control = [lesson.promise(seed, last, _ask, whole=True)[1] for seed in FIVE]
    at = {name: [mean_interval([run[1, judge] for run in runs[name, last]]) for judge in range(3)] for name in lesson.HOLDOUTS}
    gap = paired_interval(*([run[1, judge] for run in runs[first, last]] for judge in (1, 2)))
    reached = mean_interval([run[2] for run in control])
    promised = all(glance.low > 0.9 and right.high < 0.1 for glance, _, right in at.values())
    held = at[first][1].low > 0.9 and at[first][2].high < 0.1 and reached.low > 0.5
    others = "; ".join(f"{name}: {glance.mean:.0%} at a glance, {close.mean:.0%} on a closer look, {right.mean:.0%} right"
                       for name, (glance, close, right) in at.items())
    curves = [(f"{name}|{where}|{judge}", count, seed, run[i, j]) for (name, count), group in runs.items() for seed, run in enumerate(group)
              for i, where in enumerate(lesson.WHERE) for j, judge in enumerate(lesson.JUDGES)]
    curves += [(f"{first}|all kinds asked|{judge}", last, seed, run[j]) for seed, run in enumerate(control)
               for j, judge in enumerate(lesson.JUDGES)]
    return Result(f"form (closer look) minus accuracy on the kind of question that was not asked, {last} answers; had all kinds been "
                  f"asked, {reached.mean:.0%} of it right; {others}", gap, len(FIVE), YES if promised and held else SHAPE if held else NO,
                  tuple(curves))


def l07a(lesson):
    """An honest search: how much does validation promise the winner, and what does the test say?"""
    runs = [lesson.searched(seed, lesson.RECIPES, _ask_softly) for seed in FIVE]
    best = [int(run[0].argmax()) for run in runs]
    optimism = paired_interval([run[0, i] for run, i in zip(runs, best)], [run[1, i] for run, i in zip(runs, best)])
    gain = paired_interval([run[1, i] for run, i in zip(runs, best)], [run[1].median() for run in runs])
    return Result(f"the winner's validation score minus its test score, {len(lesson.RECIPES)} recipes; its test score minus that of the "
                  f"median recipe {gain.points()}", optimism, len(FIVE), OWN,
                  tuple((which, i, seed, value) for seed, run in enumerate(runs) for which, row in zip(("validation", "test"), run.tolist())
                        for i, value in enumerate(row)))


def l07b(lesson):
    """A thousand answers: the teacher's against true ones."""
    runs = {whose: [lesson.bought(seed, whose, _ask) for seed in FIVE] for whose in ("teacher's answers", "true answers")}
    gain = paired_interval(*([run.mean() for run in values] for values in runs.values()))
    return Result("accuracy over four domains of a student of 1,000 of the teacher's answers minus one of 1,000 true answers", gain,
                  len(FIVE), OWN, tuple((whose, domain, seed, value) for whose, values in runs.items() for seed, run in enumerate(values)
                                        for domain, value in zip(lesson.TEST, run.tolist())))


def l07c(lesson):
    """Round two: where the student is weak, against evenly."""
    runs = {"sums": [lesson.two_rounds(seed, lesson.PLANS, _ask, **lesson.SUMS)[1] for seed in TEN],
            "three domains": [lesson.two_rounds(seed, ("evenly", "by error"), _ask, **lesson.THREE)[1] for seed in FIVE]}
    names = {"sums": tuple(lesson.PLANS), "three domains": ("evenly", "by error")}
    gain = {where: paired_interval(*([run[names[where].index(plan)] for run in values] for plan in ("by error", "evenly")))
            for where, values in runs.items()}
    return Result(f"sums right after a second round by error minus evenly over kinds, ten seeds; over three domains, five seeds: "
                  f"{gain['three domains'].points()}", gain["sums"], len(TEN), OWN,
                  tuple((f"{where}, {name}", "2", seed, value) for where, values in runs.items() for seed, run in enumerate(values)
                        for name, value in zip(names[where], run.tolist())))


ROWS = {
    "R13": Row(r13, "07_imitate", ("promise",), "Gudibande et al. 2023, the false promise (arXiv 2305.15717)",
               "imitation models close little to none of the gap on tasks that are not heavily supported in the imitation data; they mimic "
               "style but not factuality", "abstract"),
    "L07A": Row(l07a, "07_imitate", ("searched",), "none", "none", "none"),
    "L07B": Row(l07b, "07_imitate", ("bought",), "none", "none", "none"),
    "L07C": Row(l07c, "07_imitate", ("two_rounds",), "none", "none", "none"),
}
