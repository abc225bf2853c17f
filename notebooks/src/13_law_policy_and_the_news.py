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
# **Minutes** 75 · **You need** lesson 00, and no machine learning (two halves; break at *Three layers*) · **You will be
# able to** say of a sentence in the news who said it and whether it is so; name the three layers of law around a
# copied model; state each side's best argument; and turn a proposal into a number that can be measured.
#
# **This is for learning, and is no legal advice.** Sources were read until November 2026, mostly in stored copies. What
# was not read is marked.
#
# **Interest.** This lesson was drafted with the help of language models. At least one of them is made by Anthropic, a
# party to the dispute. No lawyer and no independent reader has reviewed it. Corrections are welcome: open an issue in
# the course's repository, and name the row.
#
# **Two hours without code.** Readers of law and policy need no installation: the stored page has every result.
#
# | minutes | what |
# |---|---|
# | 10 | lesson 00: the event and the words |
# | 30 | the first half. Judge the ten claims on paper; open `data/claims_ledger.csv` as a spreadsheet |
# | 15 | the evidence tables at the end of lessons 05, 08, 09 and 11 |
# | 45 | the second half, with three of its cases |
# | 20 | one of the *Claims to argue with*, in pairs, each for the side that they like less |

# %%
from course_utils.lesson import plots, widgets
from course_utils.lesson.exercises import exercise, grade, material, progress

import matplotlib.pyplot as plt
import pandas as pd
import torch

# the claims and their sources; the lesson's own scenarios, and its rules
claims, cases, law = material("claims"), material("13"), material("law")
pd.set_option("display.max_colwidth", None)
plots.picture("teacher", "API", "harvest")

# %% [markdown]
# The first half is about the news. The second half asks a question of law at each box that is lit in the picture: the
# **teacher** (is the model protected?), the **API** (who may enter?) and the **harvest** (what may be taken?).
#
# ## Ten claims, before you look
#
# The course began from one article about one event. It makes 51 claims. Many are *put to* a party, which means: by
# its account, this party said so. We looked up each claim, with two questions:
#
# | did the party that it is put to say it? | it means |
# |---|---|
# | yes | its own text, or its words as quoted by others, say this |
# | no | its own text was read whole, and does not say it |
# | no such source found | no text of that party was found that could contain it |
#
# | is it so? | it means |
# |---|---|
# | shown | the text that is itself the evidence was read, and says so: a law, a judgment, terms, a paper |
# | reported | somebody else says so: a newspaper, a law firm, a summary |
# | unverified | only the one who claims it says so; or sources disagree; or it is an opinion |
# | contradicted | a text that was read says otherwise |
#
# Where a claim has parts, the weakest part decides. From here on a reference such as [C05 said] names a row and its
# status. A C stands for a claim, and an L for a source on the law or on one of the sides. *Said*, *not said* and *no
# source* answer the first question where the second is *unverified*.
#
# Here are ten of the 51.

# %%
table = claims.ledger()
ten = table.loc[list(claims.TEN)]
pd.DataFrame({"the article says": ten.quote.values, "put to": ten.put_to.values},
             index=range(1, 11))

# %% [markdown]
# **Predict.** Is it so? Choose an answer for each claim, and how sure you are. The rest of your probability is spread
# over the three other answers. A claim that you leave out has 25 % for each answer.

# %%
mine = cases.Judgement()

# %% [markdown]
# Without widgets, write numbers: `{1: (0.7, 0.1, 0.1, 0.1)}` gives the first claim 70 % for *shown*, and 10 % for
# each of the others.

# %%
by_hand = {}

# %% [markdown]
# How good is such a judgement? The **Brier score** was invented for weather forecasts. For every answer, square the
# difference between your probability and the outcome (1 for the right answer, 0 for the others), and add up. A reader
# who says 25 % four times has $0.75^2 + 3 \cdot 0.25^2 = 0.75$. The best score is 0, and the worst is 2.
#
# ### Exercise 13.1 · The Brier score (easy, 5 minutes)
#
# The three exercises need a little Python. The rest goes on without them.

# %% nbgrader={"grade": false, "grade_id": "brier", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("13.brier")
def brier(probabilities, truth):
    """(n, answers) what a reader thinks likely, (n,) the number of the right answer. A
    number, 0 to 2.

    The mean over the claims of the sum over the answers of (probability - outcome)
    squared, where the outcome is 1 for the right answer and 0 for the others.
    Worked case: probabilities [[0.7, 0.1, 0.1, 0.1]], truth [0]: 0.09 + 3 * 0.01 =
    0.12.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "brier_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("13.brier", points=2)

# %% [markdown]
# **Predict.** One reader gives 25 % to every answer, and one believes every word. A third knows only how often each
# answer occurs among the *other* 41 claims. Which is best? Run this cell again when you have changed your mind.

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
# The reader that gives 25 % is the best of the three, with 0.75. The one that believes every word is the worst. Were
# you too sure? If you were 85 % sure on average, 85 % of your answers should be right. If fewer are right, you were
# overconfident.

# %%
sure, chosen = readers["you"].max(dim=-1)
decided = sure > 0.26
if decided.any():
    print(f"decided: {int(decided.sum())} of 10; on average you were "
          f"{sure[decided].mean():.0%} sure, and "
          f"{(chosen == truth)[decided].double().mean():.0%} were right")
else:
    print("Nothing decided yet: 25 % each, a score of 0.75. Scroll up, choose, and run "
          "from there.")
pd.DataFrame({"said it?": ten.said.values, "is it so?": ten.so.values, "you gave it": [
    f"{p:.0%}" for p in readers["you"].gather(-1, truth[:, None])[:, 0]]},
             index=range(1, 11))

# %% [markdown]
# The first row shows why there are two columns. The provider, Anthropic, said it, and nobody else has verified it
# [C05 said]. Its post has "approximately 24,000" accounts, and its message on X "over 24,000" [C05 said].
#
# ## The ledger
#
# All 51 claims follow. The list that the ledger began from had one status for both questions, and so contradicted
# itself. The column `correction` says where, and why.

# %%
claims.show(table, "quote", "put_to", "said", "so")
changed = table[table.correction != "none"]
print(f"{len(changed)} of {len(table)} rows correct the list that the ledger began "
      "from")
changed[["correction"]]

# %% [markdown]
# The next figure has the claims in eight groups. **Predict.** Is there a group in which most claims are shown?

# %%
COLOURS = {"yes": "#56B4E9", "no": "#D55E00", "no such source found": "#E0E0E0",
           "shown": "#0072B2",
           "reported": "#CC79A7", "unverified": "#E0E0E0", "contradicted": "#D55E00"}
GROUPS = ["the accusation", "the reactions", "the technique", "the authorities named",
          "the market", "the law", "motives and replies",
          "proposals and the text itself"]

def stacked(ax, column, order):
    """One bar a group: how many claims have each answer, with the number in it."""
    counts = pd.crosstab(table.group,
                         table[column]).reindex(index=GROUPS, columns=order,
                                                fill_value=0)
    left = torch.zeros(len(GROUPS))
    for answer in order:
        width = torch.tensor(counts[answer].values).float()
        ax.barh(GROUPS, width, left=left, height=0.7, color=COLOURS[answer],
                label=answer, edgecolor="white")
        for y, (w, x) in enumerate(zip(width, left)):
            if w:
                ax.text(x + w / 2, y, f"{int(w)}", ha="center", va="center", fontsize=9,
                        color="white" if answer in ("shown", "contradicted", "no")
                        else "black")
        left = left + width
    ax.legend(loc="upper center", bbox_to_anchor=(0.45, -0.13), ncols=2, fontsize=9)
    ax.set(xlim=(0, 14), ylim=(len(GROUPS) - 0.4, -0.6), xlabel="claims")
    return counts.sum()

# %% tags=["signature"]
fig, (left, right) = plt.subplots(1, 2, figsize=(10.5, 4.2), sharey=True)
said = stacked(left, "said", ["yes", "no", "no such source found"])
so = stacked(right, "so", list(claims.SO))
left.set(title=f"Did they say it? Yes for {said['yes']} of {len(table)}")
right.set(title=f"Is it so? Shown for {so['shown']} of {len(table)}")
plots.show(fig, "Two bar charts of the 51 claims by topic. Left, did the party say it: "
           + ", ".join(f"{answer} {n}" for answer, n in said.items())
           + ". Right, is it so: "
           + ", ".join(f"{answer} {n}" for answer, n in so.items()) + ". Of the "
           "accusation nothing is shown. No authority that the article names was "
           "found.")

# %% [markdown]
# No: four claims of 51 are shown, and in no group more than two. The figure shows three more things:
#
# - **What is on record was said by one side.** The provider said in a post that three firms used many accounts for
#   many exchanges [C04 said, C05 said, C07 said]. Nobody else has verified it.
# - **The authorities were not found.** No Google white paper of that name was found, and the nearest report has no
#   four steps [C22 no source, C23 no source]. The AI Index is annual, and its 2026 edition came out after the event
#   [C29 contradicted]. The two defences that the article credits to Google's research come from other institutions
#   [C43 contradicted].
# - **Of 13 technical sentences one is shown, and five are contradicted.** The ledger above says which.
#
# So keep three questions apart: *did they say it? is it so? does the named source exist?* The article calls itself
# distilled and summarised from other material [C51 shown].
#
# ## What you can check without any source
#
# Some sentences can be tested against themselves. In the article one market share falls from 18.7 to 16.2 %, and
# another rises from 3.2 to 5.7 % [C30 no source, C31 no source]. **Predict** what the two differences have in common.

# %%
print(f"lost: {18.7 - 16.2:.1f} points; won: {5.7 - 3.2:.1f} points")

# %% [markdown]
# They are equal, as if nobody else were in the market. And is it a share of users, of text or of money? The article
# is about 24 February, and names as its source a report on the whole first quarter of 2026 [C29 contradicted]. Of
# "the authors", "legal scholars" and "industry experts" none has a name [C46 no source, C37 no source].
#
# Do two readers agree? If both give nearly every claim the same answer, they often agree by chance. **Cohen's kappa**
# counts only the agreement beyond chance.
#
# ### Exercise 13.2 · Agreement beyond chance (medium, 10 minutes)

# %% nbgrader={"grade": false, "grade_id": "kappa", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("13.kappa")
def kappa(first, second):
    """(n,) and (n,): the number of the answer that each reader gave to each claim. A
    number, at most 1.

    (observed - chance) / (1 - chance). Observed: the share of claims with the same
    answer.
    Chance: for each answer, the first one's share of it times the second one's; the
    sum.
    Worked case: [0, 0, 1, 1] and [0, 1, 1, 1]: observed 0.75, chance 0.5 * 0.25 + 0.5 *
    0.75, which is 0.5; so 0.5.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "kappa_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("13.kappa", points=2)

# %% [markdown]
# **Predict.** Three readers use a rule and look nothing up. One calls everything *shown*, and one calls everything
# *unverified*. One calls a claim *contradicted* where no source was found, and *unverified* otherwise. Which has the
# highest kappa with the ledger?

# %%
ours = claims.numbers(table)
missing = torch.tensor((table.said == "no such source found").values)
rules = {"all shown": torch.zeros(len(table)).long(),
         "all unverified": torch.full((len(table),), 2),
         "contradicted where no source": torch.where(missing, 3, 2)}
agreement = {name: float((reader == ours).double().mean())
             for name, reader in rules.items()}
for name, reader in rules.items():
    print(f"{name:29} agrees on {agreement[name]:.0%}, kappa "
          f"{float(kappa(reader, ours)):.2f}")

# %% [markdown]
# None: no kappa is above 0. The reader that calls everything unverified agrees with the ledger on 63 % of the claims,
# and has judged nothing. The third rule is no better, because *not found* is not *contradicted*.
#
# ## The incident in numbers
#
# The provider speaks of over 16 million exchanges and approximately 24,000 accounts [C07 said, C05 said]. It
# attributes over 13 million of them to MiniMax, 3.4 to Moonshot AI, 0.15 to DeepSeek [C07 said]. An **exchange** is
# one question and its answer. **Predict** the smallest share.

# %%
total = sum(claims.CAMPAIGNS.values())
print(f"sum of the three: {total:,} (the article: more than 16 million)")
for name, exchanges in claims.CAMPAIGNS.items():
    print(f"{name:12} {exchanges:>10,}  {exchanges / total:6.1%}")
print(f"for each account, on average: {16_000_000 / 24_000:.0f} exchanges")

# %% [markdown]
# DeepSeek's share is 0.9 %, and the article names it first [C07 said, C03 contradicted]. The average of 667 may fit
# no real account: one proxy network is said to have run over 20,000 accounts, and to have mixed in other customers'
# requests [L83 said].
#
# For scale: Google speaks of one campaign with over 100,000 prompts, and names nobody [L35 said]. In June Anthropic
# attributed 28.8 million exchanges to operators affiliated with Alibaba's laboratory, again as an allegation; no
# comment by Alibaba was found [L57 reported].
#
# What would such a campaign cost? We found no figure for the length of an exchange. So the number of tokens (a token
# is about three quarters of a word) and the prices are **assumptions**, and you can change them.
#
# ### Exercise 13.3 · The bill (easy, 5 minutes)

# %% nbgrader={"grade": false, "grade_id": "campaign_cost", "locked": false, "schema_version": 3, "solution": true, "task": false}
@exercise("13.campaign_cost")
def campaign_cost(exchanges, asked, answered, price_asked, price_answered):
    """Dollars for so many exchanges. asked, answered: tokens in each; prices: dollars a
    million tokens.

    Tokens asked and tokens answered have different prices.
    Worked case: 1,000 exchanges of 500 and 1,000 tokens at 3 and 15 dollars: 1.5 + 15 =
    16.5 dollars.
    """
    ...

# %% nbgrader={"grade": true, "grade_id": "campaign_cost_check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grade("13.campaign_cost", points=2)

# %%
ASKED, PRICES = 500, {"a small model": (1, 5), "a middle one": (3, 15),
                      "a large one": (5, 25)}

def bill(answered):
    fig, ax = plt.subplots(figsize=(7.5, 2.2))
    costs = [float(campaign_cost(16e6, ASKED, answered, *p)) / 1e6
             for p in PRICES.values()]
    ax.barh(list(PRICES), costs, color=plots.ROLES["attacker"].colour, height=0.6)
    for y, cost in enumerate(costs):
        ax.text(cost, y, f" {cost:.2f}", va="center")
    size = claims.weight(16e6, ASKED, answered)
    ax.set(xlim=(0, 1.15 * max(costs)),
           xlabel="cost of 16 million exchanges, million dollars",
           title=f"{ASKED} tokens asked, {answered:,} answered: {size:,.0f} GB of text")
    return fig, (f"With {answered:,} tokens in an answer, 16 million exchanges cost "
                 f"{costs[0]:.2f}, {costs[1]:.2f} or {costs[2]:.2f} million dollars by "
                 f"our three price lists, and are {size:,.0f} gigabytes of text.")

widgets.slider(bill, values=[300, 1000, 2000, 4000, 8000], start=2000,
               label="tokens answered")
plots.show(*bill(2000))

# %% [markdown]
# Under these assumptions the bill is 0.17 to 0.84 million dollars: much for a student, little for a laboratory.
#
# ## Which technical sentences hold?
#
# Each line says what a lesson of this course has measured, and links to it. The column *course* says whether this
# supports, refines or contradicts the sentence. It says nothing about the event.

# %%
claims.show(table[table.course != ""], "quote", "course", "why", link="lesson")

# %% [markdown]
# Three of them are wrong in a way that matters for the law.
#
# - **"Requiring direct access to the teacher's internals"**: soft labels *are* outputs, and lesson 04 uses nothing
#   else [C19 contradicted].
# - **"Confidence scores"**: some APIs serve them. The provider's own documents say that its API does not
#   [C26 contradicted].
# - **"Without harming legitimate user experience"**: lesson 09 measures what users lose [C45 contradicted].
#
# ## Three layers
#
# *Break.* The second half begins here, and can be read alone. (A reference such as [L03 said] names a row of the
# tables below and its status: *shown* if its own text was read, *reported* if somebody else told it, *said* if it is
# somebody's own statement, *unverified* if nothing was found.) Think of a house with a locked room, a door, and
# things that are carried out.
#
# **The model** is the room. *Is it protected by itself, however somebody comes in?* It may be protected by copyright,
# as a trade secret, or against unfair competition [L03 said, L06 reported, L07 reported].
#
# - **Settled, or nearly.** In the US, what a machine made alone has no copyright [L01 reported, L02 reported]. In the
#   US and the EU a secret may be found by honest testing, but not by lies or a breach of duty [L06 reported, L61
#   shown].
# - **Different by country.** UK law gives a computer-generated work an author, and the government recommends to end
#   that [L68 shown, L69 reported]. A court in China gave the copyright in a picture to the user, for the choices that
#   the user had made [L67 reported].
# - **Disputed.** Two scholars say that weights are largely without copyright [L03 said]. A court in Beijing protected
#   a model's parameters against a rival by another law [L07 reported]. So the sources disagree on the article's
#   "currently lacks clear statutory protection" [C33 unverified].
# - **The case to know.** In *Compulife* each insurance quote was public, but a robot that took millions of them had
#   taken a secret: the whole collection [L08 shown]. No judgment was found that applies this to a model's answers
#   [L18 unverified].

# %%
facts = claims.sources()
claims.show(facts[facts.layer == "the model"], "place", "statement", "word")

# %% [markdown]
# **The door.** *How did somebody get in, and what was promised?* That is contract, and the law on access.
#
# - **Settled, or nearly.** A promise binds those who made it [L13 reported]. Of seven firms whose clauses were read,
#   four forbid customers to train rival models on the answers [C34 shown]. In the EU a contract may limit the use of
#   data that no exclusive right protects [L15 reported].
# - **Disputed in the US.** One court found scraping and fake profiles in breach of a user agreement [L14 reported].
#   Another court dismissed such claims, because a contract must not create a right like copyright [L16 shown]. A
#   third read the terms narrowly [L70 shown]. Up to December 2024 no model maker was known to have enforced such a
#   clause with money [L17 said].
# - **Access without leave.** The US Supreme Court reads the computer-fraud act narrowly [L71 shown]. An appeals court
#   found a breach of it where a firm used others' logins after a letter to stop [L72 shown].

# %%
claims.show(facts[facts.layer == "the door"], "place", "statement", "word")

# %% [markdown]
# **The answers** are what is carried out. *Whose words and whose data are in them?* As between the two, the provider
# leaves them to the customer [L21 reported]. But they may hold other people's words or data, and very many answers
# may be a protected data set.
#
# - **Settled, or nearly.** In the EU, training on personal data needs a basis [L22 shown]. A maker of a general model
#   must say there what it was trained on, in summary [L23 reported].
# - **Disputed: others' works.** Two US courts called training on books fair use, though not a library of pirated
#   copies, and one court said no for headnotes [L38 reported, L66 reported, L42 reported]. A court in Munich held
#   that a model with lyrics in it is a copy, and one in London that a model without the pictures is none [L05
#   reported, L04 reported]. Owners in the EU can reserve their text; Japan allows analysis within limits [L76
#   reported, L75 reported].
# - **Disputed: taking in bulk.** Are millions of answers, taken under false names, the provider's data? China forbids
#   to take a firm's data by fraud, Japan protects data with limited access, and the EU protects databases
#   [L73 reported, L74 reported, L77 shown]. Whether a model's answers fall under these was not found decided.
# - **Traces.** The post says that prompts made the model write out the reasoning behind a finished answer
#   [L24 said]. Is it the provider's secret, or the customer's output?

# %%
claims.show(facts[facts.layer == "the answers"], "place", "statement", "word")

# %% [markdown]
# ## Breach or infringement?
#
# The article distinguishes a breach of terms from an infringement [C37 no source]. A court has said why that
# matters: a copyright is "a right against the world", while contracts "generally affect only their parties"
# [L13 reported].
#
# | | breach of a promise (the door) | taking what is another's (the model, the answers) |
# |---|---|---|
# | who can be held to it | those who promised [L13 reported] | anybody, for a copyright; those who came by it improperly, for a secret [L13 reported, L06 reported] |
# | where it fails | no promise made; a law displaces it [L16 shown] | no author; no secret left [L01 reported, L06 reported] |
# | decided for | profiles, flight data, posts [L14 reported, L15 reported, L16 shown] | insurance quotes, pictures, lyrics, books [L08 shown, L04 reported, L05 reported, L38 reported] |
# | decided for a model's answers | nothing found [L18 unverified] | nothing found [L18 unverified] |
#
# There is a third kind of claim, which the article leaves out: a false name can be an improper means to a secret, or
# unauthorised access [L06 reported, L10 reported, C37 no source].
#
# ## Eighteen cases
#
# Choose a case, tick the layers that are in play, and press *Check*. Then **change one fact** and check again. *In
# play* means that a row speaks for such a claim and none against. *Disputed* means that rows disagree, or that nobody
# has decided it; it counts as right either way. *Traces* are reasoning that the provider does not show as such.

# %%
cases.play();

# %%
MARK = {law.IN: "● in play", law.OPEN: "○ disputed", law.OUT: "– not"}
pd.DataFrame({name: {f.layer: MARK[f.verdict] for f in law.layers(case)}
              for name, case in cases.SCENARIOS.items()}).T

# %% [markdown]
# The reasons for all of them follow, each with its rows:

# %%
cases.explain()

# %% [markdown]
# `law.layers` is a function that you can call. **Predict.** The same answers are found on the web, contain personal
# data, and the question is asked in the EU. Which layers change?

# %%
found = cases.SCENARIOS["Somebody's answers, found on the web"]
for finding in law.layers(found._replace(country="EU", content="personal data")):
    print(f"{finding.layer}: {finding.verdict}. {finding.why}\n")

# %% [markdown]
# Only the third layer changes: it is in play.
#
# ## Reading terms
#
# Here are eight clauses, **without the names**, as you should read them first:
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
# **Predict** who forbids and who allows. Then look at the names and dates:

# %%
claims.show(facts[facts.layer == "the terms"], "place", "statement", "word")

# %% [markdown]
# Of the three accused firms one allows distillation in words, and one forbids models that may compete. In the terms of
# the third no clause was found [L29 shown, L30 shown, L31 unverified]. These versions are later than the event. Clauses
# 1 and 2 come from one provider, and clause 2 forbids more [L25 shown, L26 shown].
#
# ## The strongest case for each
#
# Here are six positions, each as its own advocate would put it, in one form and length. Read one that you dislike
# **twice**. Then say it to somebody, without irony.
#
# **The provider.** *We sell answers. Customers may use them, but not to build our rival, and each account accepts
# that [L21 reported, L25 shown]. Distillation is a legitimate and widely used method [L33 said]. We object to false
# accounts, from a region where we do not sell, with patterns unlike normal use [C05 said, L19 said, C11 said]. Google
# and OpenAI report such attempts, too [L35 said, L36 reported]. If those who come last pay least, who will train the
# next teacher?*
#
# - On record: it lists its kinds of evidence, and says that partners saw some of the same [L62 said].
# - Still to show: the evidence itself, to somebody neutral, and what any copy gained from it [C05 said, C09 said].
#
# **The critics of a double standard.** *You gather the public web unless its owners opt out [L80 said]. Where authors
# object you plead fair use, and where others learn from you, you say attack [L38 reported, C04 said]. A website sued
# you over terms against scraping, as yours are against training [L40 reported, L25 shown]. Two scholars see "a
# certain hypocrisy" in that [L37 reported]. We ask for one rule for everybody who learns.*
#
# - On record: a court called training on books fair use, and a pirated library not [L38 reported]. A settlement of 1.5
#   billion dollars followed; whether it admits anything was not read [L39 shown].
# - Still to show: that reading public pages and asking through false accounts are the same act [L40 reported].
#
# **The accused firms.** *You name us in public, before any court, and publish no log [C05 said, L18 unverified]. You say
# yourself that such networks mix many customers' traffic [L83 said]. If access came from a reseller, what had we
# promised you [L20 said]? Our methods are published, and in part peer-reviewed [L47 reported, L50 said, L63 said]. One
# of us is accused of under 1 % of it [C07 said]. And the same post asks for limits on the chips that we may buy
# [L34 said].*
#
# - On record: no statement of theirs on this accusation was found, and silence is no confession [L46 reported]. China's
#   government, which speaks for itself, calls such claims unfounded [L48 reported, L49 reported].
# - Still to show: their own account of the traffic that is attributed to them, campaign by campaign [C07 said].
#
# **Open research.** *Everybody learns from what others publish, and the maker of a model should not decide who may
# learn from it. Clauses against it chill research, constrain competition, and make a copyright where the law made
# none [L52 said]. Training on what models say is a researcher's daily method [L45 reported]. Open weights can be
# examined without their maker's leave, and hasty rules may end that [L64 said].*
#
# - On record: a researcher finds no clear evidence of what was gained [L64 said]. A centre at Fudan University sees new
#   technology controls in the campaign against distillation [L51 said].
# - Still to show: how misuse is limited once weights are out. Two scholars admit that price [L34 said, L52 said].
#
# **Control.** *Some abilities should not spread by copying. Safeguards are built at the source, and a copy need not
# keep them. Limits on chips are worth little if the models made with them can be copied [L34 said]. A government sees
# deliberate, industrial-scale campaigns [L54 reported]. Firms alone cannot remove the incentive, says a think tank;
# another asks for a response that is firm, and measured [L59 said, L65 said].*
#
# - On record: a US memorandum, and a bill with a public list and sanctions [L54 reported, L56 reported]. One study of
#   students made by the teacher's own maker speaks of adverse effects on safety [L82 shown].
# - Still to show: that a copied model did harm; the memorandum itself says that copies fall short [L54 reported].
#
# **Competition and other users.** *The largest providers tell each other about suspicious customers [L58 reported]. A
# clause against whatever "competes" can be turned against any customer that grows [L27 shown]. In lesson 08 a detector
# accused legitimate users, and in lesson 09 a defence took their scores away. Nobody asks us, and nobody pays us for
# it. We need cheap models, and somebody to complain to when we are blocked.*
#
# - On record: terms range from allowed to forbidden, so a careful customer can choose by them, if it reads them
#   [L29 shown, L30 shown, L26 shown].
# - Still to show: how many users are blocked by mistake outside of a toy, and what cheap copies do to those who train first.

# %%
claims.show(facts[facts.layer == "the sides"], "statement", "word")

# %% [markdown]
# ## Claims to argue with
#
# Proposals, advice, suspicions and credits cannot be looked up. They can be argued about: what would show them, and
# who would lose?
#
# ### Three proposals
#
# They are put to "the authors", without a name. *For*: a firm that cannot protect a model may stop publishing it.
# *Against*: two scholars warn of a quasi-copyright where none should be [L52 said].
#
# | the claim | what would show that it helps | who would lose |
# |---|---|---|
# | Define property in models: algorithms, parameters, "core knowledge" [C46 no source]. | Of a hundred students that never met the model, the test calls none a copy. Lesson 11 has such students. | teams that got there by themselves; reuse |
# | Say what paid use permits [C47 no source]. | Two readers sort twenty uses by the new clause, and their kappa is high. | customers near the line |
# | Make rules across countries [C48 no source]. | A larger share of judgments is enforced abroad. One for fraud was; none for intellectual property was reported [L81 reported]. | countries that want to decide otherwise |
#
# Policy took other ways in 2026. Washington chose security: a memorandum, and a bill with a public list and sanctions
# [L54 reported, L55 shown, L56 reported]. London waited, Beijing wrote data into its competition law, and Brussels asked
# for training summaries [L69 reported, L73 reported, L23 reported]. No treaty was found [L60 reported].

# %%
claims.show(facts[facts.layer == "the policy"], "place", "statement", "word")

# %% [markdown]
# ### Advice to firms
#
# The article advises Chinese firms to do research of their own, among other things [C49 unverified]. *For*: it helps
# whatever the law says. *Against*: not everybody can pay for it.
#
# | the claim | what would show it | who would lose |
# |---|---|---|
# | Basic research replaces others' answers. | Train without any other model's answers, and measure what ability is left. | firms without the computers; users, who wait |
# | Provenance and compliance pay. | Count the training rows for which the ten questions below are answered. | small teams, for whom questions are a cost |
# | Own applications protect better than a model. | On your users' tasks, compare yourself with a copy at equal cost. | makers of general models |
#
# ### Motives
#
# Does the provider want to slow rivals and shape rules? *For*: the post asks for limits on chips [L34 said]. *Against*:
# it does not mention property law [C39 unverified]. A motive says nothing about truth: somebody with an interest can
# be right.
#
# | the claim | what would show it | who would lose, if it is believed and false |
# |---|---|---|
# | It is a move against rivals abroad [C38 unverified]. | Did the provider act alike against firms at home? Did detection set the date, or the debate? | the provider, and those whom a real campaign harms |
# | It is to shape the rules [C39 unverified]. | Compare what it asks of lawmakers with what its evidence supports. | the same, and the debate about evidence |
# | A lost market share explains it [C32 unverified]. | First, one share that somebody measured [C30 no source]. | readers who remember the number |
#
# ### Innovations
#
# The article credits two of the accused firms with achievements [C40 no source]. *For*: methods are published, and one
# model was reviewed by peers [L47 reported, L50 said, L63 said]. *Against*: an invention does not show that nothing else
# was copied, and a copy does not show that nothing was invented.
#
# | the claim | what would show it | who would lose, if it is denied and true |
# |---|---|---|
# | DeepSeek: mathematical reasoning [C41 reported]. | Others repeat the method without any other model's answers. | its researchers; all who build on it |
# | "Moonshadow": long-text coherence [C42 contradicted]. | First the right name and property: Moonshot publishes an optimiser [L50 said]. | its researchers |
# | MiniMax, which the article leaves out: an attention for long contexts [L63 said]. | Others repeat it, as above. | its researchers |
#
# ## What would a rule change?
#
# This small model is written so that you can disagree with it precisely. An **attacker** copies if that pays: the
# copy's worth, less the bill, less the fine *if* it is found **and** can be reached. A **provider** loses by the copy,
# and by what its defence costs its customers. **Legitimate users** lose answers, accounts and reuse. The quality of the
# copy and the users' losses are **measured** (the arena's stored runs, five seeds). The rest is assumed:

# %%
assumed = law.Assumptions()
pd.DataFrame({"assumed": assumed._asdict(), "what it is": law.MEANING})

# %% [markdown]
# There are five rules. **Reach** is the chance that an attacker that was found can be made to pay. The **fine** is in
# copies' worth. **Chill** is the share of legitimate reuse that stops. These numbers, too, are ours.

# %%
pd.DataFrame(law.RULES, index=law.Rule._fields).T

# %%
arena = law.measured("none")
pd.DataFrame({name: law.outcome(rule, assumed, arena)
              for name, rule in law.RULES.items()}).T.map(
lambda v: f"{v:.1f}" if isinstance(v, float) else ("yes" if v else "no"))

# %% [markdown]
# **Predict.** Under *models are property* the fine is three times the copy's worth, and the attacker still copies.
# Why? Move the slider: the chance that a campaign is found.

# %%
SIDES = ("attacker", "provider", "users")

def lives(found, defence="none"):
    arena, at = law.measured(defence), law.Assumptions(found=found)
    ends = {name: law.outcome(rule, at, arena) for name, rule in law.RULES.items()}
    fig, axes = plt.subplots(1, 3, figsize=(10.5, 2.9), sharey=True)
    for ax, side, role in zip(axes, SIDES, ("attacker", "teacher", "defender")):
        values = [end[side] for end in ends.values()]
        ax.barh(range(len(values)), values, color=plots.ROLES[role].colour, height=0.6)
        for y, value in enumerate(values):
            side_of_bar = "left" if value >= 0 else "right"
            ax.text(value, y, f" {value:.1f} ", va="center", ha=side_of_bar, fontsize=9)
        ax.axvline(0, color="black", linewidth=0.8)
        ax.set(title=side, xlim=(-14, 14),
               xlabel="million dollars; 0: no copy, no rule")
    axes[0].set_yticks(range(len(ends)), ends)
    axes[0].invert_yaxis()
    stops = [name for name, end in ends.items() if not end["copies"]]
    fig.suptitle(f"{found:.0%} found: the copy does not pay under {len(stops)} of "
                 f"{len(ends)} rules",
                 x=0.01, ha="left")
    return fig, (f"With {found:.0%} of the campaigns found and the defence "
                 f"'{defence}': what attacker, provider and users win or lose under "
                 "five rules. The copy does not pay under: "
                 f"{'; '.join(map(repr, stops)) or 'none of them'}.")

# %%
widgets.slider(lives, values=[0.1, 0.25, 0.5, 0.75, 1], start=0.5, label="found")
plots.show(*lives(0.5))

# %% [markdown]
# On average the attacker pays only 0.45 copies' worth: the fine of 3, times 0.5 for being found, times 0.3 for being
# reached. Even if every campaign is found, copying still pays under *models are property*, because only three in ten
# of those found can be reached. Two results follow directly from our assumptions. Users lose most under the two rules
# with *property*, because we wrote 0.4 for their chill. The treaty deters because we wrote 0.8 for reach, and no such
# treaty was found [L60 reported].
#
# **Predict.** Add a defence that keeps the top-1 label and spoils the scores (lesson 09). Who loses more by it, the
# attacker or the users?

# %%
for defence in ("none", "noise", "randomised response"):
    end = law.outcome(law.RULES["clear terms for paid use"], assumed,
                      law.measured(defence))
    print(f"{defence:20}" + "".join(f"  {side} {end[side]:6.1f}" for side in SIDES))

# %% [markdown]
# The users: noise costs them about 5 million dollars here, and the attacker 0.1. Randomised response also changes
# labels, and costs the attacker 3.7 million dollars and the users 10.8. Now change a number, or write a rule. Say
# first what you expect.

# %%
my_rule = law.Rule(reach=0.5, fine=2.0, chill=0.1)
my_world = law.Assumptions(found=0.9, innocent=0.02)
ends = law.outcome(my_rule, my_world, law.measured("none"))
print({side: round(ends[side], 1) for side in SIDES})

# %% [markdown]
# ## Where does your data come from?
#
# Whatever the law will be, a team can know what it trained on. Ask these questions of every data set on the day that it
# comes in:

# %%
pd.Series(cases.PROVENANCE, name="ask").to_frame()

# %%
lesson_05 = {"source": "the course's own teacher", "date": "when you ran it",
             "way": "our API", "account": "your key", "terms": "MIT",
             "permission": "MIT: everything", "people": "none",
             "works": "none", "changes": "none",
             "use": "the students of lessons 05 to 07"}
from_a_friend = {"source": "a link in a chat", "way": "download",
                 "use": "the new model"}
for name, record in (("lesson 05", lesson_05), ("a file from a friend", from_a_friend)):
    gaps = cases.missing(record)
    print(f"{name}: {10 - len(gaps)} of 10 answered"
          + (f"; open: {', '.join(gaps)}" if gaps else ""))

# %% [markdown]
# ## From memory
#
# Without scrolling: what are the three layers, and which question does each ask? Say them aloud, then open this.
#
# <details><summary>The three layers</summary>
#
# **The model**: is it protected by itself? **The door**: how did somebody get in, and what was promised? **The
# answers**: whose words and whose data are in them?
# </details>
#
# ## What we checked
#
# Each row is a conclusion, with the answer that the two tables or the small model give. *Control* says what it was
# compared with.

# %%
core = table.loc[["C04", "C05", "C07"]]
technique = table[table.group == "the technique"]
free, noisy = (law.outcome(law.RULES["clear terms for paid use"], assumed,
                           law.measured(d))
               for d in ("none", "noise"))
patterns = {tuple(f.verdict for f in law.layers(case))
            for case in cases.SCENARIOS.values()}
best_rule = max(float(kappa(reader, ours)) for reader in rules.values())

# %%
# NBVAL_CHECK_OUTPUT
rows = [("the provider made the accusation", "its own text",
         (core.said == "yes").all()),
        ("somebody else has shown that it is so", "any other source",
         (core.so != "unverified").any()),
        ("an authority that the article names was found", "searches, two languages",
         (table[table.group == "the authorities named"].said == "yes").any()),
        ("half of the technical sentences are shown", "papers, documents",
         (technique.so == "shown").mean() >= 0.5),
        ("believing every word beats 25 % of everything", "ten claims",
         scores["believes every word"] < scores["25 % of everything"]),
        ("a rule of thumb replaces looking (kappa of 0.4)", "51 claims",
         best_rule >= 0.4),
        ("the three layers always agree", "18 cases",
         all(len(set(p)) == 1 for p in patterns)),
        ("noise costs users more than the attacker", "the same rule, no defence",
         free["users"] - noisy["users"] > free["attacker"] - noisy["attacker"])]
pd.DataFrame([(what, control, "yes" if found else "no")
              for what, control, found in rows],
             columns=["conclusion", "control", "here"])

# %% [markdown]
# ## Wrap-up: five questions

# %%
widgets.quiz("13")

# %% [markdown]
# ## What this does not show
#
# - Who is right is not shown. The columns say what a source shows and what was read, and no independent reader has
#   checked them. Answer some rows yourself, and compute your kappa with ours.
# - The law is not shown. A real case has more facts than ours, and there are more countries than these five places.
#   *Reported* means that somebody else read the judgment, and we read only their report. More than half of the rows
#   are about the US.
# - What will hold next year is not shown. Two appeals are pending, a bill is under way, and a usage policy was reworded
#   in November 2026 [L42 reported, L79 reported, L56 reported, L26 shown].
# - The small model of policy has an attacker that calculates, and one copy of digits.
# - The course's words are not neutral. It says *attacker* also for somebody who would call themselves a customer.
#
# ## In practice
#
# - **A firm's counsel** keeps the ten answers for every data set, with a copy of the terms of that day. Counsel asks the
#   three questions in each country where the model is sold, and asks resellers in writing what they promised.
# - **A provider's policy team** tests a clause on twenty uses and two readers. Before it accuses, it fixes what a neutral
#   reader may see, the false-positive rate, and a way to complain.
# - **A journalist** gives each sentence the two columns, and writes *alleged* where the second says *unverified*.
#   Then the journalist opens the named source, and asks all who are named for a comment.
#
# Security people look model extraction up in these lists. The last column says how we checked each entry.

# %%
pd.DataFrame(cases.FRAMEWORKS,
             columns=["list", "entry", "lessons", "checked"]).set_index("list")

# %% [markdown]
# ## References
#
# - All rows with their sources: `data/claims_ledger.csv`, `data/law_sources.csv`; their rules:
#   `data/build/check_claims.py`.
# - Brier, *Verification of forecasts expressed in terms of probability*, Monthly Weather Review 1950.
# - Cohen, *A coefficient of agreement for nominal scales*, Educational and Psychological Measurement 1960.
# - Henderson and Lemley, *The Mirage of Artificial Intelligence Terms of Use Restrictions*, 2024.
#   [arXiv:2412.07066](https://arxiv.org/abs/2412.07066)
#
# Now take a sentence that you believe, and look it up.
#
# All terms of the course are explained in the [glossary](glossary.md).

# %%
progress()
