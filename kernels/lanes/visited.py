"""An update's own rows: a plan in which a state is the number of a visit, and room for what is seen there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..choices import Source
from ..survey_tables import Survey
from ..tables import Rows, Shown, TrainingPlan, Words, last_state, padded
from .scratch import Scratch, columns_seen, rows_of_update
from .vector import LANES

BITS = 32


class Visits(NamedTuple):
    """A training plan by visit, and which visits show what.

    In `plan` the rows are those of an update, filled anew by each: shared by the population where they are
    drawn, and elsewhere each lane's own, row t · width + e being what episode e sees at step t. Labels and
    pushes stand by row. A visit shows a behaviour b by itself, as pair b: what it is that a (state, action)
    shows is said by bit b mod 32 of shows[b div 32, state · A + action]. `columns` are the features that are
    gathered, D or none.
    """

    plan: TrainingPlan
    shows: Words
    columns: int


def visits_of(training: TrainingPlan, scratch: Scratch) -> Visits:
    """A plan by visit, its rows in working memory."""
    count, actions = rows_of_update(training), training.actions
    if training.source == Source.DRAWN:
        columns = training.table.features.shape[1]
        rows = Rows(np.zeros((count, columns), np.float32), np.zeros(count, np.int32), count)
        push, labels = np.zeros((2, count, actions), np.float32)
        signal = training.signal._replace(labels=labels)
        plan = training._replace(rows=rows, push=push, signal=signal)
        return Visits(plan, np.zeros((0, 0), np.uint32), columns)
    scratch.labels[:] = 0  # the rows that only fill a block have none
    behaviours = np.arange(len(training.shown.at), dtype=np.int64)
    plan = training._replace(
        rows=own_rows(scratch, count, columns_seen(training)),
        episodes=training.episodes._replace(row=np.arange(count, dtype=np.int32)),
        signal=training.signal._replace(labels=scratch.labels),
        shown=Shown(behaviours, behaviours[:-1].astype(np.int32)),
    )
    return Visits(plan, bits_of(training), columns_seen(training))


def own_rows(scratch: Scratch, count: int, columns: int) -> Rows:
    """Rows that differ by lane: features flat, (row, column, lane), and observation (row, lane)."""
    scratch.seen[:] = 0  # the rows that only fill a block are never written
    scratch.seen_as[:] = 0
    seen_as = scratch.seen_as[: count * LANES].reshape(count, LANES).view(np.int32)
    return Rows(scratch.seen[: count * columns * LANES], seen_as, count)


def rows_of_survey(training: TrainingPlan, survey: Survey, scratch: Scratch) -> Rows:
    """What the episodes of a survey see at one step."""
    return own_rows(scratch, padded(survey.sampling.episodes), columns_seen(training))


def bits_of(training: TrainingPlan) -> Words:
    """(words, pairs): which behaviours a visit's (state, action) shows, and an arrival's (state, 0)."""
    shown = training.shown
    behaviours = len(shown.at) - 1
    pairs = (last_state(training) + 1) * training.actions
    bits = np.zeros((-(-behaviours // BITS), pairs), np.uint32)
    for b in range(behaviours):
        bits[b // BITS, shown.pairs[shown.at[b] : shown.at[b + 1]]] |= np.uint32(1 << b % BITS)
    return bits
