"""The devices that `hpc plan` knows, one value each."""

from collections.abc import Mapping
from typing import Final, NamedTuple

GIB: Final = 2**30
MIB: Final = 2**20


class Device(NamedTuple):
    """One kind of device.

    Attributes:
        name: As users write it after ``--gpu``.
        memory: Bytes that a process can allocate in all, as the driver reports it.
        peak: Floating-point operations a second by number format, dense; a format that it lacks is absent.
        bandwidth: Bytes a second between the device and its memory.
        utilization: Lowest and highest share of the peak that fine-tuning usually reaches; None where nothing is known.
        source: Where the figures come from.
    """

    name: str
    memory: int
    peak: Mapping[str, float]
    bandwidth: float
    utilization: tuple[float, float] | None
    source: str


def _gpu(name: str, memory_mib: int, bf16: float, fp16: float, fp32: float, bandwidth: float, source: str) -> Device:
    """``bf16``, ``fp16`` and ``fp32`` in 10¹² operations a second, 0 where there is none; bandwidth in 10⁹ bytes."""
    formats = {"bf16": bf16, "fp16": fp16, "none": fp32}
    peak = {key: value * 1e12 for key, value in formats.items() if value}
    return Device(name, memory_mib * MIB, peak, bandwidth * 1e9, (0.25, 0.5), source)


DEVICES: Final[tuple[Device, ...]] = (
    _gpu("B200-180GB", 183359, 2250, 2250, 80, 8000, "NVIDIA Blackwell datasheet; memory as nvidia-smi reports it"),
    _gpu("H200-141GB", 143771, 989, 989, 67, 4800, "NVIDIA H200 datasheet; memory as nvidia-smi reports it"),
    _gpu("H100-80GB", 81559, 989, 989, 67, 3350, "NVIDIA H100 SXM datasheet; memory as nvidia-smi reports it"),
    _gpu("A100-80GB", 81920, 312, 312, 19.5, 2039, "NVIDIA A100 datasheet; memory as nvidia-smi reports it"),
    _gpu("A100-40GB", 40960, 312, 312, 19.5, 1555, "NVIDIA A100 datasheet; memory as nvidia-smi reports it"),
    _gpu("L40S-48GB", 46068, 362, 362, 91.6, 864, "NVIDIA L40S datasheet; memory as nvidia-smi reports it"),
    _gpu("A6000-48GB", 49140, 155, 155, 38.7, 768, "NVIDIA RTX A6000 datasheet; memory as nvidia-smi reports it"),
    _gpu("L4-24GB", 23034, 121, 121, 30.3, 300, "NVIDIA L4 datasheet; memory as nvidia-smi reports it"),
    _gpu("A10-24GB", 23028, 125, 125, 31.2, 600, "NVIDIA A10 datasheet; memory as nvidia-smi reports it"),
    _gpu("RTX4090-24GB", 24564, 165, 165, 82.6, 1008, "NVIDIA Ada whitepaper; memory as nvidia-smi reports it"),
    _gpu("V100-32GB", 32768, 0, 125, 15.7, 900, "NVIDIA V100 datasheet; memory as nvidia-smi reports it"),
    _gpu("T4-16GB", 15360, 0, 65, 8.1, 320, "NVIDIA T4 datasheet; memory as nvidia-smi reports it"),
)


def named(text: str) -> Device | None:
    """The device of a name, whatever its case, or of a number of GiB, bare or with GB; None for an unknown name."""
    for device in DEVICES:
        if text.lower() == device.name.lower():
            return device
    number = text.lower().removesuffix("gib").removesuffix("gb").rstrip()
    size = float(number) if is_number(number) else 0
    if not 0 < size < 1e6:
        return None
    return Device(f"{size:g} GiB", int(size * GIB), {}, 0.0, None, "the size given")


def enough(memory: int) -> str:
    """Which devices have so many bytes, the smallest first, in words."""
    names = [device.name for device in reversed(DEVICES) if device.memory >= memory]
    return f"enough: {', '.join(names)}" if names else "more than any GPU that hpc knows"


def is_number(text: str) -> bool:
    """Whether a text is a number, be it a memory size or not."""
    try:
        float(text)
    except ValueError:
        return False
    return True
