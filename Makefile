# `make demo` and `make test` do all the set-up: nothing is assumed but Python 3.11, make and the
# package registries.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check
# After the installs nothing is fetched from anywhere.
OFFLINE := OFRENDA_OFFLINE=1 HF_HUB_OFFLINE=1
# What the tests need beside Python: a browser, and recordings of a real voice.
DEBIAN  := chromium asterisk-core-sounds-en asterisk-core-sounds-en-g722 asterisk-moh-opsound-g722

.PHONY: demo test lint types floors unit bench lock clean system

demo: $(VENV)/.installed
	$(OFFLINE) OFRENDA_HOME=$(CURDIR)/.demo/home OFRENDA_CACHE=$(CURDIR)/.demo/cache \
		$(BIN)/ofrenda demo --folder $(CURDIR)/.demo/family

test: system $(VENV)/.installed-dev lint types floors unit

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

floors: $(VENV)/.installed-dev
	$(BIN)/lint-imports

# First what may run side by side, then what is measured in real time, with nothing beside it.
# A machine that is shared can stall for a second: what failed in real time is tried once more.
unit: $(VENV)/.installed-dev
	$(OFFLINE) $(BIN)/python -m pytest -n 2 --dist loadfile -m "not realtime"
	$(OFFLINE) $(BIN)/python -m pytest -m realtime \
		|| $(OFFLINE) $(BIN)/python -m pytest -m realtime --last-failed --last-failed-no-failures none

bench: $(VENV)/.installed-dev
	$(OFFLINE) $(BIN)/ofrenda bench call

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) install --quiet --require-hashes --no-deps -r requirements.lock
	$(PIP) install --quiet --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	$(PIP) install --quiet --require-hashes --no-deps -r requirements-dev.lock
	touch $@

system:
	@missing=""; \
	for package in $(DEBIAN); do \
		dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q "install ok installed" \
			|| missing="$$missing $$package"; \
	done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ]; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$missing; \
	else \
		echo "The tests need these Debian packages; run: sudo apt-get install$$missing"; exit 1; \
	fi

# Needs `uv`; only for those who change the dependencies.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--extra build pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--extra build --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean:
	rm -rf $(VENV) .demo
