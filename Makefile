# make lab        set up .venv if need be, and open lesson 00 in JupyterLab
# make progress   print which exercises are solved, and which are left
# make test       set up .venv if need be, and run everything that CI runs
# make check      all that concerns one lesson, in under a minute (L=05)
# make notebooks  make the notebooks again from notebooks/src (L="01 02" for some)
# make timed      run the lessons one after another, and print where the time goes (L="01 02" for some)
# make replicate  run the replication board (R="R01 R02" for some)
# make tournament  let the entries of a folder play lesson 12's tournament (FROM=folder, SEEDS="31 32 33")
# make benchmark  the speed of batched training, of decoding and of the API, with nothing else running
PY ?= python3
V := .venv
BIN := $(V)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
# a folder with a local torch wheel, where pip is told of one (uv does not read pip's settings)
FIND := $(strip $(or $(UV_FIND_LINKS),$(PIP_FIND_LINKS),$(shell $(PY) -m pip config get global.find-links 2>/dev/null)))
# on Linux PyPI's torch brings gigabytes of CUDA: without a local wheel, PyTorch's own index has the build without
TORCH_INDEX := $(if $(FIND),,$(if $(filter Linux,$(shell uname -s 2>/dev/null)),--index-url https://download.pytorch.org/whl/cpu))

.PHONY: setup lab progress test check timed notebooks replicate tournament benchmark
setup: $(V)/.ok

$(V)/.ok: requirements.txt requirements-dev.txt pyproject.toml
	@$(PY) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "The course is tested on Python 3.11, and $(PY) is another version. Say which one to use, for instance: make $(or $(MAKECMDGOALS),setup) PY=python3.11"; exit 1; }
	@$(PY) -m venv $(V) || { echo "Python cannot make a virtual environment. On Debian and Ubuntu: sudo apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install -q uv==0.13.9 || true
	@if $(BIN)/uv --version >/dev/null 2>&1; then \
	  export VIRTUAL_ENV="$(abspath $(V))" $(if $(FIND),UV_FIND_LINKS="$(FIND)"); \
	  { test -z "$(TORCH_INDEX)" || $(BIN)/uv pip install $(TORCH_INDEX) torch==2.13.0 || true; } && $(BIN)/uv pip install -r requirements-dev.txt; \
	else \
	  { test -z "$(TORCH_INDEX)" || $(BIN)/python -m pip install $(TORCH_INDEX) torch==2.13.0 || true; } && $(BIN)/python -m pip install -r requirements-dev.txt; \
	fi
	@# compiled once, here: where PYTHONDONTWRITEBYTECODE is set nothing ever would be, and every kernel would take nine seconds more
	@$(BIN)/python -m compileall -q -j 0 "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" course_utils > /dev/null 2>&1 || true
	@touch $@

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

timed: setup
	$(BIN)/python benchmarks/lessons.py $(L)

notebooks: setup
	$(BIN)/python notebooks/build.py $(L)

replicate: setup
	$(BIN)/python benchmarks/replicate.py $(R)

tournament: setup
	$(BIN)/python -m course_utils.score.tournament $(FROM) --seeds $(or $(SEEDS),31 32 33)

benchmark: setup
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/decoding.py
	$(BIN)/python benchmarks/serving.py
	$(BIN)/python benchmarks/engines.py
