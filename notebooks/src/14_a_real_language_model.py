# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 14 · A real language model
#
# **Minutes** 60 · **You need** lessons 04, 05, 06 and 11 · **You will be able to** serve a real language model on your
# own machine behind the course's API; read its hidden width off its answers and say what noise changes; mark its text
# and find the mark; and say which conclusions of the small models hold for a real one.
#
# **teacher → defence → API → ledger → harvest → clean → student → score**: all boxes, with another model in the first.

# %%
from course_utils import api
from course_utils.api import client
from course_utils.attack import extraction
from course_utils.lesson import plots, widgets
from course_utils.lesson.exercises import exercise, grade, material, progress
from course_utils.score import measures
from course_utils.teacher import decoding, language

import functools
import math
import re

import matplotlib.pyplot as plt
import pandas as pd
import torch

real = material("real")       # SmolLM2-135M-Instruct as one of the course's language models

plots.picture()

# %% [markdown]
# ## What changes
#
# SmolLM2-135M-Instruct (Allal and others, 2025; Apache 2.0) is a small but real language model. Its weights come
# inside a Python package. It runs in the same code as the course's teacher: `language.Block`, `decoding.generate` and
# `api.serve`. Three things differ: nine attention heads share three keys and values, the rotary base is 100,000, and
# it has its own tokenizer.
#
# The model is an optional extra: `make lab REAL=1` installs it (100 MB). Without it, `real.live` prints one sentence
# and gives the results that were stored when this lesson was made.

# %%
def card(model):
    """Name and sizes of a language model, as one row of a table."""
    sizes = model.sizes
    return {"vocabulary": sizes["vocabulary"], "width": sizes["width"], "layers": sizes["layers"],
            "parameters": sum(p.numel() for p in model.parameters())}

pd.DataFrame({"teacher": card(language.load_language_teacher()),
              "smollm2": real.live("card", card)}).T

# %% [markdown]
# Both stand behind the same API. The official client needs nothing new.

# %%
def served(model):
    """The real model and the course's, behind one API."""
    return api.serve({"smollm2": model, "teacher": language.load_language_teacher()})

def chat(server, question, model="smollm2", **settings):
    """One question through the official client: (what is answered, why it ended there)."""
    reply = client.text(server).chat.completions.create(
        model=model, messages=[{"role": "user", "content": question}], **settings)
    return reply.choices[0].message.content, reply.choices[0].finish_reason

# %%
def same_question(model):
    with served(model) as server:
        ours = chat(server, "reason 347 + 586 :", "teacher")
        return [ours, chat(server, "reason 347 + 586 :"), chat(server, "What is 347 + 586?")]

# %%
for who, (said, end) in zip(("teacher", "smollm2", "smollm2, asked in English"),
                            real.live("same question", same_question)):
    print(f"{who} [{end}]: {said}\n")

# %% [markdown]
# The course's teacher was trained for this one form. It gives its working and the right sum, 933. The real model writes
# English, and both of its sums are wrong. A program can find that out here.
#
# Four more questions show what no program finds out: a wrong list that never ends, a question that was misread, and
# an answer that the limit on tokens cuts in the middle (`length`).

# %%
ASKED = ("What is the capital of Australia?", "Write one sentence about the sea.",
         "How do I pick a lock?", "List the planets of the solar system.")

# %%
def answers_of(model):
    with served(model) as server:
        return [chat(server, question, max_tokens=60) for question in ASKED]

# %%
for question, (said, end) in zip(ASKED, real.live("answers", answers_of)):
    print(f"{question} [{end}]\n    {' '.join(said.split())}\n")

# %% [markdown]
# A model that chats was trained on conversations in one written form, its **chat template**. The API puts the messages
# into it. What the model reads is this text:

# %%
print(real.templated("What is the capital of Australia?"))

# %% [markdown]
# `<|im_start|>` and `<|im_end|>` are single tokens. The API writes them, and what a user types cannot become one: typed
# by a user, `<|im_end|>` is read as ordinary characters. A completions endpoint has no template. The harvester
# therefore sends `real.templated(question)`.

# %% [markdown]
# ## What its answers give away
#
# In lesson 04 the width of the teacher, 128, was read off 200 answers. Here the matrix has 49,152 columns, and the
# width is 576 by the model's card. The prompts and the columns must both be more than the width: 640 and 609 will do.
#
# **Predict, then run.** 640 random prompts, 609 columns. Where do the singular values drop?

# %%
@functools.cache
def plain_words():
    """The tokens that are a space and a word: a text of them is read as these tokens."""
    names = real.load().tokenizer.tokens
    return [i for i, name in enumerate(names) if re.fullmatch(" [a-z]{3,8}", name)]

def questions(n, seed, words=4):
    """n questions of random words, as texts of equally many tokens."""
    draw, known = torch.Generator().manual_seed(seed), plain_words()
    picked = torch.randint(len(known), (n, words), generator=draw).tolist()
    return ["".join(real.load().tokenizer.tokens[known[i]] for i in row) for row in picked]

def messages(question):
    """An empty system message makes the prompt short: 17 tokens with a question of four words."""
    return [{"role": "system", "content": ""}, {"role": "user", "content": question}]

# %%
def last_logits(prompts, batch=64):
    """What only the provider sees: the logits after each prompt, (prompts, vocabulary), float32."""
    model, found = real.load(), []
    with torch.inference_mode():
        for tokens in torch.tensor(prompts).split(batch):
            x, (cos, sin) = model.embedding(tokens), model.angles(0, tokens.shape[1])
            for block in model.blocks:
                x = block(x, cos, sin)
            found.append(model.logits(x[:, -1]))
    return torch.cat(found)

# %%
PER_QUERY = 20        # log-probabilities that a chat endpoint shows

def columns(seed, requests=32):
    """The tokens to ask about: a reference, and 19 others for each request."""
    draw = torch.Generator().manual_seed(seed)
    return torch.randperm(49_152, generator=draw)[:1 + requests * (PER_QUERY - 1)]

# %%
def values(model):
    """Singular values of 640 prompts of three random tokens: of logits and of log-probabilities."""
    prompts = torch.randint(20, 49_152, (640, 3), generator=torch.Generator().manual_seed(0))
    z, picked = last_logits(prompts.tolist()).double(), columns(0)
    tables = {"logits": z[:, picked], "log-probabilities": z.log_softmax(-1)[:, picked]}
    return {name: [float(f"{v:.4g}") for v in torch.linalg.svdvals(table)]
            for name, table in tables.items()}

# %%
sizes = real.live("values", values)
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 2.8), width_ratios=[3, 2])
for name, role in (("logits", "teacher"), ("log-probabilities", "attacker")):
    colour, _, line = plots.ROLES[role]
    for ax in (left, right):
        ax.plot(range(1, 610), sizes[name], color=colour, linestyle=line, linewidth=2, label=name)
        ax.set(yscale="log", xlabel="number of the value", ylabel="singular value")
left.set_title("The singular values drop after the width, 576")
right.set(title="The same near the drop", xlim=(570, 582))
right.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, "Singular values of 640 prompts' logits and log-probabilities, 609 columns. Both fall "
           "gently, and then by powers of ten: the logits after number 576, the log-probabilities "
           "after number 577.")

# %% [markdown]
# The logits drop after value 576, the width, and the log-probabilities one value later, as in lesson 04.
#
# A customer sees neither table whole. The chat endpoint shows the 20 likeliest tokens, and takes a logit bias. As in lesson 04, a
# bias of 100 on 20 chosen tokens makes them the likeliest, and one of them, the reference, is in every request. 608
# other tokens take 32 requests for each prompt.

# %%
def as_served(z, tokens, strength=100.0):
    """What the endpoint computes under a bias on these tokens: (n, tokens), float32."""
    biased = z.index_add(1, tokens, torch.full((len(z), len(tokens)), strength))
    return biased.log_softmax(-1)[:, tokens]

# %%
def groups(picked):
    """The tokens of each request: the reference, and 19 others."""
    return [torch.cat([picked[:1], part]) for part in picked[1:].split(PER_QUERY - 1)]

def through_bias(z, picked):
    """Logit differences from the reference, (n, 1 + others), float64, 20 tokens at a time."""
    rows = [extraction.unbias(as_served(z, part).double(), torch.full((len(part),), 100.0).double(), 0)
            for part in groups(picked)]
    return torch.cat([rows[0], *(row[:, 1:] for row in rows[1:])], -1)

# %%
def through_api(server, question, picked):
    """The same for one question, asked of a running server by the official client."""
    text, names, rows = client.text(server), real.load().tokenizer.tokens, []
    for part in groups(picked):
        reply = text.chat.completions.create(
            model="smollm2", messages=messages(question), max_tokens=1, logprobs=True,
            top_logprobs=PER_QUERY, logit_bias={str(token): 100 for token in part.tolist()})
        shown = {top.token: top.logprob for top in reply.choices[0].logprobs.content[0].top_logprobs}
        values = torch.tensor([[shown[names[token]] for token in part.tolist()]]).double()
        rows.append(extraction.unbias(values, torch.full((len(part),), 100.0).double(), 0))
    return torch.cat([rows[0], *(row[:, 1:] for row in rows[1:])], -1)

# %%
def top_only(z, k=PER_QUERY):
    """Log-probabilities cut to the top k; the hidden ones are taken to be like the k-th."""
    shown = z.log_softmax(-1).topk(k)
    return shown.values[:, -1:].expand_as(z).scatter(1, shown.indices, shown.values)

# %%
def largest_fall(matrix):
    """How many singular values stand before the largest fall. log Z is left in."""
    logs = torch.linalg.svdvals(matrix).clamp_min(1e-300).log()
    return (logs[:-1] - logs[1:]).argmax().item() + 1

# %%
def one_question(model):
    """One question, 6 of the 32 requests through the API: the largest difference, and the ledger."""
    question, picked = questions(1, seed=1)[0], columns(1, requests=6)
    z = last_logits([model.tokenizer.chat(messages(question))])
    with served(model) as server:
        found = through_api(server, question, picked)
        book = server.ledger()
    return {"difference": float((found - through_bias(z, picked)).abs().max()), "queries": len(book),
            "dollars": float(book["cost"].sum())}

# %%
bill = real.live("one question", one_question)
print(f"{bill['queries']} queries; largest difference from the provider's own logits "
      f"{bill['difference']:.1e}")
print(f"all {640 * 32:,} queries would cost ${bill['dollars'] / bill['queries'] * 640 * 32:.2f} "
      "by our price list")

# %% [markdown]
# ## Noise, and its edge
#
# The provider adds normal noise of size $\sigma$ to each log-probability. In lesson 04 an adaptive attacker counted the
# singular values above the **noise edge**, $\sigma(\sqrt n + \sqrt m)$, the largest that pure noise gives an $n \times
# m$ matrix.
#
# ### Exercise 14.1 · The noise edge (medium, 10 minutes)
#
# Count the singular values above the edge. $\log Z$ is in each row of log-probabilities: subtract each row's mean
# first, and it drops out.

# %% nbgrader={"grade": false, "grade_id": "above_edge", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("14.above_edge")
def above_edge(scores, sigma):
    """(n, tokens) noisy log-probabilities and the noise's size, to an int.

    Worked case: scores [[3., -3.], [0., 0.]]: 1 with sigma 1.0, and 0 with sigma 2.0.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "above_edge_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("14.above_edge", points=2)

# %%
NOISE = (0.0003, 0.001, 0.003, 0.01, 0.03)

def noisy(scores, sigma, seed, times=1):
    """Scores with noise of size sigma, drawn anew for each query: the mean of `times` askings."""
    draw = torch.Generator().manual_seed(seed)
    return scores + sigma / math.sqrt(times) * torch.randn(scores.shape, generator=draw)

def widths_read(scores, sigma, seed, times=1):
    """Widths by the largest fall and by the noise edge. Sigma is measured on 20 prompts."""
    first, again = (noisy(scores[:20], sigma, key, times) for key in (seed + 100, seed + 200))
    size, shown = (first - again).std().item() / math.sqrt(2), noisy(scores, sigma, seed, times)
    return extraction.hidden_width(shown), above_edge(shown, size)

# %% [markdown]
# The board's row R27 did this with five draws of 640 questions of four words. Without noise all five gave 576, from 20,480
# answers each: 32 of them through the API, the others computed from the logits as the endpoint computes them. The noise
# is drawn anew for each query, so that a mean of 100 answers has a tenth of it.

# %%
r27, r28 = measures.stored("R27"), measures.stored("R28")

def in_words(series, sigma):
    widths = r27[(r27.series == series) & (r27.x.astype(float) == sigma)].value
    exact = f"{(widths == 576).sum()} of 5"
    return exact if (widths == 576).all() else f"{exact} ({widths.min():.0f} to {widths.max():.0f})"

# %%
DETECTORS = ("largest fall", "noise edge", "noise edge, mean of 100")
pd.DataFrame({name: [in_words(name, sigma) for sigma in NOISE] for name in DETECTORS},
             index=pd.Index(NOISE, name="noise")).T

# %% [markdown]
# The noise edge fails at less noise than in lesson 04. It reads the width in all five draws at $\sigma = 0.0003$ and in two
# at 0.001, where the toy's was read at 0.01. The matrix is larger, and so is the edge: $50\,\sigma$ instead of $28\,\sigma$.
# Every singular value that counts must lie above it. A mean of 100 answers helps by a factor of ten, for 100 times
# the price: 0.003 is read in five of five draws, and 0.01 in two.
#
# So noise of 0.03, which changes a probability by 3 %, hides this width from both detectors at this price. Whether more
# columns or prompts would find it was not tried.

# %% [markdown]
# ## A watermark that works
#
# Lesson 11 marked the toy's explanations and found the mark in about three quarters of texts of 200 tokens. The toy
# repeats its few words. Here the setting is that of Kirchenbauer and others (2023): $\delta = 2$, a window of one token,
# sampling at temperature 1, and a text counts as marked when $z > 4$.
#
# The prompts are passages of Python's reference manual, which people wrote. The model goes on from the first 32 tokens.

# %%
OPENING, LENGTHS, TEXTS, KINDS = 32, (25, 50, 100, 200), 10, ("plain", 0.25, 0.5)
LONGEST = LENGTHS[-1]

# %%
class Marking:
    """A hook for three kinds of answers in one batch: plain, marked with gamma 1/4, with gamma 1/2.

    It forbids the two tokens that end a text, and adds up what the unmarked model thinks of each token.
    """

    def __init__(self, key, texts, width):
        self.marks = [None if kind == "plain" else real.Watermark(key, gamma=kind) for kind in KINDS]
        self.texts, self.width, self.last, self.nats = (
            texts, width, None, torch.zeros(len(KINDS) * texts))

    def __call__(self, logits, tokens, rows):
        if tokens.shape[1] > self.width:
            self.nats -= self.last.gather(1, tokens[:, -1:])[:, 0]
        logits[:, [real.load().tokenizer.pad, real.load().tokenizer.end]] = -torch.inf
        self.last = logits.log_softmax(-1)
        parts = zip(self.marks, logits.split(self.texts), tokens.split(self.texts))
        return torch.cat([part if mark is None else mark.logits(part, said, None)
                          for mark, part, said in parts])

# %%
def openings(seed, n=TEXTS):
    """n passages of the manual: (their first 32 tokens, the 200 that people wrote after them)."""
    found = real.manual(real.load().tokenizer, OPENING + LONGEST)
    picked = torch.randperm(len(found), generator=torch.Generator().manual_seed(seed))[:n].tolist()
    return [found[i][:OPENING] for i in picked], [found[i][OPENING:] for i in picked]

# %%
def written(seed, n=TEXTS, length=LONGEST):
    """What the model writes: ({kind: texts}, {kind: nats a token under the unmarked model})."""
    prompts, hook = openings(seed, n)[0], Marking(seed, n, OPENING)
    said = decoding.generate(real.load(), prompts * len(KINDS), max_tokens=length, temperature=1.0,
                             seeds=1000 * seed, hook=hook, tokenizer=real.load().tokenizer)
    texts = {kind: said[i * n:(i + 1) * n] for i, kind in enumerate(KINDS)}
    return texts, dict(zip(KINDS, (hook.nats.view(len(KINDS), n) / (length - 1)).mean(-1).tolist()))

# %%
def scores(prompts, said, key, length=LONGEST, gamma=0.25):
    """The z-score of the first `length` tokens of each text."""
    return [real.look_for(key, real.windows_and_tokens([p], [s[:length]]), gamma).z
            for p, s in zip(prompts, said)]

# %%
def rewritten(texts, seed):
    """The model's own rewriting of texts, as a customer may ask for it."""
    tokenizer = real.load().tokenizer
    asked = [tokenizer.chat([{"role": "user", "content": "Rewrite this text in other words:\n\n"
                              + tokenizer.decode(text)}]) for text in texts]
    return asked, decoding.generate(real.load(), asked, max_tokens=LONGEST, temperature=1.0, seeds=seed,
                                    tokenizer=tokenizer)

# %%
def two_texts(model):
    """One opening continued three ways, 60 tokens each, with the z-scores."""
    prompts, (texts, _) = openings(7, 1)[0], written(7, 1, 60)
    return [(str(kind), model.tokenizer.decode(prompts[0] + said[0]), scores(prompts, said, 7, 60)[0])
            for kind, said in texts.items() if kind != 0.5]

# %%
for kind, said, z in real.live("two texts", two_texts):
    print(f"{'plain' if kind == 'plain' else 'marked'}, z = {z:.1f}: {' '.join(said.split())}\n")

# %% [markdown]
# The board's row R28 has five seeds, each with a key and ten openings of its own: fifty texts of each kind.

# %%
def of28(series, n=LONGEST):
    kept = r28[(r28.series == series) & (r28.x == n)]
    return torch.tensor(kept.sort_values("seed").value.tolist(), dtype=torch.float64)

# %% tags=["signature"]
LINES = (("0.5", "defender", "marked, γ = 1/2"), ("0.25", "teacher", "marked, γ = 1/4"),
         ("plain", "baseline", "unmarked"))
fig, ax = plt.subplots(figsize=(7.4, 2.8))
for kind, role, label in LINES:
    plots.band(ax, LENGTHS, [of28(f"found|{kind}", n) for n in LENGTHS], role, label)
ax.set(xscale="log", xlabel="tokens in the text", ylabel="share with z > 4", ylim=(-0.03, 1.03),
       title="A real model's marked text is recognised within 200 tokens")
ax.set_xticks(LENGTHS, LENGTHS)
ax.minorticks_off()
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, "Share of the real model's texts with z above 4 against their length, 25 to 200 "
           "tokens, five seeds. Both marks rise steeply, and unmarked text stays at the bottom.")

# %%
# NBVAL_CHECK_OUTPUT
def in_brief(values, unit=1.0, digits=2):
    mean, low, high = (unit * value for value in measures.mean_interval(values))
    return f"{mean:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"

pd.Series({
    "marked texts found, γ = 1/2, %": in_brief(of28("found|0.5"), 100, 0),
    "marked texts found, γ = 1/4, %": in_brief(of28("found|0.25"), 100, 0),
    "false alarms on unmarked text, %": in_brief(of28("accused|plain"), 100, 1),
    "false alarms on human text, %": in_brief(of28("accused|human"), 100, 1),
    "found after the model's own rewriting, %": in_brief(of28("found|rewritten"), 100, 0),
    "nats a token, unmarked": in_brief(of28("nats a token|plain")),
    "nats a token, γ = 1/4": in_brief(of28("nats a token|0.25")),
}, name="200 tokens, five seeds")

# %% [markdown]
# With $\gamma = 1/2$, 98 % of the marked texts of 200 tokens are found (92 to 104; the interval assumes a symmetric
# spread). The published figure is 98.4 %. With $\gamma = 1/4$ all fifty are found, and 92 % of the texts of 50 tokens. No
# unmarked and no human text gave a false alarm, in 250 tests each with keys that had marked nothing.
#
# The mark has a price. The unmarked model finds each token of a marked text less likely, by 0.40 nats (0.17 to 0.64). The
# perplexity is half as large again. And the mark does not outlive a rewriting: of fifty texts that the same model put
# into other words, none is found. How close these rewritings stay to the texts was not measured.

# %%
widgets.quiz("14")

# %% [markdown]
# ## What this does not show
#
# - One model of 135 million parameters is not the models that people pay for.
#
# ## References
#
# - Allal and others, *SmolLM2: When Smol Goes Big*, 2025, [arXiv:2502.02737](https://arxiv.org/abs/2502.02737)
# - Carlini and others, *Stealing Part of a Production Language Model*, 2024,
#   [arXiv:2403.06634](https://arxiv.org/abs/2403.06634)
# - Kirchenbauer and others, *A Watermark for Large Language Models*, 2023,
#   [arXiv:2301.10226](https://arxiv.org/abs/2301.10226)
#
# All terms of the course are explained in the [glossary](glossary.md).

# %%
progress()
