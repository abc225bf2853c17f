"""Formulas as MathML: every browser of today draws it, and screen readers read it. No program is needed, but a font with a table for it."""
from importlib.util import find_spec
from pathlib import Path

from docutils.nodes import SkipNode
from latex2mathml.converter import convert

# STIX Two Math (SIL Open Font License), for systems that have no such font; static/math.css asks for the system's own first
FONT = Path(find_spec("ziamath").submodule_search_locations[0]) / "fonts" / "STIXTwoMath-Regular.ttf"


def mathml(tex, block=False):
    """TeX to a <math> element. Raises latex2mathml's error for a formula that cannot be read."""
    return convert(tex.strip(), display="block" if block else "inline")


def inline(self, node):
    self.body.append(f'<span class="math">{mathml(node.astext())}</span>')
    raise SkipNode


def block(self, node):
    self.body.append(f'<div class="math">{mathml(node.astext(), block=True)}</div>')
    raise SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", inline_renderers=(inline, None), block_renderers=(block, None))
    app.config.html_math_renderer = "mathml"
    return {"parallel_read_safe": True, "parallel_write_safe": True}
