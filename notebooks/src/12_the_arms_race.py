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
# **Minutes** 60, and as long as you like · **You need** lessons 08 to 11 · **You will be able to** say of any
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
# and keys, and returns a copy. Four things are written down, always: what the copy gets right; what honest
# customers lost (classes, and usable answers); and how many of ten innocents were suspended, five of whom test
# a scanner.

# %%
cell = arena.cell(arena.DEFENCES["PRADA"], arena.ATTACKERS["made"], seed=10)
pd.Series(cell).round(2)

# %% [markdown]
# (This one is live: a copier who makes his questions, against PRADA. Lesson 08 has both.) The attackers and the
# defences are those of lessons 08 to 10:

# %%
for name, attack in arena.ATTACKERS.items():
    print(f"{name:17} {attack.__doc__.split('.')[0].split(':')[0]}")
print("\ndefences:", ", ".join(arena.DEFENCES))

# %% [markdown]
# The whole arena is thirteen defences, seven attackers, five seeds; and three of the attackers once more with
# small budgets. It takes some minutes on two cores, by one command, `make replicate R=R25`. **What follows are
# these stored runs**; where something is run now, it says *live*.

# %%
SMALL, FEW = (150, 500), ("naive", "label only", "made")

def everything(seeds, jobs=2, path=None):
    """The whole arena, one row a cell. Killed and called again with the same path, it goes on."""
    few = {name: arena.ATTACKERS[name] for name in FEW}
    parts = [arena.run(seeds=seeds, jobs=jobs, path=path)]
    parts += [arena.run(attackers=few, seeds=seeds, jobs=jobs, path=path, budget=n) for n in SMALL]
    return pd.concat(parts)

r25 = score.stored("R25")

def stored(defence, what, budget=1500):
    """Five stored values: `what` is an attacker, or a loss such as "usable answers lost"."""
    rows = r25[(r25.series == f"{what}|{budget}") & (r25.x == defence)]
    return rows.sort_values("seed").value.tolist()

# %%
DEFENCES, ATTACKERS = list(arena.DEFENCES), list(arena.ATTACKERS)
copies = pd.DataFrame({a: {d: score.mean_interval(stored(d, a)).mean for d in DEFENCES}
                       for a in ATTACKERS})
fig, ax = plt.subplots(figsize=(8.5, 5))
ax.imshow(copies, cmap="Oranges", vmin=0.1, vmax=1, aspect="auto")
for y, defence in enumerate(DEFENCES):
    for x, attacker in enumerate(ATTACKERS):
        value = copies.loc[defence, attacker]
        ax.text(x, y, f"{value:.0%}", ha="center", va="center",
                color="white" if value > 0.75 else "black")
ax.set_xticks(range(len(ATTACKERS)), ATTACKERS, rotation=20)
ax.set_yticks(range(len(DEFENCES)), DEFENCES)
ax.grid(False)
ax.set(title="What the copy gets right: stored, the mean of five seeds")
plots.show(fig, "A table of thirteen defences and seven attackers; each field is the share of test "
           "digits that the copy gets right. The column of the naive attacker has low values in "
           "several rows; in the column of the label-only attacker nearly all are near 90 %.")

# %% [markdown]
# **Find** a row that is low everywhere. What does it cost the honest?
#
# ## Who is the attacker?
#
# A defence has no value of its own. It has one against somebody: who sees so much, may ask so often, and knows
# so much (Libon and others, 2026, call it the *threat model*: query budget, data, interface). Five of them:

# %%
THREATS = {
    "naive": (("naive",), 1500),
    "knows the defence": (("naive", "label only", "averaged", "spread over keys", "denoised"), 1500),
    "knows it, 150 questions": (("naive", "label only"), 150),
    "is shown labels only": (("label only",), 1500),
    "has 100 digits of his own": (("made", "among others"), 1500),
}

def best_copy(defence, threat):
    """The five values of the attacker who gets most, by his mean, among those of a threat."""
    attackers, budget = THREATS[threat]
    return max((stored(defence, a, budget) for a in attackers), key=lambda v: sum(v) / len(v))

def takes(defence, threat):
    """What the defence takes from the best copier of a threat: Interval, a share."""
    return score.paired_interval(best_copy("none", threat), best_copy(defence, threat))

# %% [markdown]
# (*Is shown labels only*: whatever is done to the scores, an API that shows the top class shows this. *Best* is
# chosen by the mean over the same five seeds, so it is a little flattered.)
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

# %%
COSTS = {"class": "honest accuracy", "score": "usable answers lost"}

def lost(defence, reads):
    """What an honest customer lost who reads classes, or scores: a share."""
    value = sum(stored(defence, COSTS[reads])) / 5
    return sum(stored("none", COSTS["class"])) / 5 - value if reads == "class" else value

def front(threat, reads):
    """(costs, copies, on the front) of all defences, tensors."""
    costs = torch.tensor([lost(d, reads) for d in DEFENCES], dtype=torch.float64)
    got = torch.tensor([sum(best_copy(d, threat)) / 5 for d in DEFENCES], dtype=torch.float64)
    return costs, got, pareto_front(costs, got)

# %% [markdown]
# **Predict.** Which defence is on the front against the naive copier? Which is still there against one who knows?

# %% tags=["signature"]
def panel(ax, threat, reads):
    """One Pareto plot: numbers are rows of the table above."""
    costs, got, best = front(threat, reads)
    for kind, role in ((best, "defender"), (~best, "baseline")):
        colour, marker, _ = plots.ROLES[role]
        ax.scatter(costs[kind], got[kind], s=60, color=colour, marker=marker)
    order = costs[best].argsort()
    ax.step(costs[best][order], got[best][order], where="post", color=plots.ROLES["defender"].colour)
    for i in range(len(DEFENCES)):
        ax.annotate(str(i), (costs[i], got[i]), textcoords="offset points", fontsize=8,
                    xytext=(4 + 7 * (i % 3), 5 - 11 * (i % 2)))
    ax.set(title=threat, xlim=(-0.06, 1.06), ylim=(0, 1))

fig, axes = plt.subplots(1, 5, figsize=(13, 3.4), sharey=True)
for ax, threat in zip(axes, THREATS):
    panel(ax, threat, "score")
axes[0].set(ylabel="copy: digits right")
fig.supxlabel("usable answers that the honest customer lost; down and left is better", fontsize=10)
names = [f"{i} {name}" for i, name in enumerate(DEFENCES)]
fig.suptitle("\n".join("   ".join(names[i:i + 7]) for i in (0, 7)), fontsize=9, x=0.01, ha="left")
plots.show(fig, "Five Pareto plots, one for each threat model; each of thirteen defences is a "
           "numbered point: usable answers lost by the honest against what the best copy gets "
           "right. Green diamonds are on the front. Against the naive copier the front falls "
           "steeply; against one who knows the defence, and where labels alone are shown, it is "
           "nearly flat at 90 %.")

# %% [markdown]
# Read the panels from left to right. Against the naive copier there is something to choose from: pay more, lose
# less. Give him knowledge, and the choice is gone: the front is a line near the top, and what lies below it has
# broken the service for everybody. The defences have not changed. The attacker has.
#
# ## Works, or does not
#
# Say that a defence *works* against a threat when it takes more than five points from the best copier, beyond
# doubt (the whole 95 % interval), and that it *fails* when it takes less than five, beyond doubt.

# %%
def verdict(defence, threat):
    """works, fails, or ? when five seeds cannot say."""
    taken = takes(defence, threat)
    return "works" if taken.low > 0.05 else "fails" if taken.high < 0.05 else "?"

table = pd.DataFrame({t: {d: verdict(d, t) for d in DEFENCES[1:]} for t in THREATS})
table.assign(**{"class lost": [f"{lost(d, 'class'):.0%}" for d in table.index],
                "usable lost": [f"{lost(d, 'score'):.0%}" for d in table.index]})

# %%
both = table.apply(lambda row: {"works", "fails"} <= set(row), axis=1)
always = table.index[(table == "works").all(axis=1)]
print(f"{both.sum()} of {len(table)} defences work against one threat and fail against another.")
print(f"Those that work against all: {', '.join(always) or 'none'}")
for name in always:
    print(f"  {name}: an honest customer lost {lost(name, 'class'):.0%} of the classes and "
          f"{lost(name, 'score'):.0%} of the usable answers")

# %% [markdown]
# "Is this defence effective?" is not a question. Against whom, with how many questions, who sees what? A paper or
# a product that does not say so has not said anything yet. What works against everybody works because it takes
# the answers from everybody.
#
# ## Whose loss counts?
#
# The front depends on the customers, too: those who read classes lose little to most defences, those who read
# scores lose nearly everything. **Move the slider**: what share of the customers reads scores? The best defence
# is the one that leaves most to the honest and least to the copier.

# %%
def worth(defence, threat, share):
    """Points that a defence takes from the best copier minus points that the honest lose."""
    pays = share * lost(defence, "score") + (1 - share) * lost(defence, "class")
    return 100 * (takes(defence, threat).mean - pays)

def at_share(share):
    fig, axes = plt.subplots(1, 2, figsize=(10, 3.8), sharey=True)
    for ax, threat in zip(axes, ("naive", "knows the defence")):
        values = [worth(d, threat, share) for d in DEFENCES]
        ax.barh(range(len(DEFENCES)), values, color=[
            plots.ROLES["defender" if v == max(values) else "baseline"].colour for v in values])
        ax.set(title=f"{threat}: {DEFENCES[values.index(max(values))]}", xlim=(-100, 60))
    axes[0].set_yticks(range(len(DEFENCES)), DEFENCES)
    axes[0].invert_yaxis()
    fig.supxlabel("points taken from the copier minus points that the honest lost", fontsize=10)
    return fig, (f"With {share:.0%} of the customers reading scores: what each defence takes from "
                 "the copier minus what the honest lose, against a naive copier and one who knows.")

widgets.slider(at_share, values=[0, 0.1, 0.25, 0.5, 1], start=0.25, label="read scores")
plots.show(*at_share(0.25))

# %% [markdown]
# ## Your defence
#
# Now you. A defence is a class with one method; three lines are enough. Change the one below, or write another.
# It meets three attackers, *live*, on seeds that no stored run has used. There is no right answer, only a score:
# the points it takes from the best of them, minus what the honest pay with a quarter of them reading scores.
#
# ### Open exercise A · A defence (as long as you like)

# %%
class Mine(serving.Defence):
    """Yours. scores: (n, classes) what the teacher says, to (n, classes) what is served."""
    def scores(self, probabilities, asked):
        return probabilities.round(decimals=1)

# %%
entry = tournament.judge_defence(Mine(), seeds=[20])
print(f"your defence: {entry['score']:+.1f}, by the attackers {entry['copies']}")
for name in ("poisoned", "anti-distillation, top kept"):
    ours = tournament.judge_defence(arena.DEFENCES[name], seeds=[20])
    print(f"{name}: {ours['score']:+.1f}")

# %% [markdown]
# Two things to try: decide by the *question* (`asked` has the image and the account), or by how often an account
# has asked. And two rules: what is served must be a distribution over the classes, and it must not depend on
# the seed that you are judged by.
#
# ## Your attack
#
# An attacker is a function of an API and a seed. It may ask `api.budget` questions with `api.accounts`, may copy
# the defence (`api.known(secret)`, without its secret), and returns a student. `arena.learn` trains one.
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
print(f"your attack: {entry['score']:.1f} points on average over {len(entry['copies'])} defences")
print({name: f"{value:.0%}" for name, value in entry["copies"].items()})
print(f"label only: {tournament.judge_attack(arena.ATTACKERS['label only'], seeds=[20])['score']:.1f}")

# %% [markdown]
# ## A tournament
#
# In a class everybody hands in one file with a defence, an attack, or both; `make tournament FROM=entries` lets
# every attack meet every defence, on seeds drawn after the deadline, and prints two rankings. The brief stands
# in `INSTRUCTORS.md`. Play two rounds, and publish all entries in between: that is the arms race. Before the
# second one, **predict**: who profits from publication, the defenders or the attackers?
#
# ## The evidence, in one table

# %%
# NBVAL_CHECK_OUTPUT
TOP = ["label", "reverse sigmoid", "poisoned, top kept", "anti-distillation, top kept"]
seen = [("something works against the naive copier", (table["naive"] == "works").any()),
        ("a defence that keeps every top class works against one who knows it",
         (table.loc[TOP, "knows the defence"] == "works").any()),
        ("what works against everybody costs the honest nothing",
         any(lost(d, "score") < 0.05 for d in always)),
        ("the verdict on most defences that ever work depends on the threat",
         bool(both[(table == "works").any(axis=1)].mean() > 0.5)),
        ("somebody innocent is suspended by one of them",
         any(sum(stored(d, "innocents accused")) > 0 for d in DEFENCES))]
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
# - Detection is one defence among thirteen here, and looks at single accounts. Lesson 08's crowds, the watermarks
#   of lesson 11 and the law of lesson 13 act afterwards: none of them is in these plots.
# - "Points taken minus points paid" is one way to add up what cannot be added up. Whose loss counts how much is
#   not a technical question.
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
