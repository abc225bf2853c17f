"""The board's rows of part II, lessons 04 to 07; and, as L05 and so on, runs of our own that a lesson draws and no paper published."""
from board import FIVE, NO, OWN, SHAPE, TEN, YES, Result, Row

from course_utils import clean, decoding, imitation, language
from course_utils.score import mean_interval, paired_interval


def r09(lesson):
    """A linear model: are its weights solved to machine precision by inputs + 1 answers, and not by one less, rounded ones, or classes?"""
    served = (None, 6, 2, 1, "label")
    errors, agree = lesson.steal_linear((784, 785, 2000), served, seeds=TEN)
    exact = mean_interval(errors[0, 1].log10())
    fails = errors[0, 0].min() > 1e-4 and errors[2:].min() > 1e-3
    verdict = YES if errors[0, 1].max() < 1e-8 and fails else NO
    sizes = ", ".join(f"{name} {10 ** mean_interval(row.log10()).mean:.0e}" for name, row in
                      (("784 answers", errors[0, 0]), ("785 with 6 decimals", errors[1, 1]), ("with 2 decimals", errors[2, 1]),
                       ("with the class", errors[4, 1])))
    after = ", ".join(f"{what} {mean_interval(agree[i, 2]).mean:.1%}" for i, what in ((2, "2 decimals"), (3, "1 decimal"), (4, "class")))
    return Result(f"log10 of the relative error of the weights after 785 full answers (784 inputs, 10 classes); {sizes}; same class on "
                  f"test digits after 2,000 answers: {after}", exact, len(TEN), verdict)


def r10(lesson):
    """A language model: is the width read off the API's top 5 with a logit bias, not off the top 5 alone, nor through noise?"""
    prompts = [lesson.extraction.random_prompts(200, seed) for seed in FIVE]
    with lesson.api.serve({"teacher": lesson.language.load_language_teacher()}, reveal=lesson.api.Reveal(top_logprobs=5)) as server:
        text = lesson.client.text(server)
        opened = [lesson.hidden_width(lesson.through_bias(text, asked)) for asked in prompts]
        price = server.ledger()["cost"].sum() / len(FIVE)
    logits = [lesson.last_logits(asked) for asked in prompts]
    logprobs = [z.log_softmax(-1) for z in logits]
    plain = [width for z, p in zip(logits, logprobs) for width in (lesson.hidden_width(z), lesson.hidden_width(p))]
    extra, top = [lesson.largest_fall(p) for p in logprobs], [lesson.hidden_width(lesson.top_only(z)) for z in logits]
    noise = {size: sum(lesson.hidden_width(lesson.noisy(z, size, seed)) == 128 for seed, z in enumerate(logits))
             for size in (0.001, 0.003, 0.01, 0.1)}
    opens, closes = set(opened) == set(plain) == {128} and set(extra) == {129}, 128 not in top and noise[0.1] == 0
    verdict = YES if opens and closes else SHAPE if opens else NO
    return Result(f"width read from the top 5 with a logit bias, through the API, five draws of 200 prompts, ${price:.2f} each by our own "
                  f"prices; true width 128; from logits and log-probabilities {min(plain)} to {max(plain)}, with log Z left in {extra[0]}, "
                  f"from the top 5 alone {min(top)} to {max(top)}; read rightly through noise of " +
                  ", ".join(f"{size}: {right} of 5" for size, right in noise.items()), mean_interval(opened), len(FIVE), verdict)


def r11(lesson):
    """Unrelated questions: how far does a clone get, and does the adaptive choice beat chance?"""
    budgets = (500, 2000, 8000)
    agree, _ = lesson.knockoffs(budgets, seeds=TEN, steps=1200, size=2500)
    random, adaptive, certain = agree
    last, gain = mean_interval(random[-1]), paired_interval(adaptive[-1], random[-1])
    verdict = YES if last.low > 0.73 and gain.low > 0 else SHAPE if last.low > 0.5 else NO
    curve = ", ".join(f"{n:,}: {mean_interval(row).mean:.0%}" for n, row in zip(budgets, random))
    return Result(f"same class as the victim on test digits, a clone of 8,000 program-drawn pictures that show no digit, kinds chosen at "
                  f"random ({curve}); adaptive minus random {gain.points()}, at 2,000 {paired_interval(adaptive[1], random[1]).points()}; "
                  f"paid for certainty alone, at 2,000: {paired_interval(certain[1], random[1]).points()}", last, len(TEN), verdict)


def r12(lesson):
    """Budget curves: does the student of classes catch up with the student of scores, within 2 points at the largest budget?"""
    counts, teacher = (50, 250, 1000, 1500, 6000), lesson.models.load_teacher()
    answers = teacher(lesson.questions_of(lesson.data.mnist().transfer.x)).softmax(-1).double()
    labels, top, full = lesson.budget_curves(answers, counts, seeds=TEN)
    gap, four_times = paired_interval(full[-1], labels[-1]), paired_interval(labels[-1], full[-2])
    rises = paired_interval(labels[-1], labels[0]).low > 0.2 and paired_interval(full[-1], full[0]).low > 0.2
    verdict = YES if rises and gap.high < 0.02 else SHAPE if rises and four_times.low > -0.01 else NO
    curve = "; ".join(f"{n:,}: {', '.join(f'{100 * way[i].mean():.1f}' for way in (labels, top, full))}" for i, n in enumerate(counts))
    return Result(f"all scores minus the class alone at 6,000 questions; at 1,500 {paired_interval(full[-2], labels[-2]).points()}; the "
                  f"class for 6,000 minus all scores for 1,500 {four_times.points()}; same class as the teacher on test digits, %, for the "
                  f"class, top 3, all scores at {curve}", gap, len(TEN), verdict)


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


def l06(lesson):
    """Three colleagues' harvest: what is each stage of cleaning worth, on fresh questions and on the benchmark that was in it?"""
    teacher = language.load_language_teacher()

    def ask(questions, seed):
        return clean.answered(teacher, questions, seed, **lesson.HASTE)

    runs = []

    def measure(seeds, ways, benchmark_asked=True, called=None):
        for seed in seeds:
            asked = [p.prompt for p in lesson.tests(seed)[0]] if benchmark_asked else []
            rows = lesson.haste(seed, ask, asked)
            for way, values in lesson.worth(seed, rows, ways).items():
                runs.extend((series, called or way, seed, value) for series, value in zip(lesson.SERIES, values))
            if "raw" in ways:
                runs.extend(("share", what, seed, value) for what, value in lesson.shares(rows).items())

    measure(TEN, [*lesson.LADDER, *lesson.WITHOUT])
    measure(FIVE, lesson.OTHERS)
    measure(TEN, ["asked before"], benchmark_asked=False, called="never asked")

    def values(series, way):
        return [value for name, x, _, value in runs if (name, x) == (series, way)]

    def step(series, one, other):
        return paired_interval(values(series, one), values(series, other))

    gain = step("fresh", "asked before", "raw")
    steps = "; ".join(f"{one} {step('fresh', one, other).points()}" for other, one in zip(lesson.LADDER, lesson.LADDER[1:]))
    gaps = ", ".join(f"{way} {mean_interval([b - f for b, f in zip(values('benchmark', way), values('fresh', way))]).points()}"
                     for way in ("asked before", "in the test", "near the test", "never asked"))
    return Result(f"fresh questions right after four stages of cleaning minus after none; step by step: {steps}; the benchmark's score "
                  f"minus that of fresh questions: {gaps}", gain, len(TEN), OWN, tuple(runs))


def _ask(questions):
    return decoding.answers(language.load_language_teacher(), questions)


def _ask_softly(questions, temperature=0.0, seed=0):
    return imitation.in_process(language.load_language_teacher(), questions, temperature, seed)


def r13(lesson):
    """The false promise: does a student sound like its teacher, and fail, where it was not asked?"""
    last, first = lesson.COUNTS[-1], next(iter(lesson.HOLDOUTS))
    runs = {(first, count): [lesson.promise(seed, count, _ask) for seed in FIVE] for count in lesson.COUNTS}
    runs |= {(name, last): [lesson.promise(seed, last, _ask, name) for seed in FIVE] for name in lesson.HOLDOUTS if name != first}
    control = [lesson.promise(seed, last, _ask, whole=True)[1] for seed in FIVE]
    at = {name: [mean_interval([run[1, judge] for run in runs[name, last]]) for judge in range(3)] for name in lesson.HOLDOUTS}
    gap = paired_interval(*([run[1, judge] for run in runs[first, last]] for judge in (1, 2)))
    reached = mean_interval([run[2] for run in control])
    promised = all(glance.low > 0.9 and right.high < 0.1 for glance, _, right in at.values())
    held = at[first][1].low > 0.9 and at[first][2].high < 0.1 and reached.low > 0.5
    others = "; ".join(f"{name}: {glance.mean:.0%} at a glance, {close.mean:.0%} on a closer look, {right.mean:.0%} right"
                       for name, (glance, close, right) in at.items())
    curves = [(f"{name}|{where}|{judge}", count, seed, run[i, j]) for (name, count), group in runs.items() for seed, run in enumerate(group)
              for i, where in enumerate(lesson.WHERE) for j, judge in enumerate(lesson.JUDGES)]
    curves += [(f"{first}|all kinds asked|{judge}", last, seed, run[j]) for seed, run in enumerate(control)
               for j, judge in enumerate(lesson.JUDGES)]
    return Result(f"form (closer look) minus accuracy on the kind of question that was not asked, {last} answers; had all kinds been "
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


ROWS = {
    "R09": Row(r09, "04_what_one_answer_reveals", ("steal_linear",), "Tramèr et al. 2016 (arXiv 1609.02943)",
               "logistic regression recovered exactly from confidences with inputs + 1 queries", "memory"),
    "R10": Row(r10, "04_what_one_answer_reveals", ("hidden_width", "through_bias", "last_logits", "largest_fall", "top_only", "noisy"),
               "Carlini et al. 2024 (arXiv 2403.06634); Finlayson et al. 2024 (arXiv 2403.09539)",
               "hidden width recovered exactly: Ada 1,024, Babbage 2,048, under $20", "abstract"),
    "R11": Row(r11, "04_what_one_answer_reveals", ("knockoffs",), "Orekondy et al. 2019, Knockoff Nets (arXiv 1812.02766)",
               "60,000 queries from unrelated images: 0.73 to 0.97 of the victim's accuracy; adaptive: blank in the README", "README"),
    "R12": Row(r12, "04_what_one_answer_reveals", ("questions_of", "budget_curves"), "Trusted-AI ART, model-stealing notebook",
               "MNIST, 250 to 5,000 queries: 0.21 to 0.91 from scores, 0.19 to 0.91 from classes; victim 0.959", "notebook"),
    "L05": Row(l05, "05_harvest", ("harvested_student",), "none", "none", "none"),
    "L06": Row(l06, "06_clean", ("tests", "haste", "worth", "shares"), "none", "none", "none"),
    "R13": Row(r13, "07_imitate", ("promise",), "Gudibande et al. 2023, the false promise (arXiv 2305.15717)",
               "imitation models close little to none of the gap on tasks that are not heavily supported in the imitation data; they mimic "
               "style but not factuality", "abstract"),
    "L07A": Row(l07a, "07_imitate", ("searched",), "none", "none", "none"),
    "L07B": Row(l07b, "07_imitate", ("bought",), "none", "none", "none"),
    "L07C": Row(l07c, "07_imitate", ("two_rounds",), "none", "none", "none"),
}
