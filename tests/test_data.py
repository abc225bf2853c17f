"""The bundled files: what they hold, and what a reader is told when one of them is not whole."""
import errno
import os
import re
import subprocess
import sys
import tempfile
import types
from contextlib import closing
from pathlib import Path

import pytest
import torch

from course_utils.api import ledger
from course_utils.files import bundled
from course_utils.files.digits import mnist, stratified_rows
from course_utils.lesson import doctor
from course_utils.score import measures
from course_utils.teacher import classifier


def test_splits_are_disjoint_stratified_and_really_mnist():
    digits = mnist()
    assert [len(split.x) for split in digits] == [2000, 1500, 500, 1000]
    assert digits.transfer.y is None, "the transfer labels are hidden"
    for split, each in ((digits.train, 200), (digits.validation, 50), (digits.test, 100)):
        assert torch.bincount(split.y).tolist() == [each] * 10
    everything = torch.cat([split.x for split in digits])
    assert len(torch.unique(everything, dim=0)) == 5000
    assert everything.min() == 0 and everything.max() == 1
    # MNIST's first training image is a 5 whose sixth row is quoted in many tutorials
    row = torch.tensor([3, 18, 18, 18, 126, 136, 175, 26, 166, 255, 247, 127]) / 255
    assert (everything.view(-1, 28, 28)[:, 5, 12:24] == row).all(-1).sum() == 1


def test_stratified_rows():
    y = mnist().train.y
    rows = stratified_rows(y, 50, seed=1)
    assert torch.bincount(y[rows]).tolist() == [5] * 10
    assert torch.equal(rows, stratified_rows(y, 50, seed=1)) and not torch.equal(rows, stratified_rows(y, 50, seed=2))


def test_the_bundled_teacher_is_as_good_as_its_script_says():
    assert measures.accuracy(classifier.load_teacher(), mnist().test).item() == pytest.approx(0.981, abs=0.002)


@pytest.fixture
def copy_of_data(tmp_path, monkeypatch):
    for path in bundled.DATA.glob("[!R]*"):
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(bundled, "DATA", tmp_path)
    mnist.cache_clear()
    yield tmp_path
    mnist.cache_clear()


@pytest.mark.parametrize("name,load", [("mnist_5k.npz", mnist), ("teacher.safetensors", classifier.load_teacher)])
@pytest.mark.parametrize("harm,expected", [
    (lambda path: path.unlink(), "is missing"),
    (lambda path: path.write_bytes(path.read_bytes()[:1000]), "is damaged or changed: it holds 1,000 bytes"),
    (lambda path: path.write_bytes(path.read_bytes() + b"x"), "was expected"),
])
def test_a_harmed_file_names_itself_and_its_mend(copy_of_data, name, load, harm, expected):
    harm(copy_of_data / name)
    with pytest.raises(bundled.DataFileError) as error:
        load()
    message = str(error.value)
    assert f"data/{name}" in message and expected in message and f"git checkout -- data/{name}" in message
    line = doctor.check().set_index("needed").loc[f"data/{name}"]
    assert line["ok"] == "✘ NO" and line["mend"] == f"git checkout -- data/{name}"


@pytest.mark.parametrize("content", [None, "half", "", "\\xff"])
def test_a_list_of_checksums_that_is_not_there_gets_a_sentence(copy_of_data, content):
    (copy_of_data / "SHA256SUMS").unlink()
    if content is not None:
        (copy_of_data / "SHA256SUMS").write_bytes(content.encode("latin-1"))
    for load in (mnist, classifier.load_teacher):
        with pytest.raises(bundled.DataFileError, match="The list of checksums.*\n.*\n.*git checkout -- data/SHA256SUMS"):
            load()
    assert doctor.check().ok.eq("✘ NO").any() or content == ""


# ---------------------------------------------------------------- what a lesson writes

OTHER = """
import sys
from course_utils.files import bundled
for name in sys.stdin:
    print(bundled.fresh(name.strip()), flush=True)
"""


@pytest.fixture
def work(tmp_path, monkeypatch):
    monkeypatch.setattr(bundled, "WORK", tmp_path / "work")
    monkeypatch.setattr(bundled, "HELD", {})
    yield tmp_path / "work"
    for lock in bundled.HELD.values():
        lock.close()


@pytest.fixture
def kernel(work):
    """Another kernel, which is asked for a fresh file."""
    other = subprocess.Popen([sys.executable, "-c", OTHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                             env=os.environ | {"COURSE_WORK": str(work)})

    def fresh(name):
        other.stdin.write(f"{name}\n")
        other.stdin.flush()
        return Path(other.stdout.readline().strip())

    fresh.end = lambda: other.communicate("", timeout=20)
    yield fresh
    fresh.end()


def test_two_kernels_never_share_a_file(work, kernel):
    """The second fresh("ledger.sqlite") deletes nothing of the first, and the other way round. Once it has ended, its name is free."""
    theirs = kernel("ledger.sqlite")
    with closing(ledger.Ledger(theirs)) as book:
        book.write([dict.fromkeys(ledger.COLUMNS, 1)] * 8)
        mine = bundled.fresh("ledger.sqlite")
        assert theirs == work / "ledger.sqlite" and mine == work / "ledger.2.sqlite"
        with closing(ledger.Ledger(mine)) as other:
            other.write([dict.fromkeys(ledger.COLUMNS, 2)] * 3)
        assert len(ledger.read(theirs)) == 8 and len(ledger.read(mine)) == 3
        assert kernel("ledger.sqlite") == theirs and not theirs.exists() and mine.exists()       # its own it begins anew
    assert bundled.fresh("other.jsonl") == work / "other.jsonl" and kernel("other.jsonl") == work / "other.2.jsonl"
    assert bundled.fresh("ledger.sqlite") == mine and not mine.exists()
    kernel.end()
    assert bundled.fresh("new.jsonl").name == "new.jsonl"
    for lock in bundled.HELD.values():
        lock.close()
    bundled.HELD.clear()
    assert bundled.fresh("ledger.sqlite") == theirs and bundled.fresh("sub/a.parquet") == work / "sub" / "a.parquet"


def test_fresh_deletes_what_was_there_and_its_companions_only(work):
    path = bundled.fresh("ledger.sqlite")
    for name in ("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm", "ledger.sqlite.copy", "ledger.csv"):
        (work / name).write_text("x")
    assert bundled.fresh("ledger.sqlite") == path and sorted(p.name for p in work.glob("l*")) == ["ledger.csv", "ledger.sqlite.copy"]


@pytest.mark.parametrize("number,says", [(errno.EROFS, "Read-only file system"), (errno.ENOSPC, "No space left on device"),
                                         (errno.EACCES, "Permission denied")])
def test_a_folder_that_cannot_be_written_gets_a_sentence(work, monkeypatch, number, says):
    def refuse(**_):
        raise OSError(number, os.strerror(number))
    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(bundled.DataFileError, match=f"ledger.sqlite cannot be written: {says}. What to do: free 1 GB, or copy the course"):
        bundled.fresh("ledger.sqlite")


def test_a_file_where_the_folder_should_be_gets_a_sentence(work):
    work.write_text("notes")
    with pytest.raises(bundled.DataFileError, match="cannot be written: File exists. What to do: rename the file work."):
        bundled.fresh("ledger.sqlite")
    assert work.read_text() == "notes"


def test_a_lock_on_windows_leaves_the_place_of_reading_at_the_start(tmp_path, monkeypatch):
    """By what msvcrt's documentation says; not run on Windows."""
    (tmp_path / "a").write_text("text")
    monkeypatch.setitem(sys.modules, "msvcrt", types.SimpleNamespace(LK_NBLCK=2, locking=lambda file, mode, count: None))
    with open(tmp_path / "a", "r+b") as file:
        with monkeypatch.context() as patch:
            patch.setattr(bundled.os, "name", "nt")
            assert bundled.hold(file.fileno())
        assert os.read(file.fileno(), 9) == b"text"


def test_a_disk_without_locks_locks_nobody_out(work, monkeypatch):
    fcntl = pytest.importorskip("fcntl")

    def no_locks(*_):
        raise OSError(errno.ENOLCK, "No locks available")
    monkeypatch.setattr(fcntl, "flock", no_locks)
    assert bundled.fresh("a.jsonl") == work / "a.jsonl"


def test_every_file_is_credited_and_the_folder_is_small():
    listed = bundled.expected()
    readme = (bundled.DATA / "README.md").read_text()
    shipped = {path.name for path in bundled.DATA.iterdir() if path.is_file()} - {"README.md", "SHA256SUMS"}
    assert shipped == set(listed)
    for name, digest in listed.items():
        section = readme.split(f"## {name}")[1].split("\n## ")[0]
        assert digest in section and "Licence" in section and "Source" in section
        assert re.search(r"data/build/\w+\.py", section)
    assert sum(path.stat().st_size for path in bundled.DATA.rglob("*") if path.is_file()) < 12e6
