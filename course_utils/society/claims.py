"""The claims of the article that the course began from, the legal facts around them, and how good a reader's judgement of them is.

Two tables: `ledger()` has the 51 claims, `sources()` the 66 facts of law, of the sides and of policy. Every row has a status, and there are
four. "Corroborated" for an accusation means that it was really made, not that it is true: the column `shows` says which.

In the lesson's text a sentence about people, firms, law or the event ends in a reference such as [C05 said]: a row, and what its source
shows. tests/test_law.py fails when a sentence has none, or when the word is not the row's.
"""
import html

import pandas as pd
import torch
from IPython.display import display

from ..files import bundled

STATUSES = ("corroborated by primary source", "reported by press", "plausible but unverified", "contradicted / misnamed")
TEN = ("C05", "C22", "C34", "C31", "C12", "C14", "C28", "C01", "C44", "C19")         # what the lesson asks before it shows the ledger

CAMPAIGNS = {"MiniMax": 13_000_000, "Moonshot AI": 3_400_000, "DeepSeek": 150_000}     # exchanges, "over" each: an allegation, C07


def _read(name):
    table = pd.read_csv(bundled.checked_path(name), keep_default_na=False).set_index("id")
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
