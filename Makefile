# make run: everything for the app, then the app.   make test: everything for the tests, then the tests.
# make sam3d: SAM 3D Body's code and packages (docs/gpu.md); SAM3D_FROM: where its two repositories are.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
SAM3D_FROM ?= https://github.com

.PHONY: run test lint setup setup-dev sam3d clean

run: setup
	-$(PY) -m perscoach.cli models fetch --embedded --quiet
	$(PY) app.py

test: setup-dev
	$(PY) -m perscoach.cli models fetch --embedded
	$(PY) tests/get_browser.py
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) -m pytest

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

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
