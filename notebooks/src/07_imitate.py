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
# **Minutes** 60 · **You need** lessons 03 and 05 (a student of text; a harvest) · **You will be able to** turn a
# harvest into a student and report it per domain with intervals, search for settings without fooling yourself,
# tell a student that sounds like its teacher from one that can do what she does, and spend a second round of
# questions where the first left holes.
#
# teacher → defence → API → ledger → harvest → clean → **student → score**

# %%
import matplotlib.pyplot as plt
import pandas as pd
import torch

from course_utils import (api, clean, client, decoding, files, harvest, imitation, language, plots,
                          score, skills, training, widgets)
from course_utils.exercises import exercise, grade, progress

plots.picture("student", "score")

# %% [markdown]
# ## What half a dollar buys
#
# The fourth step. A teacher behind our API, a thousand questions over her four skills, the answers in a file.

# %%
server = api.serve({"teacher": language.load_language_teacher()})
text = client.text(server)
asked = [p.prompt for d in skills.DOMAINS for p in skills.problems(d, 250, seed=5)]
path = files.fresh("lesson_07.jsonl")
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
# (You pay by the token, so a skill that takes long to say costs more. The prices are our own invention.)
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
live = [score.exact_match(student, TEST[domain]) for domain in skills.DOMAINS]

# %% [markdown]
# **Predict, then look.** Compare it with a student of the same size, the same questions, the same 300 steps, whose
# answers were *true* ones, written by the course's own program. Is the copy of the teacher worse, equal, or better?
# By how much, in which domain?

# %%
def bought(seed, whose, ask, each=250, steps=300):
    """Test accuracy by domain, (4,), of a student of the teacher's answers or of true ones."""
    found = [p for domain in skills.DOMAINS for p in skills.problems(domain, each, seed)]
    asked = [p.prompt for p in found]
    texts = ask(asked) if whose == "teacher's answers" else [p.completion for p in found]
    student = learn(asked, texts, seed, steps)
    return torch.tensor([score.exact_match(student, TEST[domain]) for domain in skills.DOMAINS])

# %%
runs, sources = score.stored("L07B"), {"true answers": "baseline", "teacher's answers": "student"}
fig, ax = plt.subplots(figsize=(8, 3.2))
for i, domain in enumerate(skills.DOMAINS):
    for shift, (whose, role) in zip((0, 0.9), sources.items()):
        values = runs[(runs.series == whose) & (runs.x == domain)].value.tolist()
        plots.dots(ax, 3 * i + shift, values, role, f"{whose}: stored, five seeds" if i == 0 else None)
    ax.scatter([3 * i + 0.9], live[i], s=90, marker="*", edgecolor="black", zorder=3,
               color=plots.ROLES["student"].colour, label=None if i else "your student")
    ax.plot([3 * i - 0.4, 3 * i + 1.3], [1, 1], color=plots.ROLES["teacher"].colour,
            label=None if i else "the teacher")
ax.set_xticks([0.45, 3.45, 6.45, 9.45], skills.DOMAINS)
ax.set(ylim=(-0.03, 1.05), ylabel="new questions right", title="A thousand answers, 300 steps")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, "New questions right in four domains, for students of 1,000 true answers and of 1,000 of the "
           "teacher's. Sums about eight in ten, programs and translations about a quarter, whichever the "
           "source. In explanations the teacher's answers give clearly more.")

# %%
teacher = language.load_language_teacher()
lines = []
for i, domain in enumerate(skills.DOMAINS):
    one, other = (runs[(runs.series == s) & (runs.x == domain)].value.tolist() for s in sources)
    lines.append((domain, score.exact_match(teacher, TEST[domain]), *(
        "{:.2f} ({:.2f} to {:.2f})".format(*score.mean_interval(v)) for v in (other, one)),
        score.paired_interval(other, one).points()))
pd.DataFrame(lines, columns=["domain", "teacher", "from her answers", "from true answers",
                             "hers minus true"]).set_index("domain")

# %% [markdown]
# In the three domains where one question has one wording, the copy of the teacher and the copy of the truth cannot be
# told apart: she is nearly always right, and her text is the truth. In explanations *hers teach more*: greedy, she
# says everything in few ways (lesson 03).
#
# The teacher's column is 1. For a provider who thinks that a copy must be worse than real data, this is bad news; for
# half a dollar, the student is still far from her. More answers, more steps, a larger student: lesson 03's curve
# says how sums go on.

# %%
r08 = score.stored("R08")
with_traces, without = (r08[(r08.series == way) & (r08.x == 800)].value.mean()
                        for way in ("traces", "answers only"))
print(f"lesson 03: 800 answers with their traces teach {with_traces:.0%} of the sums, without {without:.0%}")

# %% [markdown]
# ## Turning the knobs
#
# Could a better recipe get more out of the same money? The attacker of part II can turn these:
#
# - the **temperature** at which the API samples its answers;
# - the **loss**: on the text alone, or on the log-probs of the five likeliest tokens, which our API shows beside it,
#   as they are or sharpened by a temperature of their own;
# - the **learning rate**.
#
# *Explain* is where they matter: only there is the teacher ever unsure of her next token.

# %%
def ask_softly(questions, temperature=0.0, seed=0):
    """For each question a pair: the answer's tokens, and at each place {token: log-prob} of five."""
    reply = text.completions.create(model="teacher", prompt=questions, temperature=temperature,
                                    seed=seed, logprobs=5)
    return [(choice.logprobs.tokens, choice.logprobs.top_logprobs) for choice in reply.choices]

tokens, rivals = ask_softly(["explain sort 415 :"])[0]
print(tokens[0], {token: round(value, 2) for token, value in rivals[0].items()})

# %% [markdown]
# Five tokens of 195. What of the rest? Their probabilities sum to something below 1, and what is missing belongs to the
# others *together*; nobody told you how they share it.
#
# ### Exercise 07.1 · The five you can see (hard, 15 minutes)
#
# Cross-entropy with such a target: $-\sum_{i \in \text{top}} p_i \log q_i - (1 - \sum_i p_i) \log(1 - \sum_i q_i)$.
# All other tokens count as one. Served numbers are rounded, so they may sum to a little *more* than 1; and a student
# may be so sure of one token that $1 - \sum q_i$ comes out as exactly 0.

# %% nbgrader={"grade": false, "grade_id": "top_k_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("07.top_k_loss")
def top_k_loss(student_logits, top, logprobs):
    """(n, vocabulary); (n, k) token numbers; (n, k) their served log-probs. Returns a scalar, the mean.

    What is left of the target, 1 minus the served probabilities, is never below 0.
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
# Eighteen recipes. Which is best must be found out on questions that are *not* the test: 60 questions, bought from the
# teacher like the others and kept aside. The attacker has no answer key; a student is right when it says what she
# said.

# %%
def searched(seed, recipes, ask, n=300, checks=60, steps=100):
    """Shares right, (2, recipes): on the validation questions, and on the test."""
    found = [p.prompt for p in skills.problems("explain", n + checks, seed)]
    asked, held = found[:n], found[n:]
    key = [skills.final_answer(imitation.text_of(reply)) for reply in ask(held)]
    sold = {t: imitation.pack_soft(asked, ask(asked, t, seed)) for t in {t for _, t, _ in recipes}}
    right = []
    for loss, temperature, rate in recipes:
        student = training.fit_language(language.load_base(), imitation.soft_batches(
            sold[temperature], seed=seed), LOSSES[loss], steps=steps, lr=rate, progress=loss)
        said = map(skills.final_answer, decoding.answers(student, held))
        right.append((sum(map(str.__eq__, map(str, said), map(str, key))) / checks,
                      score.exact_match(student, TEST["explain"])))
    return torch.tensor(right).T

few = [("text", 0.0, 5e-3), ("text", 1.0, 5e-3), ("top 5", 0.0, 5e-3), ("top 5", 1.0, 5e-3)]
live = searched(5, few, ask_softly)
pd.DataFrame(live.T.numpy().round(2), [f"{a}, temperature {b:g}" for a, b, _ in few],
             ["validation", "test"])

# %% [markdown]
# (An attacker would look at the second column once, for the recipe that the first one chose. You see all of it, to learn
# how far the first can be trusted.)
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
# Every extra in this table is luck. Two habits keep it small: more validation questions, and not to take the winner
# too seriously.
#
# ### Exercise 07.2 · The simplest that will do (medium, 10 minutes)
#
# The **rule of one standard error** (Breiman and others, 1984): let $p$ be the best share right. Its standard error is
# $\sqrt{p(1-p)/n}$ with $n$ questions. Whatever comes within one of it may well be as good. Take the *simplest* such
# recipe: they are listed from simple to complicated, so the first.

# %% nbgrader={"grade": false, "grade_id": "choose", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("07.choose")
def choose(right, questions):
    """right: (recipes,), how many of so many questions each got right. Returns a recipe's number, from 0.

    Worked case: right [40, 46, 50, 49] of 100: best share 0.50, standard error 0.05: recipe 1.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "choose_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("07.choose", points=2)

# %%
runs = score.stored("L07A")
valid, tested = (torch.tensor(runs[runs.series == which].pivot(index="seed", columns="x",
                                                               values="value").values)
                 for which in ("validation", "test"))                         # (seeds, recipes)
winner = valid.argmax(1)
simple = torch.tensor([int(choose((row * 60).round(), 60)) for row in valid])
picked = {"the winner,\non validation": valid.gather(1, winner[:, None])[:, 0],
          "the winner,\non the test": tested.gather(1, winner[:, None])[:, 0],
          "the simplest within\n1 s.e., on the test": tested.gather(1, simple[:, None])[:, 0],
          "the median recipe,\non the test": tested.median(1).values}

# %%
fig, (left, right) = plt.subplots(1, 2, figsize=(10.5, 3.4), sharey=True)
for i, (loss, role) in enumerate(zip(LOSSES, ("student", "teacher", "attacker"))):
    places = [RECIPES.index((loss, t, 5e-3)) for t in (0.0, 0.5, 1.0)]
    plots.band(left, [0, 0.5, 1], tested[:, places].T.tolist(), role, loss)
left.set(xlabel="temperature of the harvest", ylabel="explanations right (test)",
         title="18 recipes; here the 9 with rate 0.005", ylim=(0, None), xticks=[0, 0.5, 1])
left.legend()
for i, (name, values) in enumerate(picked.items()):
    plots.dots(right, i, values.tolist(), "baseline" if i in (0, 3) else "student")
right.set_xticks(range(4), picked, fontsize=9)
right.set(title="What the search is worth (stored, five seeds)", xlim=(-0.5, 3.5))
plots.show(fig, "Left: explanations right against the temperature of the harvest, for three losses. Text at "
           "temperature 0 is clearly highest. Right: the winner's score on validation and on the test, the "
           "simplest recipe within a standard error, and the median recipe, which is far below.")

# %%
score_of = list(picked.values())
for name, pair in (("the winner: validation minus test", (0, 1)), ("winner minus median recipe, test", (1, 3)),
                   ("simplest within 1 s.e. minus winner, test", (2, 1))):
    print(f"{name}: {score.paired_interval(*(score_of[i] for i in pair)).points()}")
pd.Series([RECIPES[i] for i in simple], name="chosen by the rule, seed by seed").to_frame().T
