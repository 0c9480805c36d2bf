# bootstrap.py sets up what a task needs and does it; this file gives the tasks the names that people type.
PYTHONS := python3 python3.14 python3.13 python3.12 python3.11
PYTHON ?= $(firstword $(foreach name,$(PYTHONS),$(if $(shell command -v $(name)),$(name))))
BOOTSTRAP = $(or $(PYTHON),$(error Python 3.11 or newer is missing)) bootstrap.py
COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra postgres --extra passkeys
PYBABEL = .venv/bin/pybabel --quiet

.DEFAULT_GOAL := help
.PHONY: help run test lint bench chaos fuzz set-up lock words

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /make \1	/p' Makefile

run: ## set up and serve the site on http://127.0.0.1:8000 (PORT=8011 for another port)
test: ## set up and run all checks and tests (ARGS="-k words" for some)
lint: ## run the checks alone
bench: ## measure, print a table and write bench/latest.json
chaos: ## kill workers 200 times under 10,000 letters, then try every fault at length (ARGS=kills or faults: one of both)
fuzz: ## the long form of the tests of hostile input and of permissions (most of an hour on two cores)
set-up: ## only set up .venv

run test lint bench chaos fuzz set-up:
	@$(BOOTSTRAP) $@ $(ARGS)

lock: ## for maintainers: write both lock files anew (ARGS=--upgrade for newer releases; needs uv)
	$(COMPILE) --group dev $(ARGS) --output-file requirements-dev.txt pyproject.toml
	$(COMPILE) --constraint requirements-dev.txt $(ARGS) --output-file requirements.txt pyproject.toml

words: set-up ## for maintainers: bring the translation files up to date with the words in use
	$(PYBABEL) extract --project=tracker -F pyproject.toml -k _l -k _lp:1c,2 --add-location=file --sort-by-file -o .venv/messages.pot .
	$(PYBABEL) update --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date -i .venv/messages.pot -d tracker/translations
