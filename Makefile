# make run: everything for the app, then the app.   make test: everything for the tests, then the tests: in two processes,
# and then by themselves those that measure a person before a camera. (`pytest` alone runs them all one by one.)
# make vendor: the libraries of the client's page, from npm. Without npm all else works, and the page says what it lacks.
# make sam3d: SAM 3D Body's code and packages (docs/gpu.md); SAM3D_FROM: where its two repositories are.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
SAM3D_FROM ?= https://github.com
NPM ?= npm
NPM_CI = $(NPM) ci --ignore-scripts --no-audit --no-fund --loglevel=error

.PHONY: run test lint setup setup-dev vendor vendor-dev sam3d clean

run: setup vendor
	-$(PY) -m perscoach.cli models fetch --embedded --quiet
	$(PY) app.py

test: setup-dev vendor-dev
	$(PY) -m perscoach.cli models fetch --embedded
	$(PY) tests/get_browser.py
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) -m pytest -n 2 --dist loadscope --no-loadscope-reorder -m "not realtime"
	$(PY) -m pytest -m realtime

lint: setup-dev
	$(PY) -m ruff check .
	$(PY) -m mypy

sam3d: setup
	$(PY) -m pip install --quiet -r requirements-sam3d.txt
	$(PY) -m perscoach.pose.sam3d.install --from "$(SAM3D_FROM)"
	@$(PY) -m perscoach.pose.sam3d.access

setup: $(VENV)/.installed
setup-dev: $(VENV)/.installed-dev

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(not (3,10) <= sys.version_info[:2] <= (3,12) and "perscoach needs Python 3.10, 3.11 or 3.12; try: make PYTHON=python3.11 run")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt pyproject.toml | $(VENV)/bin/python
	$(PY) -m pip install --quiet -r requirements.txt
	$(PY) -m pip install --quiet --no-deps -e .
	touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(PY) -m pip install --quiet -r requirements-dev.txt
	touch $@

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
	rm -rf $(VENV) node_modules .pytest_cache .mypy_cache .ruff_cache
