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
# language model on another one's answers, say what forward and reverse KL each ask for, tell word-level from
# sequence-level and on-policy from off-policy, and show with an interval what a written-out working is worth.
#
# teacher → defence → API → ledger → harvest → clean → **student → score**: the teacher is yours once more. It
# is the last time.

# %%
import random

import matplotlib.pyplot as plt
import pandas as pd
import torch
from torch.nn import functional as F  # noqa: F401  (for your answers)

from course_utils import decoding, language, plots, score, skills, training, widgets
from course_utils.exercises import exercise, grade, progress

plots.picture("teacher", "student", "score")

# %% [markdown]
# ## A teacher that writes
#
# A language model reads tokens and says, at each place, how likely each next token is. That is a classifier,
# used again and again. Ours has 0.6 million parameters and 195 tokens: words, digits, signs. It can do four
# things.

# %%
teacher, tokenizer = language.load_language_teacher(), skills.TOKENIZER
four = [skills.problems(domain, 1, seed=1, split="test")[0].prompt for domain in skills.DOMAINS]
for prompt, text in zip(four, decoding.answers(teacher, four)):
    print(f"{prompt}\n    {text}\n")

# %% [markdown]
# *Reason* does sums as at school, column by column. *Code* runs a small program on a list. *Translate* goes
# from English into Tavi, a language made for this course. *Explain* says one thing in one of very many ways.
#
# An answer is a **trace** (the working), the mark `=>`, and the final answer. It is right when the final answer
# is, and a program decides that. Is the teacher any good?

# %%
TEST = {domain: skills.problems(domain, 500, seed=0, split="test") for domain in skills.DOMAINS}
pd.Series({domain: score.exact_match(teacher, asked) for domain, asked in TEST.items()}, name="right")

# %% [markdown]
# (Which questions are for testing is decided by a hash of their text. Nobody, teacher or student, is trained on
# one of them.)
#
# ### Exercise 03.1 · Let it speak (easy, 10 minutes)
#
# **Greedy decoding**: take the likeliest token, append it, ask again, until the model says `end`. Write the
# plain loop; the package does the same for a whole batch and remembers what it has read.

# %% nbgrader={"grade": false, "grade_id": "greedy", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("03.greedy")
def greedy(model, prompt, end, max_tokens=64):
    """model: (1, time) token numbers to (1, time, vocabulary) logits. prompt: (time,).

    Returns the new tokens only, (new,), with `end` as the last, or max_tokens of them.
    Worked case: a model that always says 5, prompt [1, 2], end 0, max_tokens 3: [5, 5, 5].
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
# Nobody starts from nothing. The student is a small **base model**, 0.11 million parameters, that has read an
# easy schoolbook: sums of *two* digits, programs of *one* operation, short sentences. It has never met the real
# questions.
#
# **Predict, then run.** How many of the teacher's questions can it answer?

# %%
base = language.load_base()
easy = [skills.problems(d, 500, seed=0, split="test", easy=True) for d in skills.DOMAINS[:3]]
pd.DataFrame({"easy questions": [score.exact_match(base, asked) for asked in easy],
              "real questions": [score.exact_match(base, TEST[d]) for d in skills.DOMAINS[:3]]},
             index=skills.DOMAINS[:3])

# %% [markdown]
# It knows the parts and not the whole. Now it learns from text: at each place of the *answer*, the next token.
#
# ### Exercise 03.2 · The loss of text (medium, 10 minutes)
#
# Two things go wrong here, in real projects, without any error: the shift by one, and the prompt that is
# learned along with the answer.

# %% nbgrader={"grade": false, "grade_id": "next_token_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("03.next_token_loss")
def next_token_loss(logits, tokens, asked):
    """(batch, time, vocabulary), (batch, time), (batch, time). Returns a scalar.

    The logits at place t are for token t + 1. asked is True where a token is part of an
    answer. Mean cross-entropy over all tokens that are asked for.
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
    return training.fit_language(student, batch, loss, steps=steps, progress=f"{len(prompts)} answers")

# %% [markdown]
# ## Traces or answers
#
# Here is the question of the whole affair. A provider can serve the working along with the answer, or the
# answer alone. What does the copier lose?
#
# Two students of every seed get the same questions, answered by the teacher. One gets `7 + 6 + 0 = 3 carry 1 ;
# … => 933`. The other gets `=> 933`, and three times as many steps, since its texts are a third as long.
#
# **Predict**: with 800 answers each, how many new sums will each of them do?

# %%
COUNTS, WAYS = (25, 50, 100, 200, 400, 800), ("traces", "answers only")

def traces_or_answers(seed, counts, domain="reason", steps=(100, 300)):
    """Test accuracy, (2, counts), from the teacher's first n answers: with traces, without."""
    asked = [p.prompt for p in skills.problems(domain, max(counts), seed)]
    said = decoding.answers(language.load_language_teacher(), asked)
    short = [f"=> {skills.final_answer(text)}" for text in said]
    test = skills.problems(domain, 500, seed=0, split="test")
    return torch.tensor([[score.exact_match(learn(asked[:n], texts[:n], seed, k), test)
                          for n in counts] for texts, k in zip((said, short), steps)])

# %%

# %%
live = traces_or_answers(seed=5, counts=[100, 800])

# %% tags=["signature"]
runs = score.stored("R08")
fig, ax = plt.subplots(figsize=(8, 3.8))
for way, role, mine in zip(WAYS, ("student", "baseline"), live):
    values = runs[runs.series == way].pivot(index="x", columns="seed", values="value")
    plots.band(ax, COUNTS, values.values, role, f"{way}: stored, five seeds")
    ax.scatter([100, 800], mine, s=90, marker="*", zorder=3, edgecolor="black",
               color=plots.ROLES[role].colour, label=f"{way}: your run, one seed")
ax.axhline(1, color=plots.ROLES["teacher"].colour, label="the teacher")
ax.set(xscale="log", xlabel="answers bought from the teacher", ylabel="new sums right", ylim=(-0.03, 1.05),
       title="With the working, the sums are learned. With the answers alone, they are not.")
ax.set_xticks(COUNTS, COUNTS)
ax.minorticks_off()
ax.legend(loc="upper left", bbox_to_anchor=(0, 0.95), fontsize=9.5)
plots.show(fig, "Share of new sums right, against the number of the teacher's answers that the student "
           "learned from, 25 to 800. With traces it rises from almost none to over nine in ten; with "
           "answers alone it stays at the bottom.")

# %% [markdown]
# The band is the replication board's stored run, five seeds with their 95 % interval; the stars are yours, made
# just now. (Where five seeds do not fit into a minute, this course draws both, and says which is which.)
#
# One forward pass through two layers cannot add three columns with their carries. A trace cuts the sum into
# steps, each of which *is* one pass, and each of which the base model nearly knew. The trace is not an
# explanation of the skill. It is the skill, in pieces of the right size.
#
# A provider who wants to keep a skill may think of showing no working. (Lesson 10 asks how well that holds.) But
# is it always the working that teaches?
#
# **Predict.** 800 answers of each domain, 300 steps for everybody. Where does the trace matter least: sums,
# programs, or translation?

# %%
last = runs[runs.series.str.contains(", ")]
domains = ("reason", "code", "translate")
fig, ax = plt.subplots(figsize=(8, 3))
for i, domain in enumerate(domains):
    for shift, way, role in ((0, "traces", "student"), (0.9, "answers only", "baseline")):
        values = last[last.series == f"{domain}, {way}"].value.tolist()
        plots.dots(ax, 3 * i + shift, values, role, way if i == 0 else None)
ax.set_xticks([0.45, 3.45, 6.45], domains)
ax.set(ylim=(-0.03, 1.05), ylabel="new questions right", title="800 answers, 300 steps (stored, five seeds)")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, "New questions right after 800 answers, with traces and with answers only, in three "
           "domains. Sums: nearly all against almost none. Programs: most against few. Translation: "
           "nearly all either way.")

# %% [markdown]
# Translation goes word by word: each word of the answer can be found in the question in one pass, so the trace
# adds little. Hiding traces protects the skills that *need* steps, and those only.

# %% [markdown]
# ## Which distance?
#
# So far the student read text. This teacher is yours, so it can give more: at every place, its whole
# distribution over the next token. Then a loss must say how far two distributions are. Here is one; it is
# lesson 01's soft loss, up to a constant.

# %%
def forward_kl(student_logits, teacher_logits):
    """KL(teacher || student) at each place: (..., vocabulary) twice, to (...)."""
    teacher, student = teacher_logits.log_softmax(-1), student_logits.log_softmax(-1)
    return (teacher.exp() * (teacher - student)).sum(-1)

# %% [markdown]
# ### Exercise 03.3 · The other way round (easy, 5 minutes)
#
# A divergence is not symmetric. Return KL(student || teacher) at each place: the *student's* probabilities are
# the weights.

# %% nbgrader={"grade": false, "grade_id": "reverse_kl", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("03.reverse_kl")
def reverse_kl(student_logits, teacher_logits):
    """(..., vocabulary) twice, to (...), in nats.

    Worked case: student [0, 0], teacher [log 3, 0] (so 1/2, 1/2 and 3/4, 1/4): 0.1438.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "reverse_kl_check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
grade("03.reverse_kl", points=1)

# %% [markdown]
# ### Exercise 03.4 · In between (medium, 10 minutes)
#
# Take the mixture $m = \beta\,p_T + (1-\beta)\,p_S$ of teacher and student, and return $\beta\,\mathrm{KL}(p_T
# \,\|\, m) + (1-\beta)\,\mathrm{KL}(p_S \,\|\, m)$: the **generalised Jensen-Shannon divergence**. It is never
# infinite.

# %% nbgrader={"grade": false, "grade_id": "jsd", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("03.jsd")
def jsd(student_logits, teacher_logits, beta=0.5):
    """(..., vocabulary) twice, to (...). Worked case: logits [100, 0] and [0, 100]: log 2 = 0.6931."""
    ...

# %% nbgrader={"grade": true, "grade_id": "jsd_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("03.jsd", points=2)

# %% [markdown]
# What does each ask for? Give them a student that is too small: the teacher has *two* ways to go on, the
# student can only have one bump, and tries 4,000 of them.
#
# **Predict, then move the slider.** At $\beta$ near 0 the JSD asks for what forward KL asks for, near 1 for
# what reverse KL does. Where will the bump stand?

# %%
places = torch.arange(60.0)
two_ways = torch.logaddexp(0.4 - (places - 17) ** 2 / 24, -((places - 43) ** 2) / 24)
middle, width = torch.meshgrid(torch.arange(5, 55, 0.5), torch.logspace(0.3, 1.4, 40), indexing="ij")
bumps = -((places - middle.reshape(-1, 1)) ** 2) / (2 * width.reshape(-1, 1) ** 2)

def best_bump(divergence):
    return bumps[divergence(bumps, two_ways.expand_as(bumps)).argmin()].softmax(-1)

def draw_bump(ax, divergence, title):
    teacher_role, student_role = plots.ROLES["teacher"], plots.ROLES["student"]
    ax.fill_between(places, two_ways.softmax(-1), color=teacher_role.colour, alpha=0.5, label="teacher")
    ax.plot(places, best_bump(divergence), color=student_role.colour, linestyle="--", label="student")
    ax.set(title=title, xlabel="token", yticks=[])

# %%
def at_beta(beta):
    fig, ax = plt.subplots(figsize=(5, 2.2))
    draw_bump(ax, lambda z, v: jsd(z, v, beta), f"JSD, beta = {beta}")
    ax.legend(loc="upper right")
    at = best_bump(lambda z, v: jsd(z, v, beta)).argmax().item()
    return fig, f"At beta {beta} the student's bump has its peak at token {at}; the teacher's are at 17 and 43."

widgets.slider(at_beta, values=[0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9, 0.99], start=0.1, label="beta");

# %%
fig, axes = plt.subplots(1, 3, figsize=(10, 2.3), sharey=True)
for ax, (name, divergence) in zip(axes, {"forward KL": forward_kl, "JSD, beta = 0.5": jsd,
                                         "reverse KL": reverse_kl}.items()):
    draw_bump(ax, divergence, name)
axes[0].legend(loc="upper right")
plots.show(fig, "A teacher with two peaks and the best single bump for each divergence. Forward KL: one "
           "wide bump over both peaks, highest between them. JSD and reverse KL: a narrow bump on the "
           "higher peak, and nothing on the other.")

# %% [markdown]
# **Forward KL covers**: wherever the teacher may go, the student must be, even if that puts it in the middle,
# where the teacher never is. **Reverse KL seeks**: the student must not be where the teacher is not, so it picks
# one way and forgets the other.
#
# There is a second difference, and it bites in training. Take a student that is *surely wrong*: all its weight
# on token 0, where the teacher says 1. How hard does each divergence push token 1 up?

# %%
DIVERGENCES = {"forward KL": forward_kl, "JSD": jsd, "reverse KL": reverse_kl}
wrong, right = torch.tensor([8.0, 0, 0, 0], requires_grad=True), torch.tensor([0, 8.0, 0, 0])
for name, divergence in DIVERGENCES.items():
    push, = torch.autograd.grad(divergence(wrong, right), wrong)
    print(f"{name:11} moves token 1 by {-push[1]:+.4f}")

# %% [markdown]
# Reverse KL weighs by the student's own probabilities. A token that the student never says gets no push: of its
# sure mistakes it hears almost nothing.

# %% [markdown]
# ## Word by word, or whole sequences
#
# Kim and Rush (2016) distilled translation models in two ways. **Word-level**: take existing texts, and copy the
# teacher's distribution at each place of them. **Sequence-level**: let the teacher answer, and treat its text as
# the truth. The second throws all soft labels away.
#
# **Predict, then run.** Which student gets more answers right, when it decodes greedily? Take *explain*, where
# there are millions of wordings, and a final answer that is right or wrong.

# %%
def from_teacher(divergence, teacher):
    """The loss of soft targets: at each place of an answer, how far the two distributions are."""
    def loss(model, tokens, asked):
        wanted = asked[:, 1:]
        with torch.no_grad():
            soft = teacher(tokens)[:, :-1][wanted]
        return divergence(model(tokens)[:, :-1][wanted], soft).mean()
    return loss

# %%
WAYS_TO_ASK = ("text", "word-level", "sequence-level")

def word_or_sequence(seed, domain="explain", n=400, steps=150, ways=WAYS_TO_ASK):
    """Test accuracy of students of n questions: texts; the teacher's soft targets on these
    texts (word-level); the teacher's own greedy answers (sequence-level)."""
    teacher, written = language.load_language_teacher(), skills.problems(domain, n, seed)
    asked, texts = [p.prompt for p in written], [p.completion for p in written]
    soft = from_teacher(forward_kl, teacher)
    students = {"text": lambda: learn(asked, texts, seed, steps),
                "word-level": lambda: learn(asked, texts, seed, steps, soft),
                "sequence-level": lambda: learn(asked, decoding.answers(teacher, asked), seed, steps)}
    test = skills.problems(domain, 500, seed=0, split="test")
    return [score.exact_match(students[way](), test) for way in ways]

# %%
live = word_or_sequence(seed=10, ways=WAYS_TO_ASK[1:])
runs = score.stored("R06")
fig, ax = plt.subplots(figsize=(8, 3))
for i, way in enumerate(WAYS_TO_ASK):
    role = "student" if i else "baseline"
    plots.dots(ax, i, runs[runs.series == way].value.tolist(), role)
ax.scatter([1.3, 2.3], live, s=90, marker="*", edgecolor="black", color=plots.ROLES["student"].colour)
ax.set_xticks(range(3), ["texts as they are", "the same texts,\nteacher's soft targets", "teacher's own\ngreedy answers"])
ax.set(ylabel="final answers right", xlim=(-0.5, 2.7), ylim=(-0.02, None),
       title="400 explanations, greedy decoding (stored: ten seeds; stars: your run)")
plots.show(fig, "Final answers right after learning 400 explanations in three ways. Texts, and "
           "soft targets on them: about a quarter each. The teacher's own greedy answers: clearly more.")

# %%
by_way = {way: torch.tensor(runs[runs.series == way].value.tolist()) for way in WAYS_TO_ASK}
print("sequence-level minus word-level:", score.paired_interval(by_way["sequence-level"], by_way["word-level"]).points())
print("word-level minus plain text:    ", score.paired_interval(by_way["word-level"], by_way["text"]).points())

# %% [markdown]
# The one with *less* information wins. The greedy teacher always words things in the same way, its likeliest;
# a small student has only one wording to learn, and its 150 steps go into the answer. The soft targets ask it to
# know all the wordings at once: forward KL covers. On the sums, where there is one wording, the board finds no
# difference.
#
# (Is your star on the wrong side? The intervals are wide, and one seed is an anecdote. That is why there are
# more.)
#
# So text alone is a good teacher, when it is the *teacher's* text. Keep this for part II, where text is all that
# an API serves.

# %% [markdown]
# ## Whose text? On-policy
#
# A student that learned from right texts has never seen itself go wrong. At the first slip it is somewhere that
# no teacher's text has been. **On-policy** distillation (Agarwal and others, Gu and others, 2024) lets the
# *student* write, and asks the teacher, at each place of the student's text, what should have come next.
#
# Say questions are scarce: 100 sums, and no more. Off-policy, the student reads the teacher's 100 answers again
# and again. On-policy, it answers the same 100 questions anew at each step.
#
# **Predict.** After the figure of the sure mistake: on its own text, which divergence will teach the student
# *least*?

# %%
def own_text(student, prompts, seed, size=32):
    """Batches that the student writes itself, on-policy: its samples, anew at each step."""
    draw = random.Random(seed)
    def batch(step):
        asked = draw.sample(prompts, size)
        return language.pack(asked, decoding.generate(student, asked, temperature=1.0, seeds=size * step))
    return batch

def on_or_off(name, on_policy, seed, n=100, steps=150):
    """Test accuracy on sums of a student of n questions: 60 steps of text, then a divergence."""
    teacher = language.load_language_teacher()
    asked = [p.prompt for p in skills.problems("reason", n, seed)]
    said = decoding.answers(teacher, asked)
    student = learn(asked, said, seed, steps=60)
    read = training.batches(language.pack(asked, said), batch_size=32, seed=seed)
    batch = own_text(student, asked, seed) if on_policy else read
    training.fit_language(student, batch, from_teacher(DIVERGENCES[name], teacher), steps=steps, lr=3e-3)
    return score.exact_match(student, skills.problems("reason", 500, seed=0, split="test"))

# %%
live = on_or_off("forward KL", on_policy=True, seed=5)

# %%
runs = score.stored("R07")
fig, ax = plt.subplots(figsize=(8, 3.2))
for i, name in enumerate(DIVERGENCES):
    for shift, policy, role in ((0, "off-policy", "baseline"), (0.9, "on-policy", "student")):
        values = runs[(runs.series == name) & (runs.x == policy)].value.tolist()
        plots.dots(ax, 3 * i + shift, values, role, policy if i == 0 else None)
ax.scatter([1.3], [live], s=90, marker="*", edgecolor="black", color=plots.ROLES["student"].colour)
ax.set_xticks([0.45, 3.45, 6.45], DIVERGENCES)
ax.set(ylim=(0, None), ylabel="new sums right", title="100 questions (stored: five seeds; star: your run)")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, "New sums right after learning from 100 questions, off-policy and on-policy, for forward "
           "KL, JSD and reverse KL. Off-policy all are alike. On-policy with forward KL is clearly "
           "higher; with reverse KL there is little gain.")

# %%
cells = {key: torch.tensor(group.value.tolist()) for key, group in runs.groupby(["series", "x"])}
for name in DIVERGENCES:
    gain = score.paired_interval(cells[name, "on-policy"], cells[name, "off-policy"])
    print(f"{name:11} on-policy minus off-policy: {gain.points()}")

# %% [markdown]
# Off-policy, the hundred answers are soon known by heart, and all three divergences have nothing more to say. On
# its own text the student meets its own mistakes, and forward KL says loudly what should have stood there. With
# reverse KL the gain is so small that the interval includes zero: of sure mistakes it says next to nothing, as
# you have seen.
#
# MiniLLM argues *for* reverse KL, with large models and open questions, where a student that covers everything
# says things that the teacher never would. Here every token is right or wrong. GKD's authors write that the best
# divergence depends on the task. So does this figure.

# %% [markdown]
# ## Two vocabularies
#
# Everything so far had a silent condition: column 17 of the student's logits means the same token as column 17
# of the teacher's. Between two model families it does not. Here is a student with a vocabulary of its own: the
# same words in another order, and five more.

# %%
order = torch.randperm(len(tokenizer), generator=torch.Generator().manual_seed(0)).tolist()
theirs = [tokenizer.tokens[i] for i in order] + [f"<extra_{i}>" for i in range(5)]
tokens, asked = language.pack(four, decoding.answers(teacher, four))
v = teacher(tokens)[asked]                                             # (places, 195)
twin = torch.cat([v[:, order], torch.full((len(v), 5), -1e4)], -1)     # (places, 200): a perfect copy

try:
    forward_kl(twin, v)
except RuntimeError as error:
    print("RuntimeError:", error)

# %% [markdown]
# This is the message that people meet, with 151,936 and 152,064 in place of 200 and 195: two models of *one*
# family, whose vocabularies were padded to different lengths. Many make the numbers equal, and go on.
#
# **Predict.** `twin` is a perfect copy of the teacher, in the other vocabulary. Cut off its last five columns:
# how far will it be from the teacher, in nats? It should be 0.

# %%
print(f"cut to the same size: {forward_kl(twin[:, :195], v).mean():.2f} nats. No error.")

# %% [markdown]
# ### Exercise 03.5 · Align (medium, 10 minutes)
#
# Put the teacher's logits into the student's order, by the *texts* of the tokens. A token that the teacher does
# not have gets -10,000.

# %% nbgrader={"grade": false, "grade_id": "align_logits", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("03.align_logits")
def align_logits(teacher_logits, teacher_tokens, student_tokens):
    """(..., teacher's vocabulary) to (..., student's vocabulary). The token lists hold texts.

    Worked case: logits [1., 2.] of ["a", "b"], student's tokens ["b", "c", "a"]: [2., -10000., 1.].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "align_logits_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("03.align_logits", points=2)

# %%
aligned = align_logits(v, tokenizer.tokens, theirs)
print(f"aligned by text: {forward_kl(twin, aligned).mean():.2f} nats")

# %% [markdown]
# That works as long as the tokens are the same *words*. Real vocabularies cut text into different pieces, and
# then no order helps. There is a way out that always works, and every copier behind an API takes it: **text**.
# Decode with one vocabulary, encode with the other. What gets lost is the softness: one token is said, the rest
# of the distribution is gone. How much is that?

# %%
def bits_per_token(domain):
    """Mean entropy of the teacher's distribution over the places of its own sampled answers."""
    asked = [p.prompt for p in skills.problems(domain, 200, seed=0)]
    said = decoding.generate(teacher, asked, temperature=1.0)
    tokens, wanted = language.pack(asked, said)
    p = teacher(tokens)[:, :-1][wanted[:, 1:]].softmax(-1)
    return -(p * p.clamp_min(1e-12).log2()).sum(-1).mean().item()

pd.Series({d: bits_per_token(d) for d in skills.DOMAINS}, name="bits in a soft label").round(2)

# %% [markdown]
# On sums and programs the teacher is certain: a hard label *is* the soft label, and a copier who sees only text
# loses nothing. A translation leaves one choice, which half comes first. Only in the wording of an explanation is
# there much to lose. (Lesson 11 hides a watermark
# there, for the same reason.)

# %% [markdown]
# ## The evidence, in one table

# %%
# NBVAL_CHECK_OUTPUT
stored = {row: score.stored(row) for row in ("R06", "R07", "R08")}
def mean_of(row, series, x):
    runs = stored[row]
    return runs[(runs.series == series) & (runs.x.astype(str) == str(x))].value.mean()
sequence = score.paired_interval(by_way["sequence-level"], by_way["word-level"])
policy = score.paired_interval(cells["forward KL", "on-policy"], cells["forward KL", "off-policy"])
reverse = score.paired_interval(cells["reverse KL", "on-policy"], cells["reverse KL", "off-policy"])
seen = [
    ("800 answers alone teach under 20 % of the sums", mean_of("R08", "answers only", 800) < 0.2),
    ("800 answers with traces teach over 80 %", mean_of("R08", "traces", 800) > 0.8),
    ("translation needs no traces", mean_of("R08", "translate, answers only", 800) > 0.8),
    ("sequence-level beats word-level, greedy", sequence.low > 0),
    ("on-policy helps, forward KL", policy.low > 0),
    ("on-policy helps, reverse KL", reverse.low > 0),
    ("a copy in another vocabulary looks wrong", bool(forward_kl(twin[:, :195], v).mean() > 1))]
published = ["(rationales: same accuracy, less data)"] * 2 + ["(not reported)", "yes", "yes", "yes", "(a common bug)"]
pd.DataFrame([(a, p, "yes" if b else "no") for (a, b), p in zip(seen, published)],
             columns=["finding", "published", "seen here"])

# %% [markdown]
# ## Wrap-up: five questions

# %%
widgets.quiz("03")

# %% [markdown]
# ## What this does not show
#
# - One teacher, one base model, one size. The tasks are made by a program, so that the teacher can be nearly
#   perfect and its text has little entropy. With a teacher that errs, soft targets and filtering matter more
#   (lesson 06).
# - The base model had read *easier versions* of the very tasks, working included. A student from random weights
#   needs more answers and many more steps (`make benchmark` prints one). How far a base model is from the skill
#   that is copied decides how many answers a copier needs.
# - "Answers alone teach nothing" is a statement about this many answers and two layers. A larger student, or a
#   million answers, might find a way of its own. Nobody should quote it for a large model.
# - Hsieh and others use traces as a second task beside the answer; here the trace comes before it. The published
#   gain is on understanding of language, and much smaller.
# - The settings (100 questions, 400 explanations, steps, learning rates) were chosen on questions of the train
#   split, on one or two seeds, as places where the ways *differ*. With 400 fresh questions, off-policy was as
#   good as on-policy in those trials.
#
# ## References
#
# - Y. Kim, A. M. Rush, *Sequence-Level Knowledge Distillation*, 2016.
#   [arXiv:1606.07947](https://arxiv.org/abs/1606.07947)
# - R. Agarwal and others, *On-Policy Distillation of Language Models* (GKD), 2024.
#   [arXiv:2306.13649](https://arxiv.org/abs/2306.13649)
# - Y. Gu and others, *MiniLLM: Knowledge Distillation of Large Language Models*, 2024.
#   [arXiv:2306.08543](https://arxiv.org/abs/2306.08543)
# - C.-Y. Hsieh and others, *Distilling Step-by-Step!*, 2023.
#   [arXiv:2305.02301](https://arxiv.org/abs/2305.02301)
# - The vocabulary error: issues [2215](https://github.com/huggingface/trl/issues/2215) and
#   [3028](https://github.com/huggingface/trl/issues/3028) of Hugging Face's TRL.
# - Published figures and how each was read: the replication board, `benchmarks/replications.csv`.

# %%
progress()
