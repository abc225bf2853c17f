"""The bundled files: what they hold, and what a reader is told when one of them is not whole."""
import re

import pytest
import torch

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
