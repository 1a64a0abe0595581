# make run · make ui · make test: each sets up what it needs, once.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
# A run of `make` never leaves this machine, whatever the shell's environment holds.
export EVENTHUB_CONNECTION_STRING :=

RUN := -u 50 -r 50 -t 30s
LOCUST := $(BIN)/locust -f locustfiles/payments.py
UI_PORT ?= 8089

.PHONY: run ui limit pipeline test tested prepared lint test-azure test-long chaos fuzz docker-test wheel bench clean
.DEFAULT_GOAL := run

$(BIN)/python:
	@command -v $(PYTHON) > /dev/null || { echo "there is no $(PYTHON): install Python 3.11 or later, or say PYTHON=… make" >&2; exit 1; }
	@$(PYTHON) tools/prerequisites.py
	@$(PYTHON) -m venv .venv

.venv/run.stamp: requirements.txt pyproject.toml | $(BIN)/python
	@$(BIN)/python tools/prerequisites.py
	@echo "Setting up .venv, once: this takes some minutes, as Qpid Proton is compiled …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[localhub]' > .venv/install.log 2>&1 \
	  || { $(BIN)/python tools/prerequisites.py --after .venv/install.log; exit 1; }
	@touch $@

.venv/dev.stamp: requirements-dev.txt .venv/run.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

run: .venv/run.stamp  ## 30 s headless against the local hub, with a summary
	$(LOCUST) --headless --only-summary $(RUN)

ui: .venv/run.stamp  ## the same with Locust's web UI on 127.0.0.1
	$(LOCUST) --web-host 127.0.0.1 --web-port $(UI_PORT) -u 50 -r 50

limit: .venv/run.stamp  ## the highest rate that this machine and the local hub hold, and what limits it; some minutes
	$(LOCUST) --headless --only-summary --paysim-config config/scenarios/breakpoint.yaml

.venv/pipeline.stamp: .venv/run.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[localhub,pipeline,postgresql]'
	touch $@

# PIPELINE='--lose 500 --double 700' makes it go wrong; DATABASE_URL=postgresql://… is its ledger instead of a file.
pipeline: .venv/pipeline.stamp  ## local hub, a pipeline behind it and 60 s of load; a page shows every hop
	$(BIN)/python -m examples.pipeline.demo $(PIPELINE)

lint: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# What pytest makes of the assertions of a test file is kept in __pycache__: made once here, and not by each worker under
# coverage.
prepared: .venv/dev.stamp
	@said=$$($(BIN)/pytest --collect-only -qq 2>&1) || { echo "$$said"; exit 1; }

test: export PYTHONDONTWRITEBYTECODE :=
test: .venv/dev.stamp  ## lint, types, import rules, tests, coverage
	$(MAKE) -j2 lint tested

# Beside lint, as mypy takes one processor for a minute. Tests call make themselves, which has nothing to do with that.
tested: prepared
	$(BIN)/coverage erase; rm -f .coverage.*
	MAKEFLAGS= $(BIN)/coverage run --concurrency=thread -m pytest -n 4 --dist worksteal -raR --durations 15
	$(BIN)/python tools/whole_coverage.py
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=90
	$(BIN)/coverage report --format=total --include='paysim/config/*' --fail-under=95
	$(BIN)/coverage report --format=total --include='paysim/transactions/*' --fail-under=95
	$(BIN)/coverage report --format=total --include='paysim/contract/*' --fail-under=100
	$(BIN)/coverage report --format=total --include='paysim/publishers/*' --fail-under=90
	$(BIN)/coverage report --format=total --include='paysim/cli/*' --fail-under=85

test-azure: .venv/dev.stamp  ## the integration test against a real hub, see README
	$(BIN)/pytest -m azure tests/integration

docker-test: .venv/dev.stamp  ## build the image and run it under Compose; prints the figures of docs/DISTRIBUTED.md
	$(BIN)/pytest -m docker -s tests/integration/test_docker.py

UPLOAD := dist/azure-load-testing
wheel: .venv/run.stamp  ## the wheel, in the flat folder that Azure Load Testing takes
	rm -rf build $(UPLOAD) && mkdir -p $(UPLOAD)
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir $(UPLOAD) .
	cp locustfiles/payments.py config/simulator_config.yaml config/azure-load-testing.yaml $(UPLOAD)
	cd $(UPLOAD) && wheel=$$(ls paysim-*.whl) && echo "$$wheel" > requirements.txt \
	  && sed -i.bak "s/paysim-.*\.whl/$$wheel/" azure-load-testing.yaml && rm azure-load-testing.yaml.bak
	ls $(UPLOAD)

test-long: .venv/dev.stamp  ## the promised figures at full length, and real runs that differ little from those of make test
	$(BIN)/pytest -m long -s

# CHAOS='--seed 7 --total 5000000 --rate 8000' says more; `python -m tests.chaos -h` says all.
chaos: .venv/dev.stamp  ## a distributed run under faults and kills, reconciled: one verdict
	$(BIN)/python -m tests.chaos $(CHAOS)

fuzz: .venv/dev.stamp  ## 200,000 mutated streams against the local hub
	$(BIN)/python -m tests.localhub.fuzz

bench: .venv/run.stamp  ## how fast this machine sends, and the SDK by itself; some minutes
	$(BIN)/paysim bench

clean:
	rm -rf .venv output build dist *.egg-info .coverage* htmlcov .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
