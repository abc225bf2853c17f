"""Check the two tables of lesson 13 by their rules, and write them in their normal form: sorted by id, one line end, quotes where needed.

    python data/build/check_claims.py

They are kept by hand: change a row, run this, and copy the digests that it prints into SHA256SUMS and README.md.

A claim answers two questions, and each has its column. *Did the party that it is put to say it?* (`said`)

    yes                    its own text, or its words as quoted by others, say this, or mean it
    no                     its own text was read whole, or as quoted whole, and does not say it
    no such source found   no text of that party was found in which it could stand: no such document, no name, no statement

*Is it so?* (`so`) Where a sentence has parts, the weakest part decides.

    shown          a text that is itself the evidence says so, and that text was read: a law, a judgment, terms, a paper, the document
    reported       somebody else says so who was read: a newspaper, a law firm, a summary
    unverified     only the one who claims it says so; or the sources disagree; or nothing was found; or it is an opinion or advice
    contradicted   a text that was read says otherwise

A row of law_sources.csv has one word, and it follows from what the source is (`kind`) and what was read of it (`read`): see word().
What was read is one of READ; `link_is` says whether the address is of the text itself or of a report about it. A note says what was not
found where `said` says so, and what is not said where `said` is no.
"""
import csv
import hashlib
import re
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
SAID = ("yes", "no", "no such source found")
SO = ("shown", "reported", "unverified", "contradicted")
READ = ("whole", "part", "quoted", "reports", "nothing")
TEXTS = ("law", "judgment", "terms", "paper", "document")                   # what such a text says of itself is so
KINDS = {"claims": ("fact", "opinion", "advice"), "sources": (*TEXTS, "statement", "complaint", "press", "search")}
MAY_BE_EMPTY = {"course", "why", "link"}
DATE = re.compile(r"((19|20)\d\d(-\d\d){0,2})(; (19|20)\d\d(-\d\d){2}| \(.*\))?|none|undated.*")


def word(kind, read):
    """The status of a row of law_sources.csv, by the rule: what the source is, and what was read of it."""
    if read == "nothing":
        return "unverified"
    if read in ("reports", "quoted"):
        return "reported"
    return "shown" if kind in TEXTS else "said"


def faults(row):
    """The rules that a row of either table breaks: a list of sentences."""
    claim, read, none = "quote" in row, row["read"], row["address"] == "none"
    rules = [(not [n for n, v in row.items() if not v.strip() and n not in MAY_BE_EMPTY], "a cell is empty"),
             (DATE.fullmatch(row["date"]), "the date is none"),
             (row["kind"] in KINDS["claims" if claim else "sources"], "the kind is not one of the list"),
             (read in READ, "what was read is not one of the list"),
             (none == (read == "nothing"), "a source has an address if and only if something of it was read"),
             (row["link_is"] == ("none" if none else "a report" if read in ("reports", "quoted") else "the text"),
              "the kind of link does not follow from what was read")]
    if claim:
        said, so = row["said"], row["so"]
        rules += [(said in SAID and so in SO, "an answer is not one of the list"),
                  (len(row["quote"].split()) <= 15, "the quotation is too long"),
                  (row["kind"] == "fact" or so == "unverified", "an opinion or advice is neither shown nor contradicted"),
                  (said != "no" or read in ("whole", "quoted"), "'no' needs the party's text, whole"),
                  (so not in ("shown", "contradicted") or row["link_is"] == "the text", "'shown' and 'contradicted' need the text itself"),
                  (so != "reported" or row["link_is"] == "a report", "'reported' needs a report"),
                  (("Not found:" in row["note"]) == (said == SAID[2]), "the note says what was not found, or says so without reason"),
                  (said != "no" or re.search(r"\b(not|never|neither|nothing|mistransl)", row["note"], re.I),
                   "the note does not say what is not said"),
                  ("corroborated" not in row["note"].lower(), "the note has a word of the first edition")]
    elif read not in ("whole", "part") and word(row["kind"], read) == "reported":
        rules += [(row["kind"] != "statement", "a statement that was not read is a report: press")]
    return [f"{row['id']}: {why}" for holds, why in rules if not holds]


if __name__ == "__main__":
    for name in ("claims_ledger.csv", "law_sources.csv"):
        with open(HERE / name, newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            rows = sorted(reader, key=lambda row: row["id"])
        broken = [fault for row in rows for fault in faults(row)]
        if broken:
            raise SystemExit("\n".join(broken))
        with open(HERE / name, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, reader.fieldnames, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        print(hashlib.sha256((HERE / name).read_bytes()).hexdigest(), "", name, f"({len(rows)} rows)")
