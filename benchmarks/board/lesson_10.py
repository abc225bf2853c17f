"""The board's rows of lesson 10."""
import torch

from course_utils.defence.antidistillation import matched
from course_utils.score.measures import mean_interval, paired_interval

from . import FIVE, NO, OWN, SHAPE, YES, Result, Row


def r19(lesson):
    """Holds when a window is inert, a cliff follows it, the margin budget keeps every top class and costs the naive, not the label-only."""
    table = lesson.sweep(FIVE)

    def values(defence, attacker, what="accuracy"):
        rows = table[(table.defence == defence) & (table.attacker == attacker)].sort_values("seed")
        return torch.tensor(rows[what].values)

    def falls(defence, attacker, what="accuracy"):
        return paired_interval(values("none", attacker, what), values(defence, attacker, what))

    weakest, strongest = (f"{{}} {s:g}" for s in (lesson.STRENGTHS[0], lesson.STRENGTHS[-1]))
    plain, kept = strongest.format("plain"), strongest.format("kept")
    inert = falls(weakest.format("plain"), "naive").high < 0.01 and falls(weakest.format("plain"), "naive", "honest accuracy").high < 0.005
    cliff = falls(plain, "naive", "honest accuracy").low > 0.5
    same = torch.stack([values(f"kept {s:g}", "naive", "honest accuracy") for s in lesson.STRENGTHS]).eq(
        values("none", "naive", "honest accuracy")).all().item()
    naive, label = falls(kept, "naive"), falls(kept, "label only")
    holds = inert and cliff and same and naive.low > 0.1 and abs(label.mean) < 0.01
    usable = mean_interval(values(kept, "naive", "usable answers lost").tolist()).mean
    words = "; ".join(f"{s:g}: {100 * falls(f'plain {s:g}', 'naive', 'honest accuracy').mean:.0f} and "
                      f"{100 * falls(f'plain {s:g}', 'naive').mean:.0f}" for s in lesson.STRENGTHS)
    runs = [(a, row.defence, row.seed, row.accuracy) for a in ("naive", "label only") for row in table[table.attacker == a].itertuples()]
    runs += [(what, row["defence"], row["seed"], row[what]) for _, row in table[table.attacker == "naive"].iterrows()
             for what in ("honest accuracy", "usable answers lost", "innocents accused")]
    return Result(f"what a naive copy loses within the margin budget, every top class kept ({'yes' if same else 'no'}); one that keeps "
                  f"the top "
                  f"class {label.points()}; usable answers lost {usable:.0%}; steered all the way at strength: points lost by the "
                  f"honest and by "
                  f"the naive copy: {words}", naive, len(FIVE), YES if holds else SHAPE if naive.low > 0.05 and same else NO, tuple(runs))


def r20(lesson):
    """Holds when, at a teacher that is right as often, the student of steered text is worse than that of hotter text, beyond doubt."""
    found = {(setting, seed): lesson.taught(seed, setting) for setting in lesson.SETTINGS for seed in FIVE}

    def pairs(kind, seed, who):
        return torch.tensor([found[s, seed][who] for s in lesson.SETTINGS if lesson.SETTINGS[s][0] == kind])

    def gap(kind, at):
        return paired_interval(*([matched(pairs(k, seed, 0), pairs(k, seed, 1), at) for seed in FIVE] for k in ("temperature", kind)))

    places = (0.7, 0.6, 0.5)
    main = gap("steered", 0.7)
    words = "; ".join(f"teacher {at:.0%}: steered {gap('steered', at).points()}, experts {gap('experts', at).points()}" for at in places)
    raw = ", ".join(f"{s} {100 * mean_interval([found[s, seed][0] for seed in FIVE]).mean:.0f} → "
                    f"{100 * mean_interval([found[s, seed][1] for seed in FIVE]).mean:.0f}" for s in lesson.SETTINGS)
    return Result(f"what the student of steered sums learns less than one of hotter sums, both teachers right on 70 %; {words}; "
                  f"teacher → student: {raw} %", main, len(FIVE),
                  SHAPE if all(gap("steered", at).low > 0 for at in places) else NO,
                  tuple((who, s, seed, found[s, seed][i]) for i, who in enumerate(("teacher", "student")) for s, seed in found))


PLAYED = (("no defence", ("passive", "clean, too")), ("hot", ("passive",)),
          ("steered", ("passive", "clean, too", "strategic", "odd ones out", "checked", "answers only")),
          ("experts", ("passive", "clean, too", "strategic", "odd ones out", "checked", "answers only")),
          ("shortened", ("passive",)), ("backwards", ("passive",)), ("hidden", ("passive", "answers only")))


def r21(lesson):
    """Holds when the strategic student is above the passive one, beyond doubt; in shape when only another adaptive one is."""
    found = {(d, c): [lesson.copied(seed, d, c) for seed in FIVE] for d, copiers in PLAYED for c in copiers}

    def gain(d, c, over="passive"):
        return paired_interval(found[d, c], found[d, over])

    main, control = gain("steered", "strategic"), gain("steered", "strategic", "clean, too")
    others = [gain(d, c) for d in ("steered", "experts") for c in ("odd ones out", "checked", "answers only")]
    words = "; ".join(f"{d}: " + ", ".join(f"{c} {100 * mean_interval(found[d, c]).mean:.0f}" for c in copiers) for d, copiers in PLAYED)
    verdict = YES if main.low > 0 and control.low > 0 else SHAPE if main.low > 0 or any(i.low > 0 for i in others) else NO
    return Result(f"sums right, strategic student minus passive one, both of steered text; minus one who has the 60 clean answers and "
                  f"believes everything: {control.points()}; with experts {gain('experts', 'strategic').points()} and "
                  f"{gain('experts', 'strategic', 'clean, too').points()}; students: {words} %",
                  main, len(FIVE), verdict, tuple((c, d, seed, v) for (d, c), values in found.items() for seed, v in enumerate(values)))


def l10(lesson):
    """A pool of accounts that votes, with its own luck and with shared luck; and the pool that shares out the questions."""
    found = {way: [lesson.pooled(seed, way) for seed in FIVE] for way in lesson.POOLS}
    gap = paired_interval(*([student for _, student in found[way]] for way in ("own luck", "shared luck")))
    words = "; ".join(f"{way}: kept answers right {100 * mean_interval([right for right, _ in values]).mean:.0f} %, student "
                      f"{100 * mean_interval([student for _, student in values]).mean:.0f} %" for way, values in found.items())
    return Result(f"sums right, the student of a pool of five accounts that votes: own luck minus shared luck, teacher at temperature "
                  f"2; {words}",
                  gap, len(FIVE), OWN,
                  tuple((who, way, seed, pair[i]) for way, values in found.items() for seed, pair in enumerate(values)
                        for i, who in enumerate(("right", "student"))))


def l10a(lesson):
    """The strategic student with the opposite sign, as in the Game's public code: against ours, and against no weights at all."""
    found = [lesson.other_sign(seed) for seed in FIVE]
    student, top, lean = zip(*found)
    text = language_row()
    ours, control = ([v for _, v in sorted(text[who])] for who in ("strategic", "clean, too"))
    return Result(f"sums right behind anti-distillation sampling at 0.4, traces weighted as in 10.5 minus with the opposite sign; opposite "
                  f"sign minus the same 60 clean answers without weights {paired_interval(student, control).points()}; the top fifth of "
                  f"traces has {mean_interval(top).mean:.0%} of the weight",
                  paired_interval(ours, student), len(FIVE), OWN,
                  tuple((what, "steered", seed, value) for what, values in (("opposite sign", student), ("top fifth", top), ("lean", lean))
                        for seed, value in enumerate(values)))


def language_row():
    """{attacker: [(seed, value)]} of R21's stored runs behind anti-distillation sampling: the same seeds, not trained again."""
    from course_utils.score.measures import stored

    runs = stored("R21")
    runs = runs[runs.x == "steered"]
    return {who: list(zip(rows.seed, rows.value)) for who, rows in runs.groupby("series")}


ROWS = {
    "R19": Row(r19, "10_anti_distillation", ("sweep",), "ADS-C 2026 (arXiv 2607.15467)",
               "an inert window, then a phase transition; with a margin budget every top-1 kept and the student loses 29.6 points on "
               "CIFAR-10; a hard-label attacker gains nothing", "abstract"),
    "R20": Row(r20, "10_anti_distillation", ("taught",), "Savani et al. 2025, antidistillation sampling (arXiv 2504.13146)",
               "at equal teacher accuracy the student of these traces is far worse than one of temperature samples", "code"),
    "R21": Row(r21, "10_anti_distillation", ("copied",), "Allouah et al. 2026, The Distillation Game (arXiv 2605.22737)",
               "adaptive students recover substantially more than passive evaluation suggests; in a result file of theirs, one seed: "
               "steered "
               "0 to 41 % at a teacher of 75 %, experts 28 to 52 % at 79 %", "abstract; result file"),
    "L10": Row(l10, "10_anti_distillation", ("pooled",), "our own", "nothing published at this setting", "none"),
    "L10A": Row(l10a, "10_anti_distillation", ("other_sign",), "our own", "nothing published at this setting", "none"),
}
