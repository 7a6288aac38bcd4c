# Watersmeet. `make` says what there is to do; every target sets itself up first.

VENV := .venv
BIN := $(VENV)/bin
STATE ?= .watersmeet
ONCE ?=
ROWS ?=
PORT ?=
UV := $(shell command -v uv || echo $(VENV)/uv/bin/uv)
LOCK := UV_CUSTOM_COMPILE_COMMAND="make lock" $(UV) pip compile pyproject.toml - --quiet \
	--universal --python-version 3.11 --generate-hashes $(if $(UPGRADE),--upgrade)

.DEFAULT_GOAL := help
.PHONY: help setup run test test-all lint bench accuracy lock clean

help: ## say what there is to do
	@echo "Watersmeet: make TARGET"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

setup: $(VENV)/.runtime ## make .venv and install the locked requirements

run: $(VENV)/.runtime ## run every example feed through Airflow; ONCE=1 exits then; ROWS=n, PORT=n
	@$(BIN)/watersmeet up --state "$(STATE)" $(if $(ONCE),--once) \
		$(if $(ROWS),--rows $(ROWS)) $(if $(PORT),--port $(PORT))

lint: $(VENV)/.dev ## style, types and import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

test: lint ## lint, then the tests (what CI runs)
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow" $(ARGS)

test-all: lint ## every test, the long sweeps too
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

bench: $(VENV)/.dev ## measure 1 million rows in one run: COPY, this pipeline, the usual way
	@$(BIN)/python -m benchmarks $(ARGS)

accuracy: $(VENV)/.dev ## values and real files against their right answers; ARGS=topic
	@$(BIN)/python -m benchmarks.accuracy $(ARGS)

lock: $(VENV)/.runtime ## pin what pyproject.toml asks for, with hashes; UPGRADE=1 takes the newest
	@echo 'setuptools>=80' | $(LOCK) --output-file requirements.txt
	@echo 'setuptools>=80' | $(LOCK) --group dev --constraints requirements.txt \
		--output-file requirements-dev.txt

clean: ## stop what runs and remove the state folder and caches; .venv stays
	@if [ -x $(BIN)/watersmeet ] && [ -d "$(STATE)" ]; then \
		$(BIN)/watersmeet down --remove --state "$(STATE)"; fi
	@rm -rf "$(STATE)" .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build
	@find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

# The stamps: a lock is installed again only when it, or what installs it, has changed.
$(VENV)/.runtime: requirements.txt pyproject.toml .ci/setup .ci/pip_settings.py
	@PYTHON="$(PYTHON)" sh .ci/setup requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt pyproject.toml .ci/setup .ci/pip_settings.py
	@PYTHON="$(PYTHON)" sh .ci/setup requirements-dev.txt
	@touch $(VENV)/.runtime $@
