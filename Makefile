# make lab        set up .venv if need be, and open lesson 00 in JupyterLab
# make progress   print which exercises are solved, and which are left
# make test       set up .venv if need be, and run everything that CI runs
# make check      all that concerns one lesson, in under a minute (L=05)
# make lock       renew requirements.lock after a change of requirements*.txt (UPGRADE=yes: all that the course does not pin, too)
# make notebooks  make the notebooks again from notebooks/src (L="01 02" for some)
# make timed      run the lessons one after another, and print where the time goes (L="01 02" for some)
# make replicate  run the replication board (R="R01 R02" for some)
# make tournament  let the entries of a folder play lesson 12's tournament (FROM=folder, SEEDS="31 32 33")
# make arena      defences against attackers, cell by cell (SEEDS="0-4", DEFENCES="none; noise", ATTACKERS="naive; made", SAVE=file.jsonl)
# DASK=tcp://...  with replicate, tournament or arena: on a Dask cluster instead of this machine (docs/dask.md)
# make scheduler  the scheduler of a Dask cluster (HOST=127.0.0.1), and
# make worker     one process for each core of each machine (DASK=tcp://127.0.0.1:8786, N=4 for four)
# make dask       the arena, a row and a tournament on a cluster of two workers, one of which is killed
# make mutants    change each exercise's reference in one place at a time: does the check refuse, and name, each change? (L=05 for one lesson)
# make stress     kill, stop, starve and double the harvester 110 times, and print where each answer that was paid for is
# make clients    point a dozen of other people's clients at the API, and write their table, docs/clients.md
# make endurance  200 clients for a minute, then 20,000 requests: does anything fail, does the memory grow?
# make benchmark  the speed of batched training, of decoding and of the API, with nothing else running
# PY=python3.12 takes that Python, CUDA=yes PyTorch's large build: setup.sh says when
V := .venv
BIN := $(V)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)

.PHONY: setup lock lab progress test check timed notebooks replicate tournament arena scheduler worker dask mutants stress clients endurance benchmark
setup:
	@AGAIN="make $(or $(filter lab test,$(MAKECMDGOALS)),setup)" sh setup.sh

lock: setup
	UV_CUSTOM_COMPILE_COMMAND="make lock" env -u UV_FIND_LINKS -u UV_INDEX -u UV_DEFAULT_INDEX $(BIN)/uv pip compile -q --universal --python-version 3.11 \
	  --no-emit-package dark-knowledge-course $(if $(UPGRADE),--upgrade) requirements-dev.txt -o requirements.lock

lab: setup
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

mutants: setup
	$(BIN)/python tests/exercise_mutants.py $(L)

benchmark: setup
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/decoding.py
	$(BIN)/python benchmarks/serving.py
	$(BIN)/python benchmarks/engines.py
