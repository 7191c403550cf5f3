# make run    a working service on http://127.0.0.1:8000, from nothing
# make pictures   the README's pictures, of the pages as they are
# make quarter  13 weeks of a school, with drift, poison and a rollback under load, in a few minutes
# make test   everything that must hold: lint, types, import rules, tests (browser included)
# make faults  the long runs: lost replies, kill -9 at every step of delivery, hanging vendors (about ten minutes)

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
DEV_INSTALLED := $(VENV)/.dev-installed

.PHONY: run quarter test check lint types imports tests faults format train browser pictures clean
.DEFAULT_GOAL := help

help:
	@grep '^# make' Makefile | cut -c3-

run: $(INSTALLED) releases/live
	@exec $(BIN)/aaq serve

releases/live: | $(INSTALLED)
	@echo "There is no release yet: training the first one from data/ (a minute or two)."
	@$(BIN)/aaq train

train: $(INSTALLED)
	@$(BIN)/aaq train

quarter: $(DEV_INSTALLED)
	@$(BIN)/aaq simulate quarter

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, $(PYTHON) is $$($(PYTHON) -V 2>&1); try make PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { rm -rf $(VENV); echo "Python's venv module is needed: apt-get install python3-venv"; exit 1; }

$(INSTALLED): pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing into $(VENV) (a minute or two, the first time only)."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(DEV_INSTALLED): $(INSTALLED)
	@echo "Installing what the tests need."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

browser:
	@command -v chromium >/dev/null || { \
	  [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "Installing Chromium for the browser tests." \
	  && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } \
	|| { echo "The browser tests need Chromium: apt-get install chromium"; exit 1; }

lint: $(DEV_INSTALLED)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check --quiet .

types: $(DEV_INSTALLED)
	@$(BIN)/mypy

imports: $(DEV_INSTALLED)
	@$(BIN)/lint-imports

tests: $(DEV_INSTALLED) browser
	@$(BIN)/pytest -n 2 --dist loadfile

faults: $(DEV_INSTALLED)
	@$(BIN)/pytest -m faults --verbose --capture=no tests/faults

check: lint types imports tests
test: check

format: $(DEV_INSTALLED)
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

pictures: $(DEV_INSTALLED) browser releases/live
	@PYTHONPATH=. $(BIN)/python tests/support/pictures.py

clean:
	rm -rf $(VENV) build *.egg-info
