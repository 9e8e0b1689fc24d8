# make run      everything for the app, then the app
# make test     everything for the tests, then the checks and the tests: WORKERS at a time, and then by themselves those
#               that measure a person before a camera (`pytest` alone runs them all one by one)
# make lint     the checks only; make lint-js: types of the pages' modules
# make test-all the tests that need no browser, on each of Python 3.10, 3.11 and 3.12 that is here
# make lock     requirements.txt and constraints.txt from pyproject.toml, with the newest versions it allows
# make vendor   the libraries of the client's page, from npm; without npm all else works, and the page says what it lacks
# make sam3d    SAM 3D Body's code and packages (docs/gpu.md); SAM3D_FROM: where its two repositories are
PYTHON ?= python3
VENV ?= .venv
PY := $(VENV)/bin/python
SAM3D_FROM ?= https://github.com
NPM ?= npm
NPM_CI = $(NPM) ci --ignore-scripts --no-audit --no-fund --loglevel=error
# CONSTRAINTS= (empty) installs the newest versions that pyproject.toml allows.
CONSTRAINTS ?= constraints.txt
# Python compiles what it imports; compiling all of it beforehand takes half a minute.
PIP = $(PY) -m pip install --quiet --no-compile $(if $(CONSTRAINTS),-c $(CONSTRAINTS))
# Tests of pages and of processes wait a third of their time: three at a time fill two cores.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min((os.cpu_count() or 2) + 1, 6))')
# Tracing doubles the time of a test, so coverage is measured over the rooms that are pure Python, whose tests run quickly.
# COVERAGE=0 leaves it out.
COVERAGE ?= 1
# What failed while two browsers shared the machine is tried once more alone: a fault fails again, a lack of time does not.
AGAIN = --last-failed --last-failed-no-failures none
COVERED = tests/core tests/bundles tests/people tests/jobs

.PHONY: run test test-all models browser lint lint-js lock setup setup-dev vendor vendor-dev sam3d clean

run: setup vendor
	-$(PY) -m perscoach.cli models fetch --embedded --quiet
	$(PY) app.py

# What does not need each other runs two at a time: packages from pip and npm, then the checks beside the downloads.
test:
	@$(MAKE) --no-print-directory -j2 setup-dev vendor-dev
	@$(MAKE) --no-print-directory -j2 lint lint-js models browser
	$(PY) -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder -m "not realtime" $(if $(filter 1,$(COVERAGE)),$(addprefix --ignore=,$(COVERED))) \
	    || $(PY) -m pytest $(AGAIN) -m "not realtime"
	$(if $(filter 1,$(COVERAGE)),$(PY) -m pytest -n $(WORKERS) --dist loadscope -m "not realtime" $(COVERED) $(addprefix --cov=perscoach/,$(notdir $(COVERED))) --cov-report=term)
	$(PY) -m pytest -m realtime || $(PY) -m pytest $(AGAIN) -m realtime

models: setup-dev
	$(PY) -m perscoach.cli models fetch --embedded

browser: setup-dev
	$(PY) tests/get_browser.py

test-all:
	$(PYTHON) .ci/test_all.py

lint: setup-dev
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports

lint-js: vendor-dev
	@if [ -x node_modules/.bin/tsc ] && [ -f tsconfig.json ]; then node_modules/.bin/tsc -p . && node_modules/.bin/tsc -p tests; \
	else echo "typescript is not here: the types of the pages' modules are not checked. Try: make vendor-dev"; fi

lock: setup-dev
	$(PY) .ci/lock.py

sam3d: setup
	$(PIP) -e ".[sam3d]"
	$(PY) -m perscoach.pose.sam3d.install --from "$(SAM3D_FROM)"
	@$(PY) -m perscoach.pose.sam3d.access

setup: $(VENV)/.installed
setup-dev: $(VENV)/.installed-dev

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(not (3,10) <= sys.version_info[:2] <= (3,12) and "perscoach needs Python 3.10, 3.11 or 3.12; try: make PYTHON=python3.11 run")'
	$(PYTHON) -m venv $(VENV)

# torch first: its CPU build where there is no NVIDIA GPU.
$(VENV)/.torch: constraints.txt pyproject.toml .ci/torch_build.py | $(VENV)/bin/python
	$(PY) .ci/torch_build.py
	touch $@

# An earlier set-up had two OpenCV wheels, which share a folder: the one that stays is written again.
ONE_OPENCV = @if $(PY) -m pip show --quiet opencv-python 2>/dev/null; then $(PY) -m pip uninstall --quiet -y opencv-python opencv-contrib-python; fi

$(VENV)/.installed: pyproject.toml requirements.txt constraints.txt $(VENV)/.torch
	$(ONE_OPENCV)
	$(PIP) -e .
	touch $@

$(VENV)/.installed-dev: pyproject.toml requirements.txt constraints.txt $(VENV)/.torch
	$(ONE_OPENCV)
	$(PIP) -e ".[dev]"
	touch $(VENV)/.installed $@

vendor: node_modules/.installed
vendor-dev: node_modules/.installed-dev

# A missing npm or network is said and never stops make; the next make tries again.
node_modules/.installed: package.json package-lock.json
	@if ! command -v $(NPM) >/dev/null 2>&1; then \
	    echo "npm is not here, so the mirror (the page for clients) has no libraries. Install Node.js, then: make vendor"; \
	elif $(NPM_CI) --omit=dev; then touch $@; \
	else echo "npm could not install the libraries of the mirror (the page for clients). Try again: make vendor"; fi

node_modules/.installed-dev: package.json package-lock.json
	@if ! command -v $(NPM) >/dev/null 2>&1; then \
	    echo "npm is not here: the tests of the mirror in a browser and of GLB files will be skipped."; \
	elif $(NPM_CI); then touch node_modules/.installed $@; \
	else echo "npm could not install: the tests of the mirror in a browser and of GLB files will be skipped."; fi

clean:
	rm -rf $(VENV) node_modules build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .coverage*
