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
# **Minutes** 90 · **You need** lessons 03 and 09 (two halves; break at *Text*) · **You will be able to** steer a
# model's answers so that who learns from them learns less, keep every top answer while you do it, compare two
# defences at the *same* teacher, and take most of it apart again as a student who thinks.
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

from functools import lru_cache

import matplotlib.pyplot as plt
import numpy as np  # noqa: F401  (for your answers)
import torch
from torch.nn import functional as F

plots.picture("defence", "API", "clean", "student", "score")

# %% [markdown]
# ## The second defence of the article
#
# The article that this course began from names a second defence. It "introduces stochasticity into API outputs
# without harming legitimate user experience", and the article says that it comes from Google (status:
# *misnamed*. Antidistillation sampling is from Carnegie Mellon: Savani and others, 2025. And it is not mere
# randomness: randomness is what it is compared with).
#
# Lesson 09 asked: which wrong answer turns a student's *direction* round? Here the question is more pointed.
# A student that learns class $k$ from an image takes a small step along $\nabla \log p(k)$. **How much worse
# does that step make him on everything else?** If $g$ is the slope of his loss on held-out images, the first
# order says: by
#
# $$\Delta_k = g \cdot \nabla_\theta \log p_\theta(k \mid x) \;\approx\; \frac{\log p_{\theta + \epsilon g}(k \mid x) - \log p_{\theta - \epsilon g}(k \mid x)}{2\epsilon}$$
#
# The right-hand side needs no gradient at all: two copies of a small model of your own, one pushed up its slope
# and one down, and the difference of what they say. Nobody knows the copier's student. A **proxy** does: a
# little network that the provider has taught a few images.

# %%
proxy = training.fit(models.Students((784, 64, 10), [5]), mnist().train.x[:100],
                     mnist().train.y[:100], epochs=20, batch_size=50)
held = mnist().train.x[100:400], mnist().train.y[100:400]
loss = F.cross_entropy(proxy(held[0])[0], held[1])
slopes = torch.autograd.grad(loss, list(proxy.parameters()))
length = torch.sqrt(sum(part.square().sum() for part in slopes))
slopes = [part / length for part in slopes]

# %%
import pandas as pd

pd.set_option("display.max_colwidth", None)
def harm(images, step=0.01):
    """(n, 784) to (n, 10): what learning each class from each image would do to the proxy."""
    up, down = (antidistillation.moved(proxy, slopes, sign * step) for sign in (1, -1))
    return (up(images)[0].log_softmax(-1) - down(images)[0].log_softmax(-1)).double() / (2 * step)

teacher, test = classifier.load_teacher(), mnist().test
said = teacher(test.x).double().softmax(-1).detach()
pd.DataFrame({"teacher": said[0], "harm": harm(test.x[:1])[0]}).T.round(2)

# %% [markdown]
# Positive: whoever learned that class from this image would get worse on the others; negative: better. (The right
# class need not be the most helpful one. The proxy may know this digit already, or have too much of it.) So lean
# towards the harmful, by as much as you dare:
#
# $$\mathrm{softmax}\bigl(\log p + \lambda\,\Delta\bigr)$$

# %%
def steered(probabilities, harm, strength):
    return (probabilities.clamp_min(1e-30).log() + strength * harm).softmax(-1)

pd.DataFrame({f"strength {s}": steered(said[:1], harm(test.x[:1]), s)[0]
              for s in (0, 1, 3, 10)}).T.round(2)

# %% [markdown]
# ## An inert window, and a cliff
#
# **Predict.** Turn the strength up from nothing. Who falls first, the honest customer's class or the copier's
# student? And when does anything happen at all?
#
# This teacher is nearly always nearly sure. For an answer of 0.9999 nothing visible happens until the strength
# has eaten the gap to some other class. At that strength the other class is *level*; beyond it, the answer is
# wrong. The strength at which that happens can be worked out for each answer before anything is served.
#
# ### Exercise 10.1 · How far is too far? (hard, 15 minutes)
#
# A class that gains more than the top one, by $\Delta_k - \Delta_\mathrm{top} > 0$, draws level when the
# strength is its gap in log-scores over that. Stop at 0.999 of the first such level: this is the *margin
# budget* of ADS-C (2026), and whoever keeps to it serves exactly the top class that he would have served.

# %% nbgrader={"grade": false, "grade_id": "margin_budget", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("10.margin_budget")
def margin_budget(log_scores, harm, strength):
    """(n, classes), (n, classes), a number. Returns (n,): how far each answer is steered.

    The smaller of `strength` and 0.999 of the strength at which the first class draws level
    with the top one. Classes that gain no more than the top one never draw level.
    Worked case: log_scores [[0., -2., -3.]], harm [[0., 1., 3.]], strength 9: the third class
    is level at 3 / 3, so [0.999]; strength 0.5: [0.5].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "margin_budget_check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
grade("10.margin_budget", points=3)

# %%
class Antidistillation(perturb.Antidistillation):
    """The course's defence, with your budget. keep=False steers every answer all the way."""
    def scores(self, probabilities, asked):
        x = torch.stack([question.prompt for question in asked])
        hurts, strength = perturb.harm(x, self.secret), torch.full((len(x),), float(self.strength))
        if self.keep:
            strength = margin_budget(probabilities.clamp_min(1e-30).log(), hurts, self.strength)
        return perturb.steered(probabilities, hurts, strength.double())

# %% [markdown]
# And what a copier makes of it (live, one seed; the arena of lesson 09):

# %%
for name, defence in (("plain", Antidistillation(2.0, keep=False)),
                      ("top kept", Antidistillation(10.0))):
    row = arena.cell(defence, arena.naive, 10)
    print(f"{name:9} the naive copy gets {row['accuracy']:.0%}, an honest customer's class is right on "
          f"{row['honest accuracy']:.1%}, {row['usable answers lost']:.0%} of usable answers lost")

# %%
STRENGTHS = (0.1, 0.3, 0.6, 1.0, 1.5, 2.5, 5.0, 10.0, 30.0)
SWEEP = {"none": serving.Defence()} | {
    f"{kind} {s:g}": perturb.Antidistillation(s, keep=kind == "kept")
    for kind in ("plain", "kept") for s in STRENGTHS}

def sweep(seeds, jobs=2):
    """Both kinds at every strength against the naive and the label-only copier: one row each."""
    return arena.run(SWEEP, {"naive": arena.naive, "label only": arena.label_only}, seeds, jobs=jobs)

# %% [markdown]
# If the level of each answer is known, the whole curve of the plain defence is known: at a strength $\lambda$
# those answers are lost whose level lies below $\lambda$. No student has to be trained for that line. **Move the
# slider**: where do most answers turn over?

# %%
hurts, digit = perturb.harm(test.x, 1000), 3        # the proxy of secret 1000: of seed 0 in the arena
levels = margin_budget(said.clamp_min(1e-30).log(), hurts, 1e9) / 0.999

def served(digit, strength):
    """(10,): what is served for one test digit at a strength, a number."""
    return steered(said[[digit]], hurts[[digit]], float(strength))[0]

def at_strength(strength):
    fig, (left, right) = plt.subplots(1, 2, figsize=(10, 2.7))
    shown = {"said": 0, "all the way": strength, "within budget": min(strength, 0.999 * levels[digit])}
    for i, (name, role) in enumerate(zip(shown, ("teacher", "attacker", "defender"))):
        left.bar(torch.arange(10) + 0.27 * (i - 1), served(digit, shown[name]), 0.27, label=name,
                 hatch=("", "//", "..")[i], color=plots.ROLES[role].colour, edgecolor="white")
    left.set(title=f"one digit, strength {strength:g}", xticks=range(10), ylim=(0, 1.05))
    left.legend(fontsize=9)
    right.hist(levels.clamp(0.05, 60), bins=torch.logspace(-1.3, 1.8, 32).tolist(),
               color=plots.ROLES["baseline"].colour)
    right.axvline(strength, color=plots.ROLES["attacker"].colour)
    gone = f"{(levels < strength).double().mean():.0%} of the answers have turned over"
    right.set(xscale="log", xlabel="level of an answer", title=gone)
    return fig, (f"At strength {strength:g}: the ten scores of one digit as said, steered all the way "
                 f"and within the budget; and the levels of all test answers: {gone}.")

# %%
widgets.slider(at_strength, values=[0.1, 0.5, 1, 1.5, 2.5, 5, 10, 30], start=2.5, label="strength")
plots.show(*at_strength(2.5))

# %%
r19 = measures.stored("R19")

def curve(what, kind):
    """Five values at each strength, 0 first."""
    names = ["none", *(f"{kind} {s:g}" for s in STRENGTHS)]
    return [r19[(r19.series == what) & (r19.x == n)].sort_values("seed").value.tolist() for n in names]

predicted = [(levels > s).double().mean().item() for s in STRENGTHS]

# %%
fig, axes = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True)
LINES = (("honest accuracy", "defender", "an honest customer's class"),
         ("naive", "attacker", "naive copy"), ("label only", "student", "label-only copy"))
at = [0.05, *STRENGTHS]
for ax, kind, title in zip(axes, ("plain", "kept"), ("every answer steered all the way",
                                                     "each within its margin budget")):
    for what, role, label in LINES:
        plots.band(ax, at, curve(what, kind), role, label)
    ax.set(xscale="log", xlabel="strength (leftmost: none)", title=title, ylim=(0, 1.03))
axes[0].plot(STRENGTHS, predicted, "k:", linewidth=2, label="labels kept, predicted from the levels")
axes[0].set(ylabel="test digits right (stored, 5 seeds)")
axes[0].legend(loc="lower left", fontsize=9)
plots.show(fig, "Two panels over the strength of the defence. Left, every answer steered all the way: "
           "nothing happens at small strengths, then all three lines fall together, along the "
           "dotted line that the levels predict. Right, within the margin "
           "budget: the honest customer and the label-only copy stay at the top, the naive copy falls.")

# %% [markdown]
# Left: first an inert window, in which nobody notices anything; then a cliff, and the customer falls at least as
# far as the copies. ADS-C (2026) reports both for CIFAR, and that the window's end can be predicted; so it is here. Right:
# with the margin budget not one label moves, at any strength, while the copy that believes the scores loses
# many points. They report 29.6 on CIFAR-10 and that "a hard-label attacker gains nothing". Look at the dashed
# line: here, too, the copier who keeps the top class loses nothing. He has what he would have had anyway.
#
# "Without harming legitimate users"? Their class is untouched. Their *scores* are not: count the usable answers.

# %%
KEPT = "kept 30"
paid = {what: measures.mean_interval(r19[(r19.series == what) & (r19.x == KEPT)].value.tolist())
        for what in ("honest accuracy", "usable answers lost", "naive", "label only",
                     "innocents accused")}
pd.DataFrame({what: i._asdict() for what, i in paid.items()}).T.round(3)

# %% [markdown]
# # Text
#
# Here begins the second half. On text the same idea has more room. A classifier gives one answer; a language
# model *writes*, fifty tokens for one sum, and the customer looks at the last few. The working in between is
# what a student learns from (lesson 03), and every one of its tokens can be leaned on.
#
# The provider's proxy: a small model, caught in the middle of learning. The harm of a token is measured as
# before: two forward passes of it, for every token that the teacher writes.

# %%
N, TEST = 300, skills.problems("reason", 500, seed=1, split="test")
language_teacher = language.load_language_teacher()

def learn(prompts, texts, seed, steps=100, weights=None):
    """A copy of the base model that has learned these answers, each with its weight."""
    packed = language.pack(prompts, texts)
    if weights is not None:
        packed = language.Examples(packed.tokens, packed.asked * weights[:, None])
    loss = training.from_text if weights is None else antidistillation.weighted_loss
    return training.fit_language(language.load_base(), training.batches(packed, seed=seed), loss,
                                 steps=steps, progress=f"{len(prompts)} answers")

# %%
@lru_cache
def proxy_of(secret):
    """The provider's small model, and the slope of its loss on answers that it has not learned."""
    asked = [p.prompt for p in skills.problems("reason", 160, seed=1000 + secret)]
    said = decoding.answers(language.load_language_teacher(), asked)
    small = learn(asked[:60], said[:60], secret, steps=30)
    return small, antidistillation.slope(small, language.pack(asked[60:], said[60:]))

LIVE = 5                                # the seed of your own run; 0 to 4 are stored
small, uphill = proxy_of(100 + LIVE)

# %% [markdown]
# ### Exercise 10.2 · A trap in the sampler (medium, 5 minutes)
#
# The teacher samples from $\mathrm{softmax}(z / T)$. You hand a sampler your new logits, and it divides them
# by $T$, *all of them*. People have measured a whole table of strengths that were not the ones they had set.
# What must you hand over, so that tokens come from $\mathrm{softmax}(z / T + \lambda\,\Delta)$?

# %% nbgrader={"grade": false, "grade_id": "steered_logits", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("10.steered_logits")
def steered_logits(logits, harm, strength, temperature=1.0):
    """(n, vocabulary) twice: what a sampler that divides by `temperature` should be given.

    Logits, not log-probabilities. Worked case: logits [[1., 0.]], harm [[0., 2.]], strength 3,
    temperature 0.5: [[1., 3.]].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "steered_logits_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("10.steered_logits", points=2)

# %%
class Steered(antidistillation.Steered):
    """The course's defence with your formula; up and down are the two pushed proxies."""
    def logits(self, logits, tokens, asked):
        names = [id(question) for question in asked]
        up, down = (read(tokens, names).log_softmax(-1) for read in (self.up, self.down))
        heat = torch.tensor([[question.temperature] for question in asked])
        return steered_logits(logits, (up - down) / (2 * self.step), self.strength, heat)

# %%
some = skills.problems("reason", 20, seed=8)
texts = antidistillation.write(language_teacher, [p.prompt for p in some], Steered(small, uphill, 0.4))
for problem, text in zip(some, texts):
    if skills.MARK in text and not skills.is_right(problem.prompt, text):
        print(f"{problem.prompt}\n  served  {text}\n  true    {problem.completion}")
        break

# %% [markdown]
# Find the first wrong token: it looks like any other. The teacher goes on from there as if nothing had happened,
# and the final answer is wrong as well. That is the price on text. So how good is the *teacher* now, and how good
# the student?
#
# ### Exercise 10.3 · At the same teacher (medium, 10 minutes)
#
# A defence that makes the teacher worse makes the student worse. So does a headache. The honest comparison is
# with the plainest way of getting worse, a higher temperature, **at the same teacher accuracy**. Temperatures
# and strengths never meet exactly: go along the straight line between the two nearest settings.

# %% nbgrader={"grade": false, "grade_id": "matched", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("10.matched")
def matched(teacher, student, at):
    """(k,) and (k,): accuracies of teacher and student at k settings, in any order; at: a share.

    Returns the student's accuracy where the teacher's is `at`, a number: on the straight line
    between the settings just below and just above `at`, which are not always the two nearest.
    Worked case: teacher [1., 0.5], student [0.8, 0.2], at 0.75: 0.5.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "matched_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("10.matched", points=2)

# %% [markdown]
# ### Exercise 10.4 · The cheap one (easy, 5 minutes)
#
# Two passes of a proxy for every token are two too many for some. A **product of experts** takes one: the
# teacher writes together with a weak model, in the proportion $p_\text{teacher}^{1-\gamma}\, p_\text{weak}^{\gamma}$.
# What the weak model does not know is said less often, and that is what a student would have learned.

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
    """The course's defence with your formula."""
    def logits(self, logits, tokens, asked):
        weak = self.reader(tokens, [id(question) for question in asked])
        return product_of_experts(logits, weak, self.share)

for share in (0.5, 0.65, 0.8):
    text = antidistillation.write(language_teacher, [some[0].prompt], Mixed(small, share))[0]
    print(f"{share:.0%} of it the weak model's: {text}")

# %%
TEMPERATURES, LEANS, SHARES = (1.0, 1.6, 1.8, 2.0, 2.15), (0.2, 0.3, 0.4, 0.5), (0.5, 0.6, 0.65, 0.7)
SETTINGS = {f"temperature {t:g}": ("temperature", t) for t in TEMPERATURES} | {
    f"steered {s:g}": ("steered", s) for s in LEANS} | {
    f"experts {s:g}": ("experts", s) for s in SHARES}

def bought(seed, setting):
    """(prompts, texts): what a copier buys from a teacher in one of these settings."""
    kind, much = SETTINGS[setting]
    asked = [p.prompt for p in skills.problems("reason", N, seed)]
    weak, slopes = proxy_of(100 + seed)
    defence = Steered(weak, slopes, much) if kind == "steered" else Mixed(weak, much)
    return asked, antidistillation.write(
        language.load_language_teacher(), asked, None if kind == "temperature" else defence,
        seed=1000 * seed, temperature=much if kind == "temperature" else 1.0)

# %%
def right(prompts, texts):
    return sum(map(skills.is_right, prompts, texts)) / len(prompts)

def taught(seed, setting):
    """(teacher, student): how often each is right, the student after 300 answers."""
    prompts, texts = bought(seed, setting)
    return right(prompts, texts), measures.exact_match(learn(prompts, texts, seed), TEST)

# %% [markdown]
# Your own run, *live*, one seed that is not among the stored ones: at 0.4 the teacher steers.

# %%
live = taught(LIVE, "steered 0.4")
print(f"teacher {live[0]:.0%}, student {live[1]:.0%}")

# %%
r20 = measures.stored("R20")

def pairs(kind):
    """(settings, 5 seeds) of teachers and of students, for one kind of setting."""
    table = r20[r20.x.isin([s for s in SETTINGS if SETTINGS[s][0] == kind])]
    order = [s for s in SETTINGS if SETTINGS[s][0] == kind]
    return [torch.tensor(table[table.series == who].pivot(index="x", columns="seed", values="value")
                         .loc[order].values) for who in ("teacher", "student")]

def gap(kind, at):
    """What a student learns less than at a higher temperature, the teachers equally good: Interval."""
    (hot, cool), (teachers, students) = pairs("temperature"), pairs(kind)
    plain = [matched(hot[:, i], cool[:, i], at) for i in range(5)]
    mine = [matched(teachers[:, i], students[:, i], at) for i in range(5)]
    return measures.paired_interval(torch.tensor(plain), torch.tensor(mine))

# %%
for at in (0.7, 0.6, 0.5):
    print(f"teacher {at:.0%}:", *(f"{kind} {gap(kind, at).points()}"
                                  for kind in ("steered", "experts")))

# %% [markdown]
# # The student who thinks
#
# All of these students believe what they are sold. Nobody has to. Give the copier 60 *clean* answers: from
# before the defence was switched on, or from somebody else, or written by hand. What can he do with them?
#
# - **clean, too**: learn from them as well, and no more. (The control: whoever has more, learns more.)
# - **strategic**: ask of each trace whether learning it would help on the clean ones, by the very difference
#   that the provider uses, with his own student. Allouah and others (2026).
# - **odd ones out**: learn from everything, drop the half that this first student finds most surprising.
# - **checked**: drop the traces whose answer a program can refute. (Lesson 06. Sums can be checked; much cannot.)
# - **answers only**: throw all traces away, and find new ones for the answers, below.
#
# ### Exercise 10.5 · Which traces help? (medium, 10 minutes)

# %% nbgrader={"grade": false, "grade_id": "strategic_weights", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("10.strategic_weights")
def strategic_weights(up, down, step, beta=0.5, most=10.0):
    """(n,), (n,): each trace's loss with the student's weights a step up and a step down the
    slope of his loss on the clean text. Returns (n,) weights with a mean of 1.

    score = (up - down) / (2 * step): do both losses rise together? Cut the scores at +-most,
    then exp(beta * score), then scale.
    Worked case: up [1.1, 1.], down [0.9, 1.], step 0.1, beta 0.5: [1.2449, 0.7551].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "strategic_weights_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("10.strategic_weights", points=2)

# %%
CLEAN = 60

def clean_text(seed):
    """(prompts, texts) of the copier's own, from a teacher without a defence."""
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
        first, language.pack(prompts, texts), antidistillation.slope(first, language.pack(asked, said)))
    weights = torch.cat([strategic_weights(up, down, 0.01, beta=3.0), torch.ones(len(asked))])
    return learn(prompts + asked, texts + said, seed, weights=weights.float())

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
# **Answers only** needs no trace at all. He takes nothing but the final answers. A first student of the 60
# clean traces writes its own working for every question, several times; what reaches the answer that was served
# is kept, for it must be right, or lucky; a second student learns from it, and writes again.

# %%
def answers_only(seed, prompts, texts, rounds=3):
    """Final answers, and working of his own that leads to them."""
    served, found = [skills.final_answer(text) for text in texts], {}
    student = learn(*clean_text(seed), seed)
    for i in range(rounds):
        for k in range(6):                       # the first of six tries is greedy
            tries = decoding.answers(student, prompts, temperature=float(k > 0),
                                     seeds=10_000 * i + 1000 * k)
            found |= {p: t for p, t, a in zip(prompts, tries, served)
                      if p not in found and a is not None and skills.final_answer(t) == a}
        student = clean_too(seed, list(found), list(found.values()))
    return student

# %%
COPIERS = {"passive": passive, "clean, too": clean_too, "strategic": strategic,
           "odd ones out": odd_ones_out, "checked": checked, "answers only": answers_only}
SERVED = {"no defence": ("temperature 1", None), "hot": ("temperature 2", None),
          "steered": ("steered 0.4", None), "experts": ("experts 0.65", None),
          "shortened": ("temperature 1", antidistillation.shortened),
          "backwards": ("temperature 1", antidistillation.backwards),
          "hidden": ("temperature 1", antidistillation.answer_only)}

def copied(seed, defence, copier):
    """How often a copier's student is right who buys from a teacher behind this defence."""
    setting, rewrite = SERVED[defence]
    prompts, texts = bought(seed, setting)
    texts = [rewrite(text) for text in texts] if rewrite else texts
    return measures.exact_match(COPIERS[copier](seed, prompts, texts), TEST)


# %% [markdown]
# **Predict.** At 0.4 the teacher is wrong on more than half of its sums. Who gets most out of it: the believer, the
# strategic one, or the one who throws the traces away? Here is one of them, *live*; the rest is stored.

# %%
mine = copied(LIVE, "steered", "strategic")
print(f"your strategic copier: {mine:.0%} right; the believer: {live[1]:.0%}")

# %%
r21 = measures.stored("R21")

def student(copier, defence):
    """Five stored values: how often this copier's student is right behind this defence."""
    return r21[(r21.series == copier) & (r21.x == defence)].sort_values("seed").value.tolist()

def mean(values):
    return sum(values) / len(values)

# %% tags=["signature"]
fig, (ax, right_ax) = plt.subplots(1, 2, figsize=(11, 4), width_ratios=[1.15, 1])
for kind, role, label in (("temperature", "baseline", "hotter"), ("steered", "defender", "steered"),
                          ("experts", "teacher", "product of experts")):
    colour, marker, line = plots.ROLES[role]
    ax.plot(*(values.mean(1) for values in pairs(kind)), color=colour, marker=marker, linestyle=line,
            label=label)
ax.scatter(*live, s=130, marker="*", color="white", edgecolor="black", zorder=3,
           label="yours, steered, one seed")
ax.set(xlabel="sums that the teacher gets right", ylabel="sums that the student gets right",
       title="At the same teacher, steered text teaches less ...", ylim=(0, 1))
for i, copier in enumerate(COPIERS):
    for name, shift, role in (("steered", 0, "defender"), ("experts", 0.4, "teacher")):
        plots.dots(right_ax, i + shift, student(copier, name), role, None if i else name)
right_ax.axhline(mean(student("passive", "no defence")), color="black", label="believer, no defence")
right_ax.set_xticks([i + 0.2 for i in range(len(COPIERS))],
                    [c.replace(" ", "\n") for c in COPIERS], fontsize=9)
right_ax.set(ylim=(0, 1), title="... to those who believe it")
for panel in (ax, right_ax):
    panel.legend(loc="upper left", fontsize=9)
plots.show(fig, "Left: how often the student is right against how often the teacher is, for a hotter "
           "teacher, a steered one and a product of experts. The steered curve lies well below "
           "the hotter one, the experts in between. Right: six copiers of the steered teacher "
           "and of the product of experts. The believer learns least; who has clean answers, too, "
           "learns more, weighing adds hardly anything, and who checks learns by far the most.")

# %%
steps = (("strategic", "passive"), ("clean, too", "passive"), ("strategic", "clean, too"),
         ("odd ones out", "clean, too"), ("checked", "clean, too"))
for copier, over in steps:
    print(f"{copier:13} minus {over:11}", *(
        f"{name}: {measures.paired_interval(student(copier, name), student(over, name)).points()}"
        for name in ("steered", "experts")), sep="  ")

# %% [markdown]
# Left: three ways of getting worse. At the same teacher, the student of steered text has learned less than the
# student of hotter text, by more than ten points: the wrong tokens are not *any* wrong tokens. That is the paper's
# claim. The product of experts costs half as much to compute, and buys less: it lies between the two.
#
# Right: read the first line of the table, and you have the Distillation Game: who adapts gets far more than the
# believer. Read the second and third, and you see from what. **Nearly all of that is the 60 clean answers
# themselves.** To weigh the traces by them adds nothing that five seeds could show. (Theirs, with a model of three
# billion parameters: 0 to 41 % behind steering and 28 to 52 % behind experts, in a result file of one seed. Ask of
# such a number what the control had.) To drop what looks odd may add a little more: not shown, with five seeds. What helps
# is *checking*: where a program can refute an answer, it throws out the poisoned traces by the dozen, and the student
# is half-way back. Not all the way: steering has made good traces scarce.
#
# ## Hide the working
#
# Why write it down for him at all? Serve it **hidden** (the final answer alone), **shortened** (of each step only
# the result), or **backwards** (the last step first; every word is still there). The honest customer who only
# wants the number loses nothing. One who wants to *check* the number loses what he would check it with.

# %%
one = antidistillation.write(language_teacher, [TEST[0].prompt])[0]
for how in (antidistillation.shortened, antidistillation.backwards, antidistillation.answer_only):
    print(f"{how.__name__:12} {how(one)}")

# %%
rows = {"as it is": student("passive", "no defence"), "backwards": student("passive", "backwards"),
        "shortened": student("passive", "shortened"), "hidden": student("passive", "hidden"),
        "all three, to 'answers only'": student("answers only", "hidden"),
        "steered, to 'answers only'": student("answers only", "steered")}
pd.DataFrame({name: measures.mean_interval(v)._asdict() for name, v in rows.items()}).T.round(2)

# %% [markdown]
# To a believer, backwards costs about half, and the other two everything: lesson 03's result. It looks like a wall.
# The last two rows are the copier who never wanted the working. All three rewritings serve the same final answers,
# so they are one row for him. With 60 traces of his own and answers that he can check himself against, he writes
# the working anew. A hidden trace protects the trace. (On a real model: from answers and summaries alone, one paper
# of 2026 reports a gain from 56.8 to 77.6 on MATH-500; read second hand.)
# %% [markdown]
# ## Luck that is shared
#
# One more defence, of another kind: it changes no distribution at all. A teacher that samples is wrong now and
# then, *here and there*: whoever asks the same question five times can let the answers vote. Five accounts can,
# too, and none of them ever repeats itself. So let the provider draw its random numbers from the *question*:
# all accounts that ask the same for the first time get the same answer. (After LADS, 2026, which we know second hand.) To each
# of them alone it looks as before.

# %%
POOLS = ("one account", "own luck", "shared luck", "shared out", "shared out, one answer for ever")

def pooled(seed, way, times=5):
    """(share right of what a pool keeps, its student): five accounts, each question five times."""
    asked = [p.prompt for p in skills.problems("reason", N, seed)]
    people = [customers.Account(f"pool {i}", f"dk-{i}") for i in range(times)]
    luck = None if way in POOLS[:2] else antidistillation.SharedLuck(again=way != POOLS[4], secret=seed)
    rounds = []
    for k in range(1 if way == "one account" else times):
        who = [people[i % times if "out" in way else k] for i in range(N)]
        rounds.append(antidistillation.write(
            language.load_language_teacher(), asked, luck, temperature=2.0,
            seed=1000 * (seed + 50 * k), accounts=who))
    voted = [texts[0] if way == "one account" else antidistillation.agreed(texts)
             for texts in zip(*rounds)]
    kept = [(prompt, text) for prompt, text in zip(asked, voted) if text is not None]
    return right(*zip(*kept)), measures.exact_match(learn(*map(list, zip(*kept)), seed), TEST)

# %%
l10 = measures.stored("L10")
table = {way: {what: measures.mean_interval(l10[(l10.series == what) & (l10.x == way)].value.tolist())
               for what in ("right", "student")} for way in POOLS}
pd.DataFrame({way: {"kept answers right": t["right"].mean, "student": t["student"].mean,
                    "from": t["student"].low, "to": t["student"].high}
              for way, t in table.items()}).T.round(2)

# %% [markdown]
# (Stored, five seeds; a teacher at temperature 2, five accounts, each question five times in all.) With luck of
# their own, five accounts vote the noise away. With shared luck they have five copies of one answer, and the
# student is no better than one account's. No user's distribution has changed, and nobody is accused.
#
# Now the fourth row. **Shared out**: each account takes a fifth of the questions and asks them five times. As many
# questions as before, for each account and in all; and the vote is back. Only an answer that is given *once and
# for ever* closes this, last row, and then "try again" is dead for every honest user.
#
# ## Four prices
#
# | | honest user | believer | student who thinks | innocent accused |
# |---|---|---|---|---|
# | steered classifier, top kept | class 0, scores nearly all | loses tens of points | keeps the label, loses nothing | nobody is accused |
# | steered text | is told wrong sums | loses far more than by heat | checks, and is half-way back | nobody |
# | product of experts | the same | loses a little more than by heat | checks, and gets most back | nobody |
# | hidden working | cannot check | loses all | writes his own: more than half | nobody |
# | shared luck | nothing; or "try again" | pool loses its vote | shares the questions out | nobody |
#
# "Nobody is accused" is the charm of all of these. An innocent *student* is hurt by them all the same: a customer
# who trains a small model on his own paid answers, which some terms allow (lesson 13), gets poisoned text, too.
#
# ## The evidence, in one table

# %%
# NBVAL_CHECK_OUTPUT
def clear(interval):
    """yes or no beyond doubt, else 'not shown': by the stored interval."""
    return "yes" if interval.low > 0 else "no" if interval.high < 0 else "not shown"

def beats(copier, over, defence="steered"):
    return clear(measures.paired_interval(student(copier, defence), student(over, defence)))

said_before = r19[(r19.series == "honest accuracy") & (r19.x == "none")].value.mean()
pool_gap = measures.paired_interval(*(l10[(l10.series == "student") & (l10.x == way)].value.tolist()
                                   for way in ("own luck", "shared luck")))
same = abs(paid["honest accuracy"].mean - said_before) < 1e-9
seen = [("margin budget: every top class kept", "yes" if same else "no"),
        ("... and a naive copy loses more than 10 points", clear(measures.paired_interval(
            torch.tensor(curve("naive", "kept")[0]) - 0.1, curve("naive", "kept")[-1]))),
        ("at a teacher of 70 %, steered text teaches less than hot text", clear(gap("steered", 0.7))),
        ("... and so does a product of experts", clear(gap("experts", 0.7))),
        ("the strategic student beats the believer", beats("strategic", "passive")),
        ("... and whoever has the same 60 clean answers", beats("strategic", "clean, too")),
        ("dropping the odd half beats those", beats("odd ones out", "clean, too")),
        ("answers only, where the working is hidden, beats the believer",
         beats("answers only", "passive", "hidden")),
        ("shared luck takes from a pool", clear(pool_gap))]
pd.DataFrame(seen, columns=["finding", "seen (stored, five seeds)"])

# %% [markdown]
# ## Wrap-up: five questions

# %%
widgets.quiz("10")

# %% [markdown]
# ## What this does not show
#
# - Proxy and student begin from the same public base model. How well a proxy of another family does is another
#   matter; the paper finds that it transfers, and a result file of the Distillation Game has a case of its own.
# - Sums have one right working. A wrong token is an error, so the teacher's price is high; where there are many
#   good ways to say a thing, a steered teacher could stay right more often. The papers' tasks lie in between.
# - The strengths, the temperatures and the strategic student's beta were looked for on other test questions than
#   those that are reported, by the authors, by hand. A copier would have to look for his on what he has.
# - "Answers only" and "checked" need answers that can be checked, or reached. For an essay there is no final answer.
# - The luck is shared by exact question, spaces aside. A pool that paraphrases is not even tried here.
#
# ## References
#
# - Y. Savani and others, *Antidistillation Sampling*, NeurIPS 2025. [arXiv:2504.13146](https://arxiv.org/abs/2504.13146)
# - *ADS-C: Antidistillation Sampling for Classification*, 2026 (read in its abstract). [arXiv:2607.15467](https://arxiv.org/abs/2607.15467)
# - Y. Allouah and others, *The Distillation Game*, 2026 (abstract, code, a result file). [arXiv:2605.22737](https://arxiv.org/abs/2605.22737)
# - *LADS*, 2026 (second hand). [arXiv:2605.18829](https://arxiv.org/abs/2605.18829)
# - *PART*, 2025: conclusions before derivations, no self-talk (abstract). [arXiv:2510.11545](https://arxiv.org/abs/2510.11545)
# - *Trace inversion*, 2026 (second hand). [arXiv:2603.07267](https://arxiv.org/abs/2603.07267)
#
# On to lesson 11: if the copy cannot be prevented, can it be recognised?

# %%
progress()
