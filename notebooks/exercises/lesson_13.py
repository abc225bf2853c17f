"""The exercises of lesson 13, with the known mistakes, each with the sentence that names it; its questions, scenarios and checklist."""
import html
import math

import ipywidgets
import torch
from IPython.display import display
from torch.nn import functional as F

from course_utils.lesson.check import Spec
from course_utils.lesson.exercises import material

claims, law = material("claims"), material("law")

# ---------------------------------------------------------------- the answers that the package itself does not need

def brier(probabilities, truth):
    """(n, answers) what a reader thinks likely, (n,) the number of the right answer. Returns a float: 0 is perfect, 2 is the worst.

    The mean over the claims of the sum over the answers of (probability - outcome)², where the
    outcome is 1 for the right answer and 0 for the others (Brier 1950).
    """
    outcome = torch.nn.functional.one_hot(truth, probabilities.shape[-1])
    return (probabilities - outcome).pow(2).sum(-1).mean().item()


def kappa(first, second):
    """(n,) and (n,) numbers of answers: agreement of two readers beyond chance (Cohen 1960). 1: always; 0: as by chance.

    (observed - chance) / (1 - chance), where chance is the agreement of two readers who give
    each answer as often as these two do, and independently. The agreement by chance must be below 1.
    """
    observed = (first == second).double().mean()
    both = torch.cat([first, second]).unique()
    chance = sum((first == k).double().mean() * (second == k).double().mean() for k in both)
    return ((observed - chance) / (1 - chance)).item()

# ---------------------------------------------------------------- brier


def _beliefs(generator, draw):
    """Some readers are sure and wrong. The first draw has one claim. No probability is zero (for the logarithm)."""
    n, k = [(1, 4), (2, 4), (5, 4), (10, 4), (10, 3), (20, 5)][draw]
    beliefs = torch.rand(n, k, generator=generator, dtype=torch.float64) ** 2 + 0.02
    beliefs = beliefs / beliefs.sum(-1, keepdim=True)
    return {"probabilities": beliefs, "truth": torch.randint(0, k, (n,), generator=generator)}


def _right(probabilities, truth):
    return probabilities.gather(-1, truth[:, None])[:, 0]


def _squares(probabilities, truth):
    return (probabilities - F.one_hot(truth, probabilities.shape[-1])).pow(2)


BRIER = Spec(
    reference=brier, inputs=_beliefs, returns="number", tolerance=1e-6,
    worked=(("brier(torch.tensor([[0.7, 0.1, 0.1, 0.1]]), torch.tensor([0]))", 0.12),),
    mistakes=(
        ("This looks at the right answer only. How you spread the rest over the wrong ones counts, too.",
         lambda probabilities, truth: (1 - _right(probabilities, truth)).pow(2).mean()),
        ("This takes the mean over the answers. Sum over them, and take the mean over the claims only.",
         lambda probabilities, truth: _squares(probabilities, truth).mean()),
        ("This takes the sum over the claims. With the mean, a score for ten claims compares with one for fifty.",
         lambda probabilities, truth: _squares(probabilities, truth).sum()),
        ("These are distances, not squares. With squares a reader does best by saying what it believes; with distances it does better "
         "by exaggerating.",
         lambda probabilities, truth: _squares(probabilities, truth).sqrt().sum(-1).mean()),
        ("There is a root too many: this is a length, and not its square.",
         lambda probabilities, truth: _squares(probabilities, truth).sum(-1).sqrt().mean()),
        ("This is the logarithmic score, another good one. The Brier score has squares.",
         lambda probabilities, truth: -_right(probabilities, truth).log().mean()),
        ("This is the share of wrong first choices. It does not count how sure you were.",
         lambda probabilities, truth: (probabilities.argmax(-1) != truth).double().mean()),
        ("This is the probability that you gave to the right answer, where the largest is best. The Brier score is a loss: the "
         "smallest is best.",
         lambda probabilities, truth: _right(probabilities, truth).mean()),
        ("This is divided by two, so that the worst is 1. The definition here goes up to 2.",
         lambda probabilities, truth: _squares(probabilities, truth).sum(-1).mean() / 2),
        ("This leaves the outcome out. It is the sum of squared probabilities, whatever was right.",
         lambda probabilities, truth: probabilities.pow(2).sum(-1).mean())),
    laws=(("A reader who is sure and right has 0.", lambda f: abs(float(f(torch.eye(4).double(), torch.arange(4)))) < 1e-9),
          ("A reader who is sure and wrong has 2.", lambda f: abs(float(f(torch.eye(4).double(), (torch.arange(4) + 1) % 4)) - 2) < 1e-9)),
    hints=("The outcome is a row of zeros with a 1 at the right answer: `torch.nn.functional.one_hot(truth, probabilities.shape[-1])`.",
           "Subtract, square, and sum over the answers: `.sum(-1)` gives one number for each claim.",
           "`(probabilities - outcome).pow(2).sum(-1).mean()`."))


# ---------------------------------------------------------------- campaign_cost


def _harvest(generator, draw):
    def whole(low, high):
        return int(torch.randint(low, high, (), generator=generator))

    return {"exchanges": [1_000_000, 16_000_000, 150_000, 3_400_000, 28_800_000, 600][draw], "asked": whole(100, 3000),
            "answered": whole(200, 9000), "price_asked": round(0.5 + whole(0, 40) / 10, 2), "price_answered": float(whole(6, 80))}


def _bill(exchanges, asked, answered, price_asked, price_answered, per=1e6):
    return exchanges * (asked * price_asked + answered * price_answered) / per


COST = Spec(
    reference=claims.campaign_cost, inputs=_harvest, returns="number", tolerance=1e-7,
    worked=(("campaign_cost(1000, 500, 1000, 3.0, 15.0)", 16.5),),
    mistakes=(
        ("The prices are for a million tokens, and here they are paid for each: a million times too much.",
         lambda exchanges, asked, answered, price_asked, price_answered: _bill(exchanges, asked, answered, price_asked, price_answered, 1)),
        ("The prices are for a million tokens, not for a thousand.",
         lambda exchanges, asked, answered, price_asked, price_answered:
         _bill(exchanges, asked, answered, price_asked, price_answered, 1e3)),
        ("This is in millions of dollars. The task asks for dollars.",
         lambda exchanges, asked, answered, price_asked, price_answered:
         _bill(exchanges, asked, answered, price_asked, price_answered, 1e12)),
        ("The two prices are swapped: tokens asked are cheap, tokens answered are expensive.",
         lambda exchanges, asked, answered, price_asked, price_answered: _bill(exchanges, answered, asked, price_asked, price_answered)),
        ("Only the answers are paid for here. The questions cost something, too.",
         lambda exchanges, asked, answered, price_asked, price_answered: _bill(exchanges, 0, answered, price_asked, price_answered)),
        ("Only the questions are paid for here.",
         lambda exchanges, asked, answered, price_asked, price_answered: _bill(exchanges, asked, 0, price_asked, price_answered)),
        ("This uses one price for all tokens, the mean of the two. Each kind has its own price.",
         lambda exchanges, asked, answered, price_asked, price_answered:
         exchanges * (asked + answered) * (price_asked + price_answered) / 2 / 1e6),
        ("This is what one exchange costs. Multiply by the number of exchanges.",
         lambda exchanges, asked, answered, price_asked, price_answered: _bill(1, asked, answered, price_asked, price_answered)),
        ("Every token is charged at both prices. Tokens asked have one price, tokens answered the other.",
         lambda exchanges, asked, answered, price_asked, price_answered:
         exchanges * (asked + answered) * (price_asked + price_answered) / 1e6)),
    laws=(("Twice as many exchanges must cost twice as much.",
           lambda f: math.isclose(float(f(2000, 100, 200, 3.0, 15.0)), 2 * float(f(1000, 100, 200, 3.0, 15.0)), rel_tol=1e-9)),),
    hints=("One exchange first: tokens asked times their price, plus tokens answered times theirs.",
           "Those prices are for a million tokens: divide by 1e6.",
           "`exchanges * (asked * price_asked + answered * price_answered) / 1e6`."))


# ---------------------------------------------------------------- kappa


def _readers(generator, draw):
    """Two readers who agree more often than by chance, each with habits of their own."""
    n, k = [(4, 2), (6, 3), (10, 4), (15, 4), (51, 4), (100, 4)][draw]
    habits = torch.rand(k, generator=generator, dtype=torch.float64) + 0.1
    first = torch.multinomial(habits, n, replacement=True, generator=generator)
    other = torch.multinomial(habits.flip(0), n, replacement=True, generator=generator)
    second = torch.where(torch.rand(n, generator=generator) < 0.4, first, other)
    first[:2], second[:2] = torch.tensor([0, 1]), torch.tensor([0, 0])           # never all the same, never all apart
    first[-1], second[-1] = 1, 1
    return {"first": first, "second": second}


def _observed(first, second):
    return (first == second).double().mean()


def _chance(first, second):
    return sum((first == k).double().mean() * (second == k).double().mean() for k in torch.cat([first, second]).unique())


def _pooled(first, second):
    both = torch.cat([first, second])
    return sum((both == k).double().mean() ** 2 for k in both.unique())


def _with(chance):
    def kappa(first, second):
        expected = chance(first, second)
        return (_observed(first, second) - expected) / (1 - expected)
    return kappa


KAPPA = Spec(
    reference=kappa, inputs=_readers, returns="number", tolerance=1e-6,
    worked=(("kappa(torch.tensor([0, 0, 1, 1]), torch.tensor([0, 1, 1, 1]))", 0.5),),
    mistakes=(
        ("This is how often they agree. Some of that is chance; kappa takes it out.", lambda first, second: _observed(first, second)),
        ("Chance is taken out, but what is left is not divided by what could be reached: 1 - chance.",
         lambda first, second: _observed(first, second) - _chance(first, second)),
        ("This divides the difference by chance. Divide it by 1 - chance, so that perfect agreement gives 1.",
         lambda first, second: (_observed(first, second) - _chance(first, second)) / _chance(first, second)),
        ("This divides by the observed agreement. Divide the difference by 1 - chance instead.",
         lambda first, second: (_observed(first, second) - _chance(first, second)) / _observed(first, second)),
        ("This takes chance as one in four, as if they used all four answers alike. Count how often each reader gives each answer.",
         lambda first, second: (_observed(first, second) - 0.25) / 0.75),
        ("This takes chance as one over the number of answers in use, as if they used them alike. Count how often each reader gives "
         "each answer.",
         _with(lambda first, second: 1 / len(torch.cat([first, second]).unique()))),
        ("This takes chance from the first reader alone. Multiply its share of each answer by the other reader's.",
         _with(lambda first, second: _chance(first, first))),
        ("This takes chance from both readers together: that is Scott's pi. Cohen's kappa multiplies one reader's share by the other's.",
         _with(_pooled)),
        ("This is the agreement by chance alone.", lambda first, second: _chance(first, second)),
        ("The sign is wrong: take observed minus chance.",
         lambda first, second: (_chance(first, second) - _observed(first, second)) / (1 - _chance(first, second)))),
    laws=(("A reader agrees with itself: 1.", lambda f: abs(float(f(torch.tensor([0, 1, 2, 1]), torch.tensor([0, 1, 2, 1]))) - 1) < 1e-9),
          ("A reader who gives every claim the same answer agrees by chance only: 0.",
           lambda f: abs(float(f(torch.tensor([0, 1, 2, 1]), torch.ones(4, dtype=torch.long)))) < 1e-9)),
    hints=("Observed: the share of claims where both say the same, `(first == second).double().mean()`.",
           "Chance: for each answer the first reader's share times the second reader's, and the sum of that.",
           "`(observed - chance) / (1 - chance)`, with `chance = sum((first == k).double().mean() * (second == k).double().mean() "
           "for k in torch.cat([first, second]).unique())`."))


EXERCISES = {"13.brier": BRIER, "13.campaign_cost": COST, "13.kappa": KAPPA}


QUESTIONS = (
    ("The row for \"24,000 accounts\" has *yes* in one column and *unverified* in the other. What does that mean?", 3, {
        "There really were 24,000 such accounts.":
            "The second column says that only the provider says so: no evidence was published [C05 said].",
        "The three firms opened the accounts.":
            "That is what the provider alleges. No suit and no judgment about it was found [L18 unverified].",
        "The provider really said so, and nobody else has shown that it is so.":
            "The first column is about the saying, the second about the thing [C05 said].",
        "The number of accounts is wrong.":
            "Nothing that was read says so. *Unverified* is not *contradicted* [C05 said]."}),
    ("Which are the three layers of this lesson?", 2, {
        "They are patent, copyright and trade secret.":
            "These are rights, and all three belong to one layer: the model.",
        "They are the model, the door and the answers.":
            "Is the model protected by itself? How did somebody get in, and what was promised? Whose words and data are in the answers?",
        "They are provider, attacker and legitimate user.":
            "These are the people in the story. Each of them appears in each layer.",
        "They are contract, damages and injunction.":
            "This is one layer, the door, and two of its remedies."}),
    ("A firm that never accepted any terms trains on answers that somebody else has put on the web. Is that a breach of contract?", 4, {
        "Yes, because the answers came from the provider.":
            "A right against the world would follow the answers. A promise does not [L13 reported].",
        "Yes, if its model competes.":
            "Competing or not: a firm that promised nothing breaks no promise [L13 reported].",
        "Yes, from a thousand answers on.":
            "No number of answers turns a stranger into a party.",
        "No, because contracts bind their parties.":
            "Other layers may still be in play: whose words and data are in the answers? And the one who put them there may have broken a "
            "promise [L13 reported]."}),
    ("A claim names a white paper, and none of that name can be found. What do you write?", 1, {
        "No paper of that name was found where we searched; the nearest real document says this.":
            "That is what can be known. Not finding it does not show that it does not exist [C22 no source].",
        "The claim in the article is false.":
            "The four steps describe common practice. Only the source is missing [C23 no source].",
        "The author of the article lied.":
            "A translation, a summary of a summary or a program can do that without any intention. You do not know which.",
        "Nothing, because the claim is left out.":
            "Then the next reader will not know that the paper was not found."}),
    ("In the small model of policy, a threefold fine leaves the attacker copying. Why?", 3, {
        "A fine of any size is too small.":
            "A fine of seven copies' worth stops the attacker here: 7 × 0.5 × 0.3 is more than the copy is worth.",
        "Attackers do not calculate at all.":
            "In this model they do nothing else. In the world, nobody has shown what they do.",
        "The fine is multiplied by the chance to be found and by the chance to be reached.":
            "3 × 0.5 × 0.3 is 0.45, which is less than the copy is worth.",
        "The defence is too weak.":
            "The defence changes what a copy is worth. Here it is the same under all rules."}),
)

# two questions on the clauses that the lesson quotes without names
READING = (
    ("You want to train a small spam filter for your own mail on the answers. Which clauses forbid it in words?", 2, {
        "Clauses 1, 2, 3, 5 and 8 all forbid that.":
            "Four of these are about what competes. Does your spam filter compete? The clauses do not say what that means.",
        "Only clause 2 forbids it in words.":
            "Clause 2 names any AI model. Under 1, 3, 5 and 8 it depends on what competing means; 4, 6 and 7 do not forbid it.",
        "None forbids it, because you paid.":
            "Having paid is no permission. The terms say what you may do.",
        "All but clause 4 forbid it.":
            "Clause 6 is silent, and clause 7 allows it under a condition."}),
    ("You audit models, and build a better one from what you learn. Which clauses let you do that without asking the audited "
     "provider?", 4, {
        "Clause 1 does, because it is the most precise.":
            "A better model may well compete.",
        "Clause 2 does, because it can be lifted by asking.":
            "You would have to ask the provider that you audit.",
        "Clause 5 does, because it is about competition.":
            "It is about potential possibilities of competition, and that can be anything.",
        "Clauses 4, 6 and 7 let you do that.":
            "One allows it, one is silent, one asks for a name. None makes it depend on the audited provider."}),
)


# ---------------------------------------------------------------- what else the lesson alone needs

FRAMEWORKS = (         # where security people look it up; "how it was checked" is part of the row
    ("MITRE ATLAS", "AML.T0024.002 Extract AI Model (under AML.T0024, Exfiltration via AI Inference API); AML.T0040 AI Model Inference API "
     "Access; AML.T0005.001 Train Proxy via Replication", "02, 04, 05, 07, 10", "at its source: data of 5 May 2026"),
    ("OWASP Top 10 for LLM applications, 2025", "LLM10 Unbounded Consumption, examples 5 (Model Extraction via API) and 6 (Functional "
                                                "Model "
     "Replication); the list has no entry for model theft of its own", "04, 05, 07 to 13", "at its source: the entry, whole"),
    ("NIST AI 100-2 E2025", "Model extraction, a privacy attack on predictive AI: NISTAML.031", "02, 04, 05, 07 to 12",
     "its index of attacks in a transcription; the section on extraction in a text copy of the edition before, of January 2024"),
)


SCENARIOS = {
    "A student's spam filter": law.Facts(purpose="a small tool"),
    "The rival next door": law.Facts(),
    "The same rival, in the EU": law.Facts(country="EU"),
    "As alleged: many names, a reseller": law.Facts(accounts="many, false names", taken="traces", terms="a reseller accepted",
                                                rule="forbids any training"),
    "As alleged, had each account accepted": law.Facts(accounts="many, false names", taken="traces", rule="forbids any training"),
    "As alleged, under China's law": law.Facts(accounts="many, false names", taken="traces", terms="a reseller accepted",
                                               rule="forbids any training", country="China"),
    "As alleged, in Japan, answers only": law.Facts(accounts="many, false names", terms="a reseller accepted", country="Japan"),
    "Labels from a free demo": law.Facts(access="free", taken="labels", terms="never shown", purpose="a small tool"),
    "A provider that allows it": law.Facts(rule="allows it", country="China"),
    "A provider that is silent": law.Facts(rule="is silent"),
    "Open weights, a condition": law.Facts(access="free", weights="open", rule="allows it"),
    "Open weights, no rivals": law.Facts(access="free", weights="open"),
    "Somebody's answers, found on the web": law.Facts(access="free", terms="never shown"),
    "Patients' letters": law.Facts(purpose="a small tool", rule="is silent", content="personal data", country="EU"),
    "Song texts in the answers": law.Facts(rule="allows it", content="pages of others' works"),
    "The hidden instructions": law.Facts(accounts="many, false names", taken="hidden instructions"),
    "The weights themselves": law.Facts(access="free", taken="the weights", terms="never shown", rule="is silent", country="China"),
    "An auditor, in the UK": law.Facts(rule="forbids any training", purpose="research", country="UK"),
}


def play():
    """A widget: choose a scenario, change its facts, tick the layers that you think are in play, and check."""
    names = ipywidgets.Dropdown(options=list(SCENARIOS), description="scenario", layout=ipywidgets.Layout(width="26em"))
    facts = {name: ipywidgets.Dropdown(options=values, description=name, layout=ipywidgets.Layout(width="18em"))
             for name, values in law.CHOICES.items()}
    ticks = [ipywidgets.Checkbox(description=layer, indent=False, layout=ipywidgets.Layout(width="9em")) for layer in law.LAYERS]
    button, says = ipywidgets.Button(description="Check"), ipywidgets.HTML(" ")

    def choose(_):
        for name, value in SCENARIOS[names.value]._asdict().items():
            facts[name].value = value

    def answer(_):
        found = law.layers(law.Facts(**{name: control.value for name, control in facts.items()}))
        says.value = "".join(_verdict(finding, tick.value) for finding, tick in zip(found, ticks))

    names.observe(choose, names="value")
    button.on_click(answer)
    choose(None)
    controls = list(facts.values())
    box = ipywidgets.VBox([names, *(ipywidgets.HBox(controls[i:i + 3]) for i in (0, 3, 6)),
                           ipywidgets.HBox([ipywidgets.Label("In play:"), *ticks, button]), says])
    display(box)
    return box


def _verdict(finding, ticked):
    right = finding.verdict == law.OPEN or ticked == (finding.verdict == law.IN)
    return f"<p><b>{'✔' if right else '✘'} {finding.layer}: {finding.verdict}.</b> {html.escape(finding.why)}</p>"


def explain():
    """Display all scenarios, folded: the facts in which each differs from "The rival next door", and the three findings."""
    usual = law.Facts()._asdict()
    print("Unless it says otherwise:", "; ".join(f"{name}: {value}" for name, value in usual.items()))
    parts = []
    for name, facts in SCENARIOS.items():
        differ = "; ".join(f"{k}: {v}" for k, v in facts._asdict().items() if v != usual[k]) or "as above"
        items = "".join(f"<li><b>{f.layer}: {f.verdict}.</b> {html.escape(f.why)}</li>" for f in law.layers(facts))
        parts.append(f"<details><summary>{html.escape(name)} ({html.escape(differ)})</summary><ul>{items}</ul></details>")
    display({"text/html": "".join(parts), "text/plain": "The reasons for all scenarios."}, raw=True)


PROVENANCE = {
    "source": "Who or what made each row: which people, which model, which version?",
    "date": "When was it made or taken?",
    "way": "How was it got: a download, an API, a reseller, a gift?",
    "account": "Under whose name and key?",
    "terms": "Which terms applied on that day, and is there a copy of them?",
    "permission": "What do these terms say of training, in their own words?",
    "people": "Is personal data in it, and on what basis?",
    "works": "Are long passages of others' works in it?",
    "changes": "What was filtered, annotated or made anew, and by what?",
    "use": "Which of our models saw it, and can we train without it?",
}


def missing(record):
    """The questions of PROVENANCE that a data set's record (a dict) does not answer: a list of names."""
    return [name for name in PROVENANCE if not str(record.get(name) or "").strip()]


class Judgement:
    """Widgets: ten claims, an answer and a confidence for each. `probabilities()` is what was chosen, and 25 % each where nothing was."""

    def __init__(self, ids=claims.TEN):
        self.ids, rows = list(ids), claims.ledger().loc[list(ids)]
        self.statuses, self.sure, lines = [], [], []
        for number, quote in enumerate(rows.quote, start=1):
            seen = {"style": {"description_width": "initial"}}            # a label that is seen, and that a screen reader finds
            self.statuses.append(ipywidgets.Dropdown(options=["undecided", *claims.SO], description=f"{number}: is it so?",
                                                     layout=ipywidgets.Layout(width="19em"), **seen))
            self.sure.append(ipywidgets.Dropdown(options=[("40 %", 0.4), ("55 %", 0.55), ("70 %", 0.7), ("85 %", 0.85), ("100 %", 1.0)],
                                                 value=0.55, description=f"{number}: how sure?", layout=ipywidgets.Layout(width="13em"),
                                                 **seen))
            text = ipywidgets.HTML(f"{number}. “{html.escape(quote)}”", layout=ipywidgets.Layout(width="26em"))
            lines.append(ipywidgets.HBox([text, self.statuses[-1], self.sure[-1]]))
        self.box = ipywidgets.VBox(lines)
        display(self.box)

    def probabilities(self, by_hand=None):
        """(10, 4) torch.float64. by_hand: {number of the claim: (four numbers that sum to 1)}, for a page without widgets."""
        rows = torch.full((len(self.ids), len(claims.SO)), 0.25, dtype=torch.float64)
        for i, (status, sure) in enumerate(zip(self.statuses, self.sure)):
            if status.value != "undecided":
                rows[i] = (1 - sure.value) / 3
                rows[i, claims.SO.index(status.value)] = sure.value
        for number, four in (by_hand or {}).items():
            rows[number - 1] = torch.tensor(four, dtype=torch.float64)
        if not torch.allclose(rows.sum(-1), torch.ones(len(rows), dtype=torch.float64), atol=1e-6):
            raise ValueError("The four numbers of a claim are probabilities: they must sum to 1.")
        return rows
