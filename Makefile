# make demo   from nothing to a result you can look at
# make test   style, types and tests
# make help   the rest

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP     = $(BIN)/python -m pip --disable-pip-version-check

# Printed before PyTorch is installed, unless it is: which of its builds is wanted depends on the machine.
LARGE_TORCH = $(BIN)/python -c 'import torch' 2>/dev/null || { \
	echo "With the CPU build of PyTorch: about 400 MB to download, 1.5 GB more on disk, a few minutes."; \
	echo "On Linux, pip takes the build for NVIDIA GPUs: about 6 GB on disk. To have the CPU build, stop here (Ctrl+C), and"; \
	echo "run make torch-cpu first."; }

# Processes that share the tests. Each takes a core and some 2 GB.
PYTEST_WORKERS ?= 2

# The threads of PyTorch and of numpy spin while they wait, and several processes of tests would take the cores from
# each other.
test test-slow coverage documented: export OMP_WAIT_POLICY ?= passive
test test-slow coverage documented: export OPENBLAS_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help clean \
	setup torch-cpu \
	demo \
	test lint format test-slow documented lint-workflows coverage asan fuzz \
	docs share \
	oldest newest prereleases outdated licences \
	wheels try-wheels release-text release-check

# A line with ##@ begins a group.
help: ## What there is
	@awk -F ':.*## ' '/^##@ / { print "\n" substr($$0, 5) } /^[a-z-]+:.*## / { printf "  %-16s%s\n", $$1, $$2 }' \
		$(firstword $(MAKEFILE_LIST))

# Installed again when a dependency or a source of the kernels changes.
$(VENV)/.installed: pyproject.toml constraints.txt setup.py $(wildcard src/midframe/engines/cpu/kernels/source/*)
	@command -v $(PYTHON) >/dev/null || { echo "midframe needs Python 3.11 or later: install it, or name it with make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is too old: midframe needs Python 3.11 or later. Name another with make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "$(PYTHON) has no venv module: on Debian and Ubuntu, apt install python3-venv"; exit 1; }
	@echo "Building the environment in $(VENV): 95 MB to download, 340 MB on disk, one to five minutes."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "Adding PyTorch, Ray and all that the tests need."
	@$(LARGE_TORCH)
	@$(PIP) install --constraint constraints.txt --editable '.[dev]'
	@touch $@

$(VENV)/.installed-all: $(VENV)/.installed
	@echo "Adding PyTorch, Ray and the libraries that measure."
	@$(LARGE_TORCH)
	@$(PIP) install --constraint constraints.txt --editable '.[app,evaluate,ncnn,ray,torch]'
	@touch $@

$(VENV)/.installed-docs: $(VENV)/.installed
	@echo "Adding what builds the documentation site: 20 MB to download."
	@$(PIP) install --constraint constraints.txt --editable '.[docs]'
	@touch $@

$(VENV)/.installed-workflows: $(VENV)/.installed
	@echo "Adding what checks workflows and container files: 40 MB to download."
	@$(PIP) install --constraint constraints.txt --editable '.[workflows]'
	@touch $@

$(VENV)/.installed-release: $(VENV)/.installed
	@echo "Adding what builds and checks packages: 20 MB to download."
	@$(PIP) install --constraint constraints.txt --editable '.[release]'
	@touch $@

##@ Environments

setup: $(VENV)/.installed-all ## Build the environment in .venv, with PyTorch, Ray and what evaluation needs

# uv knows where PyTorch's builds lie; on macOS and Windows, the ordinary one is for CPUs.
torch-cpu: $(VENV)/.installed ## PyTorch's build for CPUs into .venv, before anything that takes the one for NVIDIA GPUs
	@$(PIP) install --constraint constraints.txt uv
	$(BIN)/uv pip install --python $(BIN)/python --torch-backend cpu --constraint constraints.txt torch

clean: ## Remove the environment and all output
	rm -rf $(VENV) .venv-oldest .venv-newest out build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage

##@ Results

demo: $(VENV)/.installed ## Interpolate a real clip; see out/demo/
	@echo "Interpolating a second of video: half a minute or so, and 27 MB to download the first time."
	@$(BIN)/midframe demo --output out/demo

##@ Checks

test: lint ## Style, types and all tests but the slow ones
	$(BIN)/python -m pytest --numprocesses $(PYTEST_WORKERS) --dist loadgroup

lint: $(VENV)/.installed-dev ## Style, spelling and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/codespell
	$(PIP) check
	$(BIN)/mypy

format: $(VENV)/.installed-dev ## Put the code in its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

test-slow: $(VENV)/.installed-dev ## The tests that take minutes each
	$(BIN)/python -m pytest -m slow

documented: $(VENV)/.installed-dev ## The examples, and every command and block of the pages, the slow ones too
	$(BIN)/python -m pytest tests/examples tests/e2e/test_docs_commands.py tests/e2e/test_docs_python.py -m "slow or not slow"
	$(BIN)/python -m tools.documented

lint-workflows: $(VENV)/.installed-workflows ## The forge's workflows, the scripts for Bash and the container files
	PATH=$(CURDIR)/$(BIN):$$PATH actionlint
	$(BIN)/zizmor --offline --pedantic --quiet .
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-actions .github/actions/*/action.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/shellcheck .ci/run tools/*.sh
	$(BIN)/hadolint containers/*.Dockerfile

# By itself, because measuring takes half as long again as the tests.
coverage: $(VENV)/.installed-dev ## Branch coverage of the unit, contract and property tests
	$(BIN)/python -m pytest tests/unit tests/contract tests/property --numprocesses $(PYTEST_WORKERS) --dist loadgroup \
		--cov --cov-report=term --cov-report=html:out/coverage

asan: $(VENV)/.installed-dev ## The CPU kernels' tests under AddressSanitizer (needs GCC)
	PYTHON=$(CURDIR)/$(BIN)/python tools/asan.sh

fuzz: $(VENV)/.installed-dev ## Damaged and hostile files for everything that reads files, for some ten minutes
	$(BIN)/python -m pytest tests/fuzz --hypothesis-profile=fuzz

##@ Documentation

docs: $(VENV)/.installed-docs ## The documentation site, into out/site; warnings and broken links are errors
	$(BIN)/python -m tools.site

share: $(VENV)/.installed ## Completion of shells and manual pages, made again from the commands
	$(BIN)/python -m tools.share

##@ Libraries

oldest: $(VENV)/.installed-dev ## Tests with the oldest versions of all libraries that are allowed, in .venv-oldest
	$(BIN)/python -m tools.dependencies oldest -- --numprocesses $(PYTEST_WORKERS) --dist loadgroup

newest: $(VENV)/.installed-dev ## Tests with the newest versions of all libraries that are allowed, in .venv-newest
	$(BIN)/python -m tools.dependencies newest -- --numprocesses $(PYTEST_WORKERS) --dist loadgroup

prereleases: $(VENV)/.installed-dev ## The same with pre-releases; what is deprecated is reported
	$(BIN)/python -m tools.dependencies newest --pre -- --numprocesses $(PYTEST_WORKERS) --dist loadgroup

outdated: $(VENV)/.installed-dev ## Which pins in constraints.txt are outdated, missing or superfluous
	$(BIN)/python -m tools.dependencies outdated

licences: $(VENV)/.installed-dev ## Write the table of docs/reference/licences.md
	$(BIN)/python -m tools.dependencies licences

##@ Releases

wheels: $(VENV)/.installed-release ## Source distribution and wheels, into dist, checked; Linux, with GCC
	$(BIN)/python -m tools.wheels

# In systems that hold nothing but Python; needs root on Linux, with debootstrap.
try-wheels: $(VENV)/.installed-release ## Install and run the wheels of dist in clean systems, as an ordinary user
	$(BIN)/python -m tools.clean dist/*.whl

release-text: ## What the changelog lacks for a release, and what only the owner can fill in
	$(PYTHON) -m tools.release text

release-check: ## Everything that has to hold before a release, for half an hour
	$(PYTHON) -m tools.release check
