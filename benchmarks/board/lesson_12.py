"""The board's rows of lesson 12."""
from course_utils.score.measures import best_of, paired_interval

from . import FIVE, NO, SHAPE, YES, Result, Row


def r25(lesson):
    """The whole arena under several threat models: on how many defences does the verdict depend on the attacker?"""
    table = lesson.everything(FIVE)
    runs = [(f"{row.attacker}|{row.budget}", row.defence, row.seed, row.accuracy) for row in table.itertuples()]
    budget, losses = lesson.arena.BUDGET, lesson.arena.LOSSES
    lost = table[table.budget == budget].groupby(["defence", "seed"])[[*losses]].mean().reset_index()
    runs += [(f"{what}|{budget}", row["defence"], row["seed"], row[what]) for _, row in lost.iterrows() for what in losses]
    values = {}
    for series, defence, _, value in sorted(runs, key=lambda run: run[2]):
        values.setdefault((series, defence), []).append(value)

    def best(defence, threat):
        attackers, budget = lesson.THREATS[threat]
        return best_of([values[f"{a}|{budget}", defence] for a in attackers])

    rivals = [d for d in lesson.DEFENCES if d != "none"]
    taken = {(d, t): paired_interval(best("none", t), best(d, t)) for d in rivals for t in lesson.THREATS}
    says = {key: lesson.says(interval) for key, interval in taken.items()}
    depends = [d for d in rivals if {"works", "fails"} <= {says[d, t] for t in lesson.THREATS}]
    always = [d for d in rivals if all(says[d, t] == "works" for t in lesson.THREATS)]
    most = max(depends, key=lambda d: taken[d, "naive"].mean - taken[d, "adaptive"].mean, default=rivals[0])
    change = paired_interval(best("none", "naive") - best(most, "naive"), best("none", "adaptive") - best(most, "adaptive"))
    published = any(d.startswith("anti-distillation") for d in depends)                  # the paper's own case
    return Result(f"points less that \"{most}\" takes from an adaptive attacker than from a naive one; the verdict depends on the threat "
                  f"for {len(depends)} of {len(rivals)} defences ({', '.join(depends)}); works against all {len(lesson.THREATS)} threats: "
                  f"{', '.join(always) or 'none'}",
                  change, len(FIVE), YES if published and change.low > 0.05 else SHAPE if depends else NO, tuple(runs))


ROWS = {
    "R25": Row(r25, "12_the_arms_race", ("everything", "says"), "Libon et al. 2026 (arXiv 2606.25059)",
               "the verdict on a defence depends on the threat model", "abstract"),
}
