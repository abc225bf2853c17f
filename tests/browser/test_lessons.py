"""Every lesson in a real browser: run whole with nothing solved, its sliders and questions worked by keyboard, both themes, two widths.

No request leaves the machine, and the console stays silent.
"""
import contextlib
import re

import axe
import lab
import pytest

from course_utils.lesson import exercises

if not axe.READY:
    pytest.skip("The browser's tests need Chromium, Playwright and axe-core: make browser.", allow_module_level=True)

LESSONS = sorted(path.name for path in (lab.COURSE / "notebooks").glob("[0-9]*.ipynb"))
LONG_FIRST = sorted(LESSONS, key=lambda name: name[:2] not in ("03", "07", "09", "10", "11"))
ONE_OF_EACH_PART = [name for name in LESSONS if name[:2] in ("01", "05", "09", "13")]
SLIDER = ".jp-Notebook .widget-slider"


def move(page, slider, arrows=True):
    """Move a slider by keyboard over all its values. Returns what was wrong: each value must be said, and have a picture of its own.

    arrows=False: from the first value to the last. In Notebook 7 the arrow keys do not reach a slider; Home and End do.
    """
    handle, readout = slider.locator("[role=slider]"), slider.locator(".widget-readout")
    picture = slider.locator("xpath=ancestor::*[contains(@class, 'widget-vbox')][1]//img")
    with contextlib.suppress(Exception):                    # its name comes a moment after it is drawn; without one it is told below
        slider.and_(page.locator("[data-named]")).wait_for(timeout=10_000)
    name, wrong = handle.get_attribute("aria-label"), []
    if not name or name != slider.locator(".widget-label").inner_text():
        wrong.append(f"a slider without a name: {name!r}")
    def press(key):
        """Is there a new picture after this key? None where the value stayed."""
        said, before = readout.inner_text(), picture.get_attribute("src")
        page.keyboard.press(key)
        if readout.inner_text() == said:
            return None
        if handle.get_attribute("aria-valuetext") != readout.inner_text():
            wrong.append(f"slider {name!r} shows {readout.inner_text()!r}, says {handle.get_attribute('aria-valuetext')!r}")
        with contextlib.suppress(Exception):                                       # too late is the answer no
            picture.and_(page.locator(f"img:not([src='{before}'])")).wait_for(timeout=20_000)
            return True
        return False

    handle.focus()
    steps = ["ArrowRight"] * int(float(handle.get_attribute("aria-valuemax"))) if arrows else ["End"]
    moved = [press("Home") is not False, *map(press, steps)]
    if not all(moved):
        wrong.append(f"slider {name!r}: a new picture after each key? {moved}")
    if len(picture.get_attribute("alt") or "") < 40:
        wrong.append(f"slider {name!r}: its picture has no words")
    return wrong


def answer(page, lesson):
    """Give every answer to every question by keyboard, Tab to go on. Returns what was wrong with what was said."""
    wrong, boxes = [], page.locator(".jp-Notebook .widget-vbox").filter(has=page.locator("button.jupyter-button"))
    for text, right, options in exercises.questions(lesson):
        box = boxes.filter(has=page.locator("b", has_text=re.compile(f"^{re.escape(text)}$"))).first
        box.locator("button").first.focus()
        for number in range(1, len(options) + 1):
            page.keyboard.press("Enter" if number % 2 else "Space")
            said = box.locator("[role=alert]")
            said.filter(has_text=f"{number}: {'✔' if number == right else '✘'}").wait_for(timeout=5_000)
            if page.evaluate("() => document.activeElement.innerText.trim()") != str(number):
                wrong.append(f"question {text[:40]!r}: Tab does not reach answer {number}")
            page.keyboard.press("Tab")
    return wrong


def grave(found):
    return sorted({f"{one['impact']}: {one['rule']}: {one['html'][:90]}: {one['why'][:120]}" for one in found
                   if one["ours"] and one["impact"] in axe.GRAVE})


def whole(page, name, arrows=True):
    """All that is asked of a lesson. Returns what was wrong."""
    wrong = page.problems
    page.run_all()
    for slider in page.page.locator(SLIDER).all():
        wrong += move(page.page, slider, arrows)
    if not name.startswith("00"):
        wrong += answer(page.page, name[:2])
    wrong += [f"no alternative text: {html[:80]}" for html in page.page.eval_on_selector_all(
        ".jp-Notebook .jp-OutputArea img", "all => all.filter(e => !e.alt).map(e => e.outerHTML)")]
    return wrong


@pytest.mark.parametrize("name", LONG_FIRST)
def test_lesson_in_jupyterlab(browser, jupyterlab, name):
    page = lab.Page(browser, jupyterlab, name)
    try:
        wrong = whole(page, name)
        for dark in (False, True):
            page.theme(dark)
            for width in (1280, 800):
                page.width(width)
                wrong += [f"{'dark' if dark else 'light'}, {width}: {one}" for one in grave(page.findings())]
                wide = page.overflowing()
                if width == 1280 and wide:
                    wrong.append(f"wider than the page at {width}: {wide}")
        assert not wrong, "\n".join(wrong)
    finally:
        page.close()


@pytest.mark.parametrize("name", ONE_OF_EACH_PART)
def test_lesson_in_notebook_7(browser, notebook7, name):
    page = lab.Page(browser, notebook7, name, program="notebook")
    try:
        wrong = whole(page, name, arrows=False)
        assert not wrong, "\n".join(wrong)
    finally:
        page.close()


BROKEN = """from course_utils.lesson import plots, widgets
import matplotlib.pyplot as plt
def draw(value):
    figure, ax = plt.subplots()
    ax.plot([0, {shown}])
    return figure, "A line from zero to a value that the slider chooses, drawn for the test."
widgets.slider(draw, [1, 2, 3], 2, "a value");"""


@pytest.mark.parametrize("shown, wrong", [("value", 0), ("2", 1), ("1 / (value - 3)", 1)])
def test_a_broken_slider_is_found(browser, jupyterlab, shown, wrong):
    """One that draws the same for each value, and one that raises for one of them: the test above would fail."""
    page = lab.Page(browser, jupyterlab, lab.made(jupyterlab, [BROKEN.format(shown=shown)]))
    try:
        page.run_all()
        assert len(move(page.page, page.page.locator(SLIDER))) == wrong
    finally:
        page.close()
