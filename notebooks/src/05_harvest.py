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
# **Minutes** 50 · **You need** lesson 03 (the teacher that writes) · **You will be able to** measure how much of a
# skill a set of queries covers, collect answers through an API within a budget and without losing a paid one, and
# say what a rate limit stops and what a ledger shows.
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
# The article that this course began from lists four steps of a distillation attack: (1) open many accounts, (2) ask
# structured queries, (3) clean the answers, (4) train. The steps are common practice. (Where the list comes from:
# lesson 13, claims C22 and C23.)
#
# In lessons 05 to 07 you do steps 2 to 4 to our own model. **Step 1 is not in this course**: it is fraud, and it
# teaches nothing about models. Lesson 08 shows it from the provider's side.
#
# ## The teacher behind an API
#
# The server speaks OpenAI's protocol, so OpenAI's own Python package works with it. It listens on this machine
# only.

# %%
teacher = language.load_language_teacher()
server = api.serve({"teacher": teacher}, ledger=bundled.fresh("ledger.sqlite"))
# the official openai.OpenAI, pinned to this machine
text = client.text(server)
reply = text.chat.completions.create(
    model="teacher", logprobs=True,
    messages=[{"role": "user", "content": "reason 347 + 586 :"}])
print(reply.choices[0].message.content)
print(f"{reply.usage.prompt_tokens} prompt tokens, {reply.usage.completion_tokens} "
      "answer tokens")

# %% [markdown]
# The client refuses every other address. This is deliberate, and it is our only change to the package.

# %%
try:
    client.text("https://api.example.com/v1", key="sk-...")
except client.NotLoopback as error:
    print(error)

# %% [markdown]
# The provider keeps a **ledger**: one row for each query, written before the answer is sent.

# %%
server.ledger().drop(columns=["time", "latency"]).T

# %% [markdown]
# ## What to ask
#
# You want the teacher's skills. You do not have its training data, but you have seen a few queries and can turn
# them into templates. The *first idea* is one template for each domain: sums of three-digit numbers, programs of
# two operations, and sentences of two nouns and a verb.

# %%
NOUNS, VERBS = [*skills.NOUNS, *skills.PLURALS], [*skills.VERBS, *skills.PASTS]
FIRST_IDEA = (("reason {a} + {b} :", {"a": range(100, 1000), "b": range(100, 1000)}),
              ("code {one} {two} {n} :",
               {"one": skills.OPERATIONS, "two": skills.OPERATIONS,
                "n": range(10000, 100_000)}),
              ("translate the {x} {verb} the {y} :",
               {"x": NOUNS, "verb": VERBS, "y": NOUNS}))

def fill(template, slots, n, draw, test=False):
    """n different queries, every slot filled at random: test questions, or none of
    them."""
    found = {}
    while len(found) < n:
        filling = {slot: draw.choice(list(ways)) for slot, ways in slots.items()}
        query = template.format(**filling)
        if skills.is_test(query) == test:
            found[query] = True
    return list(found)

def first_idea(n, seed):
    """n queries of each domain."""
    draw = random.Random(seed)
    return [q for template, slots in FIRST_IDEA for q in fill(template, slots, n, draw)]

first_idea(200, seed=0)[::200]

# %% [markdown]
# The second plan, *designed*, leaves little out. It also has differences, programs of three operations, and
# sentences with other articles, adjectives and numbers.

# %%
DIGITS, ADJECTIVES = range(100, 1000), ["", *(f"{a} " for a in skills.ADJECTIVES)]
PHRASES = {"article": ["the ", "a "], "adjective": ADJECTIVES, "noun": skills.NOUNS}, {
    "article": ["the ", ""], "number": ["", "two ", "three "], "adjective": ADJECTIVES,
    "noun": skills.PLURALS}

def phrase(draw):
    return "".join(draw.choice(list(ways)) for ways in draw.choice(PHRASES).values())

def designed(n, seed):
    """n queries of each domain, from templates that leave little out."""
    draw, found = random.Random(seed), {domain: {} for domain in skills.DOMAINS[:3]}
    while min(map(len, found.values())) < n:
        high, low = sorted((draw.choice(DIGITS), draw.choice(DIGITS)), reverse=True)
        program = draw.choices(list(skills.OPERATIONS), k=draw.choice((2, 3)))
        for query in (f"reason {high} {draw.choice('+-')} {low} :",
                      f"code {' '.join(program)} {draw.randrange(100_000):05} :",
                      f"translate {phrase(draw)} {draw.choice(VERBS)} {phrase(draw)} "
                      f":"):
            if not skills.is_test(query):
                found[query.split()[0]][query] = True
    return [q for queries in found.values() for q in list(queries)[:n]]

designed(200, seed=0)[::200]

# %% [markdown]
# Which plan is better, before any money is spent? Sort the queries into **kinds**. The kind of a sum is its sign,
# and which columns carry or borrow by their own digits. The kind of a program is its list of operations. The kind
# of a sentence is its tense, and on each side of the verb the number of words and whether the noun is plural.

# %%
import pandas as pd


def columns(a, sign, b):
    """Which columns carry or borrow, ignoring what comes in from the right, such as
    '.xx'."""
    over = (int(x) + int(y) > 9 if sign == "+" else int(x) < int(y)
            for x, y in zip(a, b))
    return "".join("x" if one else "." for one in over)

def kind(query):
    domain, *words = query.split()[:-1]
    if domain == "reason":
        return f"reason {words[1]} {columns(*words)}"
    if domain == "code":
        return f"code {' '.join(words[:-1])}"
    at = next(i for i, word in enumerate(words) if word in VERBS)
    halves = (words[:at], words[at + 1:])
    shape = [f"{len(half)}{'s' if half[-1] in skills.PLURALS else ''}"
             for half in halves]
    return (f"translate {'past' if words[at] in skills.PASTS else 'now'} "
            f"{' '.join(shape)}")

kinds = pd.Series(map(kind, designed(200, seed=0))).value_counts()
len(kinds), kinds.head(4).to_dict()

# %% [markdown]
# ### Exercise 05.1 · Effective kinds (medium, 10 minutes)
#
# A kind that was asked once in 600 queries should hardly count. Take the **entropy** of the kinds' shares $p_i$,
# $H = -\sum_i p_i \log p_i$ with the natural logarithm, and return $e^H$, the **effective number** of kinds. With
# exactly this number of kinds, all equally frequent, the entropy would be the same.

# %% nbgrader={"grade": false, "grade_id": "effective_kinds", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("05.effective_kinds")
def effective_kinds(counts):
    """counts: (kinds,), how often each kind was asked, zeros allowed. Returns a number.

    Worked case: [50, 50, 0] gives 2, and [98, 1, 1] gives 1.12.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "effective_kinds_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("05.effective_kinds", points=2)

# %% [markdown]
# **Predict, then run.** Each plan makes 600 queries. How many effective kinds does each have? The third line is a
# reference that the attacker does not have: random problems, drawn as the test questions are.

# %%
def random_problems(n, seed, domains=skills.DOMAINS[:3]):
    return [p.prompt for d in domains for p in skills.problems(d, n, seed)]

PLANS = {"first idea": first_idea, "designed": designed,
         "random problems": random_problems}

def covered(queries):
    """Effective kinds of a list of queries."""
    counts = pd.Series(map(kind, queries)).value_counts()
    return float(effective_kinds(torch.tensor(counts.values, dtype=torch.float32)))

coverage = {name: [covered(plan(200, seed)) for seed in range(5)]
            for name, plan in PLANS.items()}
for name, values in coverage.items():
    mean, low, high = measures.mean_interval(values)
    print(f"{name:15} {mean:5.0f} effective kinds ({low:.0f} to {high:.0f})")

# %% [markdown]
# The design has 95 effective kinds and the first idea has 38, with equally many queries. Random problems have 125.
#
# ## Collecting the answers, and losing none
#
# This is the simplest harvester. It writes each answer to a file at once, as one line in the form that fine-tuning
# tools read.

# %%
def ask_one(query):
    answer = text.completions.create(model="teacher", prompt=query).choices[0].text
    return {"messages": [{"role": "user", "content": query},
                         {"role": "assistant", "content": answer}]}

plan, path = designed(20, seed=1), bundled.fresh("by_hand.jsonl")
with path.open("a") as file:
    for query in plan[:5]:
        file.write(json.dumps(ask_one(query)) + "\n")
print(path.read_text().splitlines()[0])

# %% [markdown]
# Now suppose that the program stops here. Five answers are in the file and paid for. Which queries are left?
#
# ### Exercise 05.2 · Resume (medium, 10 minutes)
#
# The queries are numbered in this exercise. A plan may name a query twice, but it is asked once. A query that has
# an answer is not asked again. The **budget** limits all answers together, including the earlier ones.

# %% nbgrader={"grade": false, "grade_id": "to_ask", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("05.to_ask")
def to_ask(wanted, answered, budget):
    """wanted: (n,) int64, in the order of the plan; answered: (m,) int64. Returns (k,)
    int64.

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
# `harvest.harvest` does the same with several groups of queries at once. It writes each group's answers to the disk
# when they arrive. A test of this course kills it fifty times with `kill -9`, and no answer in the file is lost.
# Only queries that were under way may be paid for twice.
#
# Here it stops at its budget, and is called again.

# %%
path = bundled.fresh("designed.jsonl")
for budget in (250, 600):
    report = harvest.harvest(server, designed(200, seed=0), path, budget=budget)
    print(f"budget {budget}: {report.asked} asked, {report.answered} in the file, "
          f"{report.left} left")

# %% [markdown]
# Do the file and the ledger agree?

# %%
# NBVAL_CHECK_OUTPUT
answers, rows = harvest.read(path), server.ledger()
mine = rows[rows.prompt.isin(answers.prompt)]
pd.Series({"answers in the file": len(answers), "rows in the ledger": len(mine),
           "queries paid for twice": int(mine.prompt.duplicated().sum())})

# %% [markdown]
# They agree, and no query was paid for twice.
#
# ## Does the wider plan teach more?
#
# Students start from the base model of lesson 03 and train for 200 steps on 600 answers of the teacher. Only their
# queries differ. There are two controls: 1,800 queries of the first idea in the same 200 steps, and 600 random
# problems.
#
# Every student takes two tests of 300 questions in each domain: the course's test, which covers everything, and one
# with questions in the first idea's own forms only. Five students of each plan are stored, with seeds 0 to 4. You
# now train a student of the design, with seed 5.
#
# **Predict**: in which domains is the design better? Do three times as many queries make up for a narrow plan?

# %%
DOMAINS, OWN_FORMS = skills.DOMAINS[:3], "first idea's own forms"

def harvested_student(plan, seed, ask, n=200, steps=200):
    """A student of the teacher's answers to n queries of each domain."""
    prompts = plan(n, seed)
    batch = training.batches(language.pack(prompts, ask(prompts)), seed=seed)
    return training.fit_language(language.load_base(), batch, training.from_text,
                                 steps=steps, progress="student")

def tests_of(form="everything", n=300, seed=0):
    """For each domain, n test questions: of everything, or in the first idea's own
    forms."""
    if form == "everything":
        return [skills.problems(domain, n, seed, split="test") for domain in DOMAINS]
    own = [fill(template, slots, n, random.Random(seed), test=True)
           for template, slots in FIRST_IDEA]
    return [[skills.Problem(domain, query, "", "", 0) for query in queries]
            for domain, queries in zip(DOMAINS, own)]

def scores(student, form="everything", seed=0):
    """Share of right final answers in each domain, (3,)."""
    return torch.tensor([measures.exact_match(student, test)
                         for test in tests_of(form, seed=seed)])

# %%
def ask_all(prompts):
    reply = text.completions.create(model="teacher", prompt=prompts)
    return [choice.text for choice in reply.choices]

live = scores(harvested_student(designed, 5, ask_all))

# %%
runs = measures.stored("L05")

def stored_values(series, what):
    """Five stored students of a plan: one value for each seed."""
    rows = runs[(runs.series == series) & (runs.x == what)]
    return torch.tensor(rows.sort_values("seed").value.tolist())

def stored_scores(series, form="everything"):
    """Stored test accuracy, (3 domains, 5 seeds)."""
    return torch.stack([stored_values(series, f"{form}: {domain}")
                        for domain in DOMAINS])

def group(ax, at, values, colour, marker, label):
    """A dot for each seed, and beside them the mean with its 95 % interval."""
    mean, low, high = measures.mean_interval(values)
    ax.scatter([at - 0.1] * len(values), values, color=colour, marker=marker, s=16,
               label=label)
    ax.errorbar([at + 0.1], [mean], [[mean - low], [high - mean]], color=colour,
                marker="_", markersize=9, capsize=3, linewidth=1.5)

# %% tags=["signature"]
looks = {"first idea": ("#777777", "X"), "first idea, 1,800": ("#a5a5a5", "v"),
         "designed": (plots.ROLES["student"].colour, "s"),
         "random problems": ("#222222", "o")}
fig, axes = plt.subplots(1, 2, figsize=(10.5, 3.5), sharey=True)
for ax, form in zip(axes, ("everything", OWN_FORMS)):
    for i, (series, look) in enumerate(looks.items()):
        for j, values in enumerate(100 * stored_scores(series, form)):
            group(ax, 5 * j + i, values, *look, series if j == 0 else None)
    ax.set_xticks([1.5, 6.5, 11.5], DOMAINS)
    ax.set(ylim=(-3, 103), xlabel="domain")
axes[0].scatter([2.5, 7.5, 12.5], 100 * live, s=90, marker="*",
                edgecolor="black", zorder=3, color=looks["designed"][0],
                label="designed: your run")
axes[0].set(ylabel="test questions right, %",
            title="Everything: the wide plan is ahead on average")
axes[1].set_title("The narrow plan's own forms: the wide plan is far behind")
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside right center")
plots.show(fig, "Accuracy of students of four plans in three domains, on two tests. On "
           "the test of everything the design is ahead of the first idea in sums and "
           "in translation, where the first idea has zero, and level in programs; "
           "1,800 queries of the first idea lead in programs only; random problems are "
           "level with the design. On the first idea's own forms the first idea is far "
           "ahead in sums and translation, and with 1,800 queries everywhere.")

# %%
def versus(other, form="everything", domains=(0, 1, 2)):
    """The design's accuracy minus another plan's: the interval of the mean, seed by
    seed."""
    pair = (stored_scores(plan, form)[list(domains)].mean(0)
            for plan in ("designed", other))
    return measures.paired_interval(*pair)

again = [stored_values(plan, "another test") for plan in ("designed", "first idea")]
design = {"first idea": versus("first idea"),
          "first idea, another test": measures.paired_interval(*again),
          **{f"first idea, only {d}": versus("first idea", domains=[i])
             for i, d in enumerate(DOMAINS)},
          "first idea, 1,800": versus("first idea, 1,800"),
          "first idea, 1,800, only code": versus("first idea, 1,800", domains=[1]),
          "random problems": versus("random problems"),
          "first idea, its own forms": versus("first idea", OWN_FORMS)}
for control, interval in design.items():
    print(f"designed minus {control:29} {interval.points()}")

# %% [markdown]
# On the test of everything the design is 11.7 points better (8.7 to 14.7). It is better in sums, and in sentences,
# where students of the first idea get none right. In programs no difference was shown: +0.5 points (−4.9 to +6.0).
# Three times as many queries of the first idea leave it 6.6 points behind (2.6 to 10.7). In programs alone they put
# it 11.2 points ahead (6.1 to 16.3).
#
# Between the design and random problems no difference was shown: −0.9 points (−5.5 to +3.7). On the first idea's
# own forms the design is 38 points *worse* (34.5 to 41.8): there the first idea gets nearly all sentences right. So
# a wide plan is not better in itself. **A student learns what was asked.**
#
# Could the teacher's errors explain the gap? And do the plans cost the same?

# %%
runs[runs.x.isin(["tokens a query", "teacher right"])].pivot_table(
    index="series", columns="x", values="value").round(3)

# %% [markdown]
# The teacher is right on nearly all queries of each plan, so errors do not explain the gap. The design costs 9 %
# more: a query with its answer has 37 tokens, against 34.
#
# ## Too fast
#
# A provider's first measure is a limit on speed, a **token bucket** for each key. The bucket holds at most `size`
# tokens and `rate` new ones come in each second. A query takes one token. (These tokens are permits, not words.)
#
# ### Exercise 05.3 · The bucket (easy, 5 minutes)

# %% nbgrader={"grade": false, "grade_id": "refill", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("05.refill")
def refill(level, rate, size, seconds):
    """How many tokens are in the bucket `seconds` later. rate: tokens a second. Returns
    a number.

    Worked case: level 1, rate 2, size 10: after 3 seconds 7, after an hour 10.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "refill_check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
grade("05.refill", points=1)

# %%
level, served = 5.0, []                         # a bucket of 5, two tokens a second
# a client that tries every tenth of a second
for tenth in range(100):
    level = refill(level, rate=2.0, size=5, seconds=0.1)
    if level >= 1:
        level -= 1
        served.append(tenth / 10)
print(f"{len(served)} of 100 tries were served in ten seconds, the last after "
      f"{served[-1]} s")

# %% [markdown]
# The five tokens were used up at once, and then two tries were served each second. Over HTTP a refusal has the
# status 429 and a header that says how long to wait. The official client raises an exception (after two retries,
# switched off here).

# %%
import openai

accounts = [api.Account("hurried", "dk-hurried", per_minute=240, burst=5)]
with api.serve({"teacher": teacher}, accounts=accounts) as slow:
    hurried = client.text(slow, max_retries=0)
    try:
        for query in designed(5, seed=2):
            hurried.completions.create(model="teacher", prompt=query)
    except openai.RateLimitError as error:
        print(error.status_code, error.code, error.body["message"].split(".")[0])
        print("Retry-After:", error.response.headers["Retry-After"])
    report = harvest.harvest(slow, designed(5, seed=3), bundled.fresh("slow.jsonl"),
                             per_request=1)
    print(f"the harvester: {report.answered} answers; had to wait: {report.waits > 0}")

# %% [markdown]
# The harvester waits as long as the header says, and from then on sends one request at a time.
#
# ### Exercise 05.4 · How long? (medium, 10 minutes)
#
# `queries` are spread as evenly as possible over `accounts`. Each account has its own bucket. It holds `burst`
# tokens, is full at the start, and gets `per_minute` new ones each minute.

# %% nbgrader={"grade": false, "grade_id": "time_needed", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("05.time_needed")
def time_needed(queries, per_minute, burst, accounts=1):
    """Seconds until the last account may send its last query. Returns a number.

    Worked case: 100 queries, 60 a minute, burst 10: 90 s. With 2 accounts: 40 s.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "time_needed_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("05.time_needed", points=2)

# %% [markdown]
# ## Sixteen million, on paper
#
# Anthropic's post of 23 February 2026 reports over 16 million exchanges and approximately 24,000 accounts. (Lesson
# 13, claims C05 and C07: the post says so. Whether it is so is unverified, because no raw evidence was published.)
#
# **Predict, then run.** One account may send 60 queries a minute. How long do 16 million take? And would a limit of
# 1 query a minute stop 24,000 accounts? (Each bucket holds 60 tokens here, whatever its rate.)

# %%
EXCHANGES, ACCOUNTS = 16_000_000, (1, 100, 24_000)

def days(accounts, per_minute):
    return float(time_needed(EXCHANGES, per_minute, burst=60,
                             accounts=accounts)) / 86400

table = {f"{rate} a minute": [days(accounts, rate) for accounts in ACCOUNTS]
         for rate in (1, 60, 600)}
each = math.ceil(EXCHANGES / ACCOUNTS[-1])
print(f"{each} queries for each of {ACCOUNTS[-1]:,} accounts; days needed:")
pd.DataFrame(table, index=[f"{n:,}" for n in ACCOUNTS]).rename_axis("accounts").round(3)

# %% [markdown]
# At 60 a minute one account needs half a year, and 24,000 accounts need ten minutes. At 1 a minute they need less
# than half a day. To limit all of them together, a provider must know that they belong together (lesson 08).
#
# The article says that the accounts were made to get past rate limits. The post does not mention rate limits (claim
# C06).
#
# What does it cost? The post gives no numbers of tokens. The next cell *assumes* some, at $3 for a million prompt
# tokens and $15 for a million answer tokens. You can change them.

# %%
rows = server.ledger()
print(f"this lesson: {len(rows):,} queries, ${rows.cost.sum():.2f} by our prices")
# our assumptions
prompt_tokens, answer_tokens = [200, 1000, 3000], [500, 2000, 8000]
millions = {f"{a:,} answer tokens": [EXCHANGES * (3e-6 * p + 15e-6 * a) / 1e6
                                     for p in prompt_tokens]
            for a in answer_tokens}
print("million dollars, by tokens in an exchange:")
pd.DataFrame(millions, index=[f"{p:,} prompt tokens" for p in prompt_tokens]).round(1)

# %% [markdown]
# Under these assumptions, 16 million exchanges cost 0.1 to 2.1 million dollars.
#
# ## What the ledger shows
#
# Four accounts use the API today. *ada* sends 3 queries and *bo* sends 15, each in one domain. *cy* is a heavy
# legitimate user with 300 queries over all three domains. The *harvester* sends 300 queries of the design.
#
# **Predict, then run.** Which column of the ledger separates the harvester from *cy*?

# %%
people = [api.Account(name, f"dk-{name}") for name in ("ada", "bo", "cy", "harvester")]
with api.serve({"teacher": teacher}, accounts=people,
               ledger=bundled.fresh("lesson_05.sqlite")) as shop:
    for person, n, domains in zip(people, (3, 15, 100),
                                  (["reason"], ["translate"], DOMAINS)):
        one = client.text(shop, person.secret)
        one.completions.create(model="teacher", prompt=random_problems(n, n, domains))
    harvest.harvest(shop, designed(100, seed=4), bundled.fresh("shop.jsonl"),
                    key="dk-harvester")
    book = shop.ledger()

# %%
def seen(rows):
    return pd.Series({"queries": len(rows),
                      "domains": rows.prompt.str.split().str[0].nunique(),
                      "effective kinds": round(covered(rows.prompt)),
                      "dollars": round(rows.cost.sum(), 3)})

book.groupby("key")[["prompt", "cost"]].apply(seen).convert_dtypes()

# %% [markdown]
# None does. Both have 300 queries in three domains, and *cy* has more effective kinds, 98 against 80. *ada* and
# *bo* have few, but 15 queries cannot have more than 15. So the next cell compares at **equal volume**, over five
# seeds.

# %%
users = {"harvester": designed, "legitimate, all three": random_problems} | {
    f"legitimate, only {d}": lambda n, seed, d=d: random_problems(3 * n, seed, [d])
    for d in DOMAINS}
VOLUMES = (15, 150, 450)
at_volume = {user: [[covered(plan(n // 3, seed)) for seed in range(5)] for n in VOLUMES]
             for user, plan in users.items()}

def words(values):
    mean, low, high = measures.mean_interval(values)
    return f"{mean:.0f} ({low:.0f} to {high:.0f})"

print("effective kinds, by the number of queries of an account:")
pd.DataFrame({user: map(words, rows) for user, rows in at_volume.items()},
             index=VOLUMES).T

# %% [markdown]
# At 450 queries the harvester has 88 effective kinds (85 to 91), and a legitimate user of all three domains has 115
# (110 to 120). A user of programs has more than the harvester, too, a user of sentences about as many, and a user
# of sums far fewer. So in this ledger breadth does not separate a harvester from a legitimate user.
#
# Volume does not separate them either, because heavy legitimate users exist. And a harvester with many accounts
# needs few queries in each: with 15 it has about as many kinds as most legitimate users. Lesson 08 asks what such
# accounts have in common, and starts from this ledger (`work/lesson_05.sqlite`).

# %%
server.stop()

# %% [markdown]
# ## What we checked
#
# Each row is a conclusion that a reader might draw, with its control. Steps are equal, and queries too unless the
# row says otherwise. *Agrees* means that the whole 95 % interval of the difference over five seeds lies above zero,
# *does not agree* that it lies below, *not shown* that it includes zero.

# %%
# NBVAL_CHECK_OUTPUT
def row(claim, control, interval, unit=100):
    mean, low, high = (unit * value for value in interval)
    verdict = "agrees" if low > 0 else "does not agree" if high < 0 else "not shown"
    return claim, control, f"{mean:+.0f} ({low:+.0f} to {high:+.0f})", verdict

wide, narrow = coverage["designed"], coverage["first idea"]
harvester, legitimate, *_ = (rows[-1] for rows in at_volume.values())
late = abs(served[-1] - float(time_needed(len(served), per_minute=120, burst=5)))
checked = [row("design covers more kinds", "first idea",
               measures.paired_interval(wide, narrow), 1),
           *(row("design teaches more", *compared) for compared in design.items()),
           row("harvester covers more kinds", "legitimate, 450 queries each",
               measures.paired_interval(harvester, legitimate), 1),
           ("05.4's time is right", "simulated bucket", "",
            "agrees" if late < 0.11 else "does not agree")]
pd.DataFrame(checked, columns=["conclusion", "control", "difference", "here"])

# %% [markdown]
# ## Wrap-up: five questions

# %%
widgets.quiz("05")

# %% [markdown]
# ## What this does not show
#
# - Our teacher's skills can be written down as templates. For a real model, finding queries that reach a skill is
#   the hard part.
# - We wrote both plans, and knew what the test covers. Two other plans may differ more or less.
# - The kinds are ours. Another way to sort queries gives other numbers.
# - Our legitimate users ask random problems, so they are broad by construction. Real users may be narrower.
# - Prices and numbers of tokens are assumptions. The figures of the event come from one party.
#
# ## With real models
#
# A general model needs more than three templates. Three public methods make prompts, and the library distilabel has
# a step for each. (The calls were read in its source, and not run here.)
#
# | method | how it makes prompts | call in distilabel | trap |
# |---|---|---|---|
# | Self-Instruct | a model writes new prompts from a seed text; near copies are dropped (ROUGE-L over 0.7) | `SelfInstruct(llm=..., num_instructions=5)` | the step does not drop near copies |
# | Evol-Instruct | a model rewrites each prompt, harder or on another topic | `EvolInstruct(llm=..., num_evolutions=2)` | keeps the last rewrite only, and does not remove failed ones |
# | Magpie | an open model gets an empty user turn, and writes the user's text | `MagpieGenerator(llm=TransformersLLM(model=..., magpie_pre_query_template="llama3"), only_instruction=True, num_rows=1000)` | needs the raw prompt, so a chat API will not do |
#
# Then measure what the prompts cover, as in exercise 05.1, by topic labels or by clusters of embeddings.
#
# Send large jobs to a **batch endpoint**: `client.files.create(file=..., purpose="batch")`, then
# `client.batches.create(input_file_id=..., endpoint="/v1/chat/completions", completion_window="24h")`. (Not run
# here.) OpenAI's takes 50,000 requests in a file, and vLLM's `run_batch` reads the same file. Anthropic's takes
# 100,000, costs half as much as single requests, and ends within 24 hours. Answers may come in another order, so
# match them by `custom_id`. Some requests fail or expire, so ask again for these only, as in exercise 05.2.
#
# **Read the teacher's terms first**, and keep their version with the data, because they change. As read on 10
# October 2026, OpenAI, Google and Anthropic forbid using outputs to build models that compete with theirs.
# DeepSeek's platform terms allow distillation. The Llama 4 licence allows it, but a model that you give away must
# have a name that begins with "Llama". Lesson 13 has the sources (L25 to L32).
#
# How many clients does a server carry? The course's API was asked by 1 to 256 clients at once, each with one question
# at a time. (Stored; two cores, five rounds, `benchmarks/load.py`.) **Predict**: where does the throughput stop
# growing, and what does a further client wait for?

# %%
load = pd.read_csv(bundled.COURSE / "benchmarks" / "load.csv")
load = load.groupby("clients").median(numeric_only=True)
PARTS = {"queue": ("#bbbbbb", "//"), "model": ("#0072B2", ""),
         "http": ("#eeeeee", ".."), "ledger": ("#009E73", "xx")}
at, bottom = range(len(load)), 0
fig, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.2))
left.plot(at, load["per second"], "o-", color=plots.ROLES["teacher"].colour)
left.set(ylabel="answers a second", title="The throughput stops growing at 128 clients")
for part, (colour, hatch) in PARTS.items():
    share = 100 * load[part] / load[[*PARTS]].sum(axis=1)
    right.bar(at, share, bottom=bottom, color=colour, hatch=hatch, edgecolor="white",
              label=part)
    bottom = bottom + share
right.set(ylabel="share of the latency, %", title="Where the time of a request goes")
for ax in (left, right):
    ax.set_xticks(at, load.index)
    ax.set_xlabel("clients that ask at once")
right.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plots.show(fig, "Left: answers a second against clients, 1 to 256. They rise from 30 "
           "to about 405 at 128 clients and stay there. Right: the shares of queue, "
           "model, HTTP and ledger in the latency. The model's falls from 84 to 53 %.")

# %%
load[["per second", "p50", "p95", "queue", "model", "http", "ledger"]].round(1)

# %% [markdown]
# The knee is at 128 clients. Up to there each doubling brings more answers, because one batch of the model serves all
# who wait: from 30 answers a second to 405. Beyond it the throughput stays (406) and the median latency doubles, from
# 310 to 603 milliseconds. The latency grows before the knee, too: a question waits for the batch before it. The queue
# has 7 % of the time with up to two clients, and 27 to 33 % from eight on. The model has half of it or more. The
# ledger, which writes each row to the disk before the answer leaves, has 2 to 3 %. So a faster model would help, and a
# faster ledger would not.
#
# ## References
#
# - Hill, *Diversity and evenness: a unifying notation and its consequences*, Ecology 54, 1973 (effective
#   numbers)
# - Turner, *New directions in communications (or which way to the information age?)*, IEEE Communications
#   Magazine 24, 1986 (the bucket that limits a rate). RFC 6585 (status 429) and RFC 9110 (Retry-After)
# - Anthropic, *Detecting and preventing distillation attacks*, 23 February 2026; lesson 13 has it claim by claim
# - Wang and others, *Self-Instruct*, 2022, [arXiv:2212.10560](https://arxiv.org/abs/2212.10560); Xu and
#   others, *WizardLM* (Evol-Instruct), 2023, [arXiv:2304.12244](https://arxiv.org/abs/2304.12244); Xu and
#   others, *Magpie*, 2024, [arXiv:2406.08464](https://arxiv.org/abs/2406.08464)
# - [distilabel](https://github.com/argilla-io/distilabel), `src/distilabel/steps/tasks`; batch endpoints:
#   [OpenAI](https://platform.openai.com/docs/api-reference/batch),
#   [Anthropic](https://platform.claude.com/docs/en/build-with-claude/batch-processing),
#   [vLLM](https://docs.vllm.ai/en/v0.8.3/getting_started/examples/openai.html)
#
# Lesson 06 asks which of the answers are worth keeping.
#
# All terms of the course are explained in the [glossary](glossary.md).

# %%
progress()
