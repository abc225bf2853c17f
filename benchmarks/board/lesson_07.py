"""The board's rows of lesson 07."""
from course_utils.attack import imitation
from course_utils.score.measures import exact_match, mean_interval, paired_interval
from course_utils.teacher import decoding, language, skills

from . import FIVE, NO, OWN, SHAPE, TEN, YES, Result, Row


def _ask(questions):
    return decoding.answers(language.load_language_teacher(), questions)


def _ask_softly(questions, temperature=0.0, seed=0):
    return imitation.in_process(language.load_language_teacher(), questions, temperature, seed)


def r13(lesson):
    """The false promise: does a student sound like its teacher, and fail, where its data do not reach?"""
    last, first = lesson.COUNTS[-1], next(iter(lesson.HOLDOUTS))
    runs = {(first, count): [lesson.style_and_accuracy(seed, count, _ask) for seed in FIVE] for count in lesson.COUNTS}
    runs |= {(name, last): [lesson.style_and_accuracy(seed, last, _ask, name) for seed in FIVE]
             for name in lesson.HOLDOUTS if name != first}
    control = [lesson.style_and_accuracy(seed, last, _ask, whole=True)[1] for seed in FIVE]
    at = {name: [mean_interval([run[1, judge] for run in runs[name, last]]) for judge in range(3)] for name in lesson.HOLDOUTS}
    gap = paired_interval(*([run[1, judge] for run in runs[first, last]] for judge in (1, 2)))
    reached = mean_interval([run[2] for run in control])
    promised = all(domain.low > 0.9 and right.high < 0.1 for domain, _, right in at.values())
    held = at[first][1].low > 0.9 and at[first][2].high < 0.1 and reached.low > 0.5
    others = "; ".join(f"{name}: domain format {domain.mean:.0%}, format match {match.mean:.0%}, right {right.mean:.0%}"
                       for name, (domain, match, right) in at.items())
    curves = [(f"{name}|{where}|{judge}", count, seed, run[i, j]) for (name, count), group in runs.items() for seed, run in enumerate(group)
              for i, where in enumerate(lesson.WHERE) for j, judge in enumerate(lesson.JUDGES)]
    curves += [(f"{first}|control: all kinds|{judge}", last, seed, run[j]) for seed, run in enumerate(control)
               for j, judge in enumerate(lesson.JUDGES)]
    return Result(f"format match minus accuracy on the kind of question that the {last} answers do not cover; had all kinds been "
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


def l07d(lesson):
    """Controls: what a student forgets, and what rehearsal keeps; a few sums with a carry; one round in place of two."""
    domain, keep = lesson.HOLDOUTS["sums: no carry"]
    tests = [skills.problems(domain, 300, 0, "test", easy=True), *lesson.both_kinds(domain, keep)]
    base, runs = language.load_base(), {name: [] for name in ("no carry", "all kinds", "rehearsal", "20 with a carry")}
    for seed in FIVE:
        plain, carry, mixed = ([p.prompt for p in imitation.pick(domain, n, seed, test)]
                               for n, test in ((400, keep), (20, lambda q: not keep(q)), (400, lambda q: True)))
        two_digits = [p.prompt for p in skills.problems(domain, 100, seed, easy=True)]
        for name, prompts, rehearsed in (("no carry", plain, []), ("all kinds", mixed, []), ("rehearsal", plain, two_digits),
                                         ("20 with a carry", plain[:380] + carry, [])):
            student = lesson.learn(prompts + rehearsed, _ask(prompts) + decoding.answers(base, rehearsed), seed, 150)
            runs[name].append([exact_match(student, test) for test in tests])
    setting, can = lesson.SUMS, exact_match(base, tests[0])
    total, once = sum(setting["first"]) + setting["checks"] * len(setting["first"]) + setting["budget"], []
    for seed in TEN:
        prompts = [p.prompt for p in skills.problems(domain, total, seed)]
        once.append(exact_match(lesson.learn(prompts, _ask(prompts), seed, setting["steps"][1]), lesson.TEST[domain]))
    two = {name: [run[0] for run in values] for name, values in runs.items()}
    lost, kept = (paired_interval(a, b) for a, b in (([can] * len(FIVE), two["all kinds"]), (two["rehearsal"], two["no carry"])))
    curves = [(name, x, seed, value) for name, values in runs.items() for seed, run in enumerate(values)
              for x, value in zip(("two digits", "covered", "not covered"), run)]
    curves += [("base", "two digits", seed, can) for seed in FIVE]
    curves += [("one round", "right", seed, value) for seed, value in enumerate(once)]
    return Result(f"sums of two digits right, the base model minus its student of 400 sums of three digits of all kinds; rehearsal with "
                  f"100 of the base model's own answers minus none, 400 sums without a carry: {kept.points()}; {total} random sums in one "
                  f"round: {mean_interval(once).mean:.0%} of new sums right (ten seeds)", lost, len(FIVE), OWN, tuple(curves))


ROWS = {
    "R13": Row(r13, "07_imitate", ("style_and_accuracy",), "Gudibande et al. 2023, the false promise (arXiv 2305.15717)",
               "imitation models close little to none of the gap on tasks that are not heavily supported in the imitation data; they mimic "
               "style but not factuality", "abstract"),
    "L07A": Row(l07a, "07_imitate", ("searched",), "none", "none", "none"),
    "L07B": Row(l07b, "07_imitate", ("bought",), "none", "none", "none"),
    "L07C": Row(l07c, "07_imitate", ("two_rounds",), "none", "none", "none"),
    "L07D": Row(l07d, "07_imitate", ("both_kinds", "learn"), "none", "none", "none"),
}
