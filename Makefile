# Everything is done by bootstrap.py; this file gives its tasks the names that people type.
PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,$(if $(shell command -v $(name)),$(name))))
.DEFAULT_GOAL := help
.PHONY: help run test lint bench lock words

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /make \1	/p' Makefile

run: ## set up and serve the site on http://127.0.0.1:8000 (PORT=8011 for another port)
test: ## set up and run all checks and tests (ARGS="-k words" for some)
lint: ## run the checks alone
bench: ## measure, print a table and write bench/latest.json
lock: ## for maintainers: write both lock files anew (ARGS=--upgrade for newer releases; needs uv)
words: ## for maintainers: bring the translation files up to date with the words in use

run test lint bench lock words:
	@$(or $(PYTHON),$(error Python 3.11 or newer is missing)) bootstrap.py $@ $(ARGS)
