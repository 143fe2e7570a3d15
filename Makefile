# Two targets do everything on a fresh machine with Python 3.11 or later: demo and test.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CLAIMS := coin_line correction catastrophe physical_loss
# Processes that run tests; each takes up to 2.5 GB.
TEST_WORKERS ?= 2
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: demo test check format docs claims ledger clean

demo: $(VENV)/.popgrad
	mkdir -p demo
	$(BIN)/popgrad run examples/coin_line.toml -o demo/coin_line.h5 --overwrite
	$(BIN)/popgrad plot demo/coin_line.h5 --behaviour walks_away -o demo/coin_line.png
	$(BIN)/popgrad info demo/coin_line.h5

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadfile

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.popgrad
	$(BIN)/python -m popgrad.sim.reference docs/losses.md
	$(BIN)/python -m popgrad.analyses.theory.page docs/theory.md

# The claims in full, about an hour on two cores; what is finished is not run again. Reports go to the docs.
claims: $(VENV)/.popgrad
	set -e; for claim in $(CLAIMS); do \
		$(BIN)/popgrad claim run $$claim -o claims/$$claim; \
		mkdir -p docs/claims/$$claim; \
		cp claims/$$claim/*.md claims/$$claim/*.png docs/claims/$$claim; \
	done
	$(BIN)/popgrad claim table claims --markdown > docs/claims/scoreboard.md

# The ledger put to the test, about ten minutes on two cores; what is finished is not run again.
ledger: $(VENV)/.popgrad
	$(BIN)/python -m popgrad.analyses.ledger -o evidence
	mkdir -p docs/ledger
	cp evidence/*.md evidence/*.png docs/ledger

clean:
	rm -rf $(VENV) demo build dist *.egg-info .pytest_cache .ruff_cache .import_linter_cache

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.popgrad: $(BIN)/python pyproject.toml
	$(PIP) install --quiet --editable .
	touch $@

$(VENV)/.dev: $(BIN)/python pyproject.toml
	$(PIP) install --quiet --editable ".[dev]"
	touch $@ $(VENV)/.popgrad
