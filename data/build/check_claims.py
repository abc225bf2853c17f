"""Check the two tables of lesson 13, and write them in their normal form: sorted by id, one line end, quotation marks where needed.

    python data/build/check_claims.py

They are kept by hand: change a row, run this, and copy the digests that it prints into SHA256SUMS and README.md. It stops at a row without
a source or a status, at a status that is not one of the four, at a date that is none, and at a quotation of more than fifteen words.
"""
import csv
import hashlib
import re
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
STATUSES = ("corroborated by primary source", "reported by press", "plausible but unverified", "contradicted / misnamed")
MAY_BE_EMPTY = {"course", "why", "link"}
DATE = re.compile(r"((19|20)\d\d(-\d\d){0,2})(; (19|20)\d\d(-\d\d){2}| \(.*\))?|none|undated.*")


def check(row):
    empty = [name for name, value in row.items() if not value.strip() and name not in MAY_BE_EMPTY]
    if empty:
        raise SystemExit(f"{row['id']}: nothing in {', '.join(empty)}")
    if row["status"] not in STATUSES:
        raise SystemExit(f"{row['id']}: {row['status']!r} is not one of the four statuses")
    if not DATE.fullmatch(row["date"]):
        raise SystemExit(f"{row['id']}: {row['date']!r} is no date")
    if row["address"] == "none" and row["status"] != "plausible but unverified":
        raise SystemExit(f"{row['id']}: {row['status']}, and no address")
    if len(row.get("quote", "").split()) > 15:
        raise SystemExit(f"{row['id']}: the quotation is too long")


if __name__ == "__main__":
    for name in ("claims_ledger.csv", "law_sources.csv"):
        with open(HERE / name, newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            rows = sorted(reader, key=lambda row: row["id"])
        for row in rows:
            check(row)
        with open(HERE / name, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, reader.fieldnames, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        print(hashlib.sha256((HERE / name).read_bytes()).hexdigest(), "", name, f"({len(rows)} rows)")
