# `make demo` and `make test` need Python 3.11 or later with venv, make and git, and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
OUT ?= demo
FRAMES ?= 1000000
SECONDS ?= 60

.PHONY: demo test quick lint bench decisions frames fuzz mutants clean

demo: $(VENV)/installed
	$(BIN)/auditor demo --out $(OUT)

test: lint
	$(BIN)/pytest -n auto

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

quick: $(VENV)/installed-dev
	$(BIN)/pytest -n auto -m 'not long'

bench: $(VENV)/installed-dev
	$(BIN)/python -m bench

decisions: $(VENV)/installed-dev
	$(BIN)/python -m bench --decisions

fuzz: $(VENV)/installed-dev
	$(PIP) install --constraint constraints.txt --editable '.[fuzz]'
	$(BIN)/python tests/fuzz/run.py --seconds $(SECONDS)

frames: $(VENV)/installed-dev
	$(BIN)/python tests/kernel/many_frames.py --frames $(FRAMES)

mutants: $(VENV)/installed-dev
	$(BIN)/python tests/policy/mutants.py

$(VENV)/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed; name one with: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --constraint constraints.txt --editable .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(PIP) install --constraint constraints.txt --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
