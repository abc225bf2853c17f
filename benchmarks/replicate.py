"""The replication board: published results beside ours, each with its interval and a verdict that a rule computes.

    make replicate                 every row
    make replicate R="R01 R02"     some
    make replicate R=--page        none: only the pages are written again, from the stored results
    make replicate DASK=tcp://…    each row a task on a Dask cluster: docs/dask.md

Each row is a function of board/lesson_NN.py that calls the lesson's own function (never a second implementation), and the rule
of its verdict stands in it. Results go to benchmarks/replications.csv, the single runs behind some of them to benchmarks/curves.csv, from
which lessons draw them. People read them in docs/board.md and docs/board.png, and in one line of README.md: board/page.py makes these, with
the words of board/words.py. tests/test_board.py fails when a stored result was made by other code or
settings than the present ones.
"""
import argparse
import csv
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import workers  # noqa: E402
from board import all_rows, load, page  # noqa: E402
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


def save(result, curves):
    """Put one row's result into the two files and the pages, beside whatever is there by now."""
    results = stored() | {result["id"]: result}
    with CSV.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(results[name] for name in ROWS if name in results)
    lines = [line for line in stored_curves() if line[0] != result["id"]] + curves
    with CURVES.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("id", "series", "x", "seed", "value"), *sorted(lines, key=lambda line: line[0])])
    write_pages()


def write_pages():
    page.write(stored(), stored_curves(), ROWS, README)


def run_all(names, address=None):
    """Run rows, one after another here or side by side on a Dask cluster, and save each as it comes. Returns {name: why it failed}."""
    import replicate  # under the name that a worker knows; here this file may be __main__
    from tqdm.auto import tqdm

    failed = {}
    with workers.on(address) as cluster:
        for (name,), found, why in tqdm(workers.each(replicate.run, [(name,) for name in names], 1, cluster), desc="rows", total=len(names),
                                        disable=cluster is None):
            if why and why.startswith("Missing: "):                     # an optional extra: said, and nobody's failure
                print(name, why.removeprefix("Missing: "), sep=" | ", flush=True)
                continue
            if why:
                failed[name] = why
                print(f"{name} | FAILED | {why}", flush=True)
                continue
            result, curves = found
            print(name, *(result[k] for k in ("verdict", "mean", "low", "high", "ours")), f"{result['seconds']} s", sep=" | ", flush=True)
            save(result, curves)
    return failed


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", help="R01 R02 ...; every row when none is given")
    parser.add_argument("--page", action="store_true", help="run nothing: write docs/board.md, docs/board.png and the README's line again")
    parser.add_argument("--dask", help="a scheduler's address, such as tcp://127.0.0.1:8786: docs/dask.md")
    asked = parser.parse_args(arguments)
    wanted = asked.rows or ([] if asked.page else list(ROWS))
    unknown = [name for name in wanted if name not in ROWS]
    if unknown:
        sys.exit(f"There is no row {unknown[0]}. The board has: {', '.join(ROWS)}.")
    try:
        failed = run_all(wanted, asked.dask)
    except workers.NoCluster as error:
        sys.exit(str(error))
    if asked.page:
        write_pages()
    if failed:
        sys.exit(f"{len(failed)} of {len(wanted)} rows failed and keep the results that they had: {', '.join(failed)}.")


if __name__ == "__main__":
    main()
