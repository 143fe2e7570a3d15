"""What theory says of a run before it is made, and how far from it the run came out.

A prediction is exact, with a tolerance that is stated, or holds of a sample, with a p-value: about uniform if
theory and simulation agree, and small if they do not. A suite says how small a p it alarms at.
"""

from .exact import Exact, Steps
from .finding import Array, Finding, Measure, Prediction
from .laws import LEAST, Counts, Law
from .samples import Mean, Share, Variance

__all__ = [
    "LEAST",
    "Array",
    "Counts",
    "Exact",
    "Finding",
    "Law",
    "Mean",
    "Measure",
    "Prediction",
    "Share",
    "Steps",
    "Variance",
]
