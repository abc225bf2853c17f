"""What a grading leaves: a table, a page for each student, and for the instructor which mistakes the class made."""
import base64
import html
import io
import re
from collections import Counter

STYLE = """<style>:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:auto;padding:1rem;
overflow-wrap:anywhere}h2{font-size:1.15rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.4em .7em .4em 0;border-bottom:1px solid #8888}
pre{white-space:pre-wrap;margin:.3em 0;font-size:.85em}img{max-width:100%;height:auto;background:#fff}</style>"""
# never by colour alone: each outcome has its word, and its hatching in the figure
LOOKS = {"correct": ("#009E73", ""), "known mistake": ("#E69F00", "//"), "wrong": ("#D55E00", "xx"), "refused": ("#CC79A7", ".."),
         "not attempted": ("#bbbbbb", ""), "not handed in": ("#eeeeee", ""), "the grader failed": ("#000000", "")}


def page(title, body):
    return (f"<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
            f"<title>{html.escape(title)}</title>{STYLE}</head><body><main><h1>{html.escape(title)}</h1>{body}</main></body></html>\n")


def coded(text):
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))


def total(rows):
    return sum(row.points or 0 for row in rows), sum(row.of for row in rows)


def feedback(student, rows):
    """The page of one student: each exercise, its points, and what the check said."""
    lines = "".join(
        f"<h2>{row.exercise}: {row.outcome}, {'?' if row.points is None else row.points} of {row.of} points</h2>"
        f"<p>{coded(row.mistake)}</p>{f'<pre>{html.escape(row.detail)}</pre>' if row.detail else ''}" for row in rows)
    points, of = total(rows)
    return page(f"Feedback for {student}", f"<p>{points} of {of} points. Each exercise was checked with fresh inputs. A point says "
                f"that the function passed its check.</p>{lines}")


def mistakes(rows):
    """[(exercise, outcome, what was said, how many made it)], the most frequent first within an exercise."""
    found = Counter((row.exercise, row.outcome, row.mistake) for row in rows if row.outcome in ("known mistake", "wrong", "refused"))
    return sorted(((*key, count) for key, count in found.items()), key=lambda row: (row[0], -row[3], row[2]))


def figure(rows):
    """(PNG, a text that says the same): for each exercise how many students had which outcome."""
    import matplotlib
    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    names = list(dict.fromkeys(row.exercise for row in rows))
    counts = {name: Counter(row.outcome for row in rows if row.exercise == name) for name in names}
    shown = [outcome for outcome in LOOKS if any(counts[name][outcome] for name in names)]
    fig, ax = plt.subplots(figsize=(8, 1.2 + 0.35 * len(names)), layout="constrained")
    left = [0] * len(names)
    for outcome in shown:
        wide = [counts[name][outcome] for name in names]
        bars = ax.barh(names, wide, left=left, color=LOOKS[outcome][0], hatch=LOOKS[outcome][1], edgecolor="white", label=outcome)
        ax.bar_label(bars, [n or "" for n in wide], label_type="center", fontsize=8,
                     bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.8})
        left = [a + b for a, b in zip(left, wide)]
    ax.invert_yaxis()
    ax.set_xlabel("students")
    ax.spines[["top", "right"]].set_visible(False)
    hardest = min(names, key=lambda name: counts[name]["correct"])
    ax.set_title(f"Fewest correct: {hardest}, {counts[hardest]['correct']} of {sum(counts[hardest].values())} students", loc="left")
    fig.legend(loc="outside lower center", ncols=len(shown), frameon=False)
    buffer = io.BytesIO()
    fig.savefig(buffer, dpi=160)
    plt.close(fig)
    alt = "Outcomes for each exercise. " + " ".join(
        f"{name}: {', '.join(f'{counts[name][outcome]} {outcome}' for outcome in shown if counts[name][outcome])}." for name in names)
    return buffer.getvalue(), alt


def summary(rows):
    """The instructor's page."""
    picture, alt = figure(rows)
    people = list(dict.fromkeys(row.student for row in rows))
    made = "".join(f"<tr><th scope='row'>{name}</th><td>{count}</td><td>{outcome}</td><td>{coded(says)}</td></tr>"
                   for name, outcome, says, count in mistakes(rows))
    sums = "".join(f"<tr><th scope='row'>{html.escape(name)}</th><td>{points}</td><td>{of}</td></tr>" for name in people
                   for points, of in [total([row for row in rows if row.student == name])])
    return picture, page(f"{len(people)} submissions", (
        f"<img alt='{html.escape(alt, quote=True)}' src='data:image/png;base64,{base64.b64encode(picture).decode()}'>"
        "<h2>Which mistakes the class made</h2><table><thead><tr><th scope='col'>exercise</th><th scope='col'>students</th>"
        f"<th scope='col'>outcome</th><th scope='col'>what the check said</th></tr></thead><tbody>{made}</tbody></table>"
        "<h2>Points</h2><table><thead><tr><th scope='col'>student</th><th scope='col'>points</th><th scope='col'>of</th></tr></thead>"
        f"<tbody>{sums}</tbody></table>"))


def write(folder, rows, csv):
    """grades.csv, class.html, class.png and feedback/STUDENT.html. Pages of an earlier grading are deleted."""
    pages = folder / "feedback"
    pages.mkdir(parents=True, exist_ok=True)
    for old in pages.glob("*.html"):
        old.unlink()
    (folder / "grades.csv").write_text(csv, encoding="utf-8")
    for student in dict.fromkeys(row.student for row in rows):
        name = re.sub(r"[^\w.@ -]", "_", student)
        (pages / f"{name}.html").write_text(feedback(student, [row for row in rows if row.student == student]), encoding="utf-8")
    picture, text = summary(rows)
    (folder / "class.png").write_bytes(picture)
    (folder / "class.html").write_text(text, encoding="utf-8")
