# `make demo` and `make test` set everything up first. Only Python 3.11, make and git are needed.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
READY_DEMO := $(VENV)/.ready-demo
DEMO   := build/demo

export MLFLOW_DISABLE_TELEMETRY = true
export ORT_DISABLE_TELEMETRY = 1

.PHONY: demo test test-long test-client lint docs bench retrain zoo-table vendor constraints locked sbom audit clean

# The demo needs neither TensorFlow nor the linters: it has a stamp of its own, which the whole environment sets as well.
$(READY): pyproject.toml constraints.txt .ci/environment.py
	$(call set-up,all$(comma)test$(comma)lint$(comma)docs)
	touch $(READY_DEMO) $(READY)

$(READY_DEMO): pyproject.toml constraints.txt .ci/environment.py
	$(call set-up,demo)
	touch $(READY_DEMO)

comma := ,
define set-up
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "lhnets needs Python 3.11 or later: make PYTHON=…")'
	@$(PYTHON) .ci/environment.py $(VENV) $(1)
endef

demo: $(READY_DEMO)  ## labels, fit, admission, registry, mirror; then a scan by the client alone
	$(BIN)/python demo/make.py $(DEMO)
	LHNETS_REGISTRY=$(DEMO)/mirror $(BIN)/python demo/scan.py $(DEMO)

WORKERS ?= 2
# One thread for each worker: threads of linear algebra that compete for cores double the time of the small fits.
PYTEST = OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses $(WORKERS) --dist loadfile
test: $(READY)  ## the suite but for its long tests; WORKERS=1 in one process, ARGS='-k name' and the like for pytest
	$(PYTEST) -m "not long" $(ARGS)

test-long: $(READY)  ## the long tests, some minutes: trainings of the pages, killed services, random requests
	$(PYTEST) -m long $(ARGS)

CLIENT = build/client-$(notdir $(PYTHON))
test-client:  ## the wheel without extras, in an environment of its own, passes the client's tests; PYTHON=python3.13
	rm -rf $(CLIENT) build/wheel
	$(PYTHON) -m venv $(CLIENT)
	$(CLIENT)/bin/python -m pip wheel --quiet --no-deps --wheel-dir build/wheel .
	$(CLIENT)/bin/python -m pip install --quiet --constraint constraints.txt build/wheel/*.whl pytest hypothesis pyslha
	cd $(CLIENT) && bin/python -m pytest -c ../../pyproject.toml --rootdir ../.. ../../tests/zoo

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/mypy tests
	$(BIN)/lint-imports

docs: $(READY)
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html

bench: $(READY)
	$(BIN)/python benchmarks/client.py

retrain: $(READY)  ## one network of each kind from its data set, beside the figures of its card; some minutes
	$(BIN)/python benchmarks/retrain.py $(ARGS)

zoo-table: $(READY)  ## one line a network, from the cards; ARGS=--markdown for a page
	@$(BIN)/python -m lhnets_training.judging.zoo_table $(ARGS)

vendor: $(READY)  ## the catalogue's browser runtime afresh from npm and PyPI, its checksums compared
	$(BIN)/python -m lhnets_registry.catalogue.vendoring

constraints:  ## resolve afresh, in an environment of its own
	rm -rf build/constraints
	$(PYTHON) -m venv build/constraints
	build/constraints/bin/python -m pip install --quiet --editable '.[all,test,lint,docs]'
	echo '# Versions that resolve together on Python 3.11, written by `make constraints`.' > constraints.txt
	build/constraints/bin/python -m pip freeze --exclude-editable | sed 's/^\(torch==[0-9.]*\)+.*/\1/' >> constraints.txt
	grep -v '^torch==' constraints.txt > build/constraints/hashed.txt
	build/constraints/bin/python -m pip install --quiet uv
	( echo '# The packages of constraints.txt with the SHA-256 of their files, written by `make constraints`. torch is left out: its CPU'; \
	  echo "# build comes from PyTorch's own index, or from a folder of wheels that pip is told of."; \
	  build/constraints/bin/uv pip compile --quiet build/constraints/hashed.txt --no-deps --generate-hashes --no-header --no-annotate \
	    --python build/constraints/bin/python ) > constraints.lock

locked:  ## the packages of constraints.lock into the environment, each by its hash
	[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps --requirement constraints.lock

TOOLS := build/tools
$(TOOLS)/.ready:
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python -m pip install --quiet cyclonedx-bom==7.5.0 pip-audit==2.10.1
	touch $@

sbom: $(READY) $(TOOLS)/.ready  ## the bill of materials of the environment, build/sbom.cdx.json (CycloneDX)
	$(TOOLS)/bin/cyclonedx-py environment $(BIN)/python --output-format JSON --output-file build/sbom.cdx.json

audit: $(TOOLS)/.ready  ## known vulnerabilities of the locked packages; says so where no advisories can be reached
	$(PYTHON) .ci/audit.py $(TOOLS)/bin/pip-audit

clean:
	rm -rf build dist docs/_build .pytest_cache .mypy_cache .ruff_cache
