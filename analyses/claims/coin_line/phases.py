"""The phase diagram as a figure: q over diversity and width, by encoding and by what found the networks."""

from __future__ import annotations

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from ...style import LABEL, STYLE
from .found import Found
from .grid import METHODS

NAMES = {"cloning": "cloning", "outcome": "outcome training", "selection": "guess-and-check"}


def phases(found: Found) -> Figure:
    """One panel for each encoding and method, at the first learning rate; the number is q."""
    cells = found.grid
    encodings = list(dict.fromkeys(each.encoding for each in cells))
    widths = sorted({each.width for each in cells})
    diversities = sorted({each.diversity for each in cells})
    first = next(each.rate for each in cells if each.rate is not None)
    with matplotlib.rc_context({**STYLE, "axes.grid": False, "axes.spines.top": True}):
        figure = Figure(figsize=(7, 1.3 + 1.6 * len(encodings)), layout="constrained")
        axes = figure.subplots(len(encodings), len(METHODS), sharex=True, sharey=True, squeeze=False)
        for row, encoding in enumerate(encodings):
            for column, method in enumerate(METHODS):
                ax, values = axes[row, column], np.full((len(widths), len(diversities)), np.nan)
                for each in cells:
                    if (each.method, each.encoding) != (method, encoding) or each.rate not in (None, first):
                        continue
                    if each.walks.networks:
                        at = widths.index(each.width), diversities.index(each.diversity)
                        values[at] = each.walks.away / each.walks.networks
                ax.imshow(values, cmap="Greys", vmin=0, vmax=1, aspect="auto", origin="lower")
                for (y, x), value in np.ndenumerate(values):
                    text = "–" if np.isnan(value) else f"{value:.2f}"
                    dark = "white" if value > 0.55 else "black"
                    ax.text(x, y, text, ha="center", va="center", color=dark, fontsize=LABEL - 1)
                ax.set_xticks(range(len(diversities)), [f"{e:g}" for e in diversities])
                ax.set_yticks(range(len(widths)), [str(m) for m in widths])
                if row == 0:
                    ax.set_title(NAMES[method])
                if row == len(encodings) - 1:
                    ax.set_xlabel("diversity ε")
                if column == 0:
                    ax.set_ylabel(f"{encoding.replace('_', '-')}\nwidth m")
        return figure
