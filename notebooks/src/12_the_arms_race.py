# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 12 · The arms race
#
# **Minutes** 60 · **You need** lessons 08 to 10 · **You will be able to** say against which attacker a defence
# works and what it costs legitimate users, test your own defence against an adaptive attacker, and recognise a
# ranking that does not name its threat model.
#
# **teacher → defence → API → ledger → harvest → clean → student → score**

# %%
from course_utils.api import serving
from course_utils.detection import prada
from course_utils.lesson import plots, tables, widgets
from course_utils.lesson.exercises import exercise, grade, progress
from course_utils.score import arena, measures, tournament

import matplotlib.pyplot as plt
import pandas as pd
import torch
from IPython.display import HTML
from torch.nn import functional as F

plots.picture()

# %% [markdown]
# ## The rules
#
# Here all defences of lessons 08 to 10 meet in one place, the **arena**. One **match** is a defence, an attacker and
# a random seed. The attacker gets the defended API, 1,500 queries and one or five accounts, and trains a clone.
# Seventeen legitimate users use the same API at the same time. Each match has four results:
#
# - *accuracy*: how many test digits the clone gets right;
# - *class lost*: the share of legitimate users' answers whose top-1 label the defence changed;
# - *usable answers lost*: of the answers in which the teacher gives a class at least 90 %, the share in which the
#   served answer does not;
# - *users suspended*: the share of legitimate users whose account was suspended.
#
# A defence must not recognise the attacker by an accident of our set-up. So legitimate users draw their digits from
# the same set as attackers, and ask as much and as often. One asks 1,500 different digits, one asks 300 digits five
# times, five ask 300 each, and five ask the same 300. All questions arrive in one random order, in groups of random
# size. Five more users test a document scanner: each asks about eight digits again and again, moved a little each
# time.

# %%
def made_label_only(api, seed):
    """As `made`, but it uses only the top-1 label of each answer."""
    asked, answers = prada.augmented(api.ask, arena.questions(100, seed), api.budget,
                                     seed=seed)
    return arena.learn(asked[:len(answers)],
                       F.one_hot(answers.argmax(-1), 10).double(), seed)

def stopped_early(api, seed, steps=48):
    """As label-only, and trains for 48 of 360 steps: lesson 09."""
    asked = arena.questions(api.budget, seed)
    top = F.one_hot(api.ask(asked).argmax(-1), 10).double()
    return arena.learn(asked[:len(top)], top, seed, steps)

EVERY = arena.ATTACKERS | {"made, label only": made_label_only,
                           "stopped early": stopped_early}
FEW, SMALL = {name: EVERY[name]
              for name in ("naive", "label only", "stopped early")}, 150

# %%
def everything(seeds, jobs=2):
    """The whole arena, one row a match."""
    return pd.concat([arena.contest(attackers=EVERY, seeds=seeds, jobs=jobs),
                      arena.contest(attackers=FEW, seeds=seeds, jobs=jobs,
                                    budget=SMALL)])

# %% [markdown]
# **Predict, then run** (*live*, one seed). An attacker has only 100 digits. It makes synthetic queries from them, as
# in lesson 08. PRADA looks for such queries, and suspends accounts that send them (*keys suspended*). How many points
# does this take from the clone?

# %%
live = {name: arena.match(arena.DEFENCES[name], EVERY["made"], seed=10)
        for name in ("none", "PRADA")}
pd.DataFrame(live).round(2)

# %% [markdown]
# It takes almost nothing. PRADA suspends the attacker after 150 answers of 1,500, and its clone still gets 78 %
# right, against 80 % without a defence. PRADA also suspends six of the seventeen legitimate users: the five who test
# a scanner, and the one who asks 300 digits five times.
#
# The arena has nine attackers:
#
# | name | what the attacker does |
# |---|---|
# | naive | asks 1,500 digits and trains on the served probabilities |
# | label-only | as naive, and uses only the top-1 label of each answer |
# | stopped early | as label-only, and trains for 48 of 360 steps, before it fits the false labels: lesson 09 |
# | averaged | asks 300 digits five times each and takes the mean |
# | spread over keys | as averaged, each time with another of five accounts |
# | denoised | trains a network that undoes the defence: lesson 09 |
# | synthetic | has 100 digits, makes the other queries from them, uses the probabilities |
# | synthetic, mixed in | as synthetic, and hides these queries among real digits, whose answers it does not use |
# | synthetic, label-only | as synthetic, and uses only the top-1 label |
#
# They meet thirteen defences, and an API without one, on five seeds. That takes about 15 minutes on two cores, by one
# command: `make replicate R=R25`. **The tables and figures below show these stored runs**, seeds 0 to 4, unless they
# say *live*.

# %%
SHOWN = {"top kept": "top-1 preserved", "among others": "synthetic, mixed in",
         "made": "synthetic", "label only": "label-only"}

def shown(name):
    """A stored name in the words of this lesson."""
    for old, new in SHOWN.items():
        name = name.replace(old, new)
    return name

DEFENCES, ATTACKERS = list(arena.ALL_DEFENCES), list(EVERY)
print("; ".join(map(shown, DEFENCES)))

# %%
runs = measures.stored("R25").sort_values("seed")
five = runs.groupby(["series", "x"]).value.apply(list).to_dict()

def stored(defence, what, budget=arena.BUDGET):
    """Five stored values: `what` is an attacker, or one of arena.LOSSES."""
    return five[f"{what}|{budget}", defence]

def mean(defence, what):
    return sum(stored(defence, what)) / len(stored(defence, what))

def losses(defence):
    """What legitimate users lost, shares: (classes, usable answers, accounts)."""
    return [mean(defence, what) for what in arena.LOSSES]

# %% [markdown]
# The defences are those of lessons 08 to 10. (*1 decimal*, *top 3* and *label* say what is left of the probabilities.
# *Noise, remembered* gives a repeated question the same noise.)
#
# **Predict**: the next table has a row for each defence and a column for each attacker. Is there a row in which every
# clone is poor, and what do legitimate users lose in it?

# %%
LOST = ["classes", "usable answers", "accounts"]

def shaded(share, colour, best=False):
    """A cell: the share in words and as a shade; the best clone of a row is bold."""
    text = f"<b>{share:.0%}</b>" if best else f"{share:.0%}"
    style = f"display:block;background:rgba({colour},{share / 2:.2f})"
    return f'<span style="{style}">{text}</span>'

rows = {}
for d in DEFENCES:
    right = {shown(a): mean(d, a) for a in ATTACKERS}
    rows[shown(d)] = {("the clone is right", a): shaded(
        share, "230,159,0", share == max(right.values())) for a, share in right.items()}
    rows[shown(d)] |= {("legitimate users lose", what): shaded(share, "0,158,115")
                       for what, share in zip(LOST, losses(d))}
big = pd.DataFrame.from_dict(rows, orient="index")
HTML(tables.spoken(big.to_html(escape=False)))

# %% [markdown]
# No. (Bold is the best clone of a row. A stronger shade is a larger share.) The clones are poorest under
# *anti-distillation* and *randomised response*. Their best clones still get 76 and 79 % right, and for legitimate
# users the class changes in 20 and 55 % of the answers. In every other row the label-only clone gets more than 90 %
# right, because it ignores the probabilities.
#
# PRADA is the only defence that suspends accounts. It takes nothing, because the attackers that it stops already have
# enough answers, and it suspends 35 % of the legitimate users. *MAD-argmax* is the original paper's poisoning that
# preserves the top-1 label. *Poisoned, top-1 preserved* is a stronger variant of ours. Both have the same limit for
# the change of the probabilities. The original takes 0.4 points (0.1 to 0.8) from the naive attacker, and ours 33.
#
# ## Was an attacker missing?
#
# **Predict.** Under reverse sigmoid the clone of *synthetic*, which has 100 digits, falls from 76 to 32 %. Is the
# cause that the attacker has so few digits? Compare the columns *synthetic* and *synthetic, label-only*.
#
# No. With the same 100 digits and the top-1 labels alone, the clone gets 71 % right, against 72 % without a defence.
# The attacker lost the points because it trained on changed probabilities. Without the column of the label-only
# version, the table would seem to show that reverse sigmoid protects against attackers with few digits.
#
# ## Who is the attacker?
#
# The value of a defence depends on the attacker. Libon and others (2026) describe the attacker by a **threat model**:
# its query budget, its data, and its interface. They show for anti-distillation sampling that the verdict depends on
# the threat model. The next table has six:
#
# | threat model | queries | own digits | the attacker |
# |---|---|---|---|
# | naive | 1,500 | 1,500 | uses the probabilities as they are served |
# | adaptive | 1,500 | 1,500 | knows the method, not its secret: the best of the six attackers that have 1,500 digits |
# | adaptive, 150 queries | 150 | 150 | the best of naive, label-only and stopped early |
# | label-only | 1,500 | 1,500 | is served the top-1 label only: the better of label-only and stopped early |
# | 100 digits, naive | 1,500 | 100 | the better of synthetic and synthetic, mixed in |
# | 100 digits, adaptive | 1,500 | 100 | the best of all three with 100 digits |

# %%
SIX_WAYS = ("naive", "label only", "stopped early", "averaged", "spread over keys",
            "denoised")
THREATS = {
    "naive": (("naive",), 1500),
    "adaptive": (SIX_WAYS, 1500),
    "adaptive, 150 queries": (tuple(FEW), 150),
    "label-only": (("label only", "stopped early"), 1500),
    "100 digits, naive": (("made", "among others"), 1500),
    "100 digits, adaptive": (("made", "among others", "made, label only"), 1500),
}

def best_clone(defence, threat):
    """Five values: for each seed the attacker that is best on the other four."""
    attackers, budget = THREATS[threat]
    return measures.best_of([stored(defence, a, budget) for a in attackers])

def takes(defence, threat):
    """What the defence takes from the best attacker of a threat: Interval, a share."""
    return measures.paired_interval(best_clone("none", threat),
                                    best_clone(defence, threat))

# %% [markdown]
# Choosing the best attacker on the seeds that one reports is optimistic. For each seed we therefore use the attacker
# that did best on the other four seeds. (Lesson 09 chose the 48 steps of *stopped early* on validation images.)
#
# ### Exercise 12.1 · The Pareto front (medium, 10 minutes)
#
# A defence is **dominated** when another defence costs legitimate users no more, leaves the clone no better, and is
# strictly better in at least one of the two. The defences that no other dominates are the **Pareto front**. For a
# dominated defence there is always a better choice, whatever weights you give to the two sides.

# %% nbgrader={"grade": false, "grade_id": "pareto_front", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("12.pareto_front")
def pareto_front(costs, clones):
    """(n,) what legitimate users lost, (n,) what the clone gets right. Returns (n,)
    bool.

    True where no other defence has cost and clone both no larger, and one of them
    smaller.
    Worked case: costs [0., 0.5, 0.5], clones [0.9, 0.4, 0.6]: [True, True, False].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "pareto_front_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("12.pareto_front", points=2)

# %% [markdown]
# The front needs the cost in one number. We assume that a quarter of the legitimate users need the probabilities, and
# the others only the class. A suspended user has lost everything. This is our choice, and you will change it below.

# %%
def lost(defence, share=0.25):
    """What legitimate users lost, `share` of whom need probabilities: 0 nothing, 1
    all."""
    classes, usable, suspended = losses(defence)
    return share * usable + (1 - share) * classes + suspended

def front(threat, share=0.25):
    """Which defences are on the front, (n,) bool. Values are rounded to two points."""
    costs = torch.tensor([lost(d, share) for d in DEFENCES], dtype=torch.float64)
    clones = torch.stack([best_clone(d, threat).mean() for d in DEFENCES])
    return pareto_front((50 * costs).round(), (50 * clones).round())

# %% [markdown]
# Both values are rounded to 2 points, because five seeds cannot separate smaller differences. A defence **works**
# against a threat if it takes more than five points from the best attacker, with its whole 95 % interval above five.
# It **fails** if the whole interval is below five. Otherwise the result is *not shown*. A defence **pays off** if it
# works and takes more from the attacker than legitimate users lose, also with its whole interval.

# %%
def says(taken):
    """A verdict on an Interval of what is taken."""
    return ("works" if taken.low > 0.05 else "fails" if taken.high < 0.05
            else "not shown")

def pay_off(threat, share=0.25):
    """The defences that work against a threat and take more than legitimate users
    lose."""
    taken = {d: takes(d, threat) for d in DEFENCES[1:]}
    return [d for d, t in taken.items() if says(t) == "works"
            and t.low > lost(d, share)]

# %%
RED, GREEN = (plots.ROLES[role].colour for role in ("attacker", "defender"))

def panel(ax, threat, share=0.25):
    """A row for each defence: what it takes from the best attacker, and what it
    costs."""
    # nobody is served probabilities
    share = 0 if threat == "label-only" else share
    best, paid = front(threat, share), pay_off(threat, share)
    for y, name in enumerate(DEFENCES[1:]):
        mid, low, high = (100 * value for value in takes(name, threat))
        ax.errorbar(mid, y, xerr=[[mid - low], [high - mid]], color=RED, marker="^",
                    markersize=5, capsize=2, zorder=4)
        ax.scatter(100 * lost(name, share), y, s=60, marker="D",
                   edgecolor=GREEN, zorder=3,
                   facecolor=GREEN if best[y + 1] else "white")
        if name in paid:
            ax.axhspan(y - 0.5, y + 0.5, color=GREEN, alpha=0.15, linewidth=0)
    ax.set(title=f"{threat}: {len(paid) or 'none'} pay off",
           xlim=(-5, 105 if share > 0.4 else 65), ylim=(len(DEFENCES) - 1.4, -0.6))
    ax.set_yticks(range(len(DEFENCES) - 1), map(shown, DEFENCES[1:]))

# %% [markdown]
# **Predict.** Each panel below is one threat model, each row a defence. In how many of the six panels does a defence
# pay off? (A green band marks such a defence.)

# %% tags=["signature"]
fig, axes = plt.subplots(2, 3, figsize=(11.8, 7.2), sharex=True, sharey=True)
for ax, threat in zip(axes.flat, THREATS):
    panel(ax, threat)
fig.supxlabel("points, of 100. Red: taken from the best attacker, with its 95 % "
              "interval. Green: lost by legitimate users, filled on the Pareto "
              "front", fontsize=10)
fig.suptitle("A defence pays off only against an attacker that uses the served "
             "probabilities",
             x=0.01, ha="left")
plots.show(fig, "Six panels, one for each threat model, with a row for each of "
           "thirteen defences: points taken from the best attacker, and points lost by "
           "legitimate users. Rows are marked in two panels only. Against the naive "
           "attacker poisoning, with and without the top-1 label preserved, and "
           "anti-distillation with it preserved pay off; against the naive attacker "
           "with 100 digits reverse sigmoid does, too. In the other four panels the "
           "cost is as large as what is taken, or larger, or both are near zero.")

# %% [markdown]
# In two of the six: a defence pays off only against an attacker that uses the served probabilities, with 1,500 digits
# or with 100. The costs are the same in every panel, except in *label-only*, where no user is served probabilities.
# Against an adaptive attacker two defences still take many points, anti-distillation and randomised response. Both
# change the class in many answers, and cost legitimate users more than they take.
#
# ## Works, or does not
#
# **Predict**: how many of the thirteen defences work against one threat model and fail against another?

# %%
taken = {t: {d: takes(d, t) for d in DEFENCES[1:]} for t in THREATS}
table = pd.DataFrame({t: {d: says(i) for d, i in column.items()}
                      for t, column in taken.items()})
points = pd.DataFrame({t: {d: f"{round(100 * i.mean)}" for d, i in column.items()}
                       for t, column in taken.items()})
(table + " " + points).rename(shown)

# %%
both = table.apply(lambda row: {"works", "fails"} <= set(row), axis=1)
always = table.index[(table == "works").all(axis=1)]
smaller = (table["adaptive"] != table["adaptive, 150 queries"]).sum()
print(f"{both.sum()} of {len(table)} defences work against one threat model and fail "
      "against another.")
print(f"Those that work against all six: {'; '.join(always) or 'none'}")
for name in always:
    print(f"  {name}: {losses(name)[0]:.0%} of the classes and {losses(name)[1]:.0%} "
          "of the usable answers lost")
print(f"Verdicts that 150 queries instead of 1,500 change: {smaller}")

# %% [markdown]
# Six of the thirteen work against one threat model and fail against another. (The table's numbers are points taken
# from the best attacker.) Two work against all six, randomised response and anti-distillation, and both change the
# class. With 150 queries instead of 1,500 no verdict on the adaptive attacker changes, but randomised response takes
# 39 points instead of 14. We tried these two budgets only.
#
# So "is this defence effective?" has no answer until the attacker is named. Libon and others say this of
# anti-distillation sampling on language models. Here it also holds for a variant on digits that preserves the top-1
# label (row R25 of the replication board).
#
# ## Whose loss counts?
#
# The slider sets the share of legitimate users who need probabilities. **Predict, then move it**: if no user needs
# them, how many defences pay off against the naive attacker, and how many against the adaptive one?

# %%
def at_share(share):
    fig, axes = plt.subplots(1, 2, figsize=(8.6, 3.8), sharey=True)
    for ax, threat in zip(axes, ("naive", "adaptive")):
        panel(ax, threat, share)
    fig.supxlabel("points, of 100. Red: taken from the best attacker. Green: lost by "
                  f"legitimate users, {share:.0%} of whom need "
                  "probabilities", fontsize=9.5)
    paid = ["; ".join(map(shown, pay_off(t, share))) or "none"
            for t in ("naive", "adaptive")]
    return fig, (f"With {share:.0%} of users needing probabilities these pay off "
                 f"against the naive attacker: {paid[0]}; against the adaptive one: "
                 f"{paid[1]}.")

widgets.slider(at_share, values=[0, 0.1, 0.25, 0.5, 1], start=0.25,
               label="need probabilities")
plots.show(*at_share(0))

# %% [markdown]
# Four and none. (The figure has the slider at 0.) Changed probabilities cost nothing to users who need only the
# class, so four defences pay off against the naive attacker. Against the adaptive attacker none pays off at any
# setting of the slider. If all users need the probabilities, none pays off against the naive attacker, either. So ask
# of a reported number: which attacker, and which users?
#
# ## And on text?
#
# The language model of lesson 10 has other defences. They change the decoding, or the working of a sum is hidden,
# shortened or written backwards. **Predict**: does the verdict on them depend on the attacker, too?

# %%
r20, r21 = (measures.stored(row).sort_values("seed") for row in ("R20", "R21"))
TEXT = {"no defence": "temperature 1", "hot": "temperature 2", "steered": "steered 0.4",
        "experts": "experts 0.65", "backwards": "temperature 1",
        "shortened": "temperature 1", "hidden": "temperature 1"}
IN_WORDS = {"hot": "temperature 2", "steered": "anti-distillation sampling",
            "experts": "product of experts", "backwards": "working backwards",
            "shortened": "working shortened", "hidden": "working hidden",
            "clean, too": "with clean held-out data"}

def sums_right(student, defence):
    """Five stored values of lesson 10, in %."""
    return (100 * r21[(r21.series == student) & (r21.x == defence)].value).tolist()

def teacher_lost(defence):
    rows = r20[r20.series == "teacher"].groupby("x").value.mean()
    return 100 * (rows["temperature 1"] - rows[TEXT[defence]])

# %%
fig, ax = plt.subplots(figsize=(8.5, 3.6))
for y, defence in enumerate(TEXT):
    others = [s for s in r21[r21.x == defence].series.unique() if s != "passive"]
    ax.scatter(sum(sums_right("passive", defence)) / 5, y, s=60, marker="^", color=RED)
    ax.scatter(teacher_lost(defence), y, s=60, marker="D", color=GREEN, zorder=0)
    if others:
        best = max(others, key=lambda s: sum(sums_right(s, defence)))
        right = measures.best_of([sums_right(s, defence) for s in others]).mean().item()
        ax.scatter(right, y, s=60, marker="^", facecolor="white",
                   edgecolor=RED, zorder=3)
        ax.annotate(IN_WORDS.get(best, best), (right, y), (8, 5),
                    textcoords="offset points", fontsize=9)
ax.set_yticks(range(len(TEXT)), [IN_WORDS.get(name, name) for name in TEXT])
ax.set(ylim=(len(TEXT) - 0.5, -0.7), xlim=(-4, 119), xlabel="% of sums. Red: right, "
       "filled for the naive student,\nopen for the best adaptive one. Green: lost by "
       "legitimate users",
       title="On text, too, the verdict depends on the student")
plots.show(fig, "Seven ways to serve sums, one a row: sums that the naive student gets "
           "right, those of the best adaptive student where lesson 10 has one, and "
           "sums that legitimate users lost. With hidden working the naive student "
           "gets none right, the adaptive one more than half, and legitimate users "
           "lose no sum. The three that change the decoding cost them 38 to 62 %.")

# %% [markdown]
# Yes. With hidden working the naive student gets almost no sum right, and a student that uses the final answers alone
# gets 59 %. (These are means of five seeds from lesson 10, with each defence at one strength. Temperature 2,
# backwards and shortened working met the naive student only. *Checked*: a program drops wrong answers.) Hidden
# working costs legitimate users no sum. But they can no longer check a sum, and the figure does not count this.

# %% [markdown]
# ## Your defence
#
# A defence is a class with one method. Change the one below, or write another. It meets four attackers, *live*, on a
# seed that no stored run has used: naive, label-only, averaged, and label-only with five accounts. Its score, in
# points, is what it takes from the best of them, minus what legitimate users lose.
#
# ### Open exercise A · A defence (as long as you like)

# %%
class Mine(serving.Defence):
    """Yours. From the teacher's probabilities, (n, classes), to the served ones."""
    def scores(self, probabilities, asked):
        return probabilities.round(decimals=1)

# %%
my_defence = tournament.judge_defence(Mine(), seeds=[20])
print(f"your defence: {my_defence['score']:+.1f} points")
print("what the clones get right:",
      {a: f"{v:.0%}" for a, v in my_defence["clones"].items()})
print("what legitimate users lost:",
      {a: f"{v:.0%}" for a, v in my_defence["lost"].items()})

# %% [markdown]
# **Predict.** Where will it stand among ours, and which of ours is first?

# %%
def points_of(defence, attackers=("naive", "label only", "averaged")):
    """The score of one of ours, stored: five values."""
    before, after = (measures.best_of([stored(d, a) for a in attackers])
                     for d in ("none", defence))
    return [tournament.defence_score(take,
                                     *losses(defence))
            for take in (before - after).tolist()]

def standing(rows, yours, role, title):
    """Stored rows {name: five values}, best on top, and your own live run as a star."""
    ranked = sorted(rows, key=lambda name: sum(rows[name]))
    fig, ax = plt.subplots(figsize=(6.4, 0.26 * len(rows) + 1.1))
    colour, marker, _ = plots.ROLES[role]
    for y, name in enumerate(ranked):
        middle, low, high = measures.mean_interval(rows[name])
        ax.errorbar([middle], [y], xerr=[[middle - low], [high - middle]], color=colour,
                    marker=marker, markersize=4, capsize=3)
    ax.scatter([yours], [-1], marker="*", s=110, color="black", zorder=3)
    ax.set_yticks([-1, *range(len(rows))], ["yours, live", *map(shown, ranked)])
    ax.grid(axis="y", visible=False)
    ax.set(title=title, xlabel="points (stored: five seeds, 95 % interval)")
    return fig

# %%
ours = {name: points_of(name) for name in DEFENCES}
fig = standing(ours, my_defence["score"], "defender",
               "No defence of ours is above zero by a point")
plots.show(fig, "Thirteen defences and no defence by their points, with 95 % "
           "intervals, and your own as a star. Label, 1 decimal, top 3 and no defence "
           "are within a point of zero. All others are below; PRADA and the defences "
           "that change all probabilities are lowest.")

# %% [markdown]
# Label, 1 decimal, top 3 and no defence are first, within a point of zero. The three take next to nothing and cost
# next to nothing. Each of the others costs legitimate users more than it takes from the best of these attackers. This
# does not show that no defence can be better. Your task is to get above zero by more than a point.
#
# Such a ranking is only as fair as its legitimate users. In an arena whose users asked 200 questions each, in one
# group, two useless defences scored high: +17 for random answers after an account's first 200 questions, and +92 for
# looking at the size of a group. In this arena each of seven signs that we tried marks some legitimate users about as
# often as attackers (`tests/test_arena.py`).
#
# You can decide by the *question* (`asked[i].prompt` is the image), or by how much an account has asked
# (`asked[i].account`). To suspend an account, set its `.role = "suspended"`. More ideas are in
# `course_utils/defence/perturb.py`. One seed is not a result. Before you believe a difference, use five seeds, which
# takes a minute: `seeds=range(20, 25)`, then `measures.mean_interval(my_defence["scores"])`.
#
# ## Your attack
#
# An attack is a function of an API and a seed. It may ask `api.budget` questions in all, with five accounts
# (`api.ask(images, key=3)`). It may run the method of the defence with a secret of its own (`api.known(secret)`). It
# returns a student, as `arena.learn` does. Its images come from `arena.questions(n, seed)`, without labels. Its score
# is the mean accuracy of its clones against five defences.
#
# ### Open exercise B · An attack (as long as you like)

# %%
def mine(api, seed):
    """Yours. This one asks, keeps the top-1 label, and smooths it a little."""
    asked = arena.questions(api.budget, seed)
    top = F.one_hot(api.ask(asked).argmax(-1), 10).double()
    return arena.learn(asked[:len(top)], 0.9 * top + 0.01, seed)

# %%
my_attack = tournament.judge_attack(mine, seeds=[20])
print(f"your attack: {my_attack['score']:.1f} points; what its clones get right:")
print({shown(name): f"{value:.0%}" for name, value in my_attack["clones"].items()})

# %% [markdown]
# **Predict**: which of our nine attackers is best against these five defences, on average?

# %%
theirs = {a: [100 * sum(v) / len(v)
              for v in zip(*(stored(d, a) for d in tournament.RIVALS))]
          for a in ATTACKERS}
fig = standing(theirs, my_attack["score"], "attacker",
               "Label-only is the best attack on average")
plots.show(fig, "Nine attackers by their points, with 95 % intervals, and your own as "
           "a star. Label-only is first with 92, stopped early second with 89; "
           "denoised and naive follow; the two that train on the probabilities of "
           "synthetic queries are last.")

# %% [markdown]
# Label-only is best, with 92 points on average. Stopped early follows with 89, then denoised and naive with 75 to 80.
# Label-only asks about each image once, unchanged, and uses only the top-1 label. Can you beat it, with the whole
# interval of the difference above zero? (Yours is one seed, the others are five.)
#
# ## A tournament
#
# In a class everybody hands in one file, `yourname.py`. It holds a defence (a class as above, whose settings have
# default values), an attack (a function called `attack`), or both, with their imports:
#
# ```python
# from course_utils.api import serving
# from course_utils.score import arena
#
# class Mine(serving.Defence): ...
#
# def attack(api, seed): ...
# ```
#
# `make tournament FROM=entries` lets every attack meet every defence, each in a process of its own. The seeds are
# drawn after the deadline. It prints two rankings. `python benchmarks/classroom.py entries --check` says which files
# can play, and `INSTRUCTORS.md` has the rules. Play two rounds, and publish all entries in between. **Predict**: who
# profits from publication, the defenders or the attackers? (Your second round answers this.)
#
# ## What we checked
#
# Each row is the conclusion that the defence takes more points than the limit in the column *points taken*. The
# control is the same attacker without a defence, on the same five seeds. *Agrees* means that the whole 95 % interval
# lies above the limit, *does not agree* that it lies below, and *not shown* that it includes the limit. The limit of
# the last row is the cost of randomised response to legitimate users.

# %%
# NBVAL_CHECK_OUTPUT
def checked(defence, threat, limit):
    taken = takes(defence, threat)
    verdict = ("agrees" if taken.low > limit else "does not agree" if taken.high < limit
               else "not shown")
    mid, low, high = (100 * value for value in taken)
    here = f"{mid:.1f} ({low:.1f} to {high:.1f})"
    return shown(defence), threat, f"over {100 * limit:.0f}", here, verdict

rows = [("poisoned, top kept", "naive", 0.05), ("poisoned, top kept", "adaptive", 0.05),
        ("MAD-argmax", "naive", 0.05), ("anti-distillation, top kept", "naive", 0.05),
        ("anti-distillation, top kept", "adaptive", 0.05),
        ("reverse sigmoid", "100 digits, naive", 0.05),
        ("reverse sigmoid", "100 digits, adaptive", 0.05),
        ("PRADA", "100 digits, naive", 0.05),
        *[("randomised response", "adaptive", limit)
          for limit in (0.05, lost("randomised response"))]]
pd.DataFrame([checked(*row) for row in rows],
             columns=["defence", "attacker", "points taken", "here", "verdict"])

# %% [markdown]
# ## Wrap-up: five questions

# %%
widgets.quiz("12")

# %% [markdown]
# ## What this does not show
#
# - There is one victim with ten classes, and attackers ask about images of the same kind. On another task another
#   defence may come out first.
# - The attackers are those that we thought of, so "works" means against these. *Stopped early* shows what a missing
#   attacker does: without it, randomised response would seem to take 40 points from an adaptive attacker, and not 14.
# - The table under *Works, or does not* has 78 verdicts at 95 %. One or two that are close to five points may be
#   chance.
# - Detection is one defence of thirteen here, and it looks at single accounts. Pooled detection (lesson 08),
#   watermarks (lesson 11) and the law (lesson 13) are not in these figures.
# - The cost adds up losses of different people with weights that we chose. The seventeen legitimate users are our
#   invention, and the share of them that PRADA suspends depends on it.
#
# ## With real models
#
# **Layers.** Providers combine defences. In February 2026 Anthropic listed detection, sharing of indicators with
# other firms, stricter access for account types that are easily abused, and answers that are less useful for
# training. The reports give no figure for what a layer takes or costs. Test layers together, too, because one attack
# may pass them all.
#
# **Red-team your own defence.** Tramèr and others (2020) circumvented thirteen published defences whose authors had
# tried adaptive attacks. (This is from memory.) Their advice, in our words:
#
# - Write the attack for this defence. First ask why the defence should work, and attack that reason.
# - Begin with the simplest attack. Here it was one line, the top-1 label.
# - Give the attacker the method and the code. Keep only the key or the seed secret.
# - Test the attack, too. Zimmermann and others (2022) change a defended model so that a successful attack certainly
#   exists. For eleven of thirteen published defences the original attack found none even there.
#
# **Report the cost.** State it for each kind of legitimate user: who, how many, what they lost, with an interval.
# "Nobody was suspended" says little without the number of users. The next cell prints how large the true share may
# still be.

# %%
for users in (17, 300, 3000, 30_000):
    print(f"0 of {users:6,} users suspended: at 95 % up to "
          f"{1 - 0.05 ** (1 / users):.3%} of all users")

# %% [markdown]
# With 17 users and no suspension, the true share may still be one in six. To show a share below one in a thousand,
# 3,000 users are needed, of the kinds that the provider really has.
#
# ## References
#
# - Libon and others, *What Does It Mean to Break a Distillation Defense?*, 2026. Read in its abstract.
#   [arXiv:2606.25059](https://arxiv.org/abs/2606.25059)
# - Jiang, *DistillGuard*, 2026: nine defences of a language model against a naive attacker. Their effect is "highly
#   task-dependent". Read in its abstract. [arXiv:2603.07835](https://arxiv.org/abs/2603.07835)
# - Tramèr, Carlini, Brendel, Madry, *On Adaptive Attacks to Adversarial Example Defenses*, NeurIPS 2020. From memory,
#   not read again. [arXiv:2002.08347](https://arxiv.org/abs/2002.08347)
# - Zimmermann and others, *Increasing Confidence in Adversarial Robustness Evaluations*, NeurIPS 2022. Read in
#   its abstract.
# - Anthropic, *Detecting and preventing distillation attacks*, 23 February 2026, as press reports list its measures.
#   [Post](https://www.anthropic.com/news/detecting-and-preventing-distillation-attacks)
# - Orekondy and others, *Prediction Poisoning*, ICLR 2020: MAD and MAD-argmax.
#   [arXiv:1906.10908](https://arxiv.org/abs/1906.10908)
# - Tang and others, *ModelGuard*, USENIX Security 2024: a set of adaptive attackers.
#
# Lesson 13 asks what the law, the contracts and the news make of all this.
#
# All terms of the course are explained in the [glossary](glossary.md).

# %%
progress()
