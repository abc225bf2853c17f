"""The board's rows of lesson 04."""
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
    counts, teacher = (50, 250, 1000, 1500, 6000), lesson.classifier.load_teacher()
    answers = teacher(lesson.questions_of(lesson.mnist().transfer.x)).softmax(-1).double()
    labels, top, full = lesson.budget_curves(answers, counts, seeds=TEN)
    gap, four_times = paired_interval(full[-1], labels[-1]), paired_interval(labels[-1], full[-2])
    rises = paired_interval(labels[-1], labels[0]).low > 0.2 and paired_interval(full[-1], full[0]).low > 0.2
    verdict = YES if rises and gap.high < 0.02 else SHAPE if rises and four_times.low > -0.01 else NO
    curve = "; ".join(f"{n:,}: {', '.join(f'{100 * way[i].mean():.1f}' for way in (labels, top, full))}" for i, n in enumerate(counts))
    return Result(f"all scores minus the class alone at 6,000 questions; at 1,500 {paired_interval(full[-2], labels[-2]).points()}; the "
                  f"class for 6,000 minus all scores for 1,500 {four_times.points()}; same class as the teacher on test digits, %, for the "
                  f"class, top 3, all scores at {curve}", gap, len(TEN), verdict)


ROWS = {
    "R09": Row(r09, "04_what_one_answer_reveals", ("steal_linear",), "Tramèr et al. 2016 (arXiv 1609.02943)",
               "logistic regression recovered from confidences, inputs + 1 queries; softmax, 530 unknowns: 265 queries, 99.96 % alike",
               "poster, second hand"),
    "R10": Row(r10, "04_what_one_answer_reveals", ("hidden_width", "through_bias", "last_logits", "largest_fall", "top_only", "noisy"),
               "Carlini et al. 2024 (arXiv 2403.06634); Finlayson et al. 2024 (arXiv 2403.09539)",
               "hidden width recovered exactly: Ada 1,024, Babbage 2,048, under $20", "abstract"),
    "R11": Row(r11, "04_what_one_answer_reveals", ("knockoffs",), "Orekondy et al. 2019, Knockoff Nets (arXiv 1812.02766)",
               "60,000 queries from unrelated images: 0.73 to 0.97 of the victim's accuracy; adaptive: blank in the README", "README"),
    "R12": Row(r12, "04_what_one_answer_reveals", ("questions_of", "budget_curves"), "Trusted-AI ART, model-stealing notebook",
               "MNIST, 250 to 5,000 queries: 0.21 to 0.91 from scores, 0.19 to 0.91 from classes; victim 0.959", "notebook"),
}
