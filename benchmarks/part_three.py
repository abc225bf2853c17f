"""The board's rows of part III, lessons 08 to 12: detection, changed outputs, and the arena."""
import pandas as pd
import torch
from board import FIVE, NO, OWN, SHAPE, TEN, YES, Result, Row

from course_utils.score import best_of, mean_interval, paired_interval


def r14(lesson):
    """PRADA: does W tell questions made by a program from real ones, and what passes?"""
    runs, last = [], {}
    for seed in TEN:
        for name, asked in lesson.habits(seed).items():
            steps = lesson.prada.course_of(asked, lesson.ask(asked).argmax(-1))
            runs += [(name, n, seed, w) for n, w in steps if n % 100 == 50]
            last.setdefault(name, []).append(min(w for _, w in steps))
        for what in lesson.COPIES:
            copy, asked = lesson.copies(seed, what)
            runs += [(f"copy: {what}", 0, seed, copy), (f"asked: {what}", 0, seed, asked)]
        runs += [(f"accused: {how}", 0, seed, lesson.accused(seed, how)) for how in lesson.HONEST]
    lowest = {name: mean_interval(values) for name, values in last.items()}
    seen = {what: mean_interval([v for series, _, _, v in runs if series == what]) for what in {run[0] for run in runs}}
    told = lowest["real digits"].low > 0.9 and lowest["made by a program"].high < 0.9
    passes = all(lowest[name].low > 0.9 for name in ("static", "three in ten made", "one in ten made"))
    copied = ", ".join(f"{what} {seen['copy: ' + what].mean:.0%} ({seen['asked: ' + what].mean:.0f} answers)" for what in lesson.COPIES)
    return Result(f"lowest W of 800 real digits; made by Jacobian augmentation {lowest['made by a program'].mean:.2f}, three in ten made "
                  f"{lowest['three in ten made'].mean:.3f}, one in ten "
                  f"{lowest['one in ten made'].mean:.2f}, static {lowest['static'].mean:.2f} (alarm below 0.9); copies behind it: "
                  f"{copied}; "
                  + ", ".join(f"{how} cut off {seen['accused: ' + how].mean:.0%}" for how in lesson.HONEST),
                  lowest["real digits"], len(TEN), YES if told and passes else SHAPE if told else NO, tuple(runs))


def r15(lesson):
    """A harvest of the incident's size: accounts found one by one and by the company they keep, and the innocents accused."""
    runs, full = [], {way: [] for way in ("alone", "pooled")}
    for seed in FIVE:
        detector = lesson.learned(seed)
        for how in lesson.traffic.EVASIONS:
            for way, row in zip(full, lesson.caught(seed, how, detector).tolist()):
                runs += [(f"{way}|{what}", how, seed, value) for what, value in zip(("precision", "recall", "innocents accused"), row)]
        for way, row in zip(full, lesson.caught(seed, "as reported", detector, size=1.0).tolist()):
            full[way].append(row)
    at = {way: [mean_interval([row[k] for row in rows]) for k in range(3)] for way, rows in full.items()}
    few = {how: mean_interval([value for series, x, _, value in runs if (series, x) == ("pooled|recall", how)])
           for how in lesson.traffic.EVASIONS}
    found = at["pooled"][1].low > 0.9 and at["pooled"][0].low > 0.9
    # the log is made up by us, so it can never be more than a shape
    return Result(f"of the campaigns' accounts found by the company they keep, on synthetic logs of about 23 million rows; precision "
                  f"{at['pooled'][0].mean:.1%}, honest accounts accused {at['pooled'][2].mean:.2%}, most of them customers of one "
                  f"innocent platform; by their own features {at['alone'][1].mean:.1%} found; on "
                  f"logs of a twentieth, campaigns that evade: "
                  + ", ".join(f"{how} {interval.mean:.0%}" for how, interval in few.items()),
                  at["pooled"][1], len(FIVE), SHAPE if found else NO, tuple(runs))


def l08(lesson):
    """Campaigns that know the detector and change several things at once."""
    runs = []
    for seed in FIVE:
        for how, ways in zip(lesson.MORE, lesson.several(seed, lesson.learned(seed)).tolist()):
            runs += [(f"{way}|{what}", how, seed, value) for way, row in zip(("alone", "pooled"), ways)
                     for what, value in zip(("precision", "recall", "innocents accused"), row)]
    for how in lesson.MORE:                                # they were the lesson's own, and R15 has no part in them
        lesson.traffic.EVASIONS.pop(how)
    at = {how: {way: mean_interval([value for series, x, _, value in runs if (series, x) == (f"{way}|recall", how)])
                for way in ("alone", "pooled")} for how in lesson.MORE}
    words = "; ".join(f"{how}: pooled {ways['pooled'].mean:.0%}, alone {ways['alone'].mean:.0%} ({ways['alone'].low:.0%} to "
                      f"{ways['alone'].high:.0%})" for how, ways in at.items())
    return Result(f"of the accounts of campaigns that do everything at once, found by the company they keep; {words}",
                  at["everything at once"]["pooled"], len(FIVE), OWN, tuple(runs))


def r16(lesson):
    """Prediction poisoning against rounding, top-k, noise and reverse sigmoid, each with the copiers that know it."""
    everybody = dict(lesson.arena.COPIERS)
    few = {name: everybody[name] for name in ("naive", "label only", "averaged")}
    table = pd.concat([lesson.duel(lesson.arena.PERTURBED, everybody, FIVE, jobs=2),
                       lesson.duel(lesson.NOISES, few, FIVE, jobs=2),
                       lesson.duel(lesson.SWEEP, {name: few[name] for name in ("naive", "label only")}, FIVE, jobs=2)])

    def got(defence, attacker="naive", what="accuracy"):
        return table[(table.defence == defence) & (table.attacker == attacker)].sort_values("seed")[what].tolist()

    lost = {name: paired_interval(got("none"), got(name)) for name in lesson.arena.PERTURBED}
    cost = paired_interval(got("none", what="honest accuracy"), got("poisoned", what="honest accuracy"))
    rivals = ("1 decimal", "top 3", "label", "noise", "reverse sigmoid")
    first = all(paired_interval(got(name), got("poisoned")).low > 0 for name in rivals)
    back = {name: paired_interval(got("none", "label only"), got(name, "label only")) for name in lost}
    kept = ("1 decimal", "top 3", "label", "reverse sigmoid", "poisoned, top kept")
    falls = all(back[name].high < 0.02 for name in kept)
    verdict = NO if not first else YES if cost.mean < 0.01 and lost["poisoned"].low > 0.2 and falls else SHAPE
    words = ", ".join(f"{name} {100 * lost[name].mean:.1f}" for name in (*rivals, "poisoned, top kept"))
    runs = [(attacker, name, seed, value) for attacker in everybody for name in table.defence.unique()
            for seed, value in enumerate(got(name, attacker))]
    runs += [(what, name, seed, value) for what in ("honest accuracy", "usable answers lost", "distance", "innocents accused")
             for name in table.defence.unique() for seed, value in enumerate(got(name, what=what))]
    return Result(f"what a naive copy of 1,500 answers loses by poisoning (budget 0.9), in accuracy on digits; by others, in points: "
                  f"{words}; an honest customer's class loses {cost.points()}; a copier of top classes loses by poisoning "
                  f"{back['poisoned'].points()}, with every top class kept "
                  f"{back['poisoned, top kept'].points()}", lost["poisoned"], len(FIVE), verdict, tuple(runs))


def r17(lesson):
    """PATE: does accuracy rise with epsilon, and is there a useful student at the published epsilon?"""
    votes = lesson.transfer_votes(FIVE)
    found = {queries: lesson.pate(votes, queries, FIVE)[1] for queries in lesson.QUERIES}
    rises = {queries: paired_interval(right[-1], right[0]) for queries, (right, _, _) in found.items()}
    points = [(moments[i, 0].item(), mean_interval(right[i]), queries, gamma) for queries, (right, moments, _) in found.items()
              for i, gamma in enumerate(lesson.GAMMAS)]
    cheap = max((p for p in points if p[0] < 2.1), key=lambda p: p[1].mean)          # the best at the paper's epsilon
    last, first = lesson.QUERIES[-1], lesson.QUERIES[0]
    holds, there = all(rise.low > 0.1 for rise in rises.values()), cheap[1].low > 0.9
    verdict = NO if not holds else YES if there else SHAPE
    curve = ", ".join(f"{mean.mean:.0%} at epsilon {epsilon:.1f}" for epsilon, mean, queries, _ in points if queries == last)
    saved = ", ".join(f"{found[first][2][i].mean():.1f} for {found[first][1][i, 0]:.1f}" for i in range(len(lesson.GAMMAS)))
    return Result(f"accuracy of a student of {last:,} noisy answers, gamma {lesson.GAMMAS[-1]} minus {lesson.GAMMAS[0]}; 250 teachers of "
                  f"8 images each: {curve} (moments accountant, delta 1e-5); best at epsilon below 2.1: {cheap[1].mean:.0%}; {first} "
                  f"answers, epsilon by the votes for that by the moments: {saved}; strong composition of the published setting "
                  f"{lesson.privacy.strong_epsilon(100, 0.05):.2f}, published 5.80", rises[last], len(FIVE), verdict,
                  tuple((f"{queries}|accuracy", gamma, seed, value) for queries, (right, _, _) in found.items()
                        for gamma, row in zip(lesson.GAMMAS, right) for seed, value in enumerate(row.tolist())))


def r18(lesson):
    """DP-SGD: does accuracy fall with epsilon, and is the clone of every such teacher as good as the teacher?"""
    runs, epsilons = [], []
    for seed in FIVE:
        made = [lesson.private_teacher(seed, level) for level in lesson.LEVELS]
        epsilons = [epsilon for _, epsilon in made]
        runs.append(lesson.cloned([model for model, _ in made], seed))
    taught, copied, more, same = (torch.stack(kind, -1) for kind in zip(*runs))           # each (levels, seeds)
    falls = [paired_interval(one, other) for one, other in zip(taught, taught[1:])]
    gaps = [paired_interval(c, t) for c, t in zip(copied, taught)]
    holds = all(fall.low > 0 for fall in falls) and all(gap.low > -0.02 for gap in gaps)
    published = paired_interval(taught[0], taught[3]).high < 0.06                        # 98.94 - 94.63 at about this epsilon: 4.3 points
    verdict = NO if not holds else YES if published else SHAPE
    words = "; ".join(f"epsilon {epsilon:.2f}: {100 * t.mean():.1f} %, clone {gap.points()}, same class {s.mean():.0%}"
                      for epsilon, t, gap, s in zip(epsilons, taught, gaps, same))
    worst = min(gaps, key=lambda gap: gap.low)
    return Result(f"accuracy of the clone of a DP-SGD teacher minus the teacher's, at the epsilon where it is lowest; teacher and clone of "
                  f"1,500 answers at each (2,000 images, delta 1e-5, Opacus's accountant): {words}; no noise minus epsilon "
                  f"{epsilons[3]:.2f}: {paired_interval(taught[0], taught[3]).points()}", worst, len(FIVE), verdict,
                  tuple((kind, level, seed, value) for kind, rows in zip(lesson.KINDS, (taught, copied, more, same))
                        for level, row in zip(lesson.LEVELS, rows) for seed, value in enumerate(row.tolist())))


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
    "R14": Row(r14, "08_who_is_harvesting", ("habits", "ask", "copies", "accused"), "Juuti et al. 2019, PRADA (arXiv 1805.02628)",
               "Shapiro-Wilk W below 0.9 flags synthetic queries", "code"),
    "R15": Row(r15, "08_who_is_harvesting", ("learned", "caught"), "The reported incident",
               "about 24,000 accounts, over 16 million exchanges (said by the provider; an allegation)", "press"),
    "L08": Row(l08, "08_who_is_harvesting", ("several", "learned"), "none", "none", "none"),
    "R16": Row(r16, "09_perturb_the_outputs", ("duel",), "Orekondy et al. 2020, Prediction Poisoning (arXiv 1906.10908)",
               "MNIST: under 1 % defender loss, knockoff 99.4 to 69.8; with every top class kept, "
               "an argmax attacker gets it back", "paper"),
    "R17": Row(r17, "09_perturb_the_outputs", ("transfer_votes", "pate"), "Papernot et al. 2017, PATE (arXiv 1610.05755)",
               "MNIST 98.00 % at epsilon 2.04 (delta 1e-5), 100 queries, 250 teachers", "paper"),
    "R18": Row(r18, "09_perturb_the_outputs", ("private_teacher", "cloned"), "Abadi et al. 2016 (arXiv 1607.00133); Opacus, MNIST example",
               "98.94 % without, 97.09 at epsilon 6.86, 96.78 at 2.91, 94.63 at 1.16 (delta 1e-5)", "README"),
    "R25": Row(r25, "12_the_arms_race", ("everything", "says"),
               "Libon et al. 2026 (arXiv 2606.25059); DistillGuard 2026 (arXiv 2603.07835)",
               "the verdict on a defence depends on the threat model", "abstract"),
    "L12A": Row(l12a, "12_the_arms_race", ("wary",), "none", "none", "none"),
}
