"""The board's rows of lesson 09."""
import pandas as pd
import torch

from course_utils.score.measures import mean_interval, paired_interval

from . import FIVE, NO, OWN, SHAPE, YES, Result, Row


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


def l09(lesson):
    """The paper's way to preserve the top-1 label, beside ours; and clones of randomised responses that stop where held-out answers say."""
    attackers, kept = dict(lesson.arena.COPIERS), "poisoned, top kept"
    del attackers["spread over keys"]
    table = pd.concat([lesson.duel({"MAD-argmax": lesson.MadArgmax()}, attackers, FIVE),
                       lesson.duel({name: lesson.arena.PERTURBED[name] for name in ("none", kept)}, {"naive": attackers["naive"]}, FIVE)])

    def got(defence, attacker="naive", what="accuracy"):
        return table[(table.defence == defence) & (table.attacker == attacker)].sort_values("seed")[what].tolist()

    steps, early = zip(*map(lesson.stops_early, FIVE))
    lost = {name: paired_interval(got("none"), got(name)) for name in ("MAD-argmax", kept)}
    runs = [(attacker, "MAD-argmax", seed, value) for attacker in attackers for seed, value in enumerate(got("MAD-argmax", attacker))]
    runs += [(what, "MAD-argmax", seed, value) for what in ("honest accuracy", "usable answers lost", "distance")
             for seed, value in enumerate(got("MAD-argmax", what=what))]
    runs += [(what, "randomised response", seed, value) for what, values in (("stops early", early), ("steps chosen", steps))
             for seed, value in enumerate(values)]
    return Result(f"what a naive clone of 1,500 answers loses by our poisoning with the top-1 label preserved, minus what it loses by the "
                  f"paper's (MAD-argmax, the same guesses and budget 0.9); ours {lost[kept].points()}, the paper's "
                  f"{lost['MAD-argmax'].points()}; a clone of randomised responses whose steps are chosen on 300 held-out answers: "
                  f"{mean_interval(early).mean:.0%}, steps {min(steps)} to {max(steps)}",
                  paired_interval(got("MAD-argmax"), got(kept)), len(FIVE), OWN, tuple(runs))


ROWS = {
    "L09": Row(l09, "09_perturb_the_outputs", ("duel", "MadArgmax"), "none", "none", "none"),
    "R16": Row(r16, "09_perturb_the_outputs", ("duel",), "Orekondy et al. 2020, Prediction Poisoning (arXiv 1906.10908)",
               "MNIST: under 1 % defender loss, knockoff 99.4 to 69.8; with every top class kept, "
               "an argmax attacker gets it back", "paper"),
    "R17": Row(r17, "09_perturb_the_outputs", ("transfer_votes", "pate"), "Papernot et al. 2017, PATE (arXiv 1610.05755)",
               "MNIST 98.00 % at epsilon 2.04 (delta 1e-5), 100 queries, 250 teachers", "paper"),
    "R18": Row(r18, "09_perturb_the_outputs", ("private_teacher", "cloned"), "Abadi et al. 2016 (arXiv 1607.00133); Opacus, MNIST example",
               "98.94 % without, 97.09 at epsilon 6.86, 96.78 at 2.91, 94.63 at 1.16 (delta 1e-5)", "README"),
}
