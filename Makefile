# Nerve. `make help` lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PORT ?= 8090

.PHONY: help run test fmt check bench publish openapi clean

help: ## List the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

run: ## Build and start a center and an agent of this machine (PORT=8090)
	@PORT=$(PORT) eng/run.sh

test: ## Run every test, installing what the tests need
	@eng/test.sh

fmt: ## Format the code
	dotnet format Nerve.slnx
	npm --prefix web run format

check: ## Formatting, linters, types and the agent's AOT gate
	@eng/check.sh

bench: ## Measure the programs, each number beside a baseline (ARGS='agent-file --rounds 3' for some)
	@eng/bench.sh $(ARGS)

publish: ## Publish into dist/
	@eng/publish.sh

openapi: ## Write docs/openapi.json as the center serves it
	@eng/openapi.sh

clean: ## Remove build outputs
	rm -rf artifacts dist web/dist
