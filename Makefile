PYTHON ?= python3
UV ?= uv
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 2
ARGS ?=
SECONDS ?= 30

# Wheels only: building a source archive would fetch build tools that no lock pins.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
LOCKED := $(PIP) --require-hashes --only-binary :all:
COMPILE := $(UV) pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--only-binary :all: --no-header --no-annotate --no-config --quiet

# Named after the interpreter, so that PYTHON=python3.12 builds the environment anew.
MADE := $(VENV)/.made-by-$(notdir $(PYTHON))
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
FUZZ := $(VENV)/.fuzz

.DEFAULT_GOAL := help
.PHONY: help demo test check format bench fuzz lock clean
.DELETE_ON_ERROR:

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(RUNTIME) ## replay the March 2020 report, revise it, freeze it, verify it
	@$(BIN)/sijill demo $(ARGS)

test: $(DEV) ## run the tests; ARGS="-k merkle" passes arguments to pytest, JOBS=4 sets the workers
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(ARGS)

check: $(DEV) ## check format, lint, types and the import contract
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEV) ## rewrite the code in the one format, with imports sorted
	$(BIN)/ruff check --select I --fix .
	$(BIN)/ruff format .

bench: $(DEV) ## measure, as ratios to the machine's own primitives
	@$(BIN)/python -m bench $(ARGS)

fuzz: $(FUZZ) ## fuzz every parser for SECONDS=30 each; ARGS="note vkey" chooses some
	@$(BIN)/python -m tests.fuzz --seconds $(SECONDS) $(ARGS)

lock: ## pin all dependencies anew from pyproject.toml (needs uv)
	@command -v $(UV) > /dev/null || { echo "make lock needs uv: python3 -m pip install uv, or UV=/path/to/uv make lock" >&2; exit 1; }
	$(COMPILE) --group build --upgrade --output-file requirements/runtime.txt
	$(COMPILE) --group dev --extra lists --extra exports --extra tables --extra pages --upgrade --constraint requirements/runtime.txt --output-file requirements/dev.txt
	$(COMPILE) --group fuzz --upgrade --constraint requirements/runtime.txt --output-file requirements/fuzz.txt

clean: ## remove the environment, caches and build output
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .schemathesis .fuzz
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(MADE):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || { \
		echo "sijill needs Python 3.11 or newer, and '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || true)." >&2; \
		echo "Install one, or name it: make PYTHON=python3.12 demo" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) || { \
		echo "'$(PYTHON) -m venv' failed. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@touch $@

$(RUNTIME): $(MADE) requirements/runtime.txt pyproject.toml
	@echo "Installing the pinned dependencies into $(VENV) (once) ..."
	@$(LOCKED) -r requirements/runtime.txt
	@$(PIP) --no-index --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): $(RUNTIME) requirements/dev.txt
	@echo "Installing the pinned development tools into $(VENV) (once) ..."
	@$(LOCKED) -r requirements/dev.txt
	@touch $@

$(FUZZ): $(DEV) requirements/fuzz.txt
	@echo "Installing the pinned fuzzer into $(VENV) (once) ..."
	@$(LOCKED) -r requirements/fuzz.txt || { \
		echo "atheris has wheels for Linux and CPython only; make test fuzzes a little without it." >&2; exit 1; }
	@touch $@
