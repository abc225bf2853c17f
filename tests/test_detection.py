"""The synthetic log, and what finds a harvest in it."""
import importlib.util
import io
import runpy
import shutil
import sys
from pathlib import Path

import engines
import ibis
import numpy as np
import pandas as pd
import pytest
import torch
from worlds import second, third

from course_utils.api.serving import Defence
from course_utils.detection import __main__ as command
from course_utils.detection import accounts, prada
from course_utils.files import bundled
from course_utils.files.digits import mnist
from course_utils.lesson import exercises
from course_utils.score import arena

traffic = exercises.material("traffic")
KINDS = (*traffic.LEGITIMATE, *traffic.CAMPAIGNS)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """(path, truth) of a log at one in a hundred."""
    path = tmp_path_factory.mktemp("traffic") / "log.parquet"
    return path, traffic.write_log(path, traffic.scaled(KINDS, 0.01), seed=3)


# ---------------------------------------------------------------- the log

def test_a_seed_makes_the_same_log(made, tmp_path):
    again = traffic.write_log(tmp_path / "again.parquet", traffic.scaled(KINDS, 0.01), seed=3)
    pd.testing.assert_frame_equal(again, made[1])
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "again.parquet"), pd.read_parquet(made[0]))
    other = traffic.write_log(tmp_path / "other.parquet", traffic.scaled(KINDS, 0.01), seed=4)
    assert not other.account.equals(made[1].account)


def test_the_log_is_what_the_truth_says(made):
    rows, truth = pd.read_parquet(made[0]), made[1]
    assert len(rows) == truth.requests.sum()
    assert (rows.groupby("account").size() == truth.set_index("account").requests.sort_index()).all()
    assert rows.time.between(0, traffic.DAYS * 86_400).all() and rows.domain.between(0, len(traffic.DOMAINS) - 1).all()
    assert rows.answer_tokens.min() >= 1
    shared = rows.groupby("payment").account.nunique()
    bad = rows[rows.account.isin(truth.account[truth.harvests])].payment.unique()
    assert shared[bad].median() > 20 and shared.drop(bad).median() == 1


def test_the_full_size_is_that_of_the_incident():
    campaigns = sum(p.accounts for p in traffic.CAMPAIGNS)
    requests = sum(p.accounts * p.requests * np.exp(p.spread ** 2 / 2) for p in traffic.CAMPAIGNS)
    assert campaigns == 24_000 and 15.5e6 < requests < 16.8e6 and 640 < requests / campaigns < 700


@pytest.mark.parametrize("how", traffic.EVASIONS)
def test_evasions_are_populations(how, tmp_path):
    truth = traffic.write_log(tmp_path / "log.parquet", traffic.scaled(traffic.evading(traffic.EVASIONS[how]), 0.002), 0)
    assert truth.harvests.all() and len(truth) >= 48


def test_the_sample_is_checked_on_load(monkeypatch, tmp_path):
    path, truth = traffic.sample()
    assert len(pd.read_parquet(path)) == truth.requests.sum() and truth.harvests.any()
    for name in ("SHA256SUMS", "traffic_sample.parquet", "traffic_sample_truth.csv"):
        (tmp_path / name).write_bytes((bundled.DATA / name).read_bytes())
    (tmp_path / "traffic_sample.parquet").write_bytes(b"half")
    monkeypatch.setattr(bundled, "DATA", tmp_path)
    with pytest.raises(bundled.DataFileError, match="traffic_sample.parquet is damaged"):
        traffic.sample()


# ---------------------------------------------------------------- features and pools

def test_features_of_a_log_by_hand(tmp_path, monkeypatch):
    rows = pd.DataFrame({"time": [0, 3600, 3600, 86_400 * 2, 50], "account": [1, 1, 1, 1, 2], "network": 0, "payment": [7, 7, 7, 7, 7],
                         "template": [5, 5, 5, 6, 9], "domain": [0, 0, 1, 1, 2], "prompt_tokens": 1, "answer_tokens": [10, 20, 30, 40, 50]})
    rows.to_parquet(tmp_path / "tiny.parquet")
    found = accounts.account_features(accounts.open_log(tmp_path / "tiny.parquet")).execute().set_index("account")
    one = found.loc[1]
    assert (one.requests, one.days, one.templates, one.payments, one.answer, one.same) == (4, 2, 2, 2, 25, 0.75)
    assert one["mix"] == pytest.approx(np.log(2)) and one.clock == pytest.approx(np.log(2))
    assert found.loc[2].clock == pytest.approx(0) and found.loc[2].requests == 1
    monkeypatch.setitem(accounts.FEWEST, "payment", 2)
    pool = accounts.pools(accounts.open_log(tmp_path / "tiny.parquet"), "payment").execute().iloc[0]
    assert pool.spread == pytest.approx(np.log(4) / 2, abs=1e-6) and pool.top == pytest.approx(np.log((0.75 + 1) / 2))
    assert pool["share"] == pytest.approx(0)                             # every request of an account has the account's card
    monkeypatch.setitem(accounts.FEWEST, "template", 1)
    template = accounts.pools(accounts.open_log(tmp_path / "tiny.parquet"), "template").execute().set_index("template")
    assert template["share"][5] == pytest.approx(np.log(0.75)) and template["share"][9] == pytest.approx(0)
    assert (pool.accounts, pool.requests) == (2, 5) and pool.answer == pytest.approx(np.log(30))
    assert pool.evenness == pytest.approx(np.exp(-(0.8 * np.log(0.8) + 0.2 * np.log(0.2))) / 2)


@pytest.mark.parametrize("tag", accounts.TAGS)
def test_the_same_expressions_on_a_second_engine_and_in_pandas(tag):
    path, _ = traffic.sample()
    here = accounts.pools(accounts.open_log(path), tag).execute()
    rows = pd.read_parquet(path)
    there = accounts.pools(ibis.sqlite.connect().create_table("log", rows), tag).execute()
    by_hand = engines.pools_in_pandas(rows, tag).sort_values(tag)
    for other in (there, by_hand):
        assert (here[tag].values == other[tag].values).all() and len(here) >= 3
        signs = list({*accounts.SIGNS, *accounts.FIRST})
        assert np.allclose(here[signs], other[signs].astype(float))


def test_account_features_on_a_second_engine_and_in_pandas():
    path, _ = traffic.sample()
    here = accounts.account_features(accounts.open_log(path)).execute()
    there = accounts.account_features(ibis.sqlite.connect().create_table("log", pd.read_parquet(path))).execute()
    assert np.allclose(here, there[here.columns].astype(float))
    by_hand = engines.account_features_in_pandas(pd.read_parquet(path)).reset_index()
    assert np.allclose(here, by_hand[here.columns].astype(float))


def test_the_engine_and_the_exercise_agree_on_the_clock(made):
    rows = pd.read_parquet(made[0])
    busiest = rows.account.value_counts().index[3]
    hours = torch.tensor((rows.time[rows.account == busiest] % 86_400 // 3600).values.astype(np.int64))
    found = accounts.account_features(accounts.open_log(made[0])).execute().set_index("account")
    assert found.clock[busiest] == pytest.approx(exercises.material("08").clock_entropy(hours))


# ---------------------------------------------------------------- the detector

@pytest.fixture(scope="module")
def detector(tmp_path_factory):
    logs, truths = [], []
    for seed in range(2):
        path = tmp_path_factory.mktemp("training") / f"{seed}.parquet"
        truths.append(traffic.write_log(path, traffic.scaled(traffic.varied(KINDS, seed), 0.03), seed))
        logs.append(accounts.open_log(path))
    return accounts.Detector(logs, truths)


def test_pools_are_found_and_heavy_legitimate_users_are_not(made, detector):
    found = detector.scores(accounts.open_log(made[0]))
    truth = made[1].set_index("account").reindex(found.index)
    accused = detector.accused(found)
    precision, recall = accounts.precision_recall(torch.tensor(accused.values), torch.tensor(truth.harvests.values)).tolist()
    assert precision > 0.85 and recall > 0.9
    heavy = truth.population.isin([p.name for p in traffic.LEGITIMATE if p.accounts == 1])
    assert heavy.sum() == 3 and not accused[heavy].any()


def test_the_detector_says_the_same_on_a_second_engine_and_in_pandas(detector):
    path, _ = traffic.sample()
    rows = pd.read_parquet(path)
    here = detector.scores(accounts.open_log(path)).sort_index()
    assert here.pooled.max() > 1
    for other in (detector.scores(ibis.sqlite.connect().create_table("log", rows)), engines.scores_in_pandas(detector, rows)):
        assert np.allclose(here, other.sort_index()[here.columns].astype(float), atol=1e-6)


def test_costs_of_both_engines(detector):
    for engine in engines.ENGINES:
        seconds, high = engines.cost(engine, traffic.sample()[0], detector)
        assert seconds > 0 and high > 0
    stored = pd.read_csv(engines.CSV)
    assert set(stored.engine) == {"duckdb", "pandas", "polars"}
    assert (stored.groupby("engine").size() >= 3).all() and (stored.seconds > 0).all()


def test_the_scale_table_compares_like_with_like():
    """benchmarks/scale.csv: each engine that ended accuses the same accounts of a log, and DuckDB stays within 4 GiB."""
    stored = pd.read_csv(Path(engines.__file__).with_name("scale.csv"))
    ended = stored[stored.broke.isna()]
    assert {"duckdb", "spark"} <= set(ended.engine) and (ended.groupby("log_bytes").digest.nunique() == 1).all()
    assert (ended.groupby("log_bytes")[["rows", "accounts", "accused"]].nunique() == 1).all().all()
    assert (stored[stored.engine == "duckdb"].memory < 4 * 2**30).all() and (stored.cpu > 0).all()


def test_accounts_needed():
    assert exercises.material("08").accounts_needed(100_000, 2, 10) == 4
    assert exercises.material("08").accounts_needed(1, 1, 1) == 1
    assert exercises.material("08").accounts_needed(1441, 1, 1) == 2


# ---------------------------------------------------------------- python -m course_utils.detection (on Spark: test_spark.py)

def run(monkeypatch, *arguments):
    """The command in this process. Returns the words with which it gave up, or nothing."""
    monkeypatch.setattr(sys, "argv", ["detection", *map(str, arguments)])
    monkeypatch.delitem(sys.modules, command.__name__, raising=False)       # it runs as `python -m` runs it, not as it was imported
    try:
        runpy.run_module("course_utils.detection", run_name="__main__")
    except SystemExit as stop:
        return str(stop)


def test_the_command_accuses_whom_the_stored_detector_accuses(monkeypatch, capsys):
    path, truth = traffic.sample()
    assert run(monkeypatch, path) is None
    out, err = capsys.readouterr()
    table, detector = pd.read_csv(io.StringIO(out)).set_index("account"), command.bundled()
    scores = detector.scores(accounts.open_log(path))
    assert set(table.index) == set(scores.index[detector.accused(scores)]) and table.pooled.is_monotonic_decreasing
    assert f"{len(table)} of {len(truth)} accounts are accused" in err and truth.set_index("account").harvests[table.index].mean() > 0.8
    assert run(monkeypatch, "--learn", path, bundled.DATA / "traffic_sample_truth.csv", path) is None
    assert set(pd.read_csv(io.StringIO(capsys.readouterr().out)).account) <= set(truth.account)


def test_a_detector_stored_as_text_scores_as_before(detector, tmp_path, monkeypatch):
    build = runpy.run_path(str(bundled.DATA / "build" / "make_detector.py"))
    (tmp_path / "detector.json").write_text(build["as_text"](detector))
    monkeypatch.setattr(command, "checked_path", lambda name: tmp_path / name)
    log = accounts.open_log(traffic.sample()[0])
    before, after = detector.scores(log).sort_index(), command.bundled().scores(log).sort_index()
    assert np.allclose(before, after, atol=1e-3) and detector.accused(before).equals(command.bundled().accused(after))


def test_what_the_command_says_where_it_cannot_judge(tmp_path, monkeypatch):
    pd.DataFrame({"time": [1], "account": [1]}).to_parquet(tmp_path / "narrow.parquet")
    assert "has no column answer_tokens, domain, network, payment, template. Rename yours" in run(monkeypatch, tmp_path / "narrow.parquet")
    for name in ("nowhere.parquet", "text.parquet"):
        (tmp_path / "text.parquet").write_text("no Parquet")
        says = run(monkeypatch, tmp_path / name)
        assert says.startswith("duckdb could not judge") and name in says and "Does it lie there, as Parquet?" in says
    on, there = ("--engine", "spark://127.0.0.1:9", "log.parquet"), importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pyspark" else there(name))
    assert "PySpark is not installed for this Python. Run `make spark`" in run(monkeypatch, *on)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name == "pyspark" or there(name))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert "no Java 17 or 21. sudo apt-get install" in run(monkeypatch, *on)
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/java")
    assert "No Spark master answers at spark://127.0.0.1:9" in run(monkeypatch, *on)
    assert "No Spark master answers at spark://nobody: " in run(monkeypatch, "--engine", "spark://nobody", "log.parquet")


# ---------------------------------------------------------------- worlds written apart from the package

WORLDS = {"second": second, "third": third}


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_a_world_keeps_to_the_interface(world, tmp_path):
    truth = world.write_log(tmp_path / "a.parquet", 5, 0.2)
    rows = pd.read_parquet(tmp_path / "a.parquet")
    assert {name: str(kind) for name, kind in rows.dtypes.items()} == {
        "time": "int32", "account": "int32", "network": "int32", "payment": "int32", "template": "int32", "domain": "int8",
        "prompt_tokens": "int16", "answer_tokens": "int16"} and not rows.isna().any().any()
    assert rows.time.between(0, 28 * 86_400 - 1).all() and rows.domain.between(0, 5).all()
    assert rows[["prompt_tokens", "answer_tokens"]].min().min() >= 1 and rows[["prompt_tokens", "answer_tokens"]].max().max() <= 8000
    assert (rows.groupby("account").size() == truth.set_index("account").requests.sort_index()).all()
    assert sorted(truth.account) == list(range(len(truth))) and (rows.groupby("account").payment.nunique() == 1).all()
    kinds = truth.groupby("population").harvests.first()
    assert (~kinds).sum() >= 8 and kinds.sum() >= 2 and 0.03 < truth.harvests.mean() < 0.3
    again = world.write_log(tmp_path / "b.parquet", 5, 0.2)
    pd.testing.assert_frame_equal(again, truth)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "b.parquet"), rows)
    assert not world.write_log(tmp_path / "c.parquet", 6, 0.2).equals(truth)


def test_the_proxy_of_the_second_world_carries_other_customers(tmp_path):
    truth = second.write_log(tmp_path / "log.parquet", 1, 0.5).set_index("account")
    rows = pd.read_parquet(tmp_path / "log.parquet").assign(kind=lambda r: truth.population.reindex(r.account).values)
    proxy, others = (rows[rows.kind == name] for name in ("campaign through a proxy network", "other customers of the proxy"))
    assert set(others.payment) <= set(proxy.payment) and set(others.network) & set(proxy.network)
    assert 0.3 < (proxy.template < second.POPULAR).mean() < 0.55       # requests of unrelated customers in the same accounts


# ---------------------------------------------------------------- PRADA

def ask(x):
    return arena.serve(Defence(), x, arena.Account("ada", "dk"))


@pytest.fixture(scope="module")
def made_up():
    return prada.augmented(ask, mnist().transfer.x[:100], 400)


def test_prada_tells_synthetic_queries_from_real_ones(made_up):
    real = mnist().transfer.x[:400]
    assert min(w for _, w in prada.course_of(real, ask(real).argmax(-1))) > 0.95
    x, y = made_up
    assert len(x) == 400 and min(w for _, w in prada.course_of(x, y.argmax(-1))) < 0.85
    assert x.min() >= 0 and x.max() <= 1 and torch.equal(x[:100], mnist().transfer.x[:100])


def test_prada_suspends_and_serves_what_was_said(made_up):
    api = arena.Api(prada.Prada(), budget=800, keys=2)
    served = api.ask(made_up[0])
    assert api.suspended == 1 and 100 < len(served) < 400 and torch.allclose(served, made_up[1][:len(served)])
    assert len(api.ask(made_up[0][:50], key=1)) == 50                   # the other key knows nothing of it


def test_hiding_returns_the_answers_of_what_was_asked():
    real = mnist().transfer.x
    hidden = prada.hidden_among(ask, real[500:600], 2.0)
    assert torch.allclose(hidden(real[:20]), ask(real[:20]))
    stops = prada.hidden_among(lambda x: ask(x)[:7], real[500:600], 2.0)
    answers = stops(real[:20])
    assert len(answers) < 20 and torch.allclose(answers, ask(real[:20])[:len(answers)])
