# All work is done by packaging/setup/setup.py, which needs nothing but Python; every verb sets up first.
# Pass arguments on by ARGS, as in: make record ARGS="--duration 24h"
PYTHON ?= python3
VERBS = setup run test lint bench record

.PHONY: help $(VERBS)

help:
	@echo "make setup   virtual environment, system libraries, scenario files (a second run is quick)"
	@echo "make run     the application; without a screen a picture of the default scene"
	@echo "make record  simulate and record the default scenario into runs/"
	@echo "make test    ruff, mypy, import-linter and all tests"
	@echo "make bench   ratios against named baselines"

$(VERBS):
	@$(PYTHON) packaging/setup/setup.py $@ $(ARGS)
