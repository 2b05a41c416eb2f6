# Every target first makes the machine ready: uv, .venv, the Pulumi engine. That is quick when all is there.
PYTHON ?= python3
RUN := .venv/bin/python
# What Python compiles is kept, in git-ignored folders: many processes would each compile the same again.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup demo test test-fast test-long bench lint
.DEFAULT_GOAL := help

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

setup: ## get what all the others need
	@command -v $(PYTHON) >/dev/null || { echo 'WASL-SETUP-PYTHON: there is no $(PYTHON) here; Python 3.11 or newer is needed'; echo '  next:  install it (apt install python3 python3-venv), then: make setup'; exit 1; } >&2
	@$(PYTHON) infra/engine/bootstrap.py

demo: setup ## the main job, offline: nine tenancies in an embedded AWS, a break, its finding, its repair
	@$(RUN) -m wasl.demo

test: setup ## all that a machine can run in some minutes
	@$(RUN) -m pytest -n 2 --no-loadscope-reorder -m "not long"

test-fast: setup ## the inner loop: nothing that takes seconds
	@$(RUN) -m pytest -n 2 --no-loadscope-reorder -m "not long and not slow"

test-long: setup ## everything, nightly
	@$(RUN) -m pytest -n 2 --no-loadscope-reorder

bench: setup ## measure, and write docs/BENCHMARKS.md
	@$(RUN) -m bench

lint: setup ## formatting, rules, types
	@$(RUN) -m ruff format --check .
	@$(RUN) -m ruff check .
	@$(RUN) -m mypy
