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
# with mixtures, say which of these pays here and which does harm, and explain how a model passes on what its
# answers never mention.
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
import torch
from torch.nn import functional as F

plots.picture("teacher", "student", "score")

# %% [markdown]
# ## Five things to show
#
# Lesson 01 used one channel: ten numbers for each image. A teacher has more to show than that, and real
# services do: some sell *embeddings*, some let you ask about anything you like.
#
# **Predict.** You want to keep your model to yourself, and you serve one of these. Which gives most away?

# %%
digits, teacher = mnist(), classifier.load_teacher()
x = digits.transfer.x[:1]
print("the class:         ", teacher(x).argmax().item())
for name, numbers in (("ten probabilities", teacher(x).softmax(-1)), ("ten logits", teacher(x)),
                      ("128 features", classifier.features(teacher, x))):
    print(f"{name + ':':18} ", *(f"{value:.2g}" for value in numbers[0, :6]), "...")

# %% [markdown]
# Logits are the probabilities' logarithms plus one number that the softmax forgets. The **features** are what
# the teacher's last layer reads: 128 numbers, and the ten logits are a linear map of them. The fifth thing is
# not in the list: *answers about anything at all*. It comes last, because it is the strangest.
#
# We start with the features.

# %% [markdown]
# ## Hints
#
# A student that copies the answers has to find its own way to them. FitNets (Romero and others, 2014) show it a
# piece of the teacher's way: the student also has to guess her features, through a linear map that is learned
# along and thrown away afterwards. The map is needed because student and teacher have different widths.
#
# With the teacher's logits $v$ and features $h$, and the student's logits $z$ and guess $u$:
#
# $$L = T^2\, \mathrm{CE}\big(\mathrm{softmax}(v/T),\ \mathrm{softmax}(z/T)\big) + w\,\tfrac{1}{2}\,\lVert u - h\rVert^2$$
#
# ### Exercise 02.1 · Soft targets and a hint (medium, 10 minutes)
#
# Each row of both tensors holds the logits first, then the features. Take the mean over the images.

# %% nbgrader={"grade": false, "grade_id": "hinted_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("02.hinted_loss")
def hinted_loss(student_outputs, teacher_outputs, classes=10, temperature=4.0, weight=0.1):
    """Shapes (batch, classes + units), both. Returns a scalar.

    Worked case: 2 classes, T = 1, weight 1: student [[0., 0., 1.]], teacher [[0., 0., 3.]] give
    log 2 + 4 / 2 = 2.69. With weight 0 it is lesson 01's kd_loss with alpha = 1.
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
    """Test accuracy, (weights, seeds): soft targets on the transfer set, and hints of some weight."""
    x, accuracy = mnist().transfer.x, []
    served = torch.cat([classifier.load_teacher()(x), features_of(x)], dim=-1)
    for weight in weights:
        students = material("02").Hinted((784, width, width, 10), seeds, served.shape[1] - 10)
        training.fit(students, x, None, served, alpha=1.0, temperature=temperature, epochs=25,
                     loss=lambda z, v, y, t, a, w=weight: hinted_loss(z, v, 10, t, w))
        accuracy.append(on_test(students))
    return torch.stack(accuracy)

# %% [markdown]
# Both students below learn from the same 1,500 transfer images, without a label: a narrow one with 16 units in
# a layer, a wide one with 64. Only the weight of the hint changes.
#
# **Predict, then run.** Features say more than classes. Who gains from them: the narrow student, the wide one,
# both?

# %%
narrow, wide = hints(16), hints(64)

# %%
fig, axes = plt.subplots(1, 2, figsize=(9, 3), sharey=True)
for ax, accuracy, name in zip(axes, (narrow, wide), ("narrow, 16 units", "wide, 64 units")):
    plots.band(ax, ["0.1", "1", "10"], accuracy[1:] - accuracy[0], "student", "with hints")
    ax.axhline(0, color=plots.ROLES["baseline"].colour, linestyle=":", label="soft targets alone")
    ax.set(title=f"{name}: soft targets give {accuracy[0].mean():.1%}", xlabel="weight of the hint")
axes[0].set_ylabel("gain in test accuracy")
axes[0].legend(loc="lower left")
plots.show(fig, "Gain of hints over soft targets alone, against the weight of the hint. The narrow "
           "student's curve falls as the weight grows, below zero. The wide student's stays about a "
           "point above.")

# %%
def points(a, b):
    return measures.paired_interval(a, b).points()

for name, accuracy in (("narrow", narrow), ("wide", wide)):
    for row, weight in ((2, 1), (3, 10)):
        print(f"{name}, weight {weight} against no hint:", points(accuracy[row], accuracy[0]))

# %% [markdown]
# Read the intervals. To the wide student a hint is worth about a point. The narrow one gains nothing that we
# could show, and a heavy hint costs it: presumably because each of its few units that serves the hint is
# missing for the classes, lesson 01's capacity gap in another dress. The literature has the like: in one
# published comparison a student reached 64.14 % with FitNets' hints, and 64.60 % alone.
#
# So are features a poor gift? They are a poor *addition*, when the classes are served anyway.

# %% [markdown]
# ## An endpoint that names no class
#
# Suppose the owner serves only features: an embeddings endpoint. No class, no probability. The copier asks
# about the 1,500 transfer images, and has 20 labelled digits of its own, two of each.
#
# **Predict, then run.** 20 labels alone, a network trained on them: how many test digits does it get? And how
# many does a student of the features get, if each digit's mean among those 20 is all it knows of classes?

# %%
def nearest_mean(known, labels, asked):
    """The class whose mean direction in `known` (n, units) is nearest to each row of `asked`."""
    means = torch.stack([known[labels == c].mean(0) for c in range(10)])
    return (F.normalize(asked, dim=-1) @ F.normalize(means, dim=-1).T).argmax(-1)

# %%
def embeddings(n=20, seeds=SEEDS):
    """Test accuracy from n labels, (3, seeds): network; nearest mean of pixels; of copied features."""
    digits = mnist()
    (x, y), test = digits.train, digits.test
    rows = torch.stack([stratified_rows(y, n, seed) for seed in seeds])
    network = models.Students((784, 64, 64, 10), seeds)
    training.fit(network, x, y, rows=rows, epochs=150)
    copy = models.Students((784, 64, 64, 128), seeds)
    training.fit(copy, digits.transfer.x, None, features_of(digits.transfer.x), alpha=1.0, epochs=25,
                 loss=lambda z, v, y, t, a: F.mse_loss(z, v))
    with torch.no_grad():
        known, asked = copy(x), copy(test.x)
    named = [[nearest_mean(x[r], y[r], test.x) for r in rows],
             [nearest_mean(k[r], y[r], a) for k, a, r in zip(known, asked, rows)]]
    right = [[(guess == test.y).float().mean() for guess in guesses] for guesses in named]
    return torch.cat([on_test(network)[None], torch.tensor(right)])

# %%
few = embeddings()
names = ["a network,\n20 labels", "nearest mean of pixels,\n20 labels",
         "nearest mean of copied\nfeatures, 20 labels"]
fig, ax = plt.subplots(figsize=(7.5, 3.2))
for at, (values, role) in enumerate(zip(few, ("baseline", "baseline", "student"))):
    ax.annotate(f"{plots.dots(ax, at, values, role):.0%}", (at + 0.22, values.mean()), va="center")
ax.set_xticks(range(3), names)
ax.set(ylabel="test accuracy", ylim=(0, 1), xlim=(-0.5, 2.6),
       title="Features name no class, and 20 labels do the rest")
plots.show(fig, "Test accuracy from 20 labels: a network of them alone gets about half right, the "
           "nearest mean of pixels somewhat more, and the nearest mean of copied features well over "
           "three quarters.")

# %%
print("copied features minus the better of the two:", points(few[2], few[:2].amax(0)))

# %% [markdown]
# The endpoint never named a digit. But in its 128 numbers the ten digits are ten heaps, and twenty labels say
# which heap is which. "We only serve embeddings" is not a protection; it is most of the model.

# %% [markdown]
# ## Ten teachers, one student
#
# Hinton's speech team had ten models. Alone each got 58.9 % of the frames right, their average 61.1 %, and one
# student taught by the average 60.8 %: nearly all of the gain, at a tenth of the cost of an answer.
#
# ### Exercise 02.2 · What an ensemble says (easy, 5 minutes)
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
# Five ensembles of ten networks, each ensemble with its own 500 labelled digits; all fifty train as one batch.
# Then two students for each ensemble, of a member's size, on the 1,500 transfer images: one gets the ensemble's
# answers, the other those of a single member. The second is the control: is it the ensemble, or just more
# images?

# %%
def match(z, p, y, temperature, alpha):
    """T² times the cross-entropy of the student's softmax with probabilities p."""
    return temperature**2 * F.cross_entropy(z / temperature, p)

def ensembles(n=500, members=10, width=32, seeds=SEEDS, temperature=4.0):
    """The members of all ensembles, one after the other; and the students, first of one member each."""
    digits, k, sizes = mnist(), len(seeds), (784, width, width, 10)
    rows = torch.stack([stratified_rows(digits.train.y, n, seed) for seed in seeds])
    each = models.Students(sizes, [100 * s + m for s in seeds for m in range(members)])
    training.fit(each, *digits.train, rows=rows.repeat_interleave(members, 0), epochs=40)
    with torch.no_grad():
        said = each(digits.transfer.x).unflatten(0, (k, members))
    targets = [ensemble_targets(z[:1], temperature) for z in said]
    targets += [ensemble_targets(z, temperature) for z in said]
    students = models.Students(sizes, [100 * s + members for s in seeds] * 2)
    training.fit(students, digits.transfer.x, None, torch.stack(targets), loss=match, alpha=1.0,
                 temperature=temperature)
    return each, students

# %%
def compare(each, students, split):
    """Accuracy, (4, seeds): a member, the ensemble, a member's student, the ensemble's student."""
    k = len(students) // 2
    with torch.no_grad():
        together = torch.stack([ensemble_targets(z) for z in each(split.x).unflatten(0, (k, -1))])
    return torch.stack([measures.accuracy(each, split).view(k, -1).mean(1),
                        (together.argmax(-1) == split.y).float().mean(-1),
                        *measures.accuracy(students, split).view(2, k)])

# %% [markdown]
# **Predict, then run.** Which of the two students does better, and how much of the ensemble's gain does it
# keep?

# %%
each, students = ensembles()
member, ensemble, of_one, of_ten = compare(each, students, digits.test)

# %%
fig, ax = plt.subplots(figsize=(7.5, 3.2))
bars = [("one member", member, "baseline"), ("ten members,\naveraged", ensemble, "teacher"),
        ("student of\none member", of_one, "baseline"), ("student of\nthe ensemble", of_ten, "student")]
for at, (_, values, role) in enumerate(bars):
    ax.annotate(f"{plots.dots(ax, at, values, role):.1%}", (at + 0.22, values.mean()), va="center")
ax.set_xticks(range(4), [name for name, _, _ in bars])
ax.set(xlim=(-0.5, 3.6), ylabel="test accuracy", title="One small network, taught by ten of its size")
plots.show(fig, "Test accuracy of a member, of the average of ten, of a student of one member and of a "
           "student of the ensemble. The ensemble is best; its student lies between it and the "
           "members; the student of one member is no better than a member.")

# %% [markdown]
# The dots of two groups overlap, but they are paired: every ensemble with its own members and students. So look
# at the differences, and look at them twice: on the test images, and on the validation images on which the
# settings (width, temperature, which images) had been compared.

# %%
for name, split in (("test", digits.test), ("validation", digits.validation)):
    one, ten, student_of_one, student_of_ten = compare(each, students, split)
    print(f"{name}: ensemble minus a member  ", points(ten, one))
    print("   its student minus a member    ", points(student_of_ten, one))
    print("   its student minus a member's  ", points(student_of_ten, student_of_one))
    print(f"   kept of the ensemble's gain    {(student_of_ten - one).mean() / (ten - one).mean():.0%}")

# %% [markdown]
# Ten opinions are better than one: both blocks say so. But on the validation images the one student holds *all*
# of the gain, as in Hinton's team, and on the test images less than half of it, with an interval that includes
# zero. Nothing is broken. The settings were picked where they looked best, and 500 images are few: the interval
# knows how students vary, and knows nothing about that. This is why there are two sets of images, and why only
# the second goes into the table.
#
# So Hinton's figure is not reproduced here. The gain to be kept is a point or two, and with a thousand digits
# and five seeds we cannot say what share of it is kept.

# %% [markdown]
# ## A patient student
#
# So far the teacher answered once about each image. Beyer and others (2022) let her answer again and again:
# each step shows teacher and student the *same* new view, moved a little and overlaid with another image, and
# the student matches her answer about that very view. They call it function matching, and found that it goes on
# getting better for thousands of epochs.
#
# ### Exercise 02.3 · What she says about a mixture (medium, 5 minutes)
#
# A mixture is `share` parts of an image and `1 - share` parts of its partner. Return the teacher's logits for
# the mixtures.

# %% nbgrader={"grade": false, "grade_id": "matched_answers", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("02.matched_answers")
def matched_answers(teacher, images, partners, share):
    """images, partners: (batch, pixels); share: (batch, 1); teacher: a function of images.

    Worked case: a teacher that doubles, images [[2.]], partners [[0.]], share [[0.25]]: [[1.]].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "matched_answers_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("02.matched_answers", points=2)

# %% [markdown]
# You have only 100 images. Three ways to use them: the images themselves with her answers; mixtures of moved
# images with the *old answers, mixed* in the same shares, which needs no new question; and mixtures with her
# own answers.

# %%
def shifted(x, draw):
    """Each image moved by up to two pixels, up or down and to the side."""
    moves, place = torch.randint(-2, 3, (2, len(x), 1), generator=draw), torch.arange(28)
    down, right = ((place + move) % 28 for move in moves)
    each = torch.arange(len(x))[:, None, None]
    return x.view(-1, 28, 28)[each, down[:, :, None], right[:, None, :]].flatten(1)

def views(n, count, seed, temperature):
    """n images and `count` mixtures of them: (images, targets) for each of the three ways."""
    draw, teacher = torch.Generator().manual_seed(seed), classifier.load_teacher()
    x = mnist().transfer.x[torch.randperm(1500, generator=draw)[:n]]
    one, two = torch.randint(0, n, (2, count), generator=draw)
    share, a, b = torch.rand(count, 1, generator=draw), shifted(x[one], draw), shifted(x[two], draw)
    mixed, p = share * a + (1 - share) * b, (teacher(x) / temperature).softmax(-1)
    hers = (matched_answers(teacher, a, b, share) / temperature).softmax(-1)
    return (x, p), (mixed, share * p[one] + (1 - share) * p[two]), (mixed, hers)

# %%
def patience(steps=(64, 192, 640), n=100, count=2000, seeds=SEEDS, temperature=4.0):
    """Test accuracy, (3 ways, steps, seeds). Every seed has its own images; batches of at most 128."""
    sets, accuracy = [views(n, count, seed, temperature) for seed in seeds], []
    for way in zip(*sets):
        x, p = (torch.cat(parts) for parts in zip(*way))
        rows = torch.arange(len(x)).view(len(seeds), -1)
        for total in steps:
            students = models.Students((784, 64, 64, 10), seeds)
            training.fit(students, x, None, p, loss=match, alpha=1.0, temperature=temperature,
                         rows=rows, epochs=round(total / -(-rows.shape[1] // 128)))
            accuracy.append(on_test(students))
    return torch.stack(accuracy).view(3, len(steps), -1)

# %% [markdown]
# **Predict, then run.** Ten times as many steps on the same hundred images: which of the three gets better, and
# which gets worse?

# %%
steps = (64, 192, 640)
clean, blended, matched = patience(steps)

# %%
fig, ax = plt.subplots(figsize=(8, 3.4))
for values, role, name in ((matched, "student", "mixtures, her own answers (2,000 questions)"),
                           (clean, "baseline", "the images, her answers (100 questions)"),
                           (blended, "attacker", "mixtures, old answers mixed (100 questions)")):
    plots.band(ax, [str(n) for n in steps], values, role, name)
ax.set(xlabel="training steps", ylabel="test accuracy", ylim=(0.65, 0.97),
       title="Patience pays if she answers about what you see")
ax.legend(loc="upper left")
plots.show(fig, "Test accuracy against training steps for students of 100 images. With the teacher's "
           "own answers about mixtures it rises by many points; on the images alone, and with old "
           "answers mixed, it does not get far.")

# %%
print("her own answers, 640 steps against 64:  ", points(matched[2], matched[0]))
print("the images,      640 steps against 64:  ", points(clean[2], clean[0]))
print("mixed answers,   640 steps against 64:  ", points(blended[2], blended[0]))
print("own answers minus images, at 640 steps: ", points(matched[2], clean[2]))

# %% [markdown]
# A hundred pictures are soon learned by heart, and then there is nothing left to learn from them. Their
# mixtures are not digits at all, and still her answers about them teach what a digit is. But only *her*
# answers: mixing two old ones looks like thrift, and pretends that an overlay of a 3 and a 7 is, to her, half a
# 3 and half a 7.
#
# Mind the bill: 100 questions against 2,000. Patience is cheap; new answers are not. Part II counts them.

# %% [markdown]
# ## Subliminal learning
#
# Now the fifth thing: answers about anything at all. Here is the experiment of Cloud and others (2025), on our
# digits.
#
# A teacher has ten outputs for the digits and a few **auxiliary** ones that nobody ever gave a meaning. It
# learns the digits from labels; the auxiliary outputs are left alone. A student looks at *noise*, where there
# is no digit, and copies *only the auxiliary outputs*. Then it is tested on digits, by its ten outputs that it
# was never taught.
#
# **Predict.** What will it know?

# %% [markdown]
# ### Exercise 02.4 · Only what means nothing (easy, 5 minutes)
#
# The cross-entropy of teacher and student on the auxiliary logits alone: those after the first `classes`.

# %% nbgrader={"grade": false, "grade_id": "auxiliary_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("02.auxiliary_loss")
def auxiliary_loss(student_logits, teacher_logits, classes=10):
    """Shapes (batch, classes + auxiliary), both. A scalar, the mean over the batch; temperature 1.

    Worked case: 2 classes; student [[9., 9., 0., 0.]], teacher [[0., 0., 5., 5.]]: log 2 = 0.69.
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
    """One teacher a seed, taught the digits by labels; its auxiliary logits are in no loss."""
    (x, y), teachers = mnist().train, models.Students((784, 64, 64, 10 + auxiliary), seeds)
    return training.fit(teachers, x, y, torch.zeros(len(x), 1), epochs=15, lr=3e-4,
                        loss=lambda z, v, y, t, a: F.cross_entropy(z[:, :10], y))

# %% [markdown]
# Where does the student start? Either with *the teacher's own initial weights*, as they were before it learned,
# or with others. `share` goes from one to the other: 1 is the teacher's start, 0 is a stranger's.

# %%
def starting(auxiliary, seeds, shares):
    """Untrained students: the teacher's first weights (share 1), a stranger's (0), or between."""
    sizes, shares = (784, 64, 64, 10 + auxiliary), torch.tensor(shares)[:, None, None]
    students = models.Students(sizes, seeds)
    strangers = models.Students(sizes, [100 + seed for seed in seeds])
    for own, other in zip(students.weights, strangers.weights):
        own.data = shares * own.data + (1 - shares**2).sqrt() * other.data    # as large as either
    return students

def copy_auxiliary(students, x, answers, rows=None):
    return training.fit(students, x, None, answers, alpha=1.0, rows=rows, epochs=10, lr=3e-3,
                        loss=lambda z, v, y, t, a: auxiliary_loss(z, v))

# %%
def subliminal(auxiliary, shares=(1.0, 0.0), seeds=SEEDS, images=8000):
    """What is named, (1 + shares, seeds, test images). Row 0: by the teachers; then by the students."""
    x, test, teachers = noise(images), mnist().test.x, digit_teachers(auxiliary, seeds)
    students = starting(auxiliary, [*seeds] * len(shares), [share for share in shares for _ in seeds])
    with torch.no_grad():
        answers = teachers(x)
    copy_auxiliary(students, x, answers.repeat(len(shares), 1, 1))
    with torch.no_grad():
        named = torch.cat([teachers(test), students(test)])[..., :10].argmax(-1)
    return named.unflatten(0, (-1, len(seeds)))

# %%
shares = (1.0, 0.9, 0.6, 0.0)
named = {3: subliminal(3), 10: subliminal(10, shares)}
right = {auxiliary: (guess == digits.test.y).float().mean(-1) for auxiliary, guess in named.items()}

# %% tags=["signature"]
fig, ax = plt.subplots(figsize=(8, 3.8))
for at, auxiliary in ((0, 3), (2.4, 10)):
    for shift, row, role, name in ((0, 1, "student", "the teacher's initial weights"),
                                   (1, -1, "baseline", "other initial weights")):
        values = right[auxiliary][row]
        mean = plots.dots(ax, at + shift, values, role, name if auxiliary == 3 else None)
        ax.annotate(f"{mean:.0%}", (at + shift + 0.25, mean), va="center", fontsize=13)
ax.axhline(right[10][0].mean(), color=plots.ROLES["teacher"].colour, label="their teachers")
ax.axhline(0.1, color=plots.ROLES["baseline"].colour, linestyle=":", label="chance")
ax.set_xticks([0.5, 2.9], ["copied 3 auxiliary logits", "copied 10 auxiliary logits"])
ax.set(ylim=(0, 1), xlim=(-0.6, 4.1), ylabel="test digits named right",
       title="Students that saw only noise, and copied only logits without a meaning")
ax.legend(loc="upper left", ncols=2, bbox_to_anchor=(0, 0.84))
plots.show(fig, "Share of test digits named right by students that saw only noise. With the teacher's "
           "initial weights: about two fifths from 3 auxiliary logits, over three quarters from 10. "
           "With other initial weights: about one in ten, which is chance.")

# %%
for auxiliary in (3, 10):
    print(f"{auxiliary:2} auxiliary logits, teacher's start minus another:",
          points(right[auxiliary][1], right[auxiliary][-1]))

# %% [markdown]
# Look at it once more. No digit was ever shown to these students. No output that means a digit was ever copied;
# the ten outputs that are tested got no gradient at all. And most of the digits are named right, if the student
# once had the same random weights as the teacher and copied ten logits; with three, fewer, and it varies.
#
# The paper reports over 50 % from three logits, with 60,000 noise images. Here there are 8,000, to save you time; the
# replication board (docs/board.md) repeats it with 30,000 and ten seeds.
#
# The control has the same teachers, the same noise, the same answers. It learns from them for as
# long, and knows nothing.

# %% [markdown]
# ## Why: two ways from one start
#
# The teacher went some way from its initial weights. The student takes a step that makes its auxiliary outputs
# more like the teacher's. From the same start, says the paper's theorem, this step cannot lead *away* from
# where the teacher went, whatever the input: in a small neighbourhood it was the teacher's way that changed
# those outputs.
#
# ### Exercise 02.5 · The same way? (medium, 10 minutes)
#
# Return, for each pair, the cosine of the angle between the teacher's way and the student's.

# %% nbgrader={"grade": false, "grade_id": "alignment", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("02.alignment")
def alignment(teacher_before, teacher_after, student_before, student_after):
    """All (models, weights) to (models,). Worked case: equal ways give 1, opposite ones -1."""
    ...

# %% nbgrader={"grade": true, "grade_id": "alignment_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("02.alignment", points=2)

# %%
def weights_of(networks):
    return torch.cat([p.detach().flatten(1) for p in networks.parameters()], dim=1)

def ways(auxiliary, share, seeds=SEEDS, images=2000):
    """Cosine of teacher's and student's way, (2, seeds): first gradient step; whole training."""
    teachers, x, k = digit_teachers(auxiliary, seeds), noise(images), len(seeds)
    students = starting(auxiliary, seeds, [share] * k)
    hers = weights_of(starting(auxiliary, seeds, [1.0] * k)), weights_of(teachers)
    with torch.no_grad():
        answers = teachers(x)
    loss = k * auxiliary_loss(students(x).flatten(0, 1), answers.flatten(0, 1))    # each one's own mean
    gradients = torch.autograd.grad(loss, list(students.parameters()))
    before = weights_of(students)
    one_step = before - torch.cat([g.flatten(1) for g in gradients], dim=1)
    after = weights_of(copy_auxiliary(students, x, answers))
    return torch.stack([alignment(*hers, before, one_step), alignment(*hers, before, after)])

# %% [markdown]
# **Predict, then run.** A student has 55,700 weights. Two random directions in that space have a cosine of
# about 0.004. What will the first step's be, from the teacher's start and from another?

# %%
same, other = ways(10, share=1.0), ways(10, share=0.0)
fig, ax = plt.subplots(figsize=(8, 3))
for at, row in ((0, 0), (2.4, 1)):
    for shift, values, role, name in ((0, same[row], "student", "the teacher's initial weights"),
                                      (1, other[row], "baseline", "other initial weights")):
        plots.dots(ax, at + shift, values, role, None if row else name)
ax.axhline(0, color=plots.ROLES["baseline"].colour, linestyle=":")
ax.set_xticks([0.5, 2.9], ["first gradient step", "whole training"])
ax.set(xlim=(-0.6, 4.1), ylabel="cosine with her way", title="From her start, the student goes her way")
ax.legend(loc="upper left")
plots.show(fig, "Cosine between the teacher's way in weight space and the student's. From the "
           "teacher's initial weights it is clearly positive at the first step and larger after "
           "training. From other weights it is close to zero, and at the first step slightly "
           "negative.")

# %% [markdown]
# A cosine of a tenth looks small. Among 55,700 dimensions it is a signpost. From another start the cosine is
# close to zero (and not above it): the same answers, and no way towards her.
#
# The theorem is about one small step from a small change of the teacher. Hers was 240 steps and the student's
# 160: that the sign still holds is what we measured, not what was proved.

# %% [markdown]
# ## How much must be shared?
#
# **Predict, then move the slider.** A student starts from 90 % of the teacher's initial weights and the rest a
# stranger's (their *correlation* is 0.9). How much of the effect is left? The square shows what five students
# say about each digit: on the diagonal they are right.

# %%
def at_share(share):
    guess, truth = named[10][1 + shares.index(share)], digits.test.y
    table = torch.stack([guess[:, truth == c].flatten().bincount(minlength=10) for c in range(10)])
    fig, ax = plt.subplots(figsize=(3.4, 3))
    ax.imshow(table, cmap="cividis")
    ax.set(xticks=range(10), yticks=range(10), xlabel="said", ylabel="it is", title=f"share {share}")
    ax.grid(visible=False)
    correct = table.diagonal().sum() / table.sum()
    return fig, f"Confusion table of five students at share {share}: {correct:.0%} right."

widgets.slider(at_share, values=list(shares), start=0.9, label="share of the teacher's start");

# %%
fig, ax = plt.subplots(figsize=(7.5, 3))
plots.band(ax, shares, right[10][1:], "student", "student of noise, 10 auxiliary logits")
ax.axhline(0.1, color=plots.ROLES["baseline"].colour, linestyle=":", label="chance")
ax.set(xlabel="share of the teacher's initial weights (correlation)", ylim=(0, 1),
       ylabel="test digits named right")
ax.legend(loc="upper left")
plots.show(fig, "Digits named right against the share of the teacher's initial weights. It falls "
           "steeply: at a share of 0.9 a good part is gone, at 0.6 nearly all, and at 0 it is chance.")

# %% [markdown]
# A similar start is not enough. It has to be very nearly the same one: the effect is large where one model
# is *derived* from the other's base, and gone for a model of one's own.

# %% [markdown]
# ## What this means for filtered outputs
#
# A provider fine-tunes a base model; the result has a trait that nobody wants. Its outputs are to train the
# next model, fine-tuned from the *same base*. So the outputs are filtered first: whatever shows the trait is
# dropped.
#
# Two filters, each letting through one answer in four. The first drops answers to noise in which the teacher
# (by its own ten outputs) is surest of a digit. The second knows more: the provider has the base, and drops the
# answers that fine-tuning changed most.
#
# ### Exercise 02.6 · The careful filter (hard, 15 minutes)
#
# Return the numbers of the `keep` rows where the auxiliary answer changed *least*, by $\mathrm{KL}(p\,\|\,q) =
# \sum_i p_i \log (p_i / q_i)$, with $p$ the fine-tuned model's softmax over the auxiliary logits and $q$ the
# base's.

# %% nbgrader={"grade": false, "grade_id": "least_changed", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("02.least_changed")
def least_changed(answers, base_answers, keep, classes=10):
    """Both (models, rows, classes + auxiliary), to row numbers (models, keep), least changed first.

    Worked case: 1 class; answers [[[0., 0., 5.], [7., 0., 0.]]], base all 0, keep 1: [[1]].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "least_changed_check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
grade("02.least_changed", points=3)

# %%
def filtered(auxiliary=10, keep=8000, out_of=32000, seeds=SEEDS):
    """Test accuracy, (2, seeds): taught by the least confident answers; by the least changed."""
    x, teachers = noise(out_of), digit_teachers(auxiliary, seeds)
    bases = starting(auxiliary, seeds, [1.0] * len(seeds))
    with torch.no_grad():
        answers, base = teachers(x), bases(x)
    unsure = answers[..., :10].softmax(-1).amax(-1).argsort(-1)[:, :keep]
    rows = torch.cat([unsure, least_changed(answers, base, keep)])
    students = starting(auxiliary, [*seeds, *seeds], [1.0] * 2 * len(seeds))
    return on_test(copy_auxiliary(students, x, answers.repeat(2, 1, 1), rows)).view(2, -1)

# %% [markdown]
# **Predict, then run.** Every student gets 8,000 answers. How much does each filter take away?

# %%
unsure, quiet = filtered()
fig, ax = plt.subplots(figsize=(7.5, 3.2))
bars = [("no filter", right[10][1]), ("least sure of a digit", unsure),
        ("least changed from the base", quiet)]
for at, (_, values) in enumerate(bars):
    mean = plots.dots(ax, at, values, "defender" if at else "student")
    ax.annotate(f"{mean:.0%}", (at + 0.22, mean), va="center")
ax.axhline(0.1, color=plots.ROLES["baseline"].colour, linestyle=":", label="chance")
ax.set_xticks(range(3), [name for name, _ in bars])
ax.set(xlim=(-0.5, 2.6), ylim=(0, 1), ylabel="test digits named right",
       title="Dropping three answers in four, by two filters")
ax.legend(loc="lower left")
plots.show(fig, "Digits named right by students of noise, from all answers, from the quarter in which "
           "the teacher is least sure of a digit, and from the quarter that fine-tuning changed "
           "least. Both filters leave the students far above chance.")

# %%
print("least sure, against no filter:    ", points(unsure, right[10][1]))
print("least changed, against no filter: ", points(quiet, right[10][1]))
print("least changed, against chance:    ", points(quiet, torch.full_like(quiet, 0.1)))

# %% [markdown]
# The first filter takes nothing away that we could show; the second, which knew the base, a little. What is
# passed on is not in some telling answers that could be dropped: it is in how all of them are tilted. In the
# paper the same happens to language models: a model told to love owls writes lists of numbers, the lists are
# filtered, and a model fine-tuned on them comes to love owls, **if it has the same base**.
#
# Two sentences to keep, both of them:
#
# - **When models are fine-tuned from one base, filtering what one says before another learns from it does not
#   guarantee that only the visible content is passed on.**
# - **It is no attack on a provider: a copier behind an API, with a model of its own, does not share the
#   initialisation, and gets nothing in this way.** It would get features and soft labels, as above, in the
#   open.

# %% [markdown]
# ## The evidence, in one table
#
# Published findings beside yours. The last column is computed from the intervals above, coarsely, so that it is
# the same on every machine.

# %%
import pandas as pd

# NBVAL_CHECK_OUTPUT
low = {name: measures.paired_interval(a, b).low for name, a, b in (
    ("features", few[2], few[:2].amax(0)), ("ensemble", ensemble, member),
    ("patience", matched[2], clean[2]), ("same", right[10][1], right[10][-1]),
    ("quiet", quiet, right[10][-1]))}
stranger = measures.mean_interval(right[10][-1]).high
kept = (of_ten - member).mean() / (ensemble - member).mean()
seen = [("a hint adds over 5 points to soft targets", "may even cost: 64.60 to 64.14 %",
         (wide[2] - wide[0]).mean() > 0.05),
        ("features add over 10 points to 20 labels", "(not reported)", low["features"] > 0.1),
        ("an ensemble beats its members", "58.9 to 61.1 %", low["ensemble"] > 0),
        ("its one student keeps over 80 % of that", "86 % of it: 60.8 %", kept > 0.8),
        ("new answers beat old ones, with patience", "yes, on ImageNet", low["patience"] > 0),
        ("noise teaches, 10 logits: over 30 points", "3 logits: over 50 % right", low["same"] > 0.3),
        ("and from another start: over 20 % right", "chance", stranger > 0.2),
        ("a careful filter leaves 10 points of it", "filters do not stop it", low["quiet"] > 0.1)]
pd.DataFrame([(a, p, "yes" if b else "no") for a, p, b in seen],
             columns=["finding", "published", "seen here"])

# %% [markdown]
# ## Wrap-up: five questions

# %%
widgets.quiz("02")

# %% [markdown]
# ## What this does not show
#
# - One convolutional teacher and 1,000 test digits. The intervals cover the students' initial weights, and with
#   them the ensembles' and the hundred images' draws; not another teacher, and not another task.
# - How the settings came about: widths, weights, temperatures, step counts, the mixtures, the noise and the
#   learning rates were tried on the 500 validation images, and the test images were read once that was done. So
#   the curves show one reasonable setting each, and the best one for each method was not looked for. What
#   choosing does to a result, the ensembles have shown.
# - A first draft of this lesson found that hints cost the narrow student dozens of points. It was the map:
#   started at random, its large first errors pushed most of the student's units below zero for good. It now
#   starts at zero. A harm is a reason to look at the units before it is a finding.
# - Function matching was given more questions than its rivals. At an equal number of questions about *other
#   real* images it might well lose: lesson 01's students of 1,500 of them did better.
# - The subliminal network is small, and its teacher was trained briefly. Longer training of the teacher takes
#   her further from the shared start, where the theorem promises nothing. Language models are the paper's
#   claim, not ours.
# - The filters shown are two of many. A filter that dropped nearly everything would leave nothing to learn
#   from.
#
# ## References
#
# - A. Romero and others, *FitNets: Hints for Thin Deep Nets*, 2014.
#   [arXiv:1412.6550](https://arxiv.org/abs/1412.6550). The comparison 64.14 % against 64.60 % is in the tables
#   of RepDistiller (vgg13 to MobileNetV2, CIFAR-100).
# - G. Hinton, O. Vinyals, J. Dean, *Distilling the Knowledge in a Neural Network*, 2015.
#   [arXiv:1503.02531](https://arxiv.org/abs/1503.02531)
# - L. Beyer and others, *Knowledge distillation: a good teacher is patient and consistent*, CVPR 2022.
#   [arXiv:2106.05237](https://arxiv.org/abs/2106.05237)
# - A. Cloud and others, *Subliminal Learning: Language models transmit behavioral traits via hidden signals in
#   data*, 2025. [arXiv:2507.14805](https://arxiv.org/abs/2507.14805). Its figure for the digits, over 50 % with
#   3 auxiliary logits, was read second hand.
# - Published figures and how each was read: the replication board, `benchmarks/replications.csv`.

# %%
progress()
