# make reports · make test · make lab — each does all its own set-up in .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: reports test test-long wheel lab lint docs schema lock benchmarks clean

reports: .venv/base
	$(BIN)/digicit run --all --demonstration

test: .venv/dev
	$(BIN)/python -m pytest -n 2 --dist loadgroup --no-loadscope-reorder

test-long: .venv/dev
	$(BIN)/python -m pytest -n 2 --dist loadgroup --no-loadscope-reorder -m long

wheel: .venv/dev
	.ci/wheel

lab: .venv/dev
	$(BIN)/digicit lab

lint: .venv/dev
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy digicit_lib

docs: .venv/dev
	rm -rf docs/generated
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs build/docs
	@echo "The site: build/docs/index.html"

schema: .venv/base
	$(BIN)/python -c "import json; from digicit_lib.params import json_schema; print(json.dumps(json_schema(), indent=1, ensure_ascii=False))" > params/schema.json

benchmarks: .venv/dev
	for name in kernel_start cells noop batch scale; do $(BIN)/python benchmarks/$$name.py --write || exit 1; done

# The locks hold versions and hashes of every platform's wheels and no index address.
UV := uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --group build
lock:
	$(UV) pyproject.toml -o requirements.lock
	$(UV) -c requirements.lock --extra lab --extra test --extra cluster --extra names --extra docs pyproject.toml -o requirements-dev.lock

.venv/base: requirements.lock pyproject.toml $(wildcard digicit_lib/report/template/*)
	$(PYTHON) -c 'import sys; sys.exit("digicit needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	@echo "Setting up .venv, once: an environment, then about a hundred packages (some minutes, by your connection) …"
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing the packages of requirements.lock, their hashes checked …"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@echo "Ready. The command is $(BIN)/digicit; export PATH=\"\$$PWD/$(BIN):\$$PATH\" makes it plain digicit."
	touch $@

.venv/dev: .venv/base requirements-dev.lock
	@echo "Installing the test tools …"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	-@git config filter.digicit.clean ".venv/bin/python -m digicit_lib.runner.stored_outputs" && git config filter.digicit.smudge cat
	touch $@

clean:
	rm -rf outputs .venv
