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
# with a reason for every row that goes, say what log-probabilities can tell and what they cannot, know when not
# to hunt near duplicates, and report a score that your own data has not spoiled.
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
import zlib

import matplotlib.pyplot as plt
import torch

plots.picture("clean", "student", "score")

# %% [markdown]
# ## A harvest made in haste
#
# Lesson 05's harvest had one careful author, and the teacher answered greedily. There was nothing to clean.
# Here are three colleagues in a hurry.
#
# - They share a list of ideas: sums of any numbers up to 999, programs of one to three operations, sentences.
#   Half of the ideas came from the other half, by changing one digit or one word. Each takes some, and writes
#   them his own way: one saves spaces, one ends a sentence with a full stop.
# - They ask at temperature 1.8, "for variety", and cut answers at 40 tokens, to save money.
# - Two of them add a public benchmark, "since that is what we will be measured by". The third takes each of its
#   questions and changes one thing in it, twice, "so that it is not the test".
#
# We wrote these lists, the benchmark in them included. What the teacher makes of them is her own.

# %%
SEED = 10                           # yours; the stored runs further down are of seeds 0 to 9

def tests(seed, n=50):
    """Two lists of problems: a public benchmark, n a domain, and 1,350 that nobody published."""
    everything = [p for d in skills.DOMAINS[:3] for p in skills.problems(d, 500, 0, "test")]
    draw = random.Random(seed)
    public = {p.prompt for i in (0, 500, 1000) for p in draw.sample(everything[i:i + 500], n)}
    return ([p for p in everything if p.prompt in public],
            [p for p in everything if p.prompt not in public])

benchmark = [problem.prompt for problem in tests(SEED)[0]]
[wishes[-1] for wishes in clean.wish_lists(SEED, benchmark)]

# %%
import pandas as pd

HASTE = {"temperature": 1.8, "max_tokens": 40}

def haste(seed, ask, benchmark):
    """What three colleagues bring home, in one table."""
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
# Before anything is dropped, write beside each row what it is. The *normal form* of a question is what is left
# without its author's habits; *difficulty* is carries or borrows in a sum, operations in a program, words in a
# sentence. The copier can compute all three.

# %%
rows = clean.annotate(rows)
for written in ("reason  347+586:", "translate the cat saw birds . :"):
    print(f"{written!r} in normal form: {clean.normal(written)!r}")
rows.groupby(["domain", "difficulty"]).question.agg(rows="size", different="nunique").T

# %% [markdown]
# **Predict, then run.** What share of the answers is right? The copier cannot tell for translations: a
# dictionary of Tavi exists only in the provider's house. We may look.

# %%
pairs = zip(rows.question, rows.answer)
rows["right"] = [skills.is_right(question, answer) for question, answer in pairs]
rows.groupby("domain").right.agg(rows="size", right="mean").round(2)

# %% [markdown]
# ## A stage says why
#
# Each stage of cleaning is a function from rows to *reasons*: a few words for a row that goes, an empty text
# for one that stays. The first is for answers that the limit of 40 tokens cut off, or that never come to a
# final answer.

# %%
def cut_off(rows):
    reasons = ["cut off" if finish == "length" else "" if skills.final_answer(answer)
               else "no final answer" for finish, answer in zip(rows.finish, rows.answer)]
    return pd.Series(reasons, index=rows.index)

pd.set_option("display.max_colwidth", 110)
whole, report = clean.run(rows, {"cut off": cut_off})
report

# %% [markdown]
# Nothing goes silently: `clean.run` writes down the stage, how many rows, why, and three examples to look at.
# Most of the mistakes in data pipelines are found by somebody who reads the three examples.
#
# ## What a program can check
#
# Anybody can write a program that adds, or one that reverses a list. So sums and programs are checked, all of
# them, for nothing. (Only the final answer is. A trace may still be odd.)

# %%
checked, report = clean.run(whole, {"wrong": clean.wrong})
report

# %% [markdown]
# Look at the examples. Some are slips of the dice, at a temperature of 1.8. Others are not: the teacher has
# learned sums of *three digits* and programs of two or three operations, and nothing else. Asked for 993 − 97,
# or for a program of one operation, she does not say that she cannot. She says something.
#
# Who makes a list of questions seldom knows where the model's knowledge ends.
#
# ## How sure was she?
#
# For translations the copier has no program. He has the probability of each token that was said.
#
# ### Exercise 06.1 · Confidence (easy, 5 minutes)
#
# One number for an answer: the **geometric mean** of its tokens' probabilities. The API serves logarithms.

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

asked = ["translate the two old cats saw a dog :", "reason 347 + 586 :", "code reverse 41532 :"]
reply = client.text(server).completions.create(model="teacher", prompt=asked, logprobs=0)
for choice in reply.choices:
    sure = confidence(torch.tensor(choice.logprobs.token_logprobs))
    print(f"{float(sure):.3f}   {asked[choice.index]} {choice.text}")

# %% [markdown]
# (At temperature 0: no dice.) The first is right and has less than 1: Tavi has two orders for a sentence, so
# one of its tokens is an open choice, and nobody can be sure of that one.
#
# The last is wrong, and nothing could be surer. Programs of two operations are all that she has seen, so she
# finds a second one to do. **Predict.** Below some threshold we drop. Of the wrong answers, how many will go:
# of the *slips*, where she knows better, and of those to questions that she *never learned*?

# %%
def learned(question):
    """Was the teacher trained on this kind? We know it from lesson 03; the copier does not."""
    domain, *words = question.split()[:-1]
    three_digits = domain == "reason" and len(words[0]) == len(words[2]) == 3
    return three_digits or domain == "code" and len(words) > 2 or domain == "translate"

def shares(rows):
    """{what: share} of a harvest: what low confidence drops, and sentences that pass."""
    rows = clean.annotate(clean.run(rows, {"cut off": clean.cut_off})[0])
    right = [skills.is_right(*pair) for pair in zip(rows.question, rows.answer)]
    rows = rows.assign(low=rows.confidence < clean.SURE, known=rows.question.map(learned))
    wrong = rows[[not one for one in right]]
    found = {"slips dropped": wrong.low[wrong.known].mean(),
             "never learned dropped": wrong.low[~wrong.known].mean()}
    for n in range(5, 10):
        mine = (rows.domain == "translate") & (rows.difficulty == n)
        found[f"{n} words passed"] = 1 - rows.low[mine].mean()
    return found

# %%
whole = whole.assign(learned=whole.question.map(learned))
groups = {"wrong: slips": ("attacker", whole[~whole.right & whole.learned]),
          "wrong: never learned": ("defender", whole[~whole.right & ~whole.learned]),
          "right": ("teacher", whole[whole.right])}

# %%
fig, ax = plt.subplots(figsize=(7.5, 3.2))
levels = [i / 100 for i in range(30, 100)]
for name, (role, group) in groups.items():
    share = [(group.confidence < level).mean() for level in levels]
    colour, _, line = plots.ROLES[role]
    ax.plot(levels, share, color=colour, linestyle=line, lw=2, label=f"{name} ({len(group)})")
ax.axvline(clean.SURE, color=plots.ROLES["baseline"].colour, linewidth=1)
ax.text(clean.SURE, 1.03, "used here", ha="center", fontsize=9)
ax.set(xlabel="drop answers with a confidence below", ylabel="share dropped", ylim=(-0.03, 1.1),
       title="Confidence sees a slip of the dice, and not a lack of knowledge\n")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=9.5)
plots.show(fig, "Share of answers dropped against the confidence threshold, for three groups. "
           "Slips, wrong answers to questions the teacher can do, are nearly all dropped "
           "at 0.9. Of the wrong answers to questions she never learned, fewer than half "
           "are. Right answers are hardly touched, until a threshold near 0.97 takes the "
           "right translations too.")

# %%
runs = measures.stored("L06")                # ten other harvests, of seeds 0 to 9
cells = {key: torch.tensor(group.sort_values("seed").value.tolist())
         for key, group in runs.groupby(["series", "x"])}
for what in ("slips", "never learned"):
    mean, low, high = measures.mean_interval(cells["share", f"{what} dropped"])
    print(f"wrong, {what:14} dropped at {clean.SURE}: {mean:.0%} ({low:.0%} to {high:.0%})")

# %%
# the threshold: chosen where a program knows the truth, used where nobody does
low = whole.confidence < clean.SURE
hit = (low & ~whole.right).groupby(whole.domain).sum()
dropped, wrong = (what.groupby(whole.domain).sum() for what in (low, ~whole.right))
pd.DataFrame({"wrong": wrong, "dropped": dropped, "precision": hit / dropped,
              "recall": hit / wrong}).round(2)

# %% [markdown]
# (Yours, by domain.) Nearly all wrong translations go, and about one in six that goes was right: here she knows
# every word, and what is wrong is a slip. Among sums and programs the sure nonsense stays. Log-probabilities
# tell what the *dice* did; they do not tell what she does not know. (Large models, too, can be sure where they
# are wrong; how often differs from model to model.)
#
# Look at the right edge. A threshold of 0.98 is harmless for sums, and takes nearly every translation with it.
#
# ## When no log-probabilities are served
#
# Then one can ask again. Slips differ from one another; right answers agree.
#
# ### Exercise 06.2 · The vote (easy, 5 minutes)

# %% nbgrader={"grade": false, "grade_id": "majority", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("06.majority")
def majority(answers):
    """One question's final answers: a list of texts, None where there is none. Returns a place.

    The place, from 0, of the first sample that gives the answer which most give. None is no
    vote; in a tie the answer given first wins; -1 when nobody has one.
    Worked case: [None, "12", "47", "47"] gives 2, and ["12", "47"] gives 0.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "majority_check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
grade("06.majority", points=1)

# %%
def asked_again(name, questions, samples=5):
    path = bundled.fresh(f"again_{name}.jsonl")
    harvest.harvest(server, questions, path, samples=samples, seed=1, **HASTE)
    return harvest.read(path).sort_values(["prompt", "sample"])

again = {"sentences": [p.prompt for p in skills.problems("translate", 100, SEED)],
         "one operation": [p.prompt for p in skills.problems("code", 100, SEED, easy=True)]}
again = {name: asked_again(name, questions) for name, questions in again.items()}

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

# %%
WAYS_TO_CHOOSE = {"the vote": by_vote, "the surest": by_confidence}
pd.DataFrame({n: {(name, way): share_right(answers, choose, n) for name, answers in again.items()
                  for way, choose in WAYS_TO_CHOOSE.items()} for n in (1, 3, 5)}).round(2)

# %% [markdown]
# (Columns: samples asked.) On sentences both work. The vote needs more samples, and each costs as much as the
# first; here it is also split, for every sentence has two right translations.
#
# On programs of one operation, which she never learned, neither gets anywhere. Votes and log-probabilities tell
# what the dice did. A *check* tells what is true.
#
# ## Asked before
#
# First the unsure answers go. Then the repeated questions: the colleagues share their ideas, so many came
# twice. In normal form that is a matter of equality, `question.duplicated()`.

# %%
sure, report = clean.run(checked, {"unsure": clean.unsure, "asked before": clean.duplicate})
report

# %% [markdown]
# That was easy because we know how these people write. For the web nobody can write down a normal form. There
# one asks how *alike* two texts are: cut each into all its **n-grams**, n tokens in a row, and take
#
# $$J(A, B) = \frac{|A \cap B|}{|A \cup B|}$$
#
# of the two sets, **Jaccard's coefficient** (Broder, 1997, calls it resemblance).
#
# ### Exercise 06.3 · Resemblance (medium, 10 minutes)

# %% nbgrader={"grade": false, "grade_id": "resemblance", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("06.resemblance")
def resemblance(one, other, n=3):
    """Jaccard's coefficient of two texts' n-grams. Two lists of tokens. Returns a number.

    A text of fewer than n tokens is one n-gram: all of it.
    Worked case: a b c d and b c d e, n = 2: {ab, bc, cd} and {bc, cd, de} give 2 / 4.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "resemblance_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("06.resemblance", points=2)

# %%
SENTENCE = "translate the king saw two small dogs :"
PAIRS = (("reason 347 + 586:", "reason  347+586:"), ("reason 347 + 586:", "reason 347 + 587:"),
         (SENTENCE, SENTENCE.replace(":", ". :")), (SENTENCE, SENTENCE.replace("small", "big")))
for one, other in PAIRS:
    print(f"{float(resemblance(list(one), list(other), 4)):.2f}   {one} | {other}")

# %% [markdown]
# (Four *letters* in a row. In the first and the third pair the question is the same, in the other two it is
# not.)
#
# Comparing each text with each other one is hopeless for a million of them. **MinHash** makes of each set a
# short signature, such that two signatures agree at a place with probability $J$: run all n-grams through a
# random function and keep the *smallest* value. Two sets have the same smallest value just when the n-gram that
# is smallest of their union is in both.

# %%
PRIME = clean.PRIME                                # 2**31 - 1

# %% [markdown]
# ### Exercise 06.4 · MinHash (medium, 10 minutes)
#
# The functions are $x \mapsto (a x + b) \bmod p$, with a prime $p$, and $a$ and $b$ drawn once for all texts.

# %% nbgrader={"grade": false, "grade_id": "minhash", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("06.minhash")
def minhash(hashes, multipliers, offsets):
    """(n-grams,) int64; (k,) int64 twice, the a and the b. Returns the signature, (k,).

    At place j the smallest of (multipliers[j] * hash + offsets[j]) % PRIME over the hashes.
    Worked case: hashes [1, 5], multipliers [2, PRIME - 1], offsets [0, 1]: [2, 0].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "minhash_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("06.minhash", points=2)

# %%
def hashed(letters):
    grams = clean.ngrams(letters, 4)
    return torch.tensor([zlib.crc32("".join(gram).encode()) for gram in grams])

dice = torch.Generator().manual_seed(0)
for k in (16, 64, 256, 4096):
    a, b = torch.randint(1, PRIME, (2, k), generator=dice)
    one, other = (minhash(hashed(list(text)), a, b) for text in PAIRS[1])
    print(f"{k:5} places: {(one == other).float().mean():.2f} of them agree")

# %% [markdown]
# The library (`datasketch`) does the same, and puts signatures into an index, so that only likely pairs are
# ever compared: `clean.near_pairs` asks it, and then looks at each pair exactly.
#
# Suppose you did not know about normal forms. You take the raw texts, 4 *letters* in a row, as a web pipeline
# might, and drop what is more alike than a threshold.
#
# **Predict, then move the slider.** Is there a threshold that finds the repeated questions, and only those:
# among sums? among translations?

# %%
def alike(domain):
    """The near pairs among a domain's raw texts: how alike, and is it the same question?"""
    mine = rows[rows.domain == domain]
    letters, asked = [list(text) for text in mine.prompt], mine.question.tolist()
    found = [(float(resemblance(letters[i], letters[j], 4)), asked[i] == asked[j])
             for i, j in clean.near_pairs(letters, 0.4, n=4)]
    times = mine.question.value_counts()
    return pd.DataFrame(found, columns=["alike", "same"]), int((times * (times - 1) / 2).sum())

near_texts = {"sums": alike("reason"), "translations": alike("translate")}

# %%
PARTS = (("the same question: found", "defender", ""),
         ("the same question: missed", "baseline", "//"), ("another question", "attacker", ".."))

def dropped_at(threshold):
    fig, ax = plt.subplots(figsize=(8, 2.4))
    words = []
    for y, (name, (pairs, there)) in enumerate(near_texts.items()):
        same, left = pairs.same[pairs.alike >= threshold], 0
        counts = (same.sum(), there - same.sum(), (~same).sum())
        for count, (label, role, hatch) in zip(counts, PARTS):
            ax.barh(y, count, left=left, color=plots.ROLES[role].colour, hatch=hatch,
                    edgecolor="white", height=0.6, label=label if y == 0 else None)
            left += count
        words.append(f"{name}: {counts[0]} pairs found, {counts[1]} missed, {counts[2]} others")
    ax.set_yticks(range(2), near_texts)
    ax.invert_yaxis()
    ax.set(xlabel="pairs of rows", xlim=(0, 1500), title=f"threshold {threshold}")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=9.5)
    return fig, f"At a threshold of {threshold}, " + "; ".join(words) + "."

widgets.slider(dropped_at, values=[0.5, 0.6, 0.7, 0.75, 0.8, 0.9], start=0.7, label="threshold");

# %%
fig, axes = plt.subplots(1, 2, figsize=(9.5, 2.9), sharey=True)
levels = [i / 100 for i in range(40, 96)]
for ax, (name, (pairs, there)) in zip(axes, near_texts.items()):
    above = [pairs.same[pairs.alike >= level] for level in levels]
    found, true = [same.sum() / there for same in above], [same.mean() for same in above]
    for role, label, values in (("defender", "of the repeated, found", found),
                                ("attacker", "of the found, repeated", true)):
        colour, _, line = plots.ROLES[role]
        ax.plot(levels, values, color=colour, linestyle=line, label=label)
    ax.set(title=name, xlabel="threshold", ylim=(0, 1.05))
axes[0].set_ylabel("share of pairs")
axes[1].legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, "Two panels, sums and translations, raw texts: the share of repeated pairs that "
           "are found, and the share of found pairs that are repeated, against the "
           "threshold. Among sums fewer than a third are found at any threshold shown, and "
           "below 0.55 most of what is found is something else. Among translations both "
           "are about nine in ten near 0.8.")

# %% [markdown]
# For sums there is none: the same sum with other spaces is less alike than another sum with one other digit.
# (The quarter that is found at every threshold was written alike, letter by letter.) For sentences something
# near 0.8 would do. Near-duplicate detection was made for long texts, where one changed word matters little. In
# a sum, **one changed digit is another question**.
#
# So: first write down what you know, the normal form, and compare for equality. What do near duplicates look
# like *after* that?

# %%
_, report = clean.run(sure, {"alike 0.5": lambda rows: clean.near_duplicate(rows, 0.5)})
report

# %% [markdown]
# All of these are different questions with different answers. What a student loses without them is measured
# below.
#
# ## The benchmark is in there
#
# The copier will be judged by the public benchmark, and two colleagues have asked the teacher all of it.
# Trained on that, the student has seen the test with its answers. And the third colleague's variations? They
# are different questions. One thing in each was changed.
#
# ### Exercise 06.5 · Contaminated (medium, 10 minutes)
#
# The usual test: a question is dropped when it shares **n tokens in a row** with a test question. (GPT-3's
# authors took 13.)

# %% nbgrader={"grade": false, "grade_id": "contaminated", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("06.contaminated")
def contaminated(questions, tests, n=5):
    """Two lists of token lists. Returns (questions,) bool: n tokens in a row from a test?

    A question of fewer than n tokens counts when it is a test, whole.
    Worked case: questions [a b c d], [c b a], tests [x b c d], n = 3: [True, False].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "contaminated_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("06.contaminated", points=2)

# %%
ideas = {clean.normal(q) for wishes in clean.wish_lists(SEED, []) for q in wishes}
origin = ["its variations" if q not in ideas else "other questions" for q in sure.question]
origin = pd.Series(origin, sure.index).mask(sure.question.isin(benchmark), "the benchmark")
texts, known = [list(map(clean.tokens, prompts)) for prompts in (sure.prompt, benchmark)]
pd.DataFrame({f"n = {n}": pd.Series(contaminated(texts, known, n).tolist(), sure.index)
              .groupby(origin).mean().round(2) for n in (13, 8, 6, 5, 4, 3)})

# %% [markdown]
# (Share of each kind dropped. A digit is a token here.) Large n finds the benchmark itself and leaves its
# variations. Small n drops everything.
#
# Do variations matter? **Predict** before you read on: is a student who was trained on *different* questions,
# one digit or one word away from the test's, flattered by the test?
#
# ## What is it worth?
#
# The stages, one after another. For each, a student from the base model of lesson 03 is trained on what is
# left: always 200 steps of 48 answers. It sits two tests: the public benchmark, and the fresh questions that
# nobody published.

# %%
LADDER = ("raw", "cut off", "wrong", "unsure", "asked before", "in the test", "near the test")
FOUR = LADDER[1:5]
WITHOUT = {"without 'wrong'": ("cut off", "unsure", "asked before"),
           "without 'unsure'": ("cut off", "wrong", "asked before"),
           "without both": ("cut off", "asked before")}
OTHERS = {way: (*FOUR, way) for way in ("alike 0.5", "alike 0.3", "6 in a row", "4 in a row")}
WAYS = {way: LADDER[1:i + 1] for i, way in enumerate(LADDER)} | WITHOUT | OTHERS
SERIES = ("rows left", "fresh", "benchmark")
IN_A_ROW = {"in the test": 8, "6 in a row": 6, "near the test": 5, "4 in a row": 4}

# %%
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
    """{way: (rows left, fresh questions right, benchmark right)}: a student for each way."""
    benchmark, fresh = tests(seed)
    found, named = {}, stages([p.prompt for p in benchmark])
    for way in ways:
        left, _ = clean.run(rows, {name: named[name] for name in WAYS[way]})
        batch = training.batches(language.pack(left.prompt, left.answer), seed=seed)
        student = training.fit_language(language.load_base(), batch, steps=steps, progress=way)
        found[way] = (len(left), measures.exact_match(student, fresh),
                      measures.exact_match(student, benchmark))
    return found

# %%
def mark(ax, y, interval, role, label=None):
    mean, low, high = interval
    ax.errorbar([mean], [y], xerr=[[mean - low], [high - mean]], color=plots.ROLES[role].colour,
                marker=plots.ROLES[role].marker, capsize=3, linewidth=2, label=label)

# %% tags=["signature"]
fig, (left, ax, right) = plt.subplots(1, 3, figsize=(10, 4), sharey=True, width_ratios=[2, 4, 3])
for y, way in enumerate(LADDER):
    count = cells["rows left", way].mean()
    left.barh(y, count, color=plots.ROLES["baseline"].colour, height=0.6)
    left.text(60, y, f"{count:,.0f}", va="center", color="white")
    for k, role, name in ((1, "student", "fresh questions"), (2, "attacker", "the benchmark")):
        mark(ax, y, measures.mean_interval(cells[SERIES[k], way]), role, None if y else name)
    if y:
        two = (100 * cells["fresh", name] for name in (way, LADDER[y - 1]))
        mark(right, y, measures.paired_interval(*two), "student")
right.axvline(0, color=plots.ROLES["baseline"].colour, linewidth=1)
left.set(title="rows left", xticks=[], ylim=(6.6, -0.6))
left.set_yticks(range(7), ["nothing dropped", *(f"+ {way}" for way in LADDER[1:])])
ax.set(title="questions right", xlabel="share, ten seeds")
right.set(title="this stage's worth, fresh", xlabel="points, 95 % interval")
ax.legend(loc="lower right", fontsize=9.5)
fig.suptitle("The benchmark flatters, until all that resembles it is gone", x=0.01, ha="left")
plots.show(fig, "Three panels over seven steps of cleaning. Left: rows left, from about 2,600 "
           "to 900. Middle: fresh questions right rise from 39 to 45 percent and fall "
           "back; the benchmark rises from 61 to 81 percent and falls to 43. Right: each "
           "stage's worth on fresh questions: only the check of wrong answers helps; the "
           "last two cost.")

# %%
def gain(one, other, series="fresh"):
    """`one` minus `other`, over the seeds that both have, in words."""
    a, b = cells[series, one], cells[series, other]
    both = min(len(a), len(b))
    return measures.paired_interval(a[:both], b[:both])

for before, way in zip(LADDER, LADDER[1:]):
    print(f"+ {way:14} {gain(way, before).points()}")
print(f"first four: {gain('asked before', 'raw').points()}")

# %% [markdown]
# Read the middle panel as a copier would who has only the benchmark. Up to *asked before* each stage looks like
# money well spent: 61, 76, 81 %. Then two stages ruin everything. He would leave them out.
#
# Fresh questions tell another story. The four stages together are worth about six points, and in this order
# most of them come from one: dropping what a program finds wrong. Dropping repeated questions gains nothing
# that ten seeds can show, at equal training. (It still keeps one's own validation set honest. And these came by
# twos and threes: Lee and others, 2021, found a sentence that stood in a web corpus 60,000 times, and models
# that recite.)
#
# And *unsure*? Is the filter for nothing?

# %%
for way in WITHOUT:
    print(f"all four minus {way:17} {gain('asked before', way).points()}")

# %% [markdown]
# Leave out either filter, and nothing is lost that ten seeds can show. Leave out both, and five points go. Over
# half of what the program finds wrong has a low confidence as well (recall, in the table above), and whichever
# stage comes first gets the credit. A table of "what each stage is worth" depends on the order of its lines.
#
# ## How far is far enough?
#
# How much does the benchmark flatter? Its score minus that of fresh questions, after each way to look for it.
# For comparison, the last column: the same harvest by colleagues who never touched the benchmark.

# %%
LOOKED_FOR = {"not at all": "asked before", "8 in a row": "in the test",
              "6 in a row": "6 in a row", "5 in a row": "near the test",
              "4 in a row": "4 in a row", "never asked": "never asked"}
gaps = {name: cells["benchmark", way] - cells["fresh", way] for name, way in LOOKED_FOR.items()}
left = [f"{cells['rows left', way].mean():,.0f} rows" for way in LOOKED_FOR.values()]

fig, ax = plt.subplots(figsize=(8, 3.2))
for i, values in enumerate(gaps.values()):
    plots.dots(ax, i, (100 * values).tolist(), "attacker" if i < 5 else "baseline")
ax.axhline(0, color=plots.ROLES["baseline"].colour, linewidth=1)
ax.set_xticks(range(6), [f"{name}\n{rest}" for name, rest in zip(gaps, left)])
ax.set(ylabel="points", xlabel="what was looked for and dropped; what was left",
       title="What the benchmark adds (stored: five or ten seeds)")
plots.show(fig, "The benchmark's score minus that of fresh questions, in points. Not looked "
           "for: about 36. After dropping 8 tokens in a row: about 13; 6: 12; 5: 4; 4: "
           "about 2, with an interval over zero. Never asked: about zero.")

# %%
for name, values in gaps.items():
    print(f"{name:12} {measures.mean_interval(values).points()}")
cost = gain("near the test", "never asked")
print(f"fresh questions, '5 in a row' minus 'never asked': {cost.points()}")

# %% [markdown]
# Dropping the benchmark, question by question, leaves over a third of the flattery. It came from the
# *variations*: other questions, with other answers, and most of the working in common. Yang and others, 2023,
# found the same with rephrased benchmarks, and call for fresh one-time exams. Even five in a row leaves four
# points; it had been chosen on questions of the train split, where six seeds showed none.
#
# So the idea that did harm inside the harvest is the right one here: **near duplicates of the test** are
# exactly what has to go.
#
# What does it cost? The student that is left is as good on fresh questions as one whose colleagues never asked
# for the benchmark: ten seeds show no difference. The rows that went were good rows. Decontamination does not
# mend the student. It mends the *number*. Whoever can make fresh questions keeps the rows, and tests on those.
#
# ## When a stage does harm
#
# What if near duplicates *inside* the harvest are dropped, after the four stages?

# %%
for way in ("alike 0.5", "alike 0.3"):
    fewer = (cells["rows left", "asked before"].mean() - cells["rows left", way].mean()).item()
    print(f"{way}: {fewer:4.0f} fewer rows, fresh {gain(way, 'asked before').points()},"
          f"\n           benchmark {gain(way, 'asked before', 'benchmark').points()}")
for way in ("asked before", "alike 0.3"):
    left, _ = clean.run(rows, {name: stages(benchmark)[name] for name in WAYS[way]})
    part = left.question.isin(benchmark).mean()
    print(f"your harvest, {way}: the benchmark is {part:.0%} of it")

# %% [markdown]
# At 0.5 the interval holds zero: no harm is shown, and certainly no gain. At 0.3 six points go, with rows that
# were no duplicates. And the benchmark goes *up*: its own questions are a larger part of what is left. Somebody
# who tunes the threshold by it would tune it the wrong way.
#
# ## The report, and the mix
#
# Every cleaning ends with two tables. What went, and why:

# %%
stage = stages(benchmark)
kept, report = clean.run(rows, {name: stage[name] for name in LADDER[1:]})
report

# %% [markdown]
# And what it did to the mix. A filter is never neutral: it keeps what the teacher does easily. How much of each
# kind gets past the confidence filter? (Stored, ten harvests.)

# %%
passed = {f"{n} words": cells["share", f"{n} words passed"] for n in range(5, 10)}
for name, values in passed.items():
    mean, low, high = measures.mean_interval(values)
    print(f"sentences of {name}: {mean:.0%} pass ({low:.0%} to {high:.0%})")
easier = measures.paired_interval(passed["5 words"], passed["9 words"])
print(f"5 words minus 9 words: {easier.points()}")

# %% [markdown]
# Of sentences of nine words about five in a hundred fewer pass than of five words: longer ones are wrong more
# often at this temperature. Most that go are rightly gone, and what is left is a little easier than what was
# asked for. Somebody who filters for years, and trains on the rest, should look at this table each time, and
# ask the hard ones again at a lower temperature.
#
# ## The evidence, in one table

# %%
# NBVAL_CHECK_OUTPUT
slips, nonsense = (measures.mean_interval(cells["share", f"{what} dropped"])
                   for what in ("slips", "never learned"))
low = {name: measures.mean_interval(values).low for name, values in gaps.items()}
seen = [("confidence finds over 90 % of the slips", slips.low > 0.9),
        ("confidence finds over 60 % of what she never learned", nonsense.low > 0.6),
        ("four stages help on fresh questions", gain("asked before", "raw").low > 0),
        ("dropping repeated questions helps", gain("asked before", "unsure").low > 0),
        ("leaving out one of two filters harms",
         any(gain("asked before", way).low > 0 for way in list(WITHOUT)[:2])),
        ("leaving out both harms", gain("asked before", "without both").low > 0),
        ("dropping look-alikes at 0.3 harms", gain("alike 0.3", "asked before").high < 0),
        ("the benchmark flatters by over 20 points", low["not at all"] > 0.2),
        ("it still flatters without its own questions", low["8 in a row"] > 0),
        ("and with 4 in a row dropped", low["4 in a row"] > 0)]
pd.DataFrame([(what, "yes" if found else "not shown") for what, found in seen],
             columns=["finding", "seen here"])

# %%
server.stop()

# %% [markdown]
# ## Wrap-up: five questions

# %%
widgets.quiz("06")

# %% [markdown]
# ## What this does not show
#
# - The lists are ours, benchmark and variations included, and so is the temperature of 1.8: at 1 this teacher
#   slips on fewer than one in a hundred of what she knows, and there would be little to filter. These settings
#   were chosen on questions of the train split, as a place where the stages differ.
# - A small student with about a thousand rows is short of rows. Each one dropped costs, and that decides much
#   of the right panel. With a million rows quality would weigh more and quantity less.
# - All students take the same number of steps. With fewer rows they pass over them more often.
# - Only final answers were checked, not the working.
# - The n-grams find near copies in the same words. A benchmark in other words, or in another language, they
#   miss.
# - Our benchmark has 150 questions, and copies of all of them were in the harvest. In a real one a part is, and
#   nobody knows which.
#
# ## References
#
# - A. Broder, *On the resemblance and containment of documents*, 1997 (Jaccard's coefficient of n-grams,
#   MinHash)
# - K. Lee and others, *Deduplicating Training Data Makes Language Models Better*, 2021.
#   [arXiv:2107.06499](https://arxiv.org/abs/2107.06499)
# - T. Brown and others, *Language Models are Few-Shot Learners*, 2020, appendix C (13 in a row).
#   [arXiv:2005.14165](https://arxiv.org/abs/2005.14165)
# - S. Yang and others, *Rethinking Benchmark and Contamination for Language Models with Rephrased Samples*,
#   2023. [arXiv:2311.04850](https://arxiv.org/abs/2311.04850)
# - X. Wang and others, *Self-Consistency Improves Chain of Thought Reasoning* (the vote), 2022.
#   [arXiv:2203.11171](https://arxiv.org/abs/2203.11171)
# - E. Zhu and others, *datasketch* 2.0.0: [github.com/ekzhu/datasketch](https://github.com/ekzhu/datasketch)
#
# On to lesson 07: the data is clean. What does a student make of it, and what does it only imitate?

# %%
progress()
