# Osler's verbs: demo test check fix bench docs pictures. Each sets up what it needs; a second call is quick.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
SAMPLES ?=

.PHONY: help demo test check fix bench docs pictures messages setup setup-runtime lock clean

help: ## what the verbs do
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: setup-runtime ## load sample patients and serve the FHIR API on this machine
	@$(BIN)/osler demo $(if $(SAMPLES),--samples $(SAMPLES))

test: check $(STAMPS)/clients ## every check and every test; those about SQL on two PostgreSQL servers
	@$(BIN)/python -m tests.run

check: setup ## format, lint, types, import layers
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

fix: setup ## mend what the formatter and the linter can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: setup ## measure against the baselines; FULL=1 for a million resources
	@$(BIN)/python -m bench $(if $(FULL),--full)

docs: setup ## write the reference pages that come from the code
	@$(BIN)/python -m osler.main.reference docs/reference

pictures: setup ## make the pictures of the tutorials, with Chromium, from a demo of its own
	@$(BIN)/python tools/pictures

setup: $(STAMPS)/dev $(STAMPS)/definitions $(STAMPS)/assets

setup-runtime: $(STAMPS)/runtime $(STAMPS)/definitions $(STAMPS)/assets

messages: setup ## (translators) gather what pages say into the catalogs; print what is missing
	@$(BIN)/python -m osler.main.messages extract
	@$(BIN)/python -m osler.main.messages missing

lock: setup ## (maintainers) choose newest versions and write the lock files
	@$(BIN)/uv --version >/dev/null 2>&1 || $(BIN)/pip install --quiet uv
	@tools/lock $(BIN)/uv

clean: ## remove the virtual environment and what was built
	@rm -rf $(VENV) src/osler/fhir/definitions/r4.bin .mypy_cache .pytest_cache .ruff_cache

$(STAMPS)/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Osler needs Python 3.11 or later; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || echo absent)." >&2; \
	  echo "Install it, or name another: make PYTHON=/path/to/python3.12" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "This Python cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/runtime: requirements/build.txt $(STAMPS)/venv
	@echo "Installing packages…"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(STAMPS)/dev: requirements/dev.txt $(STAMPS)/runtime
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

$(STAMPS)/definitions: $(STAMPS)/runtime $(wildcard src/osler/fhir/definitions/*.py)
	@$(BIN)/python -m osler.fhir.definitions build
	@touch $@

# Scripts, styles, icons and font of the pages.
$(STAMPS)/packages: npm/ui/package-lock.json $(STAMPS)/runtime
	@$(BIN)/python tools/npm_ci npm/ui
	@touch $@

$(STAMPS)/assets: $(STAMPS)/packages $(shell find src/osler/ui/assets src/osler/*/templates src/osler/ui/locale -type f ! -path "*/__pycache__/*" ! -name "*.mo" 2>/dev/null)
	@$(BIN)/python -m osler.ui.assets >/dev/null
	@$(BIN)/python -m osler.main.messages compile >/dev/null
	@touch $@

# FHIR clients of other languages for the tests; without a network those tests say that they were skipped.
$(STAMPS)/clients: npm/clients/package-lock.json $(STAMPS)/runtime
	@$(BIN)/python tools/npm_ci npm/clients && touch $@ || echo "npm could not install npm/clients; its tests will be skipped" >&2
