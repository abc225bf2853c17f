"""The board's rows of lesson 04."""
import torch

from course_utils.score.measures import mean_interval, paired_interval

from . import FIVE, NO, SHAPE, TEN, YES, Result, Row


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
    """A language model: is the width read off the API's top 5 with a logit bias, and not off the top 5 alone?"""
    prompts = [lesson.extraction.random_prompts(200, seed) for seed in FIVE]
    with lesson.api.serve({"teacher": lesson.language.load_language_teacher()}, reveal=lesson.api.Reveal(top_logprobs=5)) as server:
        text = lesson.client.text(server)
        opened = [lesson.hidden_width(lesson.through_bias(text, asked)) for asked in prompts]
        price = server.ledger()["cost"].sum() / len(FIVE)
    logits = [lesson.last_logits(asked) for asked in prompts]
    logprobs = [z.log_softmax(-1) for z in logits]
    plain = [width for z, p in zip(logits, logprobs) for width in (lesson.hidden_width(z), lesson.hidden_width(p))]
    extra, top = [lesson.largest_fall(p) for p in logprobs], [lesson.hidden_width(lesson.top_only(z)) for z in logits]
    noise = {size: (lesson.widths_read(logits, size) == 128).sum(1).tolist() for size in (0.003, 0.01, 0.03, 0.1)}
    averaged = (lesson.widths_read(logits, 0.1, 100)[1] == 128).sum()
    opens = set(opened) == set(plain) == {128} and set(extra) == {129}
    verdict = YES if opens and 128 not in top else SHAPE if opens else NO
    by_fall, by_edge = (", ".join(f"{size}: {right[way]} of 5" for size, right in noise.items()) for way in (0, 1))
    return Result(f"width read from the top 5 with a logit bias, through the API, five draws of 200 prompts, ${price:.2f} each by our own "
                  f"prices; true width 128; from logits and log-probabilities {min(plain)} to {max(plain)}, with log Z left in {extra[0]}, "
                  f"from the top 5 alone {min(top)} to {max(top)}; read rightly through noise, by the largest fall {by_fall}; by the noise "
                  f"edge {by_edge}, and through the mean of 100 answers with noise of 0.1 {averaged} of 5",
                  mean_interval(opened), len(FIVE), verdict)


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
    counts, teacher = (50, 250, 1000, 1500, 6000), lesson.classifier.load_teacher()
    answers = teacher(lesson.questions_of(lesson.mnist().transfer.x)).softmax(-1).double()
    labels, top, full = lesson.budget_curves(answers, counts, seeds=TEN, steps=600)
    gap, four_times = paired_interval(full[-1], labels[-1]), paired_interval(labels[-1], full[-2])
    rises = paired_interval(labels[-1], labels[0]).low > 0.2 and paired_interval(full[-1], full[0]).low > 0.2
    verdict = YES if rises and gap.high < 0.02 else SHAPE if rises and four_times.low > -0.01 else NO
    curve = "; ".join(f"{n:,}: {', '.join(f'{100 * way[i].mean():.1f}' for way in (labels, top, full))}" for i, n in enumerate(counts))
    return Result(f"all scores minus the label alone at 6,000 queries, 600 steps for every student; at 1,500 "
                  f"{paired_interval(full[-2], labels[-2]).points()}; the label for 6,000 minus all scores for 1,500 "
                  f"{four_times.points()}; same class as the teacher on test digits, %, "
                  f"for the label, top 3, all scores at {curve}", gap, len(TEN), verdict,
                  tuple((name, n, seed, way[i, seed]) for name, way in (("label", labels), ("all scores", full))
                        for i, n in enumerate(counts) for seed in TEN))


def r26(lesson):
    """A ReLU network of one hidden layer: is every unit recovered to 1e-6, and the clone no further off than the published 2^-25?

    Controls: the same theft from log-probabilities with 6 decimals, in wider steps, and a student of the same shape and as many answers.
    """
    x, runs, found, scores = lesson.mnist().test.x.double(), [], {}, []
    how = {"exact": (None, {}), "rounded": (6, {"reach": 100.0, "lines": 1, "tolerance": 1e-6, "width": 1e-2})}
    for units in (16, 32):
        networks = lesson.victims((784, units, 10), FIVE)
        for name, (decimals, settings) in how.items():
            for seed, network in zip(FIVE, networks):
                asked = []

                def ask(x, network=network, decimals=decimals, asked=asked):
                    asked.append(len(x))
                    logs = network(x).log_softmax(-1)
                    logs = logs if decimals is None else logs.round(decimals=decimals)
                    return logs - logs.mean(-1, keepdim=True)

                stolen = lesson.steal_relu(ask, seed, **settings)
                found[units, name, seed] = lesson.unit_errors(stolen[0], network), sum(asked)
                clone, true = lesson.relu_network(x, *stolen), network(x)
                if name == "exact":
                    scores.append((clone - true + true.mean(-1, keepdim=True)).abs().max())
                    runs.append(("clone", units, seed, (clone.argmax(-1) == true.argmax(-1)).double().mean()))
        n = sorted(found[units, "exact", seed][1] for seed in FIVE)[2]                                # the median theft
        more = lesson.questions_of(lesson.mnist().transfer.x, copies=n // 1500)[:n]
        students = lesson.models.Students((784, units, 10), [100 + seed for seed in FIVE])          # not the victims' start
        lesson.training.fit(students, more, None, torch.stack([network(more.double()) for network in networks]), alpha=1.0,
                            temperature=4.0, epochs=lesson.epochs_for(n, 1000))
        with torch.no_grad():
            said = students(x.float()).argmax(-1)
        runs += [("student", units, seed, (said[i] == networks[i](x).argmax(-1)).double().mean()) for i, seed in enumerate(FIVE)]
    runs += [(series, units, seed, errors.max().log10()) for (units, name, seed), (errors, _) in found.items()
             for series in (("solved",) if name == "exact" else ("rounded",))]
    runs += [("queries", units, seed, asked) for (units, name, seed), (_, asked) in found.items() if name == "exact"]
    exact, coarse = (torch.cat([errors for (_, name, _), (errors, _) in found.items() if name == way]) for way in how)
    share, worst = (exact < 1e-6).double().mean(), torch.stack(scores).max()
    verdict = YES if share == 1 and worst < 2**-25 else SHAPE if share > 0.9 else NO
    value = {key: [float(v) for series, size, _, v in runs if (series, size) == key] for key in {run[:2] for run in runs}}
    return Result(f"log10 of the largest error of a stolen unit, five networks of 32 hidden units; of 16 hidden units "
                  f"{mean_interval(value['solved', 16]).mean:.1f}; units within 1e-6: {(exact < 1e-6).sum()} of {len(exact)}; queries: 16 "
                  f"units {mean_interval(value['queries', 16]).mean:,.0f}, 32 units {mean_interval(value['queries', 32]).mean:,.0f}; "
                  f"largest error of a score on test digits {worst:.0e}; from 6 decimals, units within 1e-6: {(coarse < 1e-6).sum()} of "
                  f"{len(coarse)}, within 0.01: {(coarse < 0.01).sum()} of {len(coarse)}; same class on test digits, 16 units: the clone "
                  f"{mean_interval(value['clone', 16]).mean:.1%}, a student of as many answers "
                  f"{mean_interval(value['student', 16]).mean:.1%}",
                  mean_interval(value["solved", 32]), len(FIVE), verdict, tuple(runs))


ROWS = {
    "R09": Row(r09, "04_what_one_answer_reveals", ("steal_linear",), "Tramèr et al. 2016 (arXiv 1609.02943)",
               "logistic regression recovered from confidences, inputs + 1 queries (second hand); softmax, 530 unknowns: 265 queries, "
               "99.96 % alike (the poster's table of equation-solving attacks)", "poster, second hand"),
    "R10": Row(r10, "04_what_one_answer_reveals",
               ("hidden_width", "through_bias", "last_logits", "largest_fall", "top_only", "widths_read"),
               "Carlini et al. 2024 (arXiv 2403.06634); Finlayson et al. 2024 (arXiv 2403.09539)",
               "hidden width recovered exactly: Ada 1,024, Babbage 2,048, under $20", "abstract"),
    "R11": Row(r11, "04_what_one_answer_reveals", ("knockoffs",), "Orekondy et al. 2019, Knockoff Nets (arXiv 1812.02766)",
               "60,000 queries from unrelated images: 0.73 to 0.97 of the victim's accuracy (README); adaptive choice improves query "
               "efficiency \"in certain settings\" (abstract)", "README, abstract"),
    "R12": Row(r12, "04_what_one_answer_reveals", ("questions_of", "budget_curves"), "Trusted-AI ART, model-stealing notebook",
               "MNIST, 250 to 5,000 queries: 0.21 to 0.91 from scores, 0.19 to 0.91 from classes; victim 0.959", "notebook"),
    "R26": Row(r26, "04_what_one_answer_reveals", ("victims", "steal_relu", "relu_network", "unit_errors", "questions_of", "epochs_for"),
               "Carlini, Jagielski, Mironov 2020 (arXiv 2003.04884); Jagielski et al. 2020 (arXiv 1909.01838)",
               "MNIST, 100,000 parameters: 2^21.5 queries, worst-case error 2^-25 on all inputs; 4,000 parameters: 2^18.5 queries, 2^-40.4 "
               "(both in the abstract)", "abstract"),
}
