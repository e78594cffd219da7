.DEFAULT_GOAL := help
PY ?= python3
V  := .venv
B  := $(V)/bin
N  := $(shell echo $$(( $$(nproc 2>/dev/null || echo 2) * 2 )))

.PHONY: help demo demo-fresh demo-bare day night compare test test-fast lint types migrations bench bench-large sure lock clean

help: ## say what each command does
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: $(V)/.ok ## start everything on this machine, run a night, stay up until Ctrl-C
	$(B)/python -m tools.demo

demo-fresh: $(V)/.ok ## forget the demo's data, then the same from nothing
	$(B)/python -m tools.demo --fresh

demo-bare: $(V)/.ok ## a fresh organization, to set up from a code: from nothing to the first night
	$(B)/python -m tools.demo --bare --fresh --members 0

day: $(V)/.ok ## a day passes at the running demo's Real Magnet, so that Sync now finds news
	$(B)/python -m tools.next_day

night: $(V)/.ok ## three nights without a screen; exits 0 only if the books close each time
	$(B)/python -m tools.night

compare: $(V)/.ok ## every figure on screens and in Salesforce against an independent count, after late opens and deletions, too
	$(B)/python -m tools.compare

test: $(V)/.ok ## every test (finds or installs a Chromium first)
	$(B)/python -m tools.chromium
	$(B)/python -m pytest -n $(N) --dist worksteal

test-fast: $(V)/.ok ## the tests without browsers, PostgreSQL and killed processes
	$(B)/python -m pytest -n $(N) --dist worksteal -m "not browser and not postgres and not faults"

lint: $(V)/.ok ## style, and the import contracts
	$(B)/ruff check --no-cache .
	$(B)/ruff format --check .
	$(B)/lint-imports

types: $(V)/.ok ## pyright, strict on our packages
	$(B)/pyright

migrations: $(V)/.ok ## up, down, and equal to the tables, on SQLite and PostgreSQL
	$(B)/python -m pytest -q tests/system/test_migrations.py

bench: $(V)/.ok ## 10,000, 100,000 and 1,000,000 activities and a Campaign of 200,000 against the budgets
	$(B)/python -m tools.bench 10000 100000 1000000
	$(B)/python -m tools.bench_upload 20000 200000

bench-large: $(V)/.ok ## the same with 10,000,000 as well
	$(B)/python -m tools.bench 10000 100000 1000000 10000000

sure: lint types test ## everything a change must pass

lock: $(V)/.ok ## pin every dependency again, with hashes and without addresses
	$(B)/uv pip compile pyproject.toml --all-extras --universal --generate-hashes --no-header -q -o requirements.lock

clean: ## forget the environment and the demo's data
	rm -rf $(V) var

$(V)/.ok: requirements.lock pyproject.toml
	@$(PY) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@test -x $(B)/python || $(PY) -m venv $(V) || { echo "Python lacks its venv module: on Debian or Ubuntu install python3-venv"; exit 1; }
	@test -x $(B)/uv || $(B)/python -m pip install -q --disable-pip-version-check "uv$$(sed -n 's/^uv\(==[^ ]*\).*/\1/p' requirements.lock)"
	@$(B)/uv pip install -q --python $(B)/python --require-hashes -r requirements.lock
	@$(B)/uv pip install -q --python $(B)/python --no-deps -e .
	@touch $@
