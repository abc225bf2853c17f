"""The replication board: published results beside ours, each with its interval and a verdict that a rule computes.

    make replicate                 every row, a few minutes
    make replicate R="R01 R02"     some

Each row is a function of board/lesson_NN.py that calls the lesson's own function (never a second implementation), and the rule
of its verdict stands in it. Results go to benchmarks/replications.csv and into the table of README.md, the single runs behind some of
them to benchmarks/curves.csv, from which lessons draw them. tests/test_board.py fails when a stored result was made by other code or
settings than the present ones.
"""
import argparse
import csv
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from board import OWN, all_rows, load  # noqa: E402
from fingerprint import COURSE, fingerprint  # noqa: E402

CSV, CURVES = (Path(__file__).with_name(name) for name in ("replications.csv", "curves.csv"))
README = COURSE / "README.md"
ROWS = all_rows()
COLUMNS = ("id", "paper", "published", "read", "ours", "mean", "low", "high", "seeds", "verdict", "seconds", "lesson", "fingerprint")


def stored():
    """{id: the row of replications.csv}"""
    if not CSV.exists():
        return {}
    with CSV.open(newline="") as file:
        return {line["id"]: line for line in csv.DictReader(file)}


def stored_curves():
    """The rows of curves.csv: (id, series, x, seed, value)."""
    if not CURVES.exists():
        return []
    with CURVES.open(newline="") as file:
        return [tuple(line) for line in csv.reader(file)][1:]


def run(name):
    """(the row for replications.csv, the rows for curves.csv)"""
    row, made_by, started = ROWS[name], fingerprint(name), time.perf_counter()
    result = row.run(load(row.lesson))
    mean, low, high = (f"{value:.3f}" for value in result.interval)
    curves = [(name, series, x, seed, f"{float(value):.4f}") for series, x, seed, value in result.runs]
    return dict(zip(COLUMNS, (name, row.paper, row.published, row.read, result.ours, mean, low, high, result.seeds, result.verdict,
                              round(time.perf_counter() - started), row.lesson[:2], made_by), strict=True)), curves


def table(results):
    """The board as a Markdown table, for the README."""
    lines = ["| | lesson | paper | published | ours, 95 % interval | seeds | verdict |", "|---|---|---|---|---|---|---|"]
    for r in results.values():
        if r["verdict"] == OWN:
            continue
        ours = f"**{r['mean']}** ({r['low']} to {r['high']}): {r['ours']}"
        lines.append(f"| {r['id']} | {r['lesson']} | {r['paper']} | {r['published']} *(read: {r['read']})* | {ours} | {r['seeds']} "
                     f"| **{r['verdict']}** |")
    return "\n".join(lines)


def in_readme(text, results):
    start, end = "<!-- board: made by `make replicate` -->\n", "\n<!-- board ends -->"
    before, rest = text.split(start)
    return before + start + table(results) + end + rest.split(end)[1]


def save(result, curves):
    """Put one row's result into the two files and the README, beside whatever is there by now."""
    results = stored() | {result["id"]: result}
    with CSV.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(results[name] for name in ROWS if name in results)
    lines = [line for line in stored_curves() if line[0] != result["id"]] + curves
    with CURVES.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("id", "series", "x", "seed", "value"), *sorted(lines, key=lambda line: line[0])])
    README.write_text(in_readme(README.read_text(), {name: results[name] for name in ROWS if name in results}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", help="R01 R02 ...; every row when none is given")
    wanted = parser.parse_args().rows or list(ROWS)
    unknown = [name for name in wanted if name not in ROWS]
    if unknown:
        sys.exit(f"There is no row {unknown[0]}. The board has: {', '.join(ROWS)}.")
    for name in wanted:
        result, curves = run(name)
        print(name, *(result[k] for k in ("verdict", "mean", "low", "high", "ours")), f"{result['seconds']} s", sep=" | ", flush=True)
        save(result, curves)
