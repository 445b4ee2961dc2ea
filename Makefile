# Everything that a person does here, each in one word. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help setup demo up test check chaos fuzz-forge bench-bots lock clean
.SUFFIXES:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/ready
TESTS ?= tests
ALONE := env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL  # the builds that we start are nobody's sub-make
ROOMS := core forge bots buildmaster workers release console tests

help:  ## List what can be made
	@echo "Camelot: from a pull request to a release."
	@echo
	@sed -n 's/^\([a-z-]*\):[^#]*##  *\(.*\)/  make \1	\2/p' Makefile | expand -t 20

setup: $(STAMP)  ## Make the virtual environment (.venv) from the lock file

$(STAMP): requirements.lock pyproject.toml .ci/setup
	@PYTHON="$(PYTHON)" bash .ci/setup "$(VENV)"
	@touch "$@"

demo: $(STAMP)  ## Start everything, play the story, show where to look (ONCE=1: end after it)
	@$(ALONE) $(BIN)/camelot demo $(if $(ONCE),--once)

up: $(STAMP)  ## Run all of it on this machine and keep it, with a local forge
	@$(ALONE) $(BIN)/camelot up

test: $(STAMP)  ## Run every test that must pass (TESTS=tests/test_core_store.py: some)
	@$(ALONE) $(BIN)/python -m pytest -n 2 $(TESTS)

check: $(STAMP)  ## All that must hold, but the long story: format, lint, types, contracts, tests
	@$(BIN)/ruff format --check $(ROOMS)
	@$(BIN)/ruff check $(ROOMS)
	@$(BIN)/mypy $(ROOMS)
	@$(BIN)/lint-imports
	@$(ALONE) $(BIN)/python -m pytest -n 2 -m "not story" tests

chaos: $(STAMP)  ## The crash test of the story in full: before and after every effect (about 15 minutes)
	@$(ALONE) CAMELOT_CRASHES=all $(BIN)/python -m pytest tests/test_story_crash.py

fuzz-forge: $(STAMP)  ## Send the local forge what GitHub's description allows and forbids (FUZZ_EXAMPLES=60 an operation)
	@$(BIN)/python -m tests.fuzz_forge

bench-bots: $(STAMP)  ## Measure the bots beside the floor of this machine (about 2 minutes)
	@$(ALONE) $(BIN)/python -m console.bench.bots

lock: $(STAMP)  ## Resolve the dependencies anew and write requirements.lock
	@test -x build/uv/bin/uv || { "$(PYTHON)" -m venv build/uv && build/uv/bin/python -m pip install --quiet uv; }
	@build/uv/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header \
		--group dev pyproject.toml -o requirements.lock

clean:  ## Remove environment, demo and caches (what `make up` keeps in .camelot stays)
	@rm -rf $(VENV) .camelot/demo build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find $(ROOMS) -name __pycache__ -type d -prune -exec rm -rf {} +
