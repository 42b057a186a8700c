# What people and CI call. Everything that is needed is put into this folder: uv in .tools, the environment in .venv.
unexport PYTHONDONTWRITEBYTECODE
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory
# More than the cores: tests wait for the processes that they start.
WORKERS ?= 3

# In the order of the folders: the reordering by number of tests would leave the longest files to the end, for one worker alone.
PYTEST := -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -q
# What touches Dagster's API: run a second time on the lowest version of Dagster that is supported.
DAGSTER_TESTS := tests/_dagster tests/project tests/components tests/e2e/test_sales.py tests/e2e/test_partitions.py \
	tests/rules/test_library.py tests/rules/test_loading.py tests/rules/test_prototype_samples_loaded.py \
	tests/prototype/test_build_project.py tests/prototype/test_build_suite.py tests/prototype/test_prove.py tests/prototype/test_evidence_alerts.py \
	tests/prototype/test_evidence_conditions.py \
	tests/runtime/test_executor.py tests/runtime/test_code_server.py tests/launch/test_local.py

# Minutes long: runs of many kinds on both sides, and many kills.
WARM_RUNS := $(addprefix tests/runtime/test_,event_streams.py options.py crashes.py takeover.py isolation.py libraries.py)

# What drafts, builds, runs and proves whole projects, as a user would.
END_TO_END := tests/e2e $(addprefix tests/prototype/test_,build_project.py prove.py prove_faults.py) tests/cli/test_prototype.py tests/bench/test_bench.py

# Whole platforms on real processes.
PLATFORMS := $(addprefix tests/platform/test_,up.py storage.py celery.py locations.py deploy.py login.py variables.py ui.py faults.py soak.py) tests/launch/test_platform.py

.DEFAULT_GOAL := help
.PHONY: help setup setup-lowest setup-integrations demo modern-stack test test-e2e test-integrations test-warm-runs test-platform test-kills test-fuzz test-lowest check format docs bench bench-latency conformance lock clean

help: ## Show this
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Make the environment .venv
	@tools/setup .venv requirements.txt

modern-stack: setup-integrations ## Run Fivetran, dbt and Hightouch in one project in out/, offline
	@tools/modern_stack

setup-lowest:
	@tools/setup .venv-lowest requirements-lowest.txt

demo: setup ## Build, run and prove the sales example in out/
	@.venv/bin/dagway prototype examples/sales_analytics/blueprint.yaml out/ --demo

setup-integrations:
	@tools/setup .venv-integrations requirements-integrations.txt

test: setup ## Run the tests, but for those of the commands below
	@.venv/bin/python $(PYTEST) $(foreach other,tests/integrations $(END_TO_END) $(WARM_RUNS) $(PLATFORMS),--ignore $(other))

test-e2e: setup ## Draft, build, run and prove the examples and blueprints of other domains
	@.venv/bin/python $(PYTEST) $(END_TO_END)

test-warm-runs: setup ## Compare warm runs with Dagster's event by event, and kill their processes at random moments
	@.venv/bin/python $(PYTEST) $(WARM_RUNS)

test-platform: setup ## Run whole platforms: kills, storages, engines, the UI in a browser
	@.venv/bin/python $(PYTEST) $(PLATFORMS)

test-kills: setup ## Kill processes of warm runs KILLS times, 200 if it is not said: an hour
	@DAGWAY_TEST_KILLS=$(or $(KILLS),200) .venv/bin/python -m pytest -q -s -o faulthandler_timeout=0 tests/runtime/test_crashes.py

test-fuzz: setup ## Give `dagway check` 10,000 made-up and mutated files
	@DAGWAY_TEST_FUZZ=10000 .venv/bin/python -m pytest -q -s -o faulthandler_timeout=0 tests/rules/test_fuzz.py

test-integrations: setup-integrations ## Run the tests of components that need dbt, dlt, Sling, Feast, Snowflake's connector and the like
	@.venv-integrations/bin/python $(PYTEST) tests/integrations tests/catalog

test-lowest: setup-lowest ## Run the tests that touch Dagster on the lowest supported version
	@.venv-lowest/bin/python $(PYTEST) $(DAGSTER_TESTS)

check: setup setup-integrations ## Format, lint, types, layers, generated pages: all but the tests
	@tools/check

format: setup ## Format the code and mend what ruff can
	@.venv/bin/ruff format --quiet .
	@.venv/bin/ruff check --quiet --fix .

docs: setup setup-integrations ## Write the generated pages anew
	@tools/docs

bench: setup ## Measure what the README quotes
	@.venv/bin/python -m bench

bench-latency: setup ## Measure how long runs and steps take to start, beside other orchestrators
	@.venv/bin/python -m bench.latency

conformance: setup ## Run the tests of Dagster itself, stock and with our code server and executor
	@nice .venv/bin/python -m conformance

lock: setup ## Resolve every dependency anew
	@tools/lock

clean: ## Remove what was made here: environments, output, caches
	@rm -rf .venv .venv-lowest .venv-integrations .tools .conformance .bench out .pytest_cache .ruff_cache .hypothesis .import_linter_cache
