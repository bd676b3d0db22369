# Every target sets the project up first; Python 3.11 and make are enough.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: setup demo run test check format bench docs migration lock

setup: $(READY)

$(READY): requirements-dev.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes --requirement requirements-dev.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

demo: setup
	$(BIN)/overture demo

run: setup
	$(BIN)/overture run

# Processes that the tests start find the bytecode of the ones before them.
test: export PYTHONDONTWRITEBYTECODE :=
test: setup
	$(BIN)/pytest --numprocesses 3 --dist worksteal

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Peers are measured beside the product and live in environments of their own; without node mail has no second peer.
bench: setup .bench/.ready
	$(BIN)/python -m benchmarks $(BENCH)

.bench/.ready: requirements-bench.lock benchmarks/peers/nodemailer/package-lock.json
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/pip install --quiet --require-hashes --requirement requirements-bench.lock
	mkdir -p .bench/nodemailer
	cp benchmarks/peers/nodemailer/package*.json .bench/nodemailer/
	if command -v npm; then npm ci --prefix .bench/nodemailer --ignore-scripts --no-audit --no-fund; fi
	touch $@

# Pages that are generated from the code.
docs: setup
	$(BIN)/python docs/lifecycle.py > docs/lifecycle.md

# A draft of the next migration, from what storage/tables/ says: make migration NAME="what changes"
migration: setup
	$(BIN)/python storage/migrations/new.py "$(NAME)"

# Resolve the dependencies anew. The lock holds versions and hashes, never an index address.
lock: setup
	$(BIN)/pip install --quiet pip-tools
	$(BIN)/pip-compile $(LOCK) --output-file requirements.lock pyproject.toml
	$(BIN)/pip-compile $(LOCK) --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["bench"], sep="\n")' \
	| $(BIN)/pip-compile $(LOCK) --constraint requirements.lock --output-file requirements-bench.lock -

LOCK := --quiet --strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --allow-unsafe --upgrade
