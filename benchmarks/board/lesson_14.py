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


ROWS = {
    "R27": Row(r27, "14_a_real_language_model",
               ("served", "questions", "columns", "messages", "last_logits", "through_bias", "through_api", "largest_fall", "top_only",
                "widths_read", "groups"),
               "Carlini et al. 2024 (arXiv 2403.06634)", "hidden width recovered exactly: Ada 1,024, Babbage 2,048, under $20", "abstract"),
    "R28": Row(r28, "14_a_real_language_model", ("openings", "written", "scores", "rewritten"),
               "Kirchenbauer et al. 2023 (arXiv 2301.10226)",
               "T = 200, delta 2, gamma 0.5, z > 4, sampling: found 98.4 %, false alarms 0 (reported)", "code, memory"),
}
