"""What a picture of losses or lengths shows, read back from its pixels."""

from __future__ import annotations

from pathlib import Path

BLUE, ORANGE, RED = (31, 119, 180), (255, 127, 14), (214, 39, 40)
"""matplotlib's colors of a first and a second curve, and of a limit."""


def columns(picture: Path, color: tuple[int, int, int]) -> dict[int, float]:
    """Column of the picture → how high the color stands in it, in pixels from the lower edge."""
    from PIL import Image  # Comes with matplotlib.

    image = Image.open(picture).convert("RGB")
    width, height = image.size
    pixels = image.load()
    assert pixels is not None
    heights = {x: [height - y for y in range(height) if pixels[x, y] == color] for x in range(width)}
    return {x: sum(found) / len(found) for x, found in heights.items() if found}


def follows(picture: Path, values: list[float], color: tuple[int, int, int] = BLUE) -> bool:
    """Whether the picture shows a curve over most of its width that ends above or below its start as the values do.

    A legend may lie over it; its lines are short, and the outermost columns are the curve's own.
    """
    found = columns(picture, color)
    first, last = min(found), max(found)
    rises, values_rise = found[last] - found[first], values[-1] - values[0]
    level = abs(values_rise) < 0.05 * (max(values) - min(values))
    return last - first > 300 and (level or rises * values_rise > 0)
