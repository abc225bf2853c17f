# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 06 · Clean
#
# **Minutes** 60 · **You need** lessons 03 and 05 · **You will be able to** turn a harvest into training data
# with a reason for every dropped row, say what log-probabilities can show and what they cannot, and report a
# score that your own data has not inflated.
#
# teacher → defence → API → ledger → harvest → **clean → student → score**

# %%
from course_utils import api
from course_utils.attack import clean, harvest
from course_utils.files import bundled
from course_utils.lesson import plots, widgets
from course_utils.lesson.exercises import exercise, grade, progress
from course_utils.score import measures
from course_utils.teacher import language, skills

import random
import re
import zlib

import matplotlib.pyplot as plt
import torch

plots.picture("clean", "student", "score")

# %% [markdown]
# ## A harvest made in a hurry
#
# Lesson 05's harvest had one careful author, and the teacher answered greedily. There was nothing to clean. This
# lesson's attacker is a team of three colleagues in a hurry.
#
# - They share a list of ideas: sums of numbers up to 999, programs of one to three operations, and sentences. Half
#   of the ideas are copies of the other half with one digit or one word changed. Each colleague writes in a style
#   of their own.
# - They ask at temperature 1.8, for variety, and cut answers at 40 tokens, to save money.
# - Two of them also ask all questions of a public benchmark. The third asks two variations of each, with one digit
#   or one word changed.
#
# We wrote these lists, and the benchmark. The answers are the teacher's own.

# %%
# yours; the stored runs further down are of seeds 0 to 9
SEED = 10

def tests(seed, n=50):
    """Two lists of problems: a public benchmark, n from each domain, and 1,350 fresh
    ones."""
    everything = [p for d in skills.DOMAINS[:3]
                  for p in skills.problems(d, 500, 0, "test")]
    draw = random.Random(seed)
    public = {p.prompt for i in (0, 500, 1000)
              for p in draw.sample(everything[i:i + 500], n)}
    return ([p for p in everything if p.prompt in public],
            [p for p in everything if p.prompt not in public])

benchmark = [problem.prompt for problem in tests(SEED)[0]]
[wishes[-1] for wishes in clean.wish_lists(SEED, benchmark)]

# %%
import pandas as pd

HASTE = {"temperature": 1.8, "max_tokens": 40}

def haste(seed, ask, benchmark):
    """What the three colleagues harvest, in one table."""
    lists = clean.wish_lists(seed, benchmark)
    rows = [ask(questions, 3 * seed + k) for k, questions in enumerate(lists)]
    return pd.concat(rows).sort_values("prompt", kind="stable", ignore_index=True)

# %%
server = api.serve({"teacher": language.load_language_teacher()})

def through_the_api(questions, seed):
    path = bundled.fresh(f"haste_{seed}.jsonl")
    harvest.harvest(server, questions, path, seed=seed, **HASTE)
    return harvest.read(path)

rows = haste(SEED, through_the_api, benchmark)
rows.drop(columns=["sample", "latency"]).sample(5, random_state=1)

# %% [markdown]
# First each row is described. The *normal form* of a question is the question without its author's style.
# *Difficulty* counts the carries or borrows of a sum, the operations of a program, or the words of a sentence.

# %%
rows = clean.annotate(rows)
for written in ("reason  347+586:", "translate the cat saw birds . :"):
    print(f"{written!r} in normal form: {clean.normal(written)!r}")
rows.groupby(["domain", "difficulty"]).question.agg(rows="size", different="nunique").T

# %% [markdown]
# **Predict, then run.** What share of the answers is right? The attacker cannot check translations into Tavi,
# lesson 03's invented language: only the provider has the dictionary. We use it here.

# %%
pairs = zip(rows.question, rows.answer)
rows["right"] = [skills.is_right(question, answer) for question, answer in pairs]
rows.groupby("domain").right.agg(rows="size", right="mean").round(2)

# %% [markdown]
# About seven in ten answers are right, in each domain.
#
# ## A stage gives a reason
#
# A stage of cleaning is a function from rows to *reasons*: a few words for each row that it drops, and an empty text
# for each row that stays. The first stage drops answers that were cut off at 40 tokens, and answers without a final
# result.

# %%
def cut_off(rows):
    reasons = ["cut off" if finish == "length" else "" if skills.final_answer(answer)
               else "no final answer"
               for finish, answer in zip(rows.finish, rows.answer)]
    return pd.Series(reasons, index=rows.index)

pd.set_option("display.max_colwidth", 110)
whole, report = clean.run(rows, {"drop cut-offs": cut_off})
report

# %% [markdown]
# ## What a program can check
#
# Anybody can write a program that adds numbers or reverses a list. So all sums and programs can be checked at no
# cost. Only the final answer is checked. The steps before it may still be wrong.

# %%
checked, report = clean.run(whole, {"drop wrong": clean.wrong})
report

# %% [markdown]
# The wrong answers have two causes. Some are **sampling errors**: at temperature 1.8 an unlikely token was drawn.
# Others are answers to **untrained kinds** of question. The teacher was trained on sums of *three-digit numbers*
# and on programs of two or three operations. To 993 − 97 it gives a wrong answer in the usual form.
#
# ## How confident was the teacher?
#
# For translations the attacker has no program. It has the probability of each token in the answer.
#
# ### Exercise 06.1 · Confidence (easy, 5 minutes)
#
# Return one number for an answer: the **geometric mean** of its tokens' probabilities. The API serves natural
# logarithms.

# %% nbgrader={"grade": false, "grade_id": "confidence", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("06.confidence")
def confidence(logprobs):
    """(tokens,) natural logarithms, a tensor. Returns a number from 0 to 1.

    Worked case: probabilities 0.9, 0.9 and 0.1 give the cube root of 0.081: 0.4327.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "confidence_check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
grade("06.confidence", points=1)

# %%
from course_utils.api import client

prompts = ["translate the two old cats saw a dog :", "reason 347 + 586 :",
           "code reverse 41532 :"]
reply = client.text(server).completions.create(model="teacher", prompt=prompts,
                                               logprobs=0)
for choice in reply.choices:
    certainty = confidence(torch.tensor(choice.logprobs.token_logprobs))
    print(f"{float(certainty):.3f}   {prompts[choice.index]} {choice.text}")

# %% [markdown]
# These answers are greedy, at temperature 0. The first is right, and its confidence is below 1, because Tavi allows
# two orders for a sentence: at one position two tokens are correct. The last is wrong with a confidence of 1.000. The teacher was
# trained on programs of two operations or more, so it adds a second one.
#
# **Predict.** Answers below a threshold are dropped. What share of the wrong answers does this drop: of the sampling
# errors, and of the answers to untrained kinds?

# %%
def learned(question):
    """Was the teacher trained on this kind? We know from lesson 03; the attacker does
    not."""
    domain, *words = question.split()[:-1]
    three_digits = domain == "reason" and len(words[0]) == len(words[2]) == 3
    return three_digits or domain == "code" and len(words) > 2 or domain == "translate"

def shares(rows):
    """{what: share} of a harvest: sampling errors ("slips") and untrained kinds ("never
    learned") that low confidence drops, and sentences of each length that pass."""
    rows = clean.annotate(clean.run(rows, {"cut off": clean.cut_off})[0])
    right = [skills.is_right(*pair) for pair in zip(rows.question, rows.answer)]
    rows = rows.assign(low=rows.confidence < clean.SURE,
                       known=rows.question.map(learned))
    wrong = rows[[not one for one in right]]
    found = {"slips dropped": wrong.low[wrong.known].mean(),
             "never learned dropped": wrong.low[~wrong.known].mean()}
    for n in range(5, 10):
        mine = (rows.domain == "translate") & (rows.difficulty == n)
        found[f"{n} words passed"] = 1 - rows.low[mine].mean()
    return found

# %%
whole = whole.assign(learned=whole.question.map(learned))
groups = {"wrong: sampling errors": ("0.1", "^", whole[~whole.right & whole.learned]),
          "wrong: untrained kinds": ("0.4", "D", whole[~whole.right & ~whole.learned]),
          "right": ("0.6", "o", whole[whole.right])}
fig, ax = plt.subplots(figsize=(7.8, 3.2))
levels = [i / 100 for i in range(30, 100)]
for name, (grey, marker, group) in groups.items():
    share = [100 * (group.confidence < level).mean() for level in levels]
    ax.plot(levels, share, color=grey, marker=marker, markevery=10,
            label=f"{name} ({len(group)})")
ax.axvline(clean.SURE, color="0.75", linewidth=6, alpha=0.5, zorder=0,
           label="threshold used here")
ax.set(xlabel="drop answers with a confidence below", ylabel="dropped, % of the group",
       ylim=(-3, 105), title="Low confidence finds sampling errors, and misses most "
                             "wrong answers\nof untrained kinds")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=9.5)
plots.show(fig, "Share of answers dropped against the confidence threshold, for three "
           "groups. Sampling errors are nearly all dropped at 0.9. Of the wrong "
           "answers of untrained kinds, fewer than half are. Few right answers are "
           "dropped until a threshold near 0.97, where the line of right answers "
           "jumps.")

# %%
# ten harvests, or five
runs = pd.concat([measures.stored("L06"), measures.stored("L06A")])
cells = {key: torch.tensor(group.sort_values("seed").value.tolist())
         for key, group in runs.groupby(["series", "x"])}

def percent(series, x):
    mean, low, high = measures.mean_interval(cells[series, x])
    return f"{mean:.0%} ({low:.0%} to {high:.0%})"

for what in ("slips", "never learned"):
    name = {"slips": "sampling errors", "never learned": "untrained kinds"}[what]
    print(f"{name} dropped at {clean.SURE}: {percent('share', f'{what} dropped')}")
pd.DataFrame({f"{where}, {what}": {level: percent(f"{where}, {what} dropped", level)
                                   for level in ("0.7", "0.9", "0.95", "0.98")}
              for where in ("checkable", "translations")
              for what in ("wrong", "right")})

# %% [markdown]
# In ten harvests the filter drops 98 % of the sampling errors, and 38 % of the wrong answers to untrained kinds.
# Log-probabilities show which tokens were unlikely. They do not show what the teacher never learned. (It also drops
# more long sentences: 69 % with five words pass, and 64 % with nine.)
#
# Where does the threshold come from? On *checkable* questions (sums and programs) the attacker knows the truth, and
# there 0.98 is best: it drops the most wrong answers, and few right ones. On translations 0.98 drops nearly every
# right answer, because each has a position with two correct tokens. So check a threshold in each domain where you
# use it. We use 0.9, a round value: from 0.9 to 0.95 little changes in either domain.
#
# ## When no log-probabilities are served
#
# Without log-probabilities the attacker can ask the same question again. Sampling errors differ from one another,
# and right answers agree (Wang and others, 2022).
#
# ### Exercise 06.2 · The vote (easy, 5 minutes)

# %% nbgrader={"grade": false, "grade_id": "majority", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("06.majority")
def majority(answers):
    """One question's final answers: a list of texts, None where there is none. Returns
    an index.

    The index, from 0, of the first sample that gives the most frequent answer. None
    does not count as a vote. In a tie the answer that was given first wins. -1 when all
    are None.
    Worked case: [None, "12", "47", "47"] gives 2, and ["12", "47"] gives 0.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "majority_check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
grade("06.majority", points=1)

# %%
def by_vote(group):
    return int(majority([skills.final_answer(answer) for answer in group.answer]))

def by_confidence(group):
    return int(group.confidence.argmax())

def share_right(answers, choose, samples):
    """Choose one of the first samples of each question: how often is it right?"""
    groups = answers[answers["sample"] < samples].groupby("prompt")
    chosen = [(prompt, group.answer.iloc[choose(group)]) for prompt, group in groups]
    return sum(skills.is_right(*pair) for pair in chosen) / len(chosen)

pd.DataFrame({way: {name: percent("vote", f"{name}, {key}")
                    for name in ("sentences", "one operation")}
              for way, key in {"one answer": "one", "the vote of five": "vote",
                               "the most confident of five": "surest"}.items()})

# %% [markdown]
# These are five seeds with 100 questions each. On sentences both ways help, for five times the price. The most
# confident answer is right more often than the vote. (Each sentence has two right translations, which can split the
# votes.)
#
# On programs of one operation, an untrained kind, only 18 % are right with either. There the answers must be
# checked by a program.
#
# ## Repeated questions
#
# Next the answers with low confidence are dropped, and then the repeated questions. Many questions occur two or
# three times. In normal form a repeated question is simply an equal one.

# %%
confident, report = clean.run(checked, {"drop low-confidence": clean.unsure,
                                        "drop repeated": clean.duplicate})
report

# %% [markdown]
# For web text there is no normal form. There one measures how *similar* two texts are. Cut each text into its
# **n-grams**, n tokens in a row, and take
#
# $$J(A, B) = \frac{|A \cap B|}{|A \cup B|}$$
#
# of the two sets of n-grams. This is **Jaccard's coefficient**; Broder (1997) calls it resemblance.
#
# ### Exercise 06.3 · Resemblance (medium, 10 minutes)

# %% nbgrader={"grade": false, "grade_id": "resemblance", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("06.resemblance")
def resemblance(one, other, n=3):
    """Jaccard's coefficient of two texts' sets of n-grams. Two lists of tokens. Returns
    a number.

    A text of fewer than n tokens is one n-gram: all of it.
    Worked case: a b c d and b c d e, n = 2: {ab, bc, cd} and {bc, cd, de} give 2 / 4.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "resemblance_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("06.resemblance", points=2)

# %%
SENTENCE = "translate the king saw two small dogs :"
PAIRS = (("reason 347 + 586:", "reason  347+586:"),
         ("reason 347 + 586:", "reason 347 + 587:"),
         (SENTENCE, SENTENCE.replace(":", ". :")),
         (SENTENCE, SENTENCE.replace("small", "big")))
for one, other in PAIRS:
    print(f"{float(resemblance(list(one), list(other), 4)):.2f}   {one} | {other}")

# %% [markdown]
# The n-grams here are four *letters* in a row (digits and spaces count as letters). In the first and the third pair
# the question is the same, and in the other two it is not.
#
# A million texts have too many pairs to compare them all. **MinHash** turns each set into a short signature: for
# each of several random functions, the *smallest* value of the set's n-grams. Take the n-gram with the smallest
# value in the union of two sets. If it is in both sets, their smallest values are equal. This has a probability
# close to $J$.

# %%
PRIME = clean.PRIME                                # 2**31 - 1

# %% [markdown]
# ### Exercise 06.4 · MinHash (medium, 10 minutes)
#
# The functions are $x \mapsto (a x + b) \bmod p$, with a prime $p$, and $a$ and $b$ drawn once for all texts. They
# are only approximately random in the sense needed here (Broder and others, 1998).

# %% nbgrader={"grade": false, "grade_id": "minhash", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("06.minhash")
def minhash(hashes, multipliers, offsets):
    """(n-grams,) int64; (k,) int64 twice, the a and the b. Returns the signature, (k,).

    At index j the smallest of (multipliers[j] * hash + offsets[j]) % PRIME over the
    hashes.
    Worked case: hashes [1, 5], multipliers [2, PRIME - 1], offsets [0, 1]: [2, 0].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "minhash_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("06.minhash", points=2)

# %%
def hashed(letters):
    grams = clean.ngrams(letters, 4)               # a CRC has 32 bits, and PRIME has 31
    return torch.tensor([zlib.crc32("".join(gram).encode()) % PRIME for gram in grams])

generator = torch.Generator().manual_seed(0)
for k in (16, 64, 256, 4096):
    a, b = torch.randint(1, PRIME, (2, k), generator=generator)
    one, other = (minhash(hashed(list(text)), a, b) for text in PAIRS[1])
    print(f"{k:5} positions: {(one == other).float().mean():.2f} of them agree")

# %% [markdown]
# The library `datasketch` puts such signatures into an index, so that only likely pairs are compared.
# `clean.near_pairs` asks this index and then computes the resemblance of each pair exactly.
#
# **Predict, then run.** Suppose that you did not know the normal form, and took the raw texts with four letters in a
# row. Is there a threshold that finds the repeated questions and only those: among sums? Among translations?

# %%
def alike(domain):
    """The near pairs among a domain's raw texts: how alike, and is it the same
    question?"""
    mine = rows[rows.domain == domain]
    letters, asked = [list(text) for text in mine.prompt], mine.question.tolist()
    found = [(float(resemblance(letters[i], letters[j], 4)), asked[i] == asked[j])
             for i, j in clean.near_pairs(letters, 0.4, n=4)]
    times = mine.question.value_counts()
    return pd.DataFrame(found,
                        columns=["alike", "same"]), int((times * (times - 1) / 2).sum())

near_texts = {"sums": alike("reason"), "translations": alike("translate")}

# %%
table = {}
for name, (pairs, there) in near_texts.items():
    above = {level: pairs.same[pairs.alike >= level]
             for level in (0.5, 0.6, 0.7, 0.8, 0.9)}
    table[name, "recall"] = {level: same.sum() / there for level, same in above.items()}
    table[name, "precision"] = {level: same.mean() for level, same in above.items()}
pd.DataFrame(table).round(2).rename_axis("threshold")

# %% [markdown]
# Among sums there is none: recall stays low at each threshold, because the same sum with other spaces is less
# similar than another sum with one other digit. For sentences a threshold of 0.8 works: it finds 77 % of the
# repeated ones, and 95 % of what it finds is repeated. Near-duplicate detection was made for long texts. In a sum,
# **one changed digit makes another question**. So compare normal forms first. Which near duplicates remain then?

# %%
_, report = clean.run(confident,
                      {"alike 0.5": lambda rows: clean.near_duplicate(rows, 0.5)})
report

# %% [markdown]
# These are different questions with different answers. What they are worth is measured below.
#
# ## The benchmark is in the harvest
#
# A student trained on these rows has seen the test with its answers.
#
# ### Exercise 06.5 · Contaminated (medium, 10 minutes)
#
# The usual check drops a question that shares **n tokens in a row** with a test question.

# %% nbgrader={"grade": false, "grade_id": "contaminated", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("06.contaminated")
def contaminated(questions, tests, n=5):
    """Two lists of token lists. Returns (questions,) bool: n tokens in a row from one
    of the tests?

    A question of fewer than n tokens counts when it equals a test, whole.
    Worked case: questions [a b c d], [c b a], tests [x b c d], n = 3: [True, False].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "contaminated_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("06.contaminated", points=2)

# %%
ideas = {clean.normal(q) for wishes in clean.wish_lists(SEED, []) for q in wishes}
origin = ["its variations" if q not in ideas else "other questions"
          for q in confident.question]
origin = pd.Series(origin, confident.index).mask(confident.question.isin(benchmark),
                                                 "the benchmark")
texts, known = [list(map(clean.tokens, prompts))
                for prompts in (confident.prompt, benchmark)]
print(f"the longest question has {max(map(len, texts + known))} tokens")
pd.DataFrame({"whole" if n == 99 else f"n = {n}":
              pd.Series(contaminated(texts, known, n).tolist(), confident.index)
              .groupby(origin).mean().round(2) for n in (99, 8, 6, 5, 4, 3)})

# %% [markdown]
# The table shows the share of each group that is dropped; each digit is a token. A large n finds the benchmark and
# misses its variations. A small n drops most other questions, too.
#
# GPT-3's authors set n to the 5th percentile of a benchmark's lengths in words, between 8 and 13 on most tasks (Brown
# and others, 2020, appendix C). None of our questions has 13 tokens, so n = 13 would compare whole questions only.
#
# **Predict** before you read on. A student was trained on *different* questions, each one digit or one word away from
# a test question. Is its test score too high?
#
# ## What is each stage worth?
#
# The stages are applied one after another. After each, a student is trained on the rows that are left, from the base
# model of lesson 03, always for 200 steps of 48 answers. It takes two tests: the public benchmark, and fresh
# questions that nobody published.
#
# `LADDER` has the stages in order, `NAMES` what each does, and `WAYS` all stages that are applied under a name.

# %%
LADDER = ("raw", "cut off", "wrong", "unsure", "asked before", "in the test",
          "near the test")
NAMES = {"raw": "nothing dropped", "cut off": "drop cut-offs", "wrong": "drop wrong",
         "unsure": "drop low-confidence", "asked before": "drop repeated",
         "in the test": "drop 8 in a row of a test",
         "near the test": "drop 5 in a row of a test"}
FOUR = LADDER[1:5]
WITHOUT = {"without 'wrong'": ("cut off", "unsure", "asked before"),
           "without 'unsure'": ("cut off", "wrong", "asked before"),
           "without both": ("cut off", "asked before")}

# %% [markdown]
# `WITHOUT` leaves out one or two of the first four stages, and `OTHERS` adds one to the four. `alike 0.5` drops a
# question whose resemblance with an earlier one is 0.5 or more. `6 in a row` drops questions that share six tokens in
# a row with a test question.

# %%
OTHERS = {way: (*FOUR, way) for way in ("alike 0.5", "alike 0.3", "6 in a row",
                                        "4 in a row")}
WAYS = {way: LADDER[1:i + 1] for i, way in enumerate(LADDER)} | WITHOUT | OTHERS
SERIES = ("rows left", "fresh", "benchmark")
IN_A_ROW = {"in the test": 8, "6 in a row": 6, "near the test": 5, "4 in a row": 4}

def stages(benchmark):
    """{name: stage} of all that is measured here."""
    named = {"cut off": clean.cut_off, "wrong": clean.wrong, "unsure": clean.unsure,
             "asked before": clean.duplicate}
    for name, n in IN_A_ROW.items():
        named[name] = lambda rows, n=n: clean.in_test(rows, benchmark, n)
    for alike in (0.3, 0.5):
        named[f"alike {alike}"] = lambda rows, a=alike: clean.near_duplicate(rows, a)
    return named

# %%
from course_utils.student import training


def worth(seed, rows, ways, steps=200):
    """{way: (rows left, fresh questions right, benchmark right)}: a student for each
    way."""
    benchmark, fresh = tests(seed)
    found, named = {}, stages([p.prompt for p in benchmark])
    for way in ways:
        left, _ = clean.run(rows, {name: named[name] for name in WAYS[way]})
        batch = training.batches(language.pack(left.prompt, left.answer), seed=seed)
        student = training.fit_language(language.load_base(), batch, steps=steps,
                                        progress=way)
        found[way] = (len(left), measures.exact_match(student, fresh),
                      measures.exact_match(student, benchmark))
    return found

# %%
def mark(ax, y, values, role, label=None):
    mean, low, high = (100 * value for value in measures.mean_interval(values))
    ax.errorbar([mean], [y], xerr=[[mean - low], [high - mean]],
                color=plots.ROLES[role].colour,
                marker=plots.ROLES[role].marker, capsize=3, linewidth=2, linestyle="",
                label=label)

# %%
gap = 100 * (cells["benchmark", "asked before"] - cells["fresh", "asked before"]).mean()

# %% tags=["signature"]
fig, (left, ax, right) = plt.subplots(1, 3, figsize=(10.5, 4), sharey=True,
                                      width_ratios=[2, 4, 3])
for y, way in enumerate(LADDER):
    count = cells["rows left", way].mean()
    left.barh(y, count, color="0.45", height=0.6)
    left.text(60, y, f"{count:,.0f}", va="center", color="white")
    for series, role, name in (("fresh", "student", "on fresh questions"),
                               ("benchmark", "baseline", "on the benchmark")):
        mark(ax, y, cells[series, way], role, None if y else name)
    if y:
        mark(right, y, cells["fresh", way] - cells["fresh", LADDER[y - 1]], "student")
right.axvline(0, color="0.6", linewidth=1)
left.set(title="rows left", xticks=[], ylim=(6.6, -0.6))
left.set_yticks(range(7), NAMES.values())
ax.set(title="score of the student", xlabel="questions right, %")
right.set(title="gain of this stage, fresh questions", xlabel="points, 95 % interval")
fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2)
fig.suptitle(f"With the benchmark in the harvest, its score is {gap:.0f} points too "
             "high",
             x=0.01, ha="left")
plots.show(fig, "Three panels over seven steps of cleaning, ten seeds. Left: rows "
           "left, from about 2,600 to 900. Middle: the score on fresh questions rises "
           "from 39 to 45 percent and falls back; the benchmark's rises from 61 to 81 "
           "percent and falls to 43. Right: the gain of each stage: only that of "
           "dropping wrong answers is above zero; the last two lose.")

# %%
def gain(one, other, series="fresh"):
    """`one` minus `other`, over the seeds that both have: a mean and its interval."""
    a, b = cells[series, one], cells[series, other]
    both = min(len(a), len(b))
    return measures.paired_interval(a[:both], b[:both])

for before, way in zip(LADDER, LADDER[1:]):
    print(f"{NAMES[way]:26} {gain(way, before).points()}")
print(f"{'the first four together':26} {gain('asked before', 'raw').points()}")
at_random = gain("random: as many as four stages", "raw")
print(f"{'as many rows, at random':26} {at_random.points()}")

# %% [markdown]
# An attacker that has only the benchmark would leave out the last two stages, because they lower its score. On fresh
# questions the first four stages together gain 5.9 points (4.3 to 7.4). As many rows dropped at random cost 8.7
# points (5.5 to 11.9), so the gain is no effect of fewer rows. In this order most of the gain comes from
# *drop wrong*. For *drop repeated* no gain was shown at equal training. (Here a question occurs two or three times; Lee
# and others, 2021, found a sentence 60,000 times in a web corpus.) For *drop low-confidence* no gain was shown,
# either. Is this filter useless?

# %%
for way in WITHOUT:
    name = way.replace("wrong", "drop wrong").replace("unsure", "drop low-confidence")
    print(f"all four minus the same {name:29} {gain('asked before', way).points()}")

# %% [markdown]
# No. Without one of the two filters no loss is shown, and without both 5.2 points are lost (3.8 to 6.7). About two
# thirds of what the program finds wrong has a low confidence, too, so the filter that comes first gets the gain. A
# table of "what each stage is worth" depends on the order of its rows.
#
# ## How much does the benchmark exaggerate?
#
# The next figure shows the benchmark's score minus the score on fresh questions, after each kind of search for the
# benchmark's questions. In the last column the colleagues never asked them.

# %%
LOOKED_FOR = {"nothing": "asked before", "whole\nquestions": "whole questions",
              "8 in a row": "in the test", "6 in a row": "6 in a row",
              "5 in a row": "near the test",
              "4 in a row": "4 in a row", "not in\nthe harvest": "never asked"}
gaps = {name: cells["benchmark", way] - cells["fresh", way]
        for name, way in LOOKED_FOR.items()}
left = [f"{cells['rows left', way].mean():,.0f} rows" for way in LOOKED_FOR.values()]

fig, ax = plt.subplots(figsize=(8.6, 3.4))
for i, values in enumerate(gaps.values()):
    plots.dots(ax, i, (100 * values).tolist(), "student" if i < 6 else "baseline")
ax.axhline(0, color="0.6", linewidth=1, zorder=0)
ax.set_xticks(range(7), [f"{name}\n{rest}" for name, rest in zip(gaps, left)])
ax.set(ylabel="benchmark minus fresh, points",
       xlabel="what was looked for and dropped; rows left",
       title="Variations of the benchmark's questions inflate its score")
plots.show(fig, "The benchmark's score minus that of fresh questions, in points, five "
           "or ten seeds. Nothing dropped: about 36. The more is dropped, from whole "
           "questions to 4 tokens in a row, the smaller the difference. At 4 in a row, "
           "and where the benchmark was never in the harvest, the interval includes "
           "zero.")

# %%
for name, values in gaps.items():
    print(f"{' '.join(name.split()):18} {measures.mean_interval(values).points()}")
cost = gain("near the test", "never asked")
print(f"fresh questions, '5 in a row' minus 'not in the harvest': {cost.points()}")

# %% [markdown]
# Of the 36.1 points, 15.7 remain if the benchmark's own questions are dropped, and 13.5 after *8 in a row*. They
# come from the *variations*: other questions with other answers, and with most steps in common. Yang and others
# (2023) found the same with rephrased benchmarks, and recommend fresh, one-time tests. After *5 in a row* 4.2
# points remain (1.9 to 6.5). So **near duplicates of the test** have to be dropped.
#
# On fresh questions no difference was shown between *5 in a row* and a harvest without the benchmark: +0.4 points
# (−1.6 to +2.5). So decontamination does not improve the student. It corrects the *score*. With fresh questions of
# your own you can keep the rows and test on those.
#
# ## Near duplicates inside the harvest
#
# What happens if near duplicates *inside* the harvest are dropped, after the four stages?

# %%
for way in ("alike 0.5", "alike 0.3"):
    fewer = (cells["rows left", "asked before"].mean()
             - cells["rows left", way].mean()).item()
    print(f"{way}: {fewer:4.0f} fewer rows, fresh {gain(way, 'asked before').points()},"
          f"\n           benchmark {gain(way, 'asked before', 'benchmark').points()}")
same_size = gain("alike 0.3", "random: as many as alike 0.3")
print(f"alike 0.3 minus as many rows at random, fresh: {same_size.points()}")

# %% [markdown]
# At 0.5 neither harm nor gain is shown. At 0.3, 6.5 points are lost on fresh questions (3.6 to 9.4), and the
# benchmark's score goes *up*, because its questions are now a larger part of the rows. A threshold tuned on the
# benchmark would be tuned in the wrong direction. As many rows dropped at random cost 2.6 points more (0.7 to 4.4).
# So the loss comes from fewer rows, and near duplicates are worth less than other rows.

# %% [markdown]
# ## Raw output of a chat model
#
# Output of a chat model has other faults: refusals, a model that names itself, reasoning blocks, cut-offs, near
# duplicates, answers in the wrong language, and residue of a chat template. `raw_output.jsonl` has 200 labelled
# rows in English and German. We wrote them for this course, and the assistants named in them are invented. The
# patterns and the threshold below were set on 80 rows. (Two rules were set later.) The other 120 are for the test,
# and about half of their faults are worded in a new way.
#
# **Predict, then run.** What recall will they have on the 120 rows?

# %%
raw = pd.read_json(bundled.checked_path("raw_output.jsonl"), lines=True)
PATTERNS = {"refusal": r"^(?:I'm sorry|I cannot|As an AI|Es tut mir leid)",
            "self-naming": r"\b(?:I am|My name is|As|Ich bin) [A-Z]\w+",
            "reasoning": r"</?think>", "residue": r"<\|\w+\|>|\[/?INST\]|\nUser:"}
COMMON = {"de": set("der die das und ist ein eine nicht wie was im in den auf man es "
                    "sich".split()),
          "en": set("the a an is are of and to it how what with do does for that this "
                    "i you".split())}

def language_of(text):
    """The language with more of its common words in the text; "" in a tie."""
    words = re.findall(r"\w+", text.lower())
    de, en = (sum(word in COMMON[name] for word in words) for name in ("de", "en"))
    return "" if de == en else "de" if de > en else "en"

# %%
def found_in(rows):
    """One column for each kind of fault: True where a stage or a pattern finds it."""
    table = {kind: rows.answer.str.contains(pattern)
             for kind, pattern in PATTERNS.items()}
    ends = clean.cut_off(rows, final=lambda answer: re.search(r'[.!?"]$', answer))
    table["cut-off"] = ends != ""
    pairs = zip(rows.prompt.map(language_of), rows.answer.map(language_of))
    table["other language"] = [bool(one and other and one != other)
                               for one, other in pairs]
    texts = [re.findall(r"\w+", text.lower()) for text in rows.prompt + " "
             + rows.answer]
    again = {j for i, j in clean.near_pairs(texts, 0.7, n=2)
             if resemblance(texts[i], texts[j], 2) >= 0.7}
    table["near duplicate"] = [i in again for i in range(len(rows))]
    return pd.DataFrame(table, index=rows.index)

# %%
def judged(part):
    rows = raw[raw["split"] == part]
    found, good = found_in(rows), rows.faults.str.len() == 0
    there = pd.DataFrame({kind: [kind in faults for faults in rows.faults]
                          for kind in found},
                         rows.index)
    hits = (found & there).sum()
    table = {"rows": there.sum(), "precision": hits / found.sum(),
             "recall": hits / there.sum(), "good rows dropped": found[good].sum()}
    return pd.DataFrame(table), found.any(axis=1)[good]

(seen, _), (unseen, dropped) = judged("look"), judged("judge")
print(f"rows without a fault: {len(dropped)}, dropped by one of the seven: "
      f"{dropped.sum()}")
pd.concat({"80 rows to look at": seen, "120 rows to judge": unseen}, axis=1).round(2)

# %% [markdown]
# Recall falls to about a half for refusals, self-naming and near duplicates, where half of the wordings are new. It
# is 1 for cut-offs and wrong languages, which are found by form. About a fifth of the rows without a fault are
# dropped, too: a polite letter as a refusal, the first line of a novel as self-naming, a list without a full stop
# as a cut-off. A pattern finds what its author has seen. Test it on labelled rows that were not used to write it.
#
# A reasoning block or template residue can also be cut out, and the rest of the row kept.

# %%
server.stop()

# %% [markdown]
# ## What we checked
#
# Each row is a conclusion, and what it is compared with. *Agrees* means that the whole 95 % interval of the
# difference lies above zero, *does not agree* that it lies below, *not shown* that it includes zero.

# %%
def verdict(interval):
    return ("agrees" if interval.low > 0 else "does not agree" if interval.high < 0
            else "not shown")

def minus(series, one, other):
    return measures.paired_interval(cells[series[0], one], cells[series[-1], other])

share, votes = ("share",), ("vote",)
checked = [
    ("confidence finds sampling errors", "wrong answers, untrained kinds",
     minus(share, "slips dropped", "never learned dropped")),
    ("0.98 drops right translations", "right sums and programs",
     minus(("translations, right dropped", "checkable, right dropped"),
           "0.98", "0.98")),
    ("the vote of five helps on sentences", "one answer",
     minus(votes, "sentences, vote", "sentences, one")),
    ("the vote helps on an untrained kind", "one answer",
     minus(votes, "one operation, vote", "one operation, one")),
    ("four stages help", "as many rows at random",
     gain("asked before", "random: as many as four stages")),
    ("dropping repeated questions helps", "without this stage",
     gain("asked before", "unsure")),
    ("one of the two filters helps", "neither",
     gain("without 'wrong'", "without both")),
    ("the second filter helps, too", "one of them",
     gain("asked before", "without 'wrong'"))]

# %%
# NBVAL_CHECK_OUTPUT
absent = gaps["not in\nthe harvest"]
checked += [
    ("dropping near duplicates at 0.3 does harm", "none dropped",
     gain("asked before", "alike 0.3")),
    ("dropping other rows does less harm", "as many at random",
     gain("random: as many as alike 0.3", "alike 0.3")),
    ("the benchmark exaggerates", "it is not in the harvest",
     measures.paired_interval(gaps["nothing"], absent)),
    ("after 8 in a row, too", "the same",
     measures.paired_interval(gaps["8 in a row"], absent)),
    ("after 5 in a row, too", "the same",
     measures.paired_interval(gaps["5 in a row"], absent)),
    ("dropping 5 in a row does harm, fresh", "the same",
     gain("never asked", "near the test")),
    ("the filter drops long sentences more", "5 words, not 9",
     minus(share, "5 words passed", "9 words passed"))]
pd.DataFrame([(what, control, verdict(pair)) for what, control, pair in checked],
             columns=["conclusion", "control", "here"])

# %% [markdown]
# ## Wrap-up: five questions

# %%
widgets.quiz("06")

# %% [markdown]
# ## What this does not show
#
# - The lists, the benchmark and the temperature of 1.8 are ours. At a low temperature there is little to filter.
# - The student is small, and a thousand rows are few, so each dropped row costs. With a million rows quality may weigh
#   more. All students take the same number of steps: with fewer rows each is repeated more often.
# - The n-grams miss a benchmark in other words or in another language.
# - The harvest held copies of all 150 benchmark questions. In practice it is a part, and nobody knows which.
# - The raw rows and their labels are ours, and two rules were set after we had seen results on the 120. They show how
#   patterns fail, not how often they do on real traffic.
#
# ## With real models
#
# Libraries cut a MinHash signature into $b$ **bands** of $r$ values. A pair is a candidate if one whole band
# agrees, which has the probability $1 - (1 - J^r)^b$. Of each *connected component* of pairs one text is kept. So a
# chain of pairs can join texts that are not similar. The next cell computes this probability for two published
# defaults.

# %%
for name, bands, size in (("datatrove", 14, 8), ("NeMo Curator", 20, 13)):
    chances = [1 - (1 - j**size) ** bands for j in (0.7, 0.8, 0.9)]
    print(name, *(f"J = {j}: {p:.0%}" for j, p in zip((0.7, 0.8, 0.9), chances)),
          sep="   ")

# %% [markdown]
# These calls were read in the tools' documentation or source, and not run here:
#
# | step | call | trap |
# |---|---|---|
# | near duplicates | datatrove `MinhashConfig`, 5 words | a long prompt that all rows share makes them similar |
# | | NeMo Curator `FuzzyDeduplicationWorkflow`, 24 letters | short texts have few such n-grams |
# | | distilabel `MinHashDedup`, threshold 0.9 | the default compares single words, without order |
# | embeddings | distilabel `EmbeddingDedup` | its threshold depends on the index and the model |
# | test questions | datatrove `NGramsDecontFilter`, 12 words | by default it ignores n-grams of the question alone |
# | | LLM Decontaminator: nearest by embedding, then a judge | it is as good as its judge |
# | quality | distilabel `UltraFeedback`; EasyDistill `CoTRVCDScorer`, for chains of thought | a judge prefers one position, long answers and its own style (Zheng and others, 2023) |
# | reasoning | vLLM `--reasoning-parser`: a field of its own | raw text may have `</think>` without `<think>` |
# | identity | FastChat `hardcoded_questions`: rows with the new name | without them "Who are you?" has no answer |
#
# Models refuse some harmless questions (XSTest, Röttger and others, 2023), so a refusal is a reason to ask again, not
# only to drop.
#
# ## References
#
# - Broder, *On the resemblance and containment of documents*, 1997 (Jaccard's coefficient of n-grams, MinHash);
#   Broder and others, *Min-Wise Independent Permutations*, 1998
# - Lee and others, *Deduplicating Training Data Makes Language Models Better*, 2021.
#   [arXiv:2107.06499](https://arxiv.org/abs/2107.06499)
# - Brown and others, *Language Models are Few-Shot Learners*, 2020, appendix C.
#   [arXiv:2005.14165](https://arxiv.org/abs/2005.14165)
# - Yang and others, *Rethinking Benchmark and Contamination for Language Models with Rephrased Samples*,
#   2023. [arXiv:2311.04850](https://arxiv.org/abs/2311.04850), with the LLM Decontaminator
# - Wang and others, *Self-Consistency Improves Chain of Thought Reasoning* (the vote), 2022.
#   [arXiv:2203.11171](https://arxiv.org/abs/2203.11171)
# - Zheng and others, *Judging LLM-as-a-Judge*, 2023. [arXiv:2306.05685](https://arxiv.org/abs/2306.05685);
#   P. Röttger and others, *XSTest*, 2023. [arXiv:2308.01263](https://arxiv.org/abs/2308.01263)
# - Tools: [datasketch](https://github.com/ekzhu/datasketch) 2.0.0, which runs here; as read in November 2026,
#   [datatrove](https://github.com/huggingface/datatrove),
#   [NeMo Curator](https://docs.nvidia.com/nemo/curator/latest/),
#   [distilabel](https://argilla-io.github.io/distilabel/),
#   [EasyDistill](https://github.com/modelscope/easydistill), [vLLM](https://docs.vllm.ai/),
#   [FastChat](https://github.com/lm-sys/FastChat)
#
# On to lesson 07: the data is clean. What does a student learn from it, and what does it only imitate?
#
# All terms of the course are explained in the [glossary](glossary.md).

# %%
progress()
