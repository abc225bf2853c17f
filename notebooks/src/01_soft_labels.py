# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 01 · Soft labels
#
# **Minutes** 60 · **You need** lesson 00, and to have trained one network in PyTorch before · **You will be
# able to** write Hinton's loss from memory, say what the temperature is for, show with an interval what soft
# labels are worth, and name the cases where they do harm.
#
# teacher → defence → API → ledger → harvest → clean → **student → score**: the teacher is yours, so the middle
# is skipped.

# %%
from course_utils.files.digits import mnist, stratified_rows
from course_utils.lesson import plots, widgets
from course_utils.lesson.exercises import exercise, grade, progress
from course_utils.score import measures
from course_utils.student import models, training
from course_utils.teacher import classifier

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn import functional as F  # noqa: F401  (for your answers)

plots.picture("teacher", "student", "score")

# %% [markdown]
# ## A 2 that looks like a 3
#
# We have a teacher: a small convolutional network that learned from 2,000 labelled digits. Here is how good it
# is on 1,000 digits that it never saw.

# %%
digits, teacher = mnist(), classifier.load_teacher()
print(f"teacher: {measures.accuracy(teacher, digits.test):.1%} right on the test images")

# %% [markdown]
# A label says one thing: *this is a 2*. The teacher gives ten numbers, one for each class, that sum to 1.
#
# **Predict, then run.** On images that it calls a 2, what does the teacher do with the rest? Spread it evenly
# over the nine wrong classes? Or not?

# %%
x = digits.transfer.x
ranked = teacher(x).softmax(-1).sort(descending=True)

def clearest(first, second):
    """The row that is surely a `first` (over 90 %), has `second` next, and has most of it."""
    fits = ranked.indices[:, :2] == torch.tensor([first, second])
    fits = fits.all(-1) & (ranked.values[:, 0] > 0.9)
    return torch.where(fits, ranked.values[:, 1], 0).argmax()

picks = [clearest(2, rival) for rival in (3, 7, 8)]

# %%
fig, axes = plt.subplots(1, 6, figsize=(10, 2.3), width_ratios=[1, 2] * 3)
for k, row in enumerate(picks):
    axes[2 * k].imshow(x[row].view(28, 28), cmap="gray_r")
    axes[2 * k].axis("off")
    p = teacher(x[row]).softmax(-1)[0]
    plots.probabilities(axes[2 * k + 1], p, title=f"a 2, with some {(3, 7, 8)[k]}", floor=1e-7)
plots.show(fig, "Three handwritten 2s and the teacher's ten probabilities for each, on a logarithmic "
           "axis. All three are called a 2, but the second choice differs: 3, then 7, then 8. "
           "Implausible classes are thousands of times less likely.")

# %% [markdown]
# All three have the same label. They do not have the same answer: one 2 has something of a 3, the next of a 7.
# The axis is logarithmic: among the *wrong* classes, one is thousands of times more likely than another.
#
# Which mistakes are nearly right, for this very image: that is what the teacher knows and the label does not
# say. Hinton called it **dark knowledge**. This course is about what can be done with it, by its owner and by
# others.

# %% [markdown]
# ### Exercise 01.1 · How much does an answer say? (easy, 5 minutes)
#
# Entropy counts the yes-or-no questions that an answer leaves open: $H(p) = -\sum_i p_i \log_2 p_i$. A label
# leaves none: 0 bits. Return it for each row. Careful: probabilities can be exactly 0.

# %% nbgrader={"grade": false, "grade_id": "entropy_bits", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("01.entropy_bits")
def entropy_bits(probabilities):
    """Shape (batch, classes) to (batch,). Worked case: [0.5, 0.5] gives 1.0, [1.0, 0.0] gives 0.0."""
    ...

# %% nbgrader={"grade": true, "grade_id": "entropy_bits_check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
grade("01.entropy_bits", points=1)

# %%
bits = entropy_bits(teacher(digits.transfer.x).softmax(-1))
print(f"bits in an answer: median {bits.median():.4f}, mean {bits.mean():.2f}, most {bits.max():.2f}")

# %% [markdown]
# On half of the images almost nothing: the teacher is sure, and its answer is nearly a bare label. The
# knowledge is there, in those tiny probabilities, but a loss function would not feel it. It has to be made
# audible.

# %% [markdown]
# ## Temperature
#
# Divide the logits $z_i$ by a **temperature** $T$ before the softmax: $q_i = \exp(z_i/T) \,/\, \sum_j
# \exp(z_j/T)$.
#
# ### Exercise 01.2 · Softmax with a temperature (easy, 5 minutes)

# %% nbgrader={"grade": false, "grade_id": "softmax_t", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("01.softmax_t")
def softmax_t(logits, temperature=1.0):
    """(batch, classes) to the same. Logits may be in the thousands, and nothing may overflow.

    Worked case: softmax_t(torch.tensor([[2., 0.]]), 2.0) is about [[0.73, 0.27]].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "softmax_t_check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
grade("01.softmax_t", points=1)

# %% [markdown]
# **Predict, then move the slider.** At which $T$ does the first 2's resemblance to a 3 become visible to the
# eye? At which is everything grey?

# %%
def at_temperature(temperature):
    p = softmax_t(teacher(x[picks[0]]), temperature)[0]
    fig, ax = plt.subplots(figsize=(5, 2.2))
    plots.probabilities(ax, p, title=f"T = {temperature}: {entropy_bits(p[None]).item():.2f} bits")
    return fig, f"At temperature {temperature} class 2 has {p[2]:.0%} and class 3 has {p[3]:.0%}."

widgets.slider(at_temperature, values=[0.5, 1, 2, 4, 8, 20, 50], start=1, label="temperature T");

# %%
fig, axes = plt.subplots(1, 5, figsize=(10, 1.9), sharey=True)
for ax, temperature in zip(axes, (1, 2, 4, 8, 20)):
    p = softmax_t(teacher(x[picks[0]]), temperature)[0]
    plots.probabilities(ax, p, title=f"T = {temperature}, {entropy_bits(p[None]).item():.1f} bits")
plots.show(fig, "The same answer at temperatures 1, 2, 4, 8 and 20. At 1 a single bar; at 2 to 4 the "
           "second choice, 3, stands out; at 20 no bar is over a quarter.")

# %% [markdown]
# The order of the classes never changes. What changes is how loudly the small ones speak: too cold, and only
# the winner is heard; too hot, and all of them murmur alike.

# %% [markdown]
# ## The loss
#
# Some words. **Hard labels** are classes, one for each image. **Soft targets** (or soft labels) are a teacher's
# ten probabilities. **CE** is the cross-entropy, $\mathrm{CE}(p, q) = -\sum_i p_i \log q_i$: how badly $q$
# predicts $p$.
#
# The student has logits $z$, the teacher $v$, and there may be a label $y$. Hinton's loss listens to both:
#
# $$L = \alpha\, T^2\, \mathrm{CE}\big(\mathrm{softmax}(v/T),\ \mathrm{softmax}(z/T)\big) + (1-\alpha)\, \mathrm{CE}\big(y,\ \mathrm{softmax}(z)\big)$$
#
# ### Exercise 01.3 · Hinton's loss (medium, 10 minutes)
#
# Three lines. Everything below trains with *your* function once it is right.

# %% nbgrader={"grade": false, "grade_id": "kd_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("01.kd_loss")
def kd_loss(student_logits, teacher_logits, labels, temperature=4.0, alpha=0.9):
    """Shapes (batch, classes), (batch, classes), (batch,). Returns a scalar: the batch's mean."""
    ...

# %% nbgrader={"grade": true, "grade_id": "kd_loss_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("01.kd_loss", points=2)

# %% [markdown]
# That is the whole invention. Here is a student learning from it: 25,450 parameters, five passes, no label ever
# used ($\alpha = 1$).

# %%
torch.manual_seed(0)
student = nn.Sequential(nn.Linear(784, 32), nn.ReLU(), nn.Linear(32, 10))
optimiser = torch.optim.Adam(student.parameters(), lr=3e-3)
x, soft = digits.transfer.x, teacher(digits.transfer.x)
no_label = torch.zeros(len(x), dtype=torch.long)
for rows in torch.randint(0, len(x), (60, 128)):
    loss = kd_loss(student(x[rows]), soft[rows], no_label[rows], alpha=1.0)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
print(f"student, never shown a label: {measures.accuracy(student, digits.test):.1%} right")

# %% [markdown]
# ## Why T²?
#
# **Predict, then run.** Take the loss *without* the factor $T^2$, and raise $T$ from 1 to 20. What happens to
# the push that the student feels?

# %% [markdown]
# ### Exercise 01.4 · The gradient (medium, 10 minutes)
#
# Take one example's soft loss $T^2\,\mathrm{CE}(p, q)$, with $p = \mathrm{softmax}(v/T)$ and $q =
# \mathrm{softmax}(z/T)$. Return its gradient for the student's logits $z$: a formula, no autograd.

# %% nbgrader={"grade": false, "grade_id": "soft_gradient", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("01.soft_gradient")
def soft_gradient(student_logits, teacher_logits, temperature):
    """All shapes (batch, classes). Worked case: student and teacher equal gives zeros."""
    ...

# %% nbgrader={"grade": true, "grade_id": "soft_gradient_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("01.soft_gradient", points=2)

# %%
z, v = student(x).detach(), teacher(x)
heats = [1, 2, 4, 8, 20, 50, 100, 200]
limit = (z - z.mean(-1, keepdim=True) - v + v.mean(-1, keepdim=True)) / 10
with_factor = [soft_gradient(z, v, t).norm(dim=-1).mean() for t in heats]
without = [g / t**2 for g, t in zip(with_factor, heats)]
apart = [((soft_gradient(z, v, t) - limit).norm(dim=-1) / limit.norm(dim=-1)).mean() for t in heats]

# %%
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 2.8))
blue, orange, grey = (plots.ROLES[role].colour for role in ("teacher", "student", "baseline"))
left.loglog(heats, with_factor, color=orange, marker="s", label="with T²")
left.loglog(heats, without, color=grey, marker="X", linestyle=":", label="without")
left.set(title="size of the gradient", xlabel="temperature T")
left.legend()
right.semilogx(heats, apart, color=orange, marker="s")
right.set(title="relative distance from (z − v)/10", xlabel="temperature T", ylim=(0, 1.05))
plots.show(fig, "Left: with the factor T squared the size of the gradient levels off as T grows; "
           "without it, it falls as one over T squared. Right: the gradient comes ever closer to"
           " the difference of the logits.")

# %% [markdown]
# Without $T^2$ the teacher falls silent as $T$ grows. With it, from about $T = 8$ on, her push keeps its size,
# and $\alpha$ its meaning.
#
# The right panel is Hinton's second remark. For large $T$ (and logits with mean zero) the gradient becomes
# $(z_i - v_i)/N$, with $N$ the number of classes: the student simply copies the *logits*, all ten alike, the
# absurd classes as carefully as the plausible ones. At $T = 20$ it is half-way there. Hold on to that: it may
# explain who is hurt by heat.

# %% [markdown]
# ## One student is an anecdote
#
# Every claim from here on is over five seeds or ten, and most are a *difference* between two ways of teaching,
# with its 95 % interval. The two ways share their seeds: the same initial weights, the same images in the same
# order.
#
# ### Exercise 01.5 · The paired interval (medium, 10 minutes)
#
# Return mean, low and high of $a - b$ over the seeds. Student's $t$ is `stats.t.ppf(0.975, n - 1)`, after
# `from scipy import stats`.

# %% nbgrader={"grade": false, "grade_id": "paired_interval", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("01.paired_interval")
def paired_interval(a, b):
    """Two (seeds,) tensors, where a[i] and b[i] share a seed, to (mean, low, high) of a - b.

    Worked case: a = (1, 2, 3), b = (0, 0, 0) gives (2, -0.48, 4.48).
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "paired_interval_check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
grade("01.paired_interval", points=1)

# %%
def points(a, b):
    return measures.Interval(*map(float, paired_interval(a, b))).points()

SEEDS = (0, 1, 2, 3, 4)
TEN_SEEDS = tuple(range(10))          # where labels are few, students differ more
SMALL, MEDIUM = (784, 64, 64, 10), (784, 128, 128, 10)

# %% [markdown]
# ## Few labels
#
# Hinton's speech model had 3 % of its labels left. Trained on them it broke down; trained on *soft* labels for
# the same 3 % it nearly held: 44.5 % against 57.0 % of frames right, where all the labels give 58.9 %.
#
# Here: $n$ labelled digits, and two students of every seed. One gets the labels. The other gets the teacher's
# ten numbers for the same images. ($T = 4$ was compared on the validation images; what else was chosen, and how
# honestly, is said at the end.)

# %%
def few_labels(n, seeds=TEN_SEEDS, temperature=4.0):
    """Test accuracy, shape (2, seeds): n labels, and soft targets for the same n images."""
    digits, teacher, k = mnist(), classifier.load_teacher(), len(seeds)
    rows = torch.stack([stratified_rows(digits.train.y, n, seed) for seed in seeds])
    students = models.Students(SMALL, [*seeds, *seeds])
    training.fit(students, digits.train.x, digits.train.y, teacher(digits.train.x), loss=kd_loss,
                 temperature=temperature, alpha=[0.0] * k + [1.0] * k, rows=rows.repeat(2, 1),
                 epochs=150 // -(-n // 128))     # 150 steps for any n
    return measures.accuracy(students, digits.test).view(2, k)

# %% [markdown]
# There is a second thing that only a teacher makes possible. Nobody has labelled the 1,500 **transfer** images.
# She can answer for them.
#
# **Predict.** How much of what she gives is in her *softness*, and how much is just in having 1,500 more images
# with a (nearly right) label? The third student gets only her top class, the fourth all ten numbers.

# %%
def transfer_set(seeds=TEN_SEEDS, temperature=4.0):
    """Test accuracy, (2, seeds): transfer set with the teacher's top class; with soft targets."""
    digits, teacher, k = mnist(), classifier.load_teacher(), len(seeds)
    answers = teacher(digits.transfer.x)
    students = models.Students(SMALL, [*seeds, *seeds])
    training.fit(students, digits.transfer.x, answers.argmax(-1), answers, loss=kd_loss,
                 temperature=temperature, alpha=[0.0] * k + [1.0] * k)
    return measures.accuracy(students, digits.test).view(2, k)

# %%
counts = [20, 100, 500]
few = torch.stack([few_labels(n) for n in counts])         # (counts, 2, seeds)
top_class, soft_targets = transfer_set()

# %%
fig, (left, right) = plt.subplots(1, 2, figsize=(10.5, 3.6), width_ratios=[3, 2])
plots.band(left, counts, few[:, 0], "baseline", "labels of n images")
plots.band(left, counts, few[:, 1], "student", "soft targets, same n images")
left.axhline(top_class.mean(), color=orange, linestyle=":", label="1,500 unlabelled: top class")
left.axhline(soft_targets.mean(), color=orange, label="1,500 unlabelled: soft targets")
left.axhline(measures.accuracy(teacher, digits.test), color=blue, label="the teacher")
left.set(title="Unlabelled images, answered by the teacher, beat few labels", ylabel="test accuracy")
left.legend(fontsize=9, loc="lower right")
plots.band(right, counts, few[:, 1] - few[:, 0], "student", "")
right.axhline(0, color=grey, linestyle=":")
right.set(title="Same images: soft targets minus labels", ylabel="gain")
for ax in (left, right):
    ax.set(xscale="log", xlabel="labelled images n")
    ax.set_xticks(counts, counts, minor=False)
    ax.minorticks_off()
plots.show(fig, "Left: test accuracy against the number of labelled images, 20 to 500. Students of "
           "labels, and of soft targets for the same images, rise together, far below the "
           "students that learned from 1,500 unlabelled images with the teacher's answers, until"
           " about 500 labels. Right: the gain of soft targets over labels on the same images: a"
           " few points with 20 labels, under one with 500.")

# %%
at_100 = counts.index(100)
print("soft targets for the same 100 images:  ", points(few[at_100, 1], few[at_100, 0]))
print("the teacher's top class on 1,500 more: ", points(top_class, few[at_100, 0]))
print("soft instead of top class on those:    ", points(soft_targets, top_class))

# %% [markdown]
# Read the three intervals, and the right panel. Softness on the same images is worth a few points where labels
# are fewest, and at some $n$ its interval includes zero. Hinton's speech model gained twelve: it had thousands
# of classes that resemble each other, ours has ten. The unlabelled images: a gain many times as large, and most
# of *that* is in having the teacher's answers at all, not in their being soft.
#
# Remember this order of sizes. In part II the teacher is behind an API, and its owner will hide the ten numbers
# and serve the top class alone.

# %% [markdown]
# ## A digit that the student never saw
#
# Now the strangest result of the paper. Take every 3 out of the images that the student learns from (here: out
# of the 2,000 labelled ones, where we know which they are). It never sees one.
#
# **Predict, then run.** Of the 100 threes in the test set, how many will it recognise? First for a student of
# labels, for whom class 3 never occurs. Then for a student of soft targets, who has seen 2s and 8s and 5s,
# *each with its share of 3*.

# %% [markdown]
# ### Exercise 01.6 · The bias, set honestly (hard, 15 minutes)
#
# Such a student knows what a 3 looks like, but finds it too rare. Hinton added +3.5 to its logit and 98.6 % of
# the threes came out right; he chose the 3.5 on the test set. We are not allowed to. What we may know is that
# one digit in ten is a 3.
#
# Return the number which, added to one digit's logits, makes its *mean probability* equal to its frequency.

# %% nbgrader={"grade": false, "grade_id": "class_bias", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("01.class_bias")
def class_bias(logits, digit, frequency):
    """logits: (n, classes). Returns a number between -50 and 50, right to about 0.005.

    The check calls it a few dozen times and allows 5 seconds in all.
    Worked case: logits [[0., 0.]], digit 0, frequency 0.5 gives 0.0.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "class_bias_check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
grade("01.class_bias", points=3)

# %%
import pandas as pd


def omitted_digit(digit=3, seeds=SEEDS, temperature=20.0):
    """A row for each student, taught without one digit: its recall of it before and after a bias."""
    digits, teacher, k = mnist(), classifier.load_teacher(), len(seeds)
    seen, frequency = digits.train.y != digit, (digits.train.y == digit).float().mean()
    x, y = digits.train.x[seen], digits.train.y[seen]
    students = models.Students(MEDIUM, [*seeds, *seeds])
    training.fit(students, x, y, teacher(x), loss=kd_loss, temperature=temperature,
                 alpha=[0.0] * k + [1.0] * k)
    with torch.no_grad():
        on_train, on_test = students(digits.train.x), students(digits.test.x)
    is_it, rows = digits.test.y == digit, []
    for i in range(2 * k):
        bias = class_bias(on_train[i], digit, frequency)
        row = {"taught by": ["labels", "soft targets"][i // k], "seed": seeds[i % k], "bias": bias}
        for when, z in (("", on_test[i]), (", bias", on_test[i] + bias * torch.eye(10)[digit])):
            right = z.argmax(-1) == digits.test.y
            row[f"recall{when}"] = right[is_it].float().mean().item()
            row[f"errors{when}"] = (~right).sum().item()
        rows.append(row)
    return pd.DataFrame(rows)

# %%
omitted = omitted_digit()
omitted.drop(columns="seed").groupby("taught by").mean().round(2)

# %% tags=["signature"]
fig, ax = plt.subplots(figsize=(8, 3.8))
places = iter((0, 1, 2.4, 3.4))
for column in ("recall", "recall, bias"):
    for taught, role in (("labels", "baseline"), ("soft targets", "student")):
        values, at = omitted.loc[omitted["taught by"] == taught, column].tolist(), next(places)
        mean = plots.dots(ax, at, values, role, f"taught by {taught}" if column == "recall" else None)
        ax.annotate(f"{mean:.0%}", (at + 0.25, mean), va="center", fontsize=13)
ax.set_xticks([0.5, 2.9], ["as trained", "after one bias, set by class frequency"])
ax.set(ylim=(-0.05, 1.05), xlim=(-0.6, 4.1), ylabel="share of the test set's threes",
       title="Threes recognised by students that never saw a 3")
ax.legend(loc="upper left")
plots.show(fig, "Share of the test set's threes recognised by students that never saw a 3. Taught by "
           "labels: none, and about a quarter after a bias. Taught by soft targets: about a "
           "quarter as trained, and most of them after one bias.")

# %% [markdown]
# This is the figure to remember. The student learned the shape of a 3 from pictures of *other digits*. The bias
# only unlocks it (it is set on the training images, 3s included, but without looking at a label). And the
# control shows that it is not the bias that knows: the student of labels, with a bias of its own, gets about as
# many threes as the soft student did without one, and pays for them with other digits. Compare the errors in
# the table: one falls, the other rises.
#
# Whoever decides what a model may be asked about should look at this figure twice. Leaving a topic out of the
# questions does not leave it out of the answers.

# %% [markdown]
# ## Narrow and wide students
#
# Hinton saw that a small student wants a low temperature: with 30 units in a layer, $T$ of 2.5 to 4 did best;
# with 300, everything above 8 did well.
#
# **Predict, then run.** You know why: what does a high $T$ make the student copy? Here are a narrow and a wide
# student, on the labelled images, from soft targets only.

# %%
def over_temperatures(width, temperatures=(1, 2, 4, 8, 20), seeds=SEEDS, epochs=25):
    """Test accuracy, (1 + temperatures, seeds). Row 0: from labels; the rest: from the teacher."""
    digits, teacher, k = mnist(), classifier.load_teacher(), len(seeds)
    students = models.Students((784, width, width, 10), [*seeds] * (1 + len(temperatures)))
    training.fit(students, *digits.train, teacher(digits.train.x), loss=kd_loss, epochs=epochs,
                 temperature=[1.0] * k + [float(t) for t in temperatures for _ in seeds],
                 alpha=[0.0] * k + [1.0] * k * len(temperatures), progress=f"students of width {width}")
    return measures.accuracy(students, digits.test).view(-1, k)

# %%
HEATS = (1, 4, 20)
narrow = over_temperatures(12, HEATS, seeds=TEN_SEEDS)
wide = over_temperatures(128, HEATS)

# %%
fig, axes = plt.subplots(1, 2, figsize=(9, 3.2), sharey=True)
for ax, accuracy, name in zip(axes, (narrow, wide), ("narrow, 12 units", "wide, 128 units")):
    gain = accuracy[1:] - accuracy[0]
    plots.band(ax, [str(t) for t in HEATS], gain, "student", "soft minus labels")
    ax.axhline(0, color=grey, linestyle=":", label="student taught by labels")
    ax.set(title=f"{name}: labels give {accuracy[0].mean():.1%}", xlabel="temperature T")
axes[0].set_ylabel("gain in test accuracy")
axes[0].legend(loc="lower left")
plots.show(fig, "Gain of soft targets over labels against temperature. The narrow student is best at "
           "a low T and falls below the student of labels at T = 20. The wide student gains "
           "nothing at T = 1 and most at T = 20.")

# %%
print("narrow, T = 20 against T = 4:  ", points(narrow[-1], narrow[2]))
print("narrow, T = 20 against labels: ", points(narrow[-1], narrow[0]))
print("wide,   T = 20 against labels: ", points(wide[-1], wide[0]))
best = measures.accuracy(teacher, digits.test)
closed = measures.mean_interval((wide[-1] - wide[0]) / (best - wide[0]))
print(f"the wide one closes {closed.mean:.0%} of the gap ({closed.low:.0%} to {closed.high:.0%})")

# %% [markdown]
# **Here distillation hurts.** The narrow student, asked at $T = 20$ to copy all ten logits, seems to spend its
# few units on classes that do not matter, and after 25 epochs ends *below* the one that only saw labels.
# Nothing is wrong with the code. It is Hinton's finding, seen from the other side: low heat for the narrow,
# high heat for the wide. How much of the harm is mere impatience? The replication board (docs/board.md) repeats
# it with 60 epochs: $T = 4$ still beats $T = 20$, but look there whether the interval of the harm against
# labels now includes zero.
#
# And the famous gain? His student, at $T = 20$, went from 146 errors to 74, with the teacher at 67: nine tenths
# of the gap. Ours closes the share printed above. Two things are missing. *Patience*: on the replication board
# (docs/board.md) a wider student trains for 60 epochs and closes more. And *images*: with 2,000 of them, soft
# targets on the same images cannot replace those that are not there. His student had 60,000.

# %% [markdown]
# ## Is a better teacher a better teacher?
#
# **Predict.** A student with 16 units. Teachers from 8 units to 128, and the convolutional one. Each better
# teacher knows more. Does each better teacher *teach* more?

# %%
def teacher_sizes(widths=(8, 16, 32, 64, 128), student=16, seeds=SEEDS, temperature=4.0):
    """Test accuracies of teachers, and of their students: each (teachers, seeds). Last the conv one."""
    (x, y), test = mnist().train, mnist().test
    teaching, learning = [], []
    for width in (*widths, "conv"):
        if width == "conv":
            teachers = classifier.load_teacher()
        else:
            teachers = models.Students((784, width, width, 10), [100 + seed for seed in seeds])
            training.fit(teachers, x, y, epochs=20)
        with torch.no_grad():
            answers = teachers(x)
        students = models.Students((784, student, student, 10), seeds)
        training.fit(students, x, None, answers, loss=kd_loss, temperature=temperature, alpha=1.0)
        teaching.append(measures.accuracy(teachers, test).expand(len(seeds)))
        learning.append(measures.accuracy(students, test))
    return torch.stack(teaching), torch.stack(learning)

# %%
teaching, learning = teacher_sizes(widths=(8, 32, 128))
names = ["8", "32", "128", "conv"]
fig, ax = plt.subplots(figsize=(8, 3.2))
plots.band(ax, names, teaching, "teacher", "the teacher")
plots.band(ax, names, learning, "student", "its student, 16 units")
more, passed_on = ((a[-1] - a[1]).mean() * 100 for a in (teaching, learning))
ax.set(xlabel="the teacher's units in a layer", ylabel="test accuracy",
       title=f"From 32 units to conv: the teacher gains {more:.1f} points, her student {passed_on:.1f}")
ax.legend(loc="lower right")
plots.show(fig, "Accuracy of teachers of growing size, and of the same small student taught by each. "
           "The teachers rise all the way; their student rises at first and then stays nearly "
           "level.")

# %%
print("conv teacher instead of the 32-unit one:")
print("  the teachers differ by", points(teaching[-1], teaching[1]))
print("  their students by     ", points(learning[-1], learning[1]))

# %% [markdown]
# The teachers differ by many points, their students by few. This is the **capacity gap** (Cho and Hariharan
# 2019, Mirzadeh and others 2020): past some size there is more to copy than the student can hold. The papers
# also report students made *worse* by a better teacher. The interval does not show that here: then that is what
# we say.

# %% [markdown]
# ## The evidence, in one table
#
# Published findings beside yours. The last column is computed from the intervals above, coarsely, so that it is
# the same on every machine.

# %%
# NBVAL_CHECK_OUTPUT
transfer_gain = paired_interval(soft_targets, few[at_100, 0])
recall = omitted.groupby("taught by")[["recall", "recall, bias"]].mean()
seen = [
    ("transfer set beats 100 labels by 5 points", transfer_gain[1] > 0.05),
    ("omitted digit: labels leave under 2 % of it", recall.loc["labels", "recall"] < 0.02),
    ("omitted digit: soft and a bias, over half", recall.loc["soft targets", "recall, bias"] > 0.5),
    ("narrow student: T = 4 beats T = 20", paired_interval(narrow[2], narrow[-1])[1] > 0),
    ("plentiful labels: half of the gap closed", closed.mean > 0.5),
    ("a better teacher adds over 2 points", paired_interval(learning[-1], learning[1])[0] > 0.02)]
published = ["(same images: 44.5 to 57.0 %)", "(not reported)", "98.6 %",
             "30 units: T of 2.5 to 4 best", "91 %: 146 to 74, teacher 67", "may even harm"]
pd.DataFrame([(a, p, "yes" if b else "no") for (a, b), p in zip(seen, published)],
             columns=["finding", "published", "seen here"])

# %% [markdown]
# ## Wrap-up: five questions

# %%
widgets.quiz("01")

# %% [markdown]
# ## What this does not show
#
# - One teacher and one test set of 1,000 digits: an interval over seeds says how much the *students* vary, not
#   how another teacher or another thousand digits would do. Half a point is five images.
# - How the settings came about: $T = 4$, the learning rate and the narrow width were compared on validation
#   images, but the test scores stood beside them in several of the authors' trial runs, so they are not a blind
#   test. The intervals cover seeds, and not these choices. A claim about "the best $T$" would need more than
#   this; none is made.
# - The teacher here *is* yours: you saw its logits. Who holds only an API gets probabilities, often rounded, or
#   one class. That is part II.
# - Digits are easy. Soft labels say most where classes resemble each other, and there are many of them.
#
# ## References
#
# - G. Hinton, O. Vinyals, J. Dean, *Distilling the Knowledge in a Neural Network*, 2015.
#   [arXiv:1503.02531](https://arxiv.org/abs/1503.02531). It credits C. Bucila, R. Caruana, A. Niculescu-Mizil,
#   *Model Compression*, KDD 2006, with the first compression of this kind.
# - J. H. Cho, B. Hariharan, *On the Efficacy of Knowledge Distillation*, 2019.
#   [arXiv:1910.01348](https://arxiv.org/abs/1910.01348)
# - S. I. Mirzadeh and others, *Improved Knowledge Distillation via Teacher Assistant*, AAAI 2020.
#   [arXiv:1902.03393](https://arxiv.org/abs/1902.03393)
# - The omitted digit with a bias set by class frequency follows a public reproduction of Hinton's run,
#   cybertronai's *hinton-problems*.
# - Published figures and how each was read: the replication board, `benchmarks/replications.csv`.

# %%
progress()
