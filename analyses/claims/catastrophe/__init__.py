"""C2: does correction come in time, if what is to be corrected can be irreversible?"""

from .analysis import analyse
from .experiments import experiments
from .settings import Settings

__all__ = ["Settings", "analyse", "experiments"]
