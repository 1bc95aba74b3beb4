# A fresh machine needs Python 3.11+ and make. `make demo` trains the embedded example, `make test` runs the tests.
PYTHON ?= python3
BIN := .venv/bin
# Python compiles what it imports; compiling every file of torch and transformers while installing takes a minute.
PIP := DS_BUILD_OPS=0 $(BIN)/python -m pip install --no-compile --disable-pip-version-check --constraint constraints.txt
INSTALL := $(PIP) --quiet
TORCH := torch==2.13.0

.PHONY: install demo ui docs test test-all test-elsewhere gpu lint generate worlds versions mutate plan-check import-coverage import-check chaos fuzz families bench bench-train bench-data clean help

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

$(BIN)/python:
	@echo "Creating .venv"
	@$(PYTHON) -m venv .venv

# Install torch first, at an exact version: any other request pulls in gigabytes of CUDA libraries.
.venv/train: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing hpc and its training libraries into .venv (once; one to three minutes): first torch"
	@$(PIP) $(TORCH) numpy
	@echo "Now hpc, transformers, TRL, PEFT and MLflow"
	@$(PIP) --editable '.[train]' $(TORCH) gguf
	@touch $@

.venv/test: .venv/train
	@echo "Installing the test dependencies into .venv"
	$(INSTALL) --editable '.[train,deepspeed,quantization,ui,docs,test]' $(TORCH) gguf
	@touch $@

.venv/ui: .venv/train
	@echo "Installing the page's dependencies into .venv"
	$(INSTALL) --editable '.[train,ui]' $(TORCH) gguf
	@touch $@

install: .venv/train  ## set up .venv with hpc and its training libraries

demo: .venv/train  ## train SmolLM2-135M on hpc's own hyperparameters and ask it questions before and after
	@$(BIN)/python examples/demo.py

ui: .venv/ui  ## set up, run and monitor the demo's training in the browser
	$(BIN)/python examples/prepare_model.py
	$(BIN)/python -m hpc.cli ui examples/train_lora_sft/train_lora_sft.json

docs: $(BIN)/python  ## serve the documentation at http://127.0.0.1:8000
	$(INSTALL) --editable '.[docs]'
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs serve

test: .venv/test  ## run all tests except the slow ones
	$(BIN)/python -m pytest -m 'not slow' -n 2 --dist loadfile

test-all: .venv/test  ## run all tests
	$(BIN)/python -m pytest -n 2 --dist loadfile

test-elsewhere: .venv/test  ## run the tests as other machines would: make test-elsewhere ARGS="--whole", ARGS=locale
	$(BIN)/python tests/elsewhere.py $(ARGS)

gpu: .venv/test  ## run real jobs on this machine's GPU: make gpu JOBS="small memory speed" (also flash, published, syncs)
	HF_HUB_OFFLINE=1 timeout 3600 $(BIN)/python -m tests.gpu $(JOBS)

# Trainings of the tests keep their rows apart from the user's.
plan-check chaos fuzz families: export HPC_CACHE = $(CURDIR)/.cache/hpc

lint: .venv/test  ## run ruff, mypy --strict and import-linter, check generated files
	$(BIN)/python -m pytest tests/unit/test_house.py

generate: .venv/test  ## regenerate files from the schema and the rules
	$(BIN)/python schema/generate.py
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/effects.py
	$(BIN)/python examples/make_recipes.py

plan-check: .venv/test  ## compare the memory that hpc plan predicts with what the real trainers allocate
	timeout 3600 $(BIN)/python -m tests.plan_check $(N)

import-coverage: .venv/test  ## what hpc import makes of the configs of real users: make import-coverage CORPUS=FILE
	timeout 600 $(BIN)/python tests/importers/coverage.py $(CORPUS)

import-check: .venv/test  ## let other tools read the configs of real users, and compare: make import-check TOOLS=trl
	timeout 3600 $(BIN)/python -m tests.importers.import_check $(TOOLS)

worlds: .venv/test  ## let doctor and a run judge hundreds of broken folders: make worlds N=500 SEED=1 REAL=20
	HF_HUB_OFFLINE=1 CUDA_VISIBLE_DEVICES= $(BIN)/python -u -m tests.worlds $(or $(N),500) $(or $(SEED),1) 3600 $(or $(REAL),20)

versions: .venv/test  ## test what is compiled for earlier releases of TRL and transformers: make versions N=2000 ONLY=0.24 JOB=loss
	HF_HUB_OFFLINE=1 CUDA_VISIBLE_DEVICES= timeout 7200 $(BIN)/python -u -m tests.versions $(or $(N),2000) $(or $(SEED),1) "$(ONLY)" "$(JOB)"

mutate: .venv/test  ## break every lowering row once and check that its effect test fails
	timeout 7200 $(BIN)/python tests/mutate.py

chaos: .venv/test  ## kill trainings, and what is around them, at random moments: make chaos N=20 SEED=1
	timeout 3600 $(BIN)/python tests/chaos.py $(or $(N),20) $(or $(SEED),1)

ifeq (families,$(firstword $(MAKECMDGOALS)))
FAMILIES := $(wordlist 2,$(words $(MAKECMDGOALS)),$(MAKECMDGOALS))
$(FAMILIES):
	@:
endif
fuzz: .venv/test  ## feed random inputs to the readers, --fix, the disk checks and the page: make fuzz SECONDS=60 SEED=1
	$(BIN)/python -m tests.fuzz $(or $(SECONDS),60) $(or $(SEED),1)

families: .venv/test  ## train tiny models of many families and judge them by numbers: make families llama gpt2
	$(BIN)/python tests/families/matrix.py $(FAMILIES)

bench: .venv/test  ## measure how soon hpc answers, beside other tools, and write docs/reference/speed.md
	timeout 600 $(BIN)/python benchmarks/answers.py

bench-train: .venv/test  ## measure how fast hpc trains, beside TRL and LLaMA-Factory: make bench-train N=3
	N=$(or $(N),3) timeout 3600 $(BIN)/python benchmarks/training.py

bench-data: .venv/test  ## measure how fast rows become tokens, beside LLaMA-Factory: make bench-data ROWS=1000000
	timeout 7200 $(BIN)/python benchmarks/rows.py $(ROWS)

clean:  ## remove everything make created
	rm -rf .venv build dist
