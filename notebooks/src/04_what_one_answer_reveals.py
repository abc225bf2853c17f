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
# steal a linear model and a small ReLU network exactly and count the queries; read the width of a language model off
# its log-probabilities; measure what labels, top-k and full scores are worth to an attacker; and say what a change to
# the API costs the attacker and what it costs a legitimate user.
#
# teacher → defence → **API → ledger** → harvest → clean → **student → score**: the teacher is no longer yours.
# You may ask it questions, and you may not look inside.

# %%
from course_utils import api
from course_utils.api import client
from course_utils.attack import extraction
from course_utils.files.digits import mnist, stratified_rows
from course_utils.lesson import plots, widgets
from course_utils.lesson.exercises import exercise, grade, material, progress
from course_utils.score import measures
from course_utils.student import models, training
from course_utils.teacher import classifier, language
from course_utils.teacher.skills import TOKENIZER

import functools
import math

import matplotlib.pyplot as plt
import torch

drawings = material("drawings")       # pictures that show no digit
from torch.nn import functional as F

plots.picture("API", "ledger", "student", "score")
plots.ROLES |= {"dark": plots.Role("#333333", "s", "--"),
                "light": plots.Role("#999999", "D", ":")}

# %% [markdown]
# ## A model behind an API
#
# Three models stand behind an API on your own machine: a linear one for digits (ten weights for each pixel, and
# a softmax), the convolutional teacher of lesson 01, and the language model of lesson 03. You are a customer with a
# key. Each question that you send is one **query**.

# %%
SEEDS = (0, 1, 2, 3, 4)

@functools.cache
def victims(sizes, seeds=SEEDS):
    """Networks with layers of these sizes, in float64, each trained on 1,000 digits of
    its own."""
    train = mnist().train
    rows = torch.stack([stratified_rows(train.y, 1000, seed) for seed in seeds])
    networks = models.Students(sizes, seeds)
    training.fit(networks, *train, rows=rows, epochs=20).double()
    return [networks.one(i).requires_grad_(False) for i in range(len(seeds))]

# %%
linear, teacher = victims((784, 10))[0], language.load_language_teacher()
server = api.serve({"linear": lambda x: linear(x.double()),
                    "digits": classifier.load_teacher(),
                    "teacher": teacher},
                   reveal=api.Reveal(scores="all", top_logprobs=5))
ask = client.tensors(server, "linear")

# %%
image = mnist().transfer.x[:1]
for digit, p in enumerate(ask(image)[0, :4]):
    print(f"{digit}: {p:.16f}")

# %% [markdown]
# An answer has ten numbers, each with some sixteen digits.
#
# **Predict, then run.** The model has 785 weights for each class (one a pixel, and a bias): 7,850 numbers. How many
# queries until you know them all exactly?
#
# Each probability is $p_c = \exp(w_c \cdot x + b_c) / Z$, so $\log p_c = w_c \cdot x + b_c - \log Z$, with the same
# $Z$ for all classes. Only $\log Z$ is not linear in the weights. It is gone when you subtract the mean of the ten
# logarithms. A vector added to all ten $w_c$ drops out, too: the softmax does not depend on it. So "the weights"
# below are the weights minus their mean over the classes.
#
# ### Exercise 04.1 · Steal it (medium, 10 minutes)
#
# Each question is one linear equation for each class. `torch.linalg.lstsq(a, b).solution` solves $a\,w = b$, by
# least squares where there are more equations than unknowns.

# %% nbgrader={"grade": false, "grade_id": "solve_softmax", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("04.solve_softmax")
def solve_softmax(questions, probabilities):
    """(n, d) and (n, classes), float64, to the weights, (d + 1, classes); last row: the
    bias.

    Each row has mean 0 over the classes. Worked case: questions [[0.], [1.]],
    probabilities [[0.5, 0.5], [0.8808, 0.1192]]: weights [[1., -1.]], bias [[0., 0.]].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "solve_softmax_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("04.solve_softmax", points=2)

# %% [markdown]
# Any questions will do, as long as the equations are independent. We send black images with about 20 white pixels
# at random places.

# %%
def weights(model):
    """A linear model's weights as the softmax sees them: (785, 10), mean 0 over the
    classes."""
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
# 785 queries are enough: as many as one class has unknowns. With 784 the error is a few per cent. With 785 you have
# *the model*, to a dozen digits. Tramèr and others did this to paid services in 2016.
#
# The theft leaves a trace with the provider. The API writes a **ledger**, with one row for each query. (The prices
# are ours.)

# %%
def receipt():
    """What the ledger knows so far: rows and price, by model."""
    by_model = server.ledger().groupby(["model", "served"])
    return by_model.agg(rows=("id", "size"), dollars=("cost", "sum")).round(2)

receipt()

# %% [markdown]
# ## Rounding
#
# The provider rounds the probabilities to two decimals or to one. Or it serves the top-1 label alone. A legitimate
# user who wants the digit will hardly notice.
#
# **Predict, then run.** Two decimals mean an error of at most 0.005 in each probability. How large is the error of
# the stolen weights then? And with more than 785 queries?

# %%
def shown(p, what):
    """What is served of probabilities: all digits (None), some decimals, or the
    "label"."""
    if what == "label":           # a 0 has no logarithm: take 0.91 and nine times 0.01
        return 0.9 * F.one_hot(p.argmax(-1), p.shape[-1]).double() + 0.01
    # a served 0 was less than half a unit; call it a quarter
    return p if what is None else p.round(decimals=what).clamp_min(10.0**-what / 4)

def steal_linear(counts, served=(None,), seeds=SEEDS):
    """Error of stolen weights, and agreement on test digits: each (served, counts,
    seeds)."""
    test = mnist().test.x.double()
    found = torch.zeros(2, len(served), len(counts), len(seeds))
    for s, (seed, model) in enumerate(zip(seeds, victims((784, 10), seeds))):
        questions = extraction.specks(max(counts), seed)
        p, expected = model(questions).softmax(-1), model(test)
        for i, what in enumerate(served):
            for j, n in enumerate(counts):
                stolen = solve_softmax(questions[:n], shown(p[:n], what))
                found[0, i, j, s] = relative_error(stolen, model)
                found[1, i, j, s] = measures.agreement(test @ stolen[:-1]
                                                       + stolen[-1], expected)
    return found

# %%
SERVED = {None: "all digits", 2: "2 decimals", 1: "1 decimal", "label": "top-1 label"}
MANY = (785, 900, 1200, 2000)
errors, agree = steal_linear(MANY, tuple(SERVED))

# %%
def powers_of_ten(ax, low, high, step):
    """Ticks for an axis that holds logarithms. (The intervals are of the logarithms,
    too.)"""
    ax.set_yticks(range(low, high, step),
                  [f"$10^{{{k}}}$" for k in range(low, high, step)])

# %%
fig, (left, right) = plt.subplots(1, 2, figsize=(10.5, 3.4))
for i, (name, role) in enumerate(zip(SERVED.values(),
                                     ("attacker", "dark", "light", "baseline"))):
    if i:
        plots.band(left, MANY, errors[i].log10(), role, name)
    plots.band(right, MANY, agree[i], role, name)
powers_of_ten(left, -2, 4, 1)
left.text(1000, -1.8, f"all digits: $10^{{{errors[0].log10().mean():.0f}}}$, below "
                      "this axis")
left.set(ylabel="relative error of the weights", ylim=(-2, 3.3),
         title="Rounded: the error falls, but not to zero")
right.set(ylabel="same class on test digits", ylim=(0, 1.04),
          title="Clones of rounded answers mostly agree")
for ax in (left, right):
    ax.set(xscale="log", xlabel="queries")
    ax.set_xticks(MANY, [f"{n:,}" for n in MANY])
    ax.minorticks_off()
right.legend(loc="center left", bbox_to_anchor=(1, 0.5), title="served")
plots.show(fig, "Left: relative error of the stolen weights against queries, 785 to "
           "2,000. With 2 decimals, 1 decimal or the top-1 label it falls by about two "
           "powers of ten. With all digits it lies far below the axis. Right: "
           "agreement on test digits. With 2 decimals it comes near 1, with 1 decimal "
           "above 0.9, with the label alone it stays below 0.7.")

# %%
x = mnist().test.x.double()
same = [measures.agreement(m(x).softmax(-1).round(decimals=1), m(x))
        for m in victims((784, 10))]
print("one decimal, same class as the linear model on test digits:")
print(f"a legitimate user             {sum(same) / len(same):.1%}")
print(f"a clone made of 2,000 answers {agree[2, -1].mean():.1%}")

# %% [markdown]
# With 785 queries and two decimals the error is larger than the weights themselves. More queries average much of
# the rounding away: the error falls by about two powers of ten. With 2,000 queries even one decimal gives a clone
# that agrees on more than nine digits in ten. Rounding ends the *exact* theft only.
#
# The label alone gives this naive attacker no equations. It feeds the solver 0.91 for the label and 0.01 for each
# other class. Points where two classes meet give equations from labels, too, for more queries (Lowd and Meek, 2005;
# not run here).
#
# Every defence in part III has two costs: one for the attacker, and one for a legitimate user.

# %% [markdown]
# ## The last layer of a language model
#
# Our language model is not linear, but its last layer is. At each position, a hidden vector $h$ of some width
# becomes 195 logits by one matrix: $z = W h$. The width is the provider's secret, because it says how large the
# model is. (You know it from lesson 03. Pretend that you do not.)
#
# Put the logits of 200 prompts, four random words each, under each other: a matrix of 200 rows and 195 columns. The
# number of its non-zero **singular values** is its **rank**, the number of independent directions among its rows.
#
# **Predict, then run.** What is the rank, when every row is $W$ times some $h$?

# %%
def last_logits(prompts):
    """What only the provider sees: the logits after each prompt, (prompts,
    vocabulary)."""
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
    ax.plot(range(1, len(values) + 1), values, color=colour, linestyle=line,
            linewidth=2, label=label)
    ax.set(yscale="log", xlabel="number of the singular value", ylabel="singular value")

fig, (left, right) = plt.subplots(1, 2, figsize=(10.5, 3), width_ratios=[3, 2])
for ax in (left, right):
    draw_values(ax, z, "teacher", "logits")
    draw_values(ax, z.log_softmax(-1), "attacker", "log-probabilities")
left.set_title("The singular values drop after the width")
right.set(title="The same near the drop", xlim=(124.5, 132.5), xticks=range(125, 133))
right.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, "Singular values of 200 prompts' logits and log-probabilities on a "
           "logarithmic axis. Both fall gently and then drop by four powers of ten: "
           "the logits after number 128, the log-probabilities after number 129.")

# %% [markdown]
# The rank is 128, the width: after the 128th value the logits' curve drops by four powers of ten. What is left is
# float32 rounding. APIs serve log-probabilities, $\log p_i = z_i - \log Z$. Their curve drops one value later,
# because the $\log Z$ of each row adds one direction.
#
# ### Exercise 04.2 · The hidden width (medium, 10 minutes)
#
# Find the width from logits *or* log-probabilities. First make $\log Z$ drop out. Then look for the largest fall. A
# threshold will not do, because what counts as zero depends on the model and on the rounding.

# %% nbgrader={"grade": false, "grade_id": "hidden_width", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("04.hidden_width")
def hidden_width(scores):
    """(n, vocabulary), logits or log-probabilities of n prompts, n above the width, to
    an int.

    `torch.linalg.svdvals(matrix)`: the singular values, largest first. Worked case:
    logits (1, 2, 4, 8) and (-2, -4, -8, -16) of two prompts give 1, and so does their
    log-softmax.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "hidden_width_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("04.hidden_width", points=2)

# %%
import pandas as pd


def largest_fall(matrix):
    """How many singular values stand before the largest fall. log Z is left in."""
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
# So far you used logits that only the provider sees. The API shows the five likeliest tokens, and no more.
#
# You ask it with the official `openai` package, which `client.text` points at this machine. For other clients, and
# for a machine with an `http_proxy`, read [docs/clients.md](../docs/clients.md).

# %%
text = client.text(server)
extraction.top_logprobs(text, prompts[:1])[0]

# %%
def top_only(scores, k=5):
    """Log-probabilities cut to the top k; the hidden ones are taken to be like the
    k-th."""
    shown = scores.log_softmax(-1).topk(k)
    return shown.values[:, -1:].expand_as(scores).scatter(1, shown.indices,
                                                          shown.values)

print("the other 190 taken to be like the fifth:",
      [hidden_width(top_only(d)) for d in draws])

# %% [markdown]
# These are not the width. The fall is an artefact of our guess for the 190 hidden values. But some APIs take a
# **logit bias**: a number that is added to the logit of a token that you name, to forbid a word or to make it
# likelier. Add 100 to five tokens. Which are the top five now?

# %%
REFERENCE = TOKENIZER.ids["=>"]
favoured = [REFERENCE, *(TOKENIZER.ids[word] for word in ("cat", "dog", "7", ";"))]
extraction.top_logprobs(text, prompts[:1], favoured)[0]

# %% [markdown]
# They are the five that *you* chose. Their log-probabilities are new, but their differences still tell about the
# model: $\log p_i = z_i + b_i - \log Z'$, with the bias $b_i$, and one $Z'$ for the whole row. If one token, the
# **reference**, is in every request, all requests can be compared.
#
# ### Exercise 04.3 · Take the bias out (easy, 5 minutes)
#
# Return $z_i - z_\text{ref}$ for the tokens of one request. The biases may differ from token to token.

# %% nbgrader={"grade": false, "grade_id": "unbias", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("04.unbias")
def unbias(logprobs, bias, reference):
    """(n, k) log-probabilities, (k,) the tokens' biases, the reference's column: to (n,
    k).

    Worked case: logprobs [[-0.1, -2.4]], bias [100., 97.], reference 1: [[-0.7, 0.]].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "unbias_check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
grade("04.unbias", points=1)

# %% [markdown]
# With four new tokens in a request, 195 tokens take 49 requests, each with all 200 prompts. One prompt is one query.

# %%
def through_bias(text, prompts):
    """Logit differences from the reference, (prompts, vocabulary), four tokens at a
    time."""
    others = [token for token in range(len(TOKENIZER)) if token != REFERENCE]
    found = torch.zeros(len(prompts), len(TOKENIZER), dtype=torch.float64)
    for start in range(0, len(others), 4):
        tokens = [REFERENCE, *others[start:start + 4]]
        rows = extraction.top_logprobs(text, prompts, tokens, strength=100.0)
        served = [[row[TOKENIZER.tokens[token]] for token in tokens] for row in rows]
        bias = torch.full((len(tokens),), 100.0, dtype=torch.float64)
        found[:, tokens] = unbias(torch.tensor(served, dtype=torch.float64), bias,
                                  reference=0)
    return found

# %%
opened = through_bias(text, prompts)
print("width, from five log-probabilities and a logit bias:", hidden_width(opened))
receipt()

# %% [markdown]
# The width is read exactly, at the price in the last line. Carlini and others (2024) report the same for two
# production models, of widths 1,024 and 2,048, for less than 20 dollars. Finlayson and others (2024) published the
# same method. The rows also span the same space as $W$: you hold $W$ up to an unknown invertible 128 × 128 matrix.
# As a check, how much of the true $W$ lies *outside* the stolen 128 directions?

# %%
# (128, vocabulary)
directions = torch.linalg.svd(opened, full_matrices=False).Vh[:128]
true = teacher.embedding.weight.double()
# relative to the reference
true = (true - true[REFERENCE]).T
some = torch.randn(195, 128, generator=torch.Generator().manual_seed(0)).double()
for name, basis in (("stolen", directions), ("random", torch.linalg.qr(some)[0].T)):
    outside = true - true @ basis.T @ basis
    print(f"{name} directions miss {outside.norm() / true.norm():.1e} of W")

# %% [markdown]
# Two millionths of $W$ lie outside, so the directions are those of $W$. Random directions miss half.
#
# ## Noise, and averaging it away
#
# Without the bias or without log-probabilities this theft ends, but legitimate users lose what is taken away. What
# does *noise* do? The provider adds a normal random number of standard deviation $\sigma$ to each log-probability
# that it shows. With $\sigma = 0.1$ a probability changes by about 10 %. The text of the answer does not change.
#
# **Predict, then run.** The 128th value is about 0.3. From which $\sigma$ on is the largest fall somewhere else?

# %%
def noisy(scores, sigma, seed=0, times=1):
    """Log-probabilities with noise of size sigma: the mean of `times` askings."""
    draw = torch.Generator().manual_seed(seed)
    noise = torch.randn((times, *scores.shape), generator=draw).mean(0)
    return scores.log_softmax(-1) + sigma * noise

def differences(scores):
    return scores[:, 1:] - scores[:, :1]

SIZES = (0.003, 0.01, 0.03, 0.1)
print({sigma: hidden_width(noisy(z, sigma)) for sigma in SIZES})

# %% [markdown]
# From $\sigma = 0.01$ on, the largest fall is after the first value. But the largest fall is a poor detector. The
# largest singular value of pure $n \times m$ noise is about $\sigma(\sqrt n + \sqrt m)$, the **noise edge**. An
# adaptive attacker counts the values above this edge. It measures $\sigma$ by asking 20 prompts twice.

# %%
def above_edge(scores, sigma):
    """How many singular values are larger than the largest of noise of size sigma."""
    values = torch.linalg.svdvals(scores - scores.mean(-1, keepdim=True))
    return (values > sigma * sum(map(math.sqrt, scores.shape))).sum().item()

def widths_read(draws, sigma, times=1):
    """Both attackers' widths, (2, draws): by the largest fall, and by the noise
    edge."""
    found = []
    for i, d in enumerate(draws):
        served, twice = noisy(d, sigma, i, times), [noisy(d[:20], sigma, seed)
                                                    for seed in (100, 200)]
        size = torch.sub(*twice).std().item() / math.sqrt(2 * times)
        found.append((hidden_width(served), above_edge(served, size)))
    return torch.tensor(found).T

# %%
fig, axes = plt.subplots(1, 4, figsize=(10.5, 2.5), sharey=True)
for ax, sigma in zip(axes, SIZES):
    served = noisy(z, sigma)
    draw_values(ax, served - served.mean(-1, keepdim=True), "attacker", "served")
    ax.axhline(sigma * sum(map(math.sqrt, served.shape)), color="#333333", lw=1,
               label="noise edge")
    ax.set(title=f"noise {sigma}: {above_edge(served, sigma)} above",
           xlabel="number of the value",
           ylabel="singular value" if ax is axes[0] else "", ylim=(5e-3, 2e3))
axes[-1].legend(loc="upper right", fontsize=9)
plots.show(fig, "Singular values of 200 prompts with noise of size 0.003, 0.01, 0.03 "
           "and 0.1, and the noise edge. At 0.003 and 0.01 they cross the edge at "
           "number 128, in a step. At 0.03 and 0.1 there is no step, and they cross it "
           "earlier.")

# %%
more = [last_logits(extraction.random_prompts(1000, seed)) for seed in SEEDS]
plans = {"200 prompts, once": (draws, 1), "200 prompts, 5 times": (draws, 5),
         "1,000 prompts, once": (more, 1), "200 prompts, 100 times": (draws, 100)}
read = {(name, sigma): widths_read(d, sigma, times)
        for name, (d, times) in plans.items() for sigma in SIZES}

def in_words(widths):
    exact = f"{(widths == 128).sum()} of 5"
    return exact if (widths
                     == 128).all() else f"{exact} ({widths.min()} to {widths.max()})"

table = {"largest fall, 200 prompts, once": [in_words(read["200 prompts, once", s][0])
                                             for s in SIZES]}
table |= {f"noise edge, {name}": [in_words(read[name, s][1]) for s in SIZES]
          for name in plans}
pd.DataFrame(table, index=pd.Index(SIZES, name="noise")).T

# %% [markdown]
# Noise of 0.01 stops only the naive attacker: from the same 200 prompts, the noise edge reads the width in five of
# five draws. At 0.03 it does so from 1,000 prompts, and at 0.1 it does not. But this noise is drawn anew each time.
# The mean of 100 answers to each of 200 prompts gives the width in all draws, even at 0.1. So noise makes this
# theft more expensive and does not end it.
#
# (Noise that is the same each time for the same question cannot be averaged away. Lesson 09 returns to it.)

# %% [markdown]
# ## A hidden layer, solved
#
# A ReLU unit is linear on either side of the point where it switches on. So a network with one hidden layer is linear
# in pieces. Walk along a straight line of inputs: each hidden unit switches at one point, and there the scores bend.
# Between two bends, 785 answers solve a linear map as before.
#
# **Predict, then run.** A network of 16 hidden units has 12,730 weights. How many queries until you know them all?

# %%
def line(seed):
    """A point and a direction in the space of images, at random."""
    draw = torch.Generator().manual_seed(seed)
    return torch.rand(784,
                      generator=draw).double(), torch.randn(784,
                                                            generator=draw).double()

def draw_slope(ax, network):
    (start, step), t = line(0), torch.linspace(-3, 3, 1201).double()
    score = network(start + t[:, None] * step).log_softmax(-1)
    score = score[:, 3] - score.mean(-1)
    ax.plot(t[1:], score.diff() / t.diff(), color=plots.ROLES["attacker"].colour)
    ax.set(xlabel="position t on the line", ylabel="slope of one score")

fig, ax = plt.subplots(figsize=(8, 2.5))
draw_slope(ax, victims((784, 16, 10))[0])
ax.set_title("Each hidden unit is one step in the slope")
plots.show(fig, "Slope of the score of class 3 along a straight line of inputs, from t "
           "= -3 to 3: a staircase. At each step one hidden unit switches on or off.")

# %% [markdown]
# Where unit $j$ switches on, $a_j (w_j \cdot x + b_j)$ is added, with $w_j, b_j$ its weights from the pixels and
# $a_j$ its ten weights to the classes. So the maps before and after a bend differ by a matrix of rank 1, whose
# factors are $(w_j, b_j)$ and $a_j$. `pieces` finds the bends by halving:

# %%
def pieces(f, reach, tolerance=1e-13, width=1e-5):
    """The pieces of [-reach, reach] between two bends of f: a list of (from, to)."""
    found = []

    def halve(a, b, at_a, at_b):
        middle, here = (a + b) / 2, f((a + b) / 2)
        size = 1 + torch.maximum(at_a.abs().max(), at_b.abs().max())
        if (here - (at_a + at_b) / 2).abs().max() < tolerance * size:      # straight
            if found and found[-1][1] == a:
                # so is its neighbour
                a, _ = found.pop()
            found.append((a, b))
        elif b - a > width:
            halve(a, middle, at_a, here)
            halve(middle, b, here, at_b)

    halve(-reach, reach, f(-reach), f(reach))
    return found

def linear_map(ask, x, size):
    """Slopes and constant of the piece around x, (785, classes), from 785 answers."""
    here = ask(x[None])
    slopes = (ask(x + size * torch.eye(len(x), dtype=x.dtype)) - here) / size
    return torch.cat([slopes, here - x[None] @ slopes])

# %% [markdown]
# The difference of two maps does not say whether its unit switched on or off. But the units that are on in the
# first piece are those that switch off later. So the map of the first piece is the sum of those units' maps, and
# least squares finds which units they are. Ten random points test the clone. If it fails, a bend was too far away,
# and the attacker walks along another line.

# %%
def relu_network(x, units, out, bias):
    return (x @ units[:, :-1].T + units[:, -1]).relu() @ out + bias

def steal_relu(ask, seed, reach=1000.0, lines=3, **how):
    """A network of one hidden layer: (units, 785), (units, classes) and the last
    bias."""
    start, step = line(seed)
    along = pieces(lambda t: ask((start + t * step)[None]), reach, **how)
    maps = torch.stack([linear_map(ask, start + (a + b) / 2 * step, (b - a) / 50)
                        for a, b in along])
    jumps = maps[1:] - maps[:-1]
    units = torch.linalg.svd(jumps, full_matrices=False).U[:, :, 0]
    # as if all switched on
    units = units * (units[:, :-1] @ step).sign()[:, None]
    out = (units[:, None] @ jumps)[:, 0]
    on = torch.linalg.lstsq(jumps[:, :-1].flatten(1).T,
                            -maps[0, :-1].reshape(-1, 1)).solution
    # on in the first piece
    on = on.round().clamp(0, 1)
    stolen = units * (1 - 2 * on), out, maps[0, -1] + (on * jumps[:, -1]).sum(0)
    probe = torch.randn(10, 784, generator=torch.Generator().manual_seed(seed)).double()
    # a bend far away?
    wrong = (relu_network(probe, *stolen) - ask(probe)).abs().max() > 1e-6
    return steal_relu(ask, seed + 100, reach, lines - 1,
                      **how) if wrong and lines > 1 else stolen

# %%
def unit_errors(units, network):
    """For each true unit the distance of the nearest stolen one, both of length 1."""
    true = torch.cat([network[0].weight, network[0].bias[:, None]], 1)
    return (F.normalize(true, dim=-1)[:, None]
            - F.normalize(units, dim=-1)).norm(dim=-1).amin(1)

# %%
network, asked = victims((784, 16, 10))[0], []

def ask(x):
    asked.append(len(x))
    logs = network(x).log_softmax(-1)
    return logs - logs.mean(-1, keepdim=True)

units, _, _ = steal_relu(ask, seed=0)
worst = unit_errors(units, network).max()
print(f"{sum(asked):,} queries, {len(units)} units, largest error {worst:.0e}")

runs = measures.stored("R26").pivot(index="x", columns=["series", "seed"],
                                    values="value")
columns = {"queries": "queries", "solved": "largest error, log10",
           "rounded": "same, from 6 decimals"}
pd.DataFrame({text: runs[series].mean(axis=1).round(1)
              for series, text in columns.items()}
             ).rename_axis("hidden units (R26, mean of five networks)")

# %% [markdown]
# About 14,000 queries recover all 16 units of this network, with errors below a millionth: about one query for each
# weight. Row R26 of the [replication board](../docs/board.md) finds all 240 units of five networks of each size.
# Jagielski and others (2020) and Carlini, Jagielski and Mironov (2020) solved such networks first. The second paper
# needs $2^{21.5}$ queries for 100,000 weights.
#
# From six decimals the same walk, in wider steps, finds 110 of these 240 units to within 0.01. So rounding ends the
# exact theft here, too. The API must also serve log-probabilities, because far from any image a probability is
# served as 0. And it must accept pixels below 0 and above 1.

# %% [markdown]
# ## Imitation
#
# The convolutional teacher of the digits has several layers. Attacks like the last one exist for a few layers, at a
# rising price: in 2024 a network of two hidden layers and 16,721 weights took 98 minutes (Foerster and others). The
# usual attacker imitates: it takes whatever images there are, lets the API answer, and trains a student, here
# called a **clone**. Ours has the 1,500 transfer images, without labels. Then it moves each by up to a pixel and
# asks again.
#
# The endpoint may serve all ten scores, the top three, or the top-1 label. With the top three, some probability is
# not shown:
#
# ### Exercise 04.4 · What was not shown (easy, 5 minutes)
#
# The scores that are shown sum to at most about 1 (with rounding a little more). Divide the missing probability
# evenly among the classes that were not shown.

# %% nbgrader={"grade": false, "grade_id": "complete", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("04.complete")
def complete(scores):
    """(n, classes), 0 where nothing was shown, to (n, classes) with rows that sum to 1.

    Shown scores stay as they are. They are rounded: where they sum to 1 or a little
    more, nothing is left, and hidden classes get 0.
    Worked case: [[0.9, 0., 0.06, 0.]] gives [[0.9, 0.02, 0.06, 0.02]]. A full row
    stays.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "complete_check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
grade("04.complete", points=1)

# %% [markdown]
# **Predict, then run.** How far does the clone of labels fall behind the clone of scores: at 25 queries, at 1,500, at
# 6,000?

# %%
COUNTS, SMALL = (25, 150, 1500, 6000), (784, 64, 64, 10)

def questions_of(x, copies=3):
    """Images, and after them copies of all of them, each moved by up to a pixel."""
    return torch.cat([x, *(extraction.shifted(x, seed) for seed in range(copies))])

def in_order(seed, images=1500, copies=3):
    """Row numbers: every image once, in an order of its own for each seed; then their
    copies."""
    order = torch.randperm(images, generator=torch.Generator().manual_seed(seed))
    return torch.cat([order + images * c for c in range(copies + 1)])

def epochs_for(n, steps):
    """Epochs over n images that make about `steps` steps of 128 images."""
    return math.ceil(steps / math.ceil(n / 128))

def agreement_on_test(students):
    """Share of test images on which each student names the teacher's class:
    (students,)."""
    x = mnist().test.x
    with torch.no_grad():
        return (students(x).argmax(-1) == classifier.load_teacher()(x)
                .argmax(-1)).float().mean(-1)

# %%
def budget_curves(answers, counts=COUNTS, seeds=SEEDS, steps=280):
    """Agreement of students of the first n answers: (label, top 3, all scores; counts;
    seeds)."""
    x, k, agree = questions_of(mnist().transfer.x), len(seeds), []
    # the first: label alone
    served = [answers, complete(extraction.cut(answers, 3)), answers]
    logits = torch.stack([p.clamp_min(1e-9).log()
                          for p in served]).repeat_interleave(k, 0)
    rows = torch.stack([in_order(seed) for seed in seeds]).repeat(3, 1)
    for n in counts:
        students = models.Students(SMALL, [*seeds] * 3)
        training.fit(students, x, answers.argmax(-1), logits, rows=rows[:, :n],
                     alpha=[0.0] * k + [1.0] * 2 * k, temperature=4.0,
                     epochs=epochs_for(n, steps), progress=f"students of {n} answers")
        agree.append(agreement_on_test(students).view(3, k))
    return torch.stack(agree, 1)

# %%
answers = client.tensors(server, "digits")(questions_of(mnist().transfer.x))
by_label, by_top3, by_all = budget_curves(answers)
receipt()

# %%
def draw_budget(ax):
    plots.band(ax, COUNTS, by_label, "baseline", "top-1 label")
    plots.band(ax, COUNTS, by_all, "attacker", "all scores")
    ax.set(xscale="log", xlabel="queries", ylabel="same class as the teacher")
    ax.set_xticks(COUNTS, [f"{n:,}" for n in COUNTS])
    ax.minorticks_off()
    ax.legend(loc="lower right", title="served")

fig, (left, right) = plt.subplots(1, 2, figsize=(10.5, 3.4))
draw_budget(left)
left.set_title("Clones of labels keep up with clones of scores")
for values, name, role in ((by_top3, "top 3", "dark"),
                           (by_all, "all scores", "attacker")):
    plots.band(right, [f"{n:,}" for n in COUNTS], 100 * (values - by_label), role, name)
right.axhline(0, color=plots.ROLES["baseline"].colour, linestyle=":")
right.set(title="Scores gain little over labels", xlabel="queries", ylabel="points")
right.legend(loc="upper right", title="served")
plots.show(fig, "Left: agreement with the teacher on test digits against queries, 25 "
           "to 6,000, for the top-1 label and for all scores. The two rise together. "
           "Right: the gain of the top 3 and of all scores over the label, nearly "
           "alike: a wide interval at 25 queries, and a narrow one below a point or so "
           "at 1,500 and 6,000.")

# %%
def points(a, b):
    return measures.paired_interval(a, b).points()

for i, n in enumerate(COUNTS):
    print(f"{n:>5,} queries: all scores minus the label "
          f"{points(by_all[i], by_label[i])}")
print("the label for 6,000 minus all scores for 1,500: "
      f"{points(by_label[-1], by_all[2])}")
print(f"1,500 queries: top 3 minus all scores {points(by_top3[2], by_all[2])}")
stored = measures.stored("R12").pivot(index="seed", columns=["series", "x"],
                                      values="value")
long_label, long_all = (stored[way, 1500].tolist() for way in ("label", "all scores"))
print("the same for ten seeds and 600 steps, 1,500 queries (R12): "
      f"{points(long_all, long_label)}")

# %% [markdown]
# It hardly falls behind. With 280 steps for each clone and five seeds, no gain of all scores over the label was
# shown at any budget. With 600 steps and ten seeds (last line), scores are worth 0.8 points (0.4 to 1.1) at 1,500
# queries. Labels for 6,000 queries are worth more: 1.1 points (0.8 to 1.4) over scores for 1,500. A demonstration
# of the Adversarial Robustness Toolbox (ART), one run on MNIST, has the same shape. From 250 to 5,000 queries its
# accuracy rises from 21 to 91 % with scores, and from 19 to 91 % with labels.
#
# So serving the label alone ends the solving of this lesson, and hardly hinders imitation. A legitimate user loses
# everything that the scores were used for.

# %% [markdown]
# ## Queries without a digit
#
# Suppose the attacker has no digits. Knockoff Nets (Orekondy and others, 2019) send whatever there is: photographs of
# anything, to steal a classifier of birds. We have no photographs, so a program draws eight kinds of pictures that show
# no digit. Above each is the teacher's answer:

# %%
strangers = drawings.pool(4, seed=1)
with torch.no_grad():
    said = torch.stack([classifier.load_teacher()(kind).softmax(-1)
                        for kind in strangers])
fig, axes = plt.subplots(2, 8, figsize=(10, 2.9))
for (k, kind), column in zip(enumerate(drawings.KINDS), axes.T):
    for row, ax in enumerate(column):
        ax.imshow(strangers[k, row].view(28, 28), cmap="gray_r", vmin=0, vmax=1)
        p, digit = said[k, row].max(-1)
        ax.set_title(f"{kind if row == 0 else ''}\n{digit}, {p:.0%}", fontsize=9)
        ax.axis("off")
plots.show(fig, "Two pictures each of static, clouds, gratings, boxes, dots, rings, "
           "lines and scribbles, with the teacher's answer: a digit and a probability "
           "for every one of them, often a high one. Static is always the same digit.")

# %% [markdown]
# The teacher names a digit for everything, because it was never taught to say "none of these".
#
# Which kinds are worth their price? The paper lets a **gradient bandit** find out. It keeps a preference $H(k)$ for
# each kind, draws a kind with probability $\pi = \mathrm{softmax}(H)$, and computes a reward $r$ from the answers. If
# the reward is above $\bar r$, the mean of all rewards so far (this one included), the kind that was drawn becomes
# more likely:
#
# $$H(k) \leftarrow H(k) + a\,(r - \bar r)\,\big(1[k = \text{drawn}] - \pi(k)\big)$$
#
# The reward is the mean of three numbers from 0 to 1: *certainty* (the top score minus the second), *diversity* (how
# far the answer is from the mean answer so far) and *loss* (how badly the clone predicted the answer).
#
# ### Exercise 04.5 · Learn what to ask (medium, 10 minutes)

# %% nbgrader={"grade": false, "grade_id": "bandit_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("04.bandit_step")
def bandit_step(preferences, kind, reward, baseline, rate=4.0):
    """(kinds,) preferences and the number of the kind drawn, to the new preferences,
    (kinds,).

    Worked case: preferences [0., 0.], kind 0, reward 1, baseline 0.5, rate 4: [1.,
    -1.].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "bandit_step_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("04.bandit_step", points=2)

# %% [markdown]
# **Predict, then run.** Three attackers send 2,000 queries each, 50 at a time. The first draws a kind at random.
# The second is the bandit. The third is the bandit with the certainty reward alone. Whose clone agrees with the
# teacher most? (These 30,000 queries run beside the API, not through it.)

# %%
POLICIES = {"random": (), "adaptive": extraction.REWARDS,
            "certainty alone": ("certainty",)}
BUDGETS, POOL = (500, 2000), 1250        # POOL: pictures of each kind

def knockoffs(budgets=BUDGETS, seeds=SEEDS, steps=240, size=POOL):
    """Agreement on test digits, (policies, budgets, seeds); and the pictures asked
    about."""
    pool, victim, agree = drawings.pool(size, seed=0), classifier.load_teacher(), []
    answers = torch.stack([victim(kind).softmax(-1) for kind in pool])
    choose = functools.partial(extraction.knockoff, pool, answers, step=bandit_step)
    picks = torch.stack([choose(seed, max(budgets), rewards)
                         for rewards in POLICIES.values() for seed in seeds])
    x, logits = pool.flatten(0, 1), answers.flatten(0, 1).clamp_min(1e-9).log()
    for n in budgets:
        students = models.Students(SMALL, [*seeds] * len(POLICIES))
        training.fit(students, x, None, logits, rows=picks[:, :n], alpha=1.0,
                     temperature=4.0, epochs=epochs_for(n, steps),
                     progress=f"students of {n} drawings")
        agree.append(agreement_on_test(students).view(len(POLICIES), -1))
    return torch.stack(agree, 1), picks.view(len(POLICIES), len(seeds), -1)

# %%
strange, picks = knockoffs()
kinds = pd.DataFrame([(p // POOL).flatten().bincount(minlength=8).tolist()
                      for p in picks],
                     index=list(POLICIES), columns=list(drawings.KINDS))
kinds.div(kinds.sum(axis=1), axis=0).map("{:.0%}".format)

# %%
named = classifier.load_teacher()(mnist().test.x).argmax(-1).bincount()
print(f"the commonest class alone: same class on {named.max() / named.sum():.0%} of "
      "test digits")
for name, agreement in zip(POLICIES, strange):
    for n, values in zip(BUDGETS, agreement):
        print(f"{name}, {n:,} queries: {{:.0%}} (95 % interval {{:.0%}} to {{:.0%}})"
              .format(*measures.mean_interval(values)))
for i in (1, 2):
    print(f"{[*POLICIES][i]} minus random, 2,000 queries: "
          f"{points(strange[i, -1], strange[0, -1])}")

# %% [markdown]
# A clone that has never seen a digit agrees with the teacher on more than half of them. The published clones, from
# 60,000 photographs, reach 0.73 to 0.97 of their victims' accuracy (which is not agreement).
#
# Does the bandit help? No gain was shown with these five seeds: +0.3 points (−3.7 to +4.2). The paper's abstract
# says that adaptive choice helps "in certain settings". With the *certainty* reward alone the bandit does harm:
# 13.1 points (4.9 to 21.2). It buys static, because the teacher is always sure about static, and always of the same
# digit.

# %% [markdown]
# ## Four thefts side by side
#
# **Predict** from what you have seen: which thefts become exact at some number of queries, and which comes near
# gradually?

# %%
BEFORE = (200, 400, 600, 700, 784, 785, 900)
cliff = steal_linear(BEFORE, (None, 2))[0].log10()

# %% tags=["signature"]
fig, ((first, second), (third, fourth)) = plt.subplots(2, 2, figsize=(10.5, 6.2))
for values, name, role in zip(cliff, ("all digits", "2 decimals"),
                              ("attacker", "baseline")):
    plots.band(first, [str(n) for n in BEFORE], values, role, name)
powers_of_ten(first, -15, 4, 3)
first.set(xlabel="queries", ylabel="error of the weights",
          title="A linear model is solved at query 785")
first.legend(loc="lower left")
draw_values(second, differences(opened), "attacker", "top 5, with a logit bias")
draw_values(second, differences(noisy(z, 0.1)), "baseline", "with noise 0.1")
second.axvline(128, ymax=0.55, color=plots.ROLES["teacher"].colour, linewidth=1,
               label="the true width")
second.set_title("A language model's width is where the values drop")
second.legend(loc="upper right", fontsize=9)
draw_slope(third, victims((784, 16, 10))[0])
third.set_title("A hidden layer is solved unit by unit, at its bends")
draw_budget(fourth)
fourth.set(title="Imitation grows gradually", ylim=(0, 1))
plots.show(fig, "Four panels. A linear model: the error of the stolen weights falls "
           "slowly and then, between query 784 and 785, by eleven powers of ten if all "
           "digits are served; with 2 decimals it does not. A language model: singular "
           "values drop after number 128, the true width, if a logit bias may be sent; "
           "with noise 0.1 there is no drop. A network with a hidden layer: a "
           "staircase of slopes. Imitation: agreement rises gradually, alike for "
           "labels and scores.")

# %% [markdown]
# Where a model is linear, or linear in pieces, its weights can be *solved* for, at a price that you can count in
# advance: as many equations as unknowns. There the details of the answers decide: how many digits, a logit bias or
# none. Imitation comes near gradually, and there these details decide little.

# %% [markdown]
# ## What we checked
#
# Each row is a conclusion, and what it is compared with. *Agrees* means that the whole 95 % interval of the
# difference lies above zero, *not shown* that it includes zero. Errors of weights are compared as powers of ten,
# and errors of the width in units. *Stored* rows are R12 and R26 of the board.

# %%
# NBVAL_CHECK_OUTPUT
def verdict(a, b):
    _, low, high = measures.paired_interval(a, b)
    return "agrees" if low > 0 else "does not agree" if high < 0 else "not shown"

once, often = "200 prompts, once", "200 prompts, 100 times"
off = {key: (widths - 128).abs() for key, widths in read.items()}
guessed = torch.tensor([abs(hidden_width(top_only(d)) - 128) for d in draws])
runs = measures.stored("R26").query("x == 16").groupby("series")["value"].agg(list)
checked = [
    ("785 answers solve a linear model", "784 answers", "inputs + 1",
     (cliff[0, 4], cliff[0, 5])),
    ("2 decimals end the exact theft", "all digits", "", errors[[1, 0], -1].log10()),
    ("1 decimal still gives a clone", "top-1 label", "", (agree[2, -1], agree[3, -1])),
    ("all log-probabilities give the width", "the top 5 of them", "exact",
     (guessed, 0 * guessed)),
    ("noise 0.01: width still read", "largest fall", "", off[once, 0.01]),
    ("noise 0.1: width read by averaging", "asked once", "",
     (off[once, 0.1][1], off[often, 0.1][1])),
    ("a ReLU network is solved (stored)", "6 decimals", "exact",
     (runs["rounded"], runs["solved"])),
    ("solving beats imitation (stored)", "as many queries", "",
     (runs["clone"], runs["student"])),
    ("scores beat labels (stored)", "1,500 queries each", "ART: < 1 point",
     (long_all, long_label)),
    ("6,000 labels beat 1,500 scores", "same steps", "", (by_label[-1], by_all[2]))]

# %%
# NBVAL_CHECK_OUTPUT
checked += [
    ("drawings give a clone", "commonest class", "0.73 to 0.97",
     (strange[0, -1], [named.max() / named.sum()] * len(SEEDS))),
    ("adaptive choice beats random", "same queries", "\"in certain settings\"",
     (strange[1, -1], strange[0, -1])),
    ("certainty alone is worse", "random choice", "", (strange[0, -1], strange[2, -1]))]
pd.DataFrame([(claim, control, published, verdict(*pair))
              for claim, control, published, pair in checked],
             columns=["conclusion", "control", "published", "here"])

# %% [markdown]
# ## Wrap-up: five questions

# %%
widgets.quiz("04")

# %% [markdown]
# ## What this does not show
#
# - The language model is small. Its last norm subtracts no mean and its output layer has no bias, so the rank is the
#   width. A LayerNorm without a bias lowers the rank by one, and a bias of the output layer raises it by one.
# - Only its output matrix is stolen. What the model can *do* is the subject of lessons 05 to 07.
# - The budget curves have one victim, which is sure of most digits. Scores of a classifier with many similar classes
#   may be worth more.
# - "No gain was shown" for adaptive choice is about eight kinds of drawings, 40 steps of the bandit and one rate.
# - Temperature, student size and the bandit's rate were chosen on validation images with other seeds. The number of
#   steps was lowered to save time when test results were known. Rows R11 and R12 of the board train for longer.
# - These attackers do not hide. Images of 20 white pixels, or 9,800 prompts of random words, do not look like a
#   legitimate user's. Lesson 08 reads the ledger.
#
# ## With real models
#
# What common interfaces serve, by their documentation and code (read in 2026):
#
# | interface | log-probabilities | logit bias |
# |---|---|---|
# | OpenAI, completions | `logprobs`, up to 5 | −100 to 100 |
# | OpenAI, chat | `top_logprobs`, up to 20 | −100 to 100 |
# | Claude through the OpenAI client | ignored | ignored |
# | a vLLM server | up to `--max-logprobs` (20; −1: all) | −100 to 100 |
#
# The theft of this lesson needs a bias that moves the log-probabilities. At OpenAI it has not moved them since
# February 2024, [says an author](https://github.com/safety-research/safety-tooling/issues/79) of the paper by
# Carlini and others. The default of vLLM, `logprobs_mode="raw_logprobs"`, takes them from before the bias. Test it
# first, on your own server:

# %%
plain, biased = (text.completions.create(model="teacher", prompt=prompts[0],
                                         max_tokens=1, logprobs=5, logit_bias=bias)
                 .choices[0].logprobs.top_logprobs[0]
                 for bias in ({}, {str(REFERENCE): 50}))
print("a logit bias moves the served log-probabilities:", plain != biased)

# %%
server.stop()

# %% [markdown]
# To read the width of an open model, no bias is needed. Use somewhat more random prompts than the expected width,
# and take their logits at a few thousand tokens, in float32. There are three traps. Logits in bfloat16 are rounded,
# so use the noise edge. Gemma 2 bends its logits with a tanh: undo it, or the rank is full. And an answer can
# depend on the other requests in its batch.
#
# ## References
#
# - Tramèr and others, *Stealing Machine Learning Models via Prediction APIs*, 2016.
#   [arXiv:1609.02943](https://arxiv.org/abs/1609.02943). With labels: Lowd, Meek, *Adversarial Learning*, 2005.
# - Carlini and others, *Stealing Part of a Production Language Model*, 2024.
#   [arXiv:2403.06634](https://arxiv.org/abs/2403.06634)
# - Finlayson and others, *Logits of API-Protected LLMs Leak Proprietary Information*, 2024.
#   [arXiv:2403.09539](https://arxiv.org/abs/2403.09539)
# - Jagielski and others, *High Accuracy and High Fidelity Extraction of Neural Networks*, 2020.
#   [arXiv:1909.01838](https://arxiv.org/abs/1909.01838)
# - Carlini, Jagielski, Mironov, *Cryptanalytic Extraction of Neural Network Models*, 2020.
#   [arXiv:2003.04884](https://arxiv.org/abs/2003.04884)
# - Foerster and others, *Beyond Slow Signs in High-fidelity Model Extraction*, 2024.
#   [arXiv:2406.10011](https://arxiv.org/abs/2406.10011)
# - Orekondy and others, *Knockoff Nets: Stealing Functionality of Black-Box Models*, 2019.
#   [arXiv:1812.02766](https://arxiv.org/abs/1812.02766)
# - ART (Trusted-AI): the notebook *model-stealing-demo*, and `art/attacks/extraction/knockoff_nets.py`.
# - What APIs serve: docstrings of the `openai` package 3.54; Claude's page
#   [OpenAI SDK compatibility](https://platform.claude.com/docs/en/cli-sdks-libraries/libraries/openai-sdk);
#   `vllm/config/model.py`.
# - Published figures and how each was read: the [replication board](../docs/board.md).
#
# All terms of the course are explained in the [glossary](glossary.md).

# %%
progress()
