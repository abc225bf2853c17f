# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 03 · Distilling a language model
#
# **Minutes** 60 · **You need** lesson 01 (the loss, the paired interval) · **You will be able to** train a
# language model on another one's answers, explain what forward and reverse KL reward, tell word-level from
# sequence-level and on-policy from off-policy, and measure with an interval what a trace is worth.
#
# teacher → defence → API → ledger → harvest → clean → **student → score**: this is the last lesson in which the
# teacher is yours.

# %%
from course_utils.lesson import plots, widgets
from course_utils.lesson.exercises import exercise, grade, progress
from course_utils.score import measures
from course_utils.student import training
from course_utils.teacher import decoding, language, skills

import random

import matplotlib.pyplot as plt
import torch
from torch.nn import functional as F  # noqa: F401  (for your answers)

plots.picture("teacher", "student", "score")

# %% [markdown]
# ## A teacher that writes
#
# A language model reads tokens and gives, at each position, a probability for each possible next token. So it is
# a classifier that is used once for each token. Ours has 0.6 million parameters and a vocabulary of 195 tokens:
# words, digits and signs. It can do four tasks.

# %%
teacher, tokenizer = language.load_language_teacher(), skills.TOKENIZER
four = [skills.problems(domain, 1, seed=1, split="test")[0].prompt
        for domain in skills.DOMAINS]
for prompt, text in zip(four, decoding.answers(teacher, four)):
    print(f"{prompt}\n    {text}\n")

# %% [markdown]
# *Reason* does sums as at school, column by column. *Code* runs a small program on a list. *Translate* goes from
# English into Tavi, a language made for this course. *Explain* gives one explanation, and very many wordings of
# it are possible.
#
# An answer is a **trace** (the written-out steps), the mark `=>`, and the final answer. It counts as right when
# its final answer is right, which a program checks. The next cell shows how often the teacher is right.

# %%
import pandas as pd

TEST = {domain: skills.problems(domain, 500, seed=0, split="test")
        for domain in skills.DOMAINS}
pd.Series({d: measures.exact_match(teacher, problems) for d, problems in TEST.items()},
          name="right")

# %% [markdown]
# A hash of a question's text decides whether it is a test question. No teacher and no student is trained on a
# test question.
#
# ### Exercise 03.1 · Greedy decoding (easy, 10 minutes)
#
# **Greedy decoding** takes the most likely token, appends it, and repeats, until the token is `end`. Write this
# as a plain loop. The package does the same for a whole batch, and keeps what it has computed for earlier
# positions (a *KV cache*).

# %% nbgrader={"grade": false, "grade_id": "greedy", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("03.greedy")
def greedy(model, prompt, end, max_tokens=64):
    """model: (1, time) token numbers to (1, time, vocabulary) logits. prompt: (time,).

    Returns the new tokens only, (new,), with `end` as the last, or max_tokens of them.
    Worked case: a model that always says 5, prompt [1, 2], end 0, max_tokens 3: [5, 5,
    5].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "greedy_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("03.greedy", points=2)

# %%
question = torch.tensor(tokenizer.encode("reason 347 + 586 :"))
tokenizer.decode(greedy(teacher, question, tokenizer.end).tolist())

# %% [markdown]
# ## The student, and what it starts from
#
# In practice a student starts from a pre-trained model. Here it is a small **base model** of 0.11 million
# parameters, trained on easy problems: sums of *two* digits, programs of *one* operation, short sentences. It was
# never trained on the real questions.
#
# **Predict, then run.** How many of the teacher's questions can it answer?

# %%
base = language.load_base()
easy = [skills.problems(d, 500, seed=0, split="test", easy=True)
        for d in skills.DOMAINS[:3]]
pd.DataFrame({"easy questions": [measures.exact_match(base, problems)
                                 for problems in easy],
              "real questions": [measures.exact_match(base, TEST[d])
                                 for d in skills.DOMAINS[:3]]},
             index=skills.DOMAINS[:3])

# %% [markdown]
# The base model can do all easy questions and almost none of the real ones. (It was not trained on *explain*.)
# Now it learns from text: at each position of the *answer*, it learns to predict the next token.
#
# ### Exercise 03.2 · The loss on a text (medium, 10 minutes)
#
# Real projects make two mistakes here that raise no error. They forget to shift by one position, or they train on
# the prompt as well as on the answer.

# %% nbgrader={"grade": false, "grade_id": "next_token_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("03.next_token_loss")
def next_token_loss(logits, tokens, asked):
    """(batch, time, vocabulary), (batch, time), (batch, time). Returns a scalar.

    The logits at position t are for token t + 1. `asked` is the answer mask: True where
    a token is part of an answer. Return the mean cross-entropy over all answer tokens.
    Worked case: all logits zero and 10 tokens in the vocabulary gives log(10) = 2.30.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "next_token_loss_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("03.next_token_loss", points=2)

# %%
def from_text(model, tokens, asked):
    return next_token_loss(model(tokens), tokens, asked)

def learn(prompts, texts, seed, steps=100, loss=from_text):
    """A copy of the base model, trained on these answers: a student."""
    student = language.load_base()
    batch = training.batches(language.pack(prompts, texts), seed=seed)
    return training.fit_language(student, batch, loss, steps=steps,
                                 progress=f"{len(prompts)} answers")

# %% [markdown]
# ## Traces or answers
#
# A provider can serve the trace with the answer, or the answer alone. What does an attacker lose if the trace is
# missing?
#
# Each seed has two students with the same questions. The first student learns texts such as `7 + 6 + 0 = 3 carry
# 1 ; … => 933`. The second learns `=> 933`, for three times as many steps, because its texts are a third as long.
#
# **Predict**: with 800 answers each, what share of new sums will each student get right?

# %%
COUNTS, WAYS = (25, 50, 100, 200, 400, 800), ("traces", "answers only")

def traces_or_answers(seed, counts, domain="reason", steps=(100, 300)):
    """Test accuracy, (2, counts), from the teacher's first n answers: with traces,
    without."""
    asked = [p.prompt for p in skills.problems(domain, max(counts), seed)]
    said = decoding.answers(language.load_language_teacher(), asked)
    short = [f"=> {skills.final_answer(text)}" for text in said]
    test = skills.problems(domain, 500, seed=0, split="test")
    return torch.tensor(
        [[measures.exact_match(learn(asked[:n], texts[:n], seed, k), test)
          for n in counts] for texts, k in zip((said, short), steps)])

# %%
live = traces_or_answers(seed=5, counts=[400])

# %% tags=["signature"]
runs = measures.stored("R08")
fig, ax = plt.subplots(figsize=(8, 3.8))
for way, role, live_value in zip(WAYS, ("student", "baseline"), live):
    values = runs[runs.series == way].pivot(index="x", columns="seed", values="value")
    plots.band(ax, COUNTS, values.values.tolist(), role, f"{way}: stored, five seeds")
    ax.scatter([400], live_value, s=90, marker="*", zorder=3, edgecolor="black",
               color=plots.ROLES[role].colour, label=f"{way}: your run, one seed")
ax.axhline(1, color=plots.ROLES["teacher"].colour, label="the teacher")
ax.set(xscale="log", xlabel="answers bought from the teacher", ylabel="new sums right",
       ylim=(-0.03, 1.05),
       title="With traces the sums are learned, with the answers alone they are not")
ax.set_xticks(COUNTS, COUNTS)
ax.minorticks_off()
ax.legend(loc="upper left", bbox_to_anchor=(0, 0.95), fontsize=9.5)
plots.show(fig, "Share of new sums right, against the number of the teacher's answers "
           "that the student learned from, 25 to 800. With traces it rises from almost "
           "none to over nine in ten; with answers alone it stays at the bottom. The "
           "teacher is at 1. Star: your run, one seed.")

# %% [markdown]
# The band is the replication board's stored run: five seeds with their 95 % interval. The stars are your own run,
# one seed. Where five seeds take longer than a minute, this course draws both.
#
# From 800 answers without traces, in 300 steps, the student does not learn the sums: 1 % right (0.5 to 1.8). With
# traces and 100 steps it has 92 % right (88 to 97). A trace divides a sum into steps, and each step needs one
# small addition, which the base model can nearly do. Two things favour the student with traces. The base model
# was trained on traces of easy sums. And a sum is written from the left. So an answer without a trace must begin
# with the digit that depends on all carries.
#
# So a provider may decide to serve no traces. Lesson 10 asks how well this works. Does the trace matter in every
# task?
#
# **Predict.** With 800 answers of each task and 300 steps for every student, where does the trace matter least:
# sums, programs, or translation?

# %%
last = runs[runs.series.str.contains(", ")]
domains = ("reason", "code", "translate")
fig, ax = plt.subplots(figsize=(8, 3))
for i, domain in enumerate(domains):
    for shift, way, role in ((0, "traces", "student"),
                             (0.9, "answers only", "baseline")):
        values = last[last.series == f"{domain}, {way}"].value.tolist()
        plots.dots(ax, 3 * i + shift, values, role, way if i == 0 else None)
ax.set_xticks([0.45, 3.45, 6.45], domains)
ax.set(ylim=(-0.03, 1.05), ylabel="new questions right",
       title="Traces matter for sums and programs, not for translation (stored, five "
             "seeds)")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, "New questions right after 800 answers, with traces and with answers "
           "only, in three domains. Sums: nearly all against almost none. Programs: "
           "about seven in ten against one. Translation: about nine in ten either way, "
           "slightly more without traces.")

# %%
for way in WAYS:
    at_800 = measures.mean_interval(runs[(runs.series == way) & (runs.x == 800)]
                                    .value.tolist())
    print(f"sums after 800, {way:12}: {at_800.mean:.1%} ({at_800.low:.1%} to "
          f"{at_800.high:.1%})")
for domain in domains:
    traces, alone = (last[last.series == f"{domain}, {way}"].value.tolist()
                     for way in WAYS)
    print(f"{domain:9} traces minus answers only:",
          measures.paired_interval(traces, alone).points())

# %% [markdown]
# The trace matters least for translation, where the student with traces is even 3.9 points worse (2.1 to 5.8). A
# translation goes word by word, and its trace only copies the three parts of the question. For sums the trace
# brings 96 points (94 to 98), and for programs 61 (59 to 63). So here a provider that hides the traces would
# protect sums and programs, but not translation.

# %% [markdown]
# ## Which distance?
#
# So far the student learned from text. This teacher is yours, so the student can also learn from its whole
# distribution over the next token, at each position. The loss is then a distance between two distributions.
#
# The **Kullback-Leibler divergence** is $\mathrm{KL}(p \,\|\, q) = \sum_i p_i (\log p_i - \log q_i)$. If $p$ is
# the truth, it measures how much worse $q$ predicts than $p$. It is 0 only if the two are equal. With natural
# logarithms its unit is the *nat*, 1.44 bits. **Forward KL** takes the teacher as $p$. It is lesson 01's soft
# loss at $T = 1$, up to a constant.

# %%
def forward_kl(student_logits, teacher_logits):
    """KL(teacher || student) at each position: (..., vocabulary) twice, to (...)."""
    teacher, student = teacher_logits.log_softmax(-1), student_logits.log_softmax(-1)
    return (teacher.exp() * (teacher - student)).sum(-1)

# %% [markdown]
# ### Exercise 03.3 · Reverse KL (easy, 5 minutes)
#
# The divergence KL is not symmetric. Return KL(student || teacher) at each position. Here the *student's*
# probabilities are the weights.

# %% nbgrader={"grade": false, "grade_id": "reverse_kl", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("03.reverse_kl")
def reverse_kl(student_logits, teacher_logits):
    """(..., vocabulary) twice, to (...), in nats.

    Logits may lie 300 apart: value and gradient must stay finite there.
    Worked case: student [0, 0], teacher [log 3, 0] (so 1/2, 1/2 and 3/4, 1/4): 0.1438.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "reverse_kl_check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
grade("03.reverse_kl", points=1)

# %% [markdown]
# ### Exercise 03.4 · The Jensen-Shannon divergence (medium, 10 minutes)
#
# Take the mixture $m = \beta\,p_T + (1-\beta)\,p_S$ of teacher and student. The **generalised Jensen-Shannon
# divergence** is $\beta\,\mathrm{KL}(p_T \,\|\, m) + (1-\beta)\,\mathrm{KL}(p_S \,\|\, m)$. Unlike KL, it is
# never infinite.

# %% nbgrader={"grade": false, "grade_id": "jsd", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("03.jsd")
def jsd(student_logits, teacher_logits, beta=0.5):
    """(..., vocabulary) twice, to (...).

    Logits may lie 300 apart: value and gradient must stay finite there.
    Worked case: [100, 0] and [0, 100] give log 2 = 0.6931.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "jsd_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("03.jsd", points=2)

# %% [markdown]
# What does each divergence reward? Take a student that is too small for its teacher. The teacher's distribution
# has two peaks, and the student's has one. The next cells search 4,000 such students for the best one.
#
# **Predict, then move the slider.** With $\beta$ near 0 the JSD behaves like forward KL, and near 1 like reverse
# KL. Where will the student's peak be?

# %%
# the teacher: two bell curves, at 17 (higher) and at 43
token_ids = torch.arange(60.0)
two_peaks = torch.logaddexp(0.4 - (token_ids - 17) ** 2 / 24,
                            -((token_ids - 43) ** 2) / 24)
middle, width = torch.meshgrid(torch.arange(5, 55, 0.5), torch.logspace(0.3, 1.4, 40),
                               indexing="ij")
# 100 middles times 40 widths: 4,000 students to choose from
bumps = -((token_ids - middle.reshape(-1, 1)) ** 2) / (2 * width.reshape(-1, 1) ** 2)

def best_bump(divergence):
    return bumps[divergence(bumps, two_peaks.expand_as(bumps)).argmin()].softmax(-1)

def draw_bump(ax, divergence, title):
    teacher_role, student_role = plots.ROLES["teacher"], plots.ROLES["student"]
    ax.fill_between(token_ids, two_peaks.softmax(-1), color=teacher_role.colour,
                    alpha=0.5, label="teacher")
    ax.plot(token_ids, best_bump(divergence), color=student_role.colour, linestyle="--",
            label="student")
    ax.set(title=title, xlabel="token", yticks=[])

# %%
def at_beta(beta):
    fig, ax = plt.subplots(figsize=(5, 2.2))
    draw_bump(ax, lambda z, v: jsd(z, v, beta), f"JSD, beta = {beta}")
    ax.legend(loc="upper right")
    at = best_bump(lambda z, v: jsd(z, v, beta)).argmax().item()
    return (fig, f"At beta {beta} the student's peak is at {at}; the teacher's are at "
                 "17 and 43.")

betas = [0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9, 0.99]
widgets.slider(at_beta, values=betas, start=0.1, label="beta");

# %%
fig, axes = plt.subplots(1, 3, figsize=(10, 2.3), sharey=True)
for ax, (name, divergence) in zip(axes,
                                  {"forward KL": forward_kl, "JSD, beta = 0.5": jsd,
                                   "reverse KL": reverse_kl}.items()):
    draw_bump(ax, divergence, name)
axes[0].legend(loc="upper right")
plots.show(fig, "A teacher with two peaks and the best single bump for each "
           "divergence. Forward KL: one wide bump over both peaks, highest between "
           "them. JSD and reverse KL: a narrow bump on the higher peak, and nothing on "
           "the other.")

# %% [markdown]
# **Forward KL covers the modes.** The student needs probability wherever the teacher has some, even if its peak
# is then where the teacher has almost none. **Reverse KL seeks one mode.** The student must not have probability
# where the teacher has none, so it takes one peak and ignores the other. Between the two the JSD does not change
# gradually: the slider shows the $\beta$ at which the peak jumps.
#
# There is a second difference, which matters in training. Take a student that is *confident and wrong*: nearly
# all its probability is on token 0, and the teacher's is on token 1. How large is the gradient of each divergence
# towards token 1?

# %%
DIVERGENCES = {"forward KL": forward_kl, "JSD": jsd, "reverse KL": reverse_kl}
wrong, right = torch.tensor([8.0, 0, 0, 0],
                            requires_grad=True), torch.tensor([0, 8.0, 0, 0])
for name, divergence in DIVERGENCES.items():
    push, = torch.autograd.grad(divergence(wrong, right), wrong)
    print(f"{name:11} gradient towards token 1: {-push[1]:+.4f}")

# %% [markdown]
# With forward KL the gradient is large. Reverse KL weights by the student's own probabilities, so its gradient is
# small on a token to which the student gives little probability. The JSD is bounded, so its gradient is small
# where the two distributions are far apart.

# %% [markdown]
# ## Word by word, or whole sequences
#
# Kim and Rush (2016) distilled translation models in two ways. **Word-level**: take existing texts, and learn the
# teacher's distribution at each of their positions. **Sequence-level**: let the teacher answer, and learn its text
# as if it were the truth. (They used beam search, and we use greedy decoding.) The second way uses no soft labels.
#
# **Predict, then run.** Which student gets more final answers right when it decodes greedily? The task is
# *explain*, where millions of wordings are possible and the final answer is right or wrong.

# %%
def from_teacher(divergence, teacher):
    """The loss of soft targets: the divergence at each position of an answer,
    averaged."""
    def loss(model, tokens, asked):
        wanted = asked[:, 1:]
        with torch.no_grad():
            soft = teacher(tokens)[:, :-1][wanted]
        return divergence(model(tokens)[:, :-1][wanted], soft).mean()
    return loss

# %%
WAYS_TO_ASK = ("text", "word-level", "sampled", "sequence-level")

def word_or_sequence(seed, domain="explain", n=400, steps=150, ways=WAYS_TO_ASK):
    """Test accuracy of students of n questions: texts; the teacher's soft targets on
    these texts (word-level); its own answers, sampled; its own answers, greedy
    (sequence-level)."""
    teacher, written = language.load_language_teacher(), skills.problems(
        domain, n, seed)
    asked, texts = [p.prompt for p in written], [p.completion for p in written]
    soft = from_teacher(forward_kl, teacher)
    students = {"text": lambda: learn(asked, texts, seed, steps),
                "word-level": lambda: learn(asked, texts, seed, steps, soft),
                "sampled": lambda: learn(asked, decoding.answers(
                    teacher, asked, temperature=1.0, seeds=n * seed), seed, steps),
                "sequence-level": lambda: learn(asked, decoding.answers(teacher, asked),
                                                seed, steps)}
    test = skills.problems(domain, 500, seed=0, split="test")
    return [measures.exact_match(students[way](), test) for way in ways]

# %%
runs = measures.stored("R06")
fig, ax = plt.subplots(figsize=(8, 3))
for i, way in enumerate(WAYS_TO_ASK):
    role = "student" if i else "baseline"
    plots.dots(ax, i, runs[runs.series == way].value.tolist(), role)
ax.set_xticks(range(4), ["texts as they are", "the same texts,\nteacher's soft targets",
                         "teacher's answers,\nsampled", "teacher's answers,\ngreedy"])
ax.set(ylabel="final answers right", xlim=(-0.5, 3.5), ylim=(-0.02, None),
       title="The teacher's greedy answers teach most (stored: ten seeds)")
plots.show(fig, "Final answers right after learning 400 explanations in four ways. "
           "Texts, soft targets on them, and the teacher's sampled answers: about a "
           "quarter each. The teacher's greedy answers: clearly more.")

# %%
by_way = {way: torch.tensor(runs[runs.series == way].value.tolist())
          for way in WAYS_TO_ASK}
for one, other in (("sequence-level", "word-level"), ("word-level", "text"),
                   ("sequence-level", "sampled")):
    print(f"{one} minus {other}:",
          measures.paired_interval(by_way[one], by_way[other]).points())

# %% [markdown]
# The sequence-level student gets 13.3 points more right than the word-level one (5.4 to 21.2), although it
# receives *less* information. The third column shows that the reason is not who wrote the text: the teacher's
# *sampled* answers are no better than the texts. The next cell counts the wordings.

# %%
prompts = [p.prompt for p in skills.problems("explain", 400, seed=10)]
for name, texts in (("the texts",
                     [p.completion for p in skills.problems("explain", 400, seed=10)]),
                    ("teacher, sampled",
                     decoding.answers(teacher, prompts, temperature=1.0, seeds=10)),
                    ("teacher, greedy", decoding.answers(teacher, prompts))):
    starts = {tuple(text.split()[:6]) for text in texts}
    print(f"{name + ':':18} {len(starts):3} different beginnings of six words in 400 "
          "answers")

# %% [markdown]
# The greedy answers begin in 5 ways, and the two others in nearly 200. A likely explanation is that greedy text
# is easier to imitate, so that more of the student's 150 steps go into the final answer. On sums only one wording
# exists, and there no difference was shown on the board: +0.8 points (−0.5 to +2.0).
#
# So text alone can teach well if it uses few wordings. In part II text is often all that an API serves.

# %% [markdown]
# ## On-policy: the student's own text
#
# A student that learned from correct texts was never trained on a text with a mistake. After its first mistake it
# continues a text that no teacher wrote. In **on-policy** distillation (Agarwal and others, Gu and others, 2024)
# the *student* writes the text by **sampling**: it draws each token from its probabilities. The teacher gives its
# distribution at each position of the student's text. (This is GKD. MiniLLM uses a policy gradient for whole
# texts.)
#
# Suppose that questions are scarce: there are 100 sums. Off-policy, the student reads the teacher's 100 answers
# many times. On-policy, it answers 32 of the questions anew at each step. The number of queries is not equal:
# on-policy the teacher has to judge 4,800 texts. If you pay per query, count them.
#
# **Predict.** On its own text, which divergence will teach the student most, and which least?

# %%
def own_text(student, prompts, seed, size=32):
    """Batches that the student writes itself, on-policy: its samples, anew at each
    step."""
    draw = random.Random(seed)
    def batch(step):
        asked = draw.sample(prompts, size)
        return language.pack(asked, decoding.generate(student, asked, temperature=1.0,
                                                      seeds=size * step))
    return batch

def on_or_off(name, on_policy, seed, n=100, steps=150):
    """Test accuracy on sums of a student of n questions: 60 steps of text, then a
    divergence."""
    teacher = language.load_language_teacher()
    asked = [p.prompt for p in skills.problems("reason", n, seed)]
    said = decoding.answers(teacher, asked)
    student = learn(asked, said, seed, steps=60)
    read = training.batches(language.pack(asked, said), batch_size=32, seed=seed)
    batch = own_text(student, asked, seed) if on_policy else read
    training.fit_language(student, batch, from_teacher(DIVERGENCES[name], teacher),
                          steps=steps, lr=3e-3)
    return measures.exact_match(student,
                                skills.problems("reason", 500, seed=0, split="test"))

# %%
runs = measures.stored("R07")
fig, ax = plt.subplots(figsize=(8, 3.2))
for i, name in enumerate(DIVERGENCES):
    for shift, policy, role in ((0, "off-policy", "baseline"),
                                (0.9, "on-policy", "student")):
        values = runs[(runs.series == name) & (runs.x == policy)].value.tolist()
        plots.dots(ax, 3 * i + shift, values, role, policy if i == 0 else None)
ax.set_xticks([0.45, 3.45, 6.45], DIVERGENCES)
ax.set(ylim=(0, None), ylabel="new sums right",
       title="Own texts help with forward KL and JSD (100 questions, stored: five "
             "seeds)")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, "New sums right after learning from 100 questions, off-policy and "
           "on-policy, for forward KL, JSD and reverse KL. Off-policy reverse KL is a "
           "little above the other two. On-policy, forward KL and JSD are clearly "
           "higher than off-policy; reverse KL is not.")

# %%
cells = {key: torch.tensor(group.value.tolist())
         for key, group in runs.groupby(["series", "x"])}
for name in DIVERGENCES:
    gain = measures.paired_interval(cells[name, "on-policy"], cells[name, "off-policy"])
    print(f"{name:11} on-policy minus off-policy: {gain.points()}")
off = measures.paired_interval(cells["reverse KL", "off-policy"],
                               cells["forward KL", "off-policy"])
print(f"off-policy, reverse minus forward KL:  {off.points()}")

# %% [markdown]
# With forward KL the student gains most from its own texts: 16.5 points (9.9 to 23.1). With JSD it gains 10.8
# (4.1 to 17.6). With reverse KL no gain was shown: −0.3 points (−6.2 to +5.7). Off-policy, reverse KL is 5.4
# points better than forward KL (2.9 to 7.9), so it also had less to gain.
#
# The small gradient of reverse KL does not explain this alone. The JSD's gradient on a confident mistake is even
# smaller, and the JSD gains. This lesson does not show why reverse KL gains nothing.
#
# MiniLLM argues *for* reverse KL. It is about large models and open questions. There a student that covers all
# modes writes texts that the teacher would not write. Here every token is right or wrong. GKD's authors write
# that the best divergence depends on the task, and this figure agrees.

# %% [markdown]
# ## Two vocabularies
#
# So far column 17 of the student's logits meant the same token as column 17 of the teacher's. Models of two
# families do not share this order. The next student has a vocabulary of its own: the same words in another order,
# and five more.

# %%
order = torch.randperm(len(tokenizer),
                       generator=torch.Generator().manual_seed(0)).tolist()
student_tokens = [tokenizer.tokens[i]
                  for i in order] + [f"<extra_{i}>" for i in range(5)]
tokens, answer_mask = language.pack(four, decoding.answers(teacher, four))
v = teacher(tokens)[:, :-1][answer_mask[:, 1:]]                     # (positions, 195)
# (positions, 200): a perfect copy
twin = torch.cat([v[:, order], torch.full((len(v), 5), -1e4)], -1)

try:
    forward_kl(twin, v)
except RuntimeError as error:
    print("RuntimeError:", error)

# %% [markdown]
# In practice the message names 151,936 and 152,064 in place of 195 and 200. These are two sizes of *one* model
# family, padded to different lengths. There the extra columns are padding, and you may cut them off. Between two
# families the same cut is wrong, and no error says so.
#
# **Predict.** `twin` is a perfect copy of the teacher, in the other vocabulary, so its distance from the teacher
# should be 0. Cut off its last five columns. How far is it now from the teacher, in nats?

# %%
print(f"cut to the same size: {forward_kl(twin[:, :195], v).mean():.2f} nats. No "
      "error.")

# %% [markdown]
# ### Exercise 03.5 · Align two vocabularies (medium, 10 minutes)
#
# Put the teacher's logits into the student's order, by the *texts* of the tokens. A token that the teacher does
# not have gets -10,000.

# %% nbgrader={"grade": false, "grade_id": "align_logits", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("03.align_logits")
def align_logits(teacher_logits, teacher_tokens, student_tokens):
    """(..., teacher's vocabulary) to (..., student's vocabulary). The token lists hold
    texts.

    Worked case: logits [1., 2.] of ["a", "b"], student's tokens ["b", "c", "a"]: [2.,
    -10000., 1.].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "align_logits_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("03.align_logits", points=2)

# %%
aligned = align_logits(v, tokenizer.tokens, student_tokens)
print(f"aligned by text: {forward_kl(twin, aligned).mean():.2f} nats")

# %% [markdown]
# This works if the tokens are the same *words*. Real vocabularies divide text into different pieces, and then no
# reordering helps. **ULD** (universal logit distillation; Boizard and others, 2024) compares two distributions
# without matching tokens. It sorts both by size, and adds up the absolute differences.
#
# **Predict.** How far is `twin` from the teacher by this measure? And how far is a student that gives the right
# probabilities to the wrong tokens?

# %%
def uld(student_logits, teacher_logits):
    """Sum of the differences of the sorted probabilities at each position; 0 to 2."""
    n = max(student_logits.shape[-1], teacher_logits.shape[-1])
    p, q = (F.pad(z.softmax(-1).sort(descending=True).values, (0, n - z.shape[-1]))
            for z in (teacher_logits, student_logits))
    return (p - q).abs().sum(-1)

# each probability moved to the next token of the vocabulary
wrong_tokens = v.roll(1, -1)
print(f"ULD of the twin:             {uld(twin, v).mean():.2f}")
print(f"ULD of the wrong tokens:     {uld(wrong_tokens, v).mean():.2f}")
print(f"forward KL of these, in nats: {forward_kl(wrong_tokens, v).mean():.1f}")

# %% [markdown]
# ULD is 0 for both. It needs no common vocabulary, but it sees only how the probability is spread, and not which
# token has it. So the authors add it to the loss on the text, which names the tokens. They report better students
# than with the text alone (read second hand); this lesson did not measure it.
#
# **Text** alone always works, and an attacker behind an API uses it: decode with one vocabulary and encode with
# the other. This loses the soft labels, because only one token of each distribution is left. The next cell
# measures how much is lost.

# %%
def bits_per_token(domain):
    """Mean entropy of the teacher's distribution at the positions of its own sampled
    answers."""
    prompts = [p.prompt for p in skills.problems(domain, 200, seed=0)]
    texts = decoding.generate(teacher, prompts, temperature=1.0)
    tokens, answer_mask = language.pack(prompts, texts)
    p = teacher(tokens)[:, :-1][answer_mask[:, 1:]].softmax(-1)
    return -(p * p.clamp_min(1e-12).log2()).sum(-1).mean().item()

pd.Series({d: bits_per_token(d) for d in skills.DOMAINS},
          name="bits in a soft label").round(2)

# %% [markdown]
# On sums and programs the teacher is certain. The hard label equals the soft label there. So an attacker who sees
# only text loses almost nothing at the positions of this text. The attacker does lose what the teacher would say
# after the student's own mistakes. A translation leaves one choice: which half comes first. Only explanations
# have much entropy: 0.69 bits a token. Lesson 11 hides a watermark in it.

# %% [markdown]
# ## What we checked
#
# Each row is a conclusion of this lesson, and *control* is what it was compared with. *Agrees* means that the
# whole 95 % interval lies on the side that the row claims, *not shown* that it does not. The last row is one
# comparison without seeds.

# %%
stored = {row: measures.stored(row) for row in ("R06", "R07", "R08")}
def interval_of(row, series, x):
    runs = stored[row]
    chosen = runs[(runs.series == series) & (runs.x.astype(str) == str(x))].value
    return measures.mean_interval(chosen.tolist())
sequence = measures.paired_interval(by_way["sequence-level"], by_way["word-level"])
policy = measures.paired_interval(cells["forward KL", "on-policy"],
                                  cells["forward KL", "off-policy"])
reverse = measures.paired_interval(cells["reverse KL", "on-policy"],
                                   cells["reverse KL", "off-policy"])

# %%
# NBVAL_CHECK_OUTPUT
seen = [
    ("800 answers alone: under 5 % of sums",
     interval_of("R08", "answers only", 800).high < 0.05),
    ("800 answers with traces: over 80 %", interval_of("R08", "traces", 800).low > 0.8),
    ("800 answers alone: over 80 % of translations",
     interval_of("R08", "translate, answers only", 800).low > 0.8),
    ("sequence-level beats word-level, greedy", sequence.low > 0),
    ("on-policy helps, forward KL", policy.low > 0),
    ("on-policy helps, reverse KL", reverse.low > 0),
    ("a copy in another vocabulary looks wrong",
     bool(forward_kl(twin[:, :195], v).mean() > 1))]
published = ["", "rationales: less data needed", "", "yes", "yes", "yes",
             "(a common bug)"]
controls = ["800 with traces", "800 without, 3 times the steps", "800 with traces",
            "same texts", "same questions, not same queries", "same questions",
            "aligned by text"]
pd.DataFrame([(a, c, p, "agrees" if b else "not shown")
              for (a, b), c, p in zip(seen, controls, published)],
             columns=["conclusion", "control", "published", "here"])

# %% [markdown]
# ## Wrap-up: five questions

# %%
widgets.quiz("03")

# %% [markdown]
# ## What this does not show
#
# - There is one teacher, one base model and one size. A program makes the tasks, so the teacher can be nearly
#   perfect, and its text has little entropy. With a teacher that makes mistakes, soft targets and filtering
#   matter more (lesson 06).
# - The base model was trained on *easier versions* of the same tasks, with traces. A student from random weights
#   needs more answers and many more steps (`make benchmark` prints one).
# - Answers alone did not teach sums with 800 answers, 300 steps and two layers. Do not quote this for a large
#   model.
# - Hsieh and others train on traces as a second task beside the answer. Here the trace comes before the answer.
#   The published gains are mostly on language understanding, and much smaller.
# - The settings (100 questions, 400 explanations, steps, learning rates) were chosen on training questions, with
#   one or two seeds. They were chosen so that the methods *differ*. In one such trial with 400 fresh questions,
#   off-policy was as good as on-policy.
#
# ## With real models
#
# Hugging Face's TRL has both trainers (not run here). `SFTTrainer` learns from text. `GKDTrainer` learns from a
# teacher's distribution: `lmbda` is the share of on-policy texts, and `beta` is the β of the JSD. It is in
# `trl.experimental`, whose calls may change. Three traps were in this lesson. Train on the answer only
# (`assistant_only_loss=True`). Check that both models have the same vocabulary before you compare logits. And if
# you store a teacher's logits, store the top k of each position: with 150,000 tokens the whole distribution takes
# 300 kB a position in 16 bits.
#
# For two vocabularies TRL has `GOLDTrainer` (experimental, too). It groups tokens that cover the same text. Then
# it compares equal tokens directly, and uses ULD for the rest (`use_uld_loss=True`, `uld_use_hybrid_loss=True`).
# ULD's own code compares position by position. With different tokens the positions soon stand for different text.
#
# ## References
#
# - [arXiv:1606.07947](https://arxiv.org/abs/1606.07947): Kim, Rush, *Sequence-Level Knowledge
#   Distillation*, 2016.
# - [arXiv:2306.13649](https://arxiv.org/abs/2306.13649): Agarwal and others, *On-Policy Distillation of
#   Language Models* (GKD), 2024.
# - [arXiv:2306.08543](https://arxiv.org/abs/2306.08543): Gu and others, *MiniLLM: Knowledge Distillation of
#   Large Language Models*, 2024.
# - [arXiv:2305.02301](https://arxiv.org/abs/2305.02301): C.-Hsieh and others, *Distilling Step-by-Step!*,
#   2023.
# - [arXiv:2402.12030](https://arxiv.org/abs/2402.12030): Boizard and others, *Towards Cross-Tokenizer
#   Distillation: the Universal Logit Distillation Loss for LLMs*, 2024. Its code:
#   [llm-recipes](https://github.com/Nicolas-BZRD/llm-recipes), `models/distillation_model.py`.
# - TRL's documentation: [GKD](https://huggingface.co/docs/trl/gkd_trainer),
#   [GOLD](https://huggingface.co/docs/trl/gold_trainer).
# - The vocabulary error: issues [2215](https://github.com/huggingface/trl/issues/2215) and
#   [3028](https://github.com/huggingface/trl/issues/3028) of Hugging Face's TRL.
# - Published figures and how each was read: the [replication board](../docs/board.md).
#
# All terms of the course are explained in the [glossary](glossary.md).

# %%
progress()
