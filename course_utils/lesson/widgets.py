"""Two widgets: a slider that redraws a figure, and a question that explains every one of its answers.

Neither is needed to follow a lesson: each has the same content, static, beside it.
"""
import html
from pathlib import Path

import ipywidgets
from IPython.display import display

from . import plots
from .exercises import questions

NAMES = Path(__file__).with_name("slider.js").read_text(encoding="utf-8")


def slider(draw, values, start, label):
    """A slider over `values` that redraws `draw(value)`, which returns (figure, the figure in words). Displays and returns it."""
    control = ipywidgets.SelectionSlider(options=values, value=start, description=label, continuous_update=True,
                                         layout=ipywidgets.Layout(width="28em"), style={"description_width": "initial"})
    picture = ipywidgets.HTML()

    def redraw(change):
        picture.value = plots.image(*draw(control.value))

    control.observe(redraw, names="value")
    redraw(None)
    box = ipywidgets.VBox([control, picture])
    display(box)
    display({"application/javascript": NAMES}, raw=True)
    return box


def quiz(lesson, which="QUESTIONS"):
    """The wrap-up questions of a lesson ("01"): buttons, and an explanation of every answer, also the wrong ones.

    The questions are in notebooks/exercises/lesson_NN.py, so that no answer stands above its question.
    """
    for asked in questions(lesson, which):
        question(*asked)


def question(text, answer, options):
    """One question. options: {what it says: why it is right or wrong}; answer: the number, from 1, of the right one.

    Without a running kernel the folded text under it has the same. Displays and returns the box.
    """
    says = ipywidgets.HTML(value=" ")
    rows = []
    for number, (option, why) in enumerate(options.items(), start=1):
        button = ipywidgets.Button(description=f"{number}", layout=ipywidgets.Layout(width="3em"), tooltip=option)
        verdict = "✔ Yes." if number == answer else "✘ Not this one."
        verdict = f"<div role='alert'><b>{number}: {verdict}</b> {html.escape(why)}</div>"           # so that it is read out at once
        button.on_click(lambda _, v=verdict: setattr(says, "value", v))
        rows.append(ipywidgets.HBox([button, ipywidgets.HTML(html.escape(option))]))
    box = ipywidgets.VBox([ipywidgets.HTML(f"<b>{html.escape(text)}</b>"), *rows, says])
    display(box)
    items = "".join(f"<li>{html.escape(o)}<br><i>{'✔' if n == answer else '✘'} {html.escape(w)}</i></li>"
                    for n, (o, w) in enumerate(options.items(), start=1))
    display({"text/html": f"<details><summary>{html.escape(text)} (all answers, explained)</summary><ol>{items}</ol></details>",
             "text/plain": text}, raw=True)
    return box
