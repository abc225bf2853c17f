# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 10 · Anti-distillation sampling
#
# **Minutes** 90 · **You need** lessons 03 and 09 (break at *Text*: 35 minutes before it, 55 after it) · **You will be
# able to** change a model's answers so that a student learns less from them, compare two defences at the *same*
# teacher accuracy, and measure what an adaptive student recovers.
#
# teacher → **defence** → **API** → ledger → harvest → **clean → student → score**

# %%
from course_utils.api import customers, serving
from course_utils.defence import antidistillation, perturb
from course_utils.files.digits import mnist
from course_utils.lesson import plots, widgets
from course_utils.lesson.exercises import exercise, grade, progress
from course_utils.score import arena, measures
from course_utils.student import models, training
from course_utils.teacher import classifier, decoding, language, skills

import re
from functools import lru_cache

import matplotlib.pyplot as plt
import numpy as np  # noqa: F401  (for your answers)
import pandas as pd
import torch
from torch.nn import functional as F

pd.set_option("display.max_colwidth", None)
plots.picture("defence", "API", "clean", "student", "score")

# %% [markdown]
# ## The second defence of the article
#
# The article that this course began from names a second defence. It "introduces stochasticity into API outputs
# without harming legitimate user experience", and the article credits Google. We found no source at Google. The
# method with this name, **anti-distillation sampling** (ADS), is from Carnegie Mellon (Savani and others, 2025).
# Random changes alone are only the baseline to which it is compared. (Claims C43 and C45 in lesson 13.)
#
# Lesson 09 changed the direction of a student's gradient. ADS asks how much harm a step does. A student that learns
# class $k$ from an image takes a small step along $\nabla \log p(k)$. **How much does that step raise its loss on
# other images?** Let $g$ be the gradient of its loss on held-out images. To first order the answer is
#
# $$\Delta_k = g \cdot \nabla_\theta \log p_\theta(k \mid x) \;\approx\; \frac{\log p_{\theta + \epsilon g}(k \mid x) - \log p_{\theta - \epsilon g}(k \mid x)}{2\epsilon}$$
#
# We call $\Delta_k$ the **harm** of class $k$. The right-hand side needs no gradient for each class. It needs only
# two copies of one small model, moved by $\epsilon$ up and down the gradient $g$. The provider does not have the
# attacker's student. It uses a **proxy** instead: a small network of its own, trained on a few images.

# %%
proxy = training.fit(models.Students((784, 64, 10), [5]), mnist().train.x[:100],
                     mnist().train.y[:100], epochs=20, batch_size=50)
held = mnist().train.x[100:400], mnist().train.y[100:400]
loss = F.cross_entropy(proxy(held[0])[0], held[1])
slopes = torch.autograd.grad(loss, list(proxy.parameters()))
length = torch.sqrt(sum(part.square().sum() for part in slopes))
slopes = [part / length for part in slopes]

# %%
def harm(images, step=0.01):
    """(n, 784) to (n, 10): what learning each class from each image would do to the
    proxy."""
    up, down = (antidistillation.moved(proxy, slopes, sign * step) for sign in (1, -1))
    return (up(images)[0].log_softmax(-1)
            - down(images)[0].log_softmax(-1)).double() / (2 * step)

teacher, test = classifier.load_teacher(), mnist().test
said = teacher(test.x).double().softmax(-1).detach()
pd.DataFrame({"teacher": said[0], "harm": harm(test.x[:1])[0]}).T.round(2)

# %% [markdown]
# A positive harm means that a student which learns this class from this image becomes worse on other images. Here
# class 1 has the largest harm, 4.32. The right class, 4, has a harm of 1.44, so here even the right class harms the
# proxy.
#
# The defence adds the harm, times a **strength** $\lambda$, to the teacher's log-probabilities:
#
# $$\mathrm{softmax}\bigl(\log p + \lambda\,\Delta\bigr)$$

# %%
def steered(probabilities, harm, strength):
    return (probabilities.clamp_min(1e-30).log() + strength * harm).softmax(-1)

pd.DataFrame({f"strength {s}": steered(said[:1], harm(test.x[:1]), s)[0]
              for s in (0, 1, 3, 10)}).T.round(2)

# %% [markdown]
# ## At which strength do labels change?
#
# **Predict.** The strength rises from zero. Whose accuracy falls first: that of the labels a legitimate user gets, or
# that of the attacker's student?
#
# The table gives a hint. At strengths 1 and 3 this answer does not change in two decimals, and at 10 another class
# is served. The teacher is nearly certain, so its log-probabilities lie far apart. The label changes only at a
# strength that closes the gap to another class. This strength is the **tie strength** of the answer. It can be
# computed before anything is served.
#
# ### Exercise 10.1 · How far is too far? (hard, 15 minutes)
#
# Class $k$ gains on the top class if $\Delta_k - \Delta_\mathrm{top} > 0$. The two are tied when the strength is their
# gap in log-probability, divided by this gain. The tie strength of an answer is the smallest one over its classes.
# The **margin budget** of ADS-C (2026) stops at 0.999 of it. Every top-1 label is then served unchanged.

# %% nbgrader={"grade": false, "grade_id": "margin_budget", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("10.margin_budget")
def margin_budget(log_scores, harm, strength):
    """(n, classes), (n, classes), a number. Returns (n,): the strength used for each
    answer.

    The smaller of `strength` and 0.999 of the answer's tie strength. Classes that gain
    no more than the top one never tie with it.
    Worked case: log_scores [[0., -2., -3.]], harm [[0., 1., 3.]], strength 9: the third
    class ties at 3 / 3, so [0.999]; strength 0.5: [0.5].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "margin_budget_check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
grade("10.margin_budget", points=3)

# %%
class Antidistillation(perturb.Antidistillation):
    """The course's defence, with your budget. keep=False uses the full strength for
    every answer."""
    def scores(self, probabilities, asked):
        x = torch.stack([question.prompt for question in asked])
        hurts, strength = perturb.harm(x, self.secret), torch.full((len(x),),
                                                                   float(self.strength))
        if self.keep:
            strength = margin_budget(probabilities.clamp_min(1e-30).log(), hurts,
                                     self.strength)
        return perturb.steered(probabilities, hurts, strength.double())

# %% [markdown]
# What does an attacker's clone learn from it? The next cell runs one seed in lesson 09's setting, with the **naive
# attacker**, which trains on the served probabilities as they are. The last column is for a user who acts only on
# answers of 90 % or more: the share of these answers that is lost.

# %%
cells = {name: arena.cell(defence, arena.naive, 10)
         for name, defence in (("full strength, 2", Antidistillation(2.0, keep=False)),
                               ("margin budget, at most 10", Antidistillation(10.0)))}
pd.DataFrame([{"defence": name, "naive clone": row["accuracy"],
               "user's labels": row["honest accuracy"],
               "answers over 90 % lost": row["usable answers lost"]}
              for name, row in cells.items()]).round(3)

# %%
STRENGTHS = (0.1, 0.3, 0.6, 1.0, 1.5, 2.5, 5.0, 10.0, 30.0)
SWEEP = {"none": serving.Defence()} | {
    f"{kind} {s:g}": perturb.Antidistillation(s, keep=kind == "kept")
    for kind in ("plain", "kept") for s in STRENGTHS}

def sweep(seeds, jobs=2):
    """Both kinds at every strength against the naive and the label-only attacker: one
    row each."""
    return arena.run(SWEEP, {"naive": arena.naive, "label only": arena.label_only},
                     seeds, jobs=jobs)

# %% [markdown]
# With full strength the clone is right on 75 %, and the user's labels on 80 %. With the margin budget the clone is
# right on 69 %, and the labels on 98 %. But the user loses 65 % of the answers over 90 %.
#
# The tie strengths predict how many labels change, before any student is trained. At strength $\lambda$, the answers
# with a tie strength below $\lambda$ have another label. **Move the slider.** At which strengths do most labels
# change?

# %%
# the proxy with secret 1000, as in the arena's seed 0
hurts, digit = perturb.harm(test.x, 1000), 3
ties = margin_budget(said.clamp_min(1e-30).log(), hurts, 1e9) / 0.999
LOOKS = {"teacher": ("#0072B2", ""), "full strength": ("#cccccc", "//"),
         "margin budget": ("#555555", "..")}

def served(strength):
    """(10,): what is served for one test digit at a strength."""
    return steered(said[[digit]], hurts[[digit]], float(strength))[0]

# %%
def at_strength(strength):
    fig, (left, right) = plt.subplots(1, 2, figsize=(10, 2.8))
    used = (0, strength, min(strength, 0.999 * ties[digit]))
    for i, (name, (colour, hatch)) in enumerate(LOOKS.items()):
        left.bar(torch.arange(10) + 0.27 * (i - 1), served(used[i]), 0.27, label=name,
                 hatch=hatch, color=colour, edgecolor="white")
    left.set(title="One test image", xticks=range(10), xlabel="class",
             ylabel="probability")
    left.legend(fontsize=9, loc="upper left", bbox_to_anchor=(1, 1))
    right.hist(ties.clamp(0.05, 60), bins=torch.logspace(-1.3, 1.8, 32).tolist(),
               color="#999999")
    right.axvline(strength, color="black")
    gone = f"{(ties < strength).double().mean():.0%} of the answers have another label"
    right.set(xscale="log", xlabel="tie strength (last bar: 60 or more)",
              ylabel="test images", title=gone)
    return fig, ("Left: ten probabilities of one test image, from the teacher, with "
                 "full strength and within the margin budget. Right: a histogram of "
                 "all test images' tie strengths, with a line at strength "
                 f"{strength:g}: {gone}.")

# %%
widgets.slider(at_strength, values=[0.1, 0.5, 1, 1.5, 2.5, 5, 10, 30], start=2.5,
               label="strength")
plots.show(*at_strength(2.5))

# %% [markdown]
# Most labels change between strengths 1 and 10. At 2.5 a third have changed.
#
# Now five seeds, stored (row R19). A second attacker, **label-only**, keeps the top-1 label of each answer and ignores
# the probabilities.

# %%
r19 = measures.stored("R19")

def curve(what, kind):
    """(strengths, seeds), the undefended API first."""
    names = ["none", *(f"{kind} {s:g}" for s in STRENGTHS)]
    return torch.tensor([r19[(r19.series == what) & (r19.x == n)].sort_values("seed")
                         .value.tolist() for n in names])

def predicted(strength, seed):
    """Accuracy of the user's labels from tie strengths alone, with the proxy of a
    stored seed."""
    hurts = perturb.harm(test.x, 1000 + seed)
    kept = margin_budget(said.clamp_min(1e-30).log(), hurts, 1e9) / 0.999 > strength
    return (kept & (said.argmax(-1) == test.y)).double().mean().item()

forecast = torch.tensor([[predicted(s, seed) for seed in range(5)] for s in STRENGTHS])

# %%
fig, axes = plt.subplots(1, 2, figsize=(10, 4), sharey=True)
LINES = (("honest accuracy", "defender", "user's labels"),
         ("naive", "attacker", "naive clone"),
         ("label only", "student", "label-only clone"))
at = [0.05, *STRENGTHS]
for ax, kind, title in zip(axes, ("plain", "kept"),
                           ("Full strength: all three fall together",
                            "Margin budget: only the naive clone falls")):
    for what, role, label in LINES:
        plots.band(ax, at, curve(what, kind), role, label)
    ax.set(xscale="log", xlabel="strength λ", title=title, ylim=(0, 1.03),
           xticks=[0.05, 0.1, 1, 10], xticklabels=["none", "0.1", "1", "10"])
axes[0].plot(STRENGTHS, forecast.mean(1), "k+", markersize=9,
             label="user's labels, predicted from the tie strengths (same five "
                   "proxies)")
axes[0].set(ylabel="accuracy on test digits (5 seeds)")
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2,
           fontsize=9)
plots.show(fig, "Accuracy against strength, 95 % bands over five seeds. Left, full "
           "strength: little changes up to about 0.6, then the user's labels and both "
           "clones fall together, along the predicted crosses. Right, margin budget: "
           "the user's labels and the label-only clone stay, and the naive clone falls "
           "from 0.92 to 0.57.")

# %% [markdown]
# Neither falls first. With full strength, the user's labels lose only 0.8 points up to strength 0.6. Then labels and
# clones fall together. ADS-C reports the same for CIFAR, and that the strength at which they fall can be predicted.
# Here it can: the crosses lie on the curve.
#
# With the margin budget no label changes at any strength. At strength 30 the naive clone loses 35.7 points (29.1 to
# 42.4). ADS-C reports 29.6 on CIFAR-10, and that "a hard-label attacker gains nothing". Here, too, the label-only
# clone has exactly the accuracy that it has without a defence.
#
# The user's label is unchanged, but the probabilities are not:

# %%
KEPT = "kept 30"
NAMED = {"honest accuracy": "user's labels right",
         "usable answers lost": "answers over 90 % lost",
         "naive": "naive clone", "label only": "label-only clone"}
paid = {what: measures.mean_interval(r19[(r19.series == what) & (r19.x == KEPT)]
                                     .value.tolist())
        for what in NAMED}
pd.DataFrame({NAMED[what]: i._asdict() for what, i in paid.items()}).T.round(3)

# %% [markdown]
# A user who acts on answers of 90 % or more loses 83 % of them (72 to 94). So the defence is free for users of labels,
# and expensive for users of probabilities.
#
# ## Text
#
# **The break.** What follows takes 55 minutes and stands alone. You may skip it. It needs only the first cell of
# this lesson. Only the table *What we checked* at the end needs the first part, too.
#
# A language model writes about fifty tokens for one sum, and a user often needs only the last few. A student learns
# from the working before them, the **trace** (lesson 03). Anti-distillation sampling (ADS) changes the probabilities
# of every token: it adds $\lambda\,\Delta$ to the teacher's logits. $\lambda$ is the strength. $\Delta$ is the
# **harm** of a token: how much a student that learns it gets worse on other answers. The provider measures it on a
# **proxy**, a small model of its own after 30 training steps. For each token, it compares two copies of the proxy,
# whose weights are moved up and down the gradient of its loss.

# %%
N, TEST = 300, skills.problems("reason", 500, seed=1, split="test")
language_teacher = language.load_language_teacher()

def learn(prompts, texts, seed, steps=100, weights=None):
    """A copy of the base model that has learned these answers, each with its weight."""
    packed = language.pack(prompts, texts)
    if weights is not None:
        packed = language.Examples(packed.tokens, packed.asked * weights[:, None])
    loss = training.from_text if weights is None else antidistillation.weighted_loss
    return training.fit_language(language.load_base(),
                                 training.batches(packed, seed=seed), loss,
                                 steps=steps, progress=f"{len(prompts)} answers")

# %%
@lru_cache
def proxy_of(secret):
    """The provider's small model, and the slope of its loss on answers that it has not
    learned."""
    asked = [p.prompt for p in skills.problems("reason", 160, seed=1000 + secret)]
    said = decoding.answers(language.load_language_teacher(), asked)
    small = learn(asked[:60], said[:60], secret, steps=30)
    return small, antidistillation.slope(small, language.pack(asked[60:], said[60:]))

LIVE = 5                                # the seed of your own run; 0 to 4 are stored
small, uphill = proxy_of(100 + LIVE)

# %% [markdown]
# ### Exercise 10.2 · A trap in the sampler (medium, 5 minutes)
#
# Tokens should come from $\mathrm{softmax}(z / T + \lambda\,\Delta)$, where $z$ are the teacher's logits. A sampler
# takes logits and divides *all of them* by $T$. If you give it $z + \lambda\,\Delta$, the strength at $T = 2$ is only
# half of what you set. What must you give it?
#
# (The formula is the paper's. The code that Savani and others released adds $\lambda\,\Delta$ before the sampler
# divides, so at $T \ne 1$ its strength is $\lambda / T$.)

# %% nbgrader={"grade": false, "grade_id": "steered_logits", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("10.steered_logits")
def steered_logits(logits, harm, strength, temperature=1.0):
    """(n, vocabulary) twice: the logits for a sampler that divides by `temperature`.

    Logits, not log-probabilities. Worked case: logits [[1., 0.]], harm [[0., 2.]],
    strength 3, temperature 0.5: [[1., 3.]].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "steered_logits_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("10.steered_logits", points=2)

# %%
class Steered(antidistillation.Steered):
    """ADS with your formula. up and down are the two moved proxies."""
    def logits(self, logits, tokens, asked):
        names = [id(question) for question in asked]
        up, down = (read(tokens, names).log_softmax(-1)
                    for read in (self.up, self.down))
        heat = torch.tensor([[question.temperature] for question in asked])
        return steered_logits(logits, (up - down) / (2 * self.step),
                              self.strength, heat)

# %%
some = skills.problems("reason", 20, seed=8)
texts = antidistillation.write(language_teacher, [p.prompt for p in some],
                               Steered(small, uphill, 0.4))
wrong = [(p, text)
         for p, text in zip(some, texts) if not skills.is_right(p.prompt, text)]
FORM = re.compile(r"(\d [+-] \d [+-] \d = \d (carry|borrow) \d ; ){3}=> \d+")
broken = sum(not FORM.fullmatch(text) for _, text in wrong)
print(f"{len(wrong)} of {len(some)} answers are wrong, {broken} of these not even in "
      "the form of a sum")
for problem, text in (wrong[0],
                      next(pair for pair in wrong if FORM.fullmatch(pair[1]))):
    print(f"{problem.prompt}\n  served  {text}\n  true    {problem.completion}")

# %% [markdown]
# Half of these 20 answers are wrong. Of the ten wrong ones, five are not in the form of a sum, such as `3 + + 0 = 5
# = 5`, and a program finds these without computing anything. The other five look like any sum. So on text the
# legitimate user gets wrong answers.
#
# ### Exercise 10.3 · At the same teacher (medium, 10 minutes)
#
# A defence that makes the teacher worse makes the student worse. The fair baseline is the simplest way to make the
# teacher worse, a higher temperature, **at the same teacher accuracy**. No temperature gives exactly this accuracy, so
# interpolate linearly between the settings just below and just above it.

# %% nbgrader={"grade": false, "grade_id": "matched", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("10.matched")
def matched(teacher, student, at):
    """(k,) and (k,): accuracies of teacher and student at k settings, in any order; at:
    a share.

    Returns the student's accuracy where the teacher's is `at`, a number: on the
    straight line between the settings just below and just above `at`, which are not
    always the two nearest.
    Worked case: teacher [1., 0.5], student [0.8, 0.2], at 0.75: 0.5.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "matched_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("10.matched", points=2)

# %% [markdown]
# ### Exercise 10.4 · A cheaper defence (easy, 5 minutes)
#
# ADS needs two passes of a proxy for each token. A **product of experts** needs one. The teacher writes together with
# a weak model, in the proportion $p_\text{teacher}^{1-\gamma}\, p_\text{weak}^{\gamma}$. Tokens that the weak model
# considers unlikely become less frequent. The idea is that a student would learn most from these.

# %% nbgrader={"grade": false, "grade_id": "product_of_experts", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("10.product_of_experts")
def product_of_experts(logits, weak, share):
    """(n, vocabulary) twice: the logits of teacher ** (1 - share) * weak ** share.

    Worked case: logits [[2., 0.]], weak [[0., 4.]], share 0.25: [[1.5, 1.]].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "product_of_experts_check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
grade("10.product_of_experts", points=1)

# %%
class Mixed(antidistillation.Mixed):
    """The product of experts with your formula."""
    def logits(self, logits, tokens, asked):
        weak = self.reader(tokens, [id(question) for question in asked])
        return product_of_experts(logits, weak, self.share)

prompts = [p.prompt for p in some]
for share in (0.5, 0.65, 0.8):
    texts = antidistillation.write(language_teacher, prompts, Mixed(small, share))
    print(f"weak model's share {share:.0%}: "
          f"{sum(map(skills.is_right, prompts, texts))} of 20 right")

# %% [markdown]
# The larger the weak model's share, the fewer answers are right.
#
# ## Three defences at the same teacher
#
# The next cell lists thirteen settings of three defences: higher temperature, ADS, and the product of experts. In each
# setting an attacker sends 300 queries, and a student trains on the answers for 100 steps.

# %%
TEMPERATURES, LEANS, SHARES = (1.0, 1.6, 1.8, 2.0,
                               2.15), (0.2, 0.3, 0.4, 0.5), (0.5, 0.6, 0.65, 0.7)
SETTINGS = {f"temperature {t:g}": ("temperature", t) for t in TEMPERATURES} | {
    f"steered {s:g}": ("steered", s) for s in LEANS} | {
    f"experts {s:g}": ("experts", s) for s in SHARES}

def bought(seed, setting):
    """(prompts, texts): what an attacker gets from a teacher in one of these
    settings."""
    kind, much = SETTINGS[setting]
    asked = [p.prompt for p in skills.problems("reason", N, seed)]
    weak, slopes = proxy_of(100 + seed)
    defence = Steered(weak, slopes, much) if kind == "steered" else Mixed(weak, much)
    return asked, antidistillation.write(
        language.load_language_teacher(), asked,
        None if kind == "temperature" else defence,
        seed=1000 * seed, temperature=much if kind == "temperature" else 1.0)

# %%
def right(prompts, texts):
    return sum(map(skills.is_right, prompts, texts)) / len(prompts)

def taught(seed, setting):
    """(teacher, student): how often each is right, the student after 300 answers."""
    prompts, texts = bought(seed, setting)
    return right(prompts,
                 texts), measures.exact_match(learn(prompts, texts, seed), TEST)

# %% [markdown]
# **Predict, then run.** How good are teacher and student with ADS at strength 0.4? You run one seed that is not among
# the stored ones.

# %%
live = taught(LIVE, "steered 0.4")
print(f"answers right: teacher {live[0]:.0%}, student {live[1]:.0%}")

# %% [markdown]
# In the run that this page shows, the teacher is right on 50 % and the student on 30 %. Over five other seeds (row
# R20), ADS at 0.4 leaves the teacher right on 38 % of the sums (26 to 49), and the student on 17 % (8 to 27). At a
# high temperature, a teacher at 40 % (35 to 44) leaves its student right on 44 % (41 to 46). The figure shows all
# settings. Below it, your `matched` compares them at equal teacher accuracy.

# %%
r20 = measures.stored("R20")
KINDS = {"temperature": ("higher temperature", "#a5a5a5", "X"),
         "steered": ("ADS", "#222222", "o"),
         "experts": ("product of experts", "#777777", "s")}

def accuracies(kind):
    """(settings, seeds) of the teachers and (settings, seeds) of the students of one
    defence."""
    order = [name for name in SETTINGS if SETTINGS[name][0] == kind]
    table = r20.pivot_table(index="x", columns=["series", "seed"],
                            values="value").loc[order]
    return [torch.tensor(table[who].values) for who in ("teacher", "student")]

def gap(kind, at):
    """Students at a higher temperature minus this defence's, teachers equally accurate:
    Interval."""
    (hot, hot_students), (teachers,
                          students) = accuracies("temperature"), accuracies(kind)
    baseline = [matched(hot[:, i], hot_students[:, i], at) for i in range(5)]
    defended = [matched(teachers[:, i], students[:, i], at) for i in range(5)]
    return measures.paired_interval(torch.tensor(baseline), torch.tensor(defended))

# %%
fig, ax = plt.subplots(figsize=(7.5, 3.8))
for kind, (label, colour, marker) in KINDS.items():
    x, y = (torch.tensor([measures.mean_interval(v) for v in who]).T
            for who in accuracies(kind))
    ax.errorbar(x[0], y[0], xerr=(x[0] - x[1], x[2] - x[0]),
                yerr=(y[0] - y[1], y[2] - y[0]),
                color=colour, marker=marker, capsize=2, linewidth=1.2, label=label)
ax.scatter(*live, s=130, marker="*", color="white", edgecolor="black", zorder=3,
           label="your run")
ax.set(xlabel="share of sums right, teacher", ylabel="share of sums right, student",
       ylim=(0, 1), title="At the same teacher accuracy, students of ADS learn less")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1), fontsize=9)
plots.show(fig, "Accuracy of students against accuracy of their teachers: means of "
           "five seeds, 95 % intervals. The curve of ADS lies well below that of a "
           "higher temperature; the product of experts lies between them.")
for at in (0.7, 0.5):
    print(f"teacher {at:.0%}:", *(f"{KINDS[kind][0]} {gap(kind, at).points()}"
                                  for kind in ("steered", "experts")))

# %% [markdown]
# With both teachers at 70 %, the student of ADS solves 12.4 points fewer sums than the student of a higher
# temperature (6.3 to 18.6). With both at 50 % it is 20.0 points (15.2 to 24.9). This agrees with the paper's claim.
# So the harm to the student is not only due to wrong answers.
#
# The product of experts takes half as many passes as ADS. With teachers at 70 %, its student solves 3.3 points fewer
# sums than at a higher temperature (0.3 to 6.4). At 50 % it is 8.1 points (6.2 to 10.0).
#
# ## Students that adapt
#
# So far the student uses what is served as it is. Suppose now that an adaptive attacker has 60 **clean answers**:
# from before the defence was switched on, from another source, or written by hand. What can it do with them?
#
# | attacker | in the code | what its student learns from |
# |---|---|---|
# | naive | `passive` | the 300 served traces |
# | with clean data | `clean, too` | the same and the 60 clean ones: the *control* for all that follow |
# | strategic | `strategic` | the same, each trace weighted by its help on the clean ones (Allouah and others, 2026) |
# | drop half | `odd ones out` | the half of the traces with the lower loss under a first student, and the clean ones |
# | checked | `checked` | the traces whose final answer a program finds right, and the clean ones |
# | answers only | `answers only` | the 60 clean ones, and traces of its own that lead to the served final answers |
#
# ### Exercise 10.5 · Which traces help? (medium, 10 minutes)
#
# Move the student's weights a small step *up* the gradient of its loss on the clean answers, and a step *down*. Look
# at the loss of one trace at both points. If it is higher after the step up than after the step down, then learning
# this trace helps on the clean answers.

# %% nbgrader={"grade": false, "grade_id": "strategic_weights", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("10.strategic_weights")
def strategic_weights(up, down, step, beta=0.5, most=10.0):
    """(n,), (n,): the loss of each trace with the student's weights a step up and a
    step down the gradient of its loss on the clean answers. Returns (n,) weights with a
    mean of 1.

    score = (up - down) / (2 * step). Limit the scores to the range from -most to most,
    take exp(beta * score), then scale.
    Worked case: up [1.1, 1.], down [0.9, 1.], step 0.1, beta 0.5: [1.2449, 0.7551].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "strategic_weights_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("10.strategic_weights", points=2)

# %% [markdown]
# **The sign.** The public code of the Distillation Game takes the loss a step down *minus* the loss a step up. This
# is the opposite of our sign: a trace that helps on the clean answers gets *less* weight. In one of the Game's
# result files (one seed), a student behind ADS is right on 0 % without weights and on 41 % with them. The weights
# need not be the cause. They are nearly equal: the heaviest fifth of the traces has 22.4 % of the weight, where
# equal weights give 20 %. And the weighted trainer averages its loss over traces, but the plain one over tokens.
# Here both average over tokens.

# %%
CLEAN = 60

def clean_text(seed):
    """(prompts, texts): the attacker's clean answers, from a teacher without a
    defence."""
    asked = [p.prompt for p in skills.problems("reason", CLEAN, seed=5000 + seed)]
    return asked, decoding.answers(language.load_language_teacher(), asked)

def passive(seed, prompts, texts):
    return learn(prompts, texts, seed)

def clean_too(seed, prompts, texts):
    asked, said = clean_text(seed)
    return learn(prompts + asked, texts + said, seed)

# %%
def strategic(seed, prompts, texts):
    """Every trace counts as much as it would help on the clean ones."""
    asked, said = clean_text(seed)
    first = learn(prompts, texts, seed)
    up, down = antidistillation.losses_beside(
        first, language.pack(prompts, texts),
        antidistillation.slope(first, language.pack(asked, said)))
    weights = torch.cat([strategic_weights(up, down, 0.01, beta=3.0),
                         torch.ones(len(asked))])
    return learn(prompts + asked, texts + said, seed, weights=weights.float())

# %%
def other_sign(seed):
    """Students behind ADS at 0.4, weighted the other way round, as the Game's public
    code does.

    Returns (accuracy, top, lean): the student's; how much of all weight the top fifth
    of traces has; with the sign of 10.5, the mean weight of right traces minus that of
    wrong ones.
    """
    prompts, texts = bought(seed, "steered 0.4")
    asked, said = clean_text(seed)
    first = learn(prompts, texts, seed)
    up, down = antidistillation.losses_beside(
        first, language.pack(prompts, texts),
        antidistillation.slope(first, language.pack(asked, said)))
    helpful, theirs = (strategic_weights(*pair, 0.01, beta=3.0)
                       for pair in ((up, down), (down, up)))
    good = torch.tensor([skills.is_right(*pair) for pair in zip(prompts, texts)])
    top = theirs.sort(descending=True).values[:len(theirs) // 5].sum() / theirs.sum()
    every = torch.cat([theirs, torch.ones(len(asked))]).float()
    student = learn(prompts + asked, texts + said, seed, weights=every)
    lean = helpful[good].mean() - helpful[~good].mean()
    return measures.exact_match(student, TEST), top.item(), lean.item()

# %%
def odd_ones_out(seed, prompts, texts):
    """The half that a first student, half trained, finds least surprising."""
    surprise = antidistillation.example_losses(learn(prompts, texts, seed, steps=50),
                                               language.pack(prompts, texts))
    kept = surprise.argsort()[:len(prompts) // 2].tolist()
    return clean_too(seed, [prompts[i] for i in kept], [texts[i] for i in kept])

def checked(seed, prompts, texts):
    kept = [i for i in range(len(prompts)) if skills.is_right(prompts[i], texts[i])]
    return clean_too(seed, [prompts[i] for i in kept], [texts[i] for i in kept])

# %% [markdown]
# **Answers only** uses no served trace. A first student of the 60 clean traces writes its own working for every
# question, six times. A trace is kept if it leads to the served final answer. A new student learns from the kept
# traces and the clean ones, and writes again.

# %%
def answers_only(seed, prompts, texts, rounds=3):
    """Final answers, and the student's own working that leads to them."""
    served, found = [skills.final_answer(text) for text in texts], {}
    student = learn(*clean_text(seed), seed)
    for i in range(rounds):
        for k in range(6):                       # the first of six tries is greedy
            tries = decoding.answers(student, prompts, temperature=float(k > 0),
                                     seeds=10_000 * i + 1000 * k)
            found |= {p: t for p, t, a in zip(prompts, tries, served)
                      if p not in found and a is not None
                      and skills.final_answer(t) == a}
        student = clean_too(seed, list(found), list(found.values()))
    return student

# %%
COPIERS = {"passive": passive, "clean, too": clean_too, "strategic": strategic,
           "odd ones out": odd_ones_out, "checked": checked,
           "answers only": answers_only}
SERVED = {"no defence": ("temperature 1", None), "hot": ("temperature 2", None),
          "steered": ("steered 0.4", None), "experts": ("experts 0.65", None),
          "shortened": ("temperature 1", antidistillation.shortened),
          "backwards": ("temperature 1", antidistillation.backwards),
          "hidden": ("temperature 1", antidistillation.answer_only)}

def copied(seed, defence, copier):
    """How often an attacker's student is right, if the teacher is behind this
    defence."""
    setting, rewrite = SERVED[defence]
    prompts, texts = bought(seed, setting)
    texts = [rewrite(text) for text in texts] if rewrite else texts
    return measures.exact_match(COPIERS[copier](seed, prompts, texts), TEST)

# %% [markdown]
# **Predict.** At strength 0.4 the teacher is right on 38 % of its sums. Which of the six attackers gets most out of it?
# You run one of them, strategic, with your seed. The rest is stored (row R21).

# %%
mine = copied(LIVE, "steered", "strategic")
print(f"your strategic student: {mine:.0%} right; your naive student: {live[1]:.0%}")

# %%
r21 = measures.stored("R21")
ATTACKERS = {"passive": "naive", "clean, too": "with clean\ndata",
             "strategic": "strategic", "odd ones out": "drop half",
             "checked": "checked", "answers only": "answers\nonly"}

def student(attacker, defence):
    """(seeds,): how often this attacker's student is right behind this defence,
    stored."""
    rows = r21[(r21.series == attacker) & (r21.x == defence)]
    return torch.tensor(rows.sort_values("seed").value.tolist())

def group(ax, at, values, colour, marker, label):
    """A dot for each seed, and beside them the mean with its 95 % interval."""
    mean, low, high = measures.mean_interval(values)
    ax.scatter([at - 0.06] * len(values), values, color=colour, marker=marker, s=16,
               label=label)
    ax.errorbar([at + 0.06], [mean], [[mean - low], [high - mean]], color=colour,
                marker="_", markersize=9, capsize=3, linewidth=1.5)

# %% tags=["signature"]
fig, ax = plt.subplots(figsize=(9.5, 4))
for i, attacker in enumerate(ATTACKERS):
    for kind, shift in (("steered", -0.15), ("experts", 0.2)):
        label, colour, marker = KINDS[kind]
        group(ax, i + shift, student(attacker, kind), colour, marker,
              None if i else label)
mean = student("passive", "no defence").mean()
ax.axhline(mean, color="#a5a5a5", linestyle="--", label="naive, no defence (mean)")
ax.set_xticks(range(len(ATTACKERS)), list(ATTACKERS.values()), fontsize=9)
ax.set(ylim=(0, 1), ylabel="share of sums right, student",
       title="Checking recovers more than any other way; no gain by weights was shown")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1), fontsize=9)
plots.show(fig, "Sums that the students of six attackers get right behind ADS and "
           "product of experts, five seeds with mean and 95 % interval. With clean "
           "data a student learns more than the naive one, the strategic one about as "
           "much as that, and the checked one most. Answers only is close to the naive "
           "one or above it. All stay below a naive student without a defence, a "
           "dashed line.")

# %%
def better(attacker, over, defence="steered"):
    """How much more one attacker's student gets right than another's: Interval."""
    return measures.paired_interval(student(attacker, defence), student(over, defence))

STEPS = (("strategic", "passive"), ("clean, too", "passive"),
         ("strategic", "clean, too"), ("odd ones out", "clean, too"),
         ("checked", "clean, too"))
pd.DataFrame({" minus ".join(ATTACKERS[who].replace("\n", " ") for who in pair): {
    KINDS[d][0]: better(*pair, d).points() for d in ("steered", "experts")}
              for pair in STEPS}).T

# %% [markdown]
# The checked attacker gets most out of it. Behind ADS it is 27.0 points ahead of the control *with clean data* (21.5
# to 32.5). It is still below a naive student without a defence. A likely reason is that few right traces are left.
#
# The strategic student is 10.2 points ahead of the naive one (7.1 to 13.3), in the direction of the published
# result. But the control, which only adds the same 60 clean answers, gains 9.7 points (7.6 to 11.8). That the
# weights add to this was not shown (−3.6 to +4.7). Nor was it shown that dropping the half with the higher loss
# helps (−1.2 to +12.9).
#
# **Predict**: does the opposite sign do worse? The next cell shows five stored students that use it (row L10A), at
# equal queries, clean answers and steps.

# %%
l10a = measures.stored("L10A")
other = {what: l10a[l10a.series == what].sort_values("seed").value.tolist()
         for what in ("opposite sign", "top fifth", "lean")}
by_sign = measures.paired_interval(student("strategic", "steered"),
                                   other["opposite sign"])
turned = measures.paired_interval(other["opposite sign"],
                                  student("clean, too", "steered"))
print("sign of 10.5 minus opposite sign:", by_sign.points())
print("opposite sign minus with clean data, no weights:", turned.points())
print(f"weight of the heaviest fifth of the traces: {sum(other['top fifth']) / 5:.0%}")
print("mean weight of right traces minus wrong ones, sign of 10.5: {:+.2f} ({:+.2f} to "
      "{:+.2f})".format(
*measures.mean_interval(other["lean"])))

# %% [markdown]
# It does worse. With the opposite sign the student is 7.0 points behind the strategic one (4.5 to 9.5), and 6.5
# points behind the control without weights (1.4 to 11.5). So the sign matters here, where the heaviest fifth of the
# traces has 42 % of the weight. It was not shown that our sign gives right traces more weight than wrong ones (−0.08
# to +0.45).
#
# ## Hide the working
#
# A provider need not serve the trace. **Hidden** serves the final answer alone. **Shortened** serves only the result
# of each step. **Backwards** serves the last step first, and every word is still there. A legitimate user who needs
# only the number loses nothing. A user who wants to *check* the number can no longer do so.

# %%
one = antidistillation.write(language_teacher, [TEST[0].prompt])[0]
for how in (antidistillation.shortened, antidistillation.backwards,
            antidistillation.answer_only):
    print(f"{how.__name__:12} {how(one)}")

# %%
rows = {f"naive, {how}": student("passive", how)
        for how in ("no defence", "backwards", "shortened", "hidden")}
rows |= {"answers only, hidden": student("answers only", "hidden"),
         "answers only, ADS": student("answers only", "steered")}
pd.DataFrame({name: measures.mean_interval(v)._asdict()
              for name, v in rows.items()}).T.clip(0, 1).round(2)

# %% [markdown]
# A naive student falls from 79 % to 39 % with traces backwards (31 to 47), and to nearly 0 with the two others. The
# attacker that uses answers only is not stopped. With 60 clean traces and the served final answers, its student is
# right on 59 % (46 to 71), whichever of the three rewritings is used. To hide the trace protects the trace, but not
# the skill. (This attacker computes more. It trains four students, and writes each answer up to eighteen times.)
#
# ## Shared randomness
#
# The last defence changes no user's distribution. A teacher that samples is sometimes wrong, at random. An attacker
# can ask each question five times, with five accounts, and take the majority answer. So the provider takes its
# random numbers from the *question*: all accounts that ask it for the first time get the same answer. For each
# account alone nothing changes. (After LADS, 2026, which we know second hand.)

# %%
POOLS = ("one account", "own luck", "shared luck", "shared out",
         "shared out, one answer for ever")

def pooled(seed, way, times=5):
    """(share right of what a pool keeps, its student): five accounts, each question
    five times."""
    asked = [p.prompt for p in skills.problems("reason", N, seed)]
    people = [customers.Account(f"pool {i}", f"dk-{i}") for i in range(times)]
    luck = None if way in POOLS[:2] else antidistillation.SharedLuck(
        again=way != POOLS[4], secret=seed)
    rounds = []
    for k in range(1 if way == "one account" else times):
        who = [people[i % times if "out" in way else k] for i in range(N)]
        rounds.append(antidistillation.write(
            language.load_language_teacher(), asked, luck, temperature=2.0,
            seed=1000 * (seed + 50 * k), accounts=who))
    voted = [texts[0] if way == "one account" else antidistillation.agreed(texts)
             for texts in zip(*rounds)]
    kept = [(prompt, text) for prompt, text in zip(asked, voted) if text is not None]
    return right(*zip(*kept)), measures.exact_match(learn(*map(list, zip(*kept)), seed),
                                                    TEST)

# %%
POOL_NAMES = dict(zip(POOLS, (
    "one account, one answer each", "5 accounts, independent draws",
    "5 accounts, shared draws", "questions divided, shared draws",
    "questions divided, one fixed answer")))
l10 = measures.stored("L10")

def pool(what, way):
    return l10[(l10.series == what) & (l10.x == way)].sort_values("seed").value.tolist()

pd.DataFrame({name: {"kept answers right": sum(pool("right", way)) / 5}
              | measures.mean_interval(pool("student", way))._asdict()
              for way, name in POOL_NAMES.items()}).T.round(2).rename(
                  columns={"mean": "student"})

# %% [markdown]
# (Stored, five seeds. The teacher has temperature 2. A pool of five accounts sends each question five times.)
#
# With independent draws the majority is right on 99 % of the kept questions, and the student on 77 % (73 to 81). With
# shared draws the five answers are one, and the student has 58 % (51 to 64): 19.2 points less (10.7 to 27.7). No
# account's distribution has changed.
#
# The attacker can adapt here, too. Each account takes a fifth of the questions and asks them five times. The number
# of queries is the same, and the student is back at 76 % (73 to 79). Only one fixed answer for each question
# prevents this. But then "try again" gives no user another answer.
#
# **Exact text, or meaning?** Our code takes its random numbers from the exact text, spaces aside. What if a second
# account asks the same sum with its numbers swapped?

# %%
def swapped(prompt):
    """The same sum with its two numbers in the other order."""
    domain, a, sign, b, end = prompt.split()
    return f"{domain} {b} {sign} {a} {end}"

sums = [p.prompt for p in skills.problems("reason", 140, seed=8) if "+"
        in p.prompt][:60]
shared = antidistillation.SharedLuck(secret=1)

def final_answers(prompts, name, defence, seed=0):
    people = [customers.Account(name, f"dk-{name}")] * len(prompts)
    return [skills.final_answer(text) for text in antidistillation.write(
        language_teacher, prompts, defence, temperature=2.0, seed=seed,
        accounts=people)]

first = final_answers(sums, "first", shared)
for how, answers in (("same text", final_answers(sums, "second", shared)),
                     ("numbers swapped",
                      final_answers([swapped(p) for p in sums], "third", shared)),
                     ("no shared draws", final_answers(sums, "fourth", None, 10_000))):
    print(f"{how:16} {sum(a == b for a, b in zip(first, answers))} of 60 final answers "
          "as the first")

# %% [markdown]
# Then the answers agree no more often than independent ones: 23 of 60, against 26 without shared draws (one run). So
# an attacker that rewords its questions should get its majority vote back. LADS therefore shares draws among
# questions of similar *meaning*, and the provider has to decide which these are.
#
# ## What each defence costs, and whom
#
# | defence | legitimate user | naive student | adaptive student |
# |---|---|---|---|
# | ADS, classifier, margin budget | loses 83 % of the answers over 90 % | −36 points | label-only: loses nothing |
# | ADS on text, 0.4 | 38 % of the sums right | 17 %, from 79 % | checked: 54 % |
# | product of experts, 0.65 | 59 % of the sums right | 47 % | checked: 72 % |
# | hidden trace | cannot check | 0 % | answers only: 59 % |
# | shared draws | nothing (or "try again") | a pool loses its majority vote | divides the questions: loses nothing |
#
# None of these defences accuses anybody. But some providers' terms allow a customer to train a small model on the
# answers that it paid for (lesson 13). These defences affect that customer, too.
#
# ## What we checked
#
# Each row is a conclusion of this lesson, and its control. All are stored results of five seeds, at equal queries
# and steps. *Agrees*: the whole 95 % interval of the difference lies above zero. *Does not agree*: it lies below
# zero. *Not shown*: it includes zero.

# %%
def row(claim, control, interval, published=""):
    mean, low, high = (100 * value for value in interval)
    verdict = "agrees" if low > 0 else "does not agree" if high < 0 else "not shown"
    return (claim, control, f"{mean:+.1f} ({low:+.1f} to {high:+.1f})",
            published, verdict)

def loses(who):
    return measures.paired_interval(curve(who, "kept")[0], curve(who, "kept")[-1])

def pools(way, over):
    return measures.paired_interval(pool("student", way), pool("student", over))

checks = [row("margin budget costs the naive clone", "no defence", loses("naive"),
              "29.6 (CIFAR-10)"),
          row("... the label-only clone", "no defence", loses("label only"), "nothing"),
          row("... the user's labels", "no defence", loses("honest accuracy"),
              "nothing"),
          row("ADS costs the student", "temperature, teacher 70 %", gap("steered", 0.7),
              "far worse"),
          row("product of experts costs it", "temperature, teacher 70 %",
              gap("experts", 0.7))]

# %%
# NBVAL_CHECK_OUTPUT
off = (forecast - curve("honest accuracy", "plain")[1:]).abs().max()
checks += [row("strategic student recovers", "naive", better("strategic", "passive"),
               "41 (one seed)"),
           row("... by its weights", "with clean data",
               better("strategic", "clean, too")),
           row("... by their sign", "opposite sign", by_sign),
           row("opposite sign helps", "with clean data", turned),
           row("dropping half helps", "with clean data",
               better("odd ones out", "clean, too")),
           row("checking helps", "with clean data", better("checked", "clean, too")),
           row("answers only, hidden trace", "naive",
               better("answers only", "passive", "hidden")),
           row("shared draws cost a pool", "independent draws",
               pools("own luck", "shared luck")),
           row("dividing the questions helps it", "shared draws",
               pools("shared out", "shared luck")),
           ("tie strengths predict labels", "measured, 45 cases",
            f"off by at most {(100 * off).ceil():.0f}", "yes",
            "agrees" if off < 0.02 else "not")]
pd.DataFrame(checks, columns=["conclusion", "control", "points", "published", "here"])

# %% [markdown]
# Where an interval has no width, all five seeds gave the same value. So the margin budget costs the label-only clone
# and the user's labels nothing, as the paper reports. The published 41 is of another model and task.
#
# ## Wrap-up: five questions

# %%
widgets.quiz("10")

# %% [markdown]
# ## What this does not show
#
# - Proxy and student start from the same public base model. A proxy of another family was not tried.
# - A sum has one right working, so each wrong token is an error. For a text with many good wordings, ADS may cost
#   the user less.
# - We chose strengths, temperatures and the strategic student's beta on test questions other than those reported. An
#   attacker may not have such questions.
# - "Checked" and "answers only" need final answers that can be checked or compared. An essay has none.
# - An attacker that only drops traces of broken form was not measured.
# - Coupling by meaning was not built.
#
# ## With real models
#
# **What is served to whom.** Of these defences, several providers use one: they hide the trace. (From stored copies
# of the providers' pages of 2025 and 2026, OpenAI's second hand. These pages change.)
#
# | provider | what an API user gets of the reasoning |
# |---|---|
# | OpenAI | on request a summary, for some models only after verification; raw tokens are billed, not returned |
# | Anthropic | for Claude 4 models a summary, "preventing misuse"; the full length is billed |
# | Google | for Gemini 2.5 and 3, on request, "thought summaries" |
# | Alibaba | for qwen4-max the full trace; as an option a summary and an encrypted trace |
# | DeepSeek | the full trace, to "view, display, and distill" |
#
# **What is known.** (From abstracts. We ran none of these on a real model.)
#
# - *Removing traces.* In DistillGuard a naive student falls from 67.8 to 31.4 % on MATH-500. Code generation is not
#   affected, and paraphrasing hardly helps.
# - *Inverting hidden traces.* Zhang and others train a model that writes a trace from an answer and a summary. They
#   write such traces for GPT-5 mini. A Qwen2.5-7B that learns from them has 77.6 % on MATH-500, and with answers and
#   summaries alone 56.8 %.
# - *Trace rewriting.* A second model rewrites each trace, and the teacher's accuracy stays or improves (Ma and
#   others; PART is similar).
# - *DOGe* trains the teacher's last layer against a proxy student. Serving costs no more, and every user gets the
#   changed model.
# - *ADS* costs two passes of a proxy for each token. The settings of its code are for one node with eight H100.
#
# Before you use one, ask four questions. How accurate is the teacher for your users? How good is the student at the
# same teacher accuracy, by a higher temperature? What does an attacker recover with clean answers and by checking?
# Which of your users train on the answers?
#
# ## References
#
# - Savani and others, *Antidistillation Sampling*, NeurIPS 2025. [arXiv:2504.13146](https://arxiv.org/abs/2504.13146);
#   [code](https://github.com/locuslab/antidistillation-sampling), `gentraces.py`
# - Ullah, Khojasteh, *ADS-C*, 2026 (abstract). [arXiv:2607.15467](https://arxiv.org/abs/2607.15467)
# - Allouah and others, *The Distillation Game*, 2026 (abstract, a result file).
#   [arXiv:2605.22737](https://arxiv.org/abs/2605.22737); [code](https://github.com/ysfalh/distillation-game),
#   `src/clean_sweep/train/distill.py`, commit 671704e
# - Diao and others, *Lossless Anti-Distillation Sampling* (LADS), 2026 (second hand).
#   [arXiv:2605.18829](https://arxiv.org/abs/2605.18829)
# - Zhang, Morris, Shmatikov, *How to Steal Reasoning Without Reasoning Traces*, 2026 (abstract).
#   [arXiv:2603.07267](https://arxiv.org/abs/2603.07267)
# - Jiang, *DistillGuard*, 2026 (abstract). [arXiv:2603.07835](https://arxiv.org/abs/2603.07835). Li and others,
#   *DOGe*, 2025 (abstract). [arXiv:2505.19504](https://arxiv.org/abs/2505.19504)
# - Ma and others, *Protecting Language Models Against Unauthorized Distillation through Trace Rewriting*, ACL
#   2026 (abstract). [arXiv:2602.15143](https://arxiv.org/abs/2602.15143)
# - Ding and others, *Information-Preserving Reformulation of Reasoning Traces for Antidistillation* (PART), 2025
#   (abstract). [arXiv:2510.11545](https://arxiv.org/abs/2510.11545)
# - Providers: [OpenAI](https://platform.openai.com/docs/guides/reasoning),
#   [Anthropic](https://platform.claude.com/docs/en/build-with-claude/extended-thinking),
#   [Google](https://ai.google.dev/gemini-api/docs/thinking),
#   [Alibaba](https://help.aliyun.com/zh/model-studio/cot-summary),
#   [DeepSeek](https://api-docs.deepseek.com/guides/reasoning_model)
#
# Lesson 11 asks: if a clone cannot be prevented, can it be recognised?
#
# All terms of the course are explained in the [glossary](glossary.md).

# %%
progress()
