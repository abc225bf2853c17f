"""The claims of the article that the course began from, the legal facts around them, and how good a reader's judgement of them is.
Two tables: `ledger()` has the 51 claims, `sources()` the facts of law, of the sides and of policy. A claim answers two questions: `said`
(did the party that it is put to say it?) and `so` (is it so?). The rules of both tables stand in data/build/check_claims.py.

In the lesson's text a sentence about people, firms, law or the event ends in a reference such as [C05 said]: a row, and its word.
tests/test_law.py fails when a sentence has none, or when the word is not the row's.
"""
import html

import pandas as pd
import torch
from IPython.display import display

from course_utils.files import bundled

SO = ("shown", "reported", "unverified", "contradicted")
TEN = ("C05", "C22", "C34", "C29", "C12", "C14", "C18", "C01", "C44", "C19")         # what the lesson asks before it shows the ledger
CAMPAIGNS = {"MiniMax": 13_000_000, "Moonshot AI": 3_400_000, "DeepSeek": 150_000}     # exchanges, "over" each: an allegation, C07


def _read(name):
    return pd.read_csv(bundled.checked_path(name), keep_default_na=False).set_index("id")


def _word(claim):
    """The word of a claim: what it is, and where nobody has verified it, who says it."""
    if claim.so != "unverified" or claim.put_to == "the article itself":
        return claim.so
    return {"yes": "said", "no": "not said"}.get(claim.said, "no source")


def ledger():
    """The 51 claims, by id (C01 to C51): quote, group, put_to, said, so, source, note, correction; and `word`, from said and so."""
    table = _read("claims_ledger.csv")
    return table.assign(word=[_word(claim) for claim in table.itertuples()])


def sources():
    """The facts of law, of the sides and of policy, by id (L01 and on): layer, place, statement, kind, read; and `word`, from these two."""
    table = _read("law_sources.csv")
    words = ["unverified" if row.read == "nothing" else "reported" if row.read in ("reports", "quoted")
             else "said" if row.kind == "statement" else "shown" for row in table.itertuples()]
    return table.assign(word=words)


def show(table, *columns, link="source"):
    """Display rows of either table, with these columns, and a link: to the "source", or to the "lesson" of the course that has seen it."""
    seen = table[list(columns)].map(html.escape)
    seen = seen.rename(columns={"put_to": "put to", "said": "said it?", "so": "is it so?", "word": "status"})
    if link == "lesson":
        seen[link] = [f'<a href="{place}">{place[:2]}</a>' for place in table.link]
    else:
        weak = [f" (weak: {row.weak})" if getattr(row, "weak", "no") != "no" else "" for row in table.itertuples()]
        seen[link] = ["none found" if row.address == "none" else '<a href="{}">{}</a>, {}'.format(
            *map(html.escape, (row.address, row.publisher, row.date + why))) for row, why in zip(table.itertuples(), weak)]
    with pd.option_context("display.max_colwidth", None):
        page = seen.to_html(escape=False, justify="left", index_names=False).replace("<td>", '<td style="text-align:left">')
        page = page.replace("<th></th>", f"<th>{table.index.name}</th>")
    display({"text/html": page, "text/plain": f"{len(table)} rows: {', '.join(table.index)}"}, raw=True)


def numbers(table):
    """Is it so? The answer of each row as its number in SO. Returns (n,) int64."""
    return torch.tensor([SO.index(so) for so in table.so])


def campaign_cost(exchanges, asked, answered, price_asked, price_answered):
    """Dollars for a number of exchanges. asked, answered: tokens in each; prices: dollars for a million tokens. Returns a float."""
    return exchanges * (asked * price_asked + answered * price_answered) / 1e6


def weight(exchanges, asked, answered, letters=4):
    """Gigabytes of text in a number of exchanges. letters: bytes of a token, about four in English. Returns a float."""
    return exchanges * (asked + answered) * letters / 1e9
