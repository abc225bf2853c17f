"""Make the notebooks from their sources: notebooks/src/NN_name.py to notebooks/NN_name.ipynb, executed and normalised.

    make notebooks                  every lesson
    make notebooks L="01"           those whose name starts so

The text in src/ is what is written and reviewed. A notebook adds the outputs, and nothing that differs from one run or machine to
the next: cell ids come from the cell's text, timings and widget state are left out, and an output with a local path is refused.
"""
import argparse
import base64
import hashlib
import io
import os
import re
import sys
import time
from pathlib import Path

import jupytext
import nbformat
import slides
from nbclient import NotebookClient
from PIL import Image

HERE = Path(__file__).resolve().parent
os.environ["COURSE_PROGRESS"] = "off"          # the author's own solved exercises are not the course's
PICTURE = re.compile(r'(?<=src="data:image/png;base64,)[^"]+')
LOCAL_PATH = re.compile(r"/(?:home|root|work|tmp|Users|private)/\w|[A-Z]:\\\\Users")


def from_source(source):
    """The notebook of one source file, without outputs: what jupytext reads, with stable cell ids, each cell marked for slides."""
    notebook = jupytext.read(source)
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"], "language_info": {"name": "python"}}
    seen = {}
    for cell in notebook.cells:
        digest = hashlib.sha256(f"{cell.cell_type}{cell.source}".encode()).hexdigest()[:8]
        seen[digest] = seen.get(digest, 0) + 1
        cell.id = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"
    return slides.mark(notebook)


def small(picture):
    """A PNG in base64 with at most 128 colours: a third of the size, and nobody sees it. One that has so few already stays as it is."""
    image = Image.open(io.BytesIO(base64.b64decode(picture)))
    if image.mode == "P":
        return picture
    buffer = io.BytesIO()
    image.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode()


def normalise(notebook):
    """Drop what changes from run to run, and shrink the pictures. Raises ValueError for an error output or a path of this machine."""
    kernels = {"application/vnd.jupyter.widget-view+json", "application/javascript"}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type != "code":
            continue
        # a widget needs a kernel to draw it: every lesson shows the same beside it, static
        cell.outputs = [o for o in cell.outputs if not kernels & set(o.get("data", {})) and o.get("name") != "stderr"]
        for output in cell.outputs:
            if "text/html" in output.get("data", {}):
                output.data["text/html"] = PICTURE.sub(lambda found: small(found[0]), output.data["text/html"])
            text = PICTURE.sub("", str(output.get("data", {"text": output.get("text", "")})))
            if output.output_type == "error" or LOCAL_PATH.search(text):
                raise ValueError(f"an output of cell {cell.id} is an error or names a path of this machine: {text[:300]}")
    notebook.metadata.pop("widgets", None)
    notebook.metadata.language_info = {"name": "python"}
    return notebook


def signature(notebook):
    """The picture of the cell tagged `signature`, as bytes: the one figure that says what the lesson claims."""
    for cell in notebook.cells:
        if "signature" in cell.metadata.get("tags", []):
            yield from (base64.b64decode(found) for o in cell.outputs for found in PICTURE.findall(o.get("data", {}).get("text/html", "")))


def build(source):
    started = time.perf_counter()
    notebook = from_source(source)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(HERE)}}).execute()
    target = HERE / f"{source.stem}.ipynb"
    nbformat.write(normalise(notebook), target)
    for picture in signature(notebook):
        (HERE / "figures").mkdir(exist_ok=True)
        (HERE / "figures" / f"{source.stem}.png").write_bytes(picture)
    print(f"{target.name}: {time.perf_counter() - started:.0f} s, {target.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", help="beginnings of lesson names, such as 01; all when none is given")
    wanted = tuple(parser.parse_args().lessons) or ("",)
    found = [s for s in sorted((HERE / "src").glob("[0-9]*.py")) if s.stem.startswith(wanted)]
    if not found:
        sys.exit(f"No lesson in notebooks/src starts with {' or '.join(wanted)}.")
    for source in found:
        build(source)
