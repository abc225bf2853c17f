# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 04 · What one answer reveals
#
# **Minutes** 60 · **You need** lesson 01, and from 03 what a token and a logit are · **You will be able to**
# steal a linear model exactly and count the answers it takes, read the width of a language model off its
# log-probabilities, measure what labels, top-k and full scores are worth to a copier, and say what a small
# change to the API costs the copier and what it costs the honest customer.
#
# teacher → defence → **API → ledger** → harvest → clean → **student → score**: the teacher is no longer yours.
# You may ask. You may not look inside.

# %%
from course_utils import api
from course_utils.api import client
from course_utils.attack import extraction
from course_utils.files.digits import mnist, stratified_rows
from course_utils.lesson import plots
from course_utils.lesson.exercises import exercise, grade, material, progress
from course_utils.score import measures
from course_utils.student import models, training
from course_utils.teacher import classifier, language
from course_utils.teacher.skills import TOKENIZER

import functools

import matplotlib.pyplot as plt
import torch

drawings = material("drawings")       # pictures that show no digit
from torch.nn import functional as F

plots.picture("API", "ledger", "student", "score")

# %% [markdown]
# ## A model behind a counter
#
# Three models stand behind an API on your own machine: a linear one for digits (ten weights for each pixel, and
# a softmax), the convolutional teacher of lesson 01, and the language model of lesson 03. From here on you are
# a customer with a key.

# %%
SEEDS = (0, 1, 2, 3, 4)

@functools.cache
def linear_models(seeds=SEEDS):
    """Softmax regressions, 784 pixels to 10 classes, each from 1,000 digits of its own."""
    train = mnist().train
    rows = torch.stack([stratified_rows(train.y, 1000, seed) for seed in seeds])
    all_of_them = models.Students((784, 10), seeds)
    training.fit(all_of_them, *train, rows=rows, epochs=20).double()
    return [all_of_them.one(i).requires_grad_(False) for i in range(len(seeds))]

# %%
linear, teacher = linear_models()[0], language.load_language_teacher()
server = api.serve({"linear": lambda x: linear(x.double()), "digits": classifier.load_teacher(),
                    "teacher": teacher}, reveal=api.Reveal(scores="all", top_logprobs=5))
ask = client.tensors(server, "linear")

# %%
image = mnist().transfer.x[:1]
for digit, p in enumerate(ask(image)[0, :4]):
    print(f"{digit}: {p:.16f}")

# %% [markdown]
# The owner thinks of an answer as *one of ten classes*. It sends ten numbers, each with some sixteen digits.
#
# **Predict, then run.** The model has 785 weights for each class (one a pixel, and a bias): 7,850 numbers. How
# many questions until you own them all, exactly? Ten thousand? A million? Write your number down.
#
# Each probability is $p_c = \exp(w_c \cdot x + b_c) / Z$, with a $Z$ that is the same for all ten classes. So
# $\log p_c = w_c \cdot x + b_c - \log Z$: linear in what you do not know, but for the last term. Subtract from
# the ten logarithms their mean, and it is gone.
#
# What else is gone? A number that is added to all ten $w_c$ alike. The softmax never sees it, so nobody can
# find it out, and nobody needs it. "The weights" below are the weights minus their mean over the classes.
#
# ### Exercise 04.1 · Steal it (medium, 10 minutes)
#
# Each question is one linear equation for each class. `torch.linalg.lstsq(a, b).solution` solves $a\,w = b$, by
# least squares where there are more equations than unknowns.

# %% nbgrader={"grade": false, "grade_id": "solve_softmax", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("04.solve_softmax")
def solve_softmax(questions, probabilities):
    """(n, d) and (n, classes), float64, to the weights, (d + 1, classes); last row: the bias.

    Each row has mean 0 over the classes. Worked case: questions [[0.], [1.]], probabilities
    [[0.5, 0.5], [0.8808, 0.1192]]: weights [[1., -1.]], bias [[0., 0.]].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "solve_softmax_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("04.solve_softmax", points=2)

# %% [markdown]
# What to ask? Anything, as long as the equations are independent. We take black images with about 20 white
# pixels, at random. They look like nothing. The API answers.

# %%
def weights(model):
    """A linear model's weights as the softmax sees them: (785, 10), mean 0 over the classes."""
    w = torch.cat([model[0].weight.T, model[0].bias[None]])
    return w - w.mean(-1, keepdim=True)

def relative_error(stolen, model):
    return ((stolen - weights(model)).norm() / weights(model).norm()).item()

questions = extraction.specks(785, seed=0)
answers = ask(questions)
for n in (784, 785):
    stolen = solve_softmax(questions[:n], answers[:n])
    print(f"{n} answers: error {relative_error(stolen, linear):.0e}")

# %% [markdown]
# 785 questions: as many as one class has unknowns. With 784 you have something near. With 785 you have *the
# model*, to a dozen digits. Tramèr and others did this to paid services in 2016. (Even the weights of pixels
# that are black in every digit are in it. Nothing ever trained them.)
#
# And this is what the provider has of it. The API writes a **ledger**: one query is one row.

# %%
def receipt():
    """What the ledger knows so far: rows and price, by model."""
    by_model = server.ledger().groupby(["model", "served"])
    return by_model.agg(rows=("id", "size"), dollars=("cost", "sum")).round(2)

receipt()

# %% [markdown]
# (The prices are our own invention, of a usual size. Every number in the course's ledger is about you.)

# %% [markdown]
# ## The smallest change that stops you
#
# The provider reads the ledger, and rounds: to two decimals, to one. Or it serves the class alone. An honest
# customer who wants to know which digit it is will hardly notice.
#
# **Predict, then run.** Two decimals: an error of about 0.01 in what is served. How large in what is stolen?
# And what if you go on asking?

# %%
def shown(p, what):
    """What is served of probabilities: all digits (None), some decimals, or the "label"."""
    if what == "label":           # nothing to take a logarithm of: say 0.91 and nine times 0.01
        return 0.9 * F.one_hot(p.argmax(-1), p.shape[-1]).double() + 0.01
    # a served 0 was less than half a unit; call it a quarter
    return p if what is None else p.round(decimals=what).clamp_min(10.0**-what / 4)

def steal_linear(counts, served=(None,), seeds=SEEDS):
    """Error of stolen weights, and agreement on test digits: each (served, counts, seeds)."""
    test = mnist().test.x.double()
    found = torch.zeros(2, len(served), len(counts), len(seeds))
    for s, (seed, model) in enumerate(zip(seeds, linear_models(seeds))):
        questions = extraction.specks(max(counts), seed)
        p, expected = model(questions).softmax(-1), model(test)
        for i, what in enumerate(served):
            for j, n in enumerate(counts):
                stolen = solve_softmax(questions[:n], shown(p[:n], what))
                found[0, i, j, s] = relative_error(stolen, model)
                found[1, i, j, s] = measures.agreement(test @ stolen[:-1] + stolen[-1], expected)
    return found

# %%
SERVED = {None: "all digits", 2: "2 decimals", 1: "1 decimal", "label": "the class"}
MANY = (785, 900, 1200, 2000)
errors, agree = steal_linear(MANY, tuple(SERVED))

# %%
def powers_of_ten(ax, low, high, step):
    """Ticks for an axis that holds logarithms. (The intervals are of the logarithms, too.)"""
    ax.set_yticks(range(low, high, step), [f"$10^{{{k}}}$" for k in range(low, high, step)])

fig, (left, right) = plt.subplots(1, 2, figsize=(10.5, 3.6))
for i, name in enumerate(SERVED.values()):
    role = ("attacker", "student", "defender", "baseline")[i]
    plots.band(left, MANY, errors[i].log10(), role, name)
    plots.band(right, MANY, agree[i], role, name)
powers_of_ten(left, -15, 4, 3)
left.set(ylabel="relative error", title="How wrong the stolen weights are")
right.set(ylabel="same class on test digits", ylim=(0, 1.04),
          title="How often the copy says the same")
for ax in (left, right):
    ax.set(xscale="log", xlabel="questions asked")
    ax.set_xticks(MANY, MANY)
    ax.minorticks_off()
right.legend(loc="lower right", title="served")
plots.show(fig, "Left: relative error of the stolen weights against questions asked, 785 to "
           "2,000, when all digits, 2 decimals, 1 decimal or the class alone are served. With "
           "all digits it is nearly zero from 785 questions on. Rounded answers leave errors "
           "that fall as more is asked, and never come near zero. Right: agreement on test "
           "digits. Rounded answers need more questions and then come near 1; the class alone "
           "stays far below.")

# %%
x = mnist().test.x.double()
same = [measures.agreement(m(x).softmax(-1).round(decimals=1), m(x)) for m in linear_models()]
print("one decimal, how often the class on test digits is still the linear model's own:")
print(f"what the honest customer gets {sum(same) / len(same):.1%}")
print(f"a copy made of 2,000 answers  {agree[2, -1].mean():.1%}")

# %% [markdown]
# Rounding does not stop you. It sends you a bill. From 785 questions and two decimals the solver makes weights
# that are mostly error. From a few hundred questions more, least squares averages much of the rounding away,
# and in the end even one decimal gives a copy that says the same on more than nine digits in ten. What rounding
# does end is the exact theft: on the left, no rounded line comes down.
#
# The class alone is another matter. It leaves no equations: the size of the weights is in no answer at all.
# (The grey line feeds the solver 0.91 for the class and 0.01 for each other.) That copy can only imitate.
#
# Hold on to this pair of prices: what a change costs the copier, and what it costs the honest customer. Every
# defence in part III is judged by both.

# %% [markdown]
# ## The last layer of a language model
#
# Our language model is not linear. But its last layer is. At each place, a hidden layer $h$ of some width
# becomes 195 logits by one matrix: $z = W h$. The width is the provider's secret: it says how large the model
# is. (You know it from lesson 03. Forget it.)
#
# Put the logits of 200 prompts under each other: a matrix of 200 rows and 195 columns. Its **singular values**
# say how far its rows reach into each of 195 directions. Any text will do as a prompt, so these are four random
# words.
#
# **Predict, then run.** In how many directions will 200 rows reach, when every one of them is $W$ times
# something?

# %%
def last_logits(prompts):
    """What only the provider sees: the logits after each prompt, (prompts, vocabulary)."""
    tokens = torch.tensor([TOKENIZER.encode(prompt) for prompt in prompts])
    return language.load_language_teacher()(tokens)[:, -1].double()

prompts = extraction.random_prompts(200, seed=0)
z = last_logits(prompts)
print(prompts[:3], tuple(z.shape))

# %%
def draw_values(ax, matrix, role, label):
    """The singular values of a matrix, largest first, on a logarithmic axis."""
    colour, _, line = plots.ROLES[role]
    values = torch.linalg.svdvals(matrix.double()).clamp_min(1e-7)
    numbers = range(1, len(values) + 1)
    ax.plot(numbers, values, color=colour, linestyle=line, linewidth=2, label=label)
    ax.set(yscale="log", xlabel="number of the singular value", ylabel="singular value")

fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3), width_ratios=[3, 2])
for ax in (left, right):
    draw_values(ax, z, "teacher", "logits")
    draw_values(ax, z.log_softmax(-1), "attacker", "log-probabilities")
left.set_title("Singular values of 200 prompts' scores")
right.set(title="the same, near the edge", xlim=(124.5, 132.5), xticks=range(125, 133))
right.legend(loc="upper right")
plots.show(fig, "Singular values of 200 prompts' logits and log-probabilities on a logarithmic "
           "axis. Both fall gently and then drop by four powers of ten: the logits after number "
           "128, the log-probabilities after number 129.")

# %% [markdown]
# There is the edge of a cliff, four powers of ten high. Behind it is only what float32 rounds. The number of
# values before it is the width.
#
# But the two curves differ by one. No API serves logits. It serves log-probabilities, $\log p_i = z_i - \log
# Z$, and the $\log Z$ of each row is one more thing that varies: one more direction.
#
# ### Exercise 04.2 · The hidden width (medium, 10 minutes)
#
# Find the width from logits *or* log-probabilities. First let $\log Z$ drop out. Then look for the largest
# fall: not for values above some threshold, since what counts as zero depends on the model and on the rounding.

# %% nbgrader={"grade": false, "grade_id": "hidden_width", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("04.hidden_width")
def hidden_width(scores):
    """(n, vocabulary), logits or log-probabilities of n prompts, n above the width, to an int.

    `torch.linalg.svdvals(matrix)`: the singular values, largest first. Worked case: logits
    (1, 2, 4, 8) and (-2, -4, -8, -16) of two prompts give 1, and so does their log-softmax.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "hidden_width_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("04.hidden_width", points=2)

# %%
import pandas as pd


def largest_fall(matrix):
    """How many singular values stand before the largest fall, with no care for log Z."""
    logs = torch.linalg.svdvals(matrix).clamp_min(1e-300).log()
    return (logs[:-1] - logs[1:]).argmax().item() + 1

draws = [last_logits(extraction.random_prompts(200, seed)) for seed in SEEDS]
logprobs = [d.log_softmax(-1) for d in draws]
pd.DataFrame({"logits": map(hidden_width, draws),
              "log-probabilities": map(hidden_width, logprobs),
              "log-probabilities, log Z left in": map(largest_fall, logprobs)},
             index=pd.Index(SEEDS, name="draw of prompts"))

# %% [markdown]
# ## Five numbers out of 195
#
# So far you looked over the provider's shoulder. The API shows the five likeliest tokens, and no more.
#
# You ask it with the official `openai` package, which `client.text` points at this machine. Other clients work, too:
# [docs/clients.md](../docs/clients.md) lists those that are tested, and what this API does not offer. If your
# environment sets an `http_proxy`, a plain `OpenAI(base_url=...)` sends even requests to this machine through the
# proxy, and its error message is misleading. Set `NO_PROXY=127.0.0.1`, or use `client.text`, which uses no proxy:

# %%
text = client.text(server)
extraction.top_logprobs(text, prompts[:1])[0]

# %%
def top_only(scores, k=5):
    """Log-probabilities cut to the top k; the hidden ones are taken to be like the k-th."""
    shown = scores.log_softmax(-1).topk(k)
    return shown.values[:, -1:].expand_as(scores).scatter(1, shown.indices, shown.values)

print("the other 190 taken to be like the fifth:", [hidden_width(top_only(d)) for d in draws])

# %% [markdown]
# That is not the width. It is a fall near the end, of our own filling. But some APIs take a **logit bias**: a
# number that is added to the logit of a token of your choice. It is meant for forbidding words, or for making
# them likelier. Add 100 to five tokens, and which are the top five?

# %%
REFERENCE = TOKENIZER.ids["=>"]
favoured = [REFERENCE, *(TOKENIZER.ids[word] for word in ("cat", "dog", "7", ";"))]
extraction.top_logprobs(text, prompts[:1], favoured)[0]

# %% [markdown]
# The five that *you* chose. Their log-probabilities are new, but what they say about each other is not: $\log
# p_i = z_i + b_i - \log Z'$, with one $Z'$ for the whole row. Keep one token, the **reference**, in every
# request, and all requests can be compared.
#
# ### Exercise 04.3 · Take the bias out (easy, 5 minutes)
#
# Return $z_i - z_\text{ref}$ for the tokens of one request. The biases may differ from token to token.

# %% nbgrader={"grade": false, "grade_id": "unbias", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("04.unbias")
def unbias(logprobs, bias, reference):
    """(n, k) log-probabilities, (k,) the tokens' biases, the reference's column: to (n, k).

    Worked case: logprobs [[-0.1, -2.4]], bias [100., 97.], reference 1: [[-0.7, 0.]].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "unbias_check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
grade("04.unbias", points=1)

# %% [markdown]
# 195 tokens, four new ones in a request: 49 requests, each with all 200 prompts. One prompt is one query.

# %%
def through_bias(text, prompts):
    """Logit differences from the reference, (prompts, vocabulary), four tokens at a time."""
    others = [token for token in range(len(TOKENIZER)) if token != REFERENCE]
    found = torch.zeros(len(prompts), len(TOKENIZER), dtype=torch.float64)
    for start in range(0, len(others), 4):
        tokens = [REFERENCE, *others[start:start + 4]]
        rows = extraction.top_logprobs(text, prompts, tokens, strength=100.0)
        served = [[row[TOKENIZER.tokens[token]] for token in tokens] for row in rows]
        bias = torch.full((len(tokens),), 100.0, dtype=torch.float64)
        found[:, tokens] = unbias(torch.tensor(served, dtype=torch.float64), bias, reference=0)
    return found

# %%
opened = through_bias(text, prompts)
print("width, from five log-probabilities and a logit bias:", hidden_width(opened))
receipt()

# %% [markdown]
# The width, exactly, for the price in the last line. Carlini and others (2024) report the same of two
# production models, widths 1,024 and 2,048, for less than 20 dollars; Finlayson and others found it at the same
# time. It takes random words, a logit bias, and the five numbers that the API shows to everybody.
#
# And it is more than a number. The rows span the space that $W$ spans: what you hold is the output matrix
# itself, but for a change of its 128 coordinates. Check: how much of the true $W$ lies *outside* the stolen 128
# directions?

# %%
directions = torch.linalg.svd(opened, full_matrices=False).Vh[:128]    # (128, vocabulary)
true = teacher.embedding.weight.double()
true = (true - true[REFERENCE]).T                                 # relative to the reference
some = torch.randn(195, 128, generator=torch.Generator().manual_seed(0)).double()
for name, basis in (("stolen", directions), ("random", torch.linalg.qr(some)[0].T)):
    outside = true - true @ basis.T @ basis
    print(f"{name} directions miss {outside.norm() / true.norm():.1e} of W")

# %% [markdown]
# ## Closing the door, and leaning on it
#
# Taking away the bias, or the log-probabilities, closes this door, for honest users too. What about *noise*?
# The provider adds a normal random number of size $\sigma$ to each log-probability that it shows. The text of
# the answer stays as it is.
#
# **Predict, then move the slider.** The cliff ends at values near 0.3. From which $\sigma$ on is it gone?

# %%
def noisy(scores, sigma, seed=0, times=1):
    """Log-probabilities with noise of size sigma: the mean of `times` askings."""
    draw = torch.Generator().manual_seed(seed)
    shape = (times, *scores.shape)
    noise = torch.randn(shape, generator=draw).mean(0)
    return scores.log_softmax(-1) + sigma * noise

def differences(scores):
    return scores[:, 1:] - scores[:, :1]

# %%
from course_utils.lesson import widgets

SIZES = (0, 0.0001, 0.001, 0.003, 0.01, 0.03, 0.1)

def at_noise(sigma):
    served = noisy(z, sigma)
    fig, ax = plt.subplots(figsize=(5.5, 2.4))
    draw_values(ax, differences(served), "attacker", "")
    ax.set(title=f"noise {sigma}: largest fall after {hidden_width(served)}", ylim=(1e-6, 2e3))
    return fig, f"With noise {sigma} the largest fall is after value {hidden_width(served)}."

widgets.slider(at_noise, values=SIZES, start=0.001, label="noise");

# %%
fig, axes = plt.subplots(1, 4, figsize=(10.5, 2.4), sharey=True)
for ax, sigma in zip(axes, (0, 0.001, 0.01, 0.1)):
    draw_values(ax, differences(noisy(z, sigma)), "attacker", "")
    ax.axvline(128, color=plots.ROLES["baseline"].colour, linestyle=":")
    ax.set(title=f"noise {sigma}", xlabel="singular value", ylabel="", ylim=(1e-6, 2e3))
plots.show(fig, "Singular values with noise of size 0, 0.001, 0.01 and 0.1 on the "
           "log-probabilities. The floor behind value 128 rises with the noise: at 0.001 the "
           "cliff is still plain, at 0.01 it is a step, at 0.1 it is gone.")

# %%
def read(sigma, times):
    """In how many of the five draws of prompts the width is read rightly."""
    return sum(hidden_width(noisy(d, sigma, i, times)) == 128 for i, d in enumerate(draws))

pd.DataFrame({name: [f"{read(sigma, times)} of 5" for sigma in SIZES[3:]]
              for name, times in (("asked once", 1), ("asked 100 times", 100))},
             index=pd.Index(SIZES[3:], name="width read, at noise"))

# %% [markdown]
# A little noise closes the door: 0.01 changes a probability by one per cent, and the largest fall is elsewhere
# (the eye still sees a step in the figure). Leaning on it opens it again: who asks each question 100 times and
# takes the mean has a tenth of the noise, since this noise is drawn anew each time. That is a hundred times the
# price above. Noise, like rounding, sends a bill.
#
# (Noise that is always the same for the same question cannot be averaged away like this. Lesson 09 comes back
# to it, and to what it costs those who use the numbers.)

# %% [markdown]
# ## What cannot be solved can be imitated
#
# The convolutional teacher of the digits has no cliff: between its question and its last layer there are other
# layers. So a copier does what you did in lesson 01: take whatever images there are, let the API answer, train
# a student. Here: the 1,500 transfer images, which nobody has labelled. When they are used up, each is moved by
# up to a pixel and asked about again: to an API that is a new question.
#
# What does the endpoint serve? All ten scores; the top three; the class alone. With the top three, something is
# left over:
#
# ### Exercise 04.4 · What was not shown (easy, 5 minutes)
#
# The scores that are shown sum to at most about 1 (with rounding a little more). Divide what is left evenly among
# the classes that were not shown.

# %% nbgrader={"grade": false, "grade_id": "complete", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("04.complete")
def complete(scores):
    """(n, classes), 0 where nothing was shown, to (n, classes) with rows that sum to 1.

    Shown scores stay as they are. They are rounded: where they sum to 1 or a little more,
    nothing is left, and hidden classes get 0.
    Worked case: [[0.9, 0., 0.06, 0.]] gives [[0.9, 0.02, 0.06, 0.02]]. A full row stays.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "complete_check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
grade("04.complete", points=1)

# %% [markdown]
# **Predict, then run.** Hiding all scores takes away the dark knowledge. How far does the student of bare
# classes fall behind: at 25 questions, at 1,500, at 6,000?

# %%
COUNTS, SMALL = (25, 150, 1500, 6000), (784, 64, 64, 10)
WAYS = ("the class", "top 3", "all scores")

def questions_of(x, copies=3):
    """Images, and after them copies of all of them, each moved by up to a pixel."""
    return torch.cat([x, *(extraction.shifted(x, seed) for seed in range(copies))])

def in_order(seed, images=1500, copies=3):
    """Row numbers: every image once, in an order of its own for each seed; then their copies."""
    order = torch.randperm(images, generator=torch.Generator().manual_seed(seed))
    return torch.cat([order + images * c for c in range(copies + 1)])

def agreement_on_test(students):
    """How often each student names the teacher's class on the test images: (students,)."""
    x = mnist().test.x
    with torch.no_grad():
        return (students(x).argmax(-1) == classifier.load_teacher()(x).argmax(-1)).float().mean(-1)

# %%
def budget_curves(answers, counts=COUNTS, seeds=SEEDS, temperature=4.0):
    """Agreement of students of the first n of the answers (6000, 10): (ways, counts, seeds)."""
    x, k, agree = questions_of(mnist().transfer.x), len(seeds), []
    served = [answers, complete(extraction.cut(answers, 3)), answers]    # the first: class alone
    logits = torch.stack([p.clamp_min(1e-9).log() for p in served]).repeat_interleave(k, 0)
    rows = torch.stack([in_order(seed) for seed in seeds]).repeat(3, 1)
    for n in counts:
        students = models.Students(SMALL, [*seeds] * 3)
        training.fit(students, x, answers.argmax(-1), logits, rows=rows[:, :n],
                     alpha=[0.0] * k + [1.0] * 2 * k, temperature=temperature,
                     epochs=max(9, 240 // -(-n // 128)), progress=f"students of {n} answers")
        agree.append(agreement_on_test(students).view(3, k))
    return torch.stack(agree, 1)

# %%
answers = client.tensors(server, "digits")(questions_of(mnist().transfer.x))
by_class, by_top3, by_all = curves = budget_curves(answers)
receipt()

# %%
def draw_budget(ax):
    for values, way, role in zip(curves, WAYS, ("baseline", "student", "attacker")):
        plots.band(ax, COUNTS, values, role, way)
    ax.set(xscale="log", xlabel="questions asked", ylabel="same class as the teacher")
    ax.set_xticks(COUNTS, COUNTS)
    ax.minorticks_off()
    ax.legend(loc="lower right", title="served")

fig, (left, right) = plt.subplots(1, 2, figsize=(10.5, 3.4), width_ratios=[3, 2])
draw_budget(left)
left.set_title("Agreement with the teacher on test digits")
plots.band(right, [f"{n:,}" for n in COUNTS], by_all - by_class, "attacker", "")
right.axhline(0, color=plots.ROLES["baseline"].colour, linestyle=":")
right.set(title="All scores minus the class alone", xlabel="questions asked", ylabel="gain")
plots.show(fig, "Left: agreement with the teacher on test digits against questions asked, from "
           "25 to 6,000, for the class alone, the top 3 and all scores. The three rise together "
           "and lie nearly on each other. Right: the gain of all scores over the class alone: a "
           "wide interval at 25 questions, and about a point from 1,500 on.")

# %%
def points(a, b):
    return measures.paired_interval(a, b).points()

for i, n in enumerate(COUNTS):
    print(f"{n:>5,} questions: all scores minus the class {points(by_all[i], by_class[i])}")
print(f"the class for 6,000 minus all scores for 1,500: {points(by_class[-1], by_all[2])}")
print(f"1,500 questions: top 3 minus all scores {points(by_top3[2], by_all[2])}")

# %% [markdown]
# They rise together. Look at the intervals. From 1,500 questions on, all ten scores are worth about a
# point more than the class alone; below that the seeds differ too much to say. Four times the questions more
# than make up for it. The demonstration notebook of the Adversarial Robustness Toolbox, one run on MNIST, has
# the same shape: from 250 to 5,000 questions 21 to 91 % with scores, 19 to 91 % with classes.
#
# So "serve the class alone" protects a linear model from being solved, and hardly protects this one from being
# imitated. It costs the honest customer all that the scores were for.
#
# (The students of scores learn at $T = 4$, at which lesson 01's dark knowledge is heard. That, and the moves by
# one pixel, were chosen on validation images and other seeds.)

# %% [markdown]
# ## Questions from nowhere
#
# That copier had 1,500 images of the right sort. Suppose there are none. Knockoff Nets (Orekondy and others,
# 2019) ask about whatever there is: photographs of anything, to steal a classifier of birds. We have no
# photographs, so a program draws: eight kinds of pictures that show no digit.

# %%
strangers = drawings.pool(4, seed=1)
with torch.no_grad():
    said = torch.stack([classifier.load_teacher()(kind).softmax(-1) for kind in strangers])
fig, axes = plt.subplots(2, 8, figsize=(10, 2.9))
for (k, kind), column in zip(enumerate(drawings.KINDS), axes.T):
    for row, ax in enumerate(column):
        ax.imshow(strangers[k, row].view(28, 28), cmap="gray_r", vmin=0, vmax=1)
        p, digit = said[k, row].max(-1)
        ax.set_title(f"{kind if row == 0 else ''}\n{digit}, {p:.0%}", fontsize=9)
        ax.axis("off")
plots.show(fig, "Two pictures each of static, clouds, gratings, boxes, dots, rings, lines and "
           "scribbles, with what the teacher says: a digit and a probability for every one of "
           "them, often a high one. Static is always the same digit.")

# %% [markdown]
# The teacher has an answer for everything: it was never taught to say "none of these". (Lines and scribbles are
# not *that* unrelated, mind: they are what a pen does.)
#
# Which kinds are worth their price? The paper lets a **gradient bandit** find out. It keeps a preference $H(k)$
# for each kind, draws a kind with probability $\pi = \mathrm{softmax}(H)$, asks, and looks what it got. Was the
# reward $r$ better than the mean $\bar r$ so far, the kind that was drawn becomes likelier:
#
# $$H(k) \leftarrow H(k) + a\,(r - \bar r)\,\big(1[k = \text{drawn}] - \pi(k)\big)$$
#
# The reward is the mean of three, each from 0 to 1: *certainty* (the top score minus the second), *diversity*
# (how far the answer is from the mean answer so far) and *loss* (how badly the copy guessed it).
#
# ### Exercise 04.5 · Learn what to ask (medium, 10 minutes)

# %% nbgrader={"grade": false, "grade_id": "bandit_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("04.bandit_step")
def bandit_step(preferences, kind, reward, baseline, rate=4.0):
    """(kinds,) preferences and the number of the kind drawn, to the new preferences, (kinds,).

    Worked case: preferences [0., 0.], kind 0, reward 1, baseline 0.5, rate 4: [1., -1.].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "bandit_step_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("04.bandit_step", points=2)

# %% [markdown]
# **Predict, then run.** Three copiers, each with 2,000 questions, 50 at a time. One draws a kind at random. One
# is the bandit. One is the bandit with the certainty reward alone: ask what the teacher is sure about. Put them
# in order. (Five seeds of each would be 30,000 rows, so this runs beside the API and not through it.)

# %%
POLICIES = {"random": (), "adaptive": extraction.REWARDS, "certainty alone": ("certainty",)}
BUDGETS, POOL = (500, 2000), 1250        # POOL: pictures of each kind

def knockoffs(budgets=BUDGETS, seeds=SEEDS, steps=240, size=POOL):
    """Agreement on test digits, (policies, budgets, seeds); and the pictures asked about."""
    pool, victim, agree = drawings.pool(size, seed=0), classifier.load_teacher(), []
    answers = torch.stack([victim(kind).softmax(-1) for kind in pool])
    choose = functools.partial(extraction.knockoff, pool, answers, step=bandit_step)
    picks = torch.stack([choose(seed, max(budgets), rewards)
                         for rewards in POLICIES.values() for seed in seeds])
    x, logits = pool.flatten(0, 1), answers.flatten(0, 1).clamp_min(1e-9).log()
    for n in budgets:
        students = models.Students(SMALL, [*seeds] * len(POLICIES))
        training.fit(students, x, None, logits, rows=picks[:, :n], alpha=1.0, temperature=4.0,
                     epochs=-(-steps // -(-n // 128)), progress=f"{n} strange pictures")
        agree.append(agreement_on_test(students).view(len(POLICIES), -1))
    return torch.stack(agree, 1), picks.view(len(POLICIES), len(seeds), -1)

# %%
strange, picks = knockoffs()

# %%
fig, ax = plt.subplots(figsize=(8, 3.4))
for values, name, role in zip(strange, POLICIES, ("baseline", "attacker", "student")):
    plots.band(ax, BUDGETS, values, role, name)
ax.axhline(by_all[2].mean(), color=plots.ROLES["teacher"].colour, label="1,500 real digits")
ax.set(xlabel="questions asked", ylabel="same class as the teacher", ylim=(0, 1),
       title="Copies that never saw a digit")
ax.set_xticks(BUDGETS, BUDGETS)
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, "Agreement with the teacher on test digits against questions about pictures "
           "that show no digit, 500 to 2,000. Random and adaptive choice rise together to more "
           "than a half; certainty alone falls behind. A line for 1,500 real digits is at nine "
           "in ten.")

# %%
kinds = pd.DataFrame([(p // POOL).flatten().bincount(minlength=8).tolist() for p in picks],
                     index=list(POLICIES), columns=list(drawings.KINDS))
kinds.div(kinds.sum(axis=1), axis=0).map("{:.0%}".format)

# %%
mean, low, high = measures.mean_interval(strange[0, -1])
print(f"2,000 pictures at random: same class on {mean:.0%} of test digits",
      f"(95 % interval {low:.0%} to {high:.0%})")
for i, name in enumerate(POLICIES):
    if i:
        print(f"{name} minus random: {points(strange[i, -1], strange[0, -1])}")

# %% [markdown]
# A copy that has never seen a digit names more than half of them as the teacher does. (The published clones,
# with 60,000 photographs, reach 0.73 to 0.97 of their victims' accuracy.)
#
# Does the bandit help? Not that five seeds could show. It can do harm, though: paid for *certainty* alone it
# buys static, on which the teacher is always sure, and always of the same digit. It learned what it was paid
# for. With all three rewards it spreads its questions, as chance does. None of the three says what helps on
# *digits*; that cannot be known without any. (In the paper's public code the adaptive policy is not written
# out, and its column in the table of results is empty.)

# %% [markdown]
# ## Two cliffs and a slope
#
# **Predict** from what you have seen: what do the three thefts look like beside each other, from nothing asked
# to enough?

# %%
BEFORE = (200, 400, 600, 700, 784, 785, 900)
cliff = steal_linear(BEFORE, (None, 2))[0].log10()

# %% tags=["signature"]
fig, (first, second, third) = plt.subplots(1, 3, figsize=(11.5, 3.6))
for values, name, role in zip(cliff, ("all digits", "2 decimals"), ("attacker", "baseline")):
    plots.band(first, BEFORE, values, role, name)
powers_of_ten(first, -15, 4, 3)
first.set(xlabel="questions asked", ylabel="relative error of the weights",
          title="A linear model:\nsolved, at question 785")
draw_values(second, differences(opened), "attacker", "top 5, with a logit bias")
draw_values(second, differences(noisy(z, 0.1)), "baseline", "with noise 0.1")
blue = plots.ROLES["teacher"].colour
second.axvline(128, ymax=0.75, color=blue, linewidth=1, label="the true width")
second.set_title("A language model's last layer:\nits width is where the values fall")
draw_budget(third)
third.set(title="Everything else:\nimitated, question by question", ylim=(0, 1))
first.set_xticks([200, 400, 600, 785])
first.legend(loc="lower left")
second.legend(loc="upper right", fontsize=9)
plots.show(fig, "Three panels. A linear model: the error of the stolen weights falls slowly and "
           "then, at question 785, by more than ten powers of ten, if all digits are served; "
           "with two decimals it does not. A language model: singular values of the answers, "
           "which drop off after number 128, the true width, if a logit bias may be sent; with "
           "noise they do not. Everything else: agreement of a copy rises gradually with the "
           "questions, and nearly alike for the class, the top 3 and all scores.")

# %% [markdown]
# Where a model is linear, what it is made of can be *solved* for, exactly, at a price that you can count in
# advance: unknowns on one side, equations on the other. There the small print of an answer decides: how many
# digits, a logit bias or none. The rest can only be imitated, gradually, and there the small print decides
# little.
#
# And look at the ledger once more. None of these thefts took ten thousand rows.

# %%
receipt()

# %% [markdown]
# ## The evidence, in one table

# %%
# NBVAL_CHECK_OUTPUT
gain = measures.paired_interval(by_all[2], by_class[2])
four_times = measures.paired_interval(by_class[-1], by_all[2])
seen = [
    ("785 answers solve a linear model of 784 inputs", "inputs + 1", errors[0, 0].max() < 1e-8),
    ("784 answers solve it, too", "no", cliff[0, 4].max() < -8),
    ("2 decimals: solved by 785 answers", "", errors[1, 0].min() < 0.01),
    ("2 decimals, 2,000 answers: same class on 95 %", "", agree[1, -1].min() > 0.95),
    ("width 128 from logits and log-probabilities", "1,024 and 2,048, exact",
     all(hidden_width(d) == hidden_width(d.log_softmax(-1)) == 128 for d in draws)),
    ("log-probabilities as they are: one more", "",
     all(largest_fall(d.log_softmax(-1)) == 129 for d in draws)),
    ("width from the top 5", "", any(hidden_width(top_only(d)) == 128 for d in draws)),
    ("width from the top 5 and a logit bias", "yes", hidden_width(opened) == 128),
    ("width through noise of 0.1", "", any(hidden_width(noisy(d, 0.1)) == 128 for d in draws)),
    ("all scores gain 3 points on the class (1,500)", "ART: under 1 at 5,000", gain.low > 0.03),
    ("the class for 6,000 matches scores for 1,500", "", four_times.low > -0.01),
    ("strange pictures: same class on over 40 %", "0.73 to 0.97 of the victim",
     strange[0, -1].min() > 0.4),
    ("adaptive choice beats chance", "(column empty)",
     measures.paired_interval(strange[1, -1], strange[0, -1]).low > 0)]
pd.DataFrame([(a, p, "yes" if b else "no") for a, p, b in seen],
             columns=["finding", "published", "seen here"])

# %%
server.stop()

# %% [markdown]
# ## Wrap-up: five questions

# %%
widgets.quiz("04")

# %% [markdown]
# ## What this does not show
#
# - The language model is ours, small, and served in float32 with every digit of its log-probabilities. A real
#   one is wider (more prompts, more requests), and at least one provider has since changed what a logit bias
#   does to log-probabilities. What stays is the counting.
# - The output matrix is stolen up to a change of coordinates, and of that layer only. What lies below is not
#   stolen: nothing here copies what the language model can *do*. That is lessons 05 to 07.
# - The budget curves have one victim and one small kind of student. The victim is sure of most digits (lesson
#   01 counted the bits), so presumably its scores add little; with many classes that resemble each other they
#   may add more. The copier's images came from the same source as the teacher's, which is generous.
# - "Adaptive does not help" is about eight kinds of drawings, 40 steps of the bandit, one rate and one pool.
#   The paper's bandit chooses among far more kinds of photographs.
# - How the settings came about: the temperature, the students' size and the bandit's rate were compared on
#   validation images with other seeds. The budgets, the steps and the size of the pool were then cut to save
#   time, with test figures in view, so these are not a blind test. With fewer steps, the point that scores are
#   worth at 1,500 questions shrank to +0.3, with zero in its interval. A fourth copier, who asked about pen
#   strokes only, was left out: it came out 3 points above chance, with zero in its interval, too.
# - Nothing here is hidden: 785 pictures of 20 white pixels, or 9,800 prompts of random words, look like nothing
#   an honest customer would send. Lesson 08 reads the ledger.
#
# ## References
#
# - F. Tramèr and others, *Stealing Machine Learning Models via Prediction APIs*, 2016.
#   [arXiv:1609.02943](https://arxiv.org/abs/1609.02943)
# - N. Carlini and others, *Stealing Part of a Production Language Model*, 2024.
#   [arXiv:2403.06634](https://arxiv.org/abs/2403.06634)
# - M. Finlayson and others, *Logits of API-Protected LLMs Leak Proprietary Information*, 2024.
#   [arXiv:2403.09539](https://arxiv.org/abs/2403.09539)
# - T. Orekondy and others, *Knockoff Nets: Stealing Functionality of Black-Box Models*, 2019.
#   [arXiv:1812.02766](https://arxiv.org/abs/1812.02766)
# - The budget table: *model-stealing-demo*, a notebook of the Adversarial Robustness Toolbox (Trusted-AI).
# - Published figures and how each was read: the replication board, `benchmarks/replications.csv`.

# %%
progress()
