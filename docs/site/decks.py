"""A reveal.js deck for each lesson, out of its own cells: make slides, or python docs/site/decks.py 01 02

notebooks/slides.py says what is on a slide. What a wall cannot hold goes into the speaker's notes: the rest of a long text. What the
speaker says comes from INSTRUCTORS.md. The decks stand in work/site/slides with everything that they load.
"""
import os
import re
import shutil
import sys
from html import escape
from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path

import nbformat
from jinja2 import Template
from markdown_it import MarkdownIt
from mathml import FONT, mathml
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

HERE = Path(__file__).resolve().parent
COURSE = HERE.parents[1]
OUT = COURSE / "work" / "site" / "slides"
sys.path.insert(0, str(COURSE / "notebooks"))
import slides  # noqa: E402

MARKDOWN = MarkdownIt("commonmark").enable("table").use(
    dollarmath_plugin, allow_space=False, allow_digits=False, renderer=lambda tex, how: mathml(tex, how["display_mode"]))
LINES, ROWS, LETTERS, WIDE = 9, 8, 700, 104      # of a printed text and of a table; and the letters of a line: more is cut
ROOM = {"figure": 380, "result": 420, "answer": 800, "text": 1050}     # characters of prose beside each


def linked(html, folder="notebooks"):
    """A link that leads from a file in `folder` to another one leads to the page that the site makes of it."""
    def page(found):
        path, _, anchor = found[1].partition("#")
        path = re.sub(r"\.(md|ipynb)$", ".html", os.path.normpath(f"{folder}/{path}"))
        return f'href="../{path}{"#" if anchor else ""}{anchor}"'

    return re.sub(r'href="(?![a-z]+:|#)([^"]*)"', page, html)


def prose(text, folder="notebooks"):
    return linked(MARKDOWN.render(text), folder)


def paragraphs(text):
    """A text in the pieces that may stand alone: paragraphs, the items of a list, tables; without its heading."""
    text = re.sub(r"\A#{1,2} .*\n*", "", text)
    return [piece for block in re.split(r"\n\n+", text) for piece in re.split(r"\n(?=- |\d+\. )", block) if piece.strip()]


def join(pieces):
    item = re.compile(r"- |\d+\. ")
    return "".join(p + ("\n" if item.match(p) and item.match(after) else "\n\n") for p, after in zip(pieces, [*pieces[1:], ""]))


def cut(texts, room):
    """(what of these texts is shown, what goes into the notes). Of each at least the first sentence, and every question to the room."""
    shown, rest = [], []
    for left, text in zip(range(len(texts), 0, -1), texts):
        here, share, kept = paragraphs(text), room / left, []
        while here and (not kept or len(here[0]) <= share or "**Predict" in here[0]):
            if len(here[0]) > share and not kept and not re.match(r"- |\d+\. |\||\$\$|```|.*\*\*Predict", here[0]):
                first, *others = re.split(r"(?<=[.?!])\s+(?=[A-Z*`$(])", here[0])
                while others and len(first) + len(others[0]) < share:
                    first += " " + others.pop(0)
                here[:1] = [first, " ".join(others)] if others else [first]
            share -= len(here[0])
            kept.append(here.pop(0))
        room -= sum(map(len, kept))
        shown.append(join(kept))
        rest += here
    return shown, join(rest)


def table(text):
    """A table of pandas with its style, and at most ROWS rows of its body, with at most LETTERS letters."""
    style, whole = re.search(r"(?s)<style.*?</style>", text), re.search(r"(?s)<table.*?</table>", text)[0]
    head, _, body = whole.partition("<tbody>")
    rows = re.findall(r"(?s)<tr.*?</tr>", body)
    fits = max(3, sum(total <= LETTERS for total in accumulate(len(re.sub(r"<[^>]*>|\s+", "", row)) for row in rows)))
    shown = rows if len(rows) <= min(ROWS, fits) + 1 else rows[:min(ROWS, fits)]
    more = f'<p class="more">… and {len(rows) - len(shown)} more rows in the lesson</p>' if shown != rows else ""
    return f"{style[0] if style else ''}{head}<tbody>{''.join(shown)}</tbody></table>{more}"


def printed(text):
    """What a cell printed, at most LINES lines of WIDE characters."""
    lines = [line[:WIDE] + ("…" if len(line) > WIDE else "") for line in text.rstrip().splitlines()]
    return "<pre class='out'>" + escape("\n".join(lines[:LINES] + (["…"] if len(lines) > LINES else []))) + "</pre>"


def outputs(cell):
    """The outputs of a cell for the wall: pictures with their words, tables and printed text cut."""
    found = []
    for output in cell.outputs:
        data, words = output.get("data", {}), output.get("metadata", {}).get("image/png", {}).get("alt", "")
        picture = re.search(r"(?s)<img [^>]*>", data.get("text/html", ""))
        if picture:
            found.append(f"<figure>{picture[0]}</figure>")
        elif "image/png" in data:
            source = data["image/png"].replace("\n", "")
            found.append(f'<figure><img alt="{escape(words)}" src="data:image/png;base64,{source}"></figure>')
        elif "<table" in data.get("text/html", ""):
            found.append(linked(table(data["text/html"])))
        elif "text/html" not in data:
            found.append(printed(output.get("text") or data.get("text/plain", "")))
    pictures = [part for part in found if part.startswith("<figure>")]
    return "".join(pictures or found)


def code(source):
    return highlight(source, PythonLexer(), HtmlFormatter(cssclass="code"))


def speak(number):
    """{the beginning of a section's name: what INSTRUCTORS.md says there}, and the questions for the room under the timetable."""
    text = re.search(rf"(?ms)^## {number} · .*?(?=^## |\Z)", (COURSE / "INSTRUCTORS.md").read_text(encoding="utf-8"))[0]
    says = {}
    for minutes, sections, what in re.findall(r"(?m)^\| (\d+) \|([^|]*)\|([^|]*)\|$", text):
        names = re.sub(r"\(?\*+\d\d\.\d[^,;|)]*\)?|\(\*.*?\*\)", "", sections).split(";")
        for name in filter(None, (n.strip(" ,?") for n in names)):
            says[name] = f"**{minutes} minutes for {sections.strip()}.** {what.strip()}"
    return says, "\n\n".join(re.findall(r"(?ms)^(- [WQ]: .*?)(?=^\s*$|\Z)", text))


def page(slide, cells):
    """(HTML of one slide, the paragraphs that did not fit)."""
    kinds = [unit.kind for unit in slide.units]
    room = min(ROOM[kind] for kind in kinds if kind in ROOM)
    texts = [unit.text for unit in slide.units if unit.kind in ("text", "exercise")]
    shown, rest = cut(texts, room)
    parts, later = [], []
    for k, unit in enumerate(slide.units):
        if unit.kind in ("text", "exercise"):
            html = f'<div class="prose">{prose(shown.pop(0))}</div>'
        elif unit.kind == "answer":
            html = code(unit.text)
        else:
            html = outputs(cells[unit.cell])
            short = unit.text.count("\n") < 12 and len(slide.units) < 4
            if unit.kind == "result" and html and short and "<table" not in html:
                html = code(unit.text) + html
        (later if slide.later is not None and k >= slide.later else parts).append(html)
    # what comes later keeps its place: the picture is there, and not yet seen
    return "".join(parts) + (f'<div class="fragment later">{"".join(later)}</div>' if later else ""), rest


def deck(path):
    """Write the deck of one lesson; returns the number of its slides."""
    cells = nbformat.read(path, as_version=4).cells
    number, (says, questions) = path.name[:2], speak(path.name[:2])
    sections, before = [], None
    for slide in slides.plan(cells):
        body, rest = page(slide, cells)
        spoken = [what for name, what in says.items() if slide.heading != before and slide.heading.startswith(name)]
        if slide.heading.startswith("What this does not show") and questions:
            spoken.append("**Questions for the room**\n\n" + questions)
        notes = prose("\n\n".join(spoken), ".") + (prose(f"*On the page, and not on the slide:*\n\n{rest}") if rest else "")
        sections.append({"heading": re.sub(r"</?p>", "", MARKDOWN.render(slide.heading)).strip(), "body": body,
                         "again": slide.heading == before, "title": before is None,
                         "notes": notes})
        before = slide.heading
    template = Template((HERE / "deck.html").read_text(encoding="utf-8"), autoescape=False)
    title = cells[0].source.splitlines()[0].lstrip("# ")
    (OUT / f"{number}.html").write_text(template.render(title=escape(title), sections=sections), encoding="utf-8")
    return len(sections)


def main(wanted):
    """Write the decks whose lessons' names begin as wanted says, and beside them reveal.js as sphinx-revealjs brings it."""
    reveal = Path(find_spec("sphinx_revealjs").submodule_search_locations[0]) / "_static" / "revealjs"
    (OUT / "reveal").mkdir(parents=True, exist_ok=True)
    for name in ("LICENSE", "dist/reveal.js", "dist/reveal.css", "dist/reset.css", "plugin/notes/notes.js"):
        shutil.copy(reveal / name, OUT / "reveal" / Path(name).name)
    for name in (HERE / "deck.css", HERE / "deck.js", HERE / "static" / "math.css", FONT):
        shutil.copy(name, OUT / name.name)
    light, dark = (HtmlFormatter(style=f"a11y-high-contrast-{name}") for name in ("light", "dark"))
    (OUT / "code.css").write_text(light.get_style_defs(".code") + "\n@media (prefers-color-scheme: dark) {\n" +
                                  dark.get_style_defs(".code") + "\n}\n", encoding="utf-8")
    found = [path for path in sorted((COURSE / "notebooks").glob("[0-9]*.ipynb")) if path.name.startswith(wanted)]
    if not found:
        sys.exit(f"No lesson begins with {' or '.join(wanted)}. For instance: make slides L=\"01 02\"")
    for path in found:
        print(f"work/site/slides/{path.name[:2]}.html: {deck(path)} slides")


if __name__ == "__main__":
    main(tuple(sys.argv[1:]) or ("",))
