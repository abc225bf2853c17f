"""The box "clean": from what was harvested to what is worth training on. Nothing is dropped without a reason.

A stage is a function from rows (a DataFrame as harvest.read returns) to reasons, one for each row: a few words, or "" for a row that stays.
`run` puts stages one after another and keeps the books.
"""
import math
import random
import re
import zlib

import torch

from ..teacher import decoding, language, skills
from ..teacher.skills import TOKENIZER

CHECKABLE = ("reason", "code")        # anybody can write a program that knows these answers; a dictionary of Tavi only the provider has
SURE = 0.9                            # confidence below which a row is dropped: chosen on CHECKABLE, see lesson 06
PRIME = 2**31 - 1                     # of minhash


# ---------------------------------------------------------------- the same question, in the same form

def normal(prompt):
    """A question in its one written form: 'reason  347+586:' becomes 'reason 347 + 586 :'. Punctuation goes, so does odd spacing."""
    text = re.sub(r"([+-])", r" \1 ", re.sub(r"[.,:;=]", " ", prompt.lower()))
    return f"{' '.join(text.split())} :"


def tokens(prompt):
    """The normal form as tokens, without the closing colon: words, single digits and signs."""
    return re.findall(skills.WORD, normal(prompt))[:-1]


def annotate(rows):
    """The rows with three more columns: question (its normal form), domain, difficulty (carries or borrows; operations; words; NaN where
    no program can read the question).
    """
    question = rows.prompt.map(normal)
    domain = question.str.split().str[0]
    return rows.assign(question=question, domain=domain, difficulty=[_difficulty(*pair) for pair in zip(domain, question)])


def _difficulty(domain, question):
    body = question.removesuffix(" :").partition(" ")[2]
    try:
        return skills._solve_reason(body, None)[2] if domain == "reason" else len(body.split()) - (domain == "code")
    except (ValueError, KeyError):
        return math.nan


# ---------------------------------------------------------------- how alike are two texts?

def ngrams(text, n=3):
    """The set of a token list's n-grams; of fewer than n tokens, all of it is one."""
    return {tuple(text[i:i + n]) for i in range(max(1, len(text) - n + 1))}


def near_pairs(texts, threshold, n=3, permutations=128):
    """Pairs (i, j), i < j, of token lists whose resemblance is `threshold` or more, as datasketch's index finds them.

    What the index proposes is looked at again, exactly; a pair just above the threshold it may miss.
    """
    from datasketch import MinHash, MinHashLSH

    sets = [ngrams(text, n) for text in texts]
    sketches = MinHash.bulk([[" ".join(gram).encode() for gram in grams] for grams in sets], num_perm=permutations)
    index, pairs = MinHashLSH(threshold=threshold, num_perm=permutations), []
    for j, (grams, sketch) in enumerate(zip(sets, sketches)):
        pairs += [(i, j) for i in sorted(index.query(sketch)) if len(grams & sets[i]) >= threshold * len(grams | sets[i])]
        index.insert(j, sketch)
    return pairs


# ---------------------------------------------------------------- how far can an answer be trusted?

def confidence(logprobs):
    """The geometric mean of an answer's token probabilities. logprobs: (tokens,), natural logarithms. Returns a number."""
    return math.exp(sum(float(value) for value in logprobs) / len(logprobs))


def contaminated(questions, tests, n=5):
    """Does a question share n tokens in a row with one of the tests? (questions,) bool.

    Both are lists of token lists. A question of fewer than n tokens counts when it is a test, whole.
    """
    known = {tuple(test[i:i + n]) for test in tests for i in range(max(1, len(test) - n + 1))}
    return torch.tensor([any(tuple(q[i:i + n]) in known for i in range(max(1, len(q) - n + 1))) for q in questions])


# ---------------------------------------------------------------- stages: rows to reasons

def _reasons(rows, reasons):
    import pandas as pd

    return pd.Series(list(reasons), index=rows.index, dtype=object)


def cut_off(rows, final=skills.final_answer):
    """Answers that the limit on tokens cut off, or that hold no final answer. final: from an answer to its final answer, or to nothing."""
    return _reasons(rows, ("cut off" if finish == "length" else "" if final(answer) else "no final answer"
                           for finish, answer in zip(rows.finish, rows.answer)))


def checked(question, answer):
    """Does a program find the answer to a question in normal form right? True, False, or None: it has no opinion on translations."""
    return skills.is_right(question, answer) if question.split()[0] in CHECKABLE else None


def wrong(rows, judge=checked, final=skills.final_answer):
    """Answers that `judge` finds wrong, and questions that it cannot judge: those for which it raises ValueError. See `checked`."""
    def reason(question, answer):
        try:
            verdict = judge(question, answer)
            return "" if verdict is None or verdict else f"the program disagrees: {final(answer)}"
        except ValueError:
            return "no program can judge it"

    return _reasons(rows, map(reason, rows.prompt.map(normal), rows.answer))


def unsure(rows, least=SURE):
    """Answers whose confidence is below `least`, or for which the endpoint showed none."""
    return _reasons(rows, ("" if value >= least else "no confidence" if math.isnan(value) else f"confidence below {least:g}: {value:.2f}"
                           for value in rows.confidence.astype(float)))


def duplicate(rows):
    """The second and every further answer to the same question, in whatever form it was asked."""
    return _reasons(rows, ("asked before" if again else "" for again in rows.prompt.map(normal).duplicated()))


def near_duplicate(rows, threshold=0.8, n=3):
    """Questions that resemble an earlier one that stays."""
    texts, reasons = [tokens(prompt) for prompt in rows.prompt], [""] * len(rows)
    for i, j in near_pairs(texts, threshold, n):
        if not reasons[i] and not reasons[j]:
            reasons[j] = f"like another: {normal(rows.prompt.iloc[i])}"
    return _reasons(rows, reasons)


def in_test(rows, tests, n=5):
    """Questions that share n tokens in a row with a test question. tests: questions."""
    found = contaminated([tokens(prompt) for prompt in rows.prompt], [tokens(test) for test in tests], n)
    return _reasons(rows, (f"{n} tokens in a row of a test" if hit else "" for hit in found.tolist()))


def run(rows, stages):
    """Apply stages, {name: function of rows}, one after another. Returns (the rows that are left, a report).

    The report has a line for each stage and reason: stage, rows in, dropped, why, and three examples: the first, the middle and the last
    one. What stands behind ": " in a reason is a detail of one row, and goes with its example.
    """
    import pandas as pd

    lines = []
    for name, stage in stages.items():
        reasons, groups = [reason.partition(": ") for reason in stage(rows)], {}
        for prompt, (why, _, detail) in zip(rows.prompt, reasons):
            groups.setdefault(why, []).append(f"{prompt} ({detail})" if detail else prompt)
        stays = groups.pop("", [])
        lines += [(name, len(rows), len(group), why, "; ".join(group[i] for i in sorted({0, len(group) // 2, len(group) - 1})))
                  for why, group in sorted(groups.items())]
        if len(stays) == len(rows):
            lines.append((name, len(rows), 0, "", ""))
        rows = rows.iloc[[i for i, (why, *_) in enumerate(reasons) if not why]]
    return rows, pd.DataFrame(lines, columns=["stage", "rows in", "dropped", "why", "for example"])


# ---------------------------------------------------------------- a harvest that needs it

VARIABLE = (skills.OPERATIONS, skills.NOUNS, skills.PLURALS, skills.ADJECTIVES, skills.NUMBERS, skills.VERBS, skills.PASTS)


def _idea(domain, draw):
    """What somebody would write who does not know what the teacher can do: any sum of numbers up to 999, any one to three operations."""
    if domain == "reason":
        a, b, sign = draw.randint(1, 999), draw.randint(1, 999), draw.choice("+-")
        return f"{max(a, b)} - {min(a, b)}" if sign == "-" else f"{a} + {b}"
    if domain == "code":
        return f"{' '.join(draw.choices(list(skills.OPERATIONS), k=draw.randint(1, 3)))} {draw.randint(0, 99999):05}"
    return skills._draw_translate(draw, easy=False)


def varied(body, draw):
    """The same with one digit or one word changed: another question, with another answer."""
    words = body.split()
    while True:
        i = draw.randrange(len(words))
        new = list(words)
        if words[i].isdecimal():
            at = draw.randrange(len(words[i]))
            new[i] = f"{words[i][:at]}{draw.randint(0 if at else 1, 9)}{words[i][at + 1:]}"
        for table in VARIABLE:
            if words[i] in table:
                new[i] = draw.choice(list(table))
        backwards = "-" in new and int(new[0]) < int(new[2])
        twice = any(a == b for a, b in zip(new, new[1:]) if a in skills.ADJECTIVES)
        if new != words and not backwards and not twice:
            return " ".join(new)


def _written(domain, body, colleague):
    """Three people, three habits."""
    if colleague == 1:
        return f"{domain}  {body.replace(' + ', '+').replace(' - ', '-')}:"
    return f"{domain} {body} . :" if colleague == 2 and domain == "translate" else f"{domain} {body} :"


def wish_lists(seed, benchmark, ideas=500, each=220):
    """What three colleagues want to ask of three domains: three lists of questions. benchmark: questions of a public test.

    They share `ideas` ideas for each domain, half of them made from the other half with one thing changed; each takes `each` of these and
    writes them in a way of his own. Two of them add the benchmark, and the third two variations of each of its questions. No idea and no
    variation is a question of the test split.
    """
    draw, lists = random.Random(seed), [[], [], []]
    asked = [test.removesuffix(" :").split(" ", 1) for test in benchmark]

    def fresh(domain, make):
        while skills.is_test(f"{domain} {(body := make())} :"):
            pass
        return domain, body

    for domain in skills.DOMAINS[:3]:
        pool = [fresh(domain, lambda: _idea(domain, draw)) for _ in range(ideas // 2)]
        pool += [fresh(domain, lambda: varied(body, draw)) for _, body in pool[:]]
        for colleague in range(3):
            lists[colleague] += [(*idea, colleague) for idea in draw.sample(pool, each)]
    lists[0] += [(*test, 0) for test in asked]
    lists[1] += [(*test, 1) for test in asked]
    lists[2] += [(*fresh(domain, lambda: varied(body, draw)), 2) for domain, body in asked for _ in range(2)]
    return [list(dict.fromkeys(_written(*wish) for wish in wishes)) for wishes in lists]


def answered(model, questions, seed=0, temperature=0.0, max_tokens=decoding.MAX_TOKENS):
    """The rows that harvest.harvest and harvest.read give, without a server between: one DataFrame, the same answers to the same seed."""
    import pandas as pd

    said = decoding.generate(model, questions, temperature=temperature, max_tokens=max_tokens,
                             seeds=[zlib.crc32(f"{seed} {question}".encode()) for question in questions])
    read, asked = language.pack(questions, said)
    with torch.inference_mode():
        logprobs = model(read)[:, :-1].log_softmax(-1).gather(-1, read[:, 1:, None])[..., 0] * asked[:, 1:]
    sure = (logprobs.sum(-1) / asked.sum(-1)).exp()
    return pd.DataFrame({"prompt": questions, "answer": [TOKENIZER.decode(ids) for ids in said], "sample": 0, "confidence": sure.tolist(),
                         "prompt_tokens": [len(TOKENIZER.encode(q)) for q in questions], "answer_tokens": [len(ids) for ids in said],
                         "finish": ["stop" if ids[-1] == TOKENIZER.end else "length" for ids in said], "latency": 0.0})
