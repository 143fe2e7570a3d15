"""For which losses does it matter that a physical thing, which an action can change, computes them?"""

from .analysis import analyse
from .experiments import experiments
from .settings import Settings

__all__ = ["Settings", "analyse", "experiments"]
