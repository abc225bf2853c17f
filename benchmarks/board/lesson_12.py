"""The board's rows of lesson 12."""
from course_utils.score.measures import best_of, paired_interval

from . import FIVE, NO, OWN, SHAPE, YES, Result, Row


def r25(lesson):
    """The whole arena under several threat models: on how many defences does the verdict depend on the attacker?"""
    table = lesson.everything(FIVE)
    runs = [(f"{row.attacker}|{row.budget}", row.defence, row.seed, row.accuracy) for row in table.itertuples()]
    once = table[(table.attacker == "naive") & (table.budget == lesson.arena.BUDGET)]
    runs += [(f"{what}|{lesson.arena.BUDGET}", row["defence"], row["seed"], row[what]) for _, row in once.iterrows()
             for what in ("honest accuracy", "usable answers lost", "innocents accused")]
    values = {}
    for series, defence, _, value in sorted(runs, key=lambda run: run[2]):
        values.setdefault((series, defence), []).append(value)

    def best(defence, threat):
        attackers, budget = lesson.THREATS[threat]
        return best_of([values[f"{a}|{budget}", defence] for a in attackers])

    taken = {(d, t): paired_interval(best("none", t), best(d, t)) for d in lesson.DEFENCES if d != "none" for t in lesson.THREATS}
    says = {key: lesson.says(interval) for key, interval in taken.items()}
    rivals = [d for d in lesson.DEFENCES if d != "none"]
    depends = [d for d in rivals if {"works", "fails"} <= {says[d, t] for t in lesson.THREATS}]
    always = [d for d in rivals if all(says[d, t] == "works" for t in lesson.THREATS)]
    most = max(depends, key=lambda d: taken[d, "naive"].mean - taken[d, "knows the defence"].mean, default=rivals[0])
    change = paired_interval(best("none", "naive") - best(most, "naive"),
                             best("none", "knows the defence") - best(most, "knows the defence"))
    published = any(d.startswith("anti-distillation") for d in depends)                  # the paper's own case
    words = "; ".join(f"{d}: " + ", ".join(f"{100 * taken[d, t].mean:.0f}" for t in lesson.THREATS) for d in rivals)
    return Result(f"points less that \"{most}\" takes from a copier who knows it than from a naive one; the verdict depends on the threat "
                  f"for {len(depends)} of {len(rivals)} defences ({', '.join(depends)}); works against all: {', '.join(always) or 'none'}; "
                  f"points taken from the best copier ({', '.join(lesson.THREATS)}): {words}",
                  change, len(FIVE), YES if published and change.low > 0.05 else SHAPE if depends else NO, tuple(runs))


def l12a(lesson):
    """The arena's missing attacker: a hundred digits, and no belief in scores."""
    table = lesson.wary(FIVE)
    runs = [(f"made, label only|{row.budget}", row.defence, row.seed, row.accuracy) for row in table.itertuples()]
    got = {d: [value for _, name, _, value in sorted(runs, key=lambda run: run[2]) if name == d] for d in lesson.DEFENCES}
    taken = {d: paired_interval(got["none"], got[d]) for d in lesson.DEFENCES if d != "none"}
    words = ", ".join(f"{d} {100 * interval.mean:.0f}" for d, interval in taken.items())
    return Result(f"what reverse sigmoid takes from a copier of 100 digits who makes the others and keeps top classes; in points, all: "
                  f"{words}", taken["reverse sigmoid"], len(FIVE), OWN, tuple(runs))


ROWS = {
    "R25": Row(r25, "12_the_arms_race", ("everything", "says"),
               "Libon et al. 2026 (arXiv 2606.25059); DistillGuard 2026 (arXiv 2603.07835)",
               "the verdict on a defence depends on the threat model", "abstract"),
    "L12A": Row(l12a, "12_the_arms_race", ("wary",), "none", "none", "none"),
}
