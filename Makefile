# Everything that a person does here, each in one word. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help setup demo up test check checkconfig chaos crash-release bench bench-bots bench-farm release-report story-culprit story-life fuzz-rabbit fuzz-forge sweep-rabbit farm-rabbit farm-box farm-cpython coverage-rabbit lock clean
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
	@sed -n 's/^\([a-z-]*\):[^#]*##  *\(.*\)/  make \1	\2/p' Makefile | expand -t 23

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

checkconfig: $(STAMP)  ## Check the farm's tables; start every service of both profiles against a local forge, without a network
	@$(ALONE) $(BIN)/camelot checkconfig

story-culprit: $(STAMP)  ## Push a leak among six innocent changes; the farm finds it and tells one pull request (about 10 minutes)
	@$(ALONE) $(BIN)/python -m console.story.several

story-life: $(STAMP)  ## Take Rabbit from its first alpha to its end of life, one kill a chapter (about half an hour; SEED=1)
	@$(ALONE) SEED="$(SEED)" KINDS="$(KINDS)" $(BIN)/python -m console.story.life

chaos: $(STAMP)  ## Every crash and every disturbance of every story (about 100 minutes on two cores; CAMELOT_CHAOS_JOBS=4 side by side)
	@$(ALONE) CAMELOT_CRASHES=all $(BIN)/python -m pytest tests/test_story_crash.py
	@$(ALONE) CAMELOT_CHAOS=all $(BIN)/python -m pytest -s tests/test_perturbation.py

crash-release: $(STAMP)  ## Kill every release, undo and transition before and after every step (about 5 minutes)
	@$(ALONE) CAMELOT_CRASHES=all $(BIN)/python -m pytest tests/test_release_cut.py tests/test_release_undo.py tests/test_release_transition_crash.py

# Rabbit is built below build/rabbit, once for each way to configure it, by its own configure and make.
RABBIT := build/rabbit
JUDGES := interpreter/Tools/judges
define build-rabbit
	@mkdir -p $(RABBIT)/$(1)
	@cd $(RABBIT)/$(1) && PATH="$(abspath $(BIN)):$$PATH" $(ALONE) sh -c '../../../interpreter/configure $(2) >/dev/null && make -s -j2 >make.log 2>&1' \
		|| { tail -n 20 $(RABBIT)/$(1)/make.log; exit 1; }
endef

bench: $(STAMP)  ## Measure Rabbit: 22 programs beside CPython 3.11, and instruction counts (needs valgrind; about 10 minutes)
	$(call build-rabbit,optimized,--enable-optimizations)
	@$(BIN)/python $(JUDGES)/bench.py --rabbit $(RABBIT)/optimized/rabbit
	$(call build-rabbit,release,)
	@$(BIN)/python $(JUDGES)/counts.py --rabbit $(RABBIT)/release/rabbit

SECONDS ?= 600
fuzz-rabbit: $(STAMP)  ## Compare Rabbit with CPython 3.12 on generated programs (SECONDS=600 SEED=0)
	$(call build-rabbit,debug,--with-pydebug)
	@$(BIN)/python $(JUDGES)/fuzz.py --rabbit $(RABBIT)/debug/rabbit --seconds $(SECONDS) --seed $(or $(SEED),0)

sweep-rabbit: $(STAMP)  ## Fail every allocation of 20 programs in turn: Rabbit must never crash (about 5 minutes)
	$(call build-rabbit,debug,--with-pydebug)
	@$(BIN)/python $(JUDGES)/sweep.py --rabbit $(RABBIT)/debug/rabbit

farm-rabbit: $(STAMP)  ## Build and test this Rabbit on a real farm: debug, release, asan, ubsan, refleak (up to half an hour)
	@$(ALONE) $(BIN)/python -m tests.farm_rabbit

farm-box: $(STAMP)  ## The same on other machines, s390x and aarch64, that this one plays (Debian's cross compilers and qemu-user; as root)
	@$(ALONE) $(BIN)/python -m tests.farm_rabbit --box

farm-cpython: $(STAMP)  ## Run CPython's own regrtest through the CPython profile on a real farm, and judge its verdicts (about 5 minutes)
	@$(ALONE) $(BIN)/python -m tests.farm_cpython

coverage-rabbit: $(STAMP)  ## How much of Rabbit's C its tests and snippets run, by file
	$(call build-rabbit,coverage,--with-pydebug --enable-coverage)
	@find $(RABBIT)/coverage/out -name '*.gcda' -delete
	@cd $(RABBIT)/coverage && $(ALONE) make -s test TESTOPTS="-q -u all" >test.log || { tail -n 20 test.log; exit 1; }
	-@$(BIN)/python $(JUDGES)/record.py --rabbit $(RABBIT)/coverage/rabbit --list
	@cd $(RABBIT)/coverage/out && $(abspath $(BIN))/gcovr --root ../../../../interpreter --object-directory . --exclude '.*\.def' --fail-under-line 80

fuzz-forge: $(STAMP)  ## Send the local forge what GitHub's description allows and forbids (FUZZ_SECONDS=300 in all)
	@$(BIN)/python -m tests.fuzz_forge

bench-bots: $(STAMP)  ## Measure bots and backports beside the floor of this machine (5 minutes; the first time more)
	@$(ALONE) $(BIN)/python -m console.bench.bots
	@$(ALONE) $(BIN)/python -m tests.bench_backports

release-report: $(STAMP)  ## Print the figures of schedules, registry and news, measured now (about a minute)
	@$(ALONE) $(BIN)/camelot release-report

bench-farm: $(STAMP)  ## Measure pages at 100,000 builds, a start with 1,036 builders, commit to notice, shared hunts, logs (15 minutes; installs python3.11-dbg)
	@$(BIN)/python -m console.bench.farm
	@$(ALONE) $(BIN)/python -m console.bench.master
	@$(ALONE) $(BIN)/python -m tests.bench_notice
	@$(BIN)/python -m console.bench.split
	@$(ALONE) $(BIN)/python -m tests.bench_split
	@$(BIN)/python -m console.bench.testlog

lock: $(STAMP)  ## Resolve the dependencies anew and write requirements.lock
	@test -x build/uv/bin/uv || { "$(PYTHON)" -m venv build/uv && build/uv/bin/python -m pip install --quiet uv; }
	@build/uv/bin/uv pip compile --quiet --universal --generate-hashes --no-strip-extras --no-emit-index-url --no-header \
		--group dev pyproject.toml -o requirements.lock

clean:  ## Remove environment, demo and caches (what `make up` keeps in .camelot stays)
	@rm -rf $(VENV) .camelot/demo build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find $(ROOMS) -name __pycache__ -type d -prune -exec rm -rf {} +
