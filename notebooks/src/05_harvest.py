# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 05 · Harvest
#
# **Minutes** 50 · **You need** lesson 03 (the teacher that writes) · **You will be able to** plan questions
# that cover what a model can do, ask them through an API within a budget and without losing a paid answer, and
# say what money, time and the ledger have to do with it.
#
# teacher → defence → **API → ledger → harvest** → clean → student → score

# %%
from course_utils import api
from course_utils.api import client
from course_utils.attack import harvest
from course_utils.files import bundled
from course_utils.lesson import plots, widgets
from course_utils.lesson.exercises import exercise, grade, progress
from course_utils.score import measures
from course_utils.student import training
from course_utils.teacher import language, skills

import json
import math
import random

import matplotlib.pyplot as plt
import torch

plots.picture("API", "ledger", "harvest")

# %% [markdown]
# ## Four steps, and the one that is missing here
#
# The article that this course began from lists four steps of a distillation attack: (1) open many accounts, (2)
# ask structured questions, (3) clean the answers, (4) train. (It credits a Google white paper. We could not
# find one of that name, and the nearest real report has no such list: *misnamed*, claims C22 and C23. The steps
# themselves are common practice.)
#
# Lessons 05, 06 and 07 are steps two, three and four, done to our own model. **Step one is not in this
# course.** It teaches nothing about models; it is a fraud on somebody's sign-up form. We meet it from the other
# side in lesson 08, as traffic that a detector has to find.
#
# ## One line, and the teacher is behind an API
#
# It speaks OpenAI's protocol, so their own Python package works on it. It listens on this machine only, and it
# is gone when the kernel is.

# %%
teacher = language.load_language_teacher()
server = api.serve({"teacher": teacher}, ledger=bundled.fresh("ledger.sqlite"))
text = client.text(server)             # the official openai.OpenAI, pinned to this machine
reply = text.chat.completions.create(
    model="teacher", logprobs=True, messages=[{"role": "user", "content": "reason 347 + 586 :"}])
print(reply.choices[0].message.content)
asked, said = reply.usage.prompt_tokens, reply.usage.completion_tokens
print(f"{asked} tokens asked, {said} tokens answered")

# %% [markdown]
# The client refuses any other address. That is deliberate, and the only thing that we changed about it.

# %%
try:
    client.text("https://api.example.com/v1", key="sk-...")
except client.NotLoopback as error:
    print(error)

# %% [markdown]
# On the other side of the counter a row has been written, before the answer left. **One query is one row.**
# (Two more columns hold the time of arrival and how long the answer took.)

# %%
server.ledger().drop(columns=["time", "latency"]).T

# %% [markdown]
# ## What to ask
#
# You want the teacher's skills. You do not have its textbook; you have seen a few questions and can fill in a
# template. Here is a first idea, a template for each domain: sums of three digits, programs of two operations,
# who does what to whom.

# %%
NOUNS, VERBS = [*skills.NOUNS, *skills.PLURALS], [*skills.VERBS, *skills.PASTS]
FIRST_IDEA = (("reason {a} + {b} :", {"a": range(100, 1000), "b": range(100, 1000)}),
              ("code {one} {two} {n} :", {"one": skills.OPERATIONS, "two": skills.OPERATIONS,
                                          "n": range(10000, 100_000)}),
              ("translate the {x} {verb} the {y} :", {"x": NOUNS, "verb": VERBS, "y": NOUNS}))

def fill(template, slots, n, draw):
    """n different questions, every slot filled at random; none of the test questions."""
    found = {}
    while len(found) < n:
        filling = {slot: draw.choice(list(ways)) for slot, ways in slots.items()}
        question = template.format(**filling)
        if not skills.is_test(question):
            found[question] = True
    return list(found)

def first_idea(n, seed):
    """n questions of each domain."""
    draw = random.Random(seed)
    return [q for template, slots in FIRST_IDEA for q in fill(template, slots, n, draw)]

first_idea(200, seed=0)[::199]

# %% [markdown]
# A second harvester spends an hour on it, and leaves little out: differences too, programs of three operations,
# words that stand beside the nouns.

# %%
DIGITS, ADJECTIVES = range(100, 1000), ["", *(f"{a} " for a in skills.ADJECTIVES)]
PHRASES = {"article": ["the ", "a "], "adjective": ADJECTIVES, "noun": skills.NOUNS}, {
    "article": ["the ", ""], "number": ["", "two ", "three "], "adjective": ADJECTIVES,
    "noun": skills.PLURALS}

def phrase(draw):
    return "".join(draw.choice(list(ways)) for ways in draw.choice(PHRASES).values())

def designed(n, seed):
    """n questions of each domain, from templates that leave little out."""
    draw, found = random.Random(seed), {domain: {} for domain in skills.DOMAINS[:3]}
    while min(map(len, found.values())) < n:
        high, low = sorted((draw.choice(DIGITS), draw.choice(DIGITS)), reverse=True)
        program = draw.choices(list(skills.OPERATIONS), k=draw.choice((2, 3)))
        for question in (f"reason {high} {draw.choice('+-')} {low} :",
                         f"code {' '.join(program)} {draw.randrange(100_000):05} :",
                         f"translate {phrase(draw)} {draw.choice(VERBS)} {phrase(draw)} :"):
            if not skills.is_test(question):
                found[question.split()[0]][question] = True
    return [q for questions in found.values() for q in list(questions)[:n]]

designed(200, seed=0)[::199]

# %% [markdown]
# Which is better, before a cent is spent? Sort the questions into **kinds**: for a sum, its sign and which of
# its three columns carry; for a program, its operations; for a sentence, tense and the shape of its two halves.

# %%
import pandas as pd


def columns(a, sign, b):
    """Which columns of a sum pass something on by themselves, such as '.xx'."""
    over = (int(x) + int(y) > 9 if sign == "+" else int(x) < int(y) for x, y in zip(a, b))
    return "".join("x" if one else "." for one in over)

def kind(question):
    domain, *words = question.split()[:-1]
    if domain == "reason":
        return f"reason {words[1]} {columns(*words)}"
    if domain == "code":
        return f"code {' '.join(words[:-1])}"
    at = next(i for i, word in enumerate(words) if word in VERBS)
    halves = (words[:at], words[at + 1:])
    shape = [f"{len(half)}{'s' if half[-1] in skills.PLURALS else ''}" for half in halves]
    return f"translate {'past' if words[at] in skills.PASTS else 'now'} {' '.join(shape)}"

kinds = pd.Series(map(kind, designed(200, seed=0))).value_counts()
len(kinds), kinds.head(4).to_dict()

# %% [markdown]
# ### Exercise 05.1 · How many kinds, really? (medium, 10 minutes)
#
# A kind that was asked once in six hundred hardly counts. Take the **entropy** of the shares, $H = -\sum_i p_i
# \log p_i$, and return $e^H$: the number of kinds, all equally frequent, that would have the same entropy.

# %% nbgrader={"grade": false, "grade_id": "effective_kinds", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("05.effective_kinds")
def effective_kinds(counts):
    """counts: (kinds,), how often each was asked, zeros allowed. Returns a number.

    Worked case: [50, 50, 0] gives 2, and [98, 1, 1] gives 1.12.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "effective_kinds_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("05.effective_kinds", points=2)

# %% [markdown]
# **Predict, then run.** 600 questions each. How many effective kinds?

# %%
PLANS = {"first idea": first_idea, "designed": designed}

def spread(plan, seed, n=200):
    counts = pd.Series(map(kind, plan(n, seed))).value_counts()
    return effective_kinds(torch.tensor(counts.values, dtype=torch.float32))

for name, plan in PLANS.items():
    mean, low, high = measures.mean_interval([float(spread(plan, seed)) for seed in range(5)])
    print(f"{name:11} {mean:5.0f} effective kinds ({low:.0f} to {high:.0f})")

# %% [markdown]
# ## Asking, and not losing anything
#
# A harvester in its simplest form. Each answer goes to a file at once, a line each, in the form that
# fine-tuning tools read: `{"messages": [{"role": "user", ...}, {"role": "assistant", ...}]}`.

# %%
def ask_one(question):
    said = text.completions.create(model="teacher", prompt=question).choices[0].text
    return {"messages": [{"role": "user", "content": question},
                         {"role": "assistant", "content": said}]}

plan, path = designed(20, seed=1), bundled.fresh("by_hand.jsonl")
with path.open("a") as file:
    for question in plan[:5]:
        file.write(json.dumps(ask_one(question)) + "\n")
print(path.read_text().splitlines()[0])

# %% [markdown]
# Now the machine goes to sleep, or you press stop. Five answers are in the file, and paid for. What is left to
# ask?
#
# ### Exercise 05.2 · Going on (medium, 10 minutes)
#
# Questions have numbers here. A plan may name one twice; it is asked once. What has an answer is not asked
# again. And the **budget** is for all answers, the earlier ones too.

# %% nbgrader={"grade": false, "grade_id": "to_ask", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("05.to_ask")
def to_ask(wanted, answered, budget):
    """wanted: (n,) int64, in the order of the plan; answered: (m,) int64. Returns (k,) int64.

    Worked case: wanted [7, 3, 7, 5, 9], answered [3], budget 3: [7, 5].
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "to_ask_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("05.to_ask", points=2)

# %%
numbers, found = torch.arange(len(plan)), [json.loads(line) for line in path.open()]
answered = torch.tensor([plan.index(row["messages"][0]["content"]) for row in found])
left = to_ask(numbers, answered, budget=12)
with path.open("a") as file:
    for i in left.tolist():
        file.write(json.dumps(ask_one(plan[i])) + "\n")
print(f"{len(left)} asked, {len(path.read_text().splitlines())} answers in the file")

# %% [markdown]
# The package's harvester does the same with many requests at once, a progress bar, and every answer on the disk
# before the next is asked. It can be killed at any moment: a test of this course kills it fifty times, with
# `kill -9`. No answer is lost. What was *under way* at that moment may be paid for twice, and nothing else.
#
# Here it is stopped by its budget, and called again.

# %%
path = bundled.fresh("designed.jsonl")
for budget in (250, 600):
    report = harvest.harvest(server, designed(200, seed=0), path, budget=budget)
    print(f"budget {budget}: {report.asked} asked, {report.answered} in the file, {report.left} left")

# %%
answers = harvest.read(path)
answers.sort_values("prompt").drop(columns="latency").sample(4, random_state=0)

# %% [markdown]
# An answer, how sure the teacher was (the geometric mean of its tokens' probabilities), how it ended, how long
# it took. Did the two sides count alike?

# %%
# NBVAL_CHECK_OUTPUT
rows = server.ledger()
mine = rows[rows.prompt.isin(answers.prompt)]
pd.Series({"answers in the file": len(answers), "rows in the ledger": len(mine),
           "questions paid for twice": int(mine.prompt.duplicated().sum()),
           "designed covers at least twice as many kinds":
           bool(spread(designed, 0) > 2 * spread(first_idea, 0))})

# %% [markdown]
# ## Was the hour well spent?
#
# Two students, from the same base model as in lesson 03, each from 600 answers of the teacher: one asked with
# the first idea, one with the design. Same price, same training. Both sit the course's test, which covers
# everything. Five students of each plan are stored; the one that you train now is of the design.
#
# **Predict**: how far apart, in which domain?

# %%
def harvested_student(plan, seed, ask, steps=200):
    """Test accuracy by domain, (3,), of a student of the answers to this plan's questions."""
    asked = plan(200, seed)
    batch = training.batches(language.pack(asked, ask(asked)), seed=seed)
    student = training.fit_language(language.load_base(), batch, training.from_text, steps=steps,
                                    progress="student")
    tests = [skills.problems(d, 300, seed=0, split="test") for d in skills.DOMAINS[:3]]
    return torch.tensor([measures.exact_match(student, test) for test in tests])

def ask_all(questions):
    reply = text.completions.create(model="teacher", prompt=questions)
    return [choice.text for choice in reply.choices]

live = harvested_student(designed, 5, ask_all)

# %% tags=["signature"]
runs, domains = measures.stored("L05"), skills.DOMAINS[:3]
fig, ax = plt.subplots(figsize=(8, 3.6))
for i, domain in enumerate(domains):
    for shift, name, role in ((0, "first idea", "baseline"), (0.9, "designed", "student")):
        values = runs[(runs.series == name) & (runs.x == domain)].value.tolist()
        label = f"{name}: stored, five seeds" if i == 0 else None
        plots.dots(ax, 3 * i + shift, values, role, label)
    ax.scatter([3 * i + 0.9], live[i], s=90, marker="*", edgecolor="black", zorder=3,
               color=plots.ROLES["student"].colour, label="designed: your run" if i == 0 else None)
ax.set_xticks([0.45, 3.45, 6.45], domains)
ax.set(ylim=(-0.03, 1.05), ylabel="new questions right",
       title="The same 600 queries: what was asked is what was learned")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, "Test accuracy of students from 600 answers each, in three domains: one asked "
           "with a first idea, one with a designed plan. The design is ahead in sums and in "
           "translation, where the first idea teaches nothing, and not in programs. Dots: five "
           "stored seeds with interval; stars: the reader's run of the design.")

# %%
for domain in domains:
    two = [runs[(runs.series == name) & (runs.x == domain)].sort_values("seed").value.tolist()
           for name in ("designed", "first idea")]
    print(f"{domain:10} designed minus first idea: {measures.paired_interval(*two).points()}")

# %% [markdown]
# Same teacher, same number of answers. In sums and sentences the first idea left things out: differences, and
# the words beside the nouns. In programs it only left out the third operation, and spent more questions on the
# rest: there the interval holds zero. (Which of the kinds left out costs how much, this figure does not say.)
#
# A provider who wants to know what is being taken can look at what is being *asked*. Somebody with a problem to
# solve rarely covers a skill evenly.
#
# ## Too fast
#
# A provider's first answer is a limit on speed: a **token bucket** for each key. It holds `size` tokens, a
# query takes one, and `rate` new ones come in each second.
#
# ### Exercise 05.3 · The bucket (easy, 5 minutes)

# %% nbgrader={"grade": false, "grade_id": "refill", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("05.refill")
def refill(level, rate, size, seconds):
    """What is in the bucket `seconds` later. rate: tokens a second. Returns a number.

    Worked case: level 1, rate 2, size 10: after 3 seconds 7, after an hour 10.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "refill_check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
grade("05.refill", points=1)

# %%
level, sent = 5.0, []                           # a bucket of 5, two tokens a second
for _ in range(100):                            # somebody who tries every tenth of a second
    level = refill(level, rate=2.0, size=5, seconds=0.1)
    sent.append(level >= 1)
    level -= level >= 1
print(f"{sum(sent)} of {len(sent)} tries were served in ten seconds: 5 at once, then two a second")

# %% [markdown]
# Over HTTP the refusal has the number 429, and a header that says how long to wait. The official client turns
# it into an exception (after two tries of its own, which we switch off here).

# %%
import openai

accounts = [api.Account("hurried", "dk-hurried", per_minute=240, burst=5)]
with api.serve({"teacher": teacher}, accounts=accounts) as slow:
    hurried = client.text(slow, max_retries=0)
    try:
        for question in designed(5, seed=2):
            hurried.completions.create(model="teacher", prompt=question)
    except openai.RateLimitError as error:
        print(error.status_code, error.code, error.body["message"].split(".")[0])
        print("Retry-After:", error.response.headers["Retry-After"])
    report = harvest.harvest(slow, designed(5, seed=3), bundled.fresh("slow.jsonl"), per_request=1)
    print(f"the harvester: {report.answered} answers; had to wait: {report.waits > 0}")

# %% [markdown]
# The harvester obeys: it waits as long as it is told, and from then on sends one request at a time. Banging on
# the door would not make it faster. It would only be seen.
#
# ### Exercise 05.4 · How long? (medium, 10 minutes)
#
# `queries` are spread evenly over `accounts`, each with a bucket of its own that is full at the start.

# %% nbgrader={"grade": false, "grade_id": "time_needed", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("05.time_needed")
def time_needed(queries, per_minute, burst, accounts=1):
    """Seconds until the last query may be sent. Returns a number.

    Worked case: 100 queries, 60 a minute, burst 10: 90 s. With 2 accounts: 40 s.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "time_needed_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("05.time_needed", points=2)

# %% [markdown]
# ## Sixteen million, on paper
#
# Anthropic said in its post of 23 February 2026: over 16 million exchanges, approximately 24,000 accounts.
# (That it said so is *corroborated*; that it happened is its allegation. No raw evidence was published. Claims
# C05 and C07.)
#
# **Predict.** One account may ask 60 questions a minute. How long do 16 million take? And with 24,000 accounts?

# %%
EXCHANGES, ACCOUNTS = 16_000_000, 24_000
for accounts in (1, 100, ACCOUNTS):
    seconds = float(time_needed(EXCHANGES, per_minute=60, burst=60, accounts=accounts))
    each = math.ceil(EXCHANGES / accounts)
    print(f"{accounts:6,} accounts: {seconds / 86400:9.3f} days, {each:,} questions each")

# %% [markdown]
# So a speed limit alone stops one account, and is nothing to 24,000. Whether limits were the reason for the
# accounts we do not know: the article says so, and the post never mentions rate limits. It names the regional
# restriction, and evading detection. (*Contradicted*, claim C06.)
#
# **Predict, then move the slider**: how many accounts bring the harvest under a week?

# %%
RATES = (1, 2, 5, 10, 20, 60, 200, 600)

def days_for(accounts):
    fig, ax = plt.subplots(figsize=(7, 2.8))
    days = [float(time_needed(EXCHANGES, rate, rate, accounts)) / 86400 for rate in RATES]
    colour, marker, line = plots.ROLES["attacker"]
    ax.plot(RATES, [max(d, 1e-5) for d in days], color=colour, marker=marker, linestyle=line)
    for name, at in (("an hour", 1 / 24), ("a week", 7), ("a year", 365)):
        ax.axhline(at, color=plots.ROLES["baseline"].colour, linestyle=":", linewidth=1)
        ax.text(RATES[-1], at, name, va="bottom", ha="right", fontsize=9)
    ax.set(xscale="log", yscale="log", ylim=(1e-5, 4e4), ylabel="days",
           xlabel="questions a minute that an account may ask",
           title=f"16 million exchanges, accounts: {accounts:,}")
    at_60 = days[RATES.index(60)]
    return fig, f"With {accounts:,} accounts, at 60 questions a minute each: {at_60:,.3f} days."

widgets.slider(days_for, values=[1, 10, 100, 1000, 24000], start=100, label="accounts");

# %%
fig, ax = plt.subplots(figsize=(7.5, 3.2))
for accounts, role in ((1, "baseline"), (100, "student"), (ACCOUNTS, "attacker")):
    days = [float(time_needed(EXCHANGES, rate, rate, accounts)) / 86400 for rate in RATES]
    colour, marker, line = plots.ROLES[role]
    ax.plot(RATES, [max(d, 1e-5) for d in days], color=colour, marker=marker, linestyle=line,
            label=f"accounts: {accounts:,}")
for name, at in (("an hour", 1 / 24), ("a week", 7), ("a year", 365)):
    ax.axhline(at, color="#bbbbbb", linewidth=1, zorder=0)
    ax.text(1, at, f" {name}", va="bottom", fontsize=9)
ax.set(xscale="log", yscale="log", ylabel="days",
       xlabel="questions a minute that an account may ask",
       title="16 million exchanges: a limit for each account is a limit on accounts")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, "Days to send 16 million exchanges against the limit of each account, for 1, 100 "
           "and 24,000 accounts, both axes logarithmic. One account needs weeks to decades, 24,000 "
           "need less than a day.")

# %% [markdown]
# And money? The number of tokens in those exchanges was not reported. So take it as an assumption that you can
# change, with a price list of a usual size.

# %%
rows = server.ledger()
ours = rows.cost.sum() / len(rows)
print(f"this lesson: {len(rows):,} queries, ${rows.cost.sum():.2f} by our prices, ${ours:.5f} each")
asked, said = [200, 1000, 3000], [500, 2000, 8000]                    # tokens: our assumptions
millions = {f"{s:,} answered": [EXCHANGES * (3e-6 * a + 15e-6 * s) / 1e6 for a in asked]
            for s in said}
print("million dollars, by tokens asked and answered in an exchange:")
pd.DataFrame(millions, index=[f"{a:,} asked" for a in asked]).round(1)

# %% [markdown]
# From a tenth of a million to two million dollars, under our assumptions: much for a student, little for a
# laboratory.
#
# ## What the ledger sees
#
# Three honest customers have questions of their own today.

# %%
people = [api.Account(name, f"dk-{name}") for name in ("ada", "bo", "cy", "harvester")]
with api.serve({"teacher": teacher}, accounts=people,
               ledger=bundled.fresh("lesson_05.sqlite")) as shop:
    for person, n in zip(people[:3], (3, 8, 15)):
        own = skills.problems(skills.DOMAINS[n % 3], n, seed=n)
        one = client.text(shop, person.secret)
        one.completions.create(model="teacher", prompt=[p.prompt for p in own])
    harvest.harvest(shop, designed(150, seed=4), bundled.fresh("shop.jsonl"), key="dk-harvester")
    book = shop.ledger()

# %%
def seen(rows):
    counts = torch.tensor(rows.prompt.map(kind).value_counts().values, dtype=torch.float32)
    return pd.Series({"queries": len(rows),
                      "domains": rows.prompt.str.split().str[0].nunique(),
                      "effective kinds": round(float(effective_kinds(counts))),
                      "dollars": round(rows.cost.sum(), 3)})

book.groupby("key")[["prompt", "cost"]].apply(seen).convert_dtypes()

# %% [markdown]
# With one key the harvester is easy to see: more queries, more domains, more kinds than anybody. Spread over
# accounts, each of them would look like *bo*. What can still be seen then, and who else looks like it, is
# lesson 08; it will read this very ledger (`work/lesson_05.sqlite`).

# %%
server.stop()

# %% [markdown]
# ## What this does not show
#
# - Our teacher is right nearly always and its questions can be written down as templates. For a real model, finding
#   questions that reach a skill is the hard part.
# - "First idea" and "designed" are two plans that we wrote. The gap between yours may be larger or smaller.
# - The kinds are ours, too, and the test covers what the design covers: it was known what would be asked.
# - Prices and numbers of tokens are assumptions. The figures of the event are what one party said.
#
# ## Wrap-up: five questions

# %%
widgets.quiz("05")

# %% [markdown]
# ## References
#
# - Hill 1973, *Diversity and evenness: a unifying notation and its consequences*, Ecology 54 (effective numbers)
# - Turner 1986, *New directions in communications (or which way to the information age?)*, IEEE Communications 24
#   (buckets that limit a rate)
# - Anthropic, 23 February 2026, *Detecting and preventing distillation attacks*; what is known of it, claim by
#   claim, is in lesson 13
# - RFC 6585 (status 429), RFC 9110 (Retry-After)
#
# On to lesson 06: the answers are in. Which of them are worth keeping?

# %%
progress()
