"""docs/board.md and docs/board.png: the published rows as people read them. Every number of ours is taken from the stored results."""
import re
import textwrap
from collections import Counter

from fingerprint import COURSE

from course_utils.score.measures import Interval, mean_interval

from . import NO, OWN, SHAPE, YES
from .words import READ, WORDS

MARKS = {YES: "teacher", SHAPE: "student", NO: "baseline"}                       # whose colour and marker a verdict has in the picture
NUMBER = r"[-+]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?"
QUOTED = rf"{NUMBER}%(?:, {NUMBER}%)*|{NUMBER} points \(95 % interval {NUMBER} to {NUMBER}\)|{NUMBER}(?: (?:of|to) {NUMBER})?"
LINE = "[The board in plain words](docs/board.md)."
HEAD = """# The replication board

<!-- made by `make replicate` from the stored results and benchmarks/board/words.py; after a change: make replicate R=--page -->

**{counts}**

A rule in each row's code computes the verdict:

- *reproduces*: what was claimed is seen here, in direction and in the size that the rule asks for;
- *reproduces in shape*: the direction is seen, but the size or a part of the claim is not;
- *does not reproduce at this size*: our small models do not show it. It may be true of large ones.

An interval covers our random seeds, and not another data set or a larger model. It assumes a symmetric spread, so it may pass
100 %. Where all seeds gave the same value, it has no width.
The {own} other rows of [replications.csv](../benchmarks/replications.csv) are our own measurements and have no verdict.

![{alt}](board.png)

How to read the figure: 1 means that our figure equals the published one. More than 1 is a larger effect, which is not always a better
result. Data, models and settings differ, and each row below says how. The verdict does not come from this ratio, because a rule may ask
for other numbers too. Figures that cannot be compared are not drawn.
"""


def pretty(text):
    """A quoted number for a reader: '-1.5' with a true minus, '9%' with a space, '6e-04' as 0.0006, lists with 'and'.

    A plus says something only where the other end of an interval is below zero.
    """
    text = re.sub(r"\d+(?:\.\d+)?e[-+]\d+", lambda found: f"{float(found[0]):g}", text)
    text = re.sub(r"-(?=\d)", "−", re.sub(r"(?<=\d)%", " %", text))
    return " and ".join((text if "−" in text else text.replace("+", "")).rsplit(", ", 1))


def number(value, unit, sign=""):
    """A number in its unit, without the unit's name."""
    digits = {"%": "1", "points": "1", "log10": "2", "width": "0", "W": "3"}[unit]
    return f"{value * (100 if unit in ('%', 'points') else 1):{sign}.{digits}f}".replace("-", "−")


def said(value, unit):
    return number(value, unit) + {"%": " %", "points": " points"}.get(unit, "")


def share(value):
    return f"{value:.2f}".replace("-", "−")


def span(interval, unit):
    """The two ends of an interval, with the unit."""
    sign = "+" if unit == "points" and interval.low < 0 else ""
    return f"{number(interval.low, unit, sign)} to {number(interval.high, unit, sign)}" + \
        {"%": " %", "points": " points", "log10": " (log10)", "W": " (W)", "width": " units"}[unit]


def quoted(words, row):
    """The number that follows some words in the row's long text."""
    found = re.search(rf"{re.escape(words)}[ :,(]*({QUOTED})", row["ours"])
    if not found:
        raise KeyError(f"{row['id']}: no number after {words!r} in its long text: change benchmarks/board/words.py")
    return found[1]


def interval_of(row):
    return Interval(*(float(row[end]) for end in Interval._fields))


def fill(text, row):
    """Words of a row with its numbers: {mean}, or the number after {some words} of its long text."""
    mean = f"**{said(float(row['mean']), WORDS[row['id']].unit)}**"
    return re.sub(r"\{(.+?)\}", lambda found: mean if found[1] == "mean" else pretty(quoted(found[1], row)), text)


def ours(row, curves):
    """The interval of ours that stands beside the published figure, or None."""
    beside = WORDS[row["id"]].beside
    if isinstance(beside, str):
        return None
    if isinstance(beside.ours, tuple):
        return mean_interval([float(value) for name, series, x, _, value in curves if (name, series, x) == (row["id"], *beside.ours)])
    if beside.ours:
        return Interval(*(float(n) / 100 for n in re.findall(NUMBER, quoted(beside.ours, row).replace("95 % interval", ""))))
    return interval_of(row)


def ratio(row, curves):
    """Ours divided by the published figure, as an Interval; None where there is no figure to compare."""
    interval = ours(row, curves)
    return interval and Interval(*(value / WORDS[row["id"]].beside.published for value in interval))


def published(results):
    return [row for row in results.values() if row["verdict"] != OWN]


def counts(results):
    rows = published(results)
    n = Counter(row["verdict"] for row in rows)
    return f"{n[YES]} of {len(rows)} published results reproduce, {n[SHAPE]} in shape, {n[NO]} {'does' if n[NO] == 1 else 'do'} not " \
           "reproduce at this size."


def comparison(row, curves):
    """One sentence or more: ours beside the published figure, and what differs."""
    beside = WORDS[row["id"]].beside
    if isinstance(beside, str):
        return f"No figure to compare. {beside}"
    there, here, times = beside.shown or said(beside.published, beside.unit), ours(row, curves), ratio(row, curves)
    return f"Ours is {said(here.mean, beside.unit)} and the published figure {there}. The ratio is {share(times.mean)} (95 % interval " \
           f"{share(times.low)} to {share(times.high)}). {beside.differs}"


def linked(paper):
    """A paper with its arXiv numbers as links: 'X 2015 (arXiv 1503.02531)' becomes 'X 2015, [arXiv 1503.02531](...)'."""
    return re.sub(r" \(arXiv (\d{4}\.\d{5})\)", r", [arXiv \1](https://arxiv.org/abs/\1)", paper)


def entry(row, code, curves):
    """One row in plain words. code: its Row, for the present words about the paper and the lesson's name."""
    words, name, lesson = WORDS[row["id"]], row["id"], row["lesson"]
    read = "; ".join(READ[how] for how in re.split("[;,] ", code.read))
    why = f": {words.why[0].lower()}{words.why[1:]}" if words.why else "."
    return f"""## {name} · {words.title}

**{row["verdict"].capitalize()}**{why} Lesson [{lesson}](../notebooks/{code.lesson}.ipynb), code: `{name.lower()}` in \
[lesson_{lesson}.py](../benchmarks/board/lesson_{lesson}.py).

- *Claimed*: {words.claim} (Source: {linked(code.paper)}; {read}.)
- *Found*: {fill(words.found, row)}
- *95 % interval* of the bold number: {span(interval_of(row), words.unit)}, over {row["seeds"]} seeds.
- *Beside the published figure*: {comparison(row, curves)}

<details><summary>Details of {name}</summary>

Published: {code.published}

Ours, mean {row["mean"]} ({row["low"]} to {row["high"]}): {row["ours"]}

{row["seeds"]} seeds, {row["seconds"]} s, fingerprint of the code `{row["fingerprint"]}`
</details>
"""


def alt(results, curves):
    """The picture in words."""
    rows = published(results)
    times = {row["id"]: ratio(row, curves) for row in rows}
    drawn = "; ".join(f"{name} {share(t.mean)} ({share(t.low)} to {share(t.high)})" for name, t in times.items() if t)
    rest = ", ".join(name for name, t in times.items() if not t)
    return f"Ours divided by the published figure, with its 95 % interval, beside a line at 1: {drawn}. No figure to compare, verdict " \
           f"only: {rest}. Each row has its verdict in words."


def page(results, curves, rows):
    """docs/board.md as text."""
    own = sum(row["verdict"] == OWN for row in results.values())
    head = HEAD.format(counts=counts(results), own=own, alt=alt(results, curves))
    return head + "\n" + "\n".join(entry(row, rows[row["id"]], curves) for row in published(results))


def picture(results, curves):
    """docs/board.png as bytes: all rows on one scale, published against ours. Few colours make a small file."""
    import io

    import matplotlib.pyplot as plt
    from PIL import Image

    from course_utils.lesson import plots

    rows = published(results)
    times = {row["id"]: ratio(row, curves) for row in rows}
    drawn, rest = ([row for row in rows if bool(times[row["id"]]) == has] for has in (True, False))
    same = sum(times[row["id"]].low <= 1 <= times[row["id"]].high for row in drawn)
    fig = plt.figure(figsize=(9, 0.315 * len(rows) + 1.6), dpi=178, layout="none")
    ax = fig.add_axes([0.345, 0.01, 0.3, 0.885])
    end, gap = len(rows) + 0.9, len(drawn) + 0.4
    ax.set(ylim=(end, -0.7), xlim=(-0.15, max(times[row["id"]].high for row in drawn) + 0.1), yticks=[])
    ax.set_xticks([0, 1, 2], ["0", "1 (published)", "2"])
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    ax.set_xlabel("ours divided by published, with 95 % interval", fontsize=9)
    ax.tick_params(labelsize=9)
    ax.grid(visible=False)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    ax.spines["top"].set_visible(True)
    ax.plot([1, 1], [-0.7, len(drawn) - 0.4], color="black", linewidth=1, zorder=1)

    def column(x, y, text, **how):
        ax.text(x, y, text, transform=ax.get_yaxis_transform(), va="center", **{"fontsize": 9} | how)

    for x, text in ((-1.12, "result"), (1.06, "ours / published"), (1.56, "verdict")):
        column(x, -1.15, text, fontweight="bold")
    column(-1.12, gap, "No figure to compare: the verdict only", fontweight="bold")
    for y, row in [*enumerate(drawn), *enumerate(rest, len(drawn) + 1)]:
        name, verdict, t = row["id"], row["verdict"], times[row["id"]]
        colour, marker, _ = plots.ROLES[MARKS[verdict]]
        y += 0.3 if t is None else 0
        if y % 2 < 1:
            ax.axhspan(y - 0.5, y + 0.5, xmin=-1.15, xmax=2.2, color="#f3f3f3", clip_on=False, zorder=0, linewidth=0)
        column(-1.12, y, f"{name}  {WORDS[name].beside.what if t else WORDS[name].title}")
        column(1.63, y, textwrap.fill(verdict, 20), linespacing=0.9)
        ax.plot([1.585], [y], marker, color=colour, markersize=6, transform=ax.get_yaxis_transform(), clip_on=False)
        if t:
            beside = WORDS[name].beside
            column(1.06, y, f"{number(ours(row, curves).mean, beside.unit)} / {beside.shown or said(beside.published, beside.unit)}")
            ax.errorbar([t.mean], [y], xerr=[[t.mean - t.low], [t.high - t.mean]], color=colour, marker=marker, markersize=6, capsize=3,
                        linewidth=1.6)
        else:
            column(0.5, y, "no figure to compare", ha="center", color="#767676")
    fig.suptitle(f"{len(drawn)} of {len(rows)} rows have a published figure to compare; {same} of the {len(drawn)} intervals include it",
                 x=0.01, ha="left", fontsize=11)
    small = io.BytesIO()
    Image.open(io.BytesIO(plots.png(fig))).convert("RGB").quantize(48, dither=Image.Dither.NONE).save(small, "png", optimize=True)
    return small.getvalue()


def write(results, curves, rows, readme):
    """Both files in docs/, and the one line of the README."""
    folder = COURSE / "docs"
    folder.mkdir(exist_ok=True)
    (folder / "board.md").write_text(page(results, curves, rows), encoding="utf-8", newline="\n")
    (folder / "board.png").write_bytes(picture(results, curves))
    readme.write_text(in_readme(readme.read_text(encoding="utf-8"), results), encoding="utf-8", newline="\n")


def in_readme(text, results):
    """The README with its one line of the board as it should be."""
    start, end = "<!-- board: made by `make replicate` -->\n", "\n<!-- board ends -->"
    before, rest = text.split(start)
    return before + start + f"{counts(results)} {LINE}" + end + rest.split(end)[1]
