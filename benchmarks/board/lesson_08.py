"""The board's rows of lesson 08."""
from worlds import second, third

from course_utils.score.measures import mean_interval, paired_interval

from . import FIVE, NO, OWN, SHAPE, TEN, YES, Result, Row


def r14(lesson):
    """PRADA: does W tell synthetic queries from real ones, and what passes?"""
    runs, last = [], {}
    for seed in TEN:
        for name, queries in lesson.query_streams(seed).items():
            steps = lesson.prada.course_of(queries, lesson.ask(queries).argmax(-1))
            runs += [(name, n, seed, w) for n, w in steps if n % 100 == 50]
            last.setdefault(name, []).append(min(w for _, w in steps))
        for what in lesson.CLONES:
            clone, answers = lesson.clone_behind(seed, what)
            runs += [(f"clone: {what}", 0, seed, clone), (f"answers: {what}", 0, seed, answers)]
        runs += [(f"blocked: {how}", 0, seed, lesson.blocked(seed, how)) for how in lesson.USERS]
    lowest = {name: mean_interval(values) for name, values in last.items()}
    seen = {what: mean_interval([v for series, _, _, v in runs if series == what]) for what in {run[0] for run in runs}}
    told = lowest["real digits"].low > 0.9 and lowest["synthetic"].high < 0.9
    passes = all(lowest[name].low > 0.9 for name in ("noise", "3 in 10 synthetic", "1 in 10 synthetic"))
    cloned = ", ".join(f"{what} {seen['clone: ' + what].mean:.0%} ({seen['answers: ' + what].mean:.0f} answers)" for what in lesson.CLONES)
    return Result(f"lowest W of 800 real digits; made by Jacobian augmentation {lowest['synthetic'].mean:.2f}, three in ten made "
                  f"{lowest['3 in 10 synthetic'].mean:.3f}, one in ten {lowest['1 in 10 synthetic'].mean:.2f}, noise "
                  f"{lowest['noise'].mean:.2f} (alarm below 0.9); clones behind it: {cloned}; "
                  + ", ".join(f"{how} blocked {seen['blocked: ' + how].mean:.0%}" for how in lesson.USERS),
                  lowest["real digits"], len(TEN), YES if told and passes else SHAPE if told else NO, tuple(runs))


def _worlds(lesson):
    """{name: write_log(path, seed)}: the package's generator, and those written apart from it."""
    return {"first": lesson.first_world, "second": second.write_log, "third": third.write_log}


def r15(lesson):
    """Detectors built on one world, judged on each; beside them one line of SQL."""
    worlds, runs = _worlds(lesson), []
    for seed in FIVE:
        tests = {}
        for name, write_log in worlds.items():
            path = lesson.bundled.fresh(f"judged_{name}.parquet")
            tests[name] = path, write_log(path, 70_000 + seed)
        detectors = {name: (lesson.learned([write_log], seed), worlds) for name, write_log in worlds.items()}
        detectors["first, five signs"] = lesson.learned([worlds["first"]], seed, signs=lesson.accounts.FIRST), worlds
        for name in worlds:
            others = [write_log for other, write_log in worlds.items() if other != name]
            detectors[f"all others|{name}"] = lesson.learned(others, seed), [name]
        for built, (detector, judged_on) in detectors.items():
            built = built.split("|")[0]
            for name in judged_on:
                verdicts = lesson.judged(detector, *tests[name])
                for way, series in {"pooled": built, "line": "SQL line"}.items():
                    if way == "pooled" or built == "first":                   # the line is the same for all of them
                        recall, wrong = lesson.rates(verdicts, way)
                        runs += [(f"{series}|recall", name, seed, recall), (f"{series}|false positives", name, seed, wrong)]
                        cut = verdicts[~verdicts.harvests].groupby("population")[way].mean()
                        runs += [(f"{series}|accused", f"{name}: {kind}", seed, share) for kind, share in cut.items()
                                 if series in ("all others", "SQL line")]

    def of(series, name, what):
        return [value for run, x, _, value in runs if (run, x) == (f"{series}|{what}", name)]

    def lead(series, name):
        return paired_interval(*[[r - f for r, f in zip(of(which, name, "recall"), of(which, name, "false positives"))]
                                 for which in (series, "SQL line")])

    leads = {name: lead("all others", name) for name in worlds}
    rare = {series: [mean_interval([lesson.precision_at(0.01, r, f) for r, f in zip(of(series, name, "recall"),
                                                                                   of(series, name, "false positives"))]).mean
                     for name in worlds] for series in ("all others", "SQL line")}
    last = list(worlds)[-1]
    return Result(f"recall on the {last} world of a detector built on all others; its false positives there "
                  f"{mean_interval(of('all others', last, 'false positives')).mean:.1%}; the SQL line's recall there "
                  f"{mean_interval(of('SQL line', last, 'recall')).mean:.1%}, the line's false positives "
                  f"{mean_interval(of('SQL line', last, 'false positives')).mean:.1%}; recall minus false positives, detector minus line: "
                  + ", ".join(f"{name} {interval.points()}" for name, interval in leads.items())
                  + "; precision where one account in 100 harvests, detector "
                  + ", ".join(f"{value:.0%}" for value in rare["all others"]) + ", line "
                  + ", ".join(f"{value:.0%}" for value in rare["SQL line"]),
                  mean_interval(of("all others", last, "recall")), len(FIVE),
                  SHAPE if all(interval.low > 0 for interval in leads.values()) else NO, tuple(runs))


def l08(lesson):
    """Campaigns that evade; and detectors that learn from analysts who are sometimes wrong."""
    runs = []
    for seed in FIVE:
        detector = lesson.learned([lesson.first_world], seed)
        for how in lesson.EVASIONS:
            verdicts = lesson.caught(seed, how, detector)
            runs += [(f"{way}|{what}", how, seed, value) for way in ("alone", "line", "pooled")
                     for what, value in zip(("recall", "false positives"), lesson.rates(verdicts, way))]
        path = lesson.bundled.fresh("verdicts.parquet")
        truth = second.write_log(path, 70_000 + seed)
        for how, errors in lesson.ERRORS.items():
            taught = lesson.learned([second.write_log], seed, errors=errors)
            pair = lesson.rates(lesson.judged(taught, path, truth), "pooled")
            runs += [(f"analysts|{what}", how, seed, value) for what, value in zip(("recall", "false positives"), pair)]
    at = {how: mean_interval([v for series, x, _, v in runs if (series, x) == ("pooled|recall", how)])
          for how in lesson.EVASIONS}
    return Result("of the accounts of campaigns that do everything at once, found by the detector; recall by evasion: "
                  + ", ".join(f"{how} {one.mean:.0%} ({max(0, one.low):.0%} to {min(1, one.high):.0%})" for how, one in at.items()),
                  at["everything at once"], len(FIVE), OWN, tuple(runs))


ROWS = {
    "R14": Row(r14, "08_who_is_harvesting", ("query_streams", "ask", "clone_behind", "blocked"),
               "Juuti et al. 2019, PRADA (arXiv 1805.02628)", "Shapiro-Wilk W below 0.9 flags synthetic queries", "code"),
    "R15": Row(r15, "08_who_is_harvesting", ("learned", "judged", "rates", "precision_at"), "The reported incident",
               "about 24,000 accounts, over 16 million exchanges (said by the provider; an allegation)", "press"),
    "L08": Row(l08, "08_who_is_harvesting", ("caught", "learned", "judged", "rates"), "none", "none", "none"),
}
