# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 13 · Law, policy and reading the news
#
# **Minutes** 75 · **You need** lesson 00, and no machine learning (two halves; break at *Three layers*) · **You will be able to** say of a sentence in the
# news what its source shows; name the three layers of law around a copied model; give each side its strongest
# argument; and turn a proposal into a number that somebody could measure.
#
# **This is for learning, and is no legal advice.** Laws differ, cases turn, terms change: everything here is as
# read by November 2026, mostly in copies. What is said of the accusing firm, the accused firms and their motives
# (C01 to C15, C37 to C42) still awaits a last check by a reader with no tie to any of the parties.

# %%
from course_utils.lesson import plots, widgets
from course_utils.lesson.exercises import exercise, grade, material, progress
from course_utils.society import claims

import matplotlib.pyplot as plt
import pandas as pd
import torch

cases, law = material("13"), material("law")       # the lesson's own scenarios, and its rules
pd.set_option("display.max_colwidth", None)
plots.picture("teacher", "API", "harvest")

# %% [markdown]
# Three boxes are lit, and the law asks a question at each. Is the **teacher** protected by itself? What was
# promised at the **API**? Whose words and data are in the **harvest**? We come to that. First, to the news.
#
# ## Ten claims, before you look
#
# (Three exercises need a little Python. Everything goes on without them.) The course began from one article about one event. Every claim of it was looked up, and has one of four statuses:
#
# | status | it means |
# |---|---|
# | corroborated by primary source | the one who should know says so, and we read it: a post, an order, a paper |
# | reported by press | a second hand says so: a newspaper, a law firm's note |
# | plausible but unverified | it may be so; or it is an opinion |
# | contradicted / misnamed | the source says something else, or has another name, or cannot be found |
#
# Here are ten of the 51. (*Moonshadow* is the article's spelling of Moonshot [C03 contradicted].)

# %%
table = claims.ledger()
ten = table.loc[list(claims.TEN)]
pd.DataFrame({"the article says": ten.quote.values}, index=range(1, 11))

# %% [markdown]
# **Predict.** Choose a status for each, and how sure you are. (The rest of your probability is spread over the
# three others.) Leave out what you like: then each status has 25 %.

# %%
mine = cases.Judgement()

# %% [markdown]
# Without widgets, write numbers instead: `{1: (0.7, 0.1, 0.1, 0.1)}` gives the first claim 70 % for
# *corroborated*, and 10 % for each of the others, in the order of the table above.

# %%
by_hand = {}

# %% [markdown]
# How good is a judgement like that? A number for it was invented for weather forecasts: look at every status, take
# the difference between what you said and what is so (1 for the right status, 0 for the others), square, add up.
# Whoever says 25 % four times has $0.75^2 + 3 \cdot 0.25^2 = 0.75$. Perfect is 0. Sure and wrong is 2.
#
# ### Exercise 13.1 · The Brier score (easy, 5 minutes)

# %% nbgrader={"grade": false, "grade_id": "brier", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("13.brier")
def brier(probabilities, truth):
    """(n, statuses) what a reader thinks likely, (n,) the number of the right status. A number, 0 to 2.

    The mean over the claims of the sum over the statuses of (probability - outcome) squared,
    where the outcome is 1 for the right status and 0 for the others.
    Worked case: probabilities [[0.7, 0.1, 0.1, 0.1]], truth [0]: 0.09 + 3 * 0.01 = 0.12.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "brier_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("13.brier", points=2)

# %% [markdown]
# Now you, beside three readers who know nothing of these ten: one says 25 % of everything; one believes every word;
# one knows how often each status occurs among the *other* 41 claims, and nothing else. **Run this again** whenever
# you have changed your mind above.

# %%
truth = claims.numbers(ten)
rest = claims.numbers(table.drop(list(claims.TEN)))
often = torch.bincount(rest, minlength=4).double() / len(rest)
readers = {"you": mine.probabilities(by_hand),
           "25 % of everything": torch.full((10, 4), 0.25).double(),
           "knows only how often": often.repeat(10, 1),
           "believes every word": torch.eye(4).double()[torch.zeros(10).long()]}
scores = {name: float(brier(said, truth)) for name, said in readers.items()}
pd.Series(scores, name="Brier score (0 is perfect)").round(2)

# %% [markdown]
# And how well did you know what you know? If you were sure of 85 % on average, 85 % should be right: more is
# modesty, less is what most people have.

# %%
sure, chosen = readers["you"].max(dim=-1)
decided = sure > 0.26
if decided.any():
    print(f"decided: {int(decided.sum())} of 10; on average you were {sure[decided].mean():.0%} sure, "
          f"and {(chosen == truth)[decided].double().mean():.0%} were right")
else:
    print("Nothing decided yet: 25 % each, a score of 0.75. Scroll up, choose, and run from there.")
pd.DataFrame({"status": ten.status.values, "you gave it": [
    f"{p:.0%}" for p in readers["you"].gather(-1, truth[:, None])[:, 0]],
    "what the source shows": ten.shows.values}, index=range(1, 11))

# %% [markdown]
# Which of them surprised you? The first is *corroborated*, and look at the last column: what has been corroborated
# is **that it was said**. Nobody outside has seen the log. The provider says 24,000, as it says in another place
# "over 24,000" [C05 said]. This column is the most important one of the table.
#
# ## The ledger
#
# All 51 claims, each with what its source shows, and the source.

# %%
claims.show(table, "quote", "says", "status", "shows")

# %% [markdown]
# It is a table like any other: filter it. What was said by the accuser, and is no more than that?

# %%
said = table[table.shows == "that it was said"]
print(f"{len(said)} of {len(table)} claims: corroborated that it was said, and not that it is so")
said[["quote"]]

# %%
pd.crosstab(table.group, table.status).reindex(columns=claims.STATUSES)

# %% [markdown]
# **Predict**, before you run the next cell: in which group is most of it corroborated, and in which nothing?

# %%
STYLE = {"said": ("#56B4E9", "//"), "shown": ("#0072B2", ""), "reported": ("#CC79A7", ".."),
         "unverified": ("#E0E0E0", ""), "contradicted": ("#D55E00", "\\\\")}
GROUPS = ["the accusation", "the reactions", "the technique", "the authorities named", "the market",
          "the law", "motives and replies", "proposals and the text itself"]

def squares(ax, y, rows):
    """The claims of one group, side by side, those that hold first."""
    order = sorted(rows.index, key=lambda i: list(STYLE).index(rows.word[i]))
    for x, name in enumerate(order):
        colour, hatch = STYLE[rows.word[name]]
        ax.barh(y, 0.94, left=x, height=0.8, color=colour, hatch=hatch, edgecolor="white")
        ax.text(x + 0.47, y, name, ha="center", va="center", fontsize=8,
                color="white" if rows.word[name] in ("shown", "contradicted") else "black",
                bbox={"facecolor": colour, "edgecolor": "none", "pad": 1})

# %% tags=["signature"]
fig, ax = plt.subplots(figsize=(9.2, 3.7))
for y, group in enumerate(GROUPS):
    squares(ax, y, table[table.group == group])
ax.set_yticks(range(len(GROUPS)), GROUPS)
ax.set(ylim=(len(GROUPS) - 0.4, -0.6), xlim=(0, 20), xticks=[],
       title="On record is an accusation. The authorities named were not found under these names")
ax.legend([plt.Rectangle((0, 0), 1, 1, facecolor=c, hatch=h, edgecolor="white")
           for c, h in STYLE.values()],
          ["corroborated: that it was said", "corroborated: that it is so", "reported by press",
           "plausible but unverified", "contradicted / misnamed"], loc="lower right")
ax.grid(False)
plots.show(fig, "Each of the 51 claims as a square, by topic and status. The accusation: six of "
           "twelve corroborated, all six only as said. The technique: five corroborated, of "
           "thirteen. The four authorities named are all contradicted or misnamed.")

# %% [markdown]
# One glance, three things. **There is a core, and it is a charge.** Three firms, many accounts, many exchanges: the
# accuser said so, in a post that can be read [C04 said, C05 said, C07 said]. **The authorities are not.** A white
# paper of Google's under that name was not found, and the nearest report has neither the four steps nor the two
# defences [C22 contradicted, C23 contradicted, C43 contradicted]. The AI Index is annual, and its 2026 edition
# came out after the event [C29 contradicted]. **And fewer than half of the technical sentences are corroborated**:
# we come to them, as you have seen most of them run.
#
# Keep three questions apart, always: *did they say it? is it so? does the named source exist?* The article fails
# mostly on the third [C22 contradicted, C29 contradicted]. (It calls itself distilled from other material: a
# translated summary of a summary [C51 shown].)
#
# ## What you can check without any source
#
# Some sentences give themselves away. The article has a market share fall from 18.7 to 16.2 %, and three others'
# rise from 3.2 to 5.7 % [C30 contradicted, C31 unverified].

# %%
print(f"lost: {18.7 - 16.2:.1f} points; won: {5.7 - 3.2:.1f} points")

# %% [markdown]
# Exactly the same, as if nobody else were in the market. Share of what: users, words, money? Measured by whom? And
# a report of the first quarter of 2026 is to be the source of a text about 24 February [C29 contradicted]. Count,
# too, how many of "the authors", "legal scholars" and "industry experts" have a name: none [C46 unverified].
#
# Do two readers agree? Give the same claims to your neighbour, and count. But beware: two readers who both cry
# *contradicted* all day agree often, and know nothing. **Cohen's kappa** takes out what chance would give.
#
# ### Exercise 13.2 · Agreement beyond chance (medium, 10 minutes)

# %% nbgrader={"grade": false, "grade_id": "kappa", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("13.kappa")
def kappa(first, second):
    """(n,) and (n,): the number of the status that each reader gave to each claim. A number, at most 1.

    (observed - chance) / (1 - chance). Observed: the share of claims with the same status.
    Chance: for each status, the first one's share of it times the second one's; the sum.
    Worked case: [0, 0, 1, 1] and [0, 1, 1, 1]: observed 0.75, chance 0.5 * 0.25 + 0.5 * 0.75,
    which is 0.5; so 0.5.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "kappa_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("13.kappa", points=2)

# %%
ours = claims.numbers(table)
believes = torch.zeros(len(table)).long()
theirs = table.says.str.contains("as the article tells it|of that name|edition")
suspicious = torch.where(torch.tensor(theirs.values), 3, 2)
for name, reader in (("believes every word", believes), ("doubts what others say", suspicious)):
    same = (reader == ours).double().mean()
    print(f"{name:23} agrees with the ledger on {same:.0%}, kappa {float(kappa(reader, ours)):.2f}")

# %% [markdown]
# Whoever believes every word is right on three claims in ten, and has a kappa of 0: there is no judgement in it. A
# single rule (*doubt what is attributed to somebody else*) is better, and still poor. There is no short cut
# around looking.
#
# ## The incident in numbers
#
# All of this is what the provider says: over 16 million exchanges, approximately 24,000 accounts; over 13 million
# by MiniMax, 3.4 by Moonshot AI, 0.15 by DeepSeek [C07 said, C05 said]. An **exchange** is one question and its
# answer. **Predict** the smallest share.

# %%
total = sum(claims.CAMPAIGNS.values())
print(f"sum of the three: {total:,} (the article: more than 16 million)")
for name, exchanges in claims.CAMPAIGNS.items():
    print(f"{name:12} {exchanges:>10,}  {exchanges / total:6.1%}")
print(f"for each account, on average: {16_000_000 / 24_000:.0f} exchanges")

# %% [markdown]
# The sum agrees with the total. The order of the headlines, DeepSeek first, is the reverse of the order of size
# [C07 said, C03 contradicted]. And the average account is no account: one proxy network alone is said to have run
# more than 20,000 of them, with other customers' traffic in between [C24 said].
#
# For scale: Google speaks of one campaign with over 100,000 prompts against its model, and names nobody
# [L35 said]. In June the same provider wrote of 28.8 million exchanges and about 25,000 accounts that it lays to
# Alibaba's laboratory, which declined to comment; again an allegation [L57 reported].
#
# What does that cost, and what does it weigh? How long the exchanges were was not found. So these are
# **assumptions**, yours to change: tokens (about three quarters of a word) and dollars for a million of them.
#
# ### Exercise 13.3 · The bill (easy, 5 minutes)

# %% nbgrader={"grade": false, "grade_id": "campaign_cost", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("13.campaign_cost")
def campaign_cost(exchanges, asked, answered, price_asked, price_answered):
    """Dollars for so many exchanges. asked, answered: tokens in each; prices: dollars a million tokens.

    What is asked and what is answered have different prices.
    Worked case: 1,000 exchanges of 500 and 1,000 tokens at 3 and 15 dollars: 1.5 + 15 = 16.5 dollars.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "campaign_cost_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("13.campaign_cost", points=2)

# %%
ASKED, PRICES = 500, {"a small model": (1, 5), "a middle one": (3, 15), "a large one": (5, 25)}

def bill(answered):
    fig, ax = plt.subplots(figsize=(7.5, 2.2))
    costs = [float(campaign_cost(16e6, ASKED, answered, *p)) / 1e6 for p in PRICES.values()]
    ax.barh(list(PRICES), costs, color=plots.ROLES["attacker"].colour, height=0.6)
    for y, cost in enumerate(costs):
        ax.text(cost, y, f" {cost:.2f}", va="center")
    size = claims.weight(16e6, ASKED, answered)
    ax.set(xlim=(0, 4), xlabel="millions of dollars",
           title=f"16 million times {ASKED} tokens asked, {answered:,} answered: {size:,.0f} GB")
    return fig, (f"With {answered:,} tokens in an answer, 16 million exchanges cost {costs[0]:.2f}, "
                 f"{costs[1]:.2f} or {costs[2]:.2f} million dollars by our three price lists, and "
                 f"weigh {size:,.0f} gigabytes.")

widgets.slider(bill, values=[300, 1000, 2000, 4000, 8000], start=2000, label="tokens answered")
plots.show(*bill(2000))

# %% [markdown]
# Some hundreds of thousands of dollars, under these assumptions, and a disk that fits in a pocket. Much for a
# student, little for a laboratory. (Our three price lists are of a usual size, and nobody's.)
#
# ## Which technical sentences hold?
#
# You do not need machine learning for this part: each line says what a lesson of this course has seen, and links
# there. *Supports*, *refines* and *contradicts* are about the sentence, not about the event.

# %%
claims.show(table[table.course != ""], "quote", "course", "why", link="lesson")

# %% [markdown]
# Read three of them aloud. **"Requiring direct access to the teacher's internals"**: no. Soft labels *are* outputs,
# and lesson 04 needs nothing else [C19 contradicted]. **"Confidence scores"**: some APIs serve them; the provider's
# own documents say that its API does not [C26 contradicted]. **"Without harming legitimate user experience"**:
# lesson 09 has the honest customer's bill [C45 contradicted].
#
# ## Three layers
#
# Now the law. Think of a house with a locked room, a door, and what is carried out.
#
# **The model** is the room. *Is it protected by itself, whoever comes and however?* The words for it are
# copyright, trade secret and unfair competition; which of them fits a model is disputed [L03 said, L07 reported].
#
# - **Settled, or nearly.** In the US, what a machine makes alone has no author, and so no copyright; the Supreme
#   Court left that standing in March 2026 [L01 reported, L02 reported]. A secret is lost to honest testing, and
#   protected against lies and broken confidence, in the US as in the EU [L06 reported, L61 shown].
# - **Disputed.** Weights: largely without copyright, say two scholars [L03 said]. Do they hold the works that they
#   learned from? A court in London said no, one in Munich yes [L04 reported, L05 reported]. A court in Beijing
#   refused copyright for a model, and protected its structure and parameters against a rival all the same
#   [L07 reported]. So "currently lacks clear statutory protection" is about right for copyright in the US, and
#   too broad for the rest [C33 shown].
# - **The case to know.** In *Compulife* each quote was public, and a robot that took millions of them had taken a
#   secret: the whole [L08 shown]. Would that hold for a model's answers? No judgment on that was found [L18 unverified].
#   Two cases about hidden instructions are under way [L09 reported, L10 reported].

# %%
facts = claims.sources()
claims.show(facts[facts.layer == "the model"], "place", "statement", "status", "shows")

# %% [markdown]
# **The door.** *How did you get in, and what did you promise?* That is contract, and the law on access.
#
# - **Settled, or nearly.** A promise binds who made it. Most providers forbid to train rivals on their answers, and
#   not all [C34 shown]. In the EU the owner of data that no exclusive right protects may still limit its use by
#   contract [L15 reported].
# - **Disputed.** In the US one court found scraping and fake profiles in breach of a user agreement; another threw
#   such claims out, as a contract must not make a copyright where there is none [L14 reported, L16 shown]. Up to
#   December 2024 no model maker was known to have enforced such a clause with money [L17 said]. And if access came
#   through a reseller, who has promised what [L20 said]?
# - **Not the privacy policy.** The article names that document; the post names the terms of service and the
#   regional restrictions, and a privacy policy is about personal data [C36 contradicted, L19 said].

# %%
claims.show(facts[facts.layer == "the door"], "place", "statement", "status", "shows")

# %% [markdown]
# **The answers** are what is carried out. *Whose words and whose data are in them?* The provider leaves them to the
# customer, as between the two [L21 shown]. But other people may be in them.
#
# - **Settled, or nearly.** In the EU, who trains on personal data needs a basis for it, and its lack can taint the
#   model [L22 shown]. Who puts a general model on the market there must say what it was trained on, in summary
#   [L23 reported].
# - **Disputed.** Is training on others' works fair use? In 2025 two US courts said yes for books, one of them
#   with a no for pirated copies that are kept; a third said no for a rival's headnotes, and the appeal is pending
#   [L38 reported, L66 reported, L42 reported].
# - **Proprietary?** The article sets outputs against proprietary data, and names a privacy policy [C36 contradicted].
#   Two questions hide in that: do the answers give away what is the provider's own, and do they give away people?
# - **Traces.** The post says that prompts made the model write out the reasoning behind a finished answer
#   [L24 said]. Is what a model writes on request the provider's secret, or the customer's output? That is where
#   this layer touches the first.

# %%
claims.show(facts[facts.layer == "the answers"], "place", "statement", "status", "shows")

# %% [markdown]
# ## Breach or infringement?
#
# The article's best sentence is a distinction: a breach of terms is not an infringement [C37 unverified]. A court
# has said why it matters: a copyright is "a right against the world", while contracts "generally affect only their
# parties" [L13 shown].
#
# | | breach of a promise (the door) | taking what is another's (the model, the answers) |
# |---|---|---|
# | who can be held to it | who promised [L13 shown] | anybody, for a copyright; who came by it improperly, for a secret [L13 shown, L06 reported] |
# | what must be shown | that there was a promise, and that it was broken | that there is a right, and that it was taken |
# | where it fails | no promise made; a law displaces it [L16 shown] | no author; no secret left [L01 reported, L06 reported] |
# | tried on | profiles, flights, posts [L14 reported, L15 reported, L16 shown] | quotes, pictures, songs, books [L08 shown, L04 reported, L05 reported, L38 reported] |
# | judged for a model's answers | nothing found [L18 unverified] | nothing found [L18 unverified] |
#
# And there is a third way: false names are not only a broken promise. Misrepresentation can be an improper means to a
# secret, or unauthorised access [L06 reported, L10 reported]. The article leaves it out: its case of "legitimate paid
# API calls" is not the one that the accuser tells [C37 unverified].
#
# ## Seventeen cases
#
# Choose one. Which layers are in play? Tick them, and *Check*. Then **change one fact** and check again: that is
# how lawyers find out what a case is about. (*Arguable* counts either way. *Traces* are reasoning that the provider
# does not show as such; *rule* is what the terms, or an open licence, say of training.)

# %%
cases.play();

# %%
MARK = {law.IN: "● in play", law.OPEN: "○ arguable", law.OUT: "– not"}
pd.DataFrame({name: {f.layer: MARK[f.verdict] for f in law.layers(case)}
              for name, case in cases.SCENARIOS.items()}).T

# %% [markdown]
# Why? All reasons, for reading without a kernel:

# %%
cases.explain()

# %% [markdown]
# It is a function, and you can call it. What changes if the same answers are found on the web, and asked about in
# the EU?

# %%
found = cases.SCENARIOS["Somebody's answers, found on the web"]
for finding in law.layers(found._replace(country="EU", content="personal data")):
    print(f"{finding.layer}: {finding.verdict}. {finding.why}\n")

# %% [markdown]
# ## Reading terms
#
# Eight providers, eight clauses. First **without the names**, as you should read them:
#
# 1. not "[to] build a competing product or service, including to train competing AI models"
# 2. not "[to] train an AI model (e.g., 'model scraping' or 'model distillation')" without authorisation
# 3. not "Use Output to develop models that compete"
# 4. outputs may be used for "training other models (such as model distillation)"
# 5. not, without authorisation, "models that have potential competitive possibilities with the Services"
# 6. nothing on training with outputs
# 7. outputs may train other models, whose names must then begin with ours
# 8. "may not use the Services to develop models that compete"

# %%
widgets.quiz("13", "READING")

# %% [markdown]
# Now with names and dates. Does it surprise you who forbids and who allows?

# %%
claims.show(facts[facts.layer == "the terms"], "place", "statement", "status", "shows")

# %% [markdown]
# Of the three accused firms one allows to others, in words, what it is accused of; one forbids it; one is silent
# [L29 shown, L30 shown, L31 unverified]. Their wording in February was not found: these versions are later. And
# clause 2 and clause 1 are of one provider, and reach differently far [L25 shown, L26 shown].
#
# ## The strongest case for each
#
# Six positions. Each is written as its own best advocate would put it; under it, what it would still have to show.
# Read one that you dislike **twice**. Then say it to somebody, without irony.
#
# **The provider.** *We sell answers; what you buy is yours to use, but not to build our rival from, and whoever opens
# an account agrees to that [L21 shown, L25 shown]. Distillation is a fine method, and everybody's, ours included [L33 said]. What we object
# to are false accounts, from a region where we do not sell, in patterns unlike normal use [C05 said, L19 said,
# C11 said]. We laid them to their makers with high confidence, by several kinds of trace, some of which partners saw
# as well, and we share what gives them away with those who are concerned [L62 said]. A copy costs a fraction, and the safeguards that we built do not come along [L33 said, L34 said].
# Google and OpenAI say the same of theirs [L35 said, L36 reported]. If whoever comes last pays least, who will train
# the next teacher?*
#
# - Still to show: the raw evidence, of which none was published, and what the copies gained [C05 said, C09 said]. (A
#   log in public would also teach how to hide, it can answer. Then let somebody neutral read it.)
#
# **The double standard.** *You learned from everybody, and asked nobody. Where authors objected you said fair use;
# where others learn from you, you say attack [L38 reported, C04 said]. Two scholars find "a certain hypocrisy"
# in whoever does that [L37 reported]. You kept pirated books, and settled for 1.5 billion dollars [L38 reported, L39 shown]. Whether the
# rest was fair is not settled either [L42 reported]. A website whose terms forbade scraping has sued you over it: the
# same complaint that you now make [L40 reported, L19 said]. Your terms bind whoever clicks; the web's authors had no
# button. The copiers at least paid for the answers [L44 reported]. And it is the trade's custom: even your loudest
# critic said under oath that his own firm had "partly" done it [C14 reported, L43 reported]. One rule for all, please.*
#
# - Still to show: that reading what is public and asking through false accounts are the same act. One settlement is on
#   record, not several; the suits are complaints, and contested [C15 reported, L40 reported, L41 reported].
#
# **The accused firms.** The article says that they point to their own innovations [C40 unverified]. No statement of
# theirs on this accusation was found, and silence is no confession [L46 reported]. What could be said for them: *You
# name us in public, before any court, and show no log [C05 said, L18 unverified]. You say yourself that such networks
# mix the traffic of many customers: whose was whose [C24 said]? If access came from a reseller, what had we promised
# you [L20 said]? Of what our models gained by it you show nothing, and an outside researcher finds no clear
# evidence of it [C09 said, L64 reported]. One of us is accused of less than one exchange in a hundred; the same researcher calls that
# negligible [C07 said, L45 reported]. Each of us has published methods of its own: one for mathematical reasoning, and
# a model reviewed by peers in Nature; an optimiser; an attention for long contexts [C41 unverified, L47 reported,
# L50 said, L63 said]. The White House itself writes that such copies do not reach the original [L54 reported]. One of us
# permits everybody to distil its model [L29 shown]. And in the same post you ask for limits on the chips that we may
# buy [L34 said].* China's embassy and its ministry of commerce call such claims of the US unfounded [L48 reported,
# L49 reported].
#
# - Who accuses has to show it, and no suit was found [L18 unverified]. What would still help: an answer to what is
#   alleged, account by account.
#
# **Openness.** *Whoever learns, learns from others' outputs; who may learn should not be up to the one who is learned
# from. Clauses against it chill research, shield firms from competition, and make a copyright where the law made none
# [L52 said]. Training on what models say is a researcher's daily bread [L45 reported]. Open weights can be examined
# without their maker's leave; broad bills against distillation may end that, everywhere
# [L51 said, L64 reported]. Whoever wants to teach lesson 05 on a model of that provider has to ask it first, by its
# usage policy [L26 shown].*
#
# - Still to show: how weights that are out, their safeguards gone, can be called back [L34 said]. Those who argue so
#   admit a price: fewer tools against misuse [L52 said].
#
# **Control.** *Some abilities should not spread by copying. What helps an engineer helps an attacker, too; safeguards
# are built at the source, a copy need not keep them, and limits on chips are worth little if what the chips made can be
# copied [L34 said]. A government sees deliberate campaigns, and a think
# tank holds that firms alone cannot change what pays [L54 reported, L59 said]. Another asks for an answer that is
# calibrated, and for an answer [L65 said]. Breach of contract is a strange word for what may end in weapons.*
#
# - Still to show: that a copied model did such harm, and that the rule would have stopped it. The same memorandum says
#   that copies fall short [L54 reported].
#
# **Competition, and everybody else.** *The largest providers tell each other about suspicious customers, and one asks
# that competition law permit it [L58 reported, L57 reported]. A clause against whatever "competes" can be held against
# any customer who grows [L27 shown]. And whoever is accused by mistake: whom does he ask? (In lesson 08 an innocent
# crowd was accused; in lesson 09 honest customers lost their scores.) No side pays for that; we do.*
#
# - Still to show: how many are accused by mistake outside of a toy, and what a market of cheap copies does to those
#   who train first.

# %%
claims.show(facts[facts.layer == "the sides"], "statement", "status", "shows")

# %% [markdown]
# ## From a proposal to a number
#
# The article ends with three proposals and some advice [C46 unverified, C49 unverified]. Advice cannot be true or
# false. But each can be turned into a question that somebody could **measure**:
#
# | it proposes | ask instead |
# |---|---|
# | define the scope of property in models: algorithms, parameters, "core knowledge" [C46 unverified] | Of a hundred students that never met the model, how many would the test call copies? (Lesson 11 has innocent students.) |
# | clarify what paid use permits: breach or infringement [C47 unverified] | Give twenty uses and the clause to two readers: what is their kappa? |
# | international rules [C48 unverified] | Of the campaigns found, what share is within reach of a court? |
# | for firms: basic research [C49 unverified] | Trained without any other model's answers, how much of the ability is left? |
# | for firms: provenance and compliance [C49 unverified] | For what share of the training rows can all ten questions below be answered? |
# | for firms: applications of one's own [C49 unverified] | On the tasks that your own users bring, how much better are you than a copy, at the same cost? |
#
# Where policy really went in 2026: not to property at all, but to security. A memorandum of the White House, a bill
# with a public list and sanctions [L54 reported, L55 shown, L56 reported]; no treaty [L60 reported].

# %%
claims.show(facts[facts.layer == "the policy"], "statement", "status", "shows")

# %% [markdown]
# ## What would a rule change?
#
# A small model, so that one can disagree with it precisely. A **copier** copies if that pays: the copy's worth, less
# the bill, less the fine *if* he is found **and** can be reached. A **provider** loses by the copy, and by what his
# defence costs his customers. The **honest** lose answers to the defence, accounts to mistakes, and reuse (research,
# small tools) to rules that are wide or unclear. How good the copy is and what the honest lose are **measured**: the
# arena's stored runs, five seeds. Everything else is assumed:

# %%
assumed = law.Assumptions()
pd.DataFrame({"assumed": assumed._asdict(), "what it is": law.MEANING})

# %% [markdown]
# And five rules: how likely it is that who was found can be made to pay (**reach**), how many times the copy's worth
# (**fine**), and what share of honest reuse stops (**chill**). These numbers, too, are ours.

# %%
pd.DataFrame(law.RULES, index=law.Rule._fields).T

# %%
arena = law.measured("none")
pd.DataFrame({name: law.outcome(rule, assumed, arena) for name, rule in law.RULES.items()}).T.map(
    lambda v: f"{v:.1f}" if isinstance(v, float) else ("yes" if v else "no"))

# %% [markdown]
# **Predict**: fines three times the copy's worth, and he still copies. Why? Move the slider: the chance that a
# campaign is found.

# %%
SIDES = ("copier", "provider", "honest")

def lives(found, defence="none"):
    arena, at = law.measured(defence), law.Assumptions(found=found)
    ends = {name: law.outcome(rule, at, arena) for name, rule in law.RULES.items()}
    fig, axes = plt.subplots(1, 3, figsize=(10.5, 2.7), sharey=True)
    for ax, side, role in zip(axes, SIDES, ("attacker", "teacher", "defender")):
        values = [end[side] for end in ends.values()]
        ax.barh(range(len(values)), values, color=plots.ROLES[role].colour, height=0.6)
        for y, value in enumerate(values):
            ax.text(max(value, 0), y, f" {value:.1f}", va="center", fontsize=9)
        ax.set(title=f"{side}, million $", xlim=(-11, 13))
    axes[0].set_yticks(range(len(ends)), ends)
    axes[0].invert_yaxis()
    stops = [name for name, end in ends.items() if not end["copies"]]
    fig.suptitle(f"{found:.0%} found: nobody copies under {', '.join(stops) or 'none of the rules'}",
                 x=0.01, ha="left")
    return fig, (f"With {found:.0%} of the campaigns found and the defence '{defence}': what copier, "
                 "provider and honest users win or lose under five rules. No copying under: "
                 f"{', '.join(stops) or 'none of them'}.")

widgets.slider(lives, values=[0.1, 0.25, 0.5, 0.75, 1], start=0.5, label="found")
plots.show(*lives(0.5))

# %% [markdown]
# Three readings. **Fine, reach and detection multiply**: a law writes only one of them. **Clear and wide are two
# things**: clear terms cost the honest little; wide property costs them reuse even in a world where nobody copies.
# **And "property, and a treaty" deters here because we wrote 0.8 into it** (no such treaty was found [L60 reported]).
# With your number, it may not.
#
# Add a defence that keeps the class and spoils the scores (lesson 09): who pays?

# %%
for defence in ("none", "noise", "randomised response"):
    end = law.outcome(law.RULES["clear terms for paid use"], assumed, law.measured(defence))
    print(f"{defence:20}" + "".join(f"  {side} {end[side]:6.1f}" for side in SIDES))

# %% [markdown]
# Now yours. Change a number, or write a rule; say first what you expect.

# %%
my_rule = law.Rule(reach=0.5, fine=2.0, chill=0.1)
my_world = law.Assumptions(found=0.9, innocent=0.02)
ends = law.outcome(my_rule, my_world, law.measured("none"))
print({side: round(ends[side], 1) for side in ends})

# %% [markdown]
# ## Where does your data come from?
#
# Whatever the law will be, a team can know what it trained on. Ten questions, for every data set, on the day on which
# it comes in:

# %%
pd.Series(cases.PROVENANCE, name="ask").to_frame()

# %%
lesson_05 = {"source": "the course's own teacher", "date": "when you ran it", "way": "our API",
             "account": "your key", "terms": "MIT", "permission": "MIT: everything", "people": "none",
             "works": "none", "changes": "none", "use": "the students of lessons 05 to 07"}
from_a_friend = {"source": "a link in a chat", "way": "download", "use": "the new model"}
for name, record in (("lesson 05", lesson_05), ("a file from a friend", from_a_friend)):
    gaps = cases.missing(record)
    print(f"{name}: {10 - len(gaps)} of 10 answered" + (f"; open: {', '.join(gaps)}" if gaps else ""))

# %% [markdown]
# ## From memory
#
# Do not scroll. What are the three layers, and the question that each asks? Say them aloud; then open this.
#
# <details><summary>The three layers</summary>
#
# **The model**: is it protected by itself, whoever comes? **The door**: how did you get in, and what did you
# promise? **The answers**: whose words and whose data are in them? (Teacher, API, harvest.)
# </details>
#
# ## The evidence, in one table

# %%
# NBVAL_CHECK_OUTPUT
core = table.loc[["C04", "C05", "C07"]]
named = table[table.group == "the authorities named"]
technique = table[table.group == "the technique"]
free, noisy = (law.outcome(law.RULES["clear terms for paid use"], assumed, law.measured(d))
               for d in ("none", "noise"))
patterns = {tuple(f.verdict for f in law.layers(case)) for case in cases.SCENARIOS.values()}
sure, wrong = claims.STATUSES[0], claims.STATUSES[3]
rows = [("the accusation is on record", (core.status == sure).all()),
        ("what is on record shows that it is true", (core.shows == "that it is so").any()),
        ("an authority was found under the name given", (named.status != wrong).any()),
        ("half of the technical sentences are corroborated", (technique.status == sure).mean() >= 0.5),
        ("believing every word beats 25 % of everything",
         scores["believes every word"] < scores["25 % of everything"]),
        ("the three layers always agree", all(len(set(p)) == 1 for p in patterns)),
        ("noise on the scores costs the honest more than the copier",
         free["honest"] - noisy["honest"] > free["copier"] - noisy["copier"])]
pd.DataFrame([(what, "yes" if found else "no") for what, found in rows],
             columns=["finding", "seen here"])

# %% [markdown]
# ## Wrap-up: five questions

# %%
widgets.quiz("13")

# %% [markdown]
# ## What this does not show
#
# - Who is right. Statuses say what a source shows, and whether we read it; they were given by a few readers, mostly
#   from copies, and await one with no tie to the parties. Agree with them beyond chance, or say why not.
# - The law. Nine facts are not a case; three places are not the world; what was not found may exist. Where a row says
#   *reported*, somebody else read the judgment, and we read them.
# - What will hold next year. One appeal is pending, a bill is under way, a usage policy was reworded on 12 November
#   2026: the day is in each row [L42 reported, L56 reported, L26 shown].
# - That the small model of policy is true. It has a copier who calculates, one copy, no second buyer, no state, and
#   its copies are of digits. It is there to make you say which number you disagree with.
# - That the course is neutral by nature. It calls people attackers who in a case of their own would be customers.
#
# ## References
#
# - All rows with their sources: `data/claims_ledger.csv`, `data/law_sources.csv`.
# - G. W. Brier, *Verification of forecasts expressed in terms of probability*, Monthly Weather Review 1950.
# - J. Cohen, *A coefficient of agreement for nominal scales*, Educational and Psychological Measurement 1960.
# - P. Henderson and M. Lemley, *The Mirage of Artificial Intelligence Terms of Use Restrictions*, 2024.
#   [arXiv:2412.07066](https://arxiv.org/abs/2412.07066)
# - Anthropic, *Detecting and preventing distillation attacks*, 23 February 2026
#   ([post](https://www.anthropic.com/news/detecting-and-preventing-distillation-attacks)).
# - Google Threat Intelligence Group, *AI Threat Tracker*, 12 February 2026
#   ([post](https://cloud.google.com/blog/topics/threat-intelligence/distillation-experimentation-integration-ai-adversarial-use)).
#
# That was the last lesson. Take a sentence that you believe, and look it up.

# %%
progress()
