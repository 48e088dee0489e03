"""Figures: measured values beside the limit that was measured in the same run."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """One measured figure.

    ``ours`` is a median unless the name says otherwise, ``p95`` the 95th percentile;
    ``raw`` is the limit, measured in the same run with what ``raw_name`` says, and
    ``ratio`` is ours / raw, None where there is no sense in it.
    """

    figure: str
    unit: str
    ours: float
    p95: float
    raw: float
    raw_name: str
    ratio: float | None
    goal: float
    better: str = "lower"

    @property
    def is_met(self) -> bool:
        """Whether the goal is reached."""
        if self.better == "lower":
            return self.ours <= self.goal
        return self.ours >= self.goal


def percentile95(values: Sequence[float]) -> float:
    """Return the 95th percentile of at least two values."""
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def show(figures: Sequence[Figure]) -> None:
    """Print a table for people, then one JSON object a line for programs."""
    header = ("figure", "unit", "ours", "p95", "raw", "ratio", "goal", "")
    rows = [header, *(_row(figure) for figure in figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())
    for figure in figures:
        print(json.dumps(asdict(figure)))


def _row(figure: Figure) -> tuple[str, ...]:
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    return (
        figure.figure,
        figure.unit,
        f"{figure.ours:.1f}",
        f"{figure.p95:.1f}",
        f"{figure.raw:.1f}",
        ratio,
        f"{figure.goal:g}",
        "met" if figure.is_met else "MISSED",
    )
