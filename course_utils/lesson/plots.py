"""Figures. One palette (Okabe and Ito, safe for colour-blind readers) with fixed roles, and never colour alone.

Every figure leaves through `show`, which asks for the figure in words.
"""
import base64
import html
import io
from typing import NamedTuple

import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from ..score.measures import mean_interval
from . import tables


class Role(NamedTuple):
    colour: str
    marker: str
    line: str


ROLES = {
    "teacher": Role("#0072B2", "o", "-"),
    "student": Role("#E69F00", "s", "--"),
    "attacker": Role("#D55E00", "^", "-."),
    "defender": Role("#009E73", "D", ":"),
    "baseline": Role("#767676", "X", (0, (1, 1.5))),      # whatever a claim is compared with
}

plt.rcParams.update({
    "figure.dpi": 90, "savefig.facecolor": "white", "font.size": 10.5, "axes.titlesize": 11, "axes.titlelocation": "left",
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.alpha": 0.25, "legend.frameon": False,
    "figure.constrained_layout.use": True,
})
tables.speak()


def png(fig):
    """The figure as PNG bytes, closed afterwards so that the notebook does not show it a second time."""
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", metadata={"Software": None})
    plt.close(fig)
    return buffer.getvalue()


def image(fig, alt):
    """The figure as HTML, with its words: JupyterLab gives a picture of the type image/png none, whatever its metadata says."""
    data = base64.b64encode(png(fig)).decode()
    return f'<img style="max-width:100%" alt="{html.escape(alt)}" src="data:image/png;base64,{data}">'


def show(fig, alt):
    """Display a figure. alt: the figure in words, one to three sentences with what it shows, for a reader who cannot see it.

    A screen reader gets them with the picture; for all others they stand, folded, under it.
    """
    folded = f"<details><summary>The figure in words</summary>{html.escape(alt)}</details>"
    display({"text/html": image(fig, alt) + folded, "text/plain": alt}, raw=True)


def band(ax, x, values, role, label):
    """A curve with its 95 % interval. values: (points, seeds); x: (points,), may be text."""
    means, lows, highs = zip(*map(mean_interval, values))
    colour, marker, line = ROLES[role]
    ax.plot(x, means, color=colour, marker=marker, linestyle=line, label=label)
    ax.fill_between(x, lows, highs, color=colour, alpha=0.2, linewidth=0)


def dots(ax, position, values, role, label=None):
    """One group of a comparison: a dot for each seed, the mean and its 95 % interval beside them. values: (seeds,)."""
    mean, low, high = mean_interval(values)
    colour, marker, _ = ROLES[role]
    ax.scatter([position - 0.06] * len(values), values, color=colour, marker=marker, s=22, alpha=0.6, label=label)
    ax.errorbar([position + 0.06], [mean], [[mean - low], [high - mean]], color=colour, marker="_", markersize=14, capsize=4, linewidth=2)
    return mean


def probabilities(ax, values, role="teacher", title="", floor=None):
    """Bars for the ten classes. values: (10,). floor: draw on a logarithmic axis down to this value."""
    bars = ax.bar(range(10), values, color=ROLES[role].colour, width=0.8)
    ax.set(xticks=range(10), title=title)
    ax.set_xlabel("class")
    ax.grid(axis="x", visible=False)
    if floor:
        ax.set(yscale="log", ylim=(floor, 1.5))
    else:
        ax.set_ylim(0, 1)
    return bars


BOXES = ("teacher", "defence", "API", "ledger", "harvest", "clean", "student", "score")
BOX_ROLES = {"teacher": "teacher", "defence": "defender", "API": "teacher", "ledger": "defender", "detection": "defender",
             "harvest": "attacker", "clean": "attacker", "student": "student", "score": "baseline"}


def picture(*lit):
    """The course's one picture, with the boxes of this lesson lit. Names from BOXES, and "detection"."""
    fig, ax = plt.subplots(figsize=(9, 1.75))
    ax.set(xlim=(-0.6, 7.6), ylim=(-1.35, 0.6))
    ax.axis("off")
    places = {name: (i, 0) for i, name in enumerate(BOXES)} | {"detection": (3, -0.95)}

    def on(name):
        return not lit or name in lit

    for name, (x, y) in places.items():
        colour = ROLES[BOX_ROLES[name]].colour
        ax.add_patch(FancyBboxPatch((x - 0.36, y - 0.22), 0.72, 0.44, boxstyle="round,pad=0.03", linewidth=2.2 if on(name) else 1,
                                    edgecolor=colour if on(name) else "#bbbbbb", facecolor="white"))
        ax.text(x, y, name, ha="center", va="center", fontsize=10, color="black" if on(name) else "#999999",
                fontweight="bold" if lit and on(name) else "normal")
    for a, b in list(zip(BOXES, BOXES[1:])) + [("ledger", "detection")]:
        (xa, ya), (xb, yb) = places[a], places[b]
        ends = ((xa + 0.4, ya), (xb - 0.4, yb)) if ya == yb else ((xa, ya - 0.26), (xb, yb + 0.26))
        ax.add_patch(FancyArrowPatch(*ends, arrowstyle="-|>", mutation_scale=11, color="#444444" if on(a) and on(b) else "#bbbbbb"))
    if {"teacher", "student"} <= set(lit) and "API" not in lit:       # the white-box lessons skip the middle
        ax.add_patch(FancyArrowPatch((0.15, 0.26), (5.85, 0.26), connectionstyle="arc3,rad=-0.09", arrowstyle="-|>", mutation_scale=13,
                                     linewidth=2, color="#444444"))
    show(fig, "The course's picture: " + " → ".join(BOXES) + ", with detection hanging from the ledger. "
         + (f"Lit in this lesson: {', '.join(lit)}." if lit else "All boxes are lit."))
