# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 02 · What else a teacher leaks
#
# **Minutes** 60 · **You need** lesson 01 · **You will be able to** teach with features, with an ensemble and
# with mixtures, say which of these helps at an equal number of queries, and explain how a student can learn
# something that the teacher's answers do not show.
#
# teacher → defence → API → ledger → harvest → clean → **student → score**: the teacher is still yours.

# %%
from course_utils.files.digits import mnist, stratified_rows
from course_utils.lesson import plots, widgets
from course_utils.lesson.exercises import exercise, grade, material, progress
from course_utils.score import measures
from course_utils.student import models, training
from course_utils.teacher import classifier

from functools import lru_cache

import matplotlib.pyplot as plt
import pandas as pd
import torch
from torch.nn import functional as F

plots.picture("teacher", "student", "score")

# %% [markdown]
# ## What a teacher can serve
#
# In lesson 01 the teacher gave ten probabilities for each image. A service can also serve other outputs. Some
# services sell *embeddings*, and some answer questions about any input.
#
# **Predict.** You do not want your model to be copied, and you have to serve one of the four outputs below. Which
# of them helps an attacker most? A table further down has the answer for the same 1,500 queries.

# %%
digits, teacher = mnist(), classifier.load_teacher()
x = digits.transfer.x[:1]
print("the class:         ", teacher(x).argmax().item())
for name, numbers in (("ten probabilities", teacher(x).softmax(-1)),
                      ("ten logits", teacher(x)),
                      ("128 features", classifier.features(teacher, x))):
    print(f"{name + ':':18} ", *(f"{value:.2g}" for value in numbers[0, :6]), "...")

# %% [markdown]
# Logits are log-probabilities plus a constant, which the softmax removes. The **features** are the input of the
# teacher's last layer: 128 numbers. The ten logits are a linear map of them. The end of this lesson looks at
# *answers about any input*, even noise.

# %% [markdown]
# ## Hints
#
# FitNets (Romero and others, 2014) also train the student to predict the teacher's features. Student and teacher
# have different widths, so a linear map turns the student's hidden layer into this prediction. The map is trained
# together with the student and discarded afterwards. (FitNets trains on a middle layer first, and on the answers
# afterwards. Here both losses are trained at once, and the features are those of the last hidden layer.)
#
# With the teacher's logits $v$ and features $h$, the student's logits $z$ and its prediction $u$:
#
# $$L = T^2\, \mathrm{CE}\big(\mathrm{softmax}(v/T),\ \mathrm{softmax}(z/T)\big) + w\,\tfrac{1}{2}\,\lVert u - h\rVert^2$$
#
# ### Exercise 02.1 · Soft targets and a hint (medium, 10 minutes)
#
# Each row of both tensors holds the logits first, then the features. Take the mean over the images.

# %% nbgrader={"grade": false, "grade_id": "hinted_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("02.hinted_loss")
def hinted_loss(student_outputs, teacher_outputs, classes=10, temperature=4.0,
                weight=0.1):
    """Shapes (batch, classes + units), both. Returns a scalar.

    Worked case: 2 classes, T = 1, weight 1: student [[0., 0., 1.]], teacher [[0., 0.,
    3.]] give log 2 + 4 / 2 = 2.69. With weight 0 it is lesson 01's kd_loss with alpha =
    1.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "hinted_loss_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("02.hinted_loss", points=2)

# %%
SEEDS = (0, 1, 2, 3, 4)

def on_test(students):
    """Test accuracy by the first ten outputs, a number for each student."""
    return measures.accuracy(lambda x: students(x)[..., :10], mnist().test)

def features_of(x):
    """The teacher's features, shifted and scaled to mean 0 and mean square 1."""
    features = classifier.features(classifier.load_teacher(), x)
    features = features - features.mean(0)
    return features / features.pow(2).mean().sqrt()

# %%
def hints(width, weights=(0.0, 0.1, 1.0, 10.0), seeds=SEEDS, temperature=4.0):
    """Test accuracy, (weights, seeds): soft targets on the transfer set, and hints of
    some weight."""
    x, accuracy = mnist().transfer.x, []
    served = torch.cat([classifier.load_teacher()(x), features_of(x)], dim=-1)
    for weight in weights:
        students = material("02").Hinted((784, width, width, 10), seeds,
                                         served.shape[1] - 10)
        training.fit(students, x, None, served, alpha=1.0, temperature=temperature,
                     epochs=25, loss=lambda z, v, y, t, a,
                     w=weight: hinted_loss(z, v, 10, t, w))
        accuracy.append(on_test(students))
    return torch.stack(accuracy)

# %% [markdown]
# Both students below learn from the same 1,500 transfer images without labels. The narrow one has 16 units in a
# layer, the wide one 64. Only the weight of the hint changes.
#
# **Predict, then run.** Features contain more information than classes. Which student gains from them: the narrow
# one, the wide one, or both?

# %%
narrow, wide = hints(16), hints(64)

# %%
fig, axes = plt.subplots(1, 2, figsize=(9, 3), sharey=True)
for ax, accuracy, name in zip(axes, (narrow, wide),
                              ("narrow, 16 units", "wide, 64 units")):
    plots.band(ax, ["0.1", "1", "10"], 100 * (accuracy[1:] - accuracy[0]), "student",
               "with hints")
    ax.axhline(0, color=plots.ROLES["baseline"].colour, linestyle=":",
               label="soft targets alone")
    ax.set(title=f"{name}: soft targets give {accuracy[0].mean():.1%}",
           xlabel="weight of the hint")
axes[0].set_ylabel("gain in points")
axes[0].legend(loc="lower left")
plots.show(fig, "Gain of hints over soft targets alone, against the weight of the "
           "hint. The narrow student's curve falls as the weight grows, below zero. "
           "The wide student's stays about a point above.")

# %%
def points(a, b):
    return measures.paired_interval(a, b).points()

for name, accuracy in (("narrow", narrow), ("wide", wide)):
    for row, weight in ((2, 1), (3, 10)):
        print(f"{name}, weight {weight} against no hint:",
              points(accuracy[row], accuracy[0]))

# %% [markdown]
# The wide student gains 1.1 points at weight 1 (0.6 to 1.6). For the narrow student no gain was shown, and weight
# 10 makes it 2.1 points worse (0.4 to 3.7). A likely reason is the capacity gap of lesson 01: a unit that has to
# predict features cannot serve the classes as well. A published comparison also found no gain: 64.14 % with
# FitNets' hints and 64.60 % without. (There both students had labels; ours have soft targets.)
#
# So features add little when the provider also serves the probabilities.
#

# %% [markdown]
# ## An endpoint that names no class
#
# Suppose the provider serves only features, as an embeddings endpoint does, and neither classes nor
# probabilities. The attacker asks about the 1,500 transfer images, and has 20 labelled digits of its own, two of
# each class.
#
# **Predict, then run.** A network is trained on these 20 labels alone. How many test digits does it get right? A
# student first learns the features. Then it names the class whose mean over the 20 images is nearest. How many
# does this student get right?

# %%
def nearest_mean(known, labels, queries):
    """The class whose mean direction in `known` (n, units) is nearest to each row of
    `queries`."""
    means = torch.stack([known[labels == c].mean(0) for c in range(10)])
    return (F.normalize(queries, dim=-1) @ F.normalize(means, dim=-1).T).argmax(-1)

# %%
def embeddings(n=20, seeds=SEEDS):
    """Test accuracy from n labels, (3, seeds): network; nearest mean of pixels; of
    copied features."""
    digits = mnist()
    (x, y), test = digits.train, digits.test
    rows = torch.stack([stratified_rows(y, n, seed) for seed in seeds])
    network = models.Students((784, 64, 64, 10), seeds)
    training.fit(network, x, y, rows=rows, epochs=150)
    student = models.Students((784, 64, 64, 128), seeds)
    training.fit(student, digits.transfer.x, None, features_of(digits.transfer.x),
                 alpha=1.0, epochs=25, loss=lambda z, v, y, t, a: F.mse_loss(z, v))
    with torch.no_grad():
        known, queries = student(x), student(test.x)
    named = [[nearest_mean(x[r], y[r], test.x) for r in rows],
             [nearest_mean(k[r], y[r], q) for k, q, r in zip(known, queries, rows)]]
    right = [[(guess == test.y).float().mean() for guess in guesses]
             for guesses in named]
    return torch.cat([on_test(network)[None], torch.tensor(right)])

# %%
few = embeddings()
names = ["a network,\n20 labels", "nearest mean of pixels,\n20 labels",
         "nearest mean of copied\nfeatures, 20 labels"]
fig, ax = plt.subplots(figsize=(7.5, 3.2))
for at, (values, role) in enumerate(zip(few, ("baseline", "baseline", "student"))):
    ax.annotate(f"{plots.dots(ax, at, values, role):.0%}", (at + 0.22, values.mean()),
                va="center")
ax.set_xticks(range(3), names)
ax.set(ylabel="test accuracy", ylim=(0, 1), xlim=(-0.5, 2.6),
       title="With copied features, 20 labels are enough for most digits")
plots.show(fig, "Test accuracy from 20 labels: a network of them alone gets about half "
           "right, the nearest mean of pixels somewhat more, and the nearest mean of "
           "copied features well over three quarters.")

# %%
print("copied features minus the better of the two:", points(few[2], few[:2].amax(0)))

# %% [markdown]
# The student of the features is 31 points better than the better of the two others (29 to 34). The endpoint never
# named a class. But images of one digit have similar features, so that 20 labels are enough to name the groups.
# "We only serve embeddings" is not a protection.
#
# ## Which output helps an attacker most?
#
# The next cells compare all four outputs at an equal budget: the same 1,500 queries, a student of the same size.

# %%
def from_each_output(seeds=SEEDS, temperature=4.0):
    """Test accuracy, (3, seeds): students of the top-1 label, of the probabilities, of
    the logits."""
    x, found = mnist().transfer.x, []
    v = classifier.load_teacher()(x)
    for target, loss in (((100 * F.one_hot(v.argmax(-1), 10)).float(), match_logits),
                         (v, match_logits),
                         (v - v.mean(-1, keepdim=True), copy_logits)):
        students = models.Students((784, 64, 64, 10), seeds)
        training.fit(students, x, None, target, loss=loss, alpha=1.0,
                     temperature=temperature)
        found.append(on_test(students))
    return torch.stack(found)

def match_logits(z, v, y, temperature, alpha):
    return temperature**2 * F.cross_entropy(z / temperature,
                                            (v / temperature).softmax(-1))

def copy_logits(z, v, y, temperature, alpha):
    return F.mse_loss(z - z.mean(-1, keepdim=True), v)

# %%
outputs = torch.cat([from_each_output(), few[2:]])
served = ["top-1 label", "probabilities", "logits",
          "features, and 20 labels of one's own"]
pd.DataFrame({"served": served, "right": [f"{row.mean():.1%}" for row in outputs],
              "minus top-1 label": ["",
                                    *(points(row, outputs[0]) for row in outputs[1:])]})

# %% [markdown]
# Probabilities and logits help most. Probabilities bring 1.2 points more than the top-1 label (0.9 to 1.6), and
# logits 1.3 (0.6 to 1.9). So with 1,500 queries the top-1 label alone gives this student most of what the other
# outputs give. Between the features and the top-1 label no difference was shown: −4.5 points (−9.9 to +0.9). The
# 20 labels differ with the seed, and the result depends on them.

# %% [markdown]
# ## Ten teachers, one student
#
# Hinton's speech team had ten models. Each one alone got 58.9 % of the frames right, and their average 61.1 %.
# One student of the average got 60.8 %. It kept nearly all of the gain, and its answer needed a tenth of the
# computation.
#
# ### Exercise 02.2 · The ensemble's soft targets (easy, 5 minutes)
#
# The ensemble's soft target is the mean of its members' *probabilities* at temperature $T$.

# %% nbgrader={"grade": false, "grade_id": "ensemble_targets", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("02.ensemble_targets")
def ensemble_targets(logits, temperature=1.0):
    """(members, batch, classes) to (batch, classes).

    Worked case: members [[0., 0.]] and [[9., -9.]] at T = 1 give [[0.75, 0.25]].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "ensemble_targets_check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
grade("02.ensemble_targets", points=1)

# %% [markdown]
# There are five ensembles of ten networks. Each ensemble has its own 500 labelled digits. Each has two students of
# a member's size, which learn on the 1,500 transfer images. One student learns the ensemble's answers, the other
# the answers of a single member. The second student is the control: it shows what the additional images do
# without the ensemble.

# %%
def soft_loss(z, p, y, temperature, alpha):
    """T² times the cross-entropy of the student's softmax with probabilities p."""
    return temperature**2 * F.cross_entropy(z / temperature, p)

def ensembles(n=500, members=10, width=32, seeds=SEEDS, temperature=4.0):
    """The members of all ensembles, one after the other; and the students, first of one
    member each."""
    digits, k, sizes = mnist(), len(seeds), (784, width, width, 10)
    rows = torch.stack([stratified_rows(digits.train.y, n, seed) for seed in seeds])
    each = models.Students(sizes, [100 * s + m for s in seeds for m in range(members)])
    training.fit(each, *digits.train, rows=rows.repeat_interleave(members, 0),
                 epochs=40)
    with torch.no_grad():
        logits = each(digits.transfer.x).unflatten(0, (k, members))
    targets = [ensemble_targets(z[:1], temperature) for z in logits]
    targets += [ensemble_targets(z, temperature) for z in logits]
    students = models.Students(sizes, [100 * s + members for s in seeds] * 2)
    training.fit(students, digits.transfer.x, None, torch.stack(targets),
                 loss=soft_loss, alpha=1.0, temperature=temperature)
    return each, students

# %%
def compare(each, students, split):
    """Accuracy, (4, seeds): a member, the ensemble, a member's student, the ensemble's
    student."""
    k = len(students) // 2
    with torch.no_grad():
        together = torch.stack([ensemble_targets(z)
                                for z in each(split.x).unflatten(0, (k, -1))])
    return torch.stack([measures.accuracy(each, split).view(k, -1).mean(1),
                        (together.argmax(-1) == split.y).float().mean(-1),
                        *measures.accuracy(students, split).view(2, k)])

# %% [markdown]
# **Predict, then run.** Which of the two students is better, and how much of the ensemble's gain does it keep?

# %%
each, students = ensembles()
member, ensemble, of_one, of_ten = compare(each, students, digits.test)

# %%
fig, ax = plt.subplots(figsize=(7.5, 3.2))
bars = [("one member", member, "baseline"),
        ("ten members,\naveraged", ensemble, "teacher"),
        ("student of\none member", of_one, "baseline"),
        ("student of\nthe ensemble", of_ten, "student")]
for at, (_, values, role) in enumerate(bars):
    ax.annotate(f"{plots.dots(ax, at, values, role):.1%}", (at + 0.22, values.mean()),
                va="center")
ax.set_xticks(range(4), [name for name, _, _ in bars])
ax.set(xlim=(-0.5, 3.6), ylabel="test accuracy",
       title="One small network, taught by ten of its size")
plots.show(fig, "Test accuracy of a member, of the average of ten, of a student of one "
           "member and of a student of the ensemble. The ensemble is best; its student "
           "lies between it and the members; the student of one member is no better "
           "than a member.")

# %% [markdown]
# The dots of two groups overlap, but they are paired, because every ensemble has its own members and students. So
# look at the differences. The next cell prints them for the test images, and for the validation images on which
# width and temperature were chosen.

# %%
for name, split in (("test", digits.test), ("validation", digits.validation)):
    one, ten, student_of_one, student_of_ten = compare(each, students, split)
    print(f"{name}: ensemble minus a member  ", points(ten, one))
    print("   its student minus a member    ", points(student_of_ten, one))
    print("   its student minus a member's  ", points(student_of_ten, student_of_one))
    print("   kept of the ensemble's gain    "
          f"{(student_of_ten - one).mean() / (ten - one).mean():.0%}")

# %% [markdown]
# The ensemble beats its members on both sets; on the test images by 1.6 points (0.8 to 2.5). On the validation
# images its student keeps *all* of the gain, as in Hinton's team. On the test images no gain over a member was
# shown: +0.6 points (−0.4 to +1.7). There the student beats the student of one member, which had the same images,
# by 1.2 points (0.3 to 2.1). The settings were chosen on the validation images, where they look best, and an
# interval over seeds does not cover this choice. So the table at the end uses only the test images.
#
# So this lesson does not reproduce Hinton's figure. The ensemble's gain is one or two points, and 1,000 test
# digits are too few to say what share of it the student keeps.
#

# %% [markdown]
# ## A patient student
#
# So far the teacher answered once about each image. In Beyer and others (2022) teacher and student see the *same*
# new view of an image at each step. A view is the image moved a little and mixed with another image. The student
# learns the teacher's answer about this view. They call it function matching, and found that the student improves
# for thousands of epochs.
#
# ### Exercise 02.3 · The teacher's answer about a mixture (medium, 5 minutes)
#
# A mixture is `share` times an image plus `1 - share` times its partner. Return the teacher's logits for the
# mixtures.

# %% nbgrader={"grade": false, "grade_id": "matched_answers", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("02.matched_answers")
def matched_answers(teacher, images, partners, share):
    """images, partners: (batch, pixels); share: (batch, 1); teacher: a function of
    images.

    Worked case: a teacher that doubles, images [[2.]], partners [[0.]], share [[0.25]]:
    [[1.]].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "matched_answers_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("02.matched_answers", points=2)

# %% [markdown]
# Suppose that you have only 100 images. We compare four methods:
#
# 1. Learn the images with the teacher's answers (100 queries).
# 2. Mix moved images, and mix their old answers in the same shares (the same 100 queries).
# 3. Make 2,000 mixtures, and ask the teacher about each of them (2,000 queries).
# 4. Make 100 mixtures, and ask the teacher about each of them (100 queries). This is the control at an equal
#    budget.

# %%
def shifted(x, draw):
    """Each image moved by up to two pixels, up or down and to the side."""
    moves, place = torch.randint(-2, 3, (2, len(x), 1),
                                 generator=draw), torch.arange(28)
    down, right = ((place + move) % 28 for move in moves)
    each = torch.arange(len(x))[:, None, None]
    return x.view(-1, 28, 28)[each, down[:, :, None], right[:, None, :]].flatten(1)

def views(n, count, seed, temperature):
    """n images and `count` mixtures of them: (images, targets) for each of the four
    methods."""
    draw, teacher = torch.Generator().manual_seed(seed), classifier.load_teacher()
    x = mnist().transfer.x[torch.randperm(1500, generator=draw)[:n]]
    one, two = torch.randint(0, n, (2, count), generator=draw)
    share, a, b = torch.rand(count, 1,
                             generator=draw), shifted(x[one],
                                                      draw), shifted(x[two], draw)
    mixed, p = share * a + (1 - share) * b, (teacher(x) / temperature).softmax(-1)
    new = (matched_answers(teacher, a, b, share) / temperature).softmax(-1)
    old = share * p[one] + (1 - share) * p[two]
    return (x, p), (mixed, old), (mixed, new), (mixed[:n], new[:n])

# %%
def patience(steps=(64, 640), n=100, count=2000, seeds=SEEDS, temperature=4.0):
    """Test accuracy, (4 methods, steps, seeds). Each seed has its own images; batches
    up to 128."""
    sets, accuracy = [views(n, count, seed, temperature) for seed in seeds], []
    for method in zip(*sets):
        x, p = (torch.cat(parts) for parts in zip(*method))
        rows = torch.arange(len(x)).view(len(seeds), -1)
        for total in steps:
            students = models.Students((784, 64, 64, 10), seeds)
            training.fit(students, x, None, p, loss=soft_loss, alpha=1.0,
                         temperature=temperature, rows=rows,
                         epochs=round(total / -(-rows.shape[1] // 128)))
            accuracy.append(on_test(students))
    return torch.stack(accuracy).view(4, len(steps), -1)

# %% [markdown]
# **Predict, then run.** Train with each method for 64 steps and for 640. Which method is best after 640 steps
# with 100 queries, and which with 2,000?

# %%
images, old_mixed, new_2000, new_100 = patience()

# %%
fig, ax = plt.subplots(figsize=(8, 3.4))
methods = [("the images\n(100 queries)", images, "baseline"),
               ("mixtures, old\nanswers (100)", old_mixed, "baseline"),
               ("mixtures, new\nanswers (100)", new_100, "student"),
               ("mixtures, new\nanswers (2,000)", new_2000, "student")]
for at, (_, values, role) in enumerate(methods):
    mean = plots.dots(ax, at, values[1], role)
    ax.annotate(f"{mean:.0%}", (at + 0.22, mean), va="center")
ax.axvline(2.5, color=plots.ROLES["baseline"].colour, linewidth=1)
ax.set_xticks(range(4), [name for name, _, _ in methods])
ax.set(ylabel="test accuracy", ylim=(0.4, 1), xlim=(-0.5, 3.6),
       title="New answers about mixtures help only when there are many of them (640 "
             "steps)")
plots.show(fig, "Test accuracy after 640 steps of students of 100 images. With 100 "
           "queries, the images and mixtures with old answers are close together, and "
           "new answers about 100 mixtures are clearly worse. New answers about 2,000 "
           "mixtures, right of a line, are the best.")

# %%
print("equal budget, minus the images:  old answers mixed ",
      points(old_mixed[1], images[1]))
print("                                 100 new answers   ",
      points(new_100[1], images[1]))
print("20 times the budget:             2,000 new answers ",
      points(new_2000[1], images[1]))
for name, values in (("the images", images), ("old answers mixed", old_mixed),
                     ("2,000 new", new_2000)):
    print(f"640 steps against 64, {name + ':':19}", points(values[1], values[0]))

# %% [markdown]
# At an equal budget of 100 queries, new answers about mixtures are 17.4 points *worse* than answers about the
# images (10.6 to 24.2). Between mixtures with old answers and the images no difference was shown: +1.8 points
# (−0.7 to +4.4). New answers win only with 2,000 queries, by 10.6 points (6.8 to 14.5), and there the budget is
# not equal. So this experiment does not show that new answers are better than old ones. It shows that more
# answers are better, and that longer training makes use of them.
#
# From part II on, every query has a price.

# %% [markdown]
# ## Subliminal learning
#
# Now the teacher answers about any input, even noise. This is the experiment of Cloud and others (2025), with our
# digits.
#
# A teacher has ten outputs for the digits and some **auxiliary** outputs without a meaning. It learns the digits
# from labels, and the auxiliary outputs are in no loss. A student sees only *noise images* and copies *only the
# auxiliary outputs*. Then it is tested on digits, by its ten other outputs, which were never trained.
#
# **Predict.** What share of the digits will it name?

# %% [markdown]
# ### Exercise 02.4 · The loss on auxiliary outputs (easy, 5 minutes)
#
# Return the cross-entropy of teacher and student on the auxiliary logits alone: those after the first `classes`.

# %% nbgrader={"grade": false, "grade_id": "auxiliary_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("02.auxiliary_loss")
def auxiliary_loss(student_logits, teacher_logits, classes=10):
    """Shapes (batch, classes + auxiliary), both. A scalar, the mean over the batch;
    temperature 1.

    Worked case: 2 classes; student [[9., 9., 0., 0.]], teacher [[0., 0., 5., 5.]]: log
    2 = 0.69.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "auxiliary_loss_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("02.auxiliary_loss", points=2)

# %%
def noise(images):
    """Grey noise, (images, 784): every pixel uniform between -1 and 1."""
    return 2 * torch.rand(images, 784, generator=torch.Generator().manual_seed(0)) - 1

@lru_cache
def digit_teachers(auxiliary, seeds):
    """One teacher a seed, taught the digits by labels; its auxiliary logits are in no
    loss."""
    (x, y), teachers = mnist().train, models.Students((784, 64, 64, 10 + auxiliary),
                                                      seeds)
    return training.fit(teachers, x, y, torch.zeros(len(x), 1), epochs=15, lr=3e-4,
                        loss=lambda z, v, y, t, a: F.cross_entropy(z[:, :10], y))

# %% [markdown]
# The student starts either from *the teacher's own initial weights*, before the teacher was trained, or from
# others. `share` is the correlation of the two: 1 means the teacher's initial weights, and 0 means independent
# ones.

# %%
def starting(auxiliary, seeds, shares):
    """Untrained students: the teacher's initial weights (share 1), independent (0), or
    between."""
    sizes, shares = (784, 64, 64, 10 + auxiliary), torch.tensor(shares)[:, None, None]
    students = models.Students(sizes, seeds)
    strangers = models.Students(sizes, [100 + seed for seed in seeds])
    for own, other in zip(students.weights, strangers.weights):
        # as large as either
        own.data = shares * own.data + (1 - shares**2).sqrt() * other.data
    return students

def copy_auxiliary(students, x, answers, rows=None):
    return training.fit(students, x, None, answers, alpha=1.0, rows=rows,
                        epochs=10, lr=3e-3, loss=lambda z, v, y, t,
                        a: auxiliary_loss(z, v))

# %%
def subliminal(auxiliary, shares=(1.0, 0.0), seeds=SEEDS, images=8000):
    """What is named, (1 + shares, seeds, test images). Row 0: by the teachers; then by
    the students."""
    x, test, teachers = noise(images), mnist().test.x, digit_teachers(auxiliary, seeds)
    students = starting(auxiliary, [*seeds] * len(shares),
                        [share for share in shares for _ in seeds])
    with torch.no_grad():
        answers = teachers(x)
    copy_auxiliary(students, x, answers.repeat(len(shares), 1, 1))
    with torch.no_grad():
        named = torch.cat([teachers(test), students(test)])[..., :10].argmax(-1)
    return named.unflatten(0, (-1, len(seeds)))

# %%
shares = (1.0, 0.9, 0.6, 0.0)
named = {3: subliminal(3), 10: subliminal(10, shares)}
right = {auxiliary: (guess == digits.test.y).float().mean(-1)
         for auxiliary, guess in named.items()}

# %% tags=["signature"]
fig, ax = plt.subplots(figsize=(8, 3.8))
groups = [(auxiliary, row, f"{start} start,\n{auxiliary} logits")
          for auxiliary in (3, 10) for row, start in ((1, "teacher's"), (-1, "other"))]
for at, (auxiliary, row, _) in enumerate(groups):
    mean = plots.dots(ax, at, right[auxiliary][row],
                      "student" if row == 1 else "baseline")
    # above chance
    ax.annotate(f"{mean:.0%}", (at + 0.2, max(mean, 0.15)), va="center", fontsize=13)
ax.axhline(right[10][0].mean(), color=plots.ROLES["teacher"].colour,
           label="the teachers")
ax.axhline(0.1, color=plots.ROLES["baseline"].colour, linestyle=":", label="chance")
ax.set_xticks(range(4), [name for *_, name in groups])
ax.set(ylim=(0, 1), xlim=(-0.5, 3.6), ylabel="share of test digits right",
       title="From noise alone, a student learns the digits if it shares the teacher's "
             "start")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, "Share of test digits named right by students that saw only noise. "
           "With the teacher's initial weights: about two fifths from 3 auxiliary "
           "logits, over three quarters from 10. With other initial weights: about one "
           "in ten, which is chance.")

# %%
for auxiliary in (3, 10):
    print(f"{auxiliary:2} auxiliary logits, teacher's start minus another:",
          points(right[auxiliary][1], right[auxiliary][-1]))

# %% [markdown]
# These students never saw a digit, and the ten tested outputs were in no loss. Still they name 78 % of the digits
# right if they started from the teacher's initial weights and copied ten logits. That is 68 points more than the
# control (64 to 72). With three logits they name 39 %, and the seeds differ more. The control had the same
# teachers, the same noise and the same answers. It started from other weights, and is at chance.
#
# The paper reports over 50 % from three logits, with 60,000 noise images. This lesson uses 8,000 to save time, and
# the [replication board](../docs/board.md) repeats it with 30,000 and ten seeds: 73 % (69 to 77).

# %% [markdown]
# ## Why: the same weight change
#
# The **weight change** of a model is its weights after training minus its weights before training. The student
# takes a gradient step that makes its auxiliary outputs more like the teacher's. If both started from the same
# weights, the paper's theorem says that this step does not point *against* the teacher's weight change, whatever
# the input. The reason is that the teacher's own weight change produced these outputs.
#
# ### Exercise 02.5 · Cosine of two weight changes (medium, 10 minutes)
#
# Return, for each pair, the cosine of the angle between the teacher's weight change and the student's.

# %% nbgrader={"grade": false, "grade_id": "alignment", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("02.alignment")
def alignment(teacher_before, teacher_after, student_before, student_after):
    """All (models, weights) to (models,). Worked case: equal changes give 1, opposite
    ones -1."""
    ...

# %% nbgrader={"grade": true, "grade_id": "alignment_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("02.alignment", points=2)

# %%
def weights_of(networks):
    return torch.cat([p.detach().flatten(1) for p in networks.parameters()], dim=1)

def weight_change_cosines(auxiliary, share, seeds=SEEDS, images=2000):
    """Cosine of teacher's and student's weight change, (2, seeds): first step; whole
    training."""
    teachers, x, k = digit_teachers(auxiliary, seeds), noise(images), len(seeds)
    students = starting(auxiliary, seeds, [share] * k)
    taught = weights_of(starting(auxiliary, seeds, [1.0] * k)), weights_of(teachers)
    with torch.no_grad():
        answers = teachers(x)
    # each one's own mean
    loss = k * auxiliary_loss(students(x).flatten(0, 1), answers.flatten(0, 1))
    gradients = torch.autograd.grad(loss, list(students.parameters()))
    before = weights_of(students)
    one_step = before - torch.cat([g.flatten(1) for g in gradients], dim=1)
    after = weights_of(copy_auxiliary(students, x, answers))
    return torch.stack([alignment(*taught, before, one_step),
                        alignment(*taught, before, after)])

# %% [markdown]
# **Predict, then run.** A student has 55,700 weights. Two random directions in that space have a cosine of about
# 0.004. Think of the student's first step from the teacher's initial weights, and from others. How large is its
# cosine with the teacher's weight change?

# %%
same, other = weight_change_cosines(10, share=1.0), weight_change_cosines(10, share=0.0)
fig, ax = plt.subplots(figsize=(8, 3))
groups = [(same[0], "teacher's start,\nfirst step"),
          (other[0], "other start,\nfirst step"),
          (same[1], "teacher's start,\nwhole training"),
          (other[1], "other start,\nwhole training")]
for at, (values, _) in enumerate(groups):
    plots.dots(ax, at, values, "baseline" if at % 2 else "student")
ax.axhline(0, color=plots.ROLES["baseline"].colour, linestyle=":")
ax.set_xticks(range(4), [name for _, name in groups])
ax.set(xlim=(-0.5, 3.6), ylabel="cosine of the weight changes",
       title="From the same start, the student's weights change as the teacher's did")
plots.show(fig, "Cosine between the teacher's weight change and the student's. From "
           "the teacher's initial weights it is clearly positive at the first step and "
           "larger after training. From other weights it is close to zero, and at the "
           "first step slightly negative.")

# %% [markdown]
# From the same start the cosine of the first step is about 0.1, which is some 30 times what chance gives (0.004).
# From another start it is about −0.02. This is small, but six times what chance gives, and we do not know why it
# is negative.
#
# The theorem is about one small step after a small weight change of the teacher. Our teacher trained for 240 steps
# and the student for 160. That the sign is still positive was measured here, not proved.

# %% [markdown]
# ## How much must be shared?
#
# **Predict, then move the slider.** A student starts from weights whose *correlation* with the teacher's initial
# weights is 0.9. How much of the effect is left? The table shows the answers of five students for each digit. On
# the diagonal they are right.

# %%
def at_share(share):
    guess, truth = named[10][1 + shares.index(share)], digits.test.y
    table = torch.stack([guess[:, truth == c].flatten().bincount(minlength=10)
                         for c in range(10)])
    fig, ax = plt.subplots(figsize=(3.4, 3))
    ax.imshow(table, cmap="cividis")
    ax.set(xticks=range(10), yticks=range(10), xlabel="student's class",
           ylabel="true class", title=f"correlation {share}")
    ax.grid(visible=False)
    correct = table.diagonal().sum() / table.sum()
    return (fig, f"Confusion table of five students at correlation {share}: "
                 f"{correct:.0%} right.")

widgets.slider(at_share, values=list(shares), start=0.9,
               label="correlation with the teacher's start");

# %%
fig, ax = plt.subplots(figsize=(7.5, 3))
plots.band(ax, shares, right[10][1:], "student",
           "student of noise, 10 auxiliary logits")
ax.axhline(0.1, color=plots.ROLES["baseline"].colour, linestyle=":", label="chance")
ax.set(xlabel="correlation with the teacher's initial weights", ylim=(0, 1),
       ylabel="test digits named right")
ax.legend(loc="upper left")
plots.show(fig, "Digits named right against the correlation with the teacher's initial "
           "weights. It falls steeply: at 0.9 a good part is gone, at 0.6 nearly all, "
           "and at 0 it is chance.")

# %% [markdown]
# At a correlation of 0.9 a good part of the effect is gone, and at 0.6 nearly all of it. So the effect needs
# nearly the same initial weights. Models that are fine-tuned from the same base have such weights.

# %% [markdown]
# ## What this means for filtered outputs
#
# A provider fine-tunes a base model, and the result has a trait that nobody wants. Its outputs will train the
# next model, which is fine-tuned from the *same base*. So the provider first removes the outputs that show the
# trait.
#
# We try two filters, and each keeps one answer in four. The first removes the answers to noise for which the
# teacher's ten digit outputs are most confident. The second uses the base model, too: it removes the answers that
# fine-tuning changed most.
#
# ### Exercise 02.6 · The filter that knows the base (hard, 15 minutes)
#
# Return the indices of the `keep` rows where the auxiliary answer changed *least*. The change is measured by the
# divergence $\mathrm{KL}(p\,\|\,q) = \sum_i p_i \log (p_i / q_i)$. Here $p$ is the fine-tuned model's softmax
# over the auxiliary logits, and $q$ the base model's.

# %% nbgrader={"grade": false, "grade_id": "least_changed", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("02.least_changed")
def least_changed(answers, base_answers, keep, classes=10):
    """Both (models, rows, classes + auxiliary), to row numbers (models, keep), least
    changed first.

    Worked case: 1 class; answers [[[0., 0., 5.], [7., 0., 0.]]], base all 0, keep 1:
    [[1]].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "least_changed_check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
grade("02.least_changed", points=3)

# %%
def filtered(auxiliary=10, keep=8000, out_of=32000, seeds=SEEDS):
    """Test accuracy, (2, seeds): taught by the least confident answers; by the least
    changed."""
    x, teachers = noise(out_of), digit_teachers(auxiliary, seeds)
    bases = starting(auxiliary, seeds, [1.0] * len(seeds))
    with torch.no_grad():
        answers, base = teachers(x), bases(x)
    least_confident = answers[..., :10].softmax(-1).amax(-1).argsort(-1)[:, :keep]
    rows = torch.cat([least_confident, least_changed(answers, base, keep)])
    students = starting(auxiliary, [*seeds, *seeds], [1.0] * 2 * len(seeds))
    return on_test(copy_auxiliary(students, x, answers.repeat(2, 1, 1),
                                  rows)).view(2, -1)

# %% [markdown]
# **Predict, then run.** Every student gets 8,000 answers. How many points does each filter take from the student?

# %%
by_confidence, by_change = filtered()
fig, ax = plt.subplots(figsize=(7.5, 3.2))
bars = [("no filter", right[10][1]), ("least sure\nof a digit", by_confidence),
        ("least changed\nfrom the base", by_change)]
for at, (_, values) in enumerate(bars):
    mean = plots.dots(ax, at, values, "defender" if at else "student")
    ax.annotate(f"{mean:.0%}", (at + 0.22, mean), va="center")
ax.axhline(0.1, color=plots.ROLES["baseline"].colour, linestyle=":", label="chance")
ax.set_xticks(range(3), [name for name, _ in bars])
ax.set(xlim=(-0.5, 2.6), ylim=(0, 1), ylabel="test digits named right",
       title="Two filters that drop three answers in four leave most of the effect")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, "Digits named right by students of noise, from all answers, from the "
           "quarter in which the teacher is least sure of a digit, and from the "
           "quarter that fine-tuning changed least. Both filters leave the students "
           "far above chance.")

# %%
print("least sure, against no filter:    ", points(by_confidence, right[10][1]))
print("least changed, against no filter: ", points(by_change, right[10][1]))
print("least changed, against chance:    ",
      points(by_change, torch.full_like(by_change, 0.1)))

# %% [markdown]
# For the first filter no loss was shown: −0.1 points (−2.4 to +2.2). The second one, which knows the base, costs
# the student 4.7 points (2.0 to 7.5), and leaves it 63 points above chance (57 to 69). So the trait is not in a
# few answers that a filter could remove. It is a small change in all of them.
#
# The paper reports the same for language models. A model with a preference for owls writes lists of numbers, and
# the lists are filtered. A model that is fine-tuned on them prefers owls, too, **if it has the same base**.
#
# Two conclusions follow from this:
#
# - **Suppose that two models are fine-tuned from the same base. Then a filter on the outputs of one does not
#   guarantee that the other learns only their visible content.**
# - **An attacker whose model started from other weights gains nothing from this effect here. If both models were
#   fine-tuned from the same open base, the attacker can gain from it.** All of this was measured on small
#   networks and noise.

# %% [markdown]
# ## What we checked
#
# Each row is a conclusion of this lesson, and *control* is what it was compared with. Some rows name a number of
# points; in the others it is zero. *Agrees* means that the whole 95 % interval of the difference lies above this
# number, *does not agree* that it lies below, and *not shown* that the number is inside.

# %%
# NBVAL_CHECK_OUTPUT
def verdict(a, b, limit=0.0):
    _, low, high = measures.paired_interval(a, b)
    return ("agrees" if low > limit else "does not agree" if high < limit
            else "not shown")

chance = torch.full_like(right[10][-1], 0.1)
checked = [
    ("a hint helps the wide student", "soft targets alone", "",
     verdict(wide[2], wide[0])),
    ("a hint helps the narrow one", "soft targets alone", "",
     verdict(narrow[2], narrow[0])),
    ("features add 10 points", "20 labels alone", "",
     verdict(few[2], few[:2].amax(0), 0.1)),
    ("an ensemble beats its members", "a member", "61.1 against 58.9 %",
     verdict(ensemble, member)),
    ("its student beats a member", "a member", "60.8 against 58.9 %",
     verdict(of_ten, member)),
    ("its student beats a member's", "same 1,500 images", "", verdict(of_ten, of_one)),
    ("mixtures beat the images", "100 queries each", "",
     verdict(new_100[1], images[1])),
    ("noise teaches 30 points", "other initial weights", "3 logits: over 50 %",
     verdict(right[10][1], right[10][-1], 0.3)),
    ("filter with base leaves 10 points", "chance", "filters do not stop it",
     verdict(by_change, chance, 0.1))]
pd.DataFrame(checked, columns=["conclusion", "control", "published", "here"])

# %% [markdown]
# ## Wrap-up: five questions

# %%
widgets.quiz("02")

# %% [markdown]
# ## What this does not show
#
# - There is one convolutional teacher, and 1,000 test digits. The intervals cover the students' initial weights,
#   the ensembles and the draws of 100 images. They do not cover another teacher or another task.
# - Widths, weights, temperatures, step counts and learning rates were chosen on the 500 validation images. Each
#   method has one reasonable setting. The best setting of each method was not searched.
# - The linear map of the hints starts at zero. If it starts at random, its large first errors switch off most
#   units of a narrow student. Then hints seem to cost dozens of points.
# - The teacher of the noise experiment was trained briefly. With longer training its weights move further from
#   the shared start, where the theorem says nothing. The result about language models is the paper's, not ours.
# - We tried two filters that keep one answer in four. A filter that removes nearly every answer would leave
#   nothing to learn from.
#
# ## With real models
#
# A feature loss needs the teacher's hidden states, so it needs the teacher's weights. Four forms are common:
#
# - **FitNets**: the squared distance at a middle layer, through a learned map. This is a first stage; the loss on
#   the answers follows.
# - **Attention transfer** (Zagoruyko and Komodakis, 2017), for convolutional networks: the distance of two maps,
#   not of features. A map is the sum of the squared activations over the channels, normalised. No learned map is
#   needed.
# - **DistilBERT** (2019): one minus the cosine of the last hidden states, at each token. Its published command
#   gives soft targets weight 5, the masked words 2 and the cosine 1. Student and teacher have the same width.
# - **Minitron** (2024): a distance at chosen layers, through a learned map. In Megatron-LM its weight is set at
#   each step so that it is as large as the logits' loss. The authors advise the logits' loss alone, unless many
#   layers were removed (read second hand).
#
# Four things go wrong:
#
# - **No gain.** On CIFAR-100 (vgg13 to MobileNetV2) RepDistiller reports 67.37 % with soft targets, 64.14 % with
#   hints, 59.40 % with attention transfer and 64.60 % with labels alone. Between two networks of one family
#   (resnet32x4 to resnet8x4) the same four are 73.33, 73.50, 73.44 and 72.50 %. So soft targets are the baseline.
# - **Scale.** The weight of a squared distance depends on the size of the features: RepDistiller's scripts have 100
#   for hints and 1,000 for attention transfer. A cosine does not see the size, as the next cell shows.
# - **Padding.** Leave padded tokens out of the mean, as DistilBERT's code does.
# - **Layers.** With fewer layers you must choose which layer learns from which, and at which weight: more
#   settings for the validation set.

# %%
h = classifier.features(teacher, digits.test.x)
# the right direction, and half the size
smaller = 0.5 * h
print(f"squared distance: {(smaller - h).pow(2).sum(-1).mean():.0f}")
print("cosine loss:      "
      f"{F.cosine_embedding_loss(smaller, h, torch.ones(len(h))):.3f}")

# %% [markdown]
# ## References
#
# - [arXiv:1412.6550](https://arxiv.org/abs/1412.6550): Romero and others, *FitNets: Hints for Thin Deep Nets*,
#   2014. The comparisons on CIFAR-100 are in the tables of
#   [RepDistiller](https://github.com/HobbitLong/RepDistiller), which trains each method with labels.
# - [arXiv:1503.02531](https://arxiv.org/abs/1503.02531): Hinton, Vinyals, Dean, *Distilling the
#   Knowledge in a Neural Network*, 2015.
# - [arXiv:2106.05237](https://arxiv.org/abs/2106.05237): Beyer and others, *Knowledge distillation: a good
#   teacher is patient and consistent*, CVPR 2022.
# - [arXiv:2507.14805](https://arxiv.org/abs/2507.14805): Cloud and others, *Subliminal Learning: Language
#   models transmit behavioral traits via hidden signals in data*, 2025. Its figure for the digits, over 50 % with
#   3 auxiliary logits, was read second hand.
# - [arXiv:1612.03928](https://arxiv.org/abs/1612.03928): Zagoruyko, Komodakis, *Paying More Attention to
#   Attention*, ICLR 2017.
# - [arXiv:1910.01108](https://arxiv.org/abs/1910.01108): Sanh and others, *DistilBERT*, 2019. The weights and
#   the mask are those of its code, the folder `examples/research_projects/distillation` of Hugging Face's
#   transformers (stored copy).
# - [arXiv:2407.14679](https://arxiv.org/abs/2407.14679): Muralidharan and others, *Compact Language Models via
#   Pruning and Knowledge Distillation* (Minitron), 2024. The balance of the losses is in NVIDIA's Megatron-LM,
#   `megatron/post_training/algos/distillation.py`.
# - Published figures and how each was read: the [replication board](../docs/board.md).
#
# All terms of the course are explained in the [glossary](glossary.md).

# %%
progress()
