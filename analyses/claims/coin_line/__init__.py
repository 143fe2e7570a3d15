"""C0: which of two rules that fit alike does training select, going to the coin or going right?"""

from .analysis import analyse
from .experiments import experiments
from .settings import Settings

__all__ = ["Settings", "analyse", "experiments"]
