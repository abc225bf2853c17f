"""The board's rows of lesson 11."""
import math

import torch
from scipy import stats

from course_utils.score.measures import mean_interval, paired_interval

from . import FIVE, NO, OWN, SHAPE, TEN, YES, Result, Row

FIFTY = range(100, 150)


def r22(lesson):
    """A mark in text: found against length and strength, unmarked text accused, and what the customer pays."""
    runs, at = [], {}
    for seed in TEN:
        for delta in (0.0, *lesson.DELTAS):
            for n, value in zip(lesson.LENGTHS, lesson.recognised(seed, delta)):
                runs.append((f"found|{delta:g}", n, seed, value))
            for what, value in zip(("answers right", "nats a token", "favourite word"), lesson.prices(seed, delta)):
                runs.append((f"{what}|explain", delta, seed, value))
        for delta in lesson.STRONG:
            for what, value in zip(("found", "right"), lesson.on_sums(seed, delta)):
                runs.append((f"sums: {what}", delta, seed, value))
        for what, how in (("each coin once", {}), ("every token", {"distinct": False, "windows": None})):
            runs.append((f"accused: {what}", 400, seed, lesson.recognised(seed, 0.0, "explain", (400,), **how)[0]))
    for series, x, _, value in runs:
        at.setdefault((series, x), []).append(value)
    seen = {key: mean_interval(values) for key, values in at.items()}
    found = seen["found|2", 200]
    false = seen["found|0", 200]
    lost = paired_interval(at["answers right|explain", 0.0], at["answers right|explain", 2.0])
    strong = ", ".join(f"delta {d:g} found {seen['sums: found', d].mean:.0%}, right {seen['sums: right', d].mean:.0%}"
                       for d in lesson.STRONG)
    rises = paired_interval(at["found|2", lesson.LENGTHS[-1]], at["found|2", lesson.LENGTHS[0]])
    works = found.low > 0.9 and false.low <= lesson.LEVEL and lost.low < 0.01
    curve = ", ".join(f"{n}: {seen['found|2', n].mean:.0%}" for n in lesson.LENGTHS)
    return Result(f"of the teacher's explanations of 200 tokens recognised at p < 0.001, delta 2, gamma 0.25, each coin once; by length "
                  f"{curve}; at delta 4, 200 tokens {seen['found|4', 200].mean:.0%}; unmarked text of 200 tokens called marked "
                  f"{false.mean:.2%}, of 400 tokens counting every token {seen['accused: every token', 400].mean:.1%}; answers right, "
                  f"unmarked minus marked {lost.points()}; {seen['nats a token|explain', 2.0].mean:.2f} nats a token; on sums: {strong}",
                  found, len(TEN), YES if works else SHAPE if rises.low > 0.3 and false.low <= lesson.LEVEL else NO, tuple(runs))


def r23(lesson):
    """Radioactivity: fifty innocents first; then p against the share of marked text, and the two ways out."""
    runs = []

    def note(series, x, seed, judged):
        runs.extend((f"{series}|{way}", x, seed, value) for way, value in judged.items())

    for seed in FIFTY:
        rows = lesson.said_by(lesson.innocent_student(seed))
        extra = {"z": lesson.sharp(rows, seed)[0], "open": math.log10(lesson.watermark.look_for(seed, rows, windows=lesson.OPEN).p)}
        if seed in FIFTY[:10]:
            extra["served only"] = math.log10(max(lesson.served_only(rows, seed), 1e-300))
        note("innocent", 0, seed, lesson.judged(rows, seed) | extra)
    for seed in TEN:
        for share in lesson.SHARES:
            student = lesson.student_of(seed, share)
            note("marked", share, seed, lesson.judged(lesson.said_by(student), seed) | {"right": lesson.right(student)})
        if seed not in FIVE:
            continue
        hook = lesson.neutraliser(student, seed)
        note("neutralised", 1.0, seed, lesson.judged(lesson.said_by(student, hook=hook), seed)
             | {"right": lesson.right(student, hook), "strength": hook.strength})
        for name, how in lesson.ATTACKS.items():
            student = lesson.student_of(seed, **how)
            note(name, 1.0, seed, lesson.judged(lesson.said_by(student), seed) | {"right": lesson.right(student)})
    logs = {}
    for series, x, _, value in runs:
        logs.setdefault((series, x), []).append(value)
    uniform = {way: stats.kstest([10**v for v in logs[f"innocent|{way}", 0]], "uniform").pvalue for way in ("naive", "honest", "open")}
    accused = {way: sum(v < -3 for v in logs[f"innocent|{way}", 0]) for way in ("naive", "honest", "open", "sharp", "served only")}
    full = mean_interval(logs["marked|sharp", 1.0])
    curve = ", ".join(f"{share:.0%} {mean_interval(logs['marked|sharp', share]).mean:.1f}" for share in lesson.SHARES)
    ways = ", ".join(f"{name} {mean_interval(logs[name + '|sharp', 1.0]).mean:.1f} ({sum(v < -3 for v in logs[name + '|sharp', 1.0])} of "
                     f"{len(FIVE)} below -3)" for name in ("reworded, half", "reworded", "neutralised"))
    innocent = uniform["honest"] > 0.01 and accused["honest"] <= 2 and accused["sharp"] <= 2 and accused["naive"] >= 5
    freed = all(mean_interval(logs[f"{name}|sharp", 1.0]).mean > -3 for name in ("reworded", "neutralised"))
    five = mean_interval(logs["marked|sharp", 0.05]).high < -3
    verdict = YES if innocent and full.high < -5 and freed and five else SHAPE if innocent and full.high < -5 else NO
    return Result(f"log10 p (Chernoff bound, coins weighed) of students whose text was all marked, {lesson.LEARNED} explanations; by "
                  f"share: {curve}; each coin once, not weighed: {mean_interval(logs['marked|honest', 1.0]).mean:.1f}; fifty innocents "
                  f"below 0.001: every token {accused['naive']}, each coin once {accused['honest']}, weighed {accused['sharp']}; of ten "
                  f"with the served-only filter {accused['served only']}; Kolmogorov-Smirnov p of their p-values: each coin once "
                  f"{uniform['honest']:.2f}, every token {uniform['naive']:.0e}; {ways}",
                  full, len(TEN), verdict, tuple(runs))


def l11a(lesson):
    """A fingerprint against a green list at the same price in nats, by the z of the student."""
    runs = []
    for seed in FIVE:
        for name, student in (("green list", lesson.student_of(seed)), ("fingerprint", lesson.fingerprint_student(seed)[0])):
            runs.append((name, 0, seed, lesson.sharp(lesson.said_by(student), seed)[0]))
    both = {name: [value for series, _, _, value in runs if series == name] for name in ("green list", "fingerprint")}
    gain = paired_interval(both["fingerprint"], both["green list"])
    return Result(f"z of the student, fingerprint minus green list at the same number of nats; means "
                  f"{torch.tensor(both['fingerprint']).mean():.1f} and {torch.tensor(both['green list']).mean():.1f}",
                  gain, len(FIVE), OWN, tuple(runs))


def r24(lesson):
    """Dataset inference: innocents first, then those who copied; with few points and with many."""
    runs, share = [], {}
    for split in lesson.SPLITS:
        for (name, n), values in lesson.trial(split).items():
            runs.append((name, n, split, sum(p < lesson.COURT for p in values) / len(values)))
            runs.append((f"{name}, log10 p", n, split, sum(math.log10(max(p, 1e-300)) for p in values) / len(values)))
    for series, x, _, value in runs:
        share.setdefault((series, x), []).append(value)
    seen = {key: mean_interval(values) for key, values in share.items()}
    most = lesson.COUNTS[-1]
    names = [name for name, x in seen if x == most and not name.endswith("log10 p")]
    words = "; ".join(f"{name} " + ", ".join(f"{seen[name, n].mean:.0%}" for n in lesson.COUNTS if (name, n) in seen) for name in names)
    clean = seen["other data", most].mean <= 2 * lesson.COURT
    told = all(seen[name, most].low > 0.5 for name in ("our data, trained anew", "copied from our scores"))
    fifty = seen["copied from our scores", 50].low > 0.9
    broken = seen["half of our data", most].mean > 0.1 or seen["other data, ours cleaned", most].mean > 0.1
    return Result(f"of copies from our scores accused at p < {lesson.COURT} with all points; accused with 50, 200 and all points, "
                  f"innocents first: {words}" + ("; so the test is about shared data and about how the private points were "
                                               "chosen, not about theft" if broken else ""),
                  seen["copied from our scores", most], len(lesson.SPLITS), NO if not (clean and told) else YES if fifty else SHAPE,
                  tuple(runs))


ROWS = {
    "R22": Row(r22, "11_watermarks_that_survive", ("recognised", "prices", "on_sums"),
               "Kirchenbauer et al. 2023 (arXiv 2301.10226)",
               "T = 200, delta 2, gamma 0.5, z > 4: found 98.4 %, false alarms 0 (reported); gamma 0.25, delta 2 recommended",
               "code, memory"),
    "R23": Row(r23, "11_watermarks_that_survive", ("said_by", "innocent_student", "sharp", "served_only", "judged", "student_of", "right",
                                                   "neutraliser"),
               "Sander et al. 2024, radioactivity (arXiv 2402.14904)",
               "5 % marked instruction data: p about 1e-24 on 248,200 scored tokens; control 0.97; without deduplication the "
               "innocent looks guilty", "result files"),
    "L11A": Row(l11a, "11_watermarks_that_survive", ("student_of", "fingerprint_student", "sharp", "said_by"),
                "Antidistillation Fingerprinting 2026 (arXiv 2602.03812)", "log p -4.01 against -1.13 for red/green lists", "second hand"),
    "R24": Row(r24, "11_watermarks_that_survive", ("trial",), "Maini et al. 2021, dataset inference (arXiv 2104.10706)",
               "over 99 % confidence with 50 points (CIFAR and others)", "abstract"),
}
