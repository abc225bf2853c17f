"""The claims of the article that the course began from, the legal facts around them, and how good a reader's judgement of them is.

Two tables: `ledger()` has the 51 claims, `sources()` the 66 facts of law, of the sides and of policy. Every row has a status, and there are
four. "Corroborated" for an accusation means that it was really made, not that it is true: the column `shows` says which.

In the lesson's text a sentence about people, firms, law or the event ends in a reference such as [C05 said]: a row, and what its source
shows. tests/test_law.py fails when a sentence has none, or when the word is not the row's.
"""
import html
import re

import ipywidgets
import pandas as pd
import torch
from IPython.display import display

from . import files

STATUSES = ("corroborated by primary source", "reported by press", "plausible but unverified", "contradicted / misnamed")
REFERENCE = re.compile(r"\[([CL]\d\d [a-z]+(?:, [CL]\d\d [a-z]+)*)\]")
TEN = ("C05", "C22", "C34", "C31", "C12", "C14", "C28", "C01", "C44", "C19")         # what the lesson asks before it shows the ledger

CAMPAIGNS = {"MiniMax": 13_000_000, "Moonshot AI": 3_400_000, "DeepSeek": 150_000}     # exchanges, "over" each: an allegation, C07


def _read(name):
    table = pd.read_csv(files.checked_path(name), keep_default_na=False).set_index("id")
    return table.assign(word=[_word(*row) for row in table[["status", "shows"]].itertuples(index=False)])


def _word(status, shows):
    if status == STATUSES[0]:
        return "said" if shows == "that it was said" else "shown"
    return {STATUSES[1]: "reported", STATUSES[2]: "unverified", STATUSES[3]: "contradicted"}[status]


def ledger():
    """The 51 claims, one row each, by id (C01 to C51): quote, group, says, status, shows, source, date, note, better source, lesson."""
    return _read("claims_ledger.csv")


def sources():
    """The facts of law, of the sides and of policy, by id (L01 to L66): layer, place, statement, status, shows, source, date, address."""
    return _read("law_sources.csv")


def cited(text):
    """The references in a text, in order: [(id, word), ...]. "[C05 said, L13 shown]" has two."""
    return [tuple(part.split()) for found in REFERENCE.findall(text) for part in found.split(", ")]


def show(table, *columns, link="source"):
    """Display rows of either table, with these columns, and a link: to the "source", or to the "lesson" of the course that has seen it."""
    seen = table[list(columns)].map(html.escape)
    if link == "lesson":
        seen[link] = [f'<a href="{place}">{place[:2]}</a>' for place in table.link]
    else:
        seen[link] = ["none found" if row.address == "none" else '<a href="{}">{}</a>, {}'.format(
            *map(html.escape, (row.address, row.publisher, row.date))) for row in table.itertuples()]
    with pd.option_context("display.max_colwidth", None):
        page = seen.to_html(escape=False, justify="left").replace("<td>", '<td style="text-align:left">')
    display({"text/html": page, "text/plain": f"{len(table)} rows: {', '.join(table.index)}"}, raw=True)


# ---------------------------------------------------------------- how good is a reader?

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


class Judgement:
    """Ten claims, a status and a confidence for each: widgets. `probabilities()` is what was chosen, and 25 % each where nothing was."""

    def __init__(self, ids=TEN):
        self.ids, rows = list(ids), ledger().loc[list(ids)]
        self.statuses, self.sure, lines = [], [], []
        for number, quote in enumerate(rows.quote, start=1):
            self.statuses.append(ipywidgets.Dropdown(options=["undecided", *STATUSES], layout=ipywidgets.Layout(width="17em"),
                                                     tooltip=f"Status of claim {number}"))
            self.sure.append(ipywidgets.Dropdown(options=[("40 %", 0.4), ("55 %", 0.55), ("70 %", 0.7), ("85 %", 0.85), ("100 %", 1.0)],
                                                 value=0.55, layout=ipywidgets.Layout(width="6em"), tooltip=f"How sure of claim {number}"))
            text = ipywidgets.HTML(f"{number}. “{html.escape(quote)}”", layout=ipywidgets.Layout(width="28em"))
            lines.append(ipywidgets.HBox([text, self.statuses[-1], self.sure[-1]]))
        self.box = ipywidgets.VBox(lines)
        display(self.box)

    def probabilities(self, by_hand=None):
        """(10, 4) torch.float64. by_hand: {number of the claim: (four numbers that sum to 1)}, for a page without widgets."""
        rows = torch.full((len(self.ids), len(STATUSES)), 0.25, dtype=torch.float64)
        for i, (status, sure) in enumerate(zip(self.statuses, self.sure)):
            if status.value != "undecided":
                rows[i] = (1 - sure.value) / 3
                rows[i, STATUSES.index(status.value)] = sure.value
        for number, four in (by_hand or {}).items():
            rows[number - 1] = torch.tensor(four, dtype=torch.float64)
        if not torch.allclose(rows.sum(-1), torch.ones(len(rows), dtype=torch.float64), atol=1e-6):
            raise ValueError("The four numbers of a claim are probabilities: they must sum to 1.")
        return rows


def numbers(table):
    """The status of each row as its number in STATUSES. Returns (n,) int64."""
    return torch.tensor([STATUSES.index(status) for status in table.status])


# ---------------------------------------------------------------- the incident in numbers

def campaign_cost(exchanges, asked, answered, price_asked, price_answered):
    """Dollars for a number of exchanges. asked, answered: tokens in each; prices: dollars for a million tokens. Returns a float."""
    return exchanges * (asked * price_asked + answered * price_answered) / 1e6


def weight(exchanges, asked, answered, letters=4):
    """Gigabytes of text in a number of exchanges. letters: bytes of a token, about four in English. Returns a float."""
    return exchanges * (asked + answered) * letters / 1e9
