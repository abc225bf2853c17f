"""Read every page of a built site and say what is wrong with it: python docs/site/check.py work/site

A link inside the site leads to a file and to a heading that exist. A link to elsewhere is well formed; it is not followed. Nothing is
loaded from elsewhere. Each picture has its words, headings go down one level at a time, tables have heads, ids occur once.
"""
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADS = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src", "video": "src", "audio": "src", "object": "data"}


class Page(HTMLParser):
    """What one page holds: ids, links, what it loads, and findings about its form."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.loads, self.findings, self.level, self.tables = Counter(), [], [], [], 0, []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if "id" in given:
            self.ids[given["id"]] += 1
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if given.get(LOADS.get(tag)):
            self.loads.append(given[LOADS[tag]])
        if tag == "img" and not given.get("alt"):
            self.findings.append(f"a picture without words: {given.get('src', '')[:60]}")
        if tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            if int(tag[1]) > self.level + 1:
                self.findings.append(f"an {tag} after an h{self.level}")
            self.level = int(tag[1])
        if tag == "table":
            self.tables.append(False)
        if tag == "th" and self.tables:
            self.tables[-1] = True

    def handle_endtag(self, tag):
        if tag == "table" and not self.tables.pop():
            self.findings.append("a table without a head")


def check(site):
    """([what is wrong, a line each], number of pages, number of links). site: the folder that Sphinx wrote."""
    site = Path(site).resolve()
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    wrong = []
    for path, page in pages.items():
        found = list(page.findings) + [f"the id {name} occurs {n} times" for name, n in page.ids.items() if n > 1]
        for address in page.loads + page.links:
            parts = urlsplit(address)
            if parts.scheme in ("http", "https"):
                if address in page.loads:
                    found.append(f"loads from elsewhere: {address}")
                elif not parts.hostname or "." not in parts.hostname or " " in address:
                    found.append(f"not the form of an address: {address}")
            elif parts.scheme == "data" or parts.scheme == "mailto":
                continue
            elif parts.scheme or parts.netloc:
                found.append(f"neither of this site nor the web: {address}")
            else:
                target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
                anchor = unquote(parts.fragment)
                if not target.is_relative_to(site) or not target.is_file():
                    found.append(f"leads nowhere: {address}")
                elif anchor and target in pages and not pages[target].ids[anchor]:
                    found.append(f"no such heading: {address}")
        wrong += [f"{path.relative_to(site)}: {what}" for what in dict.fromkeys(found)]
    return wrong, len(pages), sum(len(page.links) for page in pages.values())


if __name__ == "__main__":
    wrong, pages, links = check(sys.argv[1])
    print("\n".join(wrong) or f"{pages} pages, {links} links: every one inside the site leads somewhere, nothing is loaded from elsewhere")
    sys.exit(bool(wrong))
