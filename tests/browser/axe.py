"""axe-core over a page: what a reader without eyes or a mouse would meet. The tests use it in JupyterLab; alone it reads plain files.

    PYTHONPATH=.venv-browser python tests/browser/axe.py site/*.html          exits with 1 if any finding is serious or critical

axe-core is injected from the disk: `make browser` has put it into .venv-browser.
"""
import importlib.util
import shutil
import sys
from pathlib import Path

COURSE = Path(__file__).resolve().parents[2]
SCRIPT = next((COURSE / ".venv-browser").glob("**/axe.min.js"), None)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--no-first-run", "--disable-dev-shm-usage"]
READY = bool(CHROMIUM and SCRIPT and importlib.util.find_spec("playwright"))
GRAVE = ("serious", "critical")
# `ours`: it stands in a text cell or in an output; the frame around them, and the colours of code, are JupyterLab's
RUN = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations.flatMap(rule => rule.nodes.map(node => {
  const place = node.target.flat().join(" "), element = document.querySelector(node.target.flat()[0]);
  return {rule: rule.id, impact: node.impact, help: rule.help, place, html: node.html.slice(0, 160),
          why: node.failureSummary.replace(/\\s+/g, " ").slice(0, 240),
          ours: !!(element && element.closest(".jp-OutputArea-output, .jp-MarkdownOutput"))};
}))"""


def findings(page):
    """All that axe finds in a Playwright page as it is now: dicts with rule, impact, help, place, html, why and `ours`."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(SCRIPT.read_text(encoding="utf-8"))
    return page.evaluate(RUN)


def files(paths, themes=("light", "dark"), widths=(1280, 390)):
    """{(path, theme, width): findings} of plain HTML files, in both of a reader's themes and on a desk and a phone."""
    from playwright.sync_api import sync_playwright
    found = {}
    with sync_playwright() as run:
        browser = run.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for theme in themes:
            for width in widths:
                context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
                for path in paths:
                    page = context.new_page()
                    page.goto(Path(path).resolve().as_uri())
                    found[path, theme, width] = findings(page)
                    page.close()
        browser.close()
    return found


if __name__ == "__main__":
    found = files(sys.argv[1:])
    told = {}
    for (path, theme, width), each in found.items():
        for one in each:
            told.setdefault((one["impact"], one["rule"], one["help"]), []).append((path, theme, width, one))
    for (impact, rule, says), places in sorted(told.items(), key=lambda item: item[0][0] not in GRAVE):
        print(f"{impact}: {rule}: {says}. {len(places)} places in {len({p for p, *_ in places})} files, such as")
        for path, theme, width, one in places[:3]:
            print(f"    {path} ({theme}, {width}): {one['place']}: {one['why']}")
    grave = sum(one["impact"] in GRAVE for each in found.values() for one in each)
    print(f"{len({path for path, *_ in found})} files, {grave} serious or critical findings")
    sys.exit(grave > 0)
