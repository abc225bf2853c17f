"""Tables as a screen reader needs them: each header says which way it goes, and none is empty.

A DataFrame that a cell shows goes through `spoken`. Nothing is told by colour or by a style sheet: JupyterLab and GitHub leave the style
sheet out while a notebook is read and not yet run.
"""
import re

from IPython import get_ipython


def spoken(page):
    """HTML of one DataFrame as pandas writes it, with headers that are read out beside their cells. Returns HTML.

    pandas gives the names of the index a row of their own and leaves the corner above them empty: they move into the corner. An empty
    header that remains becomes an ordinary cell (WCAG 2.2, technique H51).
    """
    top, found, rest = page.partition("</thead>")
    if not found:
        return page
    rows = re.findall(r"<tr.*?</tr>", top, re.S)
    cells = [re.findall(r"<th.*?</th>", row, re.S) for row in rows]
    empty, depth = "<th></th>", sum(cell != "<th></th>" for cell in cells[-1])
    if len(rows) > 1 and cells[-1][depth:] == [empty] * (len(cells[-1]) - depth) and cells[-2][:depth] == [empty] * depth:
        row = rows[-2]
        for name in cells[-1][:depth]:
            row = row.replace(empty, name, 1)
        top = top.replace(rows[-2], row).replace(rows[-1], "").rstrip() + "\n  "
    top = re.sub(r"<th(?=[ >])", lambda _: '<th scope="col"', top)
    rest = re.sub(r"<th(?=[ >])", lambda _: '<th scope="row"', rest)
    page = re.sub(r'(<th scope="col")(?= colspan)', '<th scope="colgroup"', top) + found + rest
    page = re.sub(r'<th scope="\w+"></th>', "<td></td>", page)
    # wider than a page of 800 pixels, perhaps: the arrow keys move it, too
    moved = '<div style="overflow-x:auto" tabindex="0" role="group" aria-label="A wide table">'
    return f"{moved}{page}</div>" if max(map(len, cells)) > 8 else page


def speak():
    """From now on this kernel shows DataFrames so. Outside of a notebook: nothing."""
    if shell := get_ipython():
        show = shell.display_formatter.formatters["text/html"]
        show.for_type_by_name("pandas", "DataFrame", lambda frame: spoken(frame._repr_html_() or "") or None)
