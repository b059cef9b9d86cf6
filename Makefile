# Everything runs in a virtual environment of its own, .venv, made on first use.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help install demo sandbox test faults fuzz bench check docs format clean

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

$(VENV)/.run: setup.py requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

install: $(VENV)/.run  ## install the bridge into .venv

demo: $(VENV)/.run  ## both sites and the bridge on this machine, with a story (ARGS=--exit to stop after it)
	$(BIN)/sg-jira demo $(ARGS)

sandbox: $(VENV)/.run  ## serve both sites, to develop handlers against
	$(BIN)/sg-jira sandbox $(ARGS)

test: $(VENV)/.dev  ## run all tests
	$(BIN)/python -m pytest -n auto $(ARGS)

faults: $(VENV)/.dev  ## kill the bridge hundreds of times, and play 1,000 histories of edits on both sites (FAULTS_SEED=n varies it)
	FAULTS_KILLS=200 FAULTS_KILLS_OF_SEVERAL=50 FAULTS_EDITS=200 FAULTS_HISTORIES=1000 $(BIN)/python -m pytest -s $(ARGS) tests/faults

fuzz: $(VENV)/.dev  ## send the bridge 10,000 made-up requests (FUZZ_SEED=n varies them)
	FUZZ_REQUESTS=10000 $(BIN)/python -m pytest -s $(ARGS) tests/fuzz

bench: $(VENV)/.dev  ## measure how fast the bridge is and what it costs (ARGS=--full for the large counts)
	$(BIN)/python -m benchmarks $(ARGS)

check: $(VENV)/.dev  ## ruff, mypy and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/.dev  ## build the documentation into docs/_build
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build
	@echo "Open docs/_build/index.html"

format: $(VENV)/.dev  ## let ruff format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:  ## remove the virtual environment and everything that was built
	rm -rf $(VENV) docs/_build .pytest_cache .mypy_cache .ruff_cache *.egg-info
