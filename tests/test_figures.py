"""Figures carry their words, widgets redraw, and every answer of a question is explained."""
import base64
import re

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from course_utils.lesson import exercises, plots, tables, widgets


@pytest.fixture
def shown(monkeypatch):
    calls = []
    for module in (plots, widgets):
        monkeypatch.setattr(module, "display", lambda *a, **k: calls.append((a, k)))
    return calls


def test_a_figure_leaves_with_its_words(shown):
    fig, ax = plt.subplots()
    plots.band(ax, [1, 2], [[1.0, 2.0, 3.0], [2.0, 3.0, 4.0]], "student", "a student")
    plots.dots(ax, 1, [1.0, 2.0], "baseline")
    plots.show(fig, "It rises < it falls.")
    (bundle,), _ = shown[0]
    data, = re.findall(r'<img [^>]*alt="It rises &lt; it falls." src="data:image/png;base64,([^"]+)">', bundle["text/html"])
    assert base64.b64decode(data).startswith(b"\x89PNG") and bundle["text/html"].count("It rises &lt; it falls.") == 2
    assert not plt.get_fignums(), "a shown figure is closed, or the notebook shows it twice"


def test_figures_are_the_same_bytes_each_time():
    def draw():
        fig, ax = plt.subplots()
        plots.probabilities(ax, [0.1] * 10)
        return plots.png(fig)
    assert draw() == draw()


@pytest.mark.parametrize("lit", [(), ("teacher", "student", "score"), ("API", "detection")])
def test_picture_says_what_is_lit(shown, lit):
    plots.picture(*lit)
    assert all(name in shown[0][0][0]["text/plain"] for name in lit)


def test_slider_redraws_with_new_words(shown):
    def draw(value):
        fig, ax = plt.subplots()
        ax.plot([0, value])
        return fig, f"value {value}"

    box = widgets.slider(draw, [1, 2, 3], 2, "value")
    control, picture = box.children
    assert 'alt="value 2"' in picture.value
    control.value = 3
    assert 'alt="value 3"' in picture.value


@pytest.mark.parametrize("lesson", ["01"])
def test_a_quiz_has_one_right_answer_and_a_reason_for_each(shown, lesson):
    for _text, answer, options in exercises.questions(lesson):
        assert 1 <= answer <= len(options) and len(options) >= 3 and all(options.values())
    widgets.quiz(lesson)
    assert len(shown) == 2 * len(exercises.questions(lesson))


def test_a_question_explains_every_answer(shown):
    box = widgets.question("Which?", answer=2, options={"one": "because < 1", "two": "because 2"})
    says = box.children[-1]
    first, second = (row.children[0] for row in box.children[1:3])
    first.click()
    assert "Not this one" in says.value and "because &lt; 1" in says.value
    second.click()
    assert "Yes" in says.value and "because 2" in says.value
    static = shown[-1][0][0]["text/html"]
    assert "because &lt; 1" in static and "because 2" in static


def test_a_table_reads_its_headers_out():
    frame = pd.DataFrame({"a": [1, 2], "b": [3, 4]}, index=pd.MultiIndex.from_product([["x"], [7, 8]], names=["kind", "seed"]))
    said = tables.spoken(frame._repr_html_())
    head, body = said.split("</thead>")
    assert re.findall(r'<th scope="col">(.*?)</th>', head) == ["kind", "seed", "a", "b"] and head.count("<tr") == 1
    assert body.count('<th scope="row"') == 3 and "<th>" not in said
    said = tables.spoken(pd.DataFrame([[1, 2]], index=["one"], columns=pd.MultiIndex.from_product([["sums"], ["r", "p"]]))._repr_html_())
    assert 'scope="colgroup" colspan="2"' in said and said.count("<td></td>") == 2 and "<th></th>" not in said
    wide = tables.spoken(pd.DataFrame([range(9)])._repr_html_())
    assert wide.startswith("<div") and 'tabindex="0"' in wide and "tabindex" not in said
    assert tables.spoken("<p>no table</p>") == "<p>no table</p>"
