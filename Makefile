# make demo: the whole loop on real data, on this machine. make test: every test. make help: the rest.

SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# Quiet and quick, and nothing leaves the machine once set up.
export CDK_DISABLE_CLI_TELEMETRY := true
export UV_COMPILE_BYTECODE := 1
export UV_NO_PROGRESS := 1
unexport PYTHONDONTWRITEBYTECODE
unexport PIP_FIND_LINKS

.PHONY: help setup demo test unit lint types imports down clean lock

help: ## What can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(STAMP) node_modules/.installed build/packages/.built $(VENV)/.classes ## Virtual environment, CDK CLI and packages, from the locks

$(STAMP): requirements.lock requirements-installer.lock
	@echo "▸ Python packages (about a minute, once)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
		|| { echo "Python 3.11 is needed; $(PYTHON) is $$($(PYTHON) --version). Set PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes --disable-pip-version-check -r requirements-installer.lock
	@$(BIN)/uv pip sync --quiet --require-hashes --no-build-isolation requirements.lock
	@$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# npm comes with Node; where there is none, the pinned Node from the Python packages brings it.
node_modules/.installed: package-lock.json $(STAMP)
	@echo "▸ CDK CLI"
	@$(BIN)/python -m crispstack.cli.node npm ci --silent --no-audit --no-fund
	@touch $@

build/packages/.built: $(STAMP) stacks/packages.py
	@echo "▸ Deployment packages (about a minute, once)"
	@$(BIN)/python -m stacks.packages >/dev/null
	@touch $@

# Spark's classes, mapped instead of parsed: a job starts in half the time.
$(VENV)/.classes: $(STAMP)
	@echo "▸ Spark's class archive (about a minute, once)"
	@$(BIN)/python -m emulator.compute.class_archive >/dev/null
	@touch $@

demo: setup ## Deploy everything to the emulator and run all six phases on real data
	@$(BIN)/crisp up
	@$(BIN)/crisp deploy
	@$(BIN)/crisp run bank_marketing
	@$(BIN)/crisp predict bank_marketing --example
	@echo
	@echo "AWS goes on running on this machine. Next:"
	@echo "  $(BIN)/crisp report bank_marketing --open     the whole story, on one page"
	@echo "  $(BIN)/crisp status bank_marketing            where each phase left its artifact"
	@echo "  make down                                        destroy and stop everything"

# Two halves that take about as long, side by side: the end-to-end tests wait for others most of the time.
test: setup ## Every test
	@echo "▸ end to end, in the background; their output follows the other tests'"
	@$(BIN)/python -m pytest tests/end_to_end >build/background-tests.log 2>&1 & background=$$!; \
	$(BIN)/python -m pytest tests/unit tests/stacks tests/jobs tests/emulator; foreground=$$?; \
	wait $$background; ended=$$?; cat build/background-tests.log; exit $$((foreground || ended))

unit: setup ## The quick tests
	@$(BIN)/python -m pytest tests/unit tests/stacks

lint: setup ## Style, types and import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

down: setup ## Destroy what was deployed to the emulator and stop it
	@$(BIN)/crisp down --delete-data

clean: ## Remove what was built and installed here
	rm -rf build cdk.out .crisp $(VENV) node_modules

lock: ## Resolve the dependencies anew
	@$(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header \
		--extra cli --extra serving --extra training --extra report --extra exploration --extra privacy --extra collection \
		--group platform --group emulator --group build --group test --group compatibility --group lint -o requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --group build -c requirements.lock -o requirements-installer.lock
