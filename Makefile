# `make help` lists the shortcuts. Everything lives in .venv; nothing is installed elsewhere.
SHELL := /bin/bash
PYTHON ?= python3
UV := uv==0.13.9
BIN := .venv/bin
READY := .venv/.ready
MMML := $(BIN)/mmml

EXPERIMENT ?= blur_gradients
INPUT ?= data/photos
PORT ?= 5000

.DEFAULT_GOAL := help
.PHONY: help setup demo train predict sweep tune test test-services check format bench builtin mlflow pictures
.PHONY: lock clean

help: ## list the shortcuts
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

setup: $(READY) ## make .venv and install mmml with everything it needs, byte code compiled

# Set up anew whenever what is to be installed changes.
$(READY): pyproject.toml requirements.lock | system
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "error: $$($(PYTHON) --version) is too old: mmml needs Python 3.11 or newer" >&2; \
	    echo "hint: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || $(MAKE) --no-print-directory venv-module
	[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(UV)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --requirement requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@# PYTHONDONTWRITEBYTECODE may be set, and then nothing would ever be compiled.
	$(BIN)/python -m compileall -q mmml
	@touch $(READY)

# Libraries of the system that open3d is linked with, which finds where a mesh passes through itself.
SCAN := libusb-1.0-0:libusb-1.0.so.0 libgl1:libGL.so.1 libegl1:libEGL.so.1 libx11-6:libX11.so.6 \
  libudev1:libudev.so.1 libidn2-0:libidn2.so.0 libstdc++6:libstdc++.so.6
.PHONY: system
system:
	@missing=""; \
	for pair in $(SCAN); do \
	  PATH="$$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null | grep -q "$${pair#*:}" || missing="$$missing $${pair%%:*}"; \
	done; \
	[ -z "$$missing" ] && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $$missing; \
	else \
	  echo "warning: open3d, of the extra scan, cannot be loaded without$$missing" >&2; \
	  echo "hint: sudo apt-get install$$missing" >&2; \
	fi

# Debian and Ubuntu keep venv in a package of its own.
.PHONY: venv-module
venv-module:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends python3-venv; \
	else \
	  echo "error: this Python lacks the module venv" >&2; \
	  echo "hint: sudo apt-get install python3-venv" >&2; exit 2; \
	fi

demo: setup ## make the demo data, train two models, judge them, predict four photos
	$(MMML) data make blur_demo
	$(MMML) train +experiment=blur_gradients
	$(MMML) train +experiment=blur_laplacian
	$(MMML) eval blur_gradients
	$(MMML) eval blur_laplacian
	$(MMML) predict --format table data/photos/alpaca-paddock.jpg data/photos/dandelions-meadow-evening.jpg \
	  $$(ls data/blur_demo/blurred/*alpaca-paddock.jpg data/blur_demo/blurred/*great-wall-hills.jpg | sed -n '1p;$$p')

train: setup ## train one experiment: make train EXPERIMENT=blur_fourier
	$(MMML) train +experiment=$(EXPERIMENT)

predict: setup ## ask every trained model: make predict INPUT=my_photos
	$(MMML) predict $(INPUT)

sweep: setup ## try every estimator with two kinds of features, side by side, and publish the best
	$(MMML) train -m +experiment=blur_gradients estimator=logistic,boosting,random_forest,svc \
	  transformer=gradients,fourier hydra/launcher=joblib hydra.launcher.n_jobs=2

tune: setup ## search for better values of one experiment: make tune EXPERIMENT=blur_laplacian
	$(MMML) train +experiment=$(EXPERIMENT) tuner=optuna

mlflow: setup ## show the tracked trainings in a browser: make mlflow PORT=5001
	@mkdir -p outputs
	@echo "http://127.0.0.1:$(PORT) shows what outputs/mlflow.db holds; Ctrl-C ends it"
	@MLFLOW_DISABLE_TELEMETRY=true $(BIN)/mlflow server --host 127.0.0.1 --port $(PORT) --workers 1 \
	  --backend-store-uri sqlite:///$(CURDIR)/outputs/mlflow.db \
	  --default-artifact-root file://$(CURDIR)/outputs/mlartifacts

test: setup ## run all tests but those that need real servers
	$(BIN)/pytest -n 2 --dist worksteal -m "not services"

test-services: setup services ## run the tests that talk to real servers and a real browser
	$(BIN)/pytest -n 2 --dist worksteal -m services

# What Debian calls the servers and the browser that these tests start by themselves.
.PHONY: services
services:
	@missing=""; \
	[ -x /usr/bin/chromium ] || missing="$$missing chromium"; \
	ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$$missing postgresql"; \
	[ -z "$$missing" ] && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $$missing; \
	else \
	  echo "error: these tests need$$missing" >&2; \
	  echo "hint: sudo apt-get install$$missing" >&2; exit 2; \
	fi

check: setup ## ruff, format and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup ## put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup ## measure speed and memory; the table goes to the README
	$(BIN)/python -m bench

builtin: setup ## train the models that come with mmml anew; what comes out as it is stays untouched
	$(BIN)/python builtin/make.py

pictures: setup services ## draw the pictures of the README anew: a terminal, the newest report, each modality
	$(BIN)/python docs/picture.py
	$(BIN)/python docs/modalities.py
	$(BIN)/python docs/report.py

lock: setup ## resolve the versions anew; names versions only
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --group dev --all-extras \
	  --upgrade --output-file requirements.lock pyproject.toml

clean: ## remove .venv and caches; data, models and runs stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
