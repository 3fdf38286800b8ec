# Every target does its own set-up: Python 3.11+ with its venv module, Git and make are all a machine needs.
# `make help` lists the targets.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

# Whoever runs this file trusts the folder it stands in, also where root runs it on the files of a user.
export QCDK_TRUST ?= $(CURDIR)

# Otherwise, each of many processes would compile the package again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# A stamp says nothing about an environment that has since been broken.
$(shell test ! -e $(VENV)/run.stamp || $(BIN)/python -I tools/bootstrap.py check 2>/dev/null || rm -f $(VENV)/*.stamp)

$(VENV)/run.stamp: requirements/run.lock pyproject.toml
	@$(PYTHON) tools/bootstrap.py run

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements/dev.lock
	@$(PYTHON) tools/bootstrap.py dev

.PHONY: synth
synth: $(VENV)/run.stamp ## Write dist/ from apps/
	@$(BIN)/qcdk synth
	@mkdir -p .github/workflows && cp dist/cicd/github/.github/workflows/*.yml .github/workflows/

.PHONY: test
test: $(VENV)/dev.stamp ## Run every check: format, lint, types, layers, tests
	@$(BIN)/python tools/check.py

.PHONY: quick
quick: $(VENV)/dev.stamp ## Run the checks and the tests that take no time; a minute
	@$(BIN)/python tools/check.py --quick

.PHONY: check
check: $(VENV)/dev.stamp ## Run some checks: make check ONLY="lint types tests/model"
	@$(BIN)/python tools/check.py $(ONLY)

.PHONY: waivers
waivers: $(VENV)/dev.stamp ## Fail where an exception in policy/ has expired; make test only warns
	@$(BIN)/python tools/waivers.py

.PHONY: alone
alone: $(VENV)/dev.stamp ## Run each test file by itself, in random order, without Node.js; an hour
	@$(BIN)/python tools/alone.py $(ONLY)

.PHONY: fresh
fresh: $(VENV)/dev.stamp ## Run both commands and the pipeline's checks on a new Debian machine; root, an hour
	@$(BIN)/pytest -q --machine tests/project/test_fresh_machine.py

.PHONY: fuzz-text
fuzz-text: $(VENV)/dev.stamp ## Give every field of the model 200 texts and read them back; an hour or less
	@GOGC=400 TEXT_ROUNDS=$${TEXT_ROUNDS:-76} TEXT_SEED=$${TEXT_SEED:-$$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')} $(BIN)/pytest -q --fuzz -n 2 tests/text/test_every_field.py

.PHONY: fuzz-values
fuzz-values: $(VENV)/dev.stamp ## Change each value of a project and check that the output changes; half an hour
	@$(BIN)/pytest -q --fuzz tests/model/test_every_value.py

.PHONY: mutate
mutate: $(VENV)/dev.stamp ## Change the code in about 100 places, one at a time, and count what the tests notice; half an hour
	@$(BIN)/python tools/mutate.py $(ARGS)

.PHONY: day-two
day-two: $(VENV)/dev.stamp ## Upgrade a cluster, rebuild an environment and apply single features on the emulator of AWS; minutes
	@$(BIN)/pytest -q --cloud -m cloud tests/aws

.PHONY: trust
trust: $(VENV)/dev.stamp ## Prove what a release promises: fuzzing, faults, secrets, licences, reproducible builds; twenty minutes
	@$(BIN)/python tools/fetch_environments.py
	@$(BIN)/python tools/trust.py $(ONLY)

.PHONY: faults
faults: $(VENV)/dev.stamp ## Inject each fault into a deployment on each CI system, and print what became of it; ten minutes
	@$(BIN)/python tools/fetch_helm.py
	@$(BIN)/python tools/faults.py $(ARGS)

.PHONY: format
format: $(VENV)/dev.stamp ## Format and fix what ruff can
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

.PHONY: snapshots
snapshots: $(VENV)/dev.stamp ## Rewrite the snapshots and docs/api.txt; review the diff like code
	@$(BIN)/python tools/api.py
	@$(BIN)/pytest -q -m "not slow" --snapshot-update

.PHONY: bench
bench: $(VENV)/dev.stamp ## Measure speed and memory, as ratios within one run; WRITE=1 records them in benchmarks/results.md
	@status=0; $(BIN)/python benchmarks/run.py $(if $(WRITE),--write) || status=1; \
	  $(BIN)/python benchmarks/chart.py || status=1; $(BIN)/python benchmarks/services.py || status=1; exit $$status

.PHONY: bench-growth
bench-growth: $(VENV)/dev.stamp ## Measure how the cost grows, to 1,000 components in 20 environments; WRITE=1 records it; a quarter of an hour
	@$(BIN)/python tools/fetch_environments.py bindings
	@$(BIN)/python benchmarks/growth.py $(if $(WRITE),--write)

.PHONY: fuzz-model
fuzz-model: $(VENV)/dev.stamp ## Run 5,000 mutated models through the loader and 500 through qcdk synth; FUZZ_SEED repeats a run
	@FUZZ_LOADED=5000 FUZZ_SYNTHESIZED=500 $(BIN)/pytest -q -s -n 0 --fuzz tests/model/test_mutations.py

.PHONY: fuzz
fuzz: $(VENV)/dev.stamp ## Synthesize 1,000 generated projects, kill 100 runs, edit 200 times, render 500 values files; hours
	@FUZZ_SEED=$${FUZZ_SEED:-new} FUZZ_PROJECTS=1000 FUZZ_KILLS=100 FUZZ_EDITS=200 FUZZ_VALUES=500 $(BIN)/pytest \
	  -q -s -n 0 tests/synth/test_drawn_projects.py tests/synth/test_kill.py tests/synth/test_units.py tests/helm/test_random_values.py \
	  tests/helm/test_values.py

.PHONY: week
week: $(VENV)/dev.stamp ## Simulate a week of schedules, restores and rollouts in 50 generated projects; ten minutes
	@WEEK_PROJECTS=50 FUZZ_SEED=$${FUZZ_SEED:-new} WEEK_SEEDS=20 $(BIN)/pytest -q -n 0 tests/kubernetes/test_week.py

.PHONY: lock
lock: $(VENV)/dev.stamp ## Resolve the dependencies again and rewrite requirements/*.lock
	@$(BIN)/python tools/lock.py

.PHONY: docs
docs: $(VENV)/dev.stamp ## Build the documentation site into build/site; a link that leads nowhere fails
	@$(BIN)/python tools/fetch_environments.py docs
	@$(BIN)/python tools/site.py

.PHONY: screenshots
screenshots: $(VENV)/dev.stamp ## Take the pictures of the report in docs/ that README.md shows; needs Chromium
	@$(BIN)/python tools/screenshots.py

.PHONY: images
images: $(VENV)/run.stamp ## Build the container images; ARGS takes the options of docker/build.sh
	@$(BIN)/python tools/images.py $(ARGS)

.PHONY: wheel
wheel: $(VENV)/dev.stamp ## Build the wheel and the source archive into build/
	@$(BIN)/python -m build --no-isolation --outdir build

.PHONY: clean
clean: ## Remove everything that is not in Git, except the virtual environment
	@git clean -fdXq -e '!$(VENV)'
