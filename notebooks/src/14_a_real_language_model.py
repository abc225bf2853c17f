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
# own machine behind the course's API; read its hidden width off its answers and say what noise changes; harvest and
# distil one narrow skill; mark its text and find the mark, in a student, too; and say which conclusions of the small
# models hold for a real one.
#
# **teacher → defence → API → ledger → harvest → clean → student → score**: all boxes, with another model in the first.

# %%
from course_utils import api
from course_utils.api import client
from course_utils.attack import clean, extraction, harvest
from course_utils.lesson import plots, widgets
from course_utils.lesson.exercises import exercise, grade, material, progress
from course_utils.score import measures
from course_utils.teacher import decoding, language

import functools
import math
import re
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import torch

# SmolLM2-135M-Instruct as one of the course's language models
real = material("real")
students = material("real_student")

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
    return {"vocabulary": sizes["vocabulary"], "width": sizes["width"],
            "layers": sizes["layers"],
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
    """One question through the official client: (what is answered, why it ended
    there)."""
    reply = client.text(server).chat.completions.create(
        model=model, messages=[{"role": "user", "content": question}], **settings)
    return reply.choices[0].message.content, reply.choices[0].finish_reason

# %%
def same_question(model):
    with served(model) as server:
        ours = chat(server, "reason 347 + 586 :", "teacher")
        return [ours, chat(server,
                           "reason 347 + 586 :"), chat(server, "What is 347 + 586?")]

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

# %%
# the numbers of <|im_start|>, <|im_end|> and a line end
START, END, NEWLINE = 1, 2, 198

# %% [markdown]
# ### Exercise 14.1 · A prompt from messages (easy, 8 minutes)
#
# Write the template. Each message is START, its role, NEWLINE, its content, END, NEWLINE. A conversation that does not
# begin with a system message gets `default` in front. At the end the assistant's turn is opened: START, its role,
# NEWLINE. Everything is a token number.

# %% nbgrader={"grade": false, "grade_id": "prompt_ids", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("14.prompt_ids")
def prompt_ids(messages, default, assistant):
    """Messages as pairs (role, content) of token numbers, to the prompt: (tokens,)
    int64.

    Worked case: prompt_ids([([4093], [7, 8])], ([9690], [5]), [520, 9531]):
    [1, 9690, 198, 5, 2, 198, 1, 4093, 198, 7, 8, 2, 198, 1, 520, 9531, 198]
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "prompt_ids_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("14.prompt_ids", points=2)

# %% [markdown]
# **Predict**: is your prompt the one that the API makes, token by token? And how often does END stand in it when the
# customer types `<|im_end|>` after the question?

# %%
def by_hand(model):
    """Is the prompt of the exercise the one that the API makes? And what may a customer
    not write?"""
    def ids(text):
        return model.tokenizer.encode(text, marks=False)
    question = "What is the capital of Australia?<|im_end|>"
    ours = prompt_ids([(ids("user"), ids(question))], (ids("system"), ids(real.SYSTEM)),
                      ids("assistant"))
    return {"the same": ours.tolist()
            == model.tokenizer.chat([{"role": "user", "content": question}]),
            "END in it": int((ours == END).sum())}

print(real.live("by hand", by_hand))

# %% [markdown]
# It is the same. END stands in it twice, once after each message. What the customer typed is read as ordinary
# characters.

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
    """The tokens that are a space and a word: a text of them is read as these
    tokens."""
    names = real.load().tokenizer.tokens
    return [i for i, name in enumerate(names) if re.fullmatch(" [a-z]{3,8}", name)]

def questions(n, seed, words=4):
    """n questions of random words, as texts of equally many tokens."""
    draw, known = torch.Generator().manual_seed(seed), plain_words()
    picked = torch.randint(len(known), (n, words), generator=draw).tolist()
    return ["".join(real.load().tokenizer.tokens[known[i]]
                    for i in row) for row in picked]

def messages(question):
    """An empty system message makes the prompt short: 17 tokens with a question of four
    words."""
    return [{"role": "system", "content": ""}, {"role": "user", "content": question}]

# %%
def last_logits(prompts, batch=64):
    """What only the provider sees: the logits after each prompt, (prompts, vocabulary),
    float32."""
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
    """Singular values of 640 prompts of three random tokens: of logits and of
    log-probabilities."""
    prompts = torch.randint(20, 49_152, (640, 3),
                            generator=torch.Generator().manual_seed(0))
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
        ax.plot(range(1, 610), sizes[name], color=colour, linestyle=line, linewidth=2,
                label=name)
        ax.set(yscale="log", xlabel="number of the value", ylabel="singular value")
left.set_title("The singular values drop after the width, 576")
right.set(title="The same near the drop", xlim=(570, 582))
right.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, "Singular values of 640 prompts' logits and log-probabilities, 609 "
           "columns. Both fall gently, and then by powers of ten: the logits after "
           "number 576, the log-probabilities after number 577.")

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
    """Logit differences from the reference, (n, 1 + others), float64, 20 tokens at a
    time."""
    rows = [extraction.unbias(as_served(z, part).double(),
                              torch.full((len(part),), 100.0).double(), 0)
            for part in groups(picked)]
    return torch.cat([rows[0], *(row[:, 1:] for row in rows[1:])], -1)

# %%
def through_api(server, question, picked):
    """The same for one question, asked of a running server by the official client."""
    text, names, rows = client.text(server), real.load().tokenizer.tokens, []
    for part in groups(picked):
        reply = text.chat.completions.create(
            model="smollm2", messages=messages(question), max_tokens=1, logprobs=True,
            top_logprobs=PER_QUERY,
            logit_bias={str(token): 100 for token in part.tolist()})
        shown = {top.token: top.logprob
                 for top in reply.choices[0].logprobs.content[0].top_logprobs}
        values = torch.tensor(
            [[shown[names[token]] for token in part.tolist()]]).double()
        rows.append(extraction.unbias(values,
                                      torch.full((len(part),), 100.0).double(), 0))
    return torch.cat([rows[0], *(row[:, 1:] for row in rows[1:])], -1)

# %%
def top_only(z, k=PER_QUERY):
    """Log-probabilities cut to the top k; the hidden ones are taken to be like the
    k-th."""
    shown = z.log_softmax(-1).topk(k)
    return shown.values[:, -1:].expand_as(z).scatter(1, shown.indices, shown.values)

# %%
def largest_fall(matrix):
    """How many singular values stand before the largest fall. log Z is left in."""
    logs = torch.linalg.svdvals(matrix).clamp_min(1e-300).log()
    return (logs[:-1] - logs[1:]).argmax().item() + 1

# %%
def one_question(model):
    """One question, 6 of the 32 requests through the API: the largest difference, and
    the ledger."""
    question, picked = questions(1, seed=1)[0], columns(1, requests=6)
    z = last_logits([model.tokenizer.chat(messages(question))])
    with served(model) as server:
        found = through_api(server, question, picked)
        book = server.ledger()
    return {"difference": float((found - through_bias(z, picked)).abs().max()),
            "queries": len(book), "dollars": float(book["cost"].sum())}

# %%
bill = real.live("one question", one_question)
print(f"{bill['queries']} queries; largest difference from the provider's own logits "
      f"{bill['difference']:.1e}")
print(f"all {640 * 32:,} queries would cost "
      f"${bill['dollars'] / bill['queries'] * 640 * 32:.2f} by our price list")

# %% [markdown]
# ## Noise, and its edge
#
# The provider adds normal noise of size $\sigma$ to each log-probability. In lesson 04 an adaptive attacker counted the
# singular values above the **noise edge**, $\sigma(\sqrt n + \sqrt m)$, the largest that pure noise gives an $n \times
# m$ matrix.
#
# ### Exercise 14.2 · The noise edge (medium, 10 minutes)
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
    """Scores with noise of size sigma, drawn anew for each query: the mean of `times`
    askings."""
    draw = torch.Generator().manual_seed(seed)
    return scores + sigma / math.sqrt(times) * torch.randn(scores.shape, generator=draw)

def widths_read(scores, sigma, seed, times=1):
    """Widths by the largest fall and by the noise edge. Sigma is measured on 20
    prompts."""
    first, again = (noisy(scores[:20], sigma, key, times)
                    for key in (seed + 100, seed + 200))
    size, shown = (first - again).std().item() / math.sqrt(2), noisy(scores, sigma,
                                                                     seed, times)
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
    if (widths == 576).all():
        return exact
    return f"{exact} ({widths.min():.0f} to {widths.max():.0f})"

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
# ### Exercise 14.3 · Temperature and top-p (medium, 12 minutes)
#
# A customer may set a temperature and `top_p`. The sampler divides the logits by the temperature. Then it keeps the
# smallest set of the likeliest tokens that holds `top_p` of the probability, and divides by their sum (*nucleus
# sampling*, Holtzman and others, 2020).

# %% nbgrader={"grade": false, "grade_id": "truncated", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("14.truncated")
def truncated(logits, temperature, top_p):
    """(n, vocabulary) logits, to the probabilities that the sampler draws from, same
    shape.

    Worked case: truncated(torch.tensor([[0.5, 0.3, 0.2]]).log(), 1.0, 0.7): [[0.625,
    0.375, 0.0]]
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "truncated_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("14.truncated", points=2)

# %%
OPENINGS = ("The capital of France is", "My favourite food is",
            "Once upon a time there was a")
SETTINGS = ((1.0, 0.9), (0.7, 0.9), (1.5, 0.9), (1.0, 0.5))

def left(model):
    """How many of 49,152 tokens are left after each opening, by temperature and
    top-p."""
    z = torch.cat([last_logits([model.tokenizer.encode(text)]) for text in OPENINGS])
    return [(truncated(z, *setting) > 0).sum(-1).tolist() for setting in SETTINGS]

pd.DataFrame(real.live("left", left), columns=OPENINGS,
             index=pd.MultiIndex.from_tuples(SETTINGS, names=["temperature", "top_p"]))

# %% [markdown]
# `top_p` keeps as many tokens as the place needs: ten after *The capital of France is*, hundreds where much is possible. A
# temperature of 1.5 leaves thousands. A harvester that wants the likeliest answer asks at temperature 0, and one that
# wants variety gets more wrong answers with it.

# %% [markdown]
# ## Harvest and clean for real
#
# The skill is narrow: is a short hotel review positive or negative? A general model is asked, and a small student is to
# do the same for less. As in lesson 05 a plan comes first: 20 parts of a hotel, 28 adjectives, nine ways to say how, and
# five joints make more than a hundred million reviews of two clauses. Seventy of them are asked in three forms.

# %%
FORMS = {"one word": "{}\nIs this review positive or negative? Answer with one word.",
         "open": "{}\nIs this review positive or negative?",
         "tone": "What is the tone of this hotel review?\n{}"}
ASKED_REVIEWS = 70

# %%
def plan():
    """The questions of the harvest: 70 reviews in each of three forms."""
    texts = students.reviews(ASKED_REVIEWS, 7)
    return [form.format(text) for form in FORMS.values() for text in texts]

def harvested(model):
    """The plan through the API and the harvester, 16 tokens an answer: (rows,
    dollars)."""
    with served(model) as server, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "reviews.jsonl"
        harvest.harvest(server, [real.templated(question) for question in plan()], path,
                        model="smollm2", max_tokens=16, at_once=2, per_request=16)
        rows, dollars = harvest.read(path), float(server.ledger()["cost"].sum())
    rows["prompt"] = rows.prompt.map(real.question_of)
    kept = ["prompt", "answer", "finish", "confidence"]
    return rows[kept].round(3).to_dict("records"), dollars

# %%
raw, dollars = real.live("harvest", harvested)
raw = pd.DataFrame(raw)
print(f"{len(raw)} answers for ${dollars:.4f} by our price list")
for at in (0, 70, 140):
    print(f"\n{raw.prompt[at]}\n    -> {' '.join(raw.answer[at].split())} "
          f"[{raw.finish[at]}]")

# %% [markdown]
# `clean` is lesson 06's. Only what it calls a final answer and a judge differ. The final answer is the one of the two
# words that the answer has. The judge is a program of four lines: it counts as positive a good adjective, and a bad one
# after *not*, *never* or *far from*. It has an opinion only where both clauses say the same.
#
# **Predict, then run.** Which form of the question gives the most usable answers?

# %%
def final(answer):
    """The one of the two words that an answer has, or None: it has none, or both."""
    found = set(re.findall("positive|negative", answer.lower()))
    return found.pop() if len(found) == 1 else None

# %%
def polarities(question):
    """What the clauses of a review say: {True} all good, {False} all bad, {True, False}
    both."""
    words = "|".join(students.GOOD + students.BAD)
    clauses = re.findall(f"was (not|never|far from)?[a-z ]*?({words})", question)
    return {(word in students.GOOD) != bool(turned) for turned, word in clauses}

def judged(question, answer):
    """Does a program agree? None where the two clauses do not say the same: it has no
    opinion."""
    found = polarities(question)
    return None if len(found) > 1 else final(answer) == ("positive" if found.pop()
                                                         else "negative")

def review_of(question):
    """The review in a question, whatever its form."""
    return next(line for line in question.split("\n") if line.startswith("The "))

# %%
STAGES = {"cut off": functools.partial(clean.cut_off, final=final),
          "unsure": functools.partial(clean.unsure, least=0.5),
          "wrong": functools.partial(clean.wrong, judge=judged, final=final),
          "asked before": lambda rows: clean.duplicate(
              rows.assign(prompt=rows.prompt.map(review_of)))}

usable, report = clean.run(raw, STAGES)
report.drop(columns="for example")

# %% [markdown]
# Of 210 answers 26 are left. The limit of 16 tokens cut off 172: the model goes on to explain its label. But `cut_off`
# was made for answers whose final answer comes last, and here it comes in the first words. The confidence is of the
# whole sentence, and says little of the label. So the next cell reads cut answers, too, and leaves the confidence out.

# %%
FOR_LABELS = {"no label": lambda rows: clean.cut_off(rows.assign(finish="stop"), final),
              "wrong": STAGES["wrong"], "asked before": STAGES["asked before"]}

usable, report = clean.run(raw, FOR_LABELS)
report.drop(columns="for example")

# %% [markdown]
# ### What no program can judge
#
# `wrong` has no opinion where one clause praises and the other one does not. These answers stay, unjudged. Is *The view
# was lovely but the staff was rude* positive? Whoever pays for the labels has to decide, and has to read some of them.
# The next table is of the same 70 reviews in each form.

# %%
labels = raw.assign(form=[name for name in FORMS for _ in range(ASKED_REVIEWS)],
                    label=raw.answer.map(final),
                    right=[judged(*pair) for pair in zip(raw.prompt, raw.answer)])
labels = labels[labels.label.notna()]
by_form = labels.groupby("form", sort=False)
pd.DataFrame({"with a label": by_form.size(),
              "positive":
              by_form.label.apply(lambda label: (label == "positive").sum()),
              "a program can judge": by_form.right.count(),
              "right by the program": by_form.right.sum()})

# %% [markdown]
# The form of the question decides the label. Asked openly, the model calls 68 of 69 reviews positive, and asked for the tone,
# 20 of 65. Where a program can judge, the open form is right 12 times of 32, and the others 27 of 32 and 28 of 31. For
# more than half of the reviews no program can say which form to believe. A harvester that had asked in one form only
# would not know.

# %% [markdown]
# ## Distil a narrow skill
#
# An answer in words costs sixteen tokens, and it hides how sure the label is. One token is enough, if the endpoint shows
# its log-probability. The prompt ends in *Sentiment:*, and a logit bias of 100 puts the two answers in front, as in
# *What its answers give away*. Their difference is the teacher's log-odds. This is a completion, without a template.

# %%
ANSWERS = (" positive", " negative")
TEST, POOL, BUDGETS = 400, 1100, (50, 150, 450)

def tones(texts, batch=50):
    """The teacher's log-odds of "positive" after each review, as the endpoint computes
    them."""
    tokenizer, found = real.load().tokenizer, []
    picked = [tokenizer.encode(answer)[0] for answer in ANSWERS]

    def keep(logits, tokens, rows):
        found.append(logits[:, picked[0]] - logits[:, picked[1]])
        return logits

    for at in range(0, len(texts), batch):
        prompts = [tokenizer.encode(f"Review: {text}\nSentiment:")
                   for text in texts[at:at + batch]]
        decoding.generate(real.load(), prompts, max_tokens=1, hook=keep,
                          tokenizer=tokenizer)
    return torch.cat(found)

def tone_through_api(server, text):
    """The same for one review, asked of a running server: one query, one token."""
    picked = [real.load().tokenizer.encode(answer)[0] for answer in ANSWERS]
    reply = client.text(server).completions.create(
        model="smollm2", prompt=f"Review: {text}\nSentiment:", max_tokens=1, logprobs=2,
        logit_bias={str(token): 100 for token in picked})
    shown = reply.choices[0].logprobs.top_logprobs[0]
    return shown[ANSWERS[0]] - shown[ANSWERS[1]]

# %%
@functools.cache
def teacher_tones():
    """(1,500 reviews, the log-odds minus the pool's median); the first 400 are the
    test."""
    texts = students.reviews(TEST + POOL, 0)
    found = tones(texts)
    return texts, found - found[TEST:].median()

def pupil_of(kind, seed, n, how):
    """A student of n labels. how: "soft", the teacher's probability, or "hard", its
    answer."""
    texts, said = teacher_tones()
    picked = (TEST + torch.randperm(POOL, generator=torch.Generator()
                                    .manual_seed(seed))[:n]).tolist()
    targets = said[picked].sigmoid() if how == "soft" else (said[picked] > 0).float()
    asked = [texts[i] for i in picked]
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        fresh = students.Words(asked) if kind == "words" else students.Labeller(
            real.load())
    return students.labelled(fresh, asked, targets, seed,
                             rate=0.03 if kind == "words" else 0.003)

# %%
def agreed(student):
    """The share of the 400 test reviews where student and teacher choose the same
    answer."""
    texts, said = teacher_tones()
    with torch.no_grad():
        return ((student(student.read(texts[:TEST])) > 0)
                == (said[:TEST] > 0)).double().mean().item()

# %%
ASKED_ALOUD = ("The room was clean and the staff was friendly.",
               "The room was clean but the staff was rude.",
               "The bed was not dirty; the pool was far from ugly.",
               "The room was dirty and the staff was rude.")

def aloud(model):
    """Some of the teacher's log-odds, through the API."""
    with served(model) as server:
        return [tone_through_api(server, text) for text in ASKED_ALOUD]

pd.DataFrame({"review": ASKED_ALOUD,
              "log-odds of positive": real.live("tones", aloud)}).round(2)

# %% [markdown]
# Three ways to a student were tried in short, with seeds that were not used afterwards:
#
# - **A labeller** on these log-odds. A query is one token, and a student of 78,081 trained parameters learns in two
#   seconds. It reads through the teacher's own embedding, frozen. This one was chosen.
# - **Five of the thirty layers**, trained on texts. 36 steps take half a minute. What such a student writes looks like the
#   teacher's words without their sense. It cannot be judged by agreement. It comes back below, for the watermark.
# - **A rewriter** was not tried. A rewriting costs as many tokens as the text has, and a label costs one.
#
# Row R30 compares soft labels (the teacher's probability) with hard ones (its answer) at equal budgets and equal steps.
# Beside the student stands the trivial baseline: logistic regression on words and pairs of words, on the same labels.
# 400 other reviews are the test, and the median of the pool's log-odds counts as zero.

# %%
r30 = measures.stored("R30")

def of30(series, n):
    kept = r30[(r30.series == series) & (r30.x == n)]
    return torch.tensor(kept.sort_values("seed").value.tolist(), dtype=torch.float64)

KINDS_30 = (("student, soft", "teacher"), ("student, hard", "attacker"),
            ("words, soft", "defender"), ("words, hard", "baseline"))
fig, ax = plt.subplots(figsize=(7.4, 2.8))
for series, role in KINDS_30:
    plots.band(ax, BUDGETS, [of30(series, n) for n in BUDGETS], role, series)
ax.set(xscale="log", xlabel="labels", ylabel="agreement with the teacher",
       title="Soft labels of the real teacher are worth more")
ax.set_xticks(BUDGETS, BUDGETS)
ax.minorticks_off()
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, "Agreement with the teacher on 400 reviews after 50, 150 and 450 "
           "labels, five seeds. The student of soft labels is highest throughout, and "
           "the others lie below it.")

# %% [markdown]
# With 450 labels the student of soft labels chooses the teacher's answer for 76 % of new reviews; always giving the more
# frequent answer is right for 54 %. Soft labels gain 7.0 points (1.6 to 12.5) over hard ones, and the student gains 5.2
# points (1.5 to 8.9) over the words alone. That 150 soft labels replace 450 hard ones is not shown: the difference is
# −3.3 points (−11.5 to 4.8).

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
    """A hook for three kinds of answers in one batch: plain, marked with gamma 1/4,
    with gamma 1/2.

    It forbids the two tokens that end a text, and adds up what the unmarked model
    thinks of each token.
    """

    def __init__(self, key, texts, width):
        self.marks = [None if kind == "plain" else real.Watermark(key, gamma=kind)
                      for kind in KINDS]
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
    """n passages of the manual: (their first 32 tokens, the 200 that people wrote after
    them)."""
    found = real.manual(real.load().tokenizer, OPENING + LONGEST)
    picked = torch.randperm(len(found),
                            generator=torch.Generator().manual_seed(seed))[:n].tolist()
    return [found[i][:OPENING] for i in picked], [found[i][OPENING:] for i in picked]

# %%
def written(seed, n=TEXTS, length=LONGEST):
    """What the model writes: ({kind: texts}, {kind: nats a token under the unmarked
    model})."""
    prompts, hook = openings(seed, n)[0], Marking(seed, n, OPENING)
    said = decoding.generate(real.load(), prompts * len(KINDS), max_tokens=length,
                             temperature=1.0, seeds=1000 * seed, hook=hook,
                             tokenizer=real.load().tokenizer)
    texts = {kind: said[i * n:(i + 1) * n] for i, kind in enumerate(KINDS)}
    return texts, dict(zip(KINDS, (hook.nats.view(len(KINDS), n) / (length - 1))
                           .mean(-1).tolist()))

# %%
def scores(prompts, said, key, length=LONGEST, gamma=0.25):
    """The z-score of the first `length` tokens of each text."""
    return [real.look_for(key, real.windows_and_tokens([p], [s[:length]]), gamma).z
            for p, s in zip(prompts, said)]

# %%
def rewritten(texts, seed):
    """The model's own rewriting of texts, as a customer may ask for it."""
    tokenizer = real.load().tokenizer
    asked = [tokenizer.chat([{"role": "user",
                              "content": "Rewrite this text in other words:\n\n"
                              + tokenizer.decode(text)}]) for text in texts]
    return asked, decoding.generate(real.load(), asked, max_tokens=LONGEST,
                                    temperature=1.0, seeds=seed, tokenizer=tokenizer)

# %%
def two_texts(model):
    """One opening continued three ways, 60 tokens each, with the z-scores."""
    prompts, (texts, _) = openings(7, 1)[0], written(7, 1, 60)
    return [(str(kind), model.tokenizer.decode(prompts[0] + said[0]),
             scores(prompts, said, 7, 60)[0])
            for kind, said in texts.items() if kind != 0.5]

# %%
for kind, said, z in real.live("two texts", two_texts):
    print(f"{'plain' if kind == 'plain' else 'marked'}, z = {z:.1f}: "
          f"{' '.join(said.split())}\n")

# %% [markdown]
# ### Exercise 14.4 · The green-list test of a text (medium, 12 minutes)
#
# A mark with a window of one token is tested on pairs of neighbours: was the second one green after the first? A pair
# that comes again is green again. So count each different pair once, and give the z-score.

# %% nbgrader={"grade": false, "grade_id": "text_z", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("14.text_z")
def text_z(tokens, green, gamma):
    """A list of token numbers and a (vocabulary, vocabulary) bool list, green[a, b], to
    z.

    Worked case: text_z([0, 1, 0, 1, 0], torch.tensor([[0, 1], [1, 0]]).bool(), 0.25):
    2.4495
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "text_z_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("14.text_z", points=2)

# %%
def small_list(key, ids, gamma=0.25):
    """A text's tokens numbered from 0, and the key's green list of these: (list, (n, n)
    bool)."""
    names, numbers = torch.tensor(ids).unique(return_inverse=True)
    green = [real.green_list(key, (token,), gamma, 49_152)[names]
             for token in names.tolist()]
    return numbers.tolist(), torch.stack(green)

def found_by_hand(model):
    """z of the marked text above under its key, and under nine others."""
    ids = openings(7, 1)[0][0][-1:] + written(7, 1, 60)[0][0.25][0]
    return [float(text_z(*small_list(key, ids), 0.25)) for key in (7, *range(100, 109))]

z = real.live("by the key", found_by_hand)
print(f"its own key {z[0]:.1f}; nine other keys {min(z[1:]):.1f} to {max(z[1:]):.1f}")

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
ax.set(xscale="log", xlabel="tokens in the text", ylabel="share with z > 4",
       ylim=(-0.03, 1.03), title="A real model's marked text is recognised within 200 "
                                 "tokens")
ax.set_xticks(LENGTHS, LENGTHS)
ax.minorticks_off()
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, "Share of the real model's texts with z above 4 against their length, "
           "25 to 200 tokens, five seeds. Both marks rise steeply, and unmarked text "
           "stays at the bottom.")

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
    "found after the model's own rewriting, %":
    in_brief(of28("found|rewritten"), 100, 0),
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

# %% [markdown]
# ### Is the student of marked text radioactive?
#
# In lesson 11 a student of marked text had the mark in what *it* says. Here the teacher answers 60 questions about
# everyday things with a mark (γ = 1/4, δ = 2). A student with five of its thirty layers, 17.7 million trained
# parameters, learns these answers in 36 steps of 8 texts. It is asked the same questions, and nobody marks what it says.
# The control: each student is tested with 10 keys that marked nothing.

# %%
THINGS = ("bread", "rain", "a bicycle", "the moon", "tea", "a garden",
          "a bridge", "snow", "a library", "the sea", "a violin", "a river", "cheese",
          "a clock", "a forest")
ABOUT = ("Tell me about {}.", "Write a short text about {}.", "Why do people like {}?",
         "Describe {}.")
SAID, LAYERS, STEPS, WRONG = 36, (0, 1, 2, 28, 29), 36, 10

def everyday():
    """60 questions, each as the token numbers of a chat with an empty system
    message."""
    return [real.load().tokenizer.chat(messages(form.format(thing)))
            for form in ABOUT for thing in THINGS]

@functools.cache
def marked_answers(seed):
    """What the teacher answers under the key `seed`: lists of token numbers."""
    def hook(logits, tokens, rows):
        return real.Watermark(seed).logits(logits, tokens, None)
    return students.sampled(real.load(), everyday(), SAID, 1000 * seed,
                            real.load().tokenizer, hook)

def speaker(seed, steps=STEPS):
    """A student with five layers of such answers."""
    return students.taught(real.load(), everyday(), marked_answers(seed), LAYERS,
                           steps, seed)

# %%
def radioactive(seed):
    """Is the key `seed` in what its student says? {what: number}"""
    asked, taught, student = everyday(), marked_answers(seed), speaker(seed)
    said = students.sampled(student, asked, SAID, 50_000 + 1000 * seed,
                            real.load().tokenizer)
    rows, known = (real.windows_and_tokens(asked, texts) for texts in (said, taught))
    pairs = set(map(tuple, known.tolist()))
    new = rows[torch.tensor([tuple(row) not in pairs for row in rows.tolist()])]
    own, unseen = real.look_for(seed, rows), real.look_for(seed, new)
    wrong = [(real.look_for(f"wrong {seed} {i}", rows).p,
              students.every_token(f"wrong {seed} {i}", rows)) for i in range(WRONG)]
    other = marked_answers((seed + 1) % 5)
    return {"log10 p": math.log10(max(own.p, 1e-300)), "z": own.z,
            "z of the text": real.look_for(seed, known).z,
            "log10 p, new pairs": math.log10(max(unseen.p, 1e-300)),
            "z, new pairs": unseen.z, "new pairs": unseen.tokens, "pairs": own.tokens,
            "wrong keys below 0.001": sum(p < 0.001 for p, _ in wrong),
            "wrong keys below 0.001, every token": sum(p < 0.001 for _, p in wrong),
            "nats before": students.nats(speaker(seed, 0), asked, other),
            "nats after": students.nats(student, asked, other)}

# %%
r29 = measures.stored("R29")

def of29(series):
    kept = r29[r29.series == series].sort_values("seed")
    return torch.tensor(kept.value.tolist(), dtype=torch.float64)

pd.Series({
    "log10 p of the right key": in_brief(of29("log10 p")),
    "log10 p, only pairs that the marked text does not hold":
    in_brief(of29("log10 p, new pairs")),
    "z of the marked text": in_brief(of29("z of the text"), digits=1),
    "z of what the student says": in_brief(of29("z"), digits=1),
    "wrong keys with p < 0.001, of 50": int(of29("wrong keys below 0.001").sum()),
    "the same, every token counted":
    int(of29("wrong keys below 0.001, every token").sum()),
    "nats a token on other texts, before": in_brief(of29("nats before"), digits=1),
    "nats a token on other texts, after": in_brief(of29("nats after"), digits=1),
}, name="60 marked answers, five seeds")

# %% [markdown]
# The student is radioactive. The mean log10 p of its own key is −7.01 (−10.01 to −4.02), and all five are below −3. Of 50 wrong
# keys none has p < 0.001. But the trace is in pairs of tokens that the marked text holds, too. In pairs that are new, no mark is
# shown: z is −0.3 (−1.2 to 0.6). So these students give back pairs that they memorised. Lesson 11 needed a sharper test
# for the toy's student, whose few pairs gave −1.3 when each counted once.

# %% [markdown]
# ## Which toy conclusions survived?
#
# Each row is a conclusion of an earlier lesson, with the figure that the board stored for the small models and for this
# one. The same rule asks both figures whether the conclusion holds. It *carried over* when it holds for both, and *did
# not* when it holds for the small models only. **Predict**: which will not?

# %%
BOARD = pd.read_csv(measures.bundled.DATA.parent / "benchmarks"
                    / "replications.csv").set_index("id")
CURVES = {row: measures.stored(row) for row in ("R12", "R22", "R23", "R27", "R28",
                                                "R29", "R30")}

def runs(row, series, x=None):
    """One value for each seed of a stored row."""
    kept = CURVES[row][CURVES[row].series == series]
    kept = kept if x is None else kept[kept.x.astype(float) == x]
    return torch.tensor(kept.sort_values("seed").value.tolist(), dtype=torch.float64)

def number_after(row, words):
    """The first number after these words in a row's long text."""
    return float(re.search(rf"{re.escape(words)}[ :]*([-+]?[\d.]+)",
                           BOARD.ours[row]).group(1))

def of_five(row, detector, sigma):
    """In how many of five draws the width was read rightly."""
    rest = BOARD.ours[row].split(f"by {detector} ", 1)[1]
    return int(re.search(rf"(?<![\d.]){re.escape(str(sigma))}: (\d) of 5",
                         rest).group(1))

def interval(values, unit=1.0):
    return tuple(unit * value for value in values)

# %%
def shown(figure, unit):
    if not isinstance(figure, tuple):
        return f"{figure:.3g}{unit}"
    return "{:.{d}f}{unit} ({:.{d}f} to {:.{d}f})".format(*figure, d=1 if unit else 2,
                                                          unit=unit)

def row(conclusion, small, real_one, holds, unit=""):
    """holds: from a figure (a number, or mean, low, high) to whether it supports the
    conclusion."""
    both = bool(holds(small)), bool(holds(real_one))
    verdict = {(True, True): "carried over", (True, False): "did not",
               (False, True): "holds for the real one only",
               (False, False): "holds for neither"}[both]
    return conclusion, shown(small, unit), shown(real_one, unit), verdict

def above(limit):
    return lambda figure: (figure[1] if isinstance(figure, tuple) else figure) > limit

def below(limit):
    return lambda figure: (figure[2] if isinstance(figure, tuple) else figure) < limit

mean, paired = measures.mean_interval, measures.paired_interval

def percent(row, series, x=None):
    return interval(mean(runs(row, series, x)), 100)

def gain(row, one, other):
    """The first minus the second, in points; each a series and an x."""
    return interval(paired(runs(row, *one), runs(row, *other)), 100)

# %%
WIDTHS = (("R10", 128), ("R27", 576))
exact = [5 * int(BOARD.low[name] == BOARD.high[name] == width)
         for name, width in WIDTHS]
with_log_z = [number_after(name, "with log Z left in") - width
              for name, width in WIDTHS]
top_alone = [100 * number_after(name, "alone") / width for name, width in WIDTHS]

tested = [
    row("a logit bias gives the hidden width away: draws of 5 that read it", *exact,
        above(4)),
    row("log Z adds one to the width", *with_log_z, above(0.5)),
    row("the top log-probabilities alone do not: lowest width read, in % of the true "
        "one", *top_alone,
        lambda share: abs(share - 100) > 10, " %"),
    row("noise of 0.01 misleads the largest fall: draws of 5 read rightly",
        of_five("R10", "the largest fall", 0.01),
        of_five("R27", "the largest fall", 0.01), below(1)),
    row("the noise edge reads through noise of 0.01: draws of 5",
        of_five("R10", "the noise edge", 0.01), of_five("R27", "the noise edge", 0.01),
        above(4)),
    row("the mean of 100 answers reads through ten times the noise of one: draws of 5",
        number_after("R10", "through the mean of 100 answers with noise of 0.1"),
        int((runs("R27", "noise edge, mean of 100", 0.003) == 576).sum()), above(4)),
]

# %%
nats = mean(runs("R22", "nats a token|explain", 2)), paired(
    runs("R28", "nats a token|0.25"), runs("R28", "nats a token|plain"))
tested += [
    row("longer marked texts are found more often: 200 minus 25 tokens",
        gain("R22", ("found|2", 200), ("found|2", 25)),
        gain("R28", ("found|0.25", 200), ("found|0.25", 25)), above(0), " points"),
    row("most marked texts of 200 tokens are found",
        percent("R22", "found|2", 200), percent("R28", "found|0.25", 200),
        above(50), " %"),
    row("one in five of them, or more, is missed", percent("R22", "found|2", 200),
        percent("R28", "found|0.25", 200), lambda found: found[0] < 80, " % found"),
    row("unmarked text gives fewer than 1 % false alarms",
        percent("R22", "found|0", 200),
        percent("R28", "accused|plain", 200), lambda figure: figure[0] < 1, " %"),
    row("a mark costs less than 0.1 nats a token", interval(nats[0]), interval(nats[1]),
        below(0.1)),
]

# %%
alone, every = runs("R23", "innocent|honest") < -3, runs("R23", "innocent|naive") < -3
wrong = {name: float(runs("R29", f"wrong keys below 0.001{name}").mean() * 100 / WRONG)
         for name in ("", ", every token")}
tested += [
    row("a student of marked text is radioactive: log10 p, each pair once",
        interval(mean(runs("R23", "marked|honest", 1))),
        interval(mean(runs("R29", "log10 p"))), below(0)),
    row("each pair counted once, fewer than 1 % are false positives at p < 0.001",
        float(100 * alone.double().mean()), wrong[""], below(1), " %"),
    row("every token counted, more than 1 % are",
        float(100 * every.double().mean()), wrong[", every token"], above(1), " %"),
]

# %%
few, some, many = BUDGETS
tested += [
    row("many soft labels beat as many hard ones",
        gain("R12", ("all scores", 1500), ("label", 1500)),
        gain("R30", ("student, soft", many), ("student, hard", many)), above(0),
        " points"),
    row("few soft labels beat as many hard ones",
        gain("R12", ("all scores", 50), ("label", 50)),
        gain("R30", ("student, soft", few), ("student, hard", few)), above(0),
        " points"),
    row("soft labels do not replace three or four times as many hard ones",
        gain("R12", ("all scores", 1500), ("label", 6000)),
        gain("R30", ("student, soft", some), ("student, hard", many)), below(0),
        " points"),
]

# %% [markdown]
# For these conclusions this lesson has no second side. The reason stands beside each.

# %%
UNTESTED = [
    ("a designed plan beats a first idea", "L05", " points",
     "needs a test that two plans share"),
    ("cleaning helps the student", "L06A", " points",
     "no program knows the right labels here"),
    ("imitation copies the form more than the skill", "R13", " points",
     "needs whole answers"),
    ("campaigns that evade in every way are hardly found", "L08", " %",
     "needs many customers"),
    ("anti-distillation harms a student more than temperature", "R20", " points",
     "no right answers"),
    ("the verdict on a defence depends on the threat", "R25", " points",
     "needs the whole tournament"),
]
ENDS = ["mean", "low", "high"]
untested = [(what, shown(interval(BOARD.loc[name, ENDS], 100), unit), why,
             "not testable here")
            for what, name, unit, why in UNTESTED]
survivors = pd.DataFrame(tested + untested,
                         columns=["conclusion", "small models", "SmolLM2-135M",
                                  "verdict"])
pd.set_option("display.max_colwidth", None)
survivors

# %%
survivors.verdict.value_counts()

# %% [markdown]
# What the model's answers hold carried over: its width, its mark, the worth of soft labels. What depends on sizes did
# not. The noise edge lies higher for a larger matrix, and the real logits' smallest directions are weak. A mark is found in
# every long text, because a real model has a choice at almost every token, and it costs more for the same reason.
# (The two prices are measured differently: a KL divergence for the small model, what the unmarked model loses in
# log-probability for this one.) *Did not* includes intervals that settle nothing.

# %% [markdown]
# ## What we checked
#
# From the stored runs R28, R29 and R30, with the control of each. *Agrees* means that the whole 95 % interval lies above
# zero, *does not agree* that it lies below, *not shown* that it includes zero. Labels and steps are equal in each pair.

# %%
def checked(conclusion, control, difference, unit=" points"):
    mean, low, high = interval(difference, 100 if unit == " points" else 1)
    verdict = "agrees" if low > 0 else "does not agree" if high < 0 else "not shown"
    return (conclusion, control,
            f"{mean:+.1f}{unit} ({low:+.1f} to {high:+.1f})", verdict)

found, soft, hard = "found|0.25", "student, soft", "student, hard"
marked = paired(runs("R28", found, 200), runs("R28", "found|plain", 200))
reworded = paired(runs("R28", "found|rewritten"), runs("R28", "found|plain", 200))
trace, new = mean(-0.434 - runs("R29", "log10 p")), mean(runs("R29", "z, new pairs"))

def more(one, n, other, m):
    return paired(runs("R30", one, n), runs("R30", other, m))

# %%
same = "same reviews, steps"
pd.DataFrame([
    checked("marked texts of 200 tokens are found", "unmarked texts", marked),
    checked("the mark outlives the model's own rewriting", "unmarked texts", reworded),
    checked("a student of marked text has the mark", "an unmarked one: -0.43", trace,
            " in log10 p"),
    checked("so have its pairs that the marked text does not hold", "no mark: z of 0",
            new, " in z"),
    checked(f"soft labels beat hard ones, {many} labels", same,
            more(soft, many, hard, many)),
    checked(f"soft labels beat hard ones, {few} labels", same,
            more(soft, few, hard, few)),
    checked(f"{some} soft labels replace {many} hard ones", "same steps",
            more(soft, some, hard, many)),
    checked("the student beats the words alone", same,
            more(soft, many, "words, soft", many)),
], columns=["conclusion", "control", "difference (95 % interval)", "verdict"])

# %% [markdown]
# ## With real models
#
# With a GPU the next step is a student that writes. Hugging Face's TRL takes the rows that `clean` left. Check the answer
# mask and the chat template first (lessons 03 and 07).
#
# ```python
# from datasets import load_dataset                              # not run here; TRL 1.x
# from trl import SFTConfig, SFTTrainer
# rows = load_dataset("json", data_files="reviews.jsonl", split="train")      # the harvester's file: its column messages
# SFTTrainer("HuggingFaceTB/SmolLM2-135M-Instruct", train_dataset=rows.select_columns(["messages"]),
#            args=SFTConfig(assistant_only_loss=True, max_length=256, num_train_epochs=3)).train()
#
# from trl.experimental.gkd import GKDConfig, GKDTrainer         # with the teacher's weights: learn from its distribution
# GKDTrainer("HuggingFaceTB/SmolLM2-135M-Instruct", teacher_model="HuggingFaceTB/SmolLM2-1.7B-Instruct",
#            args=GKDConfig(lmbda=0.5, beta=0.5), train_dataset=rows).train()
# ```
#
# Your own model works in place of this one: any server on this machine that speaks OpenAI's protocol, on
# [one page](../docs/your_own_model.md).

# %%
widgets.quiz("14")

# %% [markdown]
# ## What this does not show
#
# - One model of 135 million parameters is not the models that people pay for.
# - One narrow skill, with made-up reviews: the agreement says nothing of a harder skill, or of reviews that people wrote.
# - The five students of row R30 draw their labels from one pool of 1,100. Their intervals leave the choice of pool out.
# - The student of marked text is asked the questions that it learned. Other questions were not tried, and no rewording.
# - Its false positives come from wrong keys on the same text. Lesson 11 had fifty students of unmarked text.
#
# ## References
#
# - Allal and others, *SmolLM2: When Smol Goes Big*, 2025, [arXiv:2502.02737](https://arxiv.org/abs/2502.02737)
# - Carlini and others, *Stealing Part of a Production Language Model*, 2024,
#   [arXiv:2403.06634](https://arxiv.org/abs/2403.06634)
# - Kirchenbauer and others, *A Watermark for Large Language Models*, 2023,
#   [arXiv:2301.10226](https://arxiv.org/abs/2301.10226)
# - Sander and others, *Watermarking Makes Language Models Radioactive*, 2024,
#   [arXiv:2402.14904](https://arxiv.org/abs/2402.14904)
# - Holtzman and others, *The Curious Case of Neural Text Degeneration*, 2020,
#   [arXiv:1904.09751](https://arxiv.org/abs/1904.09751)
# - TRL's documentation: [SFT](https://huggingface.co/docs/trl/sft_trainer), [GKD](https://huggingface.co/docs/trl/gkd_trainer)
#
# All terms of the course are explained in the [glossary](glossary.md).

# %%
progress()
