"""The board's rows of lesson 08."""
from course_utils.score.measures import mean_interval

from . import FIVE, NO, OWN, SHAPE, TEN, YES, Result, Row


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


ROWS = {
    "R14": Row(r14, "08_who_is_harvesting", ("habits", "ask", "copies", "accused"), "Juuti et al. 2019, PRADA (arXiv 1805.02628)",
               "Shapiro-Wilk W below 0.9 flags synthetic queries", "code"),
    "R15": Row(r15, "08_who_is_harvesting", ("learned", "caught"), "The reported incident",
               "about 24,000 accounts, over 16 million exchanges (said by the provider; an allegation)", "press"),
    "L08": Row(l08, "08_who_is_harvesting", ("several", "learned"), "none", "none", "none"),
}
