"""The runner knows no rules, only their codes: each one has a page in the compiler, and no page is unused."""

import re
from pathlib import Path

from hpc.checks.running import RULES

RUNNER = Path(__file__).resolve().parents[2] / "runner" / "hpc_runner"


def test_every_code_of_the_runner_has_a_page() -> None:
    reported = {code for path in RUNNER.glob("*.py") for code in re.findall(r'"(HPC8\d\d)"', path.read_text())}
    assert reported == {rule.code for rule in RULES}
