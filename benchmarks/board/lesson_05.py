"""The board's rows of lesson 05."""
from course_utils.score.measures import mean_interval, paired_interval
from course_utils.teacher import decoding, language

from . import FIVE, OWN, Result, Row


def l05(lesson):
    """Two plans for the same 600 questions: does the one that covers more teach more?"""
    def ask(questions):
        return decoding.answers(language.load_language_teacher(), questions)

    runs = {name: [lesson.harvested_student(plan, seed, ask) for seed in FIVE] for name, plan in lesson.PLANS.items()}
    gains = {d: paired_interval(*([run[i] for run in runs[name]] for name in ("designed", "first idea")))
             for i, d in enumerate(("reason", "code", "translate"))}
    overall = paired_interval(*([run.mean() for run in runs[name]] for name in ("designed", "first idea")))
    means = ", ".join(f"{name} {mean_interval([run.mean() for run in values]).mean:.0%}" for name, values in runs.items())
    return Result(f"accuracy over three domains after 600 answers, designed questions minus a first idea ({means}); "
                  + "; ".join(f"{d} {gain.points()}" for d, gain in gains.items()), overall, len(FIVE), OWN,
                  tuple((name, d, seed, value) for name, values in runs.items() for seed, run in enumerate(values)
                        for d, value in zip(gains, run.tolist())))


ROWS = {
    "L05": Row(l05, "05_harvest", ("harvested_student",), "none", "none", "none"),
}
