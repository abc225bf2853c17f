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
# **Minutes** 120 · **You need** lesson 03 (60 minutes to the break at *The student*; the rest may be skipped) · **You
# will be able to** mark a language model's text and find the mark again, measure how often such a test is wrong, look
# for the mark in a student, remove it, and say what a small p-value shows.
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
# ## A list that only the owner of the key can compute
#
# The defences of lessons 09 and 10 make answers less useful to an attacker. Here the provider serves useful answers
# and **marks** them. It wants to recognise them later in a text, and in a model that was trained on that text.
#
# The idea is by Kirchenbauer and others (2023). The two tokens before the next one are called its **window**. After
# each window, every token of the vocabulary is **green** with probability $\gamma = 1/4$, and red otherwise. These
# draws come from a hash of a secret key and the window, so only the owner of the key can repeat them.

# %%
def green_list(key, window, gamma=0.25):
    """Which of the 195 tokens are green after this window: (195,) bool. The same on
    every machine."""
    bits = hashlib.shake_256(f"{key} "
                             f"{','.join(map(str, window))}".encode()).digest(4 * 195)
    return torch.from_numpy(np.frombuffer(bits, "<u4") < gamma * 2**32)

# %%
tokenizer, VERBS = skills.TOKENIZER, "takes gets receives accepts reads uses".split()
for key in (1, 2, 3):
    green = green_list(key, tokenizer.encode("this step"))
    print(f"key {key}, after 'this step':",
          [v for v in VERBS if green[tokenizer.ids[v]]])

# %% [markdown]
# Each key gives a different list. In a text that was written without the key, about a quarter of the tokens are
# green. A marked text has more. How many more are too many for chance?
#
# ### Exercise 11.1 · z-score (easy, 5 minutes)
#
# Of $T$ tokens, $\gamma T$ are expected to be green. The **z-score** is the surplus over this number, divided by its
# standard deviation. The number of green tokens in $T$ independent draws has the variance $T \gamma (1 - \gamma)$.

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
# ### Exercise 11.2 · p-value (medium, 10 minutes)
#
# The **p-value** is the probability of so many green tokens *or more*, if the text was written without the key. The
# normal tail of $z$ approximates it. The exact value is the tail of a **binomial** distribution.

# %% nbgrader={"grade": false, "grade_id": "p_value", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("11.p_value")
def p_value(green, tokens, gamma=0.25):
    """P(`green` or more of `tokens` draws are green), each with probability gamma.

    Worked case: 2 of 2, gamma 0.25: 1/16 = 0.0625. `scipy.stats` may help.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "p_value_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("11.p_value", points=2)

# %% [markdown]
# **Predict, then run.** Decisions are made in the far tail. How far off is the normal tail there?

# %%
for green, tokens in ((8, 16), (80, 200), (160, 400)):
    z = z_score(green, tokens)
    print(f"{green:3} of {tokens}: z {z:.2f}, p {p_value(green, tokens):.1e}, "
          f"normal tail {math.erfc(z / 2**0.5) / 2:.1e}")

# %% [markdown]
# It is 3, 5 and 15 times too small in these cases, so it makes the evidence look stronger than it is.
#
# ## A student that never saw the mark
#
# Before we mark anything, we test the test. The next student learns to explain list operations from 800 texts of
# other authors (here a program). It has seen no text of our teacher, and no mark. If a test calls this student
# marked, that is a **false positive**.

# %%
LEARNED, SCORED = 800, 400
TEACHER = language.load_language_teacher()

def questions(n, seed, split="train"):
    return [p.prompt for p in skills.problems("explain", n, seed, split)]

def learn(asked, texts, seed):
    """A copy of the base model, trained on these explanations: a student."""
    student = language.load_base()
    batch = training.batches(language.pack(asked, texts), batch_size=16, seed=seed)
    return training.fit_language(student, batch, steps=450, lr=4e-3,
                                 progress=f"student {seed}")

def said_by(student, asked=None, hook=None):
    """What a student says to 400 questions of the test split: each token with the two
    before it."""
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
# The student answers 400 questions, and we count the tokens that are green with key 1. **Predict, then run.** Is the
# p-value above 0.05? And with the keys 2 to 8? Nobody has used any of these keys.

# %%
import pandas as pd


def naive(rows, key):
    """The p-value when every token counts."""
    green = watermark.is_green(rows, key)
    return p_value(int(green.sum()), len(rows))

KEYS = range(1, 9)
pd.DataFrame({"p, every token": [f"{naive(rows, key):.1e}" for key in KEYS]},
             index=KEYS).T

# %% [markdown]
# No: with key 1 the p-value is 0.0000015. Three of the eight keys give less than 0.001, and two give nearly 1. The
# student knows none of these keys, so these p-values are wrong.
#
# ## Why this count is wrong
#
# Look at the windows and tokens that come most often.

# %%
often = watermark.usage(rows)
top = sorted(((n, window, token) for window, c in often.items()
              for token, n in c.items()))[-6:]
pd.DataFrame([{"times": n, "after": tokenizer.decode(w), "token": tokenizer.tokens[t],
               **{f"key {k}": "green" if watermark.green_list(k, w)[t] else ""
                  for k in range(1, 6)}}
              for n, w, t in reversed(top)]).set_index("times")

# %% [markdown]
# The first row occurs 141 times, and each time with the same colour, because the hash draws its green list *once*.
# The binomial counts 141 independent draws.
#
# ### Exercise 11.3 · Count each draw once (medium, 10 minutes)
#
# A draw belongs to a pair of window *and* token. Find the rows in which a pair occurs for the first time.

# %% nbgrader={"grade": false, "grade_id": "first_seen", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("11.first_seen")
def first_seen(rows):
    """rows: (m, window + 1) token numbers, the last column the token. Returns (m,)
    bool.

    Worked case: [[1, 2], [3, 2], [1, 2]] gives [True, True, False].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "first_seen_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("11.first_seen", points=2)

# %%
def honest(rows, key):
    """The p-value when each pair of window and token counts once."""
    return naive(rows[first_seen(rows)], key)

pd.DataFrame({"p, every token": [f"{naive(rows, key):.1e}" for key in KEYS],
              "p, each draw once": [f"{honest(rows, key):.2f}" for key in KEYS]},
             index=KEYS).T

# %% [markdown]
# Now the eight p-values lie between 0.07 and 0.91.
#
# One student is not enough to judge a test. The replication board stores fifty students of unmarked text, each
# trained on different texts and tested with its own key. If a test is valid, on average 1 % of the p-values lie below
# 0.01, 10 % below 0.1, and so on. **Predict** this curve for the two counts.

# %%
r23 = measures.stored("R23")

def stored(series, x=0):
    kept = r23[(r23.series == series) & (r23.x.astype(str) == str(x))]
    return kept.sort_values("seed").value.tolist()

WAYS = (("every token", "naive", "baseline"), ("each draw once", "honest", "defender"))
fig, ax = plt.subplots(figsize=(6.4, 2.8))
for label, series, role in WAYS:
    p = sorted(max(10**v, 1e-6) for v in stored(f"innocent|{series}"))
    ax.step([1e-6, *p, 1], [0, *((i + 1) / len(p) for i in range(len(p))), 1],
            where="post", color=plots.ROLES[role].colour,
            linestyle=plots.ROLES[role].line, linewidth=2, label=label)
exact = np.logspace(-6, 0, 200)
ax.plot(exact, exact, color="black", linewidth=1, label="a valid test")
ax.set(xscale="log", xlim=(1e-5, 1), xlabel="threshold for the p-value",
       ylabel="share of students below",
       title="Counting every token gives many false positives")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, "Share of fifty students of unmarked text whose p-value is below a "
           "threshold. Counting each draw once, the steps follow the curve of a valid "
           "test. Counting every token, a quarter or more is below each threshold "
           "shown.")

# %%
from scipy import stats


def share_below(values, threshold):
    """'3 of 50 (1 to 17 %)': how many log10 p lie below a threshold, with the exact 95
    % interval."""
    found = sum(v < math.log10(threshold) for v in values)
    low, high = stats.binomtest(found, len(values)).proportion_ci()
    return f"{found} of {len(values)} ({low:.0%} to {high:.0%})"

for label, series, _ in WAYS:
    p = stored(f"innocent|{series}")
    uniform = stats.kstest([10**v for v in p], "uniform").pvalue
    print(f"{label}: below 0.01 {share_below(p, 0.01)}, below 0.001 "
          f"{share_below(p, 0.001)}; Kolmogorov-Smirnov p {uniform:.2g}")

# %% [markdown]
# Counting every token, 38 % of 50 students (25 to 53 %) have a p-value below 0.001. Counting each draw once, none has
# (0 to 7 %), and one of 50 is below 0.01. The Kolmogorov-Smirnov test, which asks whether the p-values are spread
# evenly between 0 and 1, finds no deviation for the second count (p = 0.69).
#
# Are there fewer false positives with more answers? **Move the slider.**

# %%
per_answer = len(rows) // SCORED

def after(n):
    part, fig = rows[:n * per_answer], plt.figure(figsize=(5.8, 2.3))
    ax = fig.subplots()
    for shift, way, (name, _, role) in zip((-0.12, 0.12), (naive, honest), WAYS):
        ax.plot([key + shift for key in KEYS],
                [max(way(part, key), 1e-12) for key in KEYS],
                plots.ROLES[role].marker, color=plots.ROLES[role].colour, label=name)
    ax.set(yscale="log", ylim=(1e-13, 10), xticks=KEYS, xlabel="key", ylabel="p-value",
           title=f"An unmarked student after {n} answers")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return fig, (f"p-values of one unmarked student with eight keys after {n} answers. "
                 "Counting every token they spread further with more answers; counting "
                 "each draw once they do not.")

widgets.slider(after, values=[10, 50, 100, 200, 400], start=50, label="answers");

# %%
plots.show(*after(400))

# %% [markdown]
# No. When every token counts, the p-values move towards 0 or 1 with more answers, because the same draws repeat. When
# each draw counts once, they stay spread.
#
# A text is called **radioactive** if its mark can be found in a model trained on it (Sander and others 2024). The
# authors' code warns that without deduplication an unmarked model "will appear falsely radioactive".
#
# ## The mark
#
# Now the teacher marks its text: before each token, the logits of the green tokens are raised by $\delta$.

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
        for window_and_token in watermark.windows_and_tokens([question],
                                                             [said]).tolist():
            *window, token = window_and_token
            word = tokenizer.tokens[token]
            print(f"[{word}]" if green_list(1, tuple(window))[token] else word, end=" ")
        print()

# %% [markdown]
# Green tokens are in brackets. An explanation can be worded in several ways, and the chosen word is often green. The
# sum leaves no choice of words. Its green tokens are green by chance.
#
# So the test looks only at **open windows**: those after which the *unmarked* teacher is unsure (an entropy of half a
# bit or more). They do not depend on the key, so the p-value stays valid.
#
# The cost to a legitimate user has three measures: lost right answers; the change of wording, as the KL divergence
# from the unmarked teacher in **nats** a token (1 nat is 1.44 bits); and how often the most frequent token after an
# open window is chosen (*favourite word*). **Predict**: at $\delta = 2$, how many tokens does it take until half of
# the texts are recognised (p < 0.001)? What does the user lose?

# %%
def teacher_says(asked, seed, hook=None):
    return decoding.answers(TEACHER, asked, temperature=1.0, seeds=1000 * seed,
                            hook=hook)

PLAIN = questions(LEARNED, 99)
UNMARKED = teacher_says(PLAIN, 99)
OPEN = watermark.open_windows(TEACHER, PLAIN, UNMARKED)
print(f"{len(OPEN)} windows with a choice, such as",
      [tokenizer.decode(w) for w in sorted(OPEN)[-9::2]])

# %%
LENGTHS, DELTAS, LEVEL = (25, 50, 100, 200, 400), (1.0, 2.0, 4.0), 0.001

def recognised(seed, delta, domain="explain", lengths=LENGTHS, **how):
    """Share of the teacher's texts of so many tokens that the test calls marked,
    (lengths,)."""
    asked = [p.prompt for p in skills.problems(domain, 400, seed)]
    said = teacher_says(asked, seed, watermark.Watermark(seed, delta).logits)
    rows, how = watermark.windows_and_tokens(asked, said), {"windows": OPEN} | how
    found = []
    for n in lengths:
        p = [watermark.look_for(seed, part, **how).p
             for part in rows.split(n) if len(part) == n]
        found.append(sum(value < LEVEL for value in p) / len(p))
    return found

# %%
def prices(seed, delta, domain="explain"):
    """What a user gets: right answers, nats a token, how often the favourite word is
    chosen."""
    asked = [p.prompt for p in skills.problems(domain, 300, seed)]
    hook = watermark.Watermark(seed, delta).logits
    said = teacher_says(asked, seed, hook)
    right = sum(skills.is_right(q, a) for q, a in zip(asked, said)) / len(asked)
    rows = watermark.windows_and_tokens(asked, said)
    choices = [c for w, c in watermark.usage(rows).items() if w in OPEN
               and c.total() >= 5]
    favourite = sum(max(c.values())
                    for c in choices) / max(1, sum(c.total() for c in choices))
    return right, watermark.nats(TEACHER, hook, asked, said), favourite

# %%
r22 = measures.stored("R22")

def of22(series, x):
    kept = r22[(r22.series == series) & (r22.x.astype(str) == str(x))]
    return kept.sort_values("seed").value.tolist()

fig, ax = plt.subplots(figsize=(6.8, 2.6))
for delta, role in zip(DELTAS, ("baseline", "teacher", "defender")):
    plots.band(ax, LENGTHS, [of22(f"found|{delta:g}", n) for n in LENGTHS], role,
               f"δ = {delta:g}")
plots.band(ax, LENGTHS, [of22("found|0", n) for n in LENGTHS], "student",
           "unmarked text")
ax.set(xscale="log", xlabel="tokens in the text", ylabel="share called marked",
       ylim=(-0.03, 1.03), title="Longer texts and stronger marks are recognised more "
                                 "often (ten keys)")
ax.set_xticks(LENGTHS, LENGTHS)
ax.minorticks_off()
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, "Share of the teacher's texts that are called marked, against their "
           "length, for three strengths of the mark. It rises with both. Unmarked text "
           "stays near zero.")

# %%
for n in (100, 200):
    mean, low, high = measures.mean_interval(of22("found|2", n))
    print(f"delta 2, {n} tokens: {mean:.0%} recognised ({low:.0%} to {high:.0%})")
lost = measures.paired_interval(*(of22("answers right|explain", d) for d in (0.0, 2.0)))
print("right answers lost:", lost.points())
cost = {f"delta {d:g}": {what: measures.mean_interval(of22(f"{what}|explain", d)).mean
                         for what in ("answers right", "nats a token",
                                      "favourite word")}
        for d in (0.0, *DELTAS)}
live = prices(seed=20, delta=2.0)
pd.DataFrame(cost | {"your run, delta 2": dict(zip(cost["delta 0"], live))}).T.round(3)

# %% [markdown]
# It takes between 100 and 200 tokens: of the texts of 100 tokens 41 % are recognised (26 to 56 %), and of those of
# 200 74 % (56 to 91 %). No loss of right answers was shown (+0.1 points, −0.1 to +0.4). The wording changes by 0.09
# nats a token, and the favourite word is chosen in 51 % of the cases instead of 39 %.
#
# The intervals are wide because keys differ. Only about 200 windows leave a choice. If a key makes no likely word
# green after a frequent window, the mark is weaker.
#
# The detector must use the same key, window length and $\gamma$ as the teacher.
#
# ## Text without a choice
#
# On sums the teacher has no choice, so a mild mark changes nothing. **Predict**: is a strong mark found, and are the
# sums still right? (The test looks at all windows here, because none is open.)

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
ax.set(xlabel="strength δ (nats)", ylabel="share", ylim=(-0.03, 1.03), xticks=STRONG,
       title="Where a mark on sums is found, the sums are wrong (ten keys)")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, "Shares of texts recognised and of sums right, against the strength of "
           "a mark on sums. Where the mark begins to be found, most sums are already "
           "wrong.")
for delta in STRONG:
    shares = [np.mean(of22(f"sums: {what}", delta)) for what in ("found", "right")]
    print("δ = {:4g}: {:4.0%} called marked, {:4.0%} of the sums "
          "right".format(delta, *shares))

# %% [markdown]
# A mark that is strong enough to be found also makes sums wrong. At $\delta = 6$ nothing is found, and 98 % of the
# sums are right. At $\delta = 10$, 19 % of the texts are recognised, but only 43 % of the sums are right.
#
# ## The student
#
# *Break. The first 60 minutes end here.* What follows stands alone, may be skipped, and is needed by no later lesson.
# (Its cells use cells above: run those first.) *Dataset inference* and *What a p-value does not say* can be read
# without the sections before them. You can also go on at *What we checked*.
#
# The first half in brief: a secret key colours a quarter of all tokens green, anew after each **window** of two
# tokens. A marked text prefers green tokens. Each pair of window and token is drawn once, so a test must count it
# once.
#
# The attacker asks 800 questions, gets 800 marked explanations, and trains a student on them. When this student
# writes, its logits are not changed. Is the mark in its text all the same? **Predict** the two p-values.

# %%
@lru_cache(maxsize=2)
def marked_harvest(seed):
    """800 questions, and the teacher's marked answers; the key is the seed."""
    asked = questions(LEARNED, seed)
    return asked, teacher_says(asked, seed, watermark.Watermark(seed).logits)

def student_of(seed, share=1.0, reword=0.0):
    """A student of texts; a `share` is marked (perhaps reworded), other people wrote
    the rest."""
    asked, said = marked_harvest(seed)
    others, draw = skills.problems("explain", LEARNED, seed), random.Random(seed)
    texts = [watermark.reworded(text, reword, draw) if i < share * LEARNED
             else others[i].completion for i, text in enumerate(said)]
    return learn(asked, texts, seed)

# %%
KEY = 51
student = student_of(KEY)
rows = said_by(student)
print(f"every token {naive(rows, KEY):.0e} (means nothing); each draw once "
      f"{honest(rows, KEY):.2g}")

# %% [markdown]
# Counting each draw once, p = 0.21, so no mark is shown. This test is valid but weak here. The language is small, so
# in 400 answers nearly every token that can follow a window does so at some time. A red token that occurs once then
# counts as much as a green token that occurs a hundred times.
#
# The signal is not *whether* a token follows a window, but how much more often than usual. So each draw gets the
# weight $w = (n - e) / \sqrt N$. Here $N$ is how often the window occurs, $n$ is how often the token follows it, and
# $e$ is the number expected from unmarked text. The weights do not depend on the key, so the draws stay independent.
#
# A few weights are large, so the weighted sum $S$ of the green draws is not normally distributed. Instead of the
# normal tail we use **Chernoff's bound**, which the true p-value never exceeds:
#
# $$P(S \ge s) \le \min_{t \ge 0} \; e^{-ts} \prod_i \left(1 - \gamma + \gamma\, e^{t w_i}\right)$$
#
# ### Exercise 11.4 · Weighted draws (medium, 10 minutes)
#
# Sum the weights of the green draws, subtract what chance gives, and divide by the standard deviation.

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
    """(z, p) with each draw weighted; p is Chernoff's bound, which is never too
    small."""
    coins, weights = watermark.excess(rows, USUAL, OPEN)
    green = watermark.is_green(coins, key)
    return float(weighted_z(weights, green)), watermark.weighted_p(weights, green)

# %% [markdown]
# **Predict, then run.** Is the mark found now? As a control, the cell tests the same student with 200 keys that
# nobody used.

# %%
z, p = sharp(rows, KEY)
coins, weights = watermark.excess(rows, USUAL, OPEN)
others = torch.tensor([float(weighted_z(weights, watermark.is_green(coins, key)))
                       for key in range(1000, 1200)])
print(f"our key: z {z:.1f}, p at most {p:.0e}\ntwo hundred other keys: mean "
      f"{others.mean():.2f}, standard deviation {others.std():.2f}, largest "
      f"{others.max():.1f}")

# %% [markdown]
# It is found: z is 9.0, and p is at most 2e-18. With the other keys, z is −0.02 on average and never above 4.1. This
# control does not rest on Chernoff's bound.
#
# An attacker may mix marked texts with texts from elsewhere. **Predict**: what share of marked texts does the test
# need to find the mark (p < 0.001)?

# %%
SHARES = (0.05, 0.1, 0.25, 0.5, 1.0)
ATTACKS = {"reworded, half": {"reword": 0.5}, "reworded": {"reword": 1.0}}

def judged(rows, key):
    """log10 of the three p-values, {way: value}."""
    p = {"naive": naive(rows, key), "honest": honest(rows, key),
         "sharp": sharp(rows, key)[1]}
    return {way: math.log10(max(value, 1e-300)) for way, value in p.items()}

# %%
def group(ax, at, values, role):
    """A dot for each student (a triangle: below 1e-30), and beside them the mean with
    its interval."""
    mean, low, high = measures.mean_interval(values)
    colour, marker, _ = plots.ROLES[role]
    spread = [at - 0.32 + 0.3 * k / len(values) for k in range(len(values))]
    for clipped, shape in ((False, marker), (True, "v")):
        drawn = [(x, max(v, -30)) for x, v in zip(spread, values) if (v < -30)
                 == clipped]
        ax.scatter(*zip(*drawn or [(at, float("nan"))]), color=colour, marker=shape,
                   s=16, alpha=0.7)
    ax.errorbar([at + 0.12], [mean], [[mean - low], [min(high, 0) - mean]],
                color=colour, marker="_", markersize=12, capsize=4, linewidth=2)

# %% tags=["signature"]
fig, panels = plt.subplots(1, 3, figsize=(10, 3.7), sharey=True, width_ratios=[3, 5, 3])
for i, (_, way, role) in enumerate((*WAYS, ("weighted", "sharp", "teacher"))):
    group(panels[0], i, stored(f"innocent|{way}"), role)
for i, share in enumerate(SHARES):
    group(panels[1], i, stored("marked|sharp", share), "student")
for i, name in enumerate(("reworded, half", "reworded", "neutralised")):
    group(panels[2], i, stored(name + "|sharp", 1.0), "attacker")
for ax in panels:
    ax.axhline(-3, color="black", linewidth=1)
panels[1].text(-0.4, -29, "below the line: p < 0.001")
panels[0].set(title="50 students of unmarked text", ylabel="log10 of the p-value",
              ylim=(-31, 1), xlabel="how the draws are counted")
panels[1].set(title="Ten students of marked text",
              xlabel="share of marked texts (weighted test)")
panels[2].set(title="Five, after an attack", xlabel="all texts marked (weighted test)")
for ax, names in zip(panels, (("every\ntoken", "each\nonce", "weighted"),
                              [f"{s:.0%}" for s in SHARES],
                              ("half\nreworded", "all\nreworded", "neutral-\nised"))):
    ax.set_xticks(range(len(names)), names)
plots.show(fig, "log10 of p-values; a line marks p = 0.001. Left, fifty students of "
           "unmarked text: counting every token, 19 are below the line; each draw "
           "once, weighted or not, none. Middle: with 5 or 10 % of marked text none of "
           "ten is below, with 25 % six, from 50 % all. Right, five students each: "
           "half reworded three below, all reworded none, neutralised one.")

# %%
for share in SHARES:
    values = stored("marked|sharp", share)
    mean = "{:.1f} ({:.1f} to {:.1f})".format(*measures.mean_interval(values))
    print(f"{share:4.0%} marked: p < 0.001 for {share_below(values, 0.001)}, mean "
          f"log10 p {mean}")

# %% [markdown]
# If half of the texts or more are marked, all ten students are found. At a quarter six of ten are found, and at 5 or
# 10 % none. With all texts marked, the mean of log10 p is −23.0 (−25.9 to −20.2). Of fifty students of unmarked text
# the same test finds none. (Triangles that point down stand for p-values below 1e-30. Intervals end at p = 1.)
#
# There is a tempting mistake: to test only those pairs of window and token that the teacher has served. Served pairs
# are green more often than others. So a model that uses the same words for any reason looks marked. **Filter by
# windows, never by the tokens that followed.** **Predict** what the wrong filter does to ten students of unmarked
# text.

# %%
def served_only(rows, key):
    """The wrong filter: look only at pairs of window and token that we served."""
    asked, said = marked_harvest(key)
    served = set(map(tuple, watermark.windows_and_tokens(asked, said).tolist()))
    return honest(rows[torch.tensor([tuple(row) in served for row in rows.tolist()])],
                  key)

wrong = stored("innocent|served only")
few = stored("innocent|open")[:len(wrong)]
print("ten unmarked students, the wrong filter: ",
      ", ".join(f"{10**v:.2g}" for v in wrong))
print("the same ten, filtered by windows:        ",
      ", ".join(f"{10**v:.2g}" for v in few))

# %% [markdown]
# It makes all ten p-values smaller, and the smallest is 0.0007. Filtered by open windows, they lie between 0.007 and
# 0.99.
#
# ## Two ways to remove the mark
#
# Here the attacker knows the method but not the key.
#
# **Reword before training.** The attacker wants the skill, and does not need the phrases. A program replaces each
# phrase by one with the same meaning, and keeps the digits.

# %%
question, = questions(1, 60)
said, = teacher_says([question], 60, watermark.Watermark(KEY).logits)
print(said, watermark.reworded(said, 1.0, random.Random(0)), sep="\n")

# %% [markdown]
# **Neutralise after training.** While the student writes, a hook changes its logits. It compares two frequencies of a
# token: in the marked text after the window, and in unmarked text after the window's last word. If the first is
# higher, the token's logit is lowered. If it is lower, the logit is raised. The attacker tries five strengths. It
# keeps the one with which the student's text differs least from 200 unmarked explanations. This needs no key, but it
# needs these unmarked texts.

# %%
STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)

def neutraliser(student, seed):
    """The hook with which the student's text comes nearest to 200 plain texts."""
    asked, said = marked_harvest(seed)
    own = skills.problems("explain", 200, 7000 + seed)
    plain = watermark.windows_and_tokens([p.prompt for p in own],
                                         [p.completion for p in own])
    hooks = [watermark.Neutralised(watermark.windows_and_tokens(asked, said),
                                   plain, strength)
             for strength in STRENGTHS]

    def oddness(hook):
        rows = said_by(student, asked[:200], hook)
        return watermark.excess(rows, watermark.usage(plain))[1].square().mean().item()

    return min(hooks, key=oddness)

# %%
hook = neutraliser(student, KEY)
quiet = said_by(student, hook=hook)
print(f"strength {hook.strength}: z {sharp(quiet, KEY)[0]:.1f}, p at most "
      f"{sharp(quiet, KEY)[1]:.1g}; before it: z {z:.1f}")

# %%
def right(student, hook=None):
    """Share of 300 test questions whose answer a student gets right (greedy)."""
    asked = questions(300, 0, "test")
    said = decoding.answers(student, asked, hook=hook)
    return sum(skills.is_right(q, a) for q, a in zip(asked, said)) / len(asked)

# %% [markdown]
# **Predict**: how many students are still found, and what do the attacks cost in right answers? The last column
# compares with the student of the same seed without an attack.

# %%
rows_of, base = [], stored("marked|right", 1.0)[:5]
for name, series in (("nothing done", "marked"),
                     ("half of the phrases reworded", "reworded, half"),
                     ("all phrases reworded", "reworded"),
                     ("neutralised", "neutralised")):
    found, correct = (stored(f"{series}|{what}", 1.0)[:5]
                      for what in ("sharp", "right"))
    change = "" if series == "marked" else measures.paired_interval(correct,
                                                                    base).points()
    rows_of.append((name, share_below(found, LEVEL), f"{np.mean(correct):.0%}", change))
pd.DataFrame(rows_of, columns=["attack", "found", "right",
                               "change of right"]).set_index("attack")

# %% [markdown]
# After all phrases were reworded, none of five students is found; after neutralising, one is. With half of the
# phrases reworded, three still are. Neutralising costs 5.1 points of right answers (2.0 to 8.1). For rewording no
# cost was shown, but five seeds say little: the interval is −35 to +34 points.
#
# Pan and others (2025) report two results with large models. Both neutralising and a paraphrase aimed at the mark
# remove it, and neutralising keeps what the student learned. Here neutralising keeps only part of it.
#
# ## A mark made for students
#
# A green list raises every green token by the same $\delta$, even one that a student would never say.
# Antidistillation fingerprinting (Xu and others 2026) raises the green tokens that a student is likely to write,
# because it learns these fastest. Let $q$ be a student's probabilities at this position, and $L$ their sum over the
# green tokens. $L$ grows fastest if the logit of each token $t$ moves along
#
# $$\Delta_t = q_t\,(1[t \text{ is green}] - L)$$
#
# ### Exercise 11.5 · Direction of a fingerprint (medium, 10 minutes)

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
# The cell takes the teacher's probabilities as $q$. A token that a student would not say here, such as *dog*, is not
# shifted. Is this mark easier to find in a student? A fair comparison has **equal cost**: here both marks change the
# teacher's text by the same number of nats a token. **Predict** the sign of the difference in z.

# %%
def fingerprint_student(seed):
    """(student, strength) of text with a fingerprint that costs as many nats as the
    watermark."""
    asked, plain = questions(LEARNED, seed), teacher_says(PLAIN, 99)
    proxy = learn(PLAIN, plain, 900 + seed)
    few, marked = questions(60, 8000 + seed), watermark.Watermark(seed).logits
    said = teacher_says(few, seed, marked)
    target, low, high = watermark.nats(TEACHER, marked, few, said), 0.0, 60.0
    for _ in range(8):
        hook = watermark.Fingerprint(proxy, seed, (low + high) / 2).logits
        dear = watermark.nats(TEACHER, hook, few,
                              teacher_says(few, seed, hook)) > target
        low, high = (low, (low + high) / 2) if dear else ((low + high) / 2, high)
    hook = watermark.Fingerprint(proxy, seed, (low + high) / 2).logits
    return learn(asked, teacher_says(asked, seed, hook), seed), (low + high) / 2

# %%
rivals = measures.stored("L11A")
MARKS = ("fingerprint", "green list")
z_of = {name: rivals[rivals.series == name].sort_values("seed").value.tolist()
        for name in MARKS}
for name, values in z_of.items():
    print(f"{name}: z of the student", ", ".join(f"{v:.1f}" for v in values))
better = measures.paired_interval(*z_of.values())
print("fingerprint minus green list: {:+.1f} ({:+.1f} to {:+.1f})".format(*better))

# %% [markdown]
# No difference was shown: fingerprint minus green list is −0.8 in z (−2.5 to +1.0, five seeds, board row L11A). For
# large models the paper's abstract reports stronger detection at a small loss. The table of $q$ above suggests a
# reason. In our texts the words that fit a position are about equally likely. So a fingerprint shifts them almost as
# a green list does.
#
# ## Dataset inference
#
# A watermark must be in the answers before they are served. Without one, a provider can still ask whether a suspect
# model comes from its **private training data**. A network is more confident on images that it was trained on.
# **Dataset inference** (Maini and others 2021) compares the suspect's **margins**: the logit of the true class minus
# the largest other one. If they are larger on private images than on images that nobody trained on, the suspect may
# come from the private data.

# %%
SIZES, SPLITS = (784, 128, 10), range(20)

def taught(seeds, x, y=None, logits=None):
    """Networks that learned from labels, or from another's logits."""
    made = models.Students(SIZES, seeds)
    return training.fit(made, x, y, logits, alpha=0.0 if logits is None else 1.0,
                        order_seed=seeds[0])

def points(split):
    """Our private 1,000 images, 1,000 others of the same kind, and 1,500 that nobody
    trains on."""
    digits, order = mnist(), torch.randperm(2000, generator=torch.Generator()
                                            .manual_seed(split))
    unseen = Split(*(torch.cat(parts) for parts in zip(digits.validation, digits.test)))
    ours, other = (Split(digits.train.x[r], digits.train.y[r])
                   for r in order.split(1000))
    return ours, other, unseen

# %%
def margins(network, split):
    """(networks, images) of margins."""
    with torch.no_grad():
        return ownership.margin(network(split.x), split.y)

# %%
ours, other, unseen = points(20)
network, innocents = taught([0], ours.x, ours.y), taught(range(1, 4), other.x, other.y)
strangers = mnist().transfer.x               # 1,500 more images: the attacker's queries
with torch.no_grad():
    answers = network(strangers)[0]
copies = taught(range(4, 7), strangers, logits=answers)

# %% [markdown]
# The table has three independent networks, trained on other images, and three clones, trained on our network's scores
# for a third set of images. In the last row the independent networks are tested again, with our private images
# *cleaned*: the hardest fifth is left out. **Predict**: which p-values are below 0.01?

# %%
def p_values(networks, keep=slice(None)):
    """Dataset inference with all points; keep: of ours, only these."""
    pairs = zip(margins(networks, ours)[:, keep], margins(networks, unseen))
    return [f"{ownership.inherited(private, public):.1g}" for private, public in pairs]

easy = margins(taught([7], other.x, other.y), ours)[0]
easy = easy > easy.quantile(0.2)
pd.DataFrame({"independent: other data": p_values(innocents),
              "clone of our scores": p_values(copies),
              "the same independent, our images cleaned": p_values(innocents, easy)}).T

# %% [markdown]
# The p-values of the clones are below 0.01, though no clone saw any of our images. Those of the independent networks
# are not. But with the cleaned images the same networks have p-values below 1e-25. Easy images have large margins for
# every network. The test assumes that for an independent network private and unseen images are alike, and now they
# are not.
#
# Now an independent network *shares* half of our data, because both were taken from the same public source.
# **Predict**, over twenty splits: which is flagged more often (p < 0.01), a clone of our scores, or the network that
# shares data?

# %%
def suspects(split):
    """{name: networks}; two kinds of independent networks, and four kinds that come
    from ours."""
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
            found[name, n] = [ownership.inherited(private[:n], public[:n])
                              for private, public in pairs]
        if name == "other data":
            found["other data, ours cleaned", 1000] = [
                ownership.inherited(private[easy], public) for private, public in pairs]
    return found

# %%
r24 = measures.stored("R24")

def flagged(name, n):
    """Share of networks with p < 0.01 in each of the twenty splits."""
    return r24[(r24.series == name) & (r24.x == n)].sort_values("seed").value.tolist()

def cautious(shares):
    """Mean share and Wilson's 95 % interval, as if each split were one trial: within
    [0, 1]."""
    mean, z2 = float(np.mean(shares)), 1.96**2 / len(shares)
    reach = (mean * (1 - mean) * z2 + z2**2 / 4)**0.5
    low, high = ((mean + z2 / 2 + sign * reach) / (1 + z2) for sign in (-1, 1))
    return mean, min(low, mean), max(high, mean)

WHO = {"other data": "other data",
       "other data, ours cleaned": "other data, ours cleaned\n(1,000 points only)",
       "half of our data": "half of our data",
       "our data, trained anew": "our data, trained anew",
       "copied from our scores": "clone of our scores",
       "copied from our labels": "clone of our labels"}
for name in ("other data", "half of our data", "copied from our scores"):
    print(f"{WHO[name]}:", ", ".join(f"{np.mean(flagged(name, n)):.0%} with {n:,} "
                                     "points"
                                     for n in COUNTS))

# %%
fig, ax = plt.subplots(figsize=(7.6, 3.6))
for y, name in enumerate(WHO):
    for n, shift, role in ((50, -0.2, "baseline"), (200, 0, "defender"),
                           (1000, 0.2, "teacher")):
        if flagged(name, n):
            mean, low, high = cautious(flagged(name, n))
            ax.errorbar([mean], [y + shift], xerr=[[mean - low], [high - mean]],
                        capsize=3, color=plots.ROLES[role].colour,
                        marker=plots.ROLES[role].marker,
                        label=f"{n:,} points of each kind" if y == 0 else None)
ax.axhline(2.5, color="black", linewidth=1)
ax.text(1.03, 1, "independent", va="center")
ax.text(1.03, 4, "from ours", va="center")
ax.set_yticks(range(len(WHO)), WHO.values())
ax.set(ylim=(len(WHO) - 0.5, -0.5), xlim=(-0.03, 1.25),
       xticks=np.linspace(0, 1, 6).round(1),
       xlabel=f"share of networks with p < {COURT}",
       title="Shared or cleaned data is flagged like a clone (twenty splits)")
ax.legend(loc="upper center", bbox_to_anchor=(0.4, -0.16), ncol=3)
plots.show(fig, "Share of networks flagged with 50, 200 and 1,000 points, with 95 % "
           "intervals. Independent networks with other data are seldom flagged, but "
           "always when our points were cleaned, and mostly or always when they share "
           "half of our data. Clones are flagged seldom with 50 points and nearly "
           "always with 1,000.")

# %% [markdown]
# The network that shares data is flagged more often. With 50 points it is flagged in 77 % of the cases, and the clone
# in 16 %. With 200 points the shares are 100 and 59 %, and with 1,000 points both are always flagged. Independent
# networks with other data are flagged in 8 % of the cases with 50 points, and never with more. (The networks of a
# split share their points, so the intervals count each split as one trial. None of 20 splits then means up to 16 %.)
#
# So the test answers "does this model come from data like ours?". Copying is only one of several reasons for a yes.
# Szyller and others (2022) report both errors: it flags independent models, and it misses a stolen model after
# adversarial training.
#
# ## What a p-value does not say
#
# Suppose a test flags 90 % of the models that come from ours (its **power**) and 1 % of the independent ones (its
# **false-positive rate**). A model on a public hub is flagged. How probable is it that it comes from ours? This
# depends on the **prior**: the share of models from ours among all that were tested.
#
# ### Exercise 11.6 · How many of the flagged come from ours? (medium, 5 minutes)

# %% nbgrader={"grade": false, "grade_id": "guilty", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("11.guilty")
def guilty(prior, power, false_alarm):
    """prior: share of all tested models that come from ours; power: share of these that
    is flagged; false_alarm: share of the independent models that is flagged. Returns a
    share.

    Worked case: prior 0.1, power 0.9, false_alarm 0.1: 0.5.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "guilty_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("11.guilty", points=2)

# %%
TESTED = (2, 10, 100, 10_000)
RATES = (0.01, 0.001, 1e-6)
posterior = {f"one in {n:,} is ours": [guilty(1 / n, 0.9, rate) for rate in RATES]
             for n in TESTED}
pd.DataFrame(posterior,
             index=[f"false-positive rate {rate:g}" for rate in RATES]).round(3)

# %% [markdown]
# Suppose that one model in ten thousand comes from ours. At a false-positive rate of 1 %, a flagged model comes from
# ours with a probability of 0.9 %. At one in a million it is 98.9 %. Of the three rates only this one is enough for a
# search of a whole hub.
#
# A watermark's test can have so small a rate. The secret key makes the draws, and a model that was trained without
# marked text is independent of them. Dataset inference cannot guarantee this. Its p-value assumes something about
# other people's data that the accuser cannot check.
#
# Evidence should come with four things.
#
# 1. The key, or the list of private images, was **deposited beforehand** (a hash with a notary).
# 2. **One** test was written down beforehand, or all keys, models and tests that were tried are reported.
# 3. The **false positives were counted** on independent models, among them some that share public data with us.
# 4. An expert of the other side can run the test again. (After that the key is no longer secret.)
#
# Even then, a mark shows only that marked *text* went into the model, not who asked for it or under which terms. A
# legitimate user may have posted it, and a crawler may have found it. (Lesson 13.)
#
# ## What we checked
#
# Each row is a conclusion that a reader might draw, with its control, from the stored runs R22, R23, R24 and L11A.
# *Agrees* means that the whole 95 % interval of the difference lies above zero, *does not agree* that it lies below,
# and *not shown* that it includes zero. An interval without width means that all runs gave the same value. Texts,
# steps and questions are equal, except that neutralising also uses 200 unmarked texts.

# %%
def row(conclusion, control, difference, unit=" points"):
    mean, low, high = (value * (100 if unit == " points" else 1)
                       for value in difference)
    verdict = "agrees" if low > 0 else "does not agree" if high < 0 else "not shown"
    return (conclusion, control,
            f"{mean:+.1f}{unit} ({low:+.1f} to {high:+.1f})", verdict)

paired, log, same = measures.paired_interval, " in log10 p", "same seeds, no attack"
below = [(np.array(stored(f"innocent|{way}")) < -3).astype(float)
         for way in ("naive", "honest")]
marked, skill = stored("marked|sharp", 1.0)[:5], stored("marked|right", 1.0)[:5]
attacked = {f"{name}|{what}": stored(f"{name}|{what}", 1.0)
            for name in ("reworded", "neutralised") for what in ("sharp", "right")}
gap = stats.ttest_ind(stored("innocent|sharp"), stored("marked|sharp", 1.0),
                      equal_var=False)
gap = gap.confidence_interval()
texts = of22("found|2", 200), of22("found|0", 200)
right_sums = [of22("sums: right", delta) for delta in (2.0, 14.0)]
at_200 = [flagged(name, 200) for name in ("copied from our scores", "half of our data")]
cleaned = [flagged(name, 1000) for name in ("other data, ours cleaned", "other data")]

# %%
# NBVAL_CHECK_OUTPUT
checked = [
    row("every token: more false positives", "each draw once", paired(*below)),
    row("200 marked tokens are recognised", "unmarked text", paired(*texts)),
    row("the mark costs right answers", "unmarked text", lost),
    row("a mark that is found breaks sums", "δ = 2, not found", paired(*right_sums)),
    row("the mark is in the student", "50 unmarked students",
        (sum(gap) / 2, *gap), log),
    row("10 % of marked text is enough", "p = 0.001", measures.mean_interval(
        [-3 - v for v in stored("marked|sharp", 0.1)]), log),
    row("rewording weakens the mark", same,
        paired(attacked["reworded|sharp"], marked), log),
    row("neutralising weakens the mark", same,
        paired(attacked["neutralised|sharp"], marked), log),
    row("rewording costs skill", same, paired(skill, attacked["reworded|right"])),
    row("neutralising costs skill", same, paired(skill, attacked["neutralised|right"])),
    row("a fingerprint is easier to find", "green list, equal nats", better, " in z"),
    row("a clone is flagged more often than shared data", "200 points",
        paired(*at_200)),
    row("cleaning images adds false positives", "not cleaned", paired(*cleaned))]
pd.DataFrame(checked, columns=["conclusion", "control", "difference", "here"])

# %% [markdown]
# Here 10 % of marked text is not enough. Sander and others find the mark at 5 %, with 248,200 scored tokens and the
# attacker's prompts. That is not the same measurement: we score about 14,000 tokens, and the prompts are new.
#
# ## Wrap-up: five questions

# %%
widgets.quiz("11")

# %% [markdown]
# ## What this does not show
#
# - Our language has 195 tokens, and only its explanations leave a choice of words. Windows repeat often, so counting
#   each draw once loses nearly all power. Real text was not measured. The weighting is ours, and not by Sander and
#   others. It needs unmarked text of the same kind.
# - Each token has a draw of its own, so the binomial is exact. In the paper of 2023 the green list has a fixed size.
# - Our rewording is a program with perfect synonyms. A real paraphrase costs money and may lose content.
# - Dataset inference is a t-test on margins here. Maini and others use margins in many directions.
# - The fingerprint and the green list were set to equal nats on 60 questions. The nats over all answers were not
#   stored.
# - We found no court that has ruled on such evidence.
#
# ## With real models
#
# In the library transformers, the mark is one argument. This has run with version 5.23.0 and a small random model:
#
# ```python
# mark = WatermarkingConfig(greenlist_ratio=0.25, bias=2.0, hashing_key=SECRET)     # gamma, delta, key
# tokens = model.generate(**inputs, do_sample=True, max_new_tokens=100, watermarking_config=mark)
# detector = WatermarkDetector(model.config, "cpu", mark, ignore_repeated_ngrams=True)
# answer = tokens[:, inputs["input_ids"].shape[1]:]                                 # without the prompt
# detector(answer, return_dict=True).z_score                                        # 8.6 to 11.9; unmarked 0.3 to 1.5
# ```
#
# The library's source has four traps. The default key is public. By default the detector counts every token, as our
# first count did, and its p-value is the normal tail. By default only the last token sets the green list, whatever
# `context_width` says (we checked). The detector must run on the kind of device on which the text was made.
#
# **SynthID-Text** (Dathathri and others 2024) draws several samples of the next token and lets a keyed tournament
# choose one. The authors saw no change of quality in nearly 20 million Gemini responses. In transformers it is
# `SynthIDTextWatermarkingConfig(keys=[...], ngram_len=5)` (this has run). A detector is trained for each
# configuration. The reference code also has a detector with an exact binomial p-value. The keys must stay secret, or
# others can copy the mark. As reported, the mark resists light paraphrase, but not heavy paraphrase or translation,
# and short factual answers hold little of it.
#
# **Paraphrase.** Kirchenbauer and others (2023b) still detect a text after strong human paraphrase, with 800 tokens
# on average, at a false-positive rate of 1e-5. Marks can also be forged (Gloaguen and others 2025).
#
# **Radioactivity.** The results stored with the published code are p = 1e-24 (about) with 5 % of marked text, and
# 0.97 for a control. We found no provider that has used such a test in a case.
#
# **Law**, as reported. The EU's AI Act, Article 50(2), asks providers to mark outputs, text too, in a
# machine-readable form, since 2 August 2026 (older systems from 2 December). China asks for a label in a file's
# metadata since September 2025. California's SB 942 covers images, video and audio. We found no law that asks for a
# mark that survives training.
#
# ## References
#
# - Kirchenbauer and others, *A Watermark for Large Language Models*, 2023.
#   [arXiv:2301.10226](https://arxiv.org/abs/2301.10226); 2023b, *On the Reliability of Watermarks for Large Language
#   Models*. [arXiv:2306.04634](https://arxiv.org/abs/2306.04634)
# - Sander and others, *Watermarking Makes Language Models Radioactive*, 2024.
#   [arXiv:2402.14904](https://arxiv.org/abs/2402.14904), [code](https://github.com/facebookresearch/radioactive-watermark)
# - Xu and others, *Antidistillation Fingerprinting*, 2026.
#   [arXiv:2602.03812](https://arxiv.org/abs/2602.03812)
# - Pan and others, *Can LLM Watermarks Robustly Prevent Unauthorized Knowledge Distillation?*, 2025.
#   [arXiv:2502.11598](https://arxiv.org/abs/2502.11598)
# - Gloaguen and others, *Discovering Spoofing Attempts on Language Model Watermarks*, 2025.
#   [arXiv:2410.02693](https://arxiv.org/abs/2410.02693)
# - Maini and others, *Dataset Inference: Ownership Resolution in Machine Learning*, 2021.
#   [arXiv:2104.10706](https://arxiv.org/abs/2104.10706)
# - Szyller and others, *On the Robustness of Dataset Inference*, 2022.
#   [arXiv:2210.13631](https://arxiv.org/abs/2210.13631)
# - Dathathri and others, [*Scalable watermarking*](https://www.nature.com/articles/s41586-024-08025-4), Nature 634,
#   2024; [reference code](https://github.com/google-deepmind/synthid-text); [keys](https://huggingface.co/blog/synthid-text)
#   and [limits](https://dataphoenix.info/google-open-sourced-its-synthid-text-watermarking-tool/amp), as reported
# - Law, reports only: [EU](https://www.warrant.build/blog/eu-ai-act-article-50-transparency-code-of-practice),
#   [China](https://sesec.eu/2025/news-events/news/china-issued-new-mandatory-national-standard-and-measures-for-the-labeling-of-content-generated-by-artificial-intelligence),
#   [California](https://policywindow.org/wiki/ca-sb-942)
# - Published figures and how each was read: the [replication board](../docs/board.md)
#
# All terms of the course are explained in the [glossary](glossary.md).

# %%
progress()
