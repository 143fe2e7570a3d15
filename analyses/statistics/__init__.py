"""Statistics over the networks of a run; `docs/statistics.md` says which to use when."""

from .bands import Band, distribution_band, dkw_width
from .bounds import at_least, at_most, coverage
from .clusters import clustered_mean, design_effect
from .crossings import Times, crossing_times, first_of, times_of
from .differences import mcnemar, paired_share_difference, share_difference
from .equivalence import Equivalence, Tost, equivalence, tost_mean, tost_paired_shares
from .incidence import Incidence, cumulative_incidence
from .interval import Array, Interval
from .multiplicity import benjamini_hochberg, holm, sidak, sidak_level
from .networks import LEVELS, Summary, count_above, quantiles_over_networks, summarise
from .order import Ranks, quantile_interval, quantile_ranks
from .paired import Signs, paired_mean, paired_median, signs, unpaired_mean
from .peeking import peeking, pocock_level
from .sequences import best_rho, boundary, confidence_sequence, ever_missed
from .shares import METHODS, clopper_pearson, jeffreys, share, wald, wilson
from .survival import Survival, kaplan_meier

__all__ = [
    "LEVELS",
    "METHODS",
    "Array",
    "Band",
    "Equivalence",
    "Incidence",
    "Interval",
    "Ranks",
    "Signs",
    "Summary",
    "Survival",
    "Times",
    "Tost",
    "at_least",
    "at_most",
    "benjamini_hochberg",
    "best_rho",
    "boundary",
    "clopper_pearson",
    "clustered_mean",
    "confidence_sequence",
    "count_above",
    "coverage",
    "crossing_times",
    "cumulative_incidence",
    "design_effect",
    "distribution_band",
    "dkw_width",
    "equivalence",
    "ever_missed",
    "first_of",
    "holm",
    "jeffreys",
    "kaplan_meier",
    "mcnemar",
    "paired_mean",
    "paired_median",
    "paired_share_difference",
    "peeking",
    "pocock_level",
    "quantile_interval",
    "quantile_ranks",
    "quantiles_over_networks",
    "share",
    "share_difference",
    "sidak",
    "sidak_level",
    "signs",
    "summarise",
    "times_of",
    "tost_mean",
    "tost_paired_shares",
    "unpaired_mean",
    "wald",
    "wilson",
]
