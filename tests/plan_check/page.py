"""The page of the reference that shows predicted and measured memory, and its picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.plan_check.trials import Trial

ROOT = Path(__file__).parents[2]
NEAR = 0.10
"""How far a prediction may be off."""
PAGE = """# Memory: predicted and measured

`make plan-check` trains small jobs, drawn by seed, with the real trainers on a CPU and compares the highest memory that
they allocate ("Total Allocated" of `torch.profiler` over two real steps) with what `hpc plan` expects. The table has
{count} jobs. The ratio is expected to measured; {under} took less than the low end of its plan.

{table}

{exact}With several processes, DDP sends the weights around once before the first step, as a flat copy of up to 250 MiB
at a time. The plan leaves this copy out. It is the peak where a step takes less than that, as in small LoRA jobs,
and gloo may keep it into the first step, so that the same job can measure more in one run than in another.

For models of more than 100 million parameters, what the kernel counts (VmHWM less what the process held
before loading) is measured in a run of its own, since what the profiler writes down takes hundreds of megabytes:

{large}

The pages of files are those of the weights, which stay mapped: the kernel takes them back when it needs them, so the
job does not need this memory. The rest of the difference is memory that tensors have freed and that the C library
keeps for later. It varies between runs, and the plan does not count it: leave room for it where memory is tight on a
CPU.

![Predicted against measured memory](../pictures/memory.png)
"""


@dataclass(frozen=True)
class Result:
    """Bytes: predicted, computed with ``--exact`` (0 where it was not), measured, the kernel's figure, and how much of
    that are pages of files."""

    low: int
    expected: int
    exact: int
    measured: int
    resident: int
    mapped: int = 0

    @property
    def ratio(self) -> float:
        """Expected to measured."""
        return self.expected / self.measured


def write(found: list[tuple[Trial, Result]]) -> None:
    """The page of the reference and its picture."""
    import statistics

    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    lines = ["| kind | jobs | within 10 % | median ratio | lowest and highest |", "|---|---|---|---|---|"]
    figure, axes = plt.subplots(figsize=(5, 4), dpi=150)
    for kind in dict.fromkeys(trial.kind for trial, _ in found if not trial.kind.startswith("large")):
        of_kind = [result for trial, result in found if trial.kind == kind]
        ratios = [result.ratio for result in of_kind]
        if ratios:
            near = sum(abs(ratio - 1) <= NEAR for ratio in ratios)
            middle, ends = statistics.median(ratios), f"{min(ratios):.2f} to {max(ratios):.2f}"
            lines.append(f"| {kind} | {len(ratios)} | {near} | {middle:.3f} | {ends} |")
            points = [(result.measured / 2**20, result.expected / 2**20) for result in of_kind]
            axes.scatter(*zip(*points, strict=True), s=8, label=kind)
    ends_of_line = [pick(result.measured for _, result in found) / 2**20 for pick in (min, max)]
    axes.plot(ends_of_line, ends_of_line, color="gray", linewidth=0.8)
    axes.set(xscale="log", yscale="log", xlabel="measured (MiB)", ylabel="predicted (MiB)")
    axes.legend(fontsize=6)
    figure.tight_layout()
    figure.savefig(ROOT / "docs/pictures/memory.png")
    exact_ratios = [result.exact / result.measured for _, result in found if result.exact]
    page = PAGE.format(
        count=len(found),
        under=sum(result.low > result.measured for _, result in found) or "no job",
        table="\n".join(lines),
        exact=_exact(exact_ratios),
        large="\n".join(_large(found)),
    )
    (ROOT / "docs/reference/memory.md").write_text(page, encoding="utf-8")


def _exact(ratios: list[float]) -> str:
    if not ratios:
        return ""
    span = f"between {min(ratios):.2f} and {max(ratios):.2f}"
    return f"`hpc plan --exact` was computed for {len(ratios)} of them: the ratio lies {span}.\n\n"


def _large(found: list[tuple[Trial, Result]]) -> Iterator[str]:
    yield "| job | expected | profiler | kernel | of it, pages of files | expected to the rest |"
    yield "|---|---|---|---|---|---|"
    for trial, result in found:
        if trial.kind.startswith("large"):
            figures = (result.expected, result.measured, result.resident, result.mapped)
            sizes = " | ".join(f"{size / 2**20:,.0f} MiB" for size in figures)
            ratio = result.expected / (result.resident - result.mapped)
            yield f"| {trial.kind.removeprefix('large ')}, 135M | {sizes} | {ratio:.2f} |"
