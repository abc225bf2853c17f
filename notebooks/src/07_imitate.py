# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 07 · Imitate
#
# **Minutes** 60 · **You need** lessons 03 and 05 (a student of text; a harvest) · **You will be able to** turn
# a harvest into a student and report it per domain with intervals, search for settings without fooling
# yourself, tell a student that sounds like its teacher from one that can do what she does, and spend a second
# round of questions where the first left holes.
#
# teacher → defence → API → ledger → harvest → clean → **student → score**

# %%
import re  # noqa: F401, I001  (for your answers)

import matplotlib.pyplot as plt
import torch

from course_utils import api
from course_utils.api import client
from course_utils.attack import clean, harvest, imitation
from course_utils.files import bundled
from course_utils.lesson import plots, widgets
from course_utils.lesson.exercises import exercise, grade, progress
from course_utils.score import measures
from course_utils.student import training
from course_utils.teacher import decoding, language, skills

plots.picture("student", "score")

# %% [markdown]
# ## What half a dollar buys
#
# The fourth step. A teacher behind our API, a thousand questions over her four skills, the answers in a file.

# %%
server = api.serve({"teacher": language.load_language_teacher()})
text = client.text(server)
asked = [p.prompt for d in skills.DOMAINS for p in skills.problems(d, 250, seed=5)]
path = bundled.fresh("lesson_07.jsonl")
harvest.harvest(server, asked, path)
rows, report = clean.run(harvest.read(path), {"cut off": clean.cut_off, "wrong": clean.wrong,
                                              "duplicate": clean.duplicate})
print(f"{len(asked)} questions asked, {len(rows)} rows left after cleaning")

# %%
book = server.ledger()
bill = book.cost.groupby(book.prompt.str.split().str[0]).sum()[list(skills.DOMAINS)]
print(f"the bill: ${bill.sum():.2f}")
(bill / 250 * 1000).round(2).rename("$ for 1,000 answers")

# %% [markdown]
# (You pay by the token, so a skill that takes long to say costs more. The prices are our own invention. And
# there was nothing to clean: the questions were asked once each, of a teacher that is nearly always right.
# Lesson 06 has a harvest that needs it.)
#
# The student starts from the base model of lesson 03 and reads these rows for 300 steps. The test is the
# course's: 500 new questions of each domain, which nobody trains on.

# %%
TEST = {domain: skills.problems(domain, 500, seed=0, split="test") for domain in skills.DOMAINS}

def learn(questions, answers, seed, steps):
    """A copy of the base model, trained on these answers: a student."""
    batch = training.batches(language.pack(questions, answers), seed=seed)
    return training.fit_language(language.load_base(), batch, training.from_text, steps=steps,
                                 progress=f"{len(questions)} answers")

student = learn(rows.prompt, rows.answer, seed=5, steps=300)
live = [measures.exact_match(student, TEST[domain]) for domain in skills.DOMAINS]

# %% [markdown]
# **Predict, then look.** Compare it with a student of the same size, the same questions, the same 300 steps,
# whose answers were *true* ones, written by the course's own program. Is the copy of the teacher worse, equal,
# or better? By how much, in which domain?

# %%
def bought(seed, whose, ask, each=250, steps=300):
    """Test accuracy by domain, (4,), of a student of the teacher's answers or of true ones."""
    found = [p for domain in skills.DOMAINS for p in skills.problems(domain, each, seed)]
    asked = [p.prompt for p in found]
    texts = ask(asked) if whose == "teacher's answers" else [p.completion for p in found]
    student = learn(asked, texts, seed, steps)
    return torch.tensor([measures.exact_match(student, TEST[domain]) for domain in skills.DOMAINS])

# %%
runs = measures.stored("L07B")
sources = {"true answers": "baseline", "teacher's answers": "student"}
fig, ax = plt.subplots(figsize=(8, 3.2))
for i, domain in enumerate(skills.DOMAINS):
    for shift, (whose, role) in zip((0, 0.9), sources.items()):
        values = runs[(runs.series == whose) & (runs.x == domain)].value.tolist()
        plots.dots(ax, 3 * i + shift, values, role, None if i else f"{whose}: stored, 5 seeds")
    ax.scatter([3 * i + 0.9], live[i], s=90, marker="*", edgecolor="black", zorder=3,
               color=plots.ROLES["student"].colour, label=None if i else "your student")
    ax.plot([3 * i - 0.4, 3 * i + 1.3], [1, 1], color=plots.ROLES["teacher"].colour,
            label=None if i else "the teacher")
ax.set_xticks([0.45, 3.45, 6.45, 9.45], skills.DOMAINS)
ax.set(ylim=(-0.03, 1.05), ylabel="new questions right", title="A thousand answers, 300 steps")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, "New questions right in four domains, for students of 1,000 true answers and of "
           "1,000 of the teacher's. Sums about eight in ten, programs and translations about "
           "two in ten, whichever the source. In explanations the teacher's answers give "
           "clearly more.")

# %%
import pandas as pd

teacher = language.load_language_teacher()
lines = []
for domain in skills.DOMAINS:
    one, other = (runs[(runs.series == s) & (runs.x == domain)].value.tolist() for s in sources)
    lines.append((domain, measures.exact_match(teacher, TEST[domain]), *(
        "{:.2f} ({:.2f} to {:.2f})".format(*measures.mean_interval(v)) for v in (other, one)),
        measures.paired_interval(other, one).points()))
pd.DataFrame(lines, columns=["domain", "teacher", "from her answers", "from true answers",
                             "hers minus true"]).set_index("domain")

# %% [markdown]
# In the three domains where a question has one wording (or two), the copy of the teacher and the student of the
# truth cannot be told apart: she is nearly always right, so her text *is* the truth. In explanations hers teach
# more: greedy, she says everything in few ways (lesson 03).
#
# And the student is far from her column of ones. More answers, more steps, a larger student would bring it
# nearer; lesson 03's curve says how sums go on. It also said what a trace is worth, and here is what it costs:

# %%
sums = rows.answer[rows.prompt.str.startswith("reason")]
final, whole = (sum(len(skills.TOKENIZER.encode(t)) for t in texts)
                for texts in (sums.map(skills.final_answer), sums))
r08 = measures.stored("R08")
taught = [r08[(r08.series == way) & (r08.x == 800)].value.mean()
          for way in ("traces", "answers only")]
print(f"{1 - final / whole:.0%} of the tokens of these sums are working")
print("800 answers teach {:.0%} of the sums with traces, {:.0%} without".format(*taught))

# %% [markdown]
# ## Turning the knobs
#
# Could a better recipe get more out of the same money? The attacker of part II can turn these:
#
# - the **temperature** at which the API samples its answers;
# - the **loss**: on the text alone, or on the log-probs of the five likeliest tokens, which our API shows
#   beside it, as they are or sharpened by a temperature of their own;
# - the **learning rate**.
#
# *Explain* is where they matter: only there is the teacher ever unsure of her next token.

# %%
def ask_softly(questions, temperature=0.0, seed=0):
    """For each question a pair: the answer's tokens; at each place {token: log-prob} of five."""
    reply = text.completions.create(model="teacher", prompt=questions, temperature=temperature,
                                    seed=seed, logprobs=5)
    return [(choice.logprobs.tokens, choice.logprobs.top_logprobs) for choice in reply.choices]

tokens, rivals = ask_softly(["explain sort 415 :"])[0]
print(tokens[0], {token: round(value, 2) for token, value in rivals[0].items()})

# %% [markdown]
# Five tokens of 195. What of the rest? Their probabilities sum to something below 1, and what is missing
# belongs to the others *together*; nobody told you how they share it.
#
# ### Exercise 07.1 · The five you can see (hard, 15 minutes)
#
# Cross-entropy with such a target, where all other tokens count as one:
#
# $$-\sum_{i \in \text{top}} p_i \log q_i \; - \; \Big(1 - \sum_{i \in \text{top}} p_i\Big) \log \Big(1 - \sum_{i \in \text{top}} q_i\Big)$$
#
# Served numbers are rounded, so they may sum to a little *more* than 1; and a student may be so sure of one
# token that $1 - \sum q_i$ comes out as exactly 0.

# %% nbgrader={"grade": false, "grade_id": "top_k_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("07.top_k_loss")
def top_k_loss(student_logits, top, logprobs):
    """(n, vocabulary); (n, k) token numbers; (n, k) their log-probs. Returns the mean, a scalar.

    What is left of the target, 1 minus the served probabilities, is never below 0. Logits may
    lie 200 apart, and the gradient must survive that: a floor under a logarithm has none.
    Worked case: logits [[0, 0, 0, 0]], top [[2]], logprobs [[log 0.5]]: 0.837.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "top_k_loss_check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
grade("07.top_k_loss", points=3)

# %%
def from_words(model, tokens, asked, top, logprobs):
    return training.from_text(model, tokens, asked)

def from_rivals(temperature):
    """The loss on the served log-probs, at a temperature: below 1 sharpened."""
    def loss(model, tokens, asked, top, logprobs):
        wanted = asked[:, 1:]
        target = imitation.soften(logprobs[:, 1:][wanted], temperature)
        return top_k_loss(model(tokens)[:, :-1][wanted], top[:, 1:][wanted], target)
    return loss

LOSSES = {"text": from_words, "top 5, sharpened": from_rivals(0.5), "top 5": from_rivals(1.0)}
RECIPES = [(loss, temperature, rate) for loss in LOSSES for temperature in (0.0, 0.5, 1.0)
           for rate in (5e-3, 1e-2)]
len(RECIPES)

# %% [markdown]
# Eighteen recipes. Which is best must be found out on questions that are *not* the test: 60 questions, bought
# from the teacher like the others and kept aside. The attacker has no answer key; a student is right when it
# says what she said.

# %%
def searched(seed, recipes, ask, n=300, checks=60, steps=100):
    """Shares right, (2, recipes): on the validation questions, and on the test."""
    found = [p.prompt for p in skills.problems("explain", n + checks, seed)]
    asked, held = found[:n], found[n:]
    key = [skills.final_answer(imitation.text_of(reply)) for reply in ask(held)]
    heats = {temperature for _, temperature, _ in recipes}
    sold = {heat: imitation.pack_soft(asked, ask(asked, heat, seed)) for heat in heats}
    right = []
    for loss, temperature, rate in recipes:
        student = training.fit_language(language.load_base(), imitation.soft_batches(
            sold[temperature], seed=seed), LOSSES[loss], steps=steps, lr=rate, progress=loss)
        said = [skills.final_answer(answer) for answer in decoding.answers(student, held)]
        right.append((sum(a == b for a, b in zip(said, key)) / checks,
                      measures.exact_match(student, TEST["explain"])))
    return torch.tensor(right).T

few = [("top 5", 0.0, 5e-3)]
live = searched(5, few, ask_softly)
pd.DataFrame(live.T.numpy().round(2), [f"{a}, temperature {b:g}" for a, b, _ in few],
             ["validation", "test"])

# %% [markdown]
# (An attacker would look at the second column once, for the recipe that the first one chose. You see all of it,
# to learn how far the first can be trusted.)
#
# **Predict.** Of eighteen recipes, take the one with the best validation score. Will the test agree with that
# score, or be above or below it?
#
# The best of many noisy scores is too good: it won because its recipe is good *and* because its 60 questions
# happened to suit it. Take the extreme case, where all recipes are truly equal, and right on 20 %:

# %%
def best_of(recipes, questions, truth=0.2, draw=torch.Generator().manual_seed(0)):  # noqa: B008
    """What validation says of the winner among equals, on average."""
    right = torch.rand(1000, recipes, questions, generator=draw) < truth
    return right.float().mean(-1).amax(1).mean().item()

pd.DataFrame({f"{q} questions": [best_of(r, q) for r in (1, 4, 18, 100)] for q in (20, 60, 240)},
             index=[f"best of {r}" for r in (1, 4, 18, 100)]).round(2)

# %% [markdown]
# Every extra in this table is luck. Two habits keep it small: more validation questions, and not to take the
# winner too seriously.
#
# ### Exercise 07.2 · The simplest that will do (medium, 10 minutes)
#
# The **rule of one standard error** (Breiman and others, 1984): let $p$ be the best share right. Its standard
# error is $\sqrt{p(1-p)/n}$ with $n$ questions. Whatever comes within one of it may well be as good. Take the
# *simplest* such recipe: they are listed from simple to complicated, so the first.

# %% nbgrader={"grade": false, "grade_id": "choose", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("07.choose")
def choose(right, questions):
    """right: (recipes,), how many of the questions each got right. Returns a number, from 0.

    A share of exactly p minus one standard error counts as within it.
    Worked case: right [40, 46, 50, 49] of 100: best share 0.50, standard error 0.05: recipe 1.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "choose_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("07.choose", points=2)

# %%
runs = measures.stored("L07A")
valid, tested = (torch.tensor(runs[runs.series == which].pivot(index="seed", columns="x",
                                                               values="value").values)
                 for which in ("validation", "test"))                         # (seeds, recipes)
winner = valid.argmax(1)
simple = torch.tensor([int(choose((row * 60).round(), 60)) for row in valid])
picked = {"winner,\nvalidation": valid.gather(1, winner[:, None])[:, 0],
          "winner,\ntest": tested.gather(1, winner[:, None])[:, 0],
          "simplest within\n1 s.e., test": tested.gather(1, simple[:, None])[:, 0],
          "median recipe,\ntest": tested.median(1).values}

# %%
fig, (left, right) = plt.subplots(1, 2, figsize=(10.5, 3.4), sharey=True)
for loss, role in zip(LOSSES, ("student", "teacher", "attacker")):
    places = [RECIPES.index((loss, t, 5e-3)) for t in (0.0, 0.5, 1.0)]
    plots.band(left, [0, 0.5, 1], tested[:, places].T.tolist(), role, loss)
left.set(xlabel="temperature of the harvest", ylabel="explanations right (test)",
         title="Nine of the 18 recipes: those with rate 0.005", xticks=[0, 0.5, 1])
left.legend()
for i, values in enumerate(picked.values()):
    plots.dots(right, i, values.tolist(), "baseline" if i in (0, 3) else "student")
right.set_xticks(range(4), picked, fontsize=9)
right.set(title="What the search is worth (stored, 5 seeds)", xlim=(-0.5, 3.5), ylim=(0, 0.45))
plots.show(fig, "Left: explanations right against the temperature of the harvest, for three "
           "losses. Text at temperature 0 is clearly highest. Right: the winner's score on "
           "validation and on the test, the simplest recipe within a standard error, and the "
           "median recipe, far below.")

# %%
score_of = list(picked.values())
for name, one, other in (("the winner: validation minus test", 0, 1),
                         ("winner minus median recipe, test", 1, 3),
                         ("simplest within 1 s.e. minus winner, test", 2, 1)):
    print(f"{name}: {measures.paired_interval(score_of[one], score_of[other]).points()}")
one, other = (tested[:, RECIPES.index((loss, 0.0, 5e-3))] for loss in ("text", "top 5"))
print(f"text minus top 5, temperature 0, test: {measures.paired_interval(one, other).points()}")
print("chosen by the rule, seed by seed:", *(RECIPES[i] for i in simple), sep="\n    ")

# %% [markdown]
# The search finds a recipe clearly better than the median one, and what it finds is lesson 03 once more: ask
# greedily, learn the text. The five log-probs, sharpened or not, add nothing here. (Nor did they in two trials
# of three times as many steps. They ask the student to know all the wordings, as the soft targets of lesson 03
# did.)
#
# The winner's validation score is above its test score on average; with five seeds the interval does not
# exclude zero. The table of equals says what to fear when recipes are more alike than these. The simple rule
# costs nothing that five seeds could show.
#
# ## It looks right
#
# So far every number came from an answer key. Somebody who merely *reads* a student sees something else: how
# its answers look.
#
# Another harvester takes his questions from the first page of a textbook: sums and differences in which **no
# column passes anything on**, 352 + 417 and 748 - 325, never 352 + 479. He buys 400 answers.

# %%
def ask(questions):
    reply = text.completions.create(model="teacher", prompt=questions)
    return [choice.text for choice in reply.choices]

PASSES = {"+": "carry", "-": "borrow"}

def no_carry(question):
    return imitation.columns(question) == 0

page = [p.prompt for p in imitation.pick("reason", 400, seed=5, keep=no_carry)]
answers = ask(page)
for question, answer in zip(page[:2], answers):
    print(question, "\n   ", answer)

# %% [markdown]
# To compare looks and content, both need a judge that is a program. `skills.is_right` judges the content. The
# other must not know any answer.
#
# ### Exercise 07.3 · A judge of style (medium, 15 minutes)
#
# Has this answer the form that the teacher's answer to *this question* has? A step for each column, from the
# last digit to the first; in each the question's two digits, its sign, and `carry` for a sum or `borrow` for a
# difference (`PASSES`); then `=>` and a number. The digits that had to be *worked out* may be anything.

# %% nbgrader={"grade": false, "grade_id": "format_match", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("07.format_match")
def format_match(question, answer):
    """Two texts. Returns True or False.

    Worked case: to "reason 34 + 52 :" the answer
    "4 + 2 + 0 = 9 carry 1 ; 3 + 5 + 8 = 0 carry 0 ; => 7" has the form (and is wrong).
    With another order, sign or word, or with anything before or after it, it would not.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "format_match_check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
grade("07.format_match", points=3)

# %% [markdown]
# Now train on his 400 answers, and look at the student now and then, on test questions of both kinds: without a
# carry, as he asked them, and with one. Three judges: **at a glance** (steps, mark, number, whatever they are
# about), a **closer look** (your function), and **right**.
#
# **Predict.** After 150 steps: what will the closer look say of questions with a carry? And the answer key?

# %%
JUDGES, WHERE = ("at a glance", "closer look", "right"), ("asked", "not asked")
NAMES = ("asked: without a carry", "not asked: with a carry")

def judged(model, problems):
    """Three shares, (3,): see JUDGES."""
    said = decoding.answers(model, [p.prompt for p in problems])
    look = format_match if problems[0].domain == "reason" else imitation.close_look
    judges = (imitation.glance, look, skills.is_right)
    return torch.tensor([[float(judge(p.prompt, answer)) for judge in judges]
                         for p, answer in zip(problems, said)]).mean(0)

def pages(domain, keep, n=300):
    """n test questions that pass `keep`, and n that do not."""
    return [imitation.pick(domain, n, 0, lambda q, kind=kind: bool(keep(q)) == kind, "test")
            for kind in (True, False)]

# %%
LOOKS, tests, seen = (0, 5, 10, 20, 30, 50, 80, 150), pages("reason", no_carry, 150), {}
student = language.load_base()
batch = training.batches(language.pack(page, answers), seed=5)

def look():
    return [judged(student, test) for test in tests], decoding.answers(student, samples)

def watched(step):
    if step in LOOKS:
        seen[step] = look()
    return batch(step)

samples = [p.prompt for p in tests[1][:3]]
training.fit_language(student, watched, training.from_text, steps=LOOKS[-1], progress="student")
seen[LOOKS[-1]] = look()

# %% [markdown]
# **Move the slider** from the base model, step 0, to the end. Read as a busy customer would: when do you begin
# to believe it?

# %%
hers = decoding.answers(teacher, samples)

def at_step(step):
    fig, ax = plt.subplots(figsize=(9.5, 2.9))
    ax.axis("off")
    words = []
    for i, (question, own, her) in enumerate(zip(samples, seen[step][1], hers)):
        form, right = ("yes" if judge(question, own) else "no"
                       for judge in (format_match, skills.is_right))
        title = f"{question}     form: {form}, right: {right}"
        words.append(f"{title}; student: {own}")
        for j, line in enumerate((title, f"  teacher {her}", f"  student {own[:95]}")):
            ax.text(0, 1 - 0.35 * i - 0.1 * j, line, family="monospace", fontsize=8.5, va="top",
                    fontweight="bold" if j == 0 else "normal")
    ax.set_title(f"Questions of a kind that was not asked, after {step} steps")
    return fig, f"After {step} steps. {'. '.join(words)}."

widgets.slider(at_step, values=list(LOOKS), start=0, label="steps");

# %%
print(f"{samples[0]}\n   teacher   {hers[0]}")
for step in (0, 10, 30, 150):
    print(f"{step:4} steps   {seen[step][1][0][:85]}")

# %%
fig, axes = plt.subplots(1, 3, figsize=(10.5, 3), sharey=True)
for ax, judge in zip(axes, JUDGES):
    for i, role in enumerate(("student", "attacker")):
        colour, marker, line = plots.ROLES[role]
        shares = [seen[step][0][i][JUDGES.index(judge)] for step in LOOKS]
        ax.plot(range(len(LOOKS)), shares, color=colour, marker=marker, linestyle=line,
                label=NAMES[i])
    ax.set_xticks(range(len(LOOKS)), LOOKS)
    ax.set(title=judge, xlabel="steps of training", ylim=(-0.03, 1.05))
axes[0].set_ylabel("share of test questions")
axes[0].legend(loc="lower right")
plots.show(fig, "Your run, one seed, over the steps of training. At a glance the answers look "
           "like the teacher's after ten or so steps. On a closer look they do after fifty "
           "or so, on the kind of question that was asked and somewhat later on the other. "
           "Right answers follow on the kind that was asked, and stay at zero on the other.")

# %% [markdown]
# The form comes first, and it comes *everywhere*: within a few dozen steps the student takes the right digits,
# in the right order, with the right sign and the right word, also in questions of a kind that it has never been
# shown. Capability comes later, and only where the questions went. Where a column must pass something on, it
# writes some digit, `carry 0`, and goes on.
#
# One seed is an anecdote. Here are five, against the number of answers bought.

# %%
HALF = ("reverse", "sort", "double")
HOLDOUTS = {
    "sums: no carry": ("reason", no_carry),
    "sums: plus only": ("reason", lambda q: "+" in q),
    "programs: of two": ("code", lambda q: len(q.split()) == 5),
    "translate: no numbers": ("translate", lambda q: not {"two", "three"} & set(q.split())),
    "explain: 3 of 6 words": ("explain", lambda q: q.split()[1] in HALF)}
COUNTS = (0, 25, 50, 100, 200, 400)

def promise(seed, count, ask, holdout="sums: no carry", whole=False, steps=150):
    """Shares, (2, 3): questions of the kind that was asked and of the other, by three judges."""
    domain, keep = HOLDOUTS[holdout]
    plan = imitation.pick(domain, count, seed, (lambda q: True) if whole else keep)
    asked = [p.prompt for p in plan]
    student = learn(asked, ask(asked), seed, steps) if asked else language.load_base()
    return torch.stack([judged(student, test) for test in pages(domain, keep)])

# %%
r13 = measures.stored("R13")
def stored(holdout, where, judge, count):
    chosen = r13[(r13.series == f"{holdout}|{where}|{judge}") & (r13.x == count)]
    return chosen.sort_values("seed").value.tolist()

# %% tags=["signature"]
fig, axes = plt.subplots(1, 3, figsize=(10.5, 3.9), sharey=True)
for ax, judge in zip(axes, JUDGES):
    for i, (where, role) in enumerate(zip(WHERE, ("student", "attacker"))):
        values = [stored("sums: no carry", where, judge, count) for count in COUNTS]
        plots.band(ax, range(len(COUNTS)), values, role, NAMES[i])
        mine, label = seen[150][0][i][JUDGES.index(judge)], "your run; bands: five seeds, stored"
        ax.scatter([5], mine, s=90, marker="*", edgecolor="black", zorder=3,
                   color=plots.ROLES[role].colour, label=label if i else None)
    ax.set_xticks(range(len(COUNTS)), ["0\n(base)", *COUNTS[1:]])
    ax.set(xlabel="answers bought, none with a carry", ylim=(-0.03, 1.07))
plots.dots(axes[2], 5.6, stored("sums: no carry", "all kinds asked", "right", 400), "baseline",
           "with a carry, had 400 of\nall kinds been asked")
axes[0].set(ylabel="share of test questions", title="Looks like the teacher's, at a glance")
axes[1].set_title("… on a closer look")
axes[2].set_title("Is right")
fig.legend(*axes[2].get_legend_handles_labels(), loc="outside lower center", ncol=4)
plots.show(fig, "Three panels against the answers bought, none with a carry, 0 to 400: five "
           "stored seeds, stars for the reader's run. At a glance nearly all answers have "
           "the form from 100 on, on a closer look from 200 on, for the kind of question "
           "that was asked and for the kind that was not. Right answers: nine in ten on the "
           "kind that was asked, none on the other. Had 400 answers of all kinds been "
           "bought, about nine in ten of those would be right, too.")

# %%
def share(*chosen):
    interval = measures.mean_interval(stored("sums: no carry", *chosen))
    return "{:.2f} ({:.2f} to {:.2f})".format(*torch.tensor(interval).clamp(0, 1).tolist())

pd.DataFrame({judge: {f"{count} answers, {where}": share(where, judge, count)
                      for count in (50, 400) for where in WHERE} for judge in JUDGES})

# %%
print("with a carry, had all kinds been asked: right", share("all kinds asked", "right", 400))
easy = skills.problems("reason", 300, seed=0, split="test", easy=True)
print(f"sums of two digits: base {measures.exact_match(language.load_base(), easy):.0%}, "
      f"your student {measures.exact_match(student, easy):.0%}")

# %% [markdown]
# The base model knew neither the form nor the answers (the points at 0), the teacher knows both, and the same
# student would have learned to carry from 400 answers that carry now and then. The promise is false where the
# data do not reach, and nothing in the *style* says so.
#
# Gudibande and others (2023) found this in models that imitate ChatGPT. People rated them near the original;
# tests showed that they "close little to none of the gap ... on tasks that are not heavily supported in the
# imitation data". (Read in the abstract.)
#
# One thing is ours. The base model could add *two* digits, carries and all, and the last line says what became
# of that in your run. Training on new texts can take away what they do not ask for. (Not because nothing
# carried: in our trials it went the same way when all kinds were asked.)
#
# ## How closely did they look?
#
# One hold-out is one hold-out, and this one was chosen to be clean. Here are four more, each with 400 answers:
# sums with a plus and never a minus; programs of two operations and never three; sentences without numbers;
# explanations of three words out of six.
#
# **Predict.** On what was not asked: which of the five keep their form at a glance? Which on a closer look?

# %%
fig, ax = plt.subplots(figsize=(10.5, 3.3))
for i, name in enumerate(HOLDOUTS):
    for shift, judge, role in zip((0, 0.9, 1.8), JUDGES, ("baseline", "attacker", "student")):
        values = stored(name, "not asked", judge, 400)
        plots.dots(ax, 4 * i + shift, values, role, judge if i == 0 else None)
ax.set_xticks([4 * i + 0.9 for i in range(5)], [name.replace(": ", ":\n") for name in HOLDOUTS])
ax.set(ylim=(-0.05, 1.07), ylabel="share of what was not asked",
       title="400 answers, five ways to hold something back (stored, five seeds)")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, "Five hold-outs, three judges each, on what was not asked. At a glance four of "
           "five look nearly always like the teacher's, explanations about half the time. On "
           "a closer look only the sums without a carry still do; the other four never. "
           "Hardly any right in all five.")

# %% [markdown]
# At a glance four of the five pass. On a closer look, *one*: where a minus is asked the student writes a sum,
# where three operations are asked it does two, and a number in a sentence is left out. A reader who compares
# the answer with the question notices, without knowing the right answer. (In the last two the student had no
# choice: the words that a closer look wants had never been shown to it.)
#
# So the strong form of the promise, perfect style without content, needs a skill whose form is the same for
# what was asked and what was not. The weak form, a style that convinces at a glance, comes nearly for free.
#
# ## Ask where it is weak
#
# The remedy is in the signature figure: ask about the rest. But the buyer of the 400 answers does not know what
# the rest is. He can find out as follows: sort questions into **kinds**, buy a few answers of each, *keep them
# aside*, and count how often his student says something else. Then he spends a second round where the errors
# are.
#
# ### Exercise 07.4 · Spend by error (medium, 10 minutes)
#
# Share a budget among kinds in proportion to their errors. Whole numbers, and nothing may be lost: round down,
# then give what is left to the largest fractions, one each. No error at all: the same for everybody.

# %% nbgrader={"grade": false, "grade_id": "allocate", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("07.allocate")
def allocate(errors, budget):
    """errors: (kinds,), shares from 0 to 1. Returns (kinds,) int64 that sum to the budget.

    Worked case: errors [0.5, 0.25, 0.0], budget 10: [7, 3, 0] (6.67 and 3.33, rounded down).
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "allocate_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("07.allocate", points=2)

# %% [markdown]
# Seven kinds of sums: plus or minus, with 0, 1, 2 or 3 columns that pass something on (a difference has at most
# two). Round one buys 100 answers without a carry, and 10 of each kind to be kept aside. Round two has 100
# more. Four ways to spend them:

# %%
KINDS = ("+ 0", "+ 1", "+ 2", "+ 3", "- 0", "- 1", "- 2")
PLANS = ("more of the same", "evenly", "as they come", "by error")

def is_kind(name):
    return lambda question: name == f"{question.split()[2]} {imitation.columns(question)}"

SUMS = {"cells": {name: ("reason", is_kind(name)) for name in KINDS}, "checks": 10,
        "first": (50, 0, 0, 0, 50, 0, 0), "budget": 100, "steps": (100, 150)}
THREE = {"cells": {domain: (domain, lambda q: True) for domain in skills.DOMAINS[:3]},
         "first": (75, 75, 75), "checks": 25, "budget": 450, "steps": (150, 250)}

def spend(plan, errors, cells, first, budget, seed):
    """How many questions of each cell in round two, (cells,)."""
    if plan == "as they come":        # as often as a random question is of this kind
        errors = torch.tensor([sum(keep(p.prompt) for p in skills.problems(domain, 500, seed))
                               for domain, keep in cells.values()]) / 500
    elif plan != "by error":
        even = plan == "evenly"
        errors = torch.ones(len(first)) if even else torch.tensor(first) / sum(first)
    return allocate(errors, budget)

# %%
def mistakes(student, questions, told):
    """Share of questions to which a student's final answer is not the teacher's."""
    said = zip(questions, decoding.answers(student, questions))
    wrong = [skills.final_answer(answer) != skills.final_answer(told[q]) for q, answer in said]
    return sum(wrong) / len(wrong)

# %%
def two_rounds(seed, plans, ask, cells, first, checks, budget, steps):
    """Errors after round one, (cells,); test accuracy after round two by each plan, (plans,)."""
    pools = [[p.prompt for p in imitation.pick(domain, n + checks + budget, seed, keep)]
             for n, (domain, keep) in zip(first, cells.values())]
    begun = [q for n, pool in zip(first, pools) for q in pool[:n]]
    aside = [pool[n:n + checks] for n, pool in zip(first, pools)]
    paid = begun + sum(aside, [])
    told = dict(zip(paid, ask(paid)))
    student = learn(begun, [told[q] for q in begun], seed, steps[0])
    errors, after = torch.tensor([mistakes(student, few, told) for few in aside]), []
    for plan in plans:
        more = spend(plan, errors, cells, first, budget, seed).tolist()
        new = [q for n, m, pool in zip(first, more, pools) for q in pool[n + checks:][:m]]
        known = told | dict(zip(new, ask(new)))
        student = learn(list(known), list(known.values()), seed, steps[1])
        tests = {domain: TEST[domain] for domain, _ in cells.values()}.items()
        after.append(sum(measures.exact_match(student, test) for _, test in tests) / len(tests))
    return errors, torch.tensor(after)

# %%
errors, _ = two_rounds(10, (), ask, **SUMS)           # round one is yours; round two is stored
pd.DataFrame({"error after round one": errors.numpy().round(2),
              "100 more, by error": allocate(errors, 100)}, index=KINDS).T

# %% [markdown]
# (For everybody the answers kept aside join the training in round two: they were paid for.)
#
# **Predict**: rank the four plans. How far apart are the last three?

# %%
runs = measures.stored("L07C")
def after(where, plan):
    return runs[runs.series == f"{where}, {plan}"].sort_values("seed").value.tolist()

fig, ax = plt.subplots(figsize=(8, 3.2))
for i, (plan, role) in enumerate(zip(PLANS, ("baseline", "baseline", "baseline", "attacker"))):
    plots.dots(ax, i, after("sums", plan), role)
ax.set_xticks(range(4), PLANS)
ax.set(ylim=(0, 1.05), xlim=(-0.5, 3.5), ylabel="new sums right",
       title="100 answers more (stored: ten seeds)")
plots.show(fig, "New sums right after a second round of 100 answers, by four plans. More of the "
           "same: under half. Evenly over the kinds, as they come, and by error: seven or "
           "eight in ten.")

# %%
def compare(where, one, other):
    better = measures.paired_interval(after(where, one), after(where, other))
    print(f"{where}, {one} minus {other}: {better.points()}")

compare("sums", "evenly", "more of the same")
compare("sums", "by error", "evenly")
compare("sums", "by error", "as they come")
compare("three domains", "by error", "evenly")

# %% [markdown]
# The large step is to *reach* the rest at all. Between the plans that do, ten seeds show no difference, and the
# intervals leave room for a few points only: evenly, at random, by error, all are about the same. Over three
# whole domains, where round one had left no hole, the errors were no guide either. They say where a student is
# weak, not where the next answer helps most.
#
# What the 70 answers kept aside did tell is *that* there was a hole. The looks of the student would never have.

# %%
server.stop()

# %% [markdown]
# ## The evidence, in one table

# %%
def gain(row, one, other, x=None):
    """The paired interval of two series of a stored row."""
    kept = row if x is None else row[row.x == x]
    return measures.paired_interval(*(kept[kept.series == name].sort_values("seed").value.tolist()
                                   for name in (one, other)))

# %%
b, c = measures.stored("L07B"), measures.stored("L07C")
looks = [measures.mean_interval(stored(name, "not asked", "closer look", 400)).low
         for name in HOLDOUTS]
copy, truth = "teacher's answers", "true answers"
wrong = measures.mean_interval(stored("sums: no carry", "not asked", "right", 400))
seen_here = [
    ("on sums, a copy is worse than a student of the truth",
     gain(b, copy, truth, "reason").high < 0),
    ("on explanations, the teacher's answers teach more",
     gain(b, copy, truth, "explain").low > 0),
    ("the search beats its median recipe",
     measures.paired_interval(score_of[1], score_of[3]).low > 0),
    ("the winner scores better on validation than on the test",
     measures.paired_interval(score_of[0], score_of[1]).low > 0),
    ("carrying not asked: form over 90 %, right under 10 %",
     looks[0] > 0.9 and wrong.high < 0.1),
    ("the same in all five hold-outs, on a closer look", min(looks) > 0.9),
    ("reaching the rest helps", gain(c, "sums, evenly", "sums, more of the same").low > 0),
    ("by error beats evenly, kinds of sums", gain(c, "sums, by error", "sums, evenly").low > 0),
    ("by error beats evenly, three domains",
     gain(c, "three domains, by error", "three domains, evenly").low > 0)]

# %%
# NBVAL_CHECK_OUTPUT
pd.set_option("display.max_colwidth", 80)
published = ["", "", "", "(to be expected)", "yes (style, not factuality)", "", "", "", ""]
pd.DataFrame([(a, p or "(not reported)", "yes" if b else "not shown")
              for (a, b), p in zip(seen_here, published)],
             columns=["finding", "published", "seen here"])

# %% [markdown]
# ## Wrap-up: five questions

# %%
widgets.quiz("07")

# %% [markdown]
# ## What this does not show
#
# - The student is small, a thousand answers are few, 300 steps are few. That true answers and the teacher's
#   teach alike holds for a teacher that is nearly always right. With one that errs, cleaning matters (lesson
#   06).
# - The hold-out of the signature figure was chosen because its form is the same for both kinds of question. The
#   other four are there so that nobody takes it for the rule. "Never asked" is also the extreme: with a few
#   carrying sums among the 400, the student would have learned some.
# - On three digits the base model scores zero, too: imitation did not make it worse there, only no better. What
#   a student would keep of a skill that its base model really has, this hold-out cannot show.
# - Our judges of style are patterns. People judge style in other ways, and a real model's style has more to it
#   than the order of its tokens.
# - The search was small (18 recipes, 60 questions, one domain), and its settings are those of lesson 03's
#   trials. The test was looked at for all recipes, in order to show what a searcher cannot see.
# - The kinds of round two were ours to know. Finding out which kinds there are is the hard part.
#
# ## References
#
# - A. Gudibande and others, *The False Promise of Imitating Proprietary LLMs*, 2023.
#   [arXiv:2305.15717](https://arxiv.org/abs/2305.15717)
# - L. Breiman, J. Friedman, R. Olshen, C. Stone, *Classification and Regression Trees*, 1984 (the rule of one
#   standard error).
# - C.-Y. Hsieh and others, *Distilling Step-by-Step!*, 2023.
#   [arXiv:2305.02301](https://arxiv.org/abs/2305.02301)
# - Published figures and how each was read: the replication board, `benchmarks/replications.csv`.
#
# So far the provider has only watched. In part III she answers.

# %%
progress()
