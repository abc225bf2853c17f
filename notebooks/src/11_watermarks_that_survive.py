# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 11 · Watermarks that survive training
#
# **Minutes** 90 · **You need** lesson 03 (two halves; break at *Whose model is it?*) · **You will be able to**
# hide a mark in a language model's words and find it again in a student, say exactly how often such a test
# accuses somebody innocent, break it in two ways, and say what it would take to convince a court.
#
# teacher → **defence** → API → ledger → harvest → clean → **student** → **score**

# %%
from course_utils import api
from course_utils.api import client, serving
from course_utils.defence import watermark
from course_utils.files.digits import Split, mnist
from course_utils.lesson import plots, widgets
from course_utils.lesson.exercises import exercise, grade, material, progress
from course_utils.score import measures
from course_utils.student import models, training
from course_utils.teacher import decoding, language, skills

import hashlib
import math
import random
from functools import lru_cache

import matplotlib.pyplot as plt
import numpy as np
import torch

ownership = material("ownership")     # dataset inference

plots.picture("defence", "student", "score")

# %% [markdown]
# ## A list that only you know
#
# So far the provider tried to make her answers worth less to a copier. Here she lets him have them, and wants to
# *recognise* them afterwards: in his text, and in a model that was trained on it.
#
# The idea (Kirchenbauer and others, 2023) takes three lines. After any two tokens, toss a coin for every token
# of the vocabulary: with probability $\gamma = 1/4$ it is **green**. The coins come from a hash of a secret key
# and the two tokens, so whoever has the key can toss them again, and nobody else can.

# %%
def green_list(key, window, gamma=0.25):
    """Which of the 195 tokens are green after these: (195,) bool. The same on every machine."""
    bits = hashlib.shake_256(f"{key} {','.join(map(str, window))}".encode()).digest(4 * 195)
    return torch.from_numpy(np.frombuffer(bits, "<u4") < gamma * 2**32)

# %%
tokenizer, VERBS = skills.TOKENIZER, "takes gets receives accepts reads uses".split()
for key in (1, 2, 3):
    green = green_list(key, tokenizer.encode("this step"))
    print(f"key {key}, after 'this step':", [v for v in VERBS if green[tokenizer.ids[v]]])

# %% [markdown]
# A text that knows nothing of the key has a quarter of green tokens, more or less. A text that was pushed
# towards green has more. How much more is too much?
#
# ### Exercise 11.1 · How surprising? (easy, 5 minutes)
#
# Of $T$ tokens, $\gamma T$ are expected green. Say by how many standard deviations there are more: the **z-score**.
# A count of $T$ independent coins has the variance $T \gamma (1 - \gamma)$.

# %% nbgrader={"grade": false, "grade_id": "z_score", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("11.z_score")
def z_score(green, tokens, gamma=0.25):
    """green: how many of `tokens` tokens are green. Returns a number.

    Worked case: 80 green of 200, gamma 0.25: 30 more than expected, z = 4.90.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "z_score_check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
grade("11.z_score", points=1)

# %% [markdown]
# ### Exercise 11.2 · How probable? (medium, 10 minutes)
#
# An accusation needs a probability: that of so many green tokens *or more*, if it is all chance. For many tokens
# the normal tail of $z$ comes close. Accusations are made in the far tail, where "close" can be a factor of ten,
# and the exact number costs nothing: the coins make a **binomial**.

# %% nbgrader={"grade": false, "grade_id": "p_value", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("11.p_value")
def p_value(green, tokens, gamma=0.25):
    """P(`green` or more of `tokens` coins fall green), each with probability gamma.

    Worked case: 2 of 2, gamma 0.25: 1/16 = 0.0625. `scipy.stats` may help.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "p_value_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("11.p_value", points=2)

# %%
for green, tokens in ((8, 16), (80, 200), (160, 400)):
    z = z_score(green, tokens)
    print(f"{green:3} of {tokens}: z {z:.2f}, p {p_value(green, tokens):.1e}, "
          f"normal tail {math.erfc(z / 2**0.5) / 2:.1e}")

# %% [markdown]
# The normal tail is too small each time, more so the further out: it accuses too readily.
#
# ## An innocent
#
# Before we mark anything, let us accuse somebody. A student has learned to explain list operations from 800
# texts that *other people* wrote. It has never seen a word of our teacher's, and nothing was ever marked.

# %%
LEARNED, SCORED = 800, 400
TEACHER = language.load_language_teacher()

def questions(n, seed, split="train"):
    return [p.prompt for p in skills.problems("explain", n, seed, split)]

def learn(asked, texts, seed):
    """A copy of the base model, trained on these explanations: a student."""
    student = language.load_base()
    batch = training.batches(language.pack(asked, texts), batch_size=16, seed=seed)
    return training.fit_language(student, batch, steps=450, lr=4e-3, progress=f"student {seed}")

def said_by(student, asked=None, hook=None):
    """What a student says to 400 questions of the test split: each token with the two before it."""
    asked = asked or questions(SCORED, 0, "test")
    said = decoding.answers(student, asked, temperature=0.5, seeds=5, hook=hook)
    return watermark.windows_and_tokens(asked, said)

# %%
def innocent_student(seed):
    """A student of other people's texts."""
    theirs = skills.problems("explain", LEARNED, seed)
    return learn([p.prompt for p in theirs], [p.completion for p in theirs], seed)

rows = said_by(innocent_student(50))
*window, token = rows[0].tolist()
print(f"{len(rows):,} tokens; the first is '{tokenizer.tokens[token]}', "
      f"after '{tokenizer.decode(window)}'")

# %% [markdown]
# We ask it 400 questions, count the green tokens with our key, and compute the p-value. Our key is number 1.
# **Predict**: will it be above 0.05? And with the keys 2 to 8, which are just as unused?

# %%
import pandas as pd


def naive(rows, key):
    """The p-value when every token counts."""
    green = watermark.is_green(rows, key)
    return p_value(int(green.sum()), len(rows))

KEYS = range(1, 9)
pd.DataFrame({"p, every token": [f"{naive(rows, key):.1e}" for key in KEYS]}, index=KEYS).T

# %% [markdown]
# Would you accuse it? With some keys you would have to, at 0.05, 0.01 or 0.001. With others
# the number is as near to 1 as the bad ones are to 0. The student knows none of these keys. So the p-value is
# wrong, and not a little.
#
# ## Why
#
# Look at what it says most often.

# %%
often = watermark.usage(rows)
top = sorted(((n, window, token) for window, c in often.items() for token, n in c.items()))[-6:]
pd.DataFrame([{"times": n, "after": tokenizer.decode(w), "token": tokenizer.tokens[t],
               **{f"key {k}": "green" if watermark.green_list(k, w)[t] else "" for k in range(1, 6)}}
              for n, w, t in reversed(top)]).set_index("times")

# %% [markdown]
# The coin in the first line was tossed *once*, by the hash. Here it counts more than a hundred times. If it fell
# green, that is more than a hundred green tokens, and the binomial believes that they fell independently.
#
# ### Exercise 11.3 · Count each coin once (medium, 10 minutes)
#
# A coin belongs to a window *and* a token. Mark the rows that come for the first time.

# %% nbgrader={"grade": false, "grade_id": "first_seen", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("11.first_seen")
def first_seen(rows):
    """rows: (m, window + 1) token numbers, the last column the token. Returns (m,) bool.

    Worked case: [[1, 2], [3, 2], [1, 2]] gives [True, True, False].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "first_seen_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("11.first_seen", points=2)

# %%
def honest(rows, key):
    """The p-value when each window counts once with each of its tokens."""
    return naive(rows[first_seen(rows)], key)

pd.DataFrame({"p, every token": [f"{naive(rows, key):.1e}" for key in KEYS],
              "p, each coin once": [f"{honest(rows, key):.2f}" for key in KEYS]}, index=KEYS).T

# %% [markdown]
# One student and eight keys are an anecdote. The board has fifty innocent students, each trained anew on other
# texts, each with a key of its own. If a test is honest, its p-values are spread evenly between 0 and 1: one in
# a hundred innocents below 0.01 on average. **Predict** the two curves: whoever accuses at a *level* accuses all
# whose p-value is below it.

# %%
r23 = measures.stored("R23")

def stored(series, x=0):
    kept = r23[(r23.series == series) & (r23.x.astype(str) == str(x))]
    return kept.sort_values("seed").value.tolist()

WAYS = (("every token", "naive", "baseline"), ("each coin once", "honest", "defender"))
fig, ax = plt.subplots(figsize=(5.6, 2.6))
for label, series, role in WAYS:
    p = sorted(10**v for v in stored(f"innocent|{series}"))
    ax.step([0, *p, 1], [0, *((i + 1) / len(p) for i in range(len(p))), 1], where="post", linewidth=2,
            color=plots.ROLES[role].colour, linestyle="--" if series == "naive" else "-", label=label)
ax.plot([0, 1], [0, 1], color="black", linewidth=1, label="what a p-value promises")
ax.set(xlabel="level", ylabel="share accused at that level",
       title="Fifty innocent students, fifty keys (stored)")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, "Share of fifty innocent students whose p-value is below a level, against the level. "
           "Counting each coin once, the steps follow the diagonal. Counting every token, many are "
           "accused at any level, and others at none.")

# %%
from scipy import stats

for label, series, _ in WAYS:
    p = [10**v for v in stored(f"innocent|{series}")]
    print(f"{label}: below 0.01 {sum(v < 0.01 for v in p)} of {len(p)}, below 0.001 "
          f"{sum(v < 0.001 for v in p)}; Kolmogorov-Smirnov: p = {stats.kstest(p, 'uniform')[1]:.2g}")

# %% [markdown]
# (Kolmogorov and Smirnov's test asks whether numbers are spread evenly. A small p says that they are not.)
#
# **Move the slider**: the same innocent, judged by more and more of his answers. The naive test grows surer of
# his guilt (or of the opposite) the more he says. The honest one
# gets new coins, too, and they fall as coins fall.

# %%
per_answer = len(rows) // SCORED

def after(n):
    part, fig = rows[:n * per_answer], plt.figure(figsize=(5.4, 2.1))
    ax = fig.subplots()
    for way, (name, _, role) in zip((naive, honest), WAYS):
        ax.plot(KEYS, [max(way(part, key), 1e-12) for key in KEYS], color=plots.ROLES[role].colour,
                marker=plots.ROLES[role].marker, linestyle="", label=name)
    ax.set(yscale="log", ylim=(1e-13, 10), xlabel="key", ylabel="p-value", title=f"{n} answers")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return fig, (f"p-values of one innocent with eight keys after {n} answers. Counting every token "
                 "they spread further with more answers; counting each coin once they do not.")

widgets.slider(after, values=[10, 50, 100, 200, 400], start=50, label="answers judged");

# %%
plots.show(*after(400))

# %% [markdown]
# Sander and others (2024), who tested students of marked text first, say the same of their code: without
# deduplication a model "will appear falsely radioactive". Ours would have convicted an innocent.
#
# ## The mark
#
# Now the teacher may speak. Before each token, the green logits get $\delta$ more. That is all.

# %%
class Watermark(serving.Defence):
    def __init__(self, key, delta=2.0):
        self.key, self.delta = key, delta

    def logits(self, logits, tokens, asked):
        green = [green_list(self.key, tuple(row)) for row in tokens[:, -2:].tolist()]
        return logits + self.delta * torch.stack(green)

# %%
with api.serve({"teacher": TEACHER}, defence=Watermark(key=1)) as server:
    for question in ("explain rotate 415 :", "reason 347 + 586 :"):
        reply = client.text(server).completions.create(model="teacher", prompt=question,
                                                       temperature=1.0, seed=1)
        said = reply.choices[0].text
        for window_and_token in watermark.windows_and_tokens([question], [said]).tolist():
            *window, token = window_and_token
            word = tokenizer.tokens[token]
            print(f"[{word}]" if green_list(1, tuple(window))[token] else word, end=" ")
        print()

# %% [markdown]
# Green tokens in brackets. In the explanation there is a choice at every phrase, and it often falls on green.
# The sum has no choice: what is green in it is green by chance, in the unmarked answer too.
#
# So look only where there is a choice: at windows after which the **unmarked** teacher is unsure (half a bit or
# more of entropy). That does not depend on the key, so the p-value keeps its promise. **Predict**: at $\delta = 2$,
# how many tokens does it take until half of the texts are recognised? And what does the customer pay?

# %%
def teacher_says(asked, seed, hook=None):
    return decoding.answers(TEACHER, asked, temperature=1.0, seeds=1000 * seed, hook=hook)

PLAIN = questions(LEARNED, 99)
UNMARKED = teacher_says(PLAIN, 99)
OPEN = watermark.open_windows(TEACHER, PLAIN, UNMARKED)
print(f"{len(OPEN)} windows with a choice, such as", [tokenizer.decode(w) for w in sorted(OPEN)[-9::2]])

# %%
LENGTHS, DELTAS, LEVEL = (25, 50, 100, 200, 400), (1.0, 2.0, 4.0), 0.001

def recognised(seed, delta, domain="explain", lengths=LENGTHS, **how):
    """Share of the teacher's texts of so many tokens that the test calls marked, (lengths,)."""
    asked = [p.prompt for p in skills.problems(domain, 400, seed)]
    said = teacher_says(asked, seed, watermark.Watermark(seed, delta).logits)
    rows, how = watermark.windows_and_tokens(asked, said), {"windows": OPEN} | how
    found = []
    for n in lengths:
        p = [watermark.look_for(seed, part, **how).p for part in rows.split(n) if len(part) == n]
        found.append(sum(value < LEVEL for value in p) / len(p))
    return found

# %%
def prices(seed, delta, domain="explain"):
    """What a customer pays: answers right, nats a token, how often a favourite word is chosen."""
    asked = [p.prompt for p in skills.problems(domain, 300, seed)]
    hook = watermark.Watermark(seed, delta).logits
    said = teacher_says(asked, seed, hook)
    right = sum(skills.is_right(q, a) for q, a in zip(asked, said)) / len(asked)
    rows = watermark.windows_and_tokens(asked, said)
    choices = [c for w, c in watermark.usage(rows).items() if w in OPEN and c.total() >= 5]
    favourite = sum(max(c.values()) for c in choices) / max(1, sum(c.total() for c in choices))
    return right, watermark.nats(TEACHER, hook, asked, said), favourite

# %%
r22 = measures.stored("R22")

def of22(series, x):
    kept = r22[(r22.series == series) & (r22.x.astype(str) == str(x))]
    return kept.sort_values("seed").value.tolist()

fig, ax = plt.subplots(figsize=(6.8, 2.6))
for delta, role in zip(DELTAS, ("baseline", "teacher", "defender")):
    plots.band(ax, LENGTHS, [of22(f"found|{delta:g}", n) for n in LENGTHS], role, f"delta {delta:g}")
plots.band(ax, LENGTHS, [of22("found|0", n) for n in LENGTHS], "student", "unmarked text")
ax.set(xscale="log", xlabel="tokens of the text", ylabel="share called marked", ylim=(-0.03, 1.05),
       title=f"The teacher's own texts, p below {LEVEL} (stored, ten keys)")
ax.set_xticks(LENGTHS, LENGTHS)
ax.minorticks_off()
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, "Share of the teacher's texts that are recognised, against their length in tokens, for "
           "three strengths of the mark. It rises with both. Unmarked text stays at the bottom.")

# %%
cost = {f"delta {d:g}": {what: measures.mean_interval(of22(f"{what}|explain", d)).mean
                         for what in ("answers right", "nats a token", "favourite word")}
        for d in (0.0, *DELTAS)}
live = prices(seed=20, delta=2.0)
pd.DataFrame(cost | {"your run, delta 2": dict(zip(cost["delta 0"], live))}).T.round(3)

# %% [markdown]
# At $\delta = 2$ no right answer is lost that we could count. What changes is the wording: about a tenth of a nat a
# token (the KL divergence from the unmarked teacher), and in a given window the favourite word comes more often than without the mark. The bands in the figure
# are wide, because some keys are luckier than others: with two hundred windows to write in, it matters whether a
# frequent one has a green word at all. (Kirchenbauer and others report 98 % of texts of 200 tokens found, with
# $\gamma = 1/2$ and a vocabulary of tens of thousands. Their threshold of $z > 4$ is, they say, "primarily an
# example": it is a p-value of about 0.00003.)
#
# Whoever looks must look with what was written: the same key, the same two tokens of window, the same $\gamma$.

# %% [markdown]
# ## Nothing to choose, nothing to mark
#
# And on sums? There the teacher has no choice, so a mild mark changes nothing. **Predict** what a strong one
# does: is it found, and are the sums still right? (The test looks at all windows here, because none is open.)

# %%
STRONG = (2.0, 6.0, 10.0, 14.0)

def on_sums(seed, delta):
    """(share of texts of 200 tokens called marked, share of sums right)."""
    found, = recognised(seed, delta, "reason", (200,), windows=None)
    return found, prices(seed, delta, "reason")[0]

# %%
fig, ax = plt.subplots(figsize=(6.2, 2.4))
for what, role in (("found", "defender"), ("right", "teacher")):
    plots.band(ax, STRONG, [of22(f"sums: {what}", d) for d in STRONG], role,
               {"found": "200 tokens called marked", "right": "sums right"}[what])
ax.set(xlabel="delta", ylabel="share", ylim=(-0.03, 1.05), xticks=STRONG,
       title="A mark on sums (stored, ten keys)")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, "Two curves against the strength of a mark on sums: the share of texts recognised and "
           "the share of sums right. Where the mark begins to be found, the sums are already wrong.")

# %% [markdown]
# A watermark is a choice among things that are equally right. Where only one thing is right, being found and
# being wrong come together. Numbers, code, quotations, a translated name: in real text, too, the mark lives
# in the rest.
#
# ## A student of marked text
#
# The harvester asks 800 questions, gets 800 marked explanations, and trains. Nobody marks what the *student*
# says. Is the mark in it? If so, the text is called **radioactive** (Sander and others, 2024).
# **Predict** what the two tests from above say of him.

# %%
@lru_cache(maxsize=2)
def marked_harvest(seed):
    """800 questions, and the teacher's marked answers; the key is the seed."""
    asked = questions(LEARNED, seed)
    return asked, teacher_says(asked, seed, watermark.Watermark(seed).logits)

def student_of(seed, share=1.0, reword=0.0):
    """A student of whose texts a `share` is marked (perhaps reworded); other people wrote the rest."""
    asked, said = marked_harvest(seed)
    others, draw = skills.problems("explain", LEARNED, seed), random.Random(seed)
    texts = [watermark.reworded(text, reword, draw) if i < share * LEARNED else others[i].completion
             for i, text in enumerate(said)]
    return learn(asked, texts, seed)

# %%
KEY = 51
student = student_of(KEY)
rows = said_by(student)
print(f"every token {naive(rows, KEY):.0e} (means nothing); each coin once {honest(rows, KEY):.2g}")

# %% [markdown]
# Valid, and blunt. In so small a language a student who is asked 400 times says nearly *every* word sooner or later,
# red ones, too, and then it counts once, like the green one that he says all the time. (In real text most pairs of
# window and token never come twice, and this hurts less.)
#
# What knows about the mark is not *whether* he says a word after a window, but how much more often than usual.
# So weigh each coin by that: times said minus times expected from unmarked text, over the root of how often the
# window came. No key is needed to compute the weights, so each coin is still an independent one. A few heavy
# coins do not add up to a bell, so the p-value is not the normal tail of $z$ but **Chernoff's bound**, a number
# that the true tail never exceeds.
#
# ### Exercise 11.4 · Coins of different weight (medium, 10 minutes)
#
# Add the weights of the green coins, take off what chance gives, and divide by the standard deviation.

# %% nbgrader={"grade": false, "grade_id": "weighted_z", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("11.weighted_z")
def weighted_z(weights, green, gamma=0.25):
    """weights: (m,), of any sign; green: (m,) bool. Returns a number.

    Worked case: weights [2., -1.], green [True, False], gamma 0.25: the surplus is
    2 - 0.25 × 1 = 1.75, the variance 0.1875 × 5; z = 1.81.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "weighted_z_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("11.weighted_z", points=2)

# %%
USUAL = watermark.usage(watermark.windows_and_tokens(PLAIN, UNMARKED))

def sharp(rows, key):
    """(z, p) with each coin weighed; p is Chernoff's bound, which is never too small."""
    coins, weights = watermark.excess(rows, USUAL, OPEN)
    green = watermark.is_green(coins, key)
    return float(weighted_z(weights, green)), watermark.weighted_p(weights, green)

# %%
z, p = sharp(rows, KEY)
coins, weights = watermark.excess(rows, USUAL, OPEN)
others = torch.tensor([float(weighted_z(weights, watermark.is_green(coins, key)))
                       for key in range(1000, 1200)])
print(f"our key: z {z:.1f}, p at most {p:.0e}\ntwo hundred other keys: mean {others.mean():.2f}, "
      f"standard deviation {others.std():.2f}, largest {others.max():.1f}")

# %% [markdown]
# The second line needs no formula. Two hundred keys that nobody ever used, on the same student: that is what
# innocence looks like, and ours is not among them. Keep it in mind for the judge.
#
# Now the share. A harvester mixes: some of his texts are marked, the rest comes from elsewhere. **Predict**: at
# which share of marked texts does the test see him?

# %%
SHARES = (0.05, 0.1, 0.25, 0.5, 1.0)
ATTACKS = {"reworded, half": {"reword": 0.5}, "reworded": {"reword": 1.0}}

def judged(rows, key):
    """log10 of the three p-values, {way: value}."""
    p = {"naive": naive(rows, key), "honest": honest(rows, key), "sharp": sharp(rows, key)[1]}
    return {way: math.log10(max(value, 1e-300)) for way, value in p.items()}

# %% tags=["signature"]
fig, (left, ax) = plt.subplots(1, 2, figsize=(9.8, 3.7), sharey=True, width_ratios=[1, 2.3])
for i, (_, way, role) in enumerate((*WAYS, ("once, weighed", "sharp", "teacher"))):
    values = [max(v, -30) for v in stored(f"innocent|{way}")]
    spread = [i - 0.28 + 0.56 * k / (len(values) - 1) for k in range(len(values))]
    left.scatter(spread, values, color=plots.ROLES[role].colour, marker=plots.ROLES[role].marker, s=14)
left.set_xticks(range(3), ["every\ntoken", "each coin\nonce", "once,\nweighed"])
left.set(title="Fifty innocents", ylabel="log10 of the p-value", ylim=(-31, 1))
for x, share in enumerate(SHARES):
    plots.dots(ax, x, stored("marked|sharp", share), "student")
for x, name in ((5.2, "reworded"), (6.2, "neutralised")):
    plots.dots(ax, x, stored(name + "|sharp", 1.0), "attacker")
for panel in (left, ax):
    panel.axhline(-3, color="black", linewidth=1)
ax.text(2.45, -3.4, "below the line: accused (p < 0.001)", va="top")
ax.set_xticks([*range(5), 5.2, 6.2],
              [*(f"{s:.0%}" for s in SHARES), "reworded\nfirst", "neutralised\nafter"])
ax.set_xlabel("share of marked texts in what the student read; all of them, and a way out", loc="left")
ax.set_title("Students of marked text (weighed)")
plots.show(fig, "Left: p-values of fifty innocent students. Counting every token, many are far below "
           "a thousandth, some below 1e-30; counting each coin once, weighed or not, none. Right: "
           "students of marked text. Up to a tenth they pass; at a quarter about half are accused; "
           "from a half on all; at all marked p is near 1e-23. Rewording first brings all five back "
           "above the line, neutralising after it four of five.")

# %% [markdown]
# On the left, the fifty from before: only the first column accuses anybody (what lies below 1e-30 is drawn there).
# On the right, each mark is one student, with the mean and its 95 % interval beside them: what the mark can do. A
# student of marked text alone is told from an innocent beyond any doubt; at a quarter it is a toss-up; a tenth of
# marked text goes unseen.
#
# A trap on the way. The provider keeps a ledger: she knows every window and token that she *served*. Why not look
# only at those? Because she served green ones more often than red ones. Whoever uses the same words, for
# whatever reason, is then found using green ones. **Filter by windows, never by what followed them.**
# **Predict** what the wrong filter does to the p-values of ten innocents.

# %%
def served_only(rows, key):
    """The wrong filter: look only at the windows and tokens that we served."""
    asked, said = marked_harvest(key)
    served = set(map(tuple, watermark.windows_and_tokens(asked, said).tolist()))
    return honest(rows[torch.tensor([tuple(row) in served for row in rows.tolist()])], key)

wrong = stored("innocent|served only")
few = stored("innocent|open")[:len(wrong)]
print("ten innocents, p with the wrong filter:", ", ".join(f"{10**v:.2g}" for v in wrong))
print("the same ten, filtered by windows:     ", ", ".join(f"{10**v:.2g}" for v in few))

# %% [markdown]
# The second line is spread over the whole range, as it should be. In the first nobody is above 0.3.
#
# ## He knows
#
# The harvester has read this lesson, except for the key. Two things he can do.
#
# **Reword before training.** He wanted the skill, not the phrases. A program (in real life a small model) says
# every phrase in its own words and leaves the digits alone.
# (A phrase that stays was drawn again, by chance.)

# %%
question, = questions(1, 60)
said, = teacher_says([question], 60, watermark.Watermark(KEY).logits)
print(said, watermark.reworded(said, 1.0, random.Random(0)), sep="\n")

# %% [markdown]
# **Neutralise afterwards.** He trains on the marked text, looks in his own harvest for tokens that come after
# some window more often than they usually do after its last word, and takes that back when the student speaks.
# How strongly? Until his student's habits look as plain as can be, compared with 200 plain explanations of his own. (That is the
# `excess` of the sharp test, turned against it. It needs no key.)

# %%
STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)

def neutraliser(student, seed):
    """The hook with which the student's habits come nearest to those of 200 plain texts."""
    asked, said = marked_harvest(seed)
    own = skills.problems("explain", 200, 7000 + seed)
    plain = watermark.windows_and_tokens([p.prompt for p in own], [p.completion for p in own])
    hooks = [watermark.Neutralised(watermark.windows_and_tokens(asked, said), plain, strength)
             for strength in STRENGTHS]

    def oddness(hook):
        rows = said_by(student, asked[:200], hook)
        return watermark.excess(rows, watermark.usage(plain))[1].square().mean().item()

    return min(hooks, key=oddness)

# %%
hook = neutraliser(student, KEY)
quiet = said_by(student, hook=hook)
print(f"strength {hook.strength}: z {sharp(quiet, KEY)[0]:.1f}, p at most {sharp(quiet, KEY)[1]:.1g}; "
      f"before it: z {z:.1f}")

# %%
def right(student, hook=None):
    """Share of 300 test questions whose answer a student gets right (greedy)."""
    asked = questions(300, 0, "test")
    said = decoding.answers(student, asked, hook=hook)
    return sum(skills.is_right(q, a) for q, a in zip(asked, said)) / len(asked)

# %% [markdown]
# **Predict**: who goes free, and what does it cost him in right answers?

# %%
rows_of = []
for name, series in (("marked text, nothing done", "marked"), ("half of the phrases reworded",
                     "reworded, half"), ("reworded", "reworded"), ("neutralised", "neutralised")):
    caught = [v < math.log10(LEVEL) for v in stored(series + "|sharp", 1.0)]
    skill = torch.tensor(measures.mean_interval(stored(series + "|right", 1.0))).clamp(0, 1).tolist()
    rows_of.append((name, f"{sum(caught)} of {len(caught)}",
                    "{:.2f} ({:.2f} to {:.2f})".format(*skill)))
pd.DataFrame(rows_of, columns=["harvester", "accused", "answers right"]).set_index("harvester")

# %% [markdown]
# Whoever rewords everything goes free, and so do most who neutralise. Half of the phrases is not enough for
# everybody. The skill stays, as far as five seeds can tell. (Their spread is wide: some of these students have not
# quite got it after 450 steps.) Pan and others (2025) report the same of large models: rewording that aims at the
# mark, and neutralising, both remove it, and the second keeps what was learned.
#
# Look at the z of your own neutralised student, too. If it is far *below* zero, he took back too much, and says
# green words less often than chance. A test that looks at both sides would ask him why.

# %% [markdown]
# ## A better mark?
#
# Green lists push every green token by the same $\delta$, also one that a student would never say. Antidistillation
# fingerprinting (2026) asks what a *student* learns from a text and pushes along that. If $q$ is what a student
# would say at this place and $L$ the probability that it gives to green tokens together, then $L$ rises fastest
# along
#
# $$\Delta_t = q_t\,(1[t \text{ is green}] - L)$$
#
# ### Exercise 11.5 · The direction of a fingerprint (medium, 10 minutes)

# %% nbgrader={"grade": false, "grade_id": "fingerprint_shift", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("11.fingerprint_shift")
def fingerprint_shift(probabilities, green):
    """(n, vocabulary) twice, the second bool. Returns (n, vocabulary).

    Worked case: probabilities [[0.5, 0.3, 0.2]], green [[True, False, False]]: L = 0.5,
    and the shift is [[0.25, -0.15, -0.10]].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "fingerprint_shift_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("11.fingerprint_shift", points=2)

# %%
window = tokenizer.encode("this step")
so_far = tokenizer.encode("explain sort 415 : in short , this step")
guess = TEACHER(torch.tensor([so_far]))[:, -1].softmax(-1)
shift = fingerprint_shift(guess, green_list(KEY, window)[None])[0]
pd.DataFrame({"q": guess[0], "green": green_list(KEY, window), "shift": shift},
             index=tokenizer.tokens).loc[[*VERBS, "dog"]].T

# %% [markdown]
# (A *dog* is not pushed, green or not: nobody would say it here.) Is the new mark easier to find in a student? A
# fair answer needs the **same price**: the strength is set so that both change the teacher's text by the same
# number of nats a token.

# %%
def fingerprint_student(seed):
    """(student, strength) of text with a fingerprint that costs what the watermark costs."""
    asked, plain = questions(LEARNED, seed), teacher_says(PLAIN, 99)
    proxy = learn(PLAIN, plain, 900 + seed)
    few, marked = questions(60, 8000 + seed), watermark.Watermark(seed).logits
    said = teacher_says(few, seed, marked)
    target, low, high = watermark.nats(TEACHER, marked, few, said), 0.0, 60.0
    for _ in range(8):
        hook = watermark.Fingerprint(proxy, seed, (low + high) / 2).logits
        dear = watermark.nats(TEACHER, hook, few, teacher_says(few, seed, hook)) > target
        low, high = (low, (low + high) / 2) if dear else ((low + high) / 2, high)
    hook = watermark.Fingerprint(proxy, seed, (low + high) / 2).logits
    return learn(asked, teacher_says(asked, seed, hook), seed), (low + high) / 2

# %%
rivals = measures.stored("L11A")
MARKS = ("fingerprint", "green list")
z_of = {name: rivals[rivals.series == name].sort_values("seed").value.tolist() for name in MARKS}
for name, values in z_of.items():
    print(f"{name}: z of the student", ", ".join(f"{v:.1f}" for v in values))
better = measures.paired_interval(*z_of.values())
print("fingerprint minus green list: {:+.1f} ({:+.1f} to {:+.1f})".format(*better))

# %% [markdown]
# (Stored, five seeds, board row L11A.) At the same price the interval holds zero: no difference can be seen here,
# while the paper reports a clear gain on large models. One reason is in the table above: in our register the words
# that fit a place are about equally likely, so $q$ hardly distinguishes them, and the fingerprint pushes almost
# like a green list.

# %% [markdown]
# ## Whose model is it?
#
# *(A good place for a break.)*
#
# A mark needs foresight. Somebody who marked nothing can still ask: is this model made from **my training
# data**, or from my model? A network is surer of the images that it was trained on. Maini and others (2021)
# compare the suspect's **margins**, the true class's logit minus the largest other one, on our *private* training
# images with those on images that nobody trained on. If the first are larger, the suspect inherited something:
# **dataset inference**.

# %%
SIZES, SPLITS = (784, 128, 10), range(20)

def taught(seeds, x, y=None, logits=None):
    """Networks that learned from labels, or from another's logits."""
    made = models.Students(SIZES, seeds)
    return training.fit(made, x, y, logits, alpha=0.0 if logits is None else 1.0, order_seed=seeds[0])

def points(split):
    """Our private 1,000 images, 1,000 others of the same kind, and 1,500 that nobody trains on."""
    digits, order = mnist(), torch.randperm(2000, generator=torch.Generator().manual_seed(split))
    unseen = Split(*(torch.cat(parts) for parts in zip(digits.validation, digits.test)))
    ours, other = (Split(digits.train.x[r], digits.train.y[r]) for r in order.split(1000))
    return ours, other, unseen

# %%
def margins(network, split):
    """(networks, images) of margins."""
    with torch.no_grad():
        return ownership.margin(network(split.x), split.y)

# %%
ours, other, unseen = points(20)
network, innocents = taught([0], ours.x, ours.y), taught(range(1, 4), other.x, other.y)
strangers = mnist().transfer.x               # 1,500 more images: the copier's questions
with torch.no_grad():
    answers = network(strangers)[0]
copies = taught(range(4, 7), strangers, logits=answers)

# %% [markdown]
# Three innocents; three copies that saw only our network's scores of *other* images; and the same innocents
# again, after somebody sorted our private images. **Predict**: which of them get a p-value below 0.01?

# %%
def p_values(networks, keep=slice(None)):
    """Dataset inference with all points; keep: of ours, only these."""
    pairs = zip(margins(networks, ours)[:, keep], margins(networks, unseen))
    return [f"{ownership.inherited(private, public):.1g}" for private, public in pairs]

easy = margins(taught([7], other.x, other.y), ours)[0]
easy = easy > easy.quantile(0.2)
pd.DataFrame({"innocent: other data": p_values(innocents), "copied from our scores": p_values(copies),
              "the same innocents, our images cleaned": p_values(innocents, easy)}).T

# %% [markdown]
# Your run: p-values of three networks of each kind. The first row is what one hopes for: other images of the
# same kind, no false alarm. The second is remarkable: these copies never saw one of our images, only our
# network's scores of others, and they are found.
#
# The third row is the first row's networks again, and *every one* is accused, far below any level in use. The only change: somebody had **cleaned** our private images before training and thrown out the
# hardest fifth. Easy images have large margins for everybody. The test assumes that for an innocent model
# private and unseen points are alike, and here they are not.
#
# And there is a third kind of innocent: two laboratories took half of their images from the same public place.
#
# **Predict**, over twenty splits: who is accused more often, a network that copied our scores, or an innocent
# one that shares half of our data?

# %%
def suspects(split):
    """{name: networks}; five innocents of two kinds, and four kinds of guilty."""
    (x, y), (other_x, other_y), _ = points(split)
    asked, five = mnist().transfer.x, range(100 * split, 100 * split + 5)
    ours = taught([split + 5000], x, y)
    with torch.no_grad():
        answers = ours(asked)[0]
    return {"other data": taught(five, other_x, other_y),
            "half of our data": taught(five, torch.cat([x[:500], other_x[:500]]),
                                       torch.cat([y[:500], other_y[:500]])),
            "our model": ours,
            "our data, trained anew": taught(five, x, y),
            "copied from our scores": taught(five, asked, logits=answers),
            "copied from our labels": taught(five, asked, answers.argmax(-1))}

# %%
COUNTS, COURT = (50, 200, 1000), 0.01

def trial(split):
    """{(suspect, points of each kind): [p-values]}."""
    ours, other, unseen = points(split)
    found, helper = {}, margins(taught([split + 6000], other.x, other.y), ours)[0]
    easy = helper > helper.quantile(0.2)
    for name, networks in suspects(split).items():
        pairs = list(zip(margins(networks, ours), margins(networks, unseen)))
        for n in COUNTS:
            found[name, n] = [ownership.inherited(private[:n], public[:n]) for private, public in pairs]
        if name == "other data":
            found["other data, ours cleaned", 1000] = [
                ownership.inherited(private[easy], public) for private, public in pairs]
    return found

# %%
r24 = measures.stored("R24")
WHO = ("other data", "other data, ours cleaned", "half of our data", "our data, trained anew",
       "copied from our scores", "copied from our labels")
fig, ax = plt.subplots(figsize=(7.6, 3.1))
for y, name in enumerate(WHO):
    for n, shift, role in ((50, -0.2, "baseline"), (200, 0, "defender"), (1000, 0.2, "teacher")):
        values = r24[(r24.series == name) & (r24.x == n)].value.tolist()
        if values:
            mean, low, high = torch.tensor(measures.mean_interval(values)).clamp(0, 1).tolist()
            ax.errorbar([mean], [y + shift], xerr=[[mean - low], [high - mean]], capsize=3,
                        color=plots.ROLES[role].colour, marker=plots.ROLES[role].marker,
                        label=f"{n} points of each kind" if y == 0 else None)
ax.axhline(2.5, color="black", linewidth=1)
ax.text(1.03, 1, "innocent", va="center")
ax.text(1.03, 4, "guilty", va="center")
ax.set_yticks(range(len(WHO)), WHO)
ax.set(ylim=(len(WHO) - 0.5, -0.5), xlim=(-0.03, 1.2), xlabel=f"share accused (p below {COURT})",
       title="Dataset inference, twenty splits (stored)")
ax.legend(loc="upper center", bbox_to_anchor=(0.4, -0.18), ncol=3)
plots.show(fig, "Share of suspects accused by dataset inference with 50, 200 and 1,000 points. "
           "Innocents with other data are seldom accused with 50 points and never with more, "
           "but always when the private points "
           "had been cleaned, and mostly when they share half of the data. Of the guilty, few are "
           "found with 50 points and nearly all with 1,000.")

# %% [markdown]
# Read the innocents first: that is the rule of this section. Then the guilty. With all points the test sees the
# copies. With fewer, the innocent who shares half of our data is accused more often than the copier. (The same
# fifty unseen images stand in all twenty splits: take the grey marks with care.) The test answers "does it come from data like our private ones?",
# and *copying* is one of several reasons for a yes. Szyller and others (2022) prove and find worse: in their settings
# it accuses independent models that share nothing with ours, and misses a thief who trains for wide margins.
#
# ## Before the judge
#
# Say a test accuses 1 % of the innocent and 90 % of the guilty. A model on a public hub is accused. How sure may
# the judge be? Not 99 %, and not 90 %. It depends on how many guilty there were among those that were tested.
#
# ### Exercise 11.6 · Of the accused, how many are guilty? (medium, 5 minutes)

# %% nbgrader={"grade": false, "grade_id": "guilty", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("11.guilty")
def guilty(prior, power, false_alarm):
    """prior: share of the guilty among all that are tested; power: share of the guilty that
    is accused; false_alarm: share of the innocent that is accused. Returns a share.

    Worked case: prior 0.1, power 0.9, false_alarm 0.1: 0.5.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "guilty_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("11.guilty", points=2)

# %%
TESTED = (2, 10, 100, 10_000)
pd.DataFrame({f"one guilty in {n:,}": {f"accuses {rate:g} of the innocent": guilty(1 / n, 0.9, rate)
                                       for rate in (0.01, 0.001, 1e-6)} for n in TESTED}).round(3)

# %% [markdown]
# Who searches ten thousand models at 1 % accuses a hundred innocents, and the one line in the table that would
# let a judge sleep is the last. A mark can give such a number, because its coins are *ours*: we tossed them, and
# nothing that a stranger does can be related to them. A difference between two kinds of images cannot: its
# p-value is a statement about strangers' data, and rests on an assumption that the accuser cannot check for them.
#
# What one would want on the table, before a word about power:
#
# 1. the key, or the list of private images, **deposited beforehand** (a hash with a notary), so that it was not
#    chosen after looking at the suspect;
# 2. **one** test, written down beforehand; or how many keys, models and tests were tried, all of them;
# 3. its **false accusations, counted on innocents** like the accused, those who share public data with us among
#    them;
# 4. an expert of the other side who can run it again. (A key that has been shown in court is used up.)
#
# And then still: a mark in a model says that marked *text* went in. Not who asked for it, nor under which terms.
# It may have been posted by an honest customer and found by a crawler. (Lesson 13.)
#
# ## Four prices

# %%
def count(series, x=0):
    values = stored(series, x)
    return f"{sum(v < math.log10(LEVEL) for v in values)} of {len(values)}"

pd.set_option("display.max_colwidth", 90)
right_lost = measures.paired_interval(*(of22("answers right|explain", d) for d in (0.0, 2.0)))
pd.Series({"the honest user loses": right_lost.points() + " of right answers; "
           f"{measures.mean_interval(of22('nats a token|explain', 2.0)).mean:.2f} nats a token",
           "the naive copier": f"recognised: {count('marked|sharp', 1.0)}",
           "the one who rewords": f"recognised: {count('reworded|sharp', 1.0)}",
           "the one who neutralises": f"recognised: {count('neutralised|sharp', 1.0)}",
           "innocents accused, every token": count("innocent|naive"),
           "innocents accused, each coin once": count("innocent|honest"),
           "innocents accused, weighed": count("innocent|sharp")}, name="watermark, delta 2").to_frame()

# %% [markdown]
# ## The evidence, in one table

# %%
def uniform(series):
    return stats.kstest([10**v for v in stored(f"innocent|{series}")], "uniform").pvalue > 0.01

def accused(name, n):
    return measures.mean_interval(r24[(r24.series == name) & (r24.x == n)].value.tolist())

def log_p(series, x):
    return measures.mean_interval(stored(f"{series}|sharp", x))

# %%
# NBVAL_CHECK_OUTPUT
seen = [
    ("fifty innocents: p-values uniform, each coin once", uniform("honest"), "control p 0.97, one run"),
    ("fifty innocents: uniform, every token", uniform("naive"), "no: falsely radioactive"),
    ("texts of 200 tokens: over half recognised",
     measures.mean_interval(of22("found|2", 200)).low > 0.5, "98 %, gamma 0.5 (reported)"),
    ("a mark on sums that is found and leaves them right", any(
        measures.mean_interval(of22("sums: found", d)).mean > 0.5
        and measures.mean_interval(of22("sums: right", d)).mean > 0.9 for d in STRONG), ""),
    ("all text marked: students accused at 0.001", log_p("marked", 1.0).high < -3, "yes"),
    ("5 % marked: students accused at 0.001", log_p("marked", 0.05).high < -3, "1e-24, 248,200 tokens"),
    ("the mark survives rewording", log_p("reworded", 1.0).mean < -3, "no"),
    ("the mark survives neutralising", log_p("neutralised", 1.0).mean < -3, "no"),
    ("a fingerprint beats a green list at the same price", better.low > 0, "yes (second hand)"),
    ("dataset inference finds copies, 1,000 points", accused("copied from our scores", 1000).low > 0.5,
     "yes"),
    ("dataset inference finds copies, 50 points", accused("copied from our scores", 50).low > 0.9,
     "over 99 % (reported)"),
    ("it spares innocents with other data", accused("other data", 1000).mean < 0.05, "yes"),
    ("it spares innocents with half of our data", accused("half of our data", 1000).mean < 0.05,
     "no (Szyller and others)")]
pd.DataFrame([(a, p or "(not reported)", "yes" if b else "no") for a, b, p in seen],
             columns=["finding", "published", "seen here"])

# %% [markdown]
# ## Wrap-up: five questions

# %%
widgets.quiz("11")

# %% [markdown]
# ## What this does not show
#
# - Our language has 195 tokens and one register with a choice. In it every window soon comes again; in real text
#   hardly any does. So deduplication costs us nearly all the power, and costs a real provider little. The
#   weighing that brings it back is ours, not Sander and others'. It needs unmarked text of the same kind.
# - 5 % of marked text was enough in the paper, with 248,200 scored tokens of a large model. Here a few hundred
#   windows carry everything, and no amount of text makes more of them.
# - Each token is green by its own coin, so that the binomial is exact. The paper colours exactly a quarter of
#   the vocabulary; for tens of tokens after a window the difference is small.
# - Our rewording is a program with perfect synonyms, so it costs nothing. A paraphrase by a real model costs
#   money and perhaps content. The neutralised student in the paper keeps its skill; see the column above for ours.
# - Two-sided tests, several keys, marks in meaning instead of tokens: not here. A student that was neutralised
#   too much says green tokens *less* often than chance, and a two-sided test would notice.
# - Dataset inference here is a t-test on margins. Maini and others train a small network on margins in many
#   directions, and report far more power with fewer points, on larger images.
# - No court has ruled on any of this, as far as we have read.
#
# ## References
#
# - J. Kirchenbauer and others, *A Watermark for Large Language Models*, 2023.
#   [arXiv:2301.10226](https://arxiv.org/abs/2301.10226)
# - T. Sander and others, *Watermarking Makes Language Models Radioactive*, 2024.
#   [arXiv:2402.14904](https://arxiv.org/abs/2402.14904)
# - Y. E. Xu and others, *Antidistillation Fingerprinting*, 2026.
#   [arXiv:2602.03812](https://arxiv.org/abs/2602.03812)
# - L. Pan and others, *Can LLM Watermarks Robustly Prevent Unauthorized Knowledge Distillation?*, 2025:
#   rewording and neutralising. [arXiv:2502.11598](https://arxiv.org/abs/2502.11598)
# - P. Maini and others, *Dataset Inference: Ownership Resolution in Machine Learning*, 2021.
#   [arXiv:2104.10706](https://arxiv.org/abs/2104.10706)
# - S. Szyller and others, *On the Robustness of Dataset Inference*, 2022.
#   [arXiv:2210.13631](https://arxiv.org/abs/2210.13631)
# - Published figures and how each was read: the replication board, `benchmarks/replications.csv`.

# %%
progress()
