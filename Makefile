# The front door. Everything here is a thin call: the work is in CMake, scripts/ and test/.
#
#   make run          set up, build, start the server (ARGS="--listen 0.0.0.0:5173 --data /var/lib/opik")
#   make test         set up, build, every test in its short form; the last line is the summary
#   make test-long    the long forms: test-race, test-crash, test-filters, test-sdk-long, test-python-long, fuzz
#   make test-ui      all tests of the web UI in a browser; a short set is in `make test`
#   make screenshots  pictures of every page into docs/screenshots
#   make ui-dev       the web UI with hot reload on 127.0.0.1:5174, in front of a running server (OPIKD_URL)
#   make bench        the table of speeds and sizes (SPANS=1000000)
#   make bench-sdk    what a logging call of the C++ SDK costs and its spans per second, beside the Python SDK's
#   make bench-python what a tracing call costs in Python, as a ratio to the official SDK
#   make asan tsan    the unit tests and a short set of server tests under the sanitizers
#   make format lint  clang-format in place; clang-format and clang-tidy as a check

SHELL := /bin/bash
JOBS ?= $(shell nproc)
SPANS ?= 1000000
FUZZ_SECONDS ?= 600
PYTEST := .venv/opik-2.0.2/bin/python -m pytest -c test/pytest.ini
UI_PYTHON := .venv/ui/bin/python
OPIKD := build/release/bin/opikd
SOURCES = $(shell find src test bench fuzz include -name '*.h' -o -name '*.cc' 2>/dev/null)

.PHONY: run build test test-long test-race test-crash test-filters test-sdk-long test-python-long test-ui screenshots ui-dev fuzz bench bench-sdk bench-python asan tsan format lint setup-build setup-test setup-lint clean

run: setup-build
	@cmake --preset release -DOPIK_TESTS=OFF -DOPIK_BENCH=OFF >/dev/null
	@cmake --build --preset release --target opikd -j $(JOBS)
	@exec $(OPIKD) serve $(ARGS)

build: setup-test
	@cmake --preset release -DOPIK_TESTS=ON -DOPIK_BENCH=ON >/dev/null
	@cmake --build --preset release -j $(JOBS)
	@scripts/python_package.sh

test: build
	@scripts/test.sh

test-long: test-race test-crash test-filters test-sdk-long test-python-long fuzz

test-race: build
	OPIK_LONG=1 $(PYTEST) test/race test/law_http -s

test-crash: build
	OPIK_LONG=1 $(PYTEST) test/fault -s

test-filters: build
	OPIK_FILTER_RUNS=50000 build/release/bin/opik_law_test --gtest_filter='*FilterDifference*'

test-sdk-long: build
	OPIK_LONG=1 build/release/bin/opik_sdk_test
	OPIK_LONG=1 $(PYTEST) test/sdk -s

test-ui: build
	$(UI_PYTHON) -m pytest -c test/pytest.ini test/ui
	cd web && npx --no-install vitest run

screenshots: build
	@$(UI_PYTHON) test/ui/screenshots.py

ui-dev: setup-build
	@scripts/web_packages.sh
	@cd web && npx --no-install vite

test-python-long: build
	OPIK_LONG=1 $(PYTEST) test/python -s

fuzz: setup-test
	@scripts/fuzz.sh $(FUZZ_SECONDS)

bench: build
	@bench/run.py --spans $(SPANS)

bench-sdk: setup-test
	@cmake --preset release >/dev/null
	@cmake --build --preset release --target opik-bench-sdk -j $(JOBS)
	@bench/sdk.py

bench-python: build
	@bench/python_cost.py

asan: setup-test
	@scripts/sanitize.sh asan

tsan: setup-test
	@scripts/sanitize.sh tsan

format: setup-lint
	@clang-format-14 -i $(SOURCES)

lint: setup-lint
	@scripts/lint.sh $(JOBS)

setup-build:
	@scripts/setup.sh build
setup-test:
	@scripts/setup.sh test
setup-lint:
	@scripts/setup.sh lint

clean:
	rm -rf build
