# make lab        set up .venv if need be, and open lesson 00 in JupyterLab
# make progress   print which exercises are solved, and which are left
# make test       set up .venv if need be, and run everything that CI runs
# make check      all that concerns one lesson, in under a minute (L=05)
# make lock       renew requirements.lock after a change of requirements*.txt (UPGRADE=yes: all that the course does not pin, too)
# make notebooks  make the notebooks again from notebooks/src (L="01 02" for some)
# make timed      run the lessons one after another, and print where the time goes (L="01 02" for some)
# make replicate  run the replication board (R="R01 R02" for some)
# make tournament  let the entries of a folder play lesson 12's tournament (FROM=folder, SEEDS="31 32 33")
# make mutants    change each exercise's reference in one place at a time: does the check refuse, and name, each change? (L=05 for one lesson)
# make stress     kill, stop, starve and double the harvester 110 times, and print where each answer that was paid for is
# make real       test lesson 14's real model, in .venv-real; make lab REAL=1 installs it for you (100 MB)
# make clients    point a dozen of other people's clients at the API, and write their table, docs/clients.md
# make endurance  200 clients for a minute, then 20,000 requests: does anything fail, does the memory grow?
# make benchmark  the speed of batched training, of decoding and of the API, with nothing else running
# PY=python3.12 takes that Python, CUDA=yes PyTorch's large build: setup.sh says when
V := .venv
BIN := $(V)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)

.PHONY: setup lock lab progress test check timed notebooks replicate tournament mutants stress clients real endurance benchmark
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
	$(BIN)/python benchmarks/replicate.py $(R)

tournament: setup
	$(BIN)/python benchmarks/classroom.py $(FROM) --seeds $(or $(SEEDS),31 32 33)

mutants: setup
	$(BIN)/python tests/exercise_mutants.py $(L)

benchmark: setup
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/decoding.py
	$(BIN)/python benchmarks/serving.py
	$(BIN)/python benchmarks/engines.py
