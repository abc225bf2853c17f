# make lab        set up .venv if need be, and open lesson 00 in JupyterLab
# make progress   print which exercises are solved, and which are left
# make test       set up .venv if need be, and run everything that CI runs
# make check      all that concerns one lesson, in under a minute (L=05)
# make lock       renew requirements.lock after a change of requirements*.txt (UPGRADE=yes: all that the course does not pin, too)
# make notebooks  make the notebooks again from notebooks/src (L="01 02" for some)
# make timed      run the lessons one after another, and print where the time goes (L="01 02" for some)
# make replicate  run the replication board (R="R01 R02" for some)
# make tournament  let the entries of a folder play lesson 12's tournament (FROM=folder, SEEDS="31 32 33")
# make assignment  an nbgrader course folder and a .zip of some lessons, for a class (L="01 05", OUT=folder)
# make grade      grade what a class handed in (FROM=submitted, L="01 05" for some lessons, OUT=folder)
# make grading    set up nbgrader, and compare its points with ours on thirty submissions
# make arena      defences against attackers, cell by cell (SEEDS="0-4", DEFENCES="none; noise", ATTACKERS="naive; made", SAVE=file.jsonl)
# DASK=tcp://...  with replicate, tournament or arena: on a Dask cluster instead of this machine (docs/dask.md)
# make scheduler  the scheduler of a Dask cluster (HOST=127.0.0.1), and
# make worker     one process for each core of each machine (DASK=tcp://127.0.0.1:8786, N=4 for four)
# make dask       the arena, a row and a tournament on a cluster of two workers, one of which is killed
# make mutants    change each exercise's reference in one place at a time: does the check refuse, and name, each change? (L=05 for one lesson)
# make stress     kill, stop, starve and double the harvester 110 times, and print where each answer that was paid for is
# make real       test lesson 14's real model, in .venv-real; make lab REAL=1 installs it for you (100 MB)
# make clients    point a dozen of other people's clients at the API, and write their table, docs/clients.md
# make spark      lesson 08's detector on a Spark cluster of two workers, one of which is killed (docs/spark.md)
# make site       the whole course as static pages, to read or to put on a server: work/site/index.html
# make slides     a deck for each lesson, made of its own cells: work/site/slides/01.html (L="01 02" for some)
# make browser    every lesson in a real browser, by keyboard, in both themes, with axe-core: needs Chromium and npm (L=05 for one lesson)
# make endurance  200 clients for a minute, then 20,000 requests: does anything fail, does the memory grow?
# make benchmark  the speed of batched training, of decoding and of the API, with nothing else running
# PY=python3.12 takes that Python, CUDA=yes PyTorch's large build: setup.sh says when
V := .venv
BIN := $(V)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)

.PHONY: setup lock lab progress test check timed notebooks replicate tournament mutants stress clients endurance benchmark assignment grade grading spark site slides browser real arena scheduler worker dask
setup:
	@AGAIN="make $(or $(filter lab test,$(MAKECMDGOALS)),setup)" sh setup.sh

lock: setup
	UV_CUSTOM_COMPILE_COMMAND="make lock" env -u UV_FIND_LINKS -u UV_INDEX -u UV_DEFAULT_INDEX $(BIN)/uv pip compile -q --universal --python-version 3.11 \
	  --no-emit-package dark-knowledge-course $(if $(UPGRADE),--upgrade) requirements-dev.txt -o requirements.lock

lab: setup
	@$(if $(REAL),$(BIN)/python -m pip install -q --no-deps -r requirements-real.txt)
	@echo "Opening JupyterLab. If no browser opens, copy the address below into one. Stop it here with Ctrl-C, then y."
	@$(BIN)/python -m jupyterlab --log-level=ERROR --LabApp.news_url=None --ServerApp.ip=127.0.0.1 \
	  --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb $(if $(filter 0,$(shell id -u 2>/dev/null)),--allow-root)

progress: setup
	@$(BIN)/python notebooks/progress.py

test: setup
	@$(BIN)/python tests/stages.py

check: setup
	@$(BIN)/python tests/stages.py $(or $(L),$(error Which lesson? For instance: make check L=05))

stress: setup
	$(BIN)/python tests/stress_harvest.py

clients: setup
	@test -x .venv-clients/bin/python || $(BIN)/uv venv -q --python $(BIN)/python .venv-clients
	@$(BIN)/uv pip install -q --python .venv-clients -r requirements-clients.txt -c requirements-clients.lock
	@$(BIN)/uv pip install -q --python .venv-clients --no-deps --target .venv-clients/newer openai==3.54.0
	@$(BIN)/python tests/clients/matrix.py

spark: setup
	@test -x .venv-spark/bin/python || $(BIN)/uv venv -q --python $(BIN)/python .venv-spark
	@$(BIN)/uv pip install -q --python .venv-spark -r requirements-spark.txt
	@.venv-spark/bin/python -c 'import sysconfig, pathlib; own = sysconfig.get_path("purelib"); there = own.replace(".venv-spark", "$(V)"); \
	  pathlib.Path(own, "course.pth").write_text(f"import site; site.addsitedir({there!r})\n")'
	@.venv-spark/bin/python -m pytest -q -rs tests/test_spark.py

# neither needs the course's own .venv, and nothing is executed
SITE := .venv-site/$(notdir $(BIN))/python
.venv-site/done: requirements-site.txt requirements-site.lock
	@$(firstword $(wildcard $(BIN)/python) $(PY) python3) -m venv .venv-site
	@$(SITE) -m pip install -q --disable-pip-version-check -r requirements-site.txt -c requirements-site.lock
	@touch $@

site: .venv-site/done
	@rm -rf work/site work/.doctrees
	@$(SITE) -m sphinx -q -n -W --keep-going -j 2 -d work/.doctrees -c docs/site . work/site
	@$(SITE) docs/site/decks.py
	@$(SITE) docs/site/check.py work/site

slides: .venv-site/done
	@$(SITE) docs/site/decks.py $(L)

browser: setup
	@$(BIN)/python tests/browser/run.py $(L)

real: setup
	@test -d .venv-real/accelerate || $(BIN)/python -m pip install -q --no-deps --target .venv-real -r requirements-real.txt
	@PYTHONPATH=$(CURDIR)/.venv-real $(BIN)/python tests/stages.py real

endurance: setup
	$(BIN)/python benchmarks/endurance.py

timed: setup
	$(BIN)/python benchmarks/lessons.py $(L)

notebooks: setup
	$(BIN)/python notebooks/build.py $(L)

replicate: setup
	$(BIN)/python benchmarks/replicate.py $(R) $(if $(DASK),--dask "$(DASK)")

tournament: setup
	$(BIN)/python benchmarks/classroom.py $(FROM) --seeds $(or $(SEEDS),31 32 33) $(if $(DASK),--dask "$(DASK)")

arena: setup
	$(BIN)/python benchmarks/cells.py --seeds "$(or $(SEEDS),0-4)" --defences "$(DEFENCES)" --attackers "$(ATTACKERS)" \
	  --save "$(or $(SAVE),work/arena.jsonl)" $(if $(DASK),--dask "$(DASK)")

# what they import lies in this copy; a worker has one thread, and is started again when it ends
CLUSTER = OMP_NUM_THREADS=1 PYTHONPATH=.:benchmarks $(BIN)/dask
scheduler: setup
	@$(BIN)/uv pip install -q --python $(V) -r requirements-dask.txt -c requirements.lock
	$(CLUSTER) scheduler --host $(or $(HOST),127.0.0.1) --port 8786 --no-dashboard

worker: setup
	@$(BIN)/uv pip install -q --python $(V) -r requirements-dask.txt -c requirements.lock
	$(CLUSTER) worker "$(or $(DASK),$(error Of which scheduler? For instance: make worker DASK=tcp://127.0.0.1:8786))" \
	  --nthreads 1 --nworkers $(or $(N),1) --no-dashboard

dask: setup
	@$(BIN)/uv pip install -q --python $(V) -r requirements-dask.txt -c requirements.lock
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -rs --durations=3 tests/test_dask.py

assignment: setup
	@$(BIN)/python notebooks/grading/assignment.py $(or $(L),$(error Which lessons? For instance: make assignment L="01 05")) $(if $(OUT),--out $(OUT))

grade: setup
	@$(BIN)/python notebooks/grading/grade.py $(or $(FROM),$(error Which folder? For instance: make grade FROM=submitted)) \
	  $(if $(L),--lessons $(L)) $(if $(OUT),--out $(OUT))

grading: setup
	@test -x .venv-grading || $(BIN)/uv venv -q --python $(BIN)/python .venv-grading
	@$(BIN)/uv pip install -q --python .venv-grading -r requirements-grading.txt -c requirements-grading.lock
	@$(BIN)/python -m pytest -q tests/test_grading.py -k nbgrader

mutants: setup
	$(BIN)/python tests/exercise_mutants.py $(L)

benchmark: setup
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/decoding.py
	$(BIN)/python benchmarks/serving.py
	$(BIN)/python benchmarks/engines.py
