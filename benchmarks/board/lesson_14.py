"""The board's rows of lesson 14, on a real language model: an optional extra (make lab REAL=1)."""
from course_utils.score.measures import mean_interval, paired_interval

from . import FIVE, NO, SHAPE, YES, Missing, Result, Row

PROMPTS, WIDTH = 640, 576
KEYS = 5                  # wrong keys that each unmarked text is tested with


def needed(lesson):
    """Raises Missing where the model is not installed."""
    if not lesson.real.installed():
        raise Missing("this row needs lesson 14's real model: `make lab REAL=1` installs it. The stored row stays as it is.")


def r27(lesson):
    """A real language model: is its width read off the chat endpoint's top 20 with a logit bias, and not off the top 20 alone?

    The 20,480 answers are computed from the model's logits as the endpoint computes them. One prompt of each seed, 32 queries, is asked
    through the API, and has to agree.
    """
    needed(lesson)
    runs, opened, plain, extra, top, off, cost = [], [], [], [], [], [], 0.0
    with lesson.served(lesson.real.load()) as server:
        for seed in FIVE:
            asked, picked = lesson.questions(PROMPTS, seed), lesson.columns(seed)
            z = lesson.last_logits([server.app.state.desk.models["smollm2"].tokenizer.chat(lesson.messages(q)) for q in asked])
            stolen = lesson.through_bias(z, picked)
            off.append((lesson.through_api(server, asked[0], picked) - stolen[:1]).abs().max().item())
            opened.append(lesson.extraction.hidden_width(stolen))
            scores = z.double().log_softmax(-1)[:, picked]
            plain += [lesson.extraction.hidden_width(z[:, picked]), lesson.extraction.hidden_width(scores)]
            extra.append(lesson.largest_fall(scores))
            top.append(lesson.extraction.hidden_width(lesson.top_only(z)[:, picked]))
            for sigma in lesson.NOISE:
                runs += zip(("largest fall", "noise edge"), (sigma, sigma), (seed, seed), lesson.widths_read(scores, sigma, seed))
                runs.append(("noise edge, mean of 100", sigma, seed, lesson.widths_read(scores, sigma, seed, 100)[1]))
        queries = PROMPTS * len(lesson.groups(picked))
        cost = server.ledger()["cost"].mean() * queries
    right = {(way, sigma): sum(v == WIDTH for series, x, _, v in runs if (series, x) == (way, sigma)) for way, sigma in
             {run[:2] for run in runs}}
    by = {way: ", ".join(f"{sigma}: {right[way, sigma]} of 5" for sigma in lesson.NOISE)
          for way in ("largest fall", "noise edge", "noise edge, mean of 100")}
    opens = set(opened) == set(plain) == {WIDTH} and set(extra) == {WIDTH + 1} and max(off) < 1e-2
    verdict = YES if opens and WIDTH not in top else SHAPE if sum(width == WIDTH for width in opened) >= 4 else NO
    return Result(f"width read from the top 20 with a logit bias, five draws of {PROMPTS} prompts, {queries:,} queries and ${cost:.2f} "
                  f"each by our own prices; true width {WIDTH}; 32 of each draw through the API, largest difference {max(off):.0e}; "
                  f"from logits and log-probabilities {min(plain)} to {max(plain)}, with log Z left in {extra[0]}, from the top 20 alone "
                  f"{min(top)} to {max(top)}; read rightly through noise, by the largest fall {by['largest fall']}; by the noise edge "
                  f"{by['noise edge']}; by the noise edge from the mean of 100 answers {by['noise edge, mean of 100']}",
                  mean_interval(opened), len(FIVE), verdict, tuple(runs))


def r28(lesson):
    """A mark in a real model's text: found at z > 4 by length, false alarms on unmarked and human text, paraphrase, perplexity."""
    needed(lesson)
    runs, at, tested = [], {}, 0
    for seed in FIVE:
        (prompts, people), (texts, nats) = lesson.openings(seed), lesson.written(seed)
        for kind, said in texts.items():
            gamma = 0.25 if kind == "plain" else kind
            for n in lesson.LENGTHS:
                z = lesson.scores(prompts, said, seed, n, gamma)
                runs += [(f"found|{kind}", n, seed, sum(v > 4 for v in z) / len(z)), (f"z|{kind}", n, seed, sum(z) / len(z))]
            runs.append((f"nats a token|{kind}", lesson.LONGEST, seed, nats[kind]))
        for what, said in (("plain", texts["plain"]), ("human", people)):
            z = [v for key in range(KEYS) for v in lesson.scores(prompts, said, f"wrong {seed} {key}")]
            runs.append((f"accused|{what}", lesson.LONGEST, seed, sum(v > 4 for v in z) / len(z)))
            runs.append((f"highest z|{what}", lesson.LONGEST, seed, max(z)))
            tested += len(z)
        asked, said = lesson.rewritten(texts[0.25], seed)
        z = lesson.scores([prompt[-1:] for prompt in asked], said, seed)
        runs += [("found|rewritten", lesson.LONGEST, seed, sum(v > 4 for v in z) / len(z)),
                 ("z|rewritten", lesson.LONGEST, seed, sum(z) / len(z)),
                 ("tokens|rewritten", lesson.LONGEST, seed, sum(map(len, said)) / len(said))]
    for series, x, _, value in runs:
        at.setdefault((series, x), []).append(value)
    seen, longest = {key: mean_interval(values) for key, values in at.items()}, lesson.LONGEST
    found, published = seen["found|0.25", longest], seen["found|0.5", longest]
    accused = {what: seen[f"accused|{what}", longest].mean for what in ("plain", "human")}
    price = paired_interval(at["nats a token|0.25", longest], at["nats a token|plain", longest])
    rises = paired_interval(at["found|0.5", longest], at["found|0.5", lesson.LENGTHS[0]])
    curve = ", ".join(f"{n}: {seen['found|0.25', n].mean:.0%}" for n in lesson.LENGTHS)
    verdict = YES if published.mean > 0.95 and max(accused.values()) < 0.01 else SHAPE if rises.low > 0.3 else NO
    return Result(f"of marked texts of 200 tokens found at z > 4, delta 2, gamma 0.5, window 1, {lesson.TEXTS} texts a seed; gamma 0.25 "
                  f"{found.mean:.0%}; gamma 0.25 by length {curve}; mean z of gamma 0.25 {seen['z|0.25', longest].mean:.1f}, unmarked "
                  f"{seen['z|plain', longest].mean:.1f}; false alarms in {tested} tests with wrong keys: unmarked text "
                  f"{accused['plain']:.1%}, human text {accused['human']:.1%}, highest z "
                  f"{max(max(at[f'highest z|{what}', longest]) for what in accused):.1f}; rewritten by the model itself "
                  f"{seen['found|rewritten', longest].mean:.0%}, mean z {seen['z|rewritten', longest].mean:.1f}, tokens "
                  f"{seen['tokens|rewritten', longest].mean:.0f}; nats a token under the unmarked model, gamma 0.25 minus unmarked "
                  f"{price.mean:.2f} (95 % interval {price.low:.2f} to {price.high:.2f})", published, len(FIVE), verdict, tuple(runs))


def r29(lesson):
    """Radioactivity of a real student: five students of marked text, each tested with its key and with keys that marked nothing."""
    needed(lesson)
    runs, at = [], {}
    for seed in FIVE:
        runs += [(series, 0, seed, value) for series, value in lesson.radioactive(seed).items()]
    for series, _, _, value in runs:
        at.setdefault(series, []).append(value)
    seen = {series: mean_interval(values) for series, values in at.items()}
    found, new, all_wrong = seen["log10 p"], seen["log10 p, new pairs"], sum(at["wrong keys below 0.001"])
    keys, every = len(FIVE) * lesson.WRONG, sum(at["wrong keys below 0.001, every token"])
    verdict = YES if found.high < -5 and all_wrong <= 0.01 * keys else SHAPE if found.mean < -3 and all_wrong <= 0.01 * keys else NO
    return Result(f"log10 p of students of {len(lesson.everyday())} marked answers of up to {lesson.SAID} tokens, gamma 0.25, delta 2, "
                  f"window 1, each pair once; of five below -3: {sum(v < -3 for v in at['log10 p'])}; z of the student "
                  f"{seen['z'].mean:.1f}, of its teacher's text {seen['z of the text'].mean:.1f}; pairs that the marked text does not "
                  f"hold: log10 p {new.mean:.1f}, z {seen['z, new pairs'].mean:.1f}; of {keys} tests with wrong keys below 0.001: each "
                  f"pair once {all_wrong:.0f}, every token {every:.0f}; nats a token on other texts before {seen['nats before'].mean:.1f} "
                  f"and after {seen['nats after'].mean:.1f}", found, len(FIVE), verdict, tuple(runs))


def r30(lesson):
    """A real teacher's probabilities against its answers, by budget, for a small student and for logistic regression on words."""
    needed(lesson)
    runs, at = [], {}
    texts, said = lesson.teacher_tones()
    positive = (said[:lesson.TEST] > 0).double().mean().item()
    with lesson.served(lesson.real.load()) as server:
        off = max(abs(lesson.tone_through_api(server, text) - lesson.tones([text]).item()) for text in texts[:3])
    for seed in FIVE:
        for n in lesson.BUDGETS:
            for kind in ("student", "words"):
                for how in ("soft", "hard"):
                    runs.append((f"{kind}, {how}", n, seed, lesson.agreed(lesson.pupil_of(kind, seed, n, how))))
    for series, x, _, value in runs:
        at.setdefault((series, x), []).append(value)
    most = lesson.BUDGETS[-1]

    def between(one, other):
        gain = paired_interval(at[one], at[other])
        return gain, f"{100 * gain.mean:+.1f} points (95 % interval {100 * gain.low:+.1f} to {100 * gain.high:+.1f})"

    gains = {n: between(("student, soft", n), ("student, hard", n)) for n in lesson.BUDGETS}
    means = "; ".join(f"{series} " + ", ".join(f"{n}: {mean_interval(at[series, n]).mean:.1%}" for n in lesson.BUDGETS)
                      for series in ("student, soft", "student, hard", "words, soft", "words, hard"))
    gain, verdict = gains[most][0], SHAPE if any(gain.low > 0 for gain, _ in gains.values()) else NO
    return Result(f"agreement with the teacher on {lesson.TEST} reviews, soft minus hard labels, {most} labels, equal steps; at "
                  + ", ".join(f"{n} {gains[n][1]}" for n in lesson.BUDGETS[:-1])
                  + f"; logistic regression on words {between(('words, soft', most), ('words, hard', most))[1]}; the student minus it, "
                  f"both soft {between(('student, soft', most), ('words, soft', most))[1]}; {lesson.BUDGETS[1]} soft labels minus {most} "
                  f"hard {between(('student, soft', lesson.BUDGETS[1]), ('student, hard', most))[1]}; {means}; majority "
                  f"{max(positive, 1 - positive):.1%}; three questions through the API, largest difference {off:.0e}",
                  gain, len(FIVE), YES if gain.low > 0 else verdict, tuple(runs))


ROWS = {
    "R27": Row(r27, "14_a_real_language_model",
               ("served", "questions", "columns", "messages", "last_logits", "through_bias", "through_api", "largest_fall", "top_only",
                "widths_read", "groups"),
               "Carlini et al. 2024 (arXiv 2403.06634)", "hidden width recovered exactly: Ada 1,024, Babbage 2,048, under $20", "abstract"),
    "R28": Row(r28, "14_a_real_language_model", ("openings", "written", "scores", "rewritten"),
               "Kirchenbauer et al. 2023 (arXiv 2301.10226)",
               "T = 200, delta 2, gamma 0.5, z > 4, sampling: found 98.4 %, false alarms 0 (reported)", "code, memory"),
    "R29": Row(r29, "14_a_real_language_model", ("everyday", "radioactive"), "Sander et al. 2024, radioactivity (arXiv 2402.14904)",
               "5 % marked instruction data: p about 1e-24 on 248,200 scored tokens; control 0.97", "result files"),
    "R30": Row(r30, "14_a_real_language_model", ("teacher_tones", "tones", "tone_through_api", "served", "agreed", "pupil_of"),
               "Hinton, Vinyals, Dean 2015 (arXiv 1503.02531)",
               "3 % of the speech data: hard targets 44.5 %, soft targets 57.0 %, all data 58.9 %", "paper"),
}
