"""Look at the built site and its decks in the system's Chromium with the network cut off, and say what is wrong.

    .venv-site/bin/python tests/site/look.py            after make site

Every page: no request but to the site, no error in the console, nothing wider than a phone or a laptop. Every slide: it fits, its letters
are large enough, it loads nothing from elsewhere. With --pictures FOLDER it also takes a picture of each slide and of some pages.
"""
import argparse
import functools
import json
import shutil
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import sync_playwright

SITE = Path(__file__).resolve().parents[2] / "work" / "site"
CUT_OFF = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
SMALLEST = 16          # pixels of a letter of prose on a slide of 1280 by 720
SHOWN = ["index.html", "notebooks/01_soft_labels.html", "notebooks/12_the_arms_race.html", "docs/board.html"]
WIDTHS = {"phone": (390, 800), "laptop": (1280, 720)}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def serve(folder):
    """The address of a server on 127.0.0.1 that ends with this process."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"


def watched(browser, home, wrong, **how):
    """A page that writes into wrong what it asks of others and every error of its console."""
    page = browser.new_context(**how).new_page()
    page.on("request", lambda r: r.url.startswith((home, "data:", "blob:", "about:")) or wrong.append(f"{page.url}: asks for {r.url}"))
    # an icon that is no longer wanted because the next page is asked for is not missing
    page.on("requestfailed", lambda r: "ABORTED" in r.failure or wrong.append(f"{page.url}: did not get {r.url}"))
    page.on("response", lambda r: r.status < 400 or wrong.append(f"{page.url}: {r.status} for {r.url}"))
    page.on("console", lambda m: m.type == "error" and wrong.append(f"{page.url}: {m.text}"))
    page.on("pageerror", lambda e: wrong.append(f"{page.url}: {e}"))
    return page


def look_at_pages(browser, site, pictures=None):
    wrong, home = [], serve(site)
    names = [path.relative_to(site).as_posix() for path in sorted(site.rglob("*.html")) if "slides" not in path.parts]
    for name, (width, height) in WIDTHS.items():
        for colours in ("light", "dark"):
            page = watched(browser, home, wrong, viewport={"width": width, "height": height}, color_scheme=colours)
            for path in names if colours == "light" else SHOWN:
                page.goto(home + path)
                if page.evaluate("document.documentElement.scrollWidth") > width:
                    wrong.append(f"{path}: wider than a {name}, {width} pixels")
                if pictures and path in SHOWN:
                    page.screenshot(path=pictures / f"site-{Path(path).stem}-{name}-{colours}.png")
            page.goto(home + "search.html?q=temperature")
            page.wait_for_selector("ul.search li", timeout=20_000)
            page.context.close()
    return wrong, len(names)


def look_at_deck(browser, folder, name, pictures=None):
    """([what is wrong], the number of slides) of one deck such as 01.html."""
    wrong, home = [], serve(folder)
    page = watched(browser, home, wrong, viewport={"width": 1280, "height": 720})
    page.goto(home + name)
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    count = page.evaluate("Reveal.getTotalSlides()")
    for k in range(count):
        page.evaluate(f"Reveal.slide({k}, 0, 99)")
        seen = page.evaluate("""() => { const card = Reveal.getCurrentSlide().querySelector(".card"), picture = card.querySelector("img");
            return {over: card.matches(".over") || card.scrollHeight > 720 || card.scrollWidth > 1280,
                    size: parseFloat(card.style.fontSize), heading: card.querySelector("h1, h2").innerText,
                    bare: !picture && card.innerText.trim().length < 60}; }""")
        small = seen["size"] < SMALLEST
        for what, bad in {"runs over": seen["over"], "has letters that are too small": small, "is empty": seen["bare"]}.items():
            if bad:
                wrong.append(f"{name}, slide {k + 1}, {seen['heading']}: {what}")
        if pictures:
            page.screenshot(path=pictures / f"deck-{name[:2]}-{k + 1:02}.png")
    page.context.close()
    for colours in ("light", "dark"):
        page = watched(browser, home, wrong, viewport={"width": 390, "height": 800}, color_scheme=colours)
        page.goto(home + name)
        if page.evaluate("document.documentElement.scrollWidth") > 390:
            wrong.append(f"{name}: wider than a phone")
        if pictures:
            page.screenshot(path=pictures / f"deck-{name[:2]}-phone-{colours}.png", full_page=True)
        page.context.close()
    return wrong, count


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("decks", nargs="*", help="beginnings of lesson names, such as 01; all when none is given")
    parser.add_argument("--pictures", type=Path, help="a folder for pictures")
    parser.add_argument("--no-site", action="store_true")
    given = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium:
        sys.exit("No Chromium was found on this machine: install it (Debian: apt-get install chromium), and run this again.")
    if given.pictures:
        given.pictures.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CUT_OFF)
        wrong, pages = ([], 0) if given.no_site else look_at_pages(browser, SITE, given.pictures)
        decks = {}
        for path in sorted((SITE / "slides").glob("[0-9]*.html")):
            if path.name.startswith(tuple(given.decks) or ("",)):
                found, decks[path.stem] = look_at_deck(browser, SITE / "slides", path.name, given.pictures)
                wrong += found
    print("\n".join(wrong), file=sys.stderr)
    print(json.dumps({"wrong": len(wrong), "pages": pages, "slides": decks}))
    sys.exit(bool(wrong))
