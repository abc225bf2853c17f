"""The course as static pages: make site. The sources are the files of the course, where they stand; nothing is executed.

    .venv-site/bin/python -m sphinx -c docs/site . work/site
"""
import json
import re
import shutil
import sys
from html import escape
from pathlib import Path

HERE = Path(__file__).resolve().parent
COURSE = HERE.parents[1]
sys.path.insert(0, str(HERE))
from mathml import FONT  # noqa: E402

project = "Dark Knowledge"
author = "the authors of Dark Knowledge"
project_copyright = f"{author}. Code MIT, text and figures CC BY 4.0"
extensions = ["myst_nb", "mathml"]
root_doc = "README"
include_patterns = ["README.md", "INSTRUCTORS.md", "CONTRIBUTING.md", "CHANGELOG.md", "data/README.md", "docs/*.md",
                    "notebooks/*.ipynb", "notebooks/glossary.md"]
exclude_patterns = [".*", "work", "course_utils", "tests", "benchmarks", "notebooks/src", "notebooks/exercises", "**/.ipynb_checkpoints"]

nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "html_image"]
myst_dmath_allow_digits = False        # a price is no formula
myst_dmath_allow_space = False
myst_heading_anchors = 4
# `make` files and a lesson's own outputs name no lexer; GitHub's alerts and raw <details> need none
suppress_warnings = ["misc.highlighting_failure"]

html_theme = "furo"
html_title = project
html_static_path = ["static"]
html_css_files = ["site.css", "math.css"]
html_js_files = ["site.js"]
html_favicon = "static/mark.svg"
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_domain_indices = html_use_index = False
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
html_theme_options = {"sidebar_hide_name": False}


def with_alternative_text(output):
    """A stored figure as HTML whose <img> carries the figure in words; every other output as it is."""
    picture = output.get("data", {}).get("image/png")
    words = output.get("metadata", {}).get("image/png", {}).get("alt")
    if picture and words and "text/html" not in output["data"]:
        source = "".join(picture).replace("\n", "")
        output["data"] = {"text/html": f'<img alt="{escape(words)}" src="data:image/png;base64,{source}">'}
    return output


def headings(table):
    """A table of pandas: each head says whether it heads a column or a row, and an empty one is a plain cell."""
    table = re.sub(r"<th\b([^>]*)>(?:\s|&nbsp;)*</th>", r"<td\1></td>", table)
    before, body, rest = table.partition("<tbody>")
    return re.sub(r"<th\b(?![^>]*scope)", '<th scope="col"', before) + body + re.sub(r"<th\b(?![^>]*scope)", '<th scope="row"', rest)


def read(app, docname, source):
    """What differs between a page of the site and the file of the course."""
    if docname == root_doc:
        source[0] += (HERE / "contents.md").read_text(encoding="utf-8")
    if docname.startswith("notebooks/") and source[0].startswith("{"):
        notebook = json.loads(source[0])
        # a check cell says nothing where nothing runs
        notebook["cells"] = [cell for cell in notebook["cells"] if not cell["metadata"].get("nbgrader", {}).get("grade")]
        number, name = docname[10:12], docname.removeprefix("notebooks/")
        doors = f'<a href="../slides/{number}.html">Slides</a> · <a href="{name}.ipynb" download>Notebook</a>'
        notebook["cells"][0]["source"] += [f"\n\n<p>{doors}</p>"]
        for cell in notebook["cells"]:
            for output in cell.get("outputs", []):
                data = with_alternative_text(output).get("data", {})
                if "<table" in "".join(data.get("text/html", "")):
                    table = headings("".join(data["text/html"]))
                    data["text/html"] = re.sub(r'href="(\w+)\.ipynb"', r'href="\1.html"', table)
        source[0] = json.dumps(notebook)


def finish(app, exception):
    """README is the front page, and what a page names in raw HTML is copied beside it."""
    out = Path(app.outdir)
    if exception or app.builder.name != "html":
        return
    shutil.copy(out / "README.html", out / "index.html")
    shutil.copy(FONT, out / "_static" / FONT.name)
    for page in out.rglob("*.html"):
        # the theme calls the captions of its contents headings, and gives them no level
        text = page.read_text(encoding="utf-8").replace('class="caption" role="heading"', 'class="caption"')
        page.write_text(text, encoding="utf-8")
        for name in re.findall(r'(?:src|href)="([^":#?]+)[#?"]', text):
            target = page.parent / name
            source = COURSE / target.resolve().relative_to(out.resolve()) if target.resolve().is_relative_to(out.resolve()) else None
            if source and not target.exists() and source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, target)


def setup(app):
    app.connect("source-read", read)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
