# The commands of this project. `make` alone lists them.
# Needs Python 3.11 or newer (PYTHON=… names another one) and nothing else: no root, no Docker.

PYTHON ?= python3
BIN := .venv/bin
# Checks start no service; a connection that somebody attempts all the same fails at once.
OFFLINE := DATABASE_URL=postgres://nobody@127.0.0.1:1/none CELERY_BROKER_URL=redis://127.0.0.1:1/0
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --generate-hashes --override requirements-overrides.txt

.DEFAULT_GOAL := help
.PHONY: help demo demo-stop demo-status test check lint format types imports lock migrations messages \
        openapi golden bench browser soak clean product tools
.SILENT:

help:
	echo "make demo         the newsroom on http://127.0.0.1:8000; Ctrl-C ends it"
	echo "                  PORT=8001 another port · DETACH=1 come back when it answers · VAR_DIR=… other data"
	echo "make demo-stop    end it; its data are kept"
	echo "make demo-status  what is running"
	echo "make test         checks and all tests, on services of their own"
	echo "                  ARGS='tests/news -k embargo' for some of them"
	echo "make check        style, types, imports, migrations, messages, OpenAPI: no service, under 30 s"
	echo "make lint         style only · make types · make imports"
	echo "make format       put the sources into the project's form"
	echo "make lock         requirements*.in → requirements*.txt, with hashes"
	echo "make migrations   write migrations for changed models"
	echo "make messages     bring the French catalogue in line with the sources"
	echo "make openapi      renew the committed OpenAPI description"
	echo "make golden       renew the golden JSON answers (read the diff!)"
	echo "make bench        the benchmarks there are, and how to run them"
	echo "make browser      fetch a Chromium for the browser tests, where the machine has none"
	echo "make soak         the tests of faults, streams, the feed and the API's description, with far more of them"
	echo "make clean        end the demo and delete its data, caches and .venv"

demo: product
	exec $(BIN)/python -m cms.local demo $(if $(filter-out 0,$(DETACH)),--detach)

demo-stop:
	if [ -x $(BIN)/python ]; then $(BIN)/python -m cms.local stop; else echo "Nothing was running."; fi

demo-status: product
	$(BIN)/python -m cms.local status

test: check
	$(BIN)/python -m pytest $(or $(ARGS),--numprocesses=2 --dist=loadfile --no-loadscope-reorder)

check: lint types imports
	$(OFFLINE) $(BIN)/python -W ignore manage.py makemigrations --check --dry-run
	$(BIN)/python -m cms.local.messages check
	$(OFFLINE) $(BIN)/python -m cms.local.openapi check

lint: tools
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: tools
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: tools
	$(BIN)/mypy

imports: tools
	$(BIN)/lint-imports --no-logo

lock: tools
	$(LOCK) requirements.in -o requirements.txt $(ARGS)
	$(LOCK) requirements-dev.in -o requirements-dev.txt $(ARGS)
	cd tests/chromium && ../../$(LOCK:requirements-overrides.txt=../../requirements-overrides.txt) requirements.in -o requirements.txt $(ARGS)
	if grep -n '://' requirements.txt requirements-dev.txt tests/chromium/requirements.txt tests/chromium/package-lock.json; \
	  then echo "An address is in a lock."; exit 1; fi

migrations: tools
	$(OFFLINE) $(BIN)/python -W ignore manage.py makemigrations $(ARGS)

messages: tools
	$(BIN)/python -m cms.local.messages update

openapi: tools
	$(OFFLINE) $(BIN)/python -m cms.local.openapi write

golden: tools
	$(BIN)/python -m pytest --inline-snapshot=fix,create $(ARGS)

bench: tools
	echo "$(BIN)/python -m benchmarks.read_api   reading, against stock Wagtail's APIs and Django's floor (--help)"
	echo "$(BIN)/python -m benchmarks.publish    publishing with and without documents, rendering again (--help)"
	echo "$(BIN)/python -m benchmarks.logins     reading while people log in (--help)"
	echo "$(BIN)/python -m benchmarks.newsletter_sync   100,000 subscribers pushed to the double of Mailchimp (--help)"
	echo "$(BIN)/python -m benchmarks.search_speed   two words among 100,000 documents, against Wagtail and ILIKE (--help)"
	echo "$(BIN)/python -m benchmarks.trim       cutting 30 s, against ffmpeg -c copy and others (--help)"
	echo "$(BIN)/python -m benchmarks.search_quality    judged queries, against Wagtail's own search (--misses, --help)"
	echo "Each has services of its own in a throw-away folder. benchmarks/README.md says what came out."

browser: tools
	$(BIN)/python tests/chromium/fetch.py

soak: tools
	SOAK=1 $(BIN)/python -m pytest tests/contract tests/cutting tests/faults tests/streams tests/delivery/test_feed.py \
	  tests/delivery/test_editorial_machine.py tests/newsletter/test_convergence.py tests/newsletter/test_moving_convergence.py $(ARGS)

clean:
	if [ -x $(BIN)/python ]; then $(BIN)/python -m cms.local clean; fi
	rm -rf .venv .ruff_cache .mypy_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Two layers of packages: what the product runs on, and on top of it what developers need. Each is installed
# anew only when its lock has changed, which the copy kept inside .venv tells.
product:
	cmp -s requirements.txt .venv/installed/requirements.txt || $(MAKE) --no-print-directory install-requirements

tools: product
	cmp -s requirements-dev.txt .venv/installed/requirements-dev.txt \
	  || $(MAKE) --no-print-directory install-requirements-dev

install-%: %.txt
	$(BIN)/python -m pip --version > /dev/null 2>&1 || $(MAKE) --no-print-directory .venv
	printf 'Installing %s packages (%s); this takes about a minute, once …\n' "$$(grep -c '==' $<)" $<
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	mkdir -p .venv/installed && cp $< .venv/installed/

.PHONY: .venv
.venv:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || { \
	  echo "This needs Python 3.11 or newer; name yours with PYTHON=…, e.g. make demo PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv --clear .venv || { rm -rf .venv; \
	  echo "Python's venv module is missing; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
