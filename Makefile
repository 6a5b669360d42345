# Every target is a task of scripts/project.py, which also does all set-up (a virtual environment in .venv).
# Without make, such as on Windows: py scripts\project.py demo
PYTHON ?= python3

.PHONY: demo test bench screenshots guide clean
demo test bench screenshots guide clean:
	@$(PYTHON) scripts/project.py $@ $(ARGS)
