PY ?= python3
V  := .venv
BIN := $(V)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
FIND := $(strip $(or $(UV_FIND_LINKS),$(PIP_FIND_LINKS),$(shell $(PY) -m pip config get global.find-links 2>/dev/null)))
setup: $(V)/.ok
$(V)/.ok: requirements.txt requirements-dev.txt
	$(PY) -m venv $(V)
	$(BIN)/python -m pip install -q uv==0.13.9 || true
	if $(BIN)/uv --version >/dev/null 2>&1; then \
	  VIRTUAL_ENV=$(abspath $(V)) $(if $(FIND),UV_FIND_LINKS="$(FIND)") $(BIN)/uv pip install -r requirements-dev.txt; \
	else $(BIN)/python -m pip install -r requirements-dev.txt; fi
	touch $@
