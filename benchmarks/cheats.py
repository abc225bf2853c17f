"""A tournament of the entries in tests/entries, most of which cheat: prints how each was refused, or what it gained.

    python benchmarks/cheats.py          about three minutes of one core
"""
import sys
import tempfile
from pathlib import Path

COURSE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(COURSE)]

import apart  # noqa: E402
import classroom  # noqa: E402

from course_utils.score import arena, tournament  # noqa: E402

FILLED = {"COURSE_DATA": str(COURSE / "data"), "FILLED BY THE TEST": "." * 15_680}        # what a cheat of this course would know


def main(seeds=(41,)):
    tournament.JUDGES = {name: tournament.JUDGES[name] for name in ("label only", "five keys")}
    tournament.RIVALS = {"poisoned": arena.DEFENCES["poisoned"]}
    with tempfile.TemporaryDirectory() as folder:
        for path in (COURSE / "tests" / "entries").glob("*.py"):
            text = path.read_text()
            for word, filled in FILLED.items():
                text = text.replace(word, filled)
            Path(folder, path.name).write_text(text)
        names = sorted(path.stem for path in Path(folder).glob("*.py"))
        defences, attacks, out = classroom.play(folder, seeds, jobs=1)
    print(f"the kernel closes the disk to entries: {apart.here()}\n")
    for name in names:
        words = (Path(COURSE, "tests", "entries", f"{name}.py").read_text().split('"""')[1]).split(".")[0]
        print(f"{name}: {words}.")
        if name in defences.index:
            row = defences.loc[name]
            print(f"    plays as a defence: {row.score:+.1f} points (no defence: {defences.loc['none'].score:+.1f})")
        if name in attacks.index:
            print(f"    plays as an attack: {attacks.loc[name].score:.1f} points (label only: {attacks.loc['label only'].score:.1f})")
        if name in out:
            print(f"    REFUSED: {out[name][:300]}")
    print("\nours that were left out because of an entry:", ", ".join(set(out) - set(names)) or "none")


if __name__ == "__main__":
    main()
