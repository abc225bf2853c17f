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
# **Minutes** 60 · **You need** lessons 03 and 05 (a student of text; a harvest) · **You will be able to** train a
# student on a harvest and report its accuracy with intervals, choose a recipe on validation questions, measure
# style and accuracy separately, and decide which questions to buy next.
#
# teacher → defence → API → ledger → harvest → clean → **student → score**

# %%
import copy  # noqa: I001
import re  # noqa: F401  (for your answers)

import matplotlib.pyplot as plt
import pandas as pd
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
# The teacher is behind our API. The next cell asks it 1,000 questions, 250 from each of its four domains, and
# cleans the answers as in lesson 06.

# %%
server = api.serve({"teacher": language.load_language_teacher()})
text = client.text(server)
questions = [p.prompt for d in skills.DOMAINS for p in skills.problems(d, 250, seed=5)]
path = bundled.fresh("lesson_07.jsonl")
harvest.harvest(server, questions, path)
rows, report = clean.run(harvest.read(path),
                         {"cut off": clean.cut_off, "wrong": clean.wrong,
                          "duplicate": clean.duplicate})
print(f"{len(questions)} questions asked, {len(rows)} rows left after cleaning")

# %%
book = server.ledger()
bill = book.cost.groupby(book.prompt.str.split().str[0]).sum()[list(skills.DOMAINS)]
print(f"the bill: ${bill.sum():.2f}")
(bill / 250 * 1000).round(2).rename("$ for 1,000 answers")

# %% [markdown]
# You pay by the token, so long answers cost more. (The prices are ours.) Cleaning removed nothing: each question was
# asked once, and the teacher is right on nearly all of them.
#
# The student starts from the base model of lesson 03. It learns from these rows for 300 steps. The test set has
# 500 new questions of each domain; nobody trains on them. To save time, your own student answers the first 200.

# %%
TEST = {domain: skills.problems(domain, 500, seed=0, split="test")
        for domain in skills.DOMAINS}

def learn(questions, answers, seed, steps):
    """A student: a copy of the base model, trained on these answers."""
    batch = training.batches(language.pack(questions, answers), seed=seed)
    return training.fit_language(language.load_base(), batch, training.from_text,
                                 steps=steps, progress=f"{len(questions)} answers")

student = learn(rows.prompt, rows.answer, seed=5, steps=300)
own = [measures.exact_match(student, TEST[domain][:200]) for domain in skills.DOMAINS]

# %% [markdown]
# **Predict, then look.** A second student has the same size, the same questions and the same 300 steps, but *true*
# answers, written by the course's own program. Is the student of the teacher's answers worse than this one, equal
# or better? By how much, in which domain?

# %%
def bought(seed, whose, ask, each=250, steps=300):
    """Test accuracy by domain, (4,), of a student of the teacher's answers or of true
    ones."""
    found = [p for domain in skills.DOMAINS
             for p in skills.problems(domain, each, seed)]
    asked = [p.prompt for p in found]
    texts = ask(
        asked) if whose == "teacher's answers" else [p.completion for p in found]
    student = learn(asked, texts, seed, steps)
    return torch.tensor([measures.exact_match(student, TEST[domain])
                         for domain in skills.DOMAINS])

# %% [markdown]
# Five seeds of this take minutes, so their results are stored with the replication board. `series` reads them.

# %%
def series(row, name, x=None):
    """One series of a stored row of the board, a value for each seed."""
    runs = measures.stored(row)
    runs = runs[runs.series == name]
    return (runs if x is None else runs[runs.x == x]).sort_values("seed").value.tolist()

def difference(one, other):
    """The 95 % interval of one series minus another; each is (row, name) or (row, name,
    x)."""
    return measures.paired_interval(series(*one), series(*other))

# %%
SOURCES = {"true answers": "baseline", "teacher's answers": "student"}
fig, ax = plt.subplots(figsize=(8, 3.2))
for i, domain in enumerate(skills.DOMAINS):
    for shift, (whose, role) in zip((0, 0.9), SOURCES.items()):
        values = series("L07B", whose, domain)
        plots.dots(ax, 3 * i + shift, values, role,
                   None if i else f"{whose}: stored, 5 seeds")
    ax.scatter([3 * i + 1.35], own[i], s=90, marker="*", edgecolor="black", zorder=3,
               color=plots.ROLES["student"].colour,
               label=None if i else "your student, 200 questions")
    ax.plot([3 * i - 0.4, 3 * i + 1.6], [1, 1], color=plots.ROLES["teacher"].colour,
            label=None if i else "the teacher")
ax.set_xticks([0.45, 3.45, 6.45, 9.45], skills.DOMAINS)
ax.set(ylim=(-0.03, 1.05), ylabel="share of new questions right",
       title="Only in explanations do the teacher's answers teach more than true ones")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, "Share of new questions right in four domains, for students of 1,000 "
           "true answers and of 1,000 of the teacher's. Sums about eight in ten, "
           "programs and translations about two in ten, with either source. In "
           "explanations the teacher's answers give clearly more.")

# %%
teacher = language.load_language_teacher()
lines = []
for domain in skills.DOMAINS:
    truth, taught = (("L07B", name, domain) for name in SOURCES)
    lines.append((domain, measures.exact_match(teacher, TEST[domain]), *(
        "{:.2f} ({:.2f} to {:.2f})".format(*measures.mean_interval(series(*source)))
        for source in (taught, truth)),
        difference(taught, truth).points()))
pd.DataFrame(lines,
             columns=["domain", "teacher", "from its answers", "from true answers",
                      "teacher's minus true"]).set_index("domain")

# %% [markdown]
# In explanations the teacher's answers teach more, by 31 points (15 to 46). In the other three domains no
# difference was shown. There a question has one or two right wordings, and the teacher is nearly always right. So
# its text is mostly the true text.
#
# An explanation has millions of right wordings. A greedy teacher uses few of them, and few are easier to learn.
# Lesson 03 has the control: the same teacher's *sampled* answers, which use many wordings.
#
# The student is far below the teacher. What would more answers bring? And what does a **trace** (the written-out
# steps) cost? Lesson 03 measured this on sums.

# %%
greedy, sampled = ("R06", "sequence-level"), ("R06", "sampled")
print("explain, greedy minus sampled answers (lesson 03):",
      difference(greedy, sampled).points())
sums = rows.answer[rows.prompt.str.startswith("reason")]
final, whole = (sum(len(skills.TOKENIZER.encode(t)) for t in texts)
                for texts in (sums.map(skills.final_answer), sums))
print(f"{1 - final / whole:.0%} of the tokens of a sum's answer are its trace")
for way in ("traces", "answers only"):
    taught = {n: measures.mean_interval(series("R08", way, n)).mean
              for n in (100, 400, 800)}
    print(f"{way:13}",
          *(f"{n} answers: {share:.0%} right  " for n, share in taught.items()))

# %% [markdown]
# In explanations greedy answers teach 16.5 points more than sampled ones (9.1 to 23.8). On sums, a student of 400
# answers with traces is right on 86 %. Nine tenths of an answer are its trace, and it is worth its price: 100
# answers with traces lead to 37 %, and 800 without to 1 %.

# %% [markdown]
# ## Choosing a recipe
#
# Could another recipe get more from the same answers? A recipe has three settings:
#
# - the **temperature** at which the API samples its answers;
# - the **loss**: from the text alone, or from the log-probs of the five most likely tokens, which our API serves
#   with each token. They may be used as they are, or sharpened (recomputed at a temperature below 1);
# - the **learning rate**.
#
# We search on *explain*, where the teacher has many wordings to choose from.

# %%
def ask_logprobs(questions, temperature=0.0, seed=0):
    """For each question a pair: the answer's tokens; at each position {token: log-prob}
    of five."""
    reply = text.completions.create(model="teacher", prompt=questions,
                                    temperature=temperature, seed=seed, logprobs=5)
    return [(choice.logprobs.tokens,
             choice.logprobs.top_logprobs) for choice in reply.choices]

tokens, top_five = ask_logprobs(["explain sort 415 :"])[0]
print(tokens[0], {token: round(value, 2) for token, value in top_five[0].items()})

# %% [markdown]
# These are five tokens of 195. The rest of the probability belongs to the other 190 *together*. The API does not
# say how it is divided among them.
#
# ### Exercise 07.1 · The five that you can see (hard, 15 minutes)
#
# Return the cross-entropy with such a target, where all other tokens count as one:
#
# $$-\sum_{i \in \text{top}} p_i \log q_i \; - \; \Big(1 - \sum_{i \in \text{top}} p_i\Big) \log \Big(1 - \sum_{i \in \text{top}} q_i\Big)$$
#
# Here $p$ is what was served, and $q$ is the student's softmax over the whole vocabulary. Two cases need some care.
# Served numbers are rounded, so they may sum to a little *more* than 1. And a student may be so sure of one token
# that $1 - \sum q_i$ comes out as exactly 0.

# %% nbgrader={"grade": false, "grade_id": "top_k_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("07.top_k_loss")
def top_k_loss(student_logits, top, logprobs):
    """(n, vocabulary); (n, k) token numbers; (n, k) their log-probs. Returns the mean
    over n.

    What is left of the target, 1 minus the served probabilities, is never below 0.
    Logits may lie 200 apart, and the gradient must survive that: a clamp inside a
    logarithm has none.
    Worked case: logits [[0, 0, 0, 0]], top [[2]], logprobs [[log 0.5]]: 0.837.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "top_k_loss_check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
grade("07.top_k_loss", points=3)

# %%
def from_words(model, tokens, asked, top, logprobs):
    return training.from_text(model, tokens, asked)

def from_rivals(temperature):
    """The loss on the five served log-probs, recomputed at a temperature: below 1
    sharpened."""
    def loss(model, tokens, asked, top, logprobs):
        wanted = asked[:, 1:]
        target = imitation.soften(logprobs[:, 1:][wanted], temperature)
        return top_k_loss(model(tokens)[:, :-1][wanted], top[:, 1:][wanted], target)
    return loss

LOSSES = {"text": from_words, "top 5, sharpened": from_rivals(0.5),
          "top 5": from_rivals(1.0)}
RECIPES = [(loss, temperature, rate) for loss in LOSSES
           for temperature in (0.0, 0.5, 1.0) for rate in (5e-3, 1e-2)]
len(RECIPES)

# %% [markdown]
# The best of eighteen recipes must be found on **validation** questions, which are *not* the test. The attacker
# buys 60 of them and does not train on them. It has no answer key: a student's answer counts as right
# if its final answer is the teacher's.

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
            sold[temperature], seed=seed), LOSSES[loss], steps=steps, lr=rate,
                                        progress=loss)
        said = [skills.final_answer(answer)
                for answer in decoding.answers(student, held)]
        right.append((sum(a == b for a, b in zip(said, key)) / checks,
                      measures.exact_match(student, TEST["explain"])))
    return torch.tensor(right).T

one_recipe = ("top 5", 0.0, 5e-3)
validation, test = searched(5, [one_recipe], ask_logprobs)[:, 0].tolist()
print(f"{one_recipe}: validation {validation:.2f}, test {test:.2f}")

# %% [markdown]
# (An attacker may look at the test once, with the recipe that validation chose. We look at all test scores, to see how
# far validation can be trusted.)
#
# **Predict.** Take the recipe with the best validation score of all eighteen. Will its test score be equal to that,
# above it or below it?
#
# The best of many noisy scores is too high on average. A recipe wins because it is good *and* because the 60
# questions happened to suit it. The next cell takes the extreme case: all recipes are equal, and right on 20 %.

# %%
def best_of(recipes, questions, truth=0.2,
            draw=torch.Generator().manual_seed(0)):  # noqa: B008
    """The winner's validation score among equal recipes, on average."""
    right = torch.rand(1000, recipes, questions, generator=draw) < truth
    return right.float().mean(-1).amax(1).mean().item()

pd.DataFrame({f"{q} questions": [best_of(r, q) for r in (1, 4, 18, 100)]
              for q in (20, 60, 240)},
             index=[f"best of {r}" for r in (1, 4, 18, 100)]).round(2)

# %% [markdown]
# Everything above 0.20 in this table is chance: with 18 equal recipes and 60 questions the winner shows 0.30. So a
# winner's validation score is not its accuracy.
#
# ### Exercise 07.2 · The simplest that will do (medium, 10 minutes)
#
# The **rule of one standard error** (Breiman and others, 1984): let $p$ be the best share right. With $n$ questions
# its standard error is $\sqrt{p(1-p)/n}$. A recipe whose share is within one standard error of $p$ may be as good.
# Take the *simplest* of these. The recipes are listed from simple to complicated, so it is the first.

# %% nbgrader={"grade": false, "grade_id": "choose", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("07.choose")
def choose(right, questions):
    """right: (recipes,), how many of the questions each got right. Returns an index,
    from 0.

    A share of exactly p minus one standard error counts as within it.
    Worked case: right [40, 46, 50, 49] of 100: best share 0.50, standard error 0.05:
    recipe 1.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "choose_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("07.choose", points=2)

# %%
valid, tested = (torch.tensor([series("L07A", which, i) for i in range(len(RECIPES))]).T
                 # (seeds, recipes)
                 for which in ("validation", "test"))
winner = valid.argmax(1, keepdim=True)
simple = torch.tensor([[int(choose((row * 60).round(), 60))] for row in valid])
picked = {"winner,\nvalidation": valid.gather(1, winner)[:, 0],
          "winner,\ntest": tested.gather(1, winner)[:, 0],
          "one standard\nerror, test": tested.gather(1, simple)[:, 0],
          "first recipe,\ntest": tested[:, 0],
          "median recipe,\ntest": tested.median(1).values}
on_valid, on_test, by_rule, first, median = picked.values()

# %%
fig, (left, right) = plt.subplots(1, 2, figsize=(11, 3.4), sharey=True,
                                  width_ratios=[4, 5])
for i, (loss, shade, marker) in enumerate(zip(LOSSES, ("#111111", "#666666", "#aaaaaa"),
                                              "osD")):
    for j, temperature in enumerate((0.0, 0.5, 1.0)):
        mean, low, high = measures.mean_interval(
            tested[:, RECIPES.index((loss, temperature, 5e-3))])
        left.errorbar([j + 0.15 * (i - 1)], [mean], [[mean - low], [high - mean]],
                      color=shade, marker=marker, capsize=4,
                      label=None if j else f"loss: {loss}")
left.set_xticks(range(3), ["0", "0.5", "1"])
left.set(xlabel="temperature of the harvest", ylabel="share of explanations right",
         title="Test, nine recipes with rate 0.005")
left.legend(fontsize=9)
for i, values in enumerate(picked.values()):
    plots.dots(right, i, values.tolist(), "student" if i in (1, 2) else "baseline")
right.set_xticks(range(5), picked, fontsize=9)
right.set(title="No gain over the first recipe is shown", xlim=(-0.5, 4.5),
          ylim=(0, 0.45))
plots.show(fig, "Stored, five seeds. Left: explanations right on the test for three "
           "losses at three temperatures of the harvest. Text at temperature 0 is "
           "highest. Right: the winner's score on validation and on the test, the "
           "recipe chosen by one standard error, the first recipe, all about as high, "
           "and the median recipe, far below.")

# %%
def print_difference(name, interval):
    print(f"{name}: {interval.points()}")

print_difference("winner minus median recipe, test",
                 measures.paired_interval(on_test, median))
print_difference("winner minus first recipe, test",
                 measures.paired_interval(on_test, first))
print_difference("winner, validation minus test",
                 measures.paired_interval(on_valid, on_test))
print_difference("one standard error minus winner, test",
                 measures.paired_interval(by_rule, on_test))
text_only, top_5 = (("L07A", "test", RECIPES.index((loss, 0.0, 5e-3)))
                    for loss in ("text", "top 5"))
print_difference("text minus top 5, temperature 0, test", difference(text_only, top_5))
print("chosen by the rule, seed by seed:", *(RECIPES[i] for i in simple[:, 0]),
      sep="\n    ")

# %% [markdown]
# The winner's test score is 3.6 points below its validation score in the mean, but with five seeds this is not
# shown (−0.8 to +8.0). The search finds a recipe that is 11.1 points better than the median one (4.5 to 17.8).
# Against the first recipe of the list, which needs no search, no gain was shown: −0.6 points (−4.1 to +3.0). That
# recipe is lesson 03's: greedy answers, learned as text. The rule of one standard error chose it on four of five
# seeds.
#
# The five log-probs teach less than the text, by 12.1 points (6.6 to 17.5). A possible reason is that they ask the student to
# learn all wordings at once. In lesson 03 whole distributions did not beat text either (−1.5 points, −3.8 to +0.7).

# %% [markdown]
# ## Style and accuracy
#
# So far an answer key gave every score. Somebody who only *reads* a student's answers judges their style.
#
# Another attacker buys 400 answers to questions from the first chapter of a textbook. These are sums and differences
# in which **no column carries or borrows**, such as 352 + 417 and 748 - 325, never 352 + 479.

# %%
def ask(questions):
    reply = text.completions.create(model="teacher", prompt=questions)
    return [choice.text for choice in reply.choices]

PASSES = {"+": "carry", "-": "borrow"}

def no_carry(question):
    return imitation.columns(question) == 0

prompts = [p.prompt for p in imitation.pick("reason", 400, seed=5, keep=no_carry)]
answers = ask(prompts)
for question, answer in zip(prompts[:2], answers):
    print(question, "\n   ", answer)

# %% [markdown]
# Style and accuracy are each judged by a program. `skills.is_right` judges accuracy, with an answer key. The judge
# of style must not know any answer.
#
# ### Exercise 07.3 · A judge of style (medium, 15 minutes)
#
# Has this answer the form that the teacher's answer to *this question* has? There is one step for each column, from
# the last digit to the first, as in the worked case. A step has the question's two digits, its sign (twice), and the
# word `carry` for a sum or `borrow` for a difference (`PASSES`). After the steps come `=>` and a number. The digits
# that had to be *worked out* may be anything: what comes in from the column before, the result and what goes out.

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
# Three judges will look at each answer:
#
# - **domain format** asks whether it looks like any answer of this domain (steps, mark, number).
# - **format match** is your function: the format of the answer to this very question.
# - **right** asks whether the final answer is the one in the key.
#
# The test questions are of two kinds: *covered* by the training answers (without a carry) and *not covered* (with at
# least one). Now train on the 400 answers, and keep copies of the student on the way.
#
# **Predict.** After 150 steps, how many answers to questions *with* a carry pass the format match? How many are
# right?

# %%
JUDGES, WHERE = ("domain format", "format match", "right"), ("covered", "not covered")

def judged(model, problems):
    """Three shares, (3,), in the order of JUDGES."""
    said = decoding.answers(model, [p.prompt for p in problems])
    match = format_match if problems[0].domain == "reason" else imitation.close_look
    checks = (imitation.glance, match, skills.is_right)
    return torch.tensor([[float(check(p.prompt, answer)) for check in checks]
                         for p, answer in zip(problems, said)]).mean(0)

def both_kinds(domain, keep, n=300):
    """n test questions that pass `keep` (covered), and n that do not."""
    return [imitation.pick(domain, n, 0, lambda q,
                           kind=kind: bool(keep(q)) == kind, "test")
            for kind in (True, False)]

# %%
student, copies = language.load_base(), {}
next_batch = training.batches(language.pack(prompts, answers), seed=5)

def watched(step):
    """The next batch. At some steps it first keeps a copy of the student as it is."""
    if step in (0, 5, 10, 20, 30, 50, 80):
        copies[step] = copy.deepcopy(student)
    return next_batch(step)

training.fit_language(student, watched, training.from_text, steps=150,
                      progress="student")
copies[150] = student

# %%
samples = [p.prompt
           for p in imitation.pick("reason", 3, 0, lambda q: not no_carry(q), "test")]
sample_answers = {step: decoding.answers(model, samples)
                  for step, model in copies.items()}
teacher_answers = decoding.answers(teacher, samples)

# %% [markdown]
# **Move the slider** from the base model, step 0, to the end. If you read the answers quickly, at which step would
# you begin to believe them?

# %%
def at_step(step):
    fig, ax = plt.subplots(figsize=(9.5, 2.9))
    ax.axis("off")
    words = []
    for i, (question, own, right) in enumerate(zip(samples, sample_answers[step],
                                                   teacher_answers)):
        match, is_right = ("yes" if judge(question, own) else "no"
                           for judge in (format_match, skills.is_right))
        title = f"{question}     format match: {match}, right: {is_right}"
        words.append(f"{title}; student: {own}")
        for j, line in enumerate((title, f"  teacher {right}",
                                  f"  student {own[:95]}")):
            ax.text(0, 1 - 0.35 * i - 0.1 * j, line, family="monospace",
                    fontsize=8.5, va="top", fontweight="bold" if j == 0 else "normal")
    ax.set_title(f"Questions of a kind that was not covered, after {step} steps")
    return fig, f"After {step} steps. {'. '.join(words)}."

widgets.slider(at_step, values=list(copies), start=0, label="steps");

# %%
print(f"{samples[0]}\n   teacher   {teacher_answers[0]}")
for step in (0, 10, 30, 150):
    print(f"{step:4} steps   {sample_answers[step][0][:85]}")

# %%
mine = torch.stack([judged(student, test)
                    for test in both_kinds("reason", no_carry, 150)])
pd.DataFrame(mine.numpy().round(2), WHERE, JUDGES)

# %% [markdown]
# After 150 steps 95 % of the answers to questions with a carry pass the format match, and none is right. The
# student takes the right digits in the right order, with the right sign and word, also for a kind of question that
# it has never seen. Where a column must carry or borrow, it writes some digit and `carry 0` or `borrow 0`.
#
# The next figure shows five seeds and different numbers of answers. It has a control, too: 400 answers of all
# kinds.

# %%
HOLDOUTS = {
    "sums: no carry": ("reason", no_carry),
    "sums: plus only": ("reason", lambda q: "+" in q),
    "programs: two operations": ("code", lambda q: len(q.split()) == 5),
    "translate: no numbers": ("translate",
                              lambda q: not {"two", "three"} & set(q.split())),
    "explain: 3 of 6 operations": ("explain", lambda q: q.split()[1]
                                   in ("reverse", "sort", "double"))}
COUNTS = (0, 25, 50, 100, 200, 400)

def style_and_accuracy(seed, count, ask, holdout="sums: no carry", whole=False,
                       steps=150):
    """Shares, (WHERE, JUDGES), of a student of `count` covered answers; whole: of all
    kinds."""
    domain, keep = HOLDOUTS[holdout]
    plan = imitation.pick(domain, count, seed, (lambda q: True) if whole else keep)
    prompts = [p.prompt for p in plan]
    student = learn(prompts, ask(prompts), seed,
                    steps) if prompts else language.load_base()
    return torch.stack([judged(student, test) for test in both_kinds(domain, keep)])

# %%
def stored(holdout, where, judge, count=400):
    return series("R13", f"{holdout}|{where}|{judge}", count)

NO_CARRY, CONTROL = "sums: no carry", "control: all kinds"

# %%
DRAWN = (("covered: no carry", plots.ROLES["student"].colour, "s", "-"),
         ("not covered: with a carry", "#333333", "v", "--"))
TITLE = "Style spreads to what the data do not cover, accuracy does not"

def curve(where, judge):
    """Means, lower and upper ends against the answers bought."""
    return zip(*(measures.mean_interval(stored(NO_CARRY, where, judge, count))
                 for count in COUNTS))

# %% tags=["signature"]
fig, axes = plt.subplots(1, 3, figsize=(10.5, 3.9), sharey=True)
for j, (ax, judge) in enumerate(zip(axes, JUDGES)):
    for i, (where, (name, colour, marker, line)) in enumerate(zip(WHERE, DRAWN)):
        means, lows, highs = curve(where, judge)
        ax.plot(range(len(COUNTS)), means, color=colour, marker=marker, linestyle=line,
                label=name)
        ax.fill_between(range(len(COUNTS)), lows, highs, color=colour, alpha=0.2,
                        linewidth=0)
        ax.scatter([5.35], [mine[i, j]], s=90, marker="*", color=colour,
                   edgecolor="black", zorder=3,
                   label="your run; bands: five seeds, stored" if i == 0 else None)
    plots.dots(ax, 6.6, stored(NO_CARRY, CONTROL, judge), "baseline",
               "control, not covered: 400 of all kinds")
    ax.set_xticks([*range(len(COUNTS)), 6.6], ["0\n(base)", *COUNTS[1:], "all\nkinds"])
    ax.set(title=judge, xlabel="answers bought", xlim=(-0.4, 7.1), ylim=(-0.05, 1.07))
axes[0].set_ylabel("share of test questions")
fig.suptitle(TITLE, x=0.01, ha="left")
fig.legend(*axes[2].get_legend_handles_labels(), loc="outside lower center", ncol=4,
           fontsize=9)
plots.show(fig, "Three panels against the answers bought, none with a carry, 0 to 400: "
           "five stored seeds, stars for your run. Nearly all answers have the "
           "domain's format from 100 on and pass the format match from 200 on, for "
           "covered and not covered questions. Right: nine in ten where covered, none "
           "where not. After 400 answers of all kinds nine in ten of those are right, "
           "too.")

# %%
def share(values):
    low, high = (min(max(end, 0), 1) for end in measures.mean_interval(values)[1:])
    return f"{sum(values) / len(values):.2f} ({low:.2f} to {high:.2f})"

pd.DataFrame({judge: {where: share(stored(NO_CARRY, where, judge))
                      for where in (*WHERE, CONTROL)}
              for judge in JUDGES})

# %% [markdown]
# After 400 answers 98 % of the answers to questions with a carry pass the format match, and none is right. The
# control shows that the data are the reason: after 400 answers of all kinds 92 % are right. Twenty questions with a
# carry among the 400 are too few: then 8 % are right (next table).
#
# Gudibande and others (2023) found this in models that imitate ChatGPT, and called imitation a *false promise*.
# Raters found them competitive with the original. Tests showed that they "close little to none of the gap from the
# base LM to ChatGPT on tasks that are not heavily supported in the imitation data" (abstract).
#
# ### What the student forgot
#
# The base model could add numbers of *two* digits, carries included.
#
# **Predict.** How many of these sums does the student still get right? Does it help if its 400 answers are of all
# kinds? Or if it also trains on 100 of the base model's own two-digit sums, in the same 150 steps?

# %%
easy = skills.problems("reason", 300, seed=0, split="test", easy=True)
print("sums of two digits right: base model "
      f"{measures.exact_match(language.load_base(), easy):.0%}, your student "
      f"{measures.exact_match(student, easy):.0%}")
TAUGHT = {"no carry": "400 answers, no carry", "all kinds": "400 answers, all kinds",
          "rehearsal": "400, no carry, and 100 of the base model's",
          "20 with a carry": "380, no carry, and 20 with one"}
cost = measures.paired_interval(series("L07D", "rehearsal", "covered"),
                                series("L07D", "no carry", "covered"))
print("covered sums, with rehearsal minus without:", cost.points())
pd.DataFrame({label: {x: share(series("L07D", name, x)) for x in ("two digits", *WHERE)}
              for name, label in TAUGHT.items()}).T

# %% [markdown]
# Hardly any: 100 % of these sums are right before training, and 0 % after it. Missing carries are not the reason,
# since 0 % are right after 400 answers of all kinds. Training on new texts removes a skill that they do not
# exercise. This is **catastrophic forgetting**. **Rehearsal** helps: with 100 of the base model's own answers in
# the data, 86 % stay right. No cost on the covered sums was shown: −0.1 points (−2.6 to +2.3).
#
# ## Four more hold-outs
#
# A **hold-out** is a kind of question that the data leave out. The one above was chosen because a sum has the same
# format with and without a carry. Here are four more, each with 400 answers: sums with a plus and never a minus;
# programs of two operations and never three; sentences without numbers; explanations of three of the six
# operations.
#
# **Predict.** On what the data do not cover: which of the five have the domain format? Which pass the format match?

# %%
SHADES = ("#999999", "#333333", plots.ROLES["student"].colour)
fig, ax = plt.subplots(figsize=(10.5, 3.4))
for i, name in enumerate(HOLDOUTS):
    for shift, judge, shade, marker in zip((0, 0.9, 1.8), JUDGES, SHADES, "Dvs"):
        values = stored(name, "not covered", judge)
        mean, low, high = measures.mean_interval(values)
        x = 4 * i + shift
        ax.scatter([x - 0.12] * 5, values, color=shade, marker=marker, s=22, alpha=0.6,
                   label=None if i else judge)
        ax.errorbar([x + 0.12], [mean], [[mean - low], [high - mean]], color=shade,
                    marker="_", markersize=12, capsize=4)
        ax.annotate(f"{mean:.0%}", (x, max(high, *values) + 0.04), ha="center",
                    fontsize=9)
ax.set_xticks([4 * i + 0.9 for i in range(5)],
              [name.replace(": ", ":\n") for name in HOLDOUTS])
ax.set(ylim=(-0.06, 1.15), ylabel="share of questions not covered",
       title="The domain format comes in four of five hold-outs, the format match in "
             "one")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, "Stored, five seeds: five hold-outs, three judges each, on questions "
           "that the 400 answers do not cover. In four of five nearly all answers have "
           "the domain format, in explanations about half. Only the sums without a "
           "carry pass the format match; the other four never do. Hardly any answer is "
           "right in all five.")

# %% [markdown]
# Four of the five have the domain format in 95 % or more, explanations in 55 %. *One* passes the format match.
# Where a minus is asked, the student writes a sum. Where three operations are asked, it does two. A number in a
# sentence is left out. So a reader who compares the answer with the question notices the error without knowing the
# right answer. (In the last two the student had no choice: the words that the match needs do not occur in its data.)
#
# So the domain format needs few answers. A nearly perfect format with wrong content came only where the covered and
# the missing kind have the same format.
#
# ## Where to buy next
#
# The remedy is to buy answers of the missing kinds. The attacker can find out which these are. It sorts questions
# into **kinds**, buys a few *validation* answers of each, and counts how often its student's final answer differs.
# Then it spends a second round where the errors are.
#
# ### Exercise 07.4 · Spend by error (medium, 10 minutes)
#
# Divide a budget among kinds in proportion to their errors. The numbers are whole and sum to the budget: round
# down, then give what is left to the largest fractions, one each. If no kind has an error, all weigh the same.

# %% nbgrader={"grade": false, "grade_id": "allocate", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("07.allocate")
def allocate(errors, budget):
    """errors: (kinds,), shares from 0 to 1. Returns (kinds,) int64 that sum to the
    budget.

    Worked case: errors [0.5, 0.25, 0.0], budget 10: [7, 3, 0] (6.67 and 3.33, rounded
    down).
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "allocate_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("07.allocate", points=2)

# %% [markdown]
# There are seven kinds of sums: plus or minus, with 0, 1, 2 or 3 columns whose own digits carry or borrow (at most 2
# in a difference). Round one buys 100 answers without a carry to train on, and 10 of each kind for validation.
# Round two buys 100 more, by one of four plans. In round two the validation answers always join the training.

# %%
KINDS = ("+ 0", "+ 1", "+ 2", "+ 3", "- 0", "- 1", "- 2")
PLANS = ("more of the same", "evenly", "as they come", "by error")

def is_kind(name):
    return (lambda question: name == f"{question.split()[2]} "
                                     f"{imitation.columns(question)}")

# cells: for each kind its domain and which questions are of it; checks: validation
# answers of each
SUMS = {"cells": {name: ("reason", is_kind(name)) for name in KINDS}, "checks": 10,
        "first": (50, 0, 0, 0, 50, 0, 0), "budget": 100, "steps": (100, 150)}
THREE = {"cells": {domain: (domain, lambda q: True) for domain in skills.DOMAINS[:3]},
         "first": (75, 75, 75), "checks": 25, "budget": 450, "steps": (150, 250)}

# %%
def spend(plan, errors, cells, first, budget, seed):
    """How many questions of each kind to buy in round two, (kinds,), under a plan."""
    if plan == "as they come":        # as often as a random question is of this kind
        errors = torch.tensor(
            [sum(keep(p.prompt) for p in skills.problems(domain, 500, seed))
             for domain, keep in cells.values()]) / 500
    # the same for all kinds, or in proportion to round one
    elif plan != "by error":
        even = plan == "evenly"
        errors = torch.ones(len(first)) if even else torch.tensor(first) / sum(first)
    return allocate(errors, budget)

def mistakes(student, questions, told):
    """Share of questions to which the student's final answer is not what the teacher
    told."""
    said = zip(questions, decoding.answers(student, questions))
    wrong = [skills.final_answer(answer) != skills.final_answer(told[q])
             for q, answer in said]
    return sum(wrong) / len(wrong)

# %%
def two_rounds(seed, plans, ask, cells, first, checks, budget, steps):
    """Errors after round one, (kinds,); test accuracy after round two by each plan,
    (plans,)."""
    # of each kind: questions for round one, then for validation, then enough for round
    # two
    pools = [[p.prompt for p in imitation.pick(domain, n + checks + budget, seed, keep)]
             for n, (domain, keep) in zip(first, cells.values())]
    begun = [q for n, pool in zip(first, pools) for q in pool[:n]]
    aside = [pool[n:n + checks] for n, pool in zip(first, pools)]
    # buy both, train on the first part, count the errors on the second
    paid = begun + sum(aside, [])
    told = dict(zip(paid, ask(paid)))
    student = learn(begun, [told[q] for q in begun], seed, steps[0])
    errors, after = torch.tensor([mistakes(student, few, told) for few in aside]), []
    # for each plan: buy more, train a new student on all that was bought, test it
    for plan in plans:
        more = spend(plan, errors, cells, first, budget, seed).tolist()
        new = [q for n, m, pool in zip(first, more, pools)
               for q in pool[n + checks:][:m]]
        known = told | dict(zip(new, ask(new)))
        student = learn(list(known), list(known.values()), seed, steps[1])
        tests = {domain: TEST[domain] for domain, _ in cells.values()}.items()
        after.append(sum(measures.exact_match(student, test) for _, test in tests)
                     / len(tests))
    return errors, torch.tensor(after)

# %%
# round one is yours; round two is stored
errors, _ = two_rounds(10, (), ask, **SUMS)
pd.DataFrame({"error after round one": errors.numpy().round(2),
              "100 more, by error": allocate(errors, 100)}, index=KINDS).T

# %% [markdown]
# **Predict**: rank the four plans. Where would you put a fifth one, *one round*: 270 random sums, bought at once, the
# same number of answers and of steps?

# %%
RIGHT = {plan: ("L07C", f"sums, {plan}", 2) for plan in PLANS}
RIGHT["one round"] = ("L07D", "one round", "right")
fig, ax = plt.subplots(figsize=(8, 3.2))
for i, (plan, source) in enumerate(RIGHT.items()):
    mean = plots.dots(ax, i, series(*source),
                      "student" if plan == "by error" else "baseline")
    ax.annotate(f"{mean:.0%}", (i + 0.2, mean), va="center")
ax.set_xticks(range(5), RIGHT)
ax.set(ylim=(0, 1.05), xlim=(-0.5, 4.6), ylabel="share of new sums right",
       title="Covering all kinds from the start does best")
plots.show(fig, "Stored, ten seeds: new sums right after a second round of 100 "
           "answers, by four plans, and after one round of 270 random sums. More of "
           "the same: about half. Evenly over the kinds, as they come, and by error: "
           "seven or eight in ten. One round: 82 in a hundred.")

# %%
for one, other in (("evenly", "more of the same"), ("by error", "evenly"),
                   ("by error", "as they come"), ("by error", "one round")):
    print_difference(f"sums, {one} minus {other}", difference(RIGHT[one], RIGHT[other]))
by_error, evenly = (("L07C", f"three domains, {plan}")
                    for plan in ("by error", "evenly"))
print_difference("three whole domains, by error minus evenly",
                 difference(by_error, evenly))

# %% [markdown]
# The large step is to cover the missing kinds at all: evenly is 24.3 points better than more of the same (21.7 to
# 26.9). Between the plans that do so no difference was shown over ten seeds. The intervals leave room for a few
# points only.
#
# The fifth student does best: one round of 270 random sums beats two rounds by error by 7.5 points (2.7 to 12.3).
# The two rounds spent their first 100 answers on sums without a carry, and did not make up for it.
#
# Over three whole domains, where round one had left nothing out, buying by error was not shown to help either: +0.3
# points (−2.6 to +3.2).
#
# So errors say where a student is weak, and not where the next answer helps most. The 70 validation answers did
# show *that* something was missing. The student's format would not have shown it.

# %%
server.stop()

# %% [markdown]
# ## What we checked
#
# Each row is a conclusion and its control, with equally many answers and steps. The runs are stored: five seeds,
# ten for the plans and for sampled answers. *Agrees* means that the whole 95 % interval lies above zero, *not
# shown* that it includes zero.

# %%
CHECKED = [      # conclusion, control, stored row, x, one series, minus another
    ("explain: the teacher's answers teach more", "true answers", "L07B", "explain",
     "teacher's answers", "true answers"),
    ("sums: they teach less", "true answers", "L07B", "reason", "true answers",
     "teacher's answers"),
    ("explain: few wordings are easier", "sampled answers", "R06", "explain",
     "sequence-level", "sampled"),
    ("not covered: style without accuracy", "the same answers", "R13", 400,
     f"{NO_CARRY}|not covered|format match", f"{NO_CARRY}|not covered|right"),
    ("the data are the reason", "400 of all kinds", "R13", 400,
     f"{NO_CARRY}|{CONTROL}|right", f"{NO_CARRY}|not covered|right"),
    ("training forgets two-digit sums", "400 of all kinds", "L07D", "two digits",
     "base", "all kinds"),
    ("rehearsal keeps them", "no rehearsal", "L07D", "two digits", "rehearsal",
     "no carry"),
    ("buying the missing kinds helps", "more of the same", "L07C", 2,
     "sums, evenly", "sums, more of the same"),
    ("by error beats evenly", "the same 100", "L07C", 2, "sums, by error",
     "sums, evenly")]

# %%
# NBVAL_CHECK_OUTPUT
results = [(claim, control, difference((row, one, x), (row, other, x)))
           for claim, control, row, x, one, other in CHECKED]
results += [(claim, control, measures.paired_interval(a, b))
            for claim, control, a, b in (
("two rounds, by error, beat one", "270 random sums",
series(*RIGHT["by error"]), series(*RIGHT["one round"])),
("text beats five log-probs", "same questions, steps", series(*text_only),
 series(*top_5)),
("the search beats the median recipe", "median of 18", on_test, median),
("the search beats the first recipe", "no search", on_test, first),
("the winner's validation score is too high", "its test score", on_valid, on_test),
("plus only: the format match spreads, too", "never passed",
stored("sums: plus only", "not covered", "format match"), [0] * 5))]

def verdict(interval):
    return ("agrees" if interval.low > 0 else "does not agree" if interval.high < 0
            else "not shown")

pd.DataFrame([(claim, control,
               "{:+.1f} ({:+.1f} to {:+.1f})".format(*(100 * end for end in interval)),
               verdict(interval)) for claim, control, interval in results],
             columns=["conclusion", "control", "points", "here"])

# %% [markdown]
# ## Wrap-up: five questions

# %%
widgets.quiz("07")

# %% [markdown]
# ## What this does not show
#
# - The student is small, and 1,000 answers and 300 steps are few. This teacher is nearly always right. With one that
#   errs, cleaning matters (lesson 06).
# - The hold-out of the main figure is a special case, as the other four show.
# - Our judges of style are patterns. People judge otherwise.
# - The search was small: 18 recipes, 60 questions, one domain.
# - We knew which kinds of sums there are. With a real harvest, to find this out is the hard part.
#
# ## With real models
#
# ```python
# from peft import LoraConfig                              # not run here; TRL 1.x, PEFT
# from trl import SFTConfig, SFTTrainer
# SFTTrainer("Qwen/Qwen3-0.6B", train_dataset=rows,        # rows with the columns prompt and completion
#            args=SFTConfig(max_length=2048), peft_config=LoraConfig(r=16)).train()
# ```
#
# ```
# lm-eval run --model hf --model_args pretrained=STUDENT --tasks gsm8k,hellaswag \
#     --apply_chat_template --log_samples --output_path results          # not run here
# ```
#
# - **Loss on the answer only.** With the columns `prompt` and `completion` TRL does this. With `messages` it has to be
#   asked for: `assistant_only_loss=True`. This needs `{% generation %}` marks in the chat template, and [few models have
#   them](https://github.com/huggingface/trl/issues/5471). Without them the mask [can be all
#   zeros](https://github.com/huggingface/trl/pull/6578): print its sum.
# - **Packing** puts several examples into one row. It [needs
#   FlashAttention](https://huggingface.co/docs/trl/reducing_memory_usage), and in 2025 it [switched
#   `assistant_only_loss` off](https://github.com/huggingface/trl/issues/3728) (closed since).
# - **LoRA** trains small added matrices. It [learns less and forgets less](https://arxiv.org/abs/2405.09673) than
#   training all weights.
# - **Log-probs.** `GKDTrainer` (in `trl.experimental`; not run here) needs the teacher's weights during training.
#   To store the teacher's top k in a file, you need them once, as in
#   [Megatron](https://docs.nvidia.com/megatron-core/developer-guide/nightly/user-guide/features/offline_logits_distillation.html).
#   The top k alone are [biased](https://arxiv.org/abs/2503.16870). Exercise 07.1 keeps the rest as one token.
# - **Evaluation.** Format and accuracy are mixed here, too. One run of Llama-3.1-8B-Instruct on GSM8K was [right on
#   78 % by the flexible filter and on 20 % by the strict
#   one](https://github.com/EleutherAI/lm-evaluation-harness/pull/2034), which wants one exact format. Read the
#   samples.
# - **Forgetting** was [found in models of 1 to 7 billion parameters](https://arxiv.org/abs/2308.08747). Run the same
#   tasks on base model and student, also tasks that your data do not cover.
#
# ## References
#
# - Gudibande and others, *The False Promise of Imitating Proprietary LLMs*, 2023.
#   [arXiv:2305.15717](https://arxiv.org/abs/2305.15717)
# - Breiman, Friedman, Olshen, Stone, *Classification and Regression Trees*, 1984 (the rule of one standard error).
# - Hsieh and others, *Distilling Step-by-Step!*, 2023.
#   [arXiv:2305.02301](https://arxiv.org/abs/2305.02301)
# - Published figures and how each was read: the [replication board](../docs/board.md).
# - Terms: the [glossary](glossary.md).
#
# So far the provider has served answers and kept a ledger. Part III is about its defences.

# %%
progress()
