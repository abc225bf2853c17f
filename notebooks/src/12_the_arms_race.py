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
# **Minutes** 60, and as long as you like · **You need** lessons 08 to 10 · **You will be able to** say of any
# defence for whom it works, against whom and at whose expense; enter a defence and an attack of your own; and
# see through a ranking that does not name its threat model.
#
# **teacher → defence → API → ledger → harvest → clean → student → score**

# %%
import matplotlib.pyplot as plt  # noqa: I001
import pandas as pd
import torch
from torch.nn import functional as F

from course_utils import arena, plots, score, serving, tournament, widgets
from course_utils.exercises import exercise, grade, progress

plots.picture()

# %% [markdown]
# ## The rules
#
# One **cell** of the arena is one defence, one attacker, one seed. The attacker gets the defended API, a budget
# of answers and keys, and returns a copy. Four things are written down, always: what the copy gets right; what
# honest customers lost, classes and usable answers (lesson 09); and who of ten innocents was suspended, five of
# whom test a scanner (lesson 08).

# %%
cell = arena.cell(arena.DEFENCES["PRADA"], arena.ATTACKERS["made"], seed=10)
pd.Series(cell).round(2)

# %% [markdown]
# (*Live*: a copier who makes his questions out of a hundred digits, against PRADA, which cuts him off.) The
# attackers, and the defences, all from lessons 08 to 10:

# %%
for name, attack in arena.ATTACKERS.items():
    print(f"{name:17} {attack.__doc__.split('.')[0].split(':')[0]}")
print("\ndefences:", ", ".join(arena.DEFENCES))

# %% [markdown]
# The whole arena is thirteen defences, seven attackers, five seeds; and three of the attackers once more with
# small budgets. That takes minutes, by one command: `make replicate R=R25`. **What follows are these stored
# runs**, seeds 0 to 4. Whatever is run now says *live*.

# %%
SMALL, FEW = (150, 500), ("naive", "label only", "made")

def everything(seeds, jobs=2, path=None):
    """The whole arena, one row a cell. Killed and called again with the same path, it goes on."""
    few = {name: arena.ATTACKERS[name] for name in FEW}
    parts = [arena.run(seeds=seeds, jobs=jobs, path=path)]
    parts += [arena.run(attackers=few, seeds=seeds, jobs=jobs, path=path, budget=n) for n in SMALL]
    return pd.concat(parts)

# %%
r25 = score.stored("R25")

def stored(defence, what, budget=1500):
    """Five stored values: `what` is an attacker, or a loss such as "usable answers lost"."""
    rows = r25[(r25.series == f"{what}|{budget}") & (r25.x == defence)]
    return rows.sort_values("seed").value.tolist()

def mean(defence, what):
    return sum(stored(defence, what)) / len(stored(defence, what))

# %%
DEFENCES, ATTACKERS = list(arena.DEFENCES), list(arena.ATTACKERS)

def sides(defence):
    """What the honest lost: (classes, usable answers, accounts of innocents), shares."""
    right = mean("none", "honest accuracy") - mean(defence, "honest accuracy")
    return right, mean(defence, "usable answers lost"), mean(defence, "innocents accused")

# %% [markdown]
# **Predict**, before the big table: one row for each defence, one column for each attacker. Will there be a row
# that is low everywhere, and what will stand at its right end, where the honest are?

# %%
def tiles(ax, values, columns, colours):
    """A table in colours: values (rows, columns), shares."""
    ax.imshow(values, cmap=colours, vmin=0, vmax=1, aspect="auto")
    for y, row in enumerate(values):
        for x, value in enumerate(row):
            ax.text(x, y, f"{max(value, 0):.0%}", ha="center", va="center", fontsize=9,
                    color="white" if value > 0.7 else "black")
    ax.set_xticks(range(len(columns)), columns, rotation=30, ha="right")
    ax.set_yticks(range(len(DEFENCES)), DEFENCES)
    ax.grid(False)

fig, axes = plt.subplots(1, 2, figsize=(9.5, 5), sharey=True, width_ratios=[7, 3.2])
tiles(axes[0], [[mean(d, a) for a in ATTACKERS] for d in DEFENCES], ATTACKERS, "Oranges")
tiles(axes[1], [sides(d) for d in DEFENCES], ["class lost", "usable lost", "suspended"], "Greens")
axes[0].set(title="what the copy gets right")
axes[1].set(title="what the honest lose")
plots.show(fig, "ALT")

# %% [markdown]
# READ
#
# ## Who is the attacker?
#
# A defence has no value of its own. It has one against somebody: who may ask so often, is shown so much, and
# knows and owns so much. Libon and others (2026) call that the **threat model** (query budget, data, interface)
# and say that the verdict on anti-distillation depends on it. Five of them:
#
# | threat | questions | is shown | own digits | knows the defence | so he is |
# |---|---|---|---|---|---|
# | naive | 1,500 | scores | 1,500 | no | naive |
# | knows the defence | 1,500 | scores | 1,500 | yes, but for its secret | the best of five |
# | knows it, 150 questions | 150 | scores | 150 | yes | naive or label only |
# | is shown labels only | 1,500 | the top class | 1,500 | need not | label only |
# | has 100 digits of his own | 1,500 | scores | 100 | that it may be PRADA | made or among others |

# %%
THREATS = {
    "naive": (("naive",), 1500),
    "knows the defence": (("naive", "label only", "averaged", "spread over keys", "denoised"), 1500),
    "knows it, 150 questions": (("naive", "label only"), 150),
    "is shown labels only": (("label only",), 1500),
    "has 100 digits of his own": (("made", "among others"), 1500),
}

def best_copy(defence, threat):
    """Five values: for each seed the attacker that gets most on the other four."""
    attackers, budget = THREATS[threat]
    return score.best_of([stored(defence, a, budget) for a in attackers])

def takes(defence, threat):
    """What the defence takes from the best copier of a threat: Interval, a share."""
    return score.paired_interval(best_copy("none", threat), best_copy(defence, threat))

# %% [markdown]
# (Whoever takes the best of five on the seeds that he reports takes the luckiest, too. So for each seed the
# attacker is chosen by the other four.)
#
# ### Exercise 12.1 · Not beaten on both sides (medium, 10 minutes)
#
# A defence is **dominated** when another one costs the honest no more, leaves the copier no more, and is better
# in at least one of the two. What is not dominated is the **Pareto front**. Everything else need not be discussed.

# %% nbgrader={"grade": false, "grade_id": "pareto_front", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("12.pareto_front")
def pareto_front(costs, copies):
    """(n,) what the honest lost, (n,) what the copy gets right. Returns (n,) bool.

    True where no other defence has cost and copy both no larger, and one of them smaller.
    Worked case: costs [0., 0.5, 0.5], copies [0.9, 0.4, 0.6]: [True, True, False].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "pareto_front_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("12.pareto_front", points=2)

# %% [markdown]
# For one axis, what the honest lost has to become one number. Let a quarter of them read scores, and the others
# the class; whoever is suspended has lost everything. (That is a choice, and you will change it below.)

# %%
def lost(defence, share=0.25):
    """What the honest lost, `share` of whom read scores: 0 nothing, 1 everything."""
    classes, usable, suspended = sides(defence)
    return share * usable + (1 - share) * classes + suspended

def front(threat, share=0.25):
    """(costs, copies, on the front), in whole points: five seeds do not tell less apart."""
    share = 0 if threat == "is shown labels only" else share        # nobody is shown a score
    costs = torch.tensor([lost(d, share) for d in DEFENCES], dtype=torch.float64)
    copies = torch.stack([best_copy(d, threat).mean() for d in DEFENCES])
    costs, copies = costs.round(decimals=2), copies.round(decimals=2)
    return costs, copies, pareto_front(costs, copies)

# %%
def panel(ax, threat, share=0.25):
    """One Pareto plot; the names of those on the front stand under it."""
    costs, copies, best = front(threat, share)
    for kind, role in ((~best, "baseline"), (best, "defender")):
        colour, marker, _ = plots.ROLES[role]
        ax.scatter(costs[kind], copies[kind], s=50, color=colour, marker=marker, zorder=3)
    order = costs[best].argsort(stable=True)
    x, y = [*costs[best][order], 1.1], [*copies[best][order], copies[best].min()]
    ax.fill_between(x, y, copies[0], step="post", color=colour, alpha=0.2, linewidth=0)
    ax.axhline(copies[0], color=plots.ROLES["baseline"].colour, linewidth=1)
    for point in sorted({(c, k) for c, k in zip(costs[best].tolist(), copies[best].tolist())}):
        here = (costs == point[0]) & (copies == point[1])
        names = "\n".join(d for d, h in zip(DEFENCES, here) if h)
        ax.annotate(names, point, textcoords="offset points", xytext=(0, -7), va="top", fontsize=8,
                    ha="left" if point[0] < 0.7 else "right")
    ax.set(title=threat, xlim=(-0.04, 1.1), ylim=(0, 1))

# %% [markdown]
# **Predict.** Green, below, is what defences can take. In which of the five panels will there be most of it, and
# in which none at all?

# %% tags=["signature"]
fig, axes = plt.subplots(2, 3, figsize=(11, 6.4), sharex=True, sharey=True)
for ax, threat in zip(axes.flat, THREATS):
    panel(ax, threat)
axes[0, 0].set(ylabel="copy: digits right")
axes[1, 0].set(ylabel="copy: digits right")
fig.supxlabel("what the honest lost, a quarter of whom read scores (down and left is better)")
fig.suptitle("CLAIM", x=0.01, ha="left")
plots.show(fig, "ALT")

# %% [markdown]
# READ
#
# ## Works, or does not
#
# Say that a defence *works* against a threat when it takes more than five points from the best copier, beyond
# doubt (the whole 95 % interval), and that it *fails* when it takes less than five, beyond doubt.

# %%
def says(taken):
    """A verdict on an Interval of what is taken; ? when five seeds cannot say."""
    return "works" if taken.low > 0.05 else "fails" if taken.high < 0.05 else "?"

taken = {t: {d: takes(d, t) for d in DEFENCES[1:]} for t in THREATS}
table = pd.DataFrame({t: {d: says(i) for d, i in column.items()} for t, column in taken.items()})

# %% [markdown]
# **Predict**: how many of the twelve work against one threat and fail against another?

# %%
points = pd.DataFrame({t: {d: f"{100 * i.mean:+.0f}" for d, i in column.items()}
                       for t, column in taken.items()})
table + " " + points

# %%
both = table.apply(lambda row: {"works", "fails"} <= set(row), axis=1)
always = table.index[(table == "works").all(axis=1)]
print(f"{both.sum()} of {len(table)} defences work against one threat and fail against another.")
print(f"Those that work against all: {', '.join(always) or 'none'}")
for name in always:
    classes, usable, suspended = sides(name)
    print(f"  {name}: the honest lost {classes:.0%} of the classes, {usable:.0%} of the usable answers")

# %% [markdown]
# READ
#
# ## Whose loss counts?
#
# The front depends on the customers, too. **Move the slider**: what share of them reads scores?

# %%
def at_share(share):
    fig, axes = plt.subplots(1, 2, figsize=(9.5, 3.6), sharey=True)
    for ax, threat in zip(axes, ("naive", "knows the defence")):
        panel(ax, threat, share)
    axes[0].set(ylabel="copy: digits right")
    fig.supxlabel(f"what the honest lost, {share:.0%} of whom read scores", fontsize=10.5)
    best = [", ".join(d for d, on in zip(DEFENCES, front(t, share)[2]) if on)
            for t in ("naive", "knows the defence")]
    return fig, (f"Two Pareto plots, with {share:.0%} of the honest reading scores. On the front "
                 f"against the naive copier: {best[0]}; against one who knows: {best[1]}.")

widgets.slider(at_share, values=[0, 0.1, 0.25, 0.5, 1], start=0.25, label="read scores")
plots.show(*at_share(0))

# %% [markdown]
# READ
#
# ## And on text?
#
# TEXT

# %%
# the language model's panel comes here

# %% [markdown]
# ## Your defence
#
# Now you. A defence is a class with one method; three lines are enough. Change the one below, or write another.
# It meets four attackers, *live*, on a seed that no stored run has used: naive, label only, averaged, and label
# only with five keys. There is no right answer, only a score: the points that it takes from the best of them,
# minus what the honest lost, as above.
#
# ### Open exercise A · A defence (as long as you like)

# %%
class Mine(serving.Defence):
    """Yours. scores: (n, classes) what the teacher says, to (n, classes) what is served."""
    def scores(self, probabilities, asked):
        return probabilities.round(decimals=1)

# %%
entry = tournament.judge_defence(Mine(), seeds=[20])
print(f"your defence: {entry['score']:+.1f} points")
print("what the copies get right:", {name: f"{v:.0%}" for name, v in entry["copies"].items()})
print("what the honest lost:", {name: f"{v:.0%}" for name, v in entry["honest"].items()})

# %%
def points_of(defence, attackers=("naive", "label only", "averaged")):
    """The score of one of ours, stored: five values."""
    before, after = (max((stored(d, a) for a in attackers), key=sum) for d in ("none", defence))
    return [tournament.defence_score(b - a, *sides(defence)) for b, a in zip(before, after)]

def standing(rows, yours, role, title):
    """Stored rows {name: five values}, best on top, and your own live run as a star."""
    ranked = sorted(rows, key=lambda name: sum(rows[name]))
    fig, ax = plt.subplots(figsize=(7.5, 0.28 * len(rows) + 0.9))
    colour, marker, _ = plots.ROLES[role]
    for y, name in enumerate(ranked):
        middle, low, high = score.mean_interval(rows[name])
        ax.errorbar([middle], [y], xerr=[[middle - low], [high - middle]], color=colour,
                    marker=marker, capsize=2)
    ax.axvline(yours, color="black", linewidth=1)
    ax.scatter([yours], [-0.8], marker="*", s=110, color="black", zorder=3)
    ax.set_yticks([-0.8, *range(len(rows))], ["yours, live", *ranked])
    ax.set(title=title)
    return fig

# %%
ours = {name: points_of(name) for name in DEFENCES}
fig = standing(ours, entry["score"], "defender", "Defences: points (stored, seeds 0 to 4)")
plots.show(fig, "ALT")

# %% [markdown]
# READ
#
# Things to try: decide by the *question* (`asked` has the image and the account), or by how much an account has
# asked; steer only where the teacher is sure; read `course_utils/defences.py`. One seed is an anecdote: before
# you believe a difference, `seeds=range(20, 25)` and `score.mean_interval(entry["scores"])`.
#
# ## Your attack
#
# An attacker is a function of an API and a seed. It may ask `api.budget` questions in all, with five accounts
# (`api.ask(images, key=3)`), may copy the method of the defence (`api.known(secret)`, with a secret of its own
# choice), and returns a student; `arena.learn` trains one. Its pictures come from `arena.questions(n, seed)`,
# without labels. It meets five defences, and its score is what its copies get right, on average.
#
# ### Open exercise B · An attack (as long as you like)

# %%
def mine(api, seed):
    """Yours. This one asks, keeps the top class, and smooths it a little."""
    asked = arena.questions(api.budget, seed)
    top = F.one_hot(api.ask(asked).argmax(-1), 10).double()
    return arena.learn(asked[:len(top)], 0.9 * top + 0.01, seed)

# %%
entry = tournament.judge_attack(mine, seeds=[20])
print(f"your attack: {entry['score']:.1f} points; what its copies get right:")
print({name: f"{value:.0%}" for name, value in entry["copies"].items()})

# %%
theirs = {a: [100 * sum(v) / len(v) for v in zip(*(stored(d, a) for d in tournament.RIVALS))]
          for a in ATTACKERS}
fig = standing(theirs, entry["score"], "attacker", "Attacks: points (stored, seeds 0 to 4)")
plots.show(fig, "ALT")

# %% [markdown]
# READ
#
# ## A tournament
#
# In a class everybody hands in one file, `yourname.py`, with a defence (a class as above, whose settings have
# default values), an attack (a function called `attack`), or both, and the imports they need:
#
# ```python
# from course_utils import arena, serving
#
# class Mine(serving.Defence): ...
#
# def attack(api, seed): ...
# ```
#
# `make tournament FROM=entries` lets every attack meet every defence, on seeds that were drawn after the
# deadline, and prints two rankings; `python -m course_utils.tournament entries --check` only says which files
# can play. The brief stands in `INSTRUCTORS.md`. Play two rounds, and publish all entries in between: that is
# the arms race. Before the second one, **predict**: who profits from publication, the defenders or the
# attackers?
#
# ## The evidence, in one table

# %%
# NBVAL_CHECK_OUTPUT
TOP = ["label", "reverse sigmoid", "poisoned, top kept", "anti-distillation, top kept"]
seen = [("something works against the naive copier", (table["naive"] == "works").any()),
        ("a defence that keeps every top class works against one who knows it",
         (table.loc[TOP, "knows the defence"] == "works").any()),
        ("what works against everybody costs the honest nothing",
         any(lost(d) < 0.05 for d in always)),
        ("the verdict on most defences that ever work depends on the threat",
         bool(both[(table == "works").any(axis=1)].mean() > 0.5)),
        ("somebody innocent is suspended by one of them", any(sides(d)[2] > 0 for d in DEFENCES))]
pd.DataFrame([(what, "yes" if found else "no") for what, found in seen],
             columns=["finding", "seen here"])

# %% [markdown]
# ## Wrap-up: five questions

# %%
widgets.quiz("12")

# %% [markdown]
# ## What this does not show
#
# - One victim, ten classes, copiers that ask about images of the same kind. On another task another defence may
#   come out first; what carries over is that one has to ask against whom.
# - The attackers are those that we thought of. A defence that fails here fails; one that works here works against
#   these. So does every number of the kind "best copier".
# - Sixty verdicts at 95 %: one or two that sit close to five points may be luck.
# - Detection is one defence among thirteen here, and looks at single accounts. Lesson 08's crowds, the watermarks
#   of lesson 11 and the law of lesson 13 act afterwards: none of them is in these plots.
# - "What the honest lost" is one way to add up what cannot be added up. Whose loss counts how much is not a
#   technical question. Ten innocents, five of whom test a scanner, are our invention: so is a half that is
#   suspended.
#
# ## References
#
# - C. Libon and others, *What does it mean to break a distillation defense?*, 2026: the threat model decides
#   (read in its abstract). [arXiv:2606.25059](https://arxiv.org/abs/2606.25059)
# - *DistillGuard*, 2026: nine defences side by side (abstract). [arXiv:2603.07835](https://arxiv.org/abs/2603.07835)
# - M. Tang and others, *ModelGuard*, USENIX Security 2024: a menu of adaptive attackers.
#
# On to lesson 13: what the law, the contracts and the news make of all this.

# %%
progress()
