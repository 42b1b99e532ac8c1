# Everything a developer or a newcomer starts. Each target first makes what a fresh clone lacks; the second
# time that takes a blink. Needs Python >= 3.11, make and git.

PYTHON ?= python3
# More for the test runner: make test ARGS="-k vouchers -x". As many at once as there are cores.
ARGS ?=
JOBS ?= auto

.DEFAULT_GOAL := help
.PHONY: help setup run test check bench build migration fmt

help:
	@echo "make run        a working club in a browser, with a demo to play with"
	@echo "make test       all tests"
	@echo "make check      format, lint, types, layers, templates, client, migrations"
	@echo "make bench      figures"
	@echo "make fmt        put the format right"
	@echo "make build      the package, in dist/"
	@echo "make migration NAME='what changes'   a migration from the tables"

setup:
	@$(PYTHON) tools/setup.py dev

# Running takes less than testing: what only the tests need is not fetched. PALIER_ENV, PALIER_HOME and
# PALIER_PORT are respected.
run:
	@$(PYTHON) tools/setup.py runtime
	@PALIER_ENV=$${PALIER_ENV:-demo} exec .venv/bin/palier up

test: setup
	@browser=$$(.venv/bin/python -m tools.browser) && \
	PALIER_TEST_BROWSER="$$browser" exec .venv/bin/pytest -n $(JOBS) --ignore tests/bench $(ARGS)

check: setup
	@.venv/bin/python -m tools.check

bench: setup
	@exec .venv/bin/python -m tests.bench $(ARGS)

build: setup
	@exec .venv/bin/python -m hatchling build

migration: setup
	@.venv/bin/python -m tools.migration "$(NAME)"

fmt: setup
	@.venv/bin/python -m tools.fmt
