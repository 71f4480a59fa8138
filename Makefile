# Every target does all the set-up it needs; everything lands in .venv, node_modules and .cache, but for Debian's
# Chromium, which `make test` and `make dashboard` install for root.
PYTHON ?= python3
SCENARIO ?= real-incident

# The CDK runs on the Node that came with the Python packages, and must not phone home.
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/node_modules/.bin:$(PATH)
export CDK_DISABLE_CLI_TELEMETRY := 1
# Compiled once, and not by each of the processes that deploy, emulate and run functions.
unexport PYTHONDONTWRITEBYTECODE

# The tests of one file share a worker and what is deployed for them, in the order of tests/conftest.py. Three workers for
# two cores: what rehearses in virtual time mostly waits, and its clock slows down for whatever works.
SPREAD := -n 3 --dist loadfile --no-loadscope-reorder

VENV := .venv/.complete
NODE := node_modules/.complete
READY := $(VENV) $(NODE) prometheus

.PHONY: as-whom help setup prometheus chromium demo dashboard test rehearse-all soak sabotage mutants fuzz wire bench lint synth lock clean
.DEFAULT_GOAL := help

help:
	@echo "make demo          free a real wedged Prometheus on this machine ($(SCENARIO))"
	@echo "make dashboard     the deployed dashboard as a page on this machine, after some rehearsals"
	@echo "make test          all checks and the everyday tests"
	@echo "make rehearse-all  every scenario"
	@echo "make soak          thousands of schedules of faults against what must always hold"
	@echo "make sabotage      plant faults in the product and see each one caught"
	@echo "make mutants       change the decision core in every small way and see a test notice"
	@echo "make fuzz          hostile input for ten minutes, and new examples for every property"
	@echo "make wire          every variant over the wire: faults of AWS calls, IAM, the page, real programs"
	@echo "make bench         import time, memory and AWS calls against their limits"
	@echo "make lint          formatting, types and import contracts"
	@echo "make synth         the CloudFormation template, into cdk.out"
	@echo "make setup         only the set-up;  make lock: pin newer packages;  make clean: remove all it made"

setup: $(READY) chromium

$(VENV): requirements/bootstrap.txt requirements/dev.txt pyproject.toml tools/make-venv.sh
	@tools/make-venv.sh $(PYTHON)
	@touch $@

$(NODE): package-lock.json package.json | $(VENV)
	@echo "setup: installing the CDK command line and what judges tests ..."
	@npm ci --silent
	@touch $@

prometheus:
	@tools/get-prometheus.sh
	@tools/get-programs.sh

chromium:
	@tools/get-chromium.sh

# An emulator runs the functions' code, and a browser shows pages: as root both could do anything.
as-whom:
	@[ "$$(id -u)" != 0 ] || echo "warning: running as root; a user without privileges is enough"

demo: as-whom $(READY)
	@unwedge rehearse $(SCENARIO)

dashboard: as-whom setup
	@python -m rehearsal.dashboard $(DASHBOARD)

test: as-whom setup lint
	pytest $(SPREAD)

rehearse-all: $(READY)
	@unwedge rehearse --all

soak: $(READY)
	python -m tests.soak --seconds 3600 --jobs 2 --schedules 10000

sabotage: setup
	python -m tests.sabotage

mutants: setup
	python -m tests.mutation

fuzz: setup
	python -m tests.fuzz --seconds 600
	UNWEDGE_HYPOTHESIS=search pytest -q $$(grep -rl 'hypothesis import' tests --include='test_*.py')

wire: setup
	pytest $(SPREAD) tests/wire tests/dashboard tests/programs --all-scenarios

bench: $(READY)
	python -m tests.bench

lint: $(VENV)
	ruff check .
	ruff format --check .
	mypy
	lint-imports --no-cache

synth: $(READY)
	cdk synth --quiet

lock: $(VENV)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header -U -o requirements/bootstrap.txt requirements/bootstrap.in
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header -U -o requirements/asset.txt requirements/asset.in
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header -U -o requirements/dev.txt requirements/dev.in
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header -U -o requirements/cli.txt requirements/cli.in
	npm install --package-lock-only

clean:
	rm -rf .venv node_modules .cache cdk.out *.egg-info .mypy_cache .ruff_cache .pytest_cache
