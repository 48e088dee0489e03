# The two commands: `make run` and `make test`. `make help` lists the others.
# Settings come from the environment or the command line: PREFIX=, LISTEN=, ODOO_PORT= …

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help install run stop test test-fast lint format translations bench update clean

# Debian's own Python first: users other than the caller can reach it.
PYTHON ?= $(firstword $(wildcard /usr/bin/python3.1[1-9] /usr/bin/python3) python3)
DEV = exec $(PYTHON) -B -m dev.main


help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' $(MAKEFILE_LIST)

install: ## fetch and unpack everything that `make run` needs
	@$(DEV) install

run: ## start the whole system and print its address; Ctrl-C stops it
	@$(DEV) run

stop: ## stop what `make run` started
	@$(DEV) stop

test: ## all tests: lint, unit, Odoo, end to end
	@$(DEV) test

test-fast: ## the inner loop: unit tests, Odoo tests on a database kept ready; K=name
	@$(DEV) test-fast

lint: ## the linters alone
	@$(DEV) lint

format: ## lay out the sources as the linters want them
	@$(DEV) format

translations: ## export the terms anew, and bring the translations up to them
	@$(DEV) translations

bench: ## the benchmarks; ONLY=name runs one
	@$(DEV) bench

update: ## look for newer packages at the next `make run`
	@$(DEV) update

clean: ## stop everything and take it away
	@$(DEV) clean
