"""The board's rows of lesson 03."""
from course_utils.score.measures import mean_interval, paired_interval

from . import FIVE, NO, SHAPE, TEN, YES, Result, Row


def r06(lesson):
    """Word-level against sequence-level: which student of 400 explanations gets more final answers right under greedy decoding?"""
    ways, seeds = lesson.WAYS_TO_ASK, TEN
    scores = [lesson.word_or_sequence(seed) for seed in seeds]
    text, word, sampled, sequence = zip(*scores)
    two = [lesson.word_or_sequence(seed, "reason", 200, ways=("word-level", "sequence-level")) for seed in FIVE]
    certain = paired_interval(*reversed(list(zip(*two))))
    gain, words = paired_interval(sequence, word), paired_interval(word, text)
    verdict = YES if gain.low > 0 else NO
    return Result(f"exact match on explanations, sequence-level minus word-level; means: text {mean_interval(text).mean:.0%}, word-level "
                  f"{mean_interval(word).mean:.0%}, sequence-level {mean_interval(sequence).mean:.0%} (the teacher's sampled "
                  f"answers in place of its greedy ones: {mean_interval(sampled).mean:.0%}); word-level minus text {words.points()}; "
                  f"sequence-level minus word-level on sums, where there is one wording only: "
                  f"{certain.points()}", gain, len(seeds), verdict,
                  tuple((way, "explain", seed, value) for seed, row in zip(seeds, scores) for way, value in zip(ways, row)))


def r07(lesson):
    """100 questions only: do the student's own texts, marked by the teacher, beat the teacher's? And does the divergence matter?"""
    runs = {(name, policy): [lesson.on_or_off(name, policy == "on-policy", seed) for seed in FIVE]
            for name in lesson.DIVERGENCES for policy in ("off-policy", "on-policy")}
    gains = {name: paired_interval(runs[name, "on-policy"], runs[name, "off-policy"]) for name in lesson.DIVERGENCES}
    divergence = paired_interval(runs["forward KL", "on-policy"], runs["reverse KL", "on-policy"])
    matters = divergence.low > 0 or divergence.high < 0
    verdict = YES if gains["forward KL"].low > 0 and gains["reverse KL"].low > 0 and matters else \
        SHAPE if gains["forward KL"].low > 0 and matters else NO
    means = ", ".join(f"{name} {policy} {mean_interval(values).mean:.0%}" for (name, policy), values in runs.items())
    return Result(f"exact match on sums, on-policy minus off-policy with forward KL; reverse KL {gains['reverse KL'].points()}, JSD "
                  f"{gains['JSD'].points()}; on-policy, forward minus reverse {divergence.points()}; means: {means}", gains["forward KL"],
                  len(FIVE), verdict, tuple((name, policy, seed, value) for (name, policy), values in runs.items()
                                            for seed, value in enumerate(values)))


def r08(lesson):
    """Traces against answers: do 100 answers with traces teach more than 800 without?"""
    counts, domains = lesson.COUNTS, ("reason", "code", "translate")
    curves = [lesson.traces_or_answers(seed, counts) for seed in FIVE]
    last = {domain: [lesson.traces_or_answers(seed, counts[-1:], domain, steps=(300, 300)) for seed in FIVE] for domain in domains}
    few, many = [run[0, counts.index(100)] for run in curves], [run[1, -1] for run in curves]
    gain = paired_interval(few, many)
    others = "; ".join(f"{domain} {mean_interval([run[0, 0] for run in runs]).mean:.0%} with traces, "
                       f"{mean_interval([run[1, 0] for run in runs]).mean:.0%} without" for domain, runs in last.items())
    verdict = YES if gain.low > 0 else NO
    runs = [(way, n, seed, value) for seed, run in enumerate(curves) for way, row in zip(lesson.WAYS, run) for n, value in zip(counts, row)]
    runs += [(f"{domain}, {way}", counts[-1], seed, value[0]) for domain in domains for seed, run in enumerate(last[domain])
             for way, value in zip(lesson.WAYS, run)]
    return Result(f"sums right after 100 answers with traces ({mean_interval(few).mean:.0%}) minus after 800 without "
                  f"({mean_interval(many).mean:.0%}); after 800 of either and 300 steps: {others}", gain, len(FIVE), verdict, tuple(runs))


ROWS = {
    "R06": Row(r06, "03_distilling_a_language_model", ("word_or_sequence",), "Kim, Rush 2016 (arXiv 1606.07947)",
               "sequence-level improves further on word-level; over no distillation +4.2 BLEU (greedy), +1.7 (beam search)",
               "abstract"),
    "R07": Row(r07, "03_distilling_a_language_model", ("on_or_off",), "Agarwal et al. 2024, GKD (arXiv 2306.13649); Gu et al. 2024, "
               "MiniLLM (arXiv 2306.08543)", "students train on their own sequences, with a divergence of choice (no figure)", "abstract"),
    "R08": Row(r08, "03_distilling_a_language_model", ("traces_or_answers",), "Hsieh et al. 2023, distilling step-by-step "
               "(arXiv 2305.02301)", "rationales reach the same accuracy with less data (e-SNLI 88.38 to 89.51, ANLI 43.58 to 49.58)",
               "second hand"),
}
