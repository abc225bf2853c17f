"""The exercises of lesson 13: the wrong answers that people really give, as code, each with the sentence that names it."""
import html
import math

import ipywidgets
import torch
from IPython.display import display
from torch.nn import functional as F

from course_utils.lesson.check import Spec
from course_utils.lesson.exercises import material
from course_utils.society import claims

law = material("law")

# ---------------------------------------------------------------- the answers that the package itself does not need

def brier(probabilities, truth):
    """(n, statuses) what a reader thinks likely, (n,) the number of the right one. Returns a float: 0 is perfect, 2 is the worst.

    The mean over the claims of the sum over the statuses of (probability - outcome)², where the
    outcome is 1 for the right status and 0 for the others (Brier 1950).
    """
    outcome = torch.nn.functional.one_hot(truth, probabilities.shape[-1])
    return (probabilities - outcome).pow(2).sum(-1).mean().item()


def kappa(first, second):
    """(n,) and (n,) numbers of statuses: agreement of two readers beyond chance (Cohen 1960). 1: always; 0: as by chance.

    (observed - chance) / (1 - chance), where chance is the agreement of two readers who give
    each status as often as these two do, and independently. Needs chance below 1.
    """
    observed = (first == second).double().mean()
    both = torch.cat([first, second]).unique()
    chance = sum((first == k).double().mean() * (second == k).double().mean() for k in both)
    return ((observed - chance) / (1 - chance)).item()

# ---------------------------------------------------------------- brier


def _beliefs(generator, draw):
    """Some readers are sure and wrong. In the first draw there is one claim; never is a probability zero (for the logarithm)."""
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
        ("This looks at the right status only. How you spread the rest over the wrong ones counts, too.",
         lambda probabilities, truth: (1 - _right(probabilities, truth)).pow(2).mean()),
        ("The mean over the statuses is taken. Sum over them, and take the mean over the claims only.",
         lambda probabilities, truth: _squares(probabilities, truth).mean()),
        ("The sum over the claims is taken. With the mean, ten claims compare with fifty.",
         lambda probabilities, truth: _squares(probabilities, truth).sum()),
        ("Distances, not squares. With squares honesty pays best: with distances one does better by exaggerating.",
         lambda probabilities, truth: _squares(probabilities, truth).sqrt().sum(-1).mean()),
        ("A root too many: this is a length, and not its square.",
         lambda probabilities, truth: _squares(probabilities, truth).sum(-1).sqrt().mean()),
        ("This is the logarithmic score, another good one. Brier's has squares.",
         lambda probabilities, truth: -_right(probabilities, truth).log().mean()),
        ("This is the share of wrong first choices: how sure you were is not in it.",
         lambda probabilities, truth: (probabilities.argmax(-1) != truth).double().mean()),
        ("This is the probability that you gave to the right status. Near, but the largest is best here; Brier's score is a loss.",
         lambda probabilities, truth: _right(probabilities, truth).mean()),
        ("Divided by two, so that the worst is 1. The definition here goes up to 2.",
         lambda probabilities, truth: _squares(probabilities, truth).sum(-1).mean() / 2),
        ("The outcome is left out: this is the sum of squared probabilities, and does not ask what was right.",
         lambda probabilities, truth: probabilities.pow(2).sum(-1).mean())),
    laws=(("Who is sure and right has 0.", lambda f: abs(float(f(torch.eye(4).double(), torch.arange(4)))) < 1e-9),
          ("Who is sure and wrong has 2.", lambda f: abs(float(f(torch.eye(4).double(), (torch.arange(4) + 1) % 4)) - 2) < 1e-9)),
    hints=("The outcome is a row of zeros with a 1 at the right status: `torch.nn.functional.one_hot(truth, probabilities.shape[-1])`.",
           "Subtract, square, and sum over the statuses: `.sum(-1)` gives one number for each claim.",
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
        ("This is in millions of dollars. Dollars are asked for.",
         lambda exchanges, asked, answered, price_asked, price_answered:
         _bill(exchanges, asked, answered, price_asked, price_answered, 1e12)),
        ("The two prices are changed over: what is asked is cheap, what is answered is dear.",
         lambda exchanges, asked, answered, price_asked, price_answered: _bill(exchanges, answered, asked, price_asked, price_answered)),
        ("Only the answers are paid for here. What you ask costs, too.",
         lambda exchanges, asked, answered, price_asked, price_answered: _bill(exchanges, 0, answered, price_asked, price_answered)),
        ("Only the questions are paid for here.",
         lambda exchanges, asked, answered, price_asked, price_answered: _bill(exchanges, asked, 0, price_asked, price_answered)),
        ("One price for all tokens, the mean of the two. Each kind has its own.",
         lambda exchanges, asked, answered, price_asked, price_answered:
         exchanges * (asked + answered) * (price_asked + price_answered) / 2 / 1e6),
        ("This is what one exchange costs. There are many.",
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
        ("Divided by chance. Divide by 1 - chance, so that perfect agreement gives 1.",
         lambda first, second: (_observed(first, second) - _chance(first, second)) / _chance(first, second)),
        ("Divided by the observed agreement. Divide by 1 - chance.",
         lambda first, second: (_observed(first, second) - _chance(first, second)) / _observed(first, second)),
        ("Chance of one in four, as if they used all four statuses alike. Count how often each of them gives each one.",
         lambda first, second: (_observed(first, second) - 0.25) / 0.75),
        ("Chance of one in so many as they use, as if they used them alike. Count how often each of them gives each one.",
         _with(lambda first, second: 1 / len(torch.cat([first, second]).unique()))),
        ("Chance from the first reader alone. Multiply his share of each status by the other's.",
         _with(lambda first, second: _chance(first, first))),
        ("Chance from both readers thrown together: that is Scott's pi. Cohen's kappa multiplies one's share by the other's.",
         _with(_pooled)),
        ("This is the chance agreement alone.", lambda first, second: _chance(first, second)),
        ("The sign is turned round: observed minus chance.",
         lambda first, second: (_chance(first, second) - _observed(first, second)) / (1 - _chance(first, second)))),
    laws=(("A reader agrees with himself: 1.", lambda f: abs(float(f(torch.tensor([0, 1, 2, 1]), torch.tensor([0, 1, 2, 1]))) - 1) < 1e-9),
          ("Who gives every claim the same status agrees by chance only: 0.",
           lambda f: abs(float(f(torch.tensor([0, 1, 2, 1]), torch.ones(4, dtype=torch.long)))) < 1e-9)),
    hints=("Observed: the share of claims where both say the same, `(first == second).double().mean()`.",
           "Chance: for each status the first one's share times the second one's, and the sum of that.",
           "`(observed - chance) / (1 - chance)`, with `chance = sum((first == k).double().mean() * (second == k).double().mean() "
           "for k in torch.cat([first, second]).unique())`."))


EXERCISES = {"13.brier": BRIER, "13.campaign_cost": COST, "13.kappa": KAPPA}


QUESTIONS = (
    ("\"24,000 accounts: corroborated by a primary source.\" What has been corroborated?", 3, {
        "That there were 24,000 accounts.":
            "Nobody outside has seen the log. The source is the accuser's own post [C05 said].",
        "That the three firms opened them.":
            "That is the allegation; no court and no neutral third party has found it in what was searched [L18 unverified].",
        "That the provider really said so.":
            "The post is on record, and it is the provider's. What it says remains an allegation [C05 said].",
        "Nothing.":
            "Something: many things in the article were never said by those to whom it gives them [C12 contradicted]."}),
    ("Which are the three layers that the article names, in this lesson's words?", 2, {
        "Patent, copyright, trade secret.":
            "Three rights, and all of them in one layer: the model.",
        "The model, the door, the answers.":
            "Is the model protected by itself? How did you get in, and what had you promised? Whose words and data are in the answers?",
        "Provider, attacker, honest user.":
            "Those are the people. Each of them appears in each layer.",
        "Contract, damages, injunction.":
            "One layer, the door, and two of its remedies."}),
    ("Somebody who never accepted any terms trains on answers that somebody else has put on the web. Breach of contract?", 4, {
        "Yes: the answers came from the provider.":
            "A copyright would follow the answers; a promise does not [L13 shown].",
        "Yes, if the model competes.":
            "Competing or not, who has promised nothing breaks no promise [L13 shown].",
        "Only with more than a thousand answers.":
            "No number turns a stranger into a party.",
        "No: contracts bind their parties.":
            "Other layers may still be in play: whose words, whose data are they? And who put them there may have broken a promise "
            "[L13 shown]."}),
    ("A claim in the article names a white paper, and none of that name can be found. What do you write?", 1, {
        "That none of this name was found, where you searched, and what the nearest real document says.":
            "That is what can be known. Not finding is no proof that it does not exist [C22 contradicted].",
        "That the claim is false.":
            "The four steps describe common practice; what fails is the source [C23 contradicted].",
        "That the author lied.":
            "Translation, a summary of a summary, or a machine can do that without any intention. You do not know.",
        "Nothing: leave the claim out.":
            "Then the next reader believes it."}),
    ("In the small model of policy, a threefold fine leaves the copier copying. Why?", 3, {
        "The fine is too small at any size.":
            "Move the slider: at the same fine, with more reach, he stops.",
        "Copiers do not calculate.":
            "In this model they do nothing else. Outside, who knows.",
        "What counts is the fine times the chance to be found and to be reached; and those chances are small.":
            "Three numbers, and only one of them is written into the law.",
        "Because of the defence.":
            "The defence changes what a copy is worth; here it is the same in all rules."}),
)

# two questions on the clauses that the lesson quotes without names
READING = (
    ("You want to train a small spam filter for your own mail on the answers. Which clauses forbid it in words?", 2, {
        "Clauses 1, 2, 3, 5 and 8.":
            "Four of these are about what competes. Does your spam filter? The clauses do not say what competing is.",
        "Clause 2.":
            "It names any AI model. Under 1, 3, 5 and 8 it depends on what competing means; 4, 6 and 7 do not forbid it.",
        "None: you paid.":
            "Having paid is no permission. What you may do stands in the terms.",
        "All but clause 4.":
            "Clause 6 is silent, and clause 7 allows it under a condition."}),
    ("You audit models, and build a better one from what you learn. Which clauses let you do that without asking who is audited?", 4, {
        "Clause 1: it is the most precise.":
            "A better model may well compete.",
        "Clause 2: it can be lifted by asking.":
            "By asking the one whom you audit.",
        "Clause 5: it is about competition.":
            "About potential possibilities of competition: what is not that?",
        "Clauses 4, 6 and 7.":
            "One allows it, one is silent, one asks for a name. None makes it depend on the leave of who is audited."}),
)


# ---------------------------------------------------------------- what else the lesson alone needs

SCENARIOS = {
    "A student's spam filter": law.Facts(purpose="a small tool"),
    "The rival next door": law.Facts(),
    "The same rival, in the EU": law.Facts(country="EU"),
    "As alleged: many names, through a reseller": law.Facts(accounts="many, false names", taken="traces", terms="never shown",
                                                        rule="forbids any training"),
    "The same, asked in China": law.Facts(accounts="many, false names", taken="traces", terms="never shown", rule="forbids any training",
                                      country="China"),
    "Many names, and each clicked": law.Facts(accounts="many, false names", country="EU"),
    "Labels from a free demo": law.Facts(access="free", taken="labels", terms="never shown", purpose="a small tool"),
    "A provider who allows it": law.Facts(rule="allows it", country="China"),
    "A provider who is silent": law.Facts(rule="is silent"),
    "Open weights, a condition": law.Facts(access="free", weights="open", rule="allows it"),
    "Open weights, no rivals": law.Facts(access="free", weights="open"),
    "Somebody's answers, found on the web": law.Facts(access="free", terms="never shown"),
    "Patients' letters": law.Facts(purpose="a small tool", rule="is silent", content="personal data", country="EU"),
    "Song texts in the answers": law.Facts(rule="allows it", content="pages of others' works"),
    "The hidden instructions": law.Facts(accounts="many, false names", taken="hidden instructions"),
    "The weights themselves": law.Facts(access="free", taken="the weights", terms="never shown", rule="is silent", country="China"),
    "An auditor": law.Facts(rule="forbids any training", purpose="research"),
}


def play():
    """Choose a scenario, change its facts, tick the layers that you think are in play, and check: the answer says why. A widget."""
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
    """All scenarios, folded: the facts in which each differs from "The rival next door", and the three findings. Displays them."""
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
    "terms": "Which terms applied on that day? Keep a copy.",
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
    """Ten claims, a status and a confidence for each: widgets. `probabilities()` is what was chosen, and 25 % each where nothing was."""

    def __init__(self, ids=claims.TEN):
        self.ids, rows = list(ids), claims.ledger().loc[list(ids)]
        self.statuses, self.sure, lines = [], [], []
        for number, quote in enumerate(rows.quote, start=1):
            self.statuses.append(ipywidgets.Dropdown(options=["undecided", *claims.STATUSES], layout=ipywidgets.Layout(width="17em"),
                                                     tooltip=f"Status of claim {number}"))
            self.sure.append(ipywidgets.Dropdown(options=[("40 %", 0.4), ("55 %", 0.55), ("70 %", 0.7), ("85 %", 0.85), ("100 %", 1.0)],
                                                 value=0.55, layout=ipywidgets.Layout(width="6em"), tooltip=f"How sure of claim {number}"))
            text = ipywidgets.HTML(f"{number}. “{html.escape(quote)}”", layout=ipywidgets.Layout(width="28em"))
            lines.append(ipywidgets.HBox([text, self.statuses[-1], self.sure[-1]]))
        self.box = ipywidgets.VBox(lines)
        display(self.box)

    def probabilities(self, by_hand=None):
        """(10, 4) torch.float64. by_hand: {number of the claim: (four numbers that sum to 1)}, for a page without widgets."""
        rows = torch.full((len(self.ids), len(claims.STATUSES)), 0.25, dtype=torch.float64)
        for i, (status, sure) in enumerate(zip(self.statuses, self.sure)):
            if status.value != "undecided":
                rows[i] = (1 - sure.value) / 3
                rows[i, claims.STATUSES.index(status.value)] = sure.value
        for number, four in (by_hand or {}).items():
            rows[number - 1] = torch.tensor(four, dtype=torch.float64)
        if not torch.allclose(rows.sum(-1), torch.ones(len(rows), dtype=torch.float64), atol=1e-6):
            raise ValueError("The four numbers of a claim are probabilities: they must sum to 1.")
        return rows
