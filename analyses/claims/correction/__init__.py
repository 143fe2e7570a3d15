"""Whether behaviour with a high loss is corrected, given time; by which laws, and what else decides."""

from .analysis import analyse
from .experiments import experiments
from .settings import Settings

__all__ = ["Settings", "analyse", "experiments"]
