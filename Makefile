# A fresh machine needs Python 3.11 or newer with pip, and make. Everything else is fetched, pinned by hash.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip --quiet --disable-pip-version-check

.PHONY: help install demo test test-extras check accuracy bench crash format lock clean

help:               ## this list
	@grep -E '^[a-z-]+: .*##|^[a-z-]+:  +##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 12

.venv/pyvenv.cfg:
	$(PYTHON) -m venv .venv

.venv/installed: .venv/pyvenv.cfg requirements.lock requirements-build.lock pyproject.toml
	@echo "installing Stetwatch into .venv …"
	@$(PIP) install --require-hashes -r requirements-build.lock
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.lock
	@echo "installing the tools for tests and checks …"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

install: .venv/installed         ## the product, in .venv

demo: .venv/installed            ## a simulated live blog, watched for real, on loopback
	$(BIN)/stetwatch demo

# One process more than cores: many tests wait for what other processes do.
test: .venv/installed-dev        ## every test
	$(BIN)/pytest --numprocesses $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )) --dist worksteal

test-extras: .venv/installed-dev ## what some tests need beyond that: Playwright, Chromium, npm packages
	@tests/extras.sh

check: .venv/installed-dev       ## lint and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

accuracy: .venv/installed-dev    ## the accuracy gate, whole: about 20 minutes on two cores
	$(BIN)/python -m benchmarks.accuracy

bench: .venv/installed-dev       ## delay, rate and isolation of delivery against their bars: about 2 minutes
	$(BIN)/python -m benchmarks.delivery

crash: .venv/installed-dev       ## 10,000 changes while every role and the store are killed: about 5 minutes
	$(BIN)/python -m benchmarks.crash

format: .venv/installed-dev      ## put the code into shape
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: .venv/installed-dev        ## write the lock files anew from pyproject.toml
	$(PIP) install uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --output-file requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --group build --output-file requirements-build.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --group dev --output-file requirements-dev.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --group dev --group extras --output-file requirements-extras.lock

clean:              ## forget .venv and caches
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
