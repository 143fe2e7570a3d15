"""Blocks on the threads of a pool: the kernels hold no lock."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice

from .blocks import Control, compile_kernels, simulate_block
from .interrupts import insistent
from .store import PartialRun
from .work import Job, Work


def run_on_threads(
    work: Work, jobs: Iterator[Job], partial: PartialRun, threads: int, control: Control
) -> None:
    """Every job, as many at a time as there are threads; each block's records go to disk as it ends."""
    conditions = work.experiment.conditions
    with insistent():
        compile_kernels(work.plans, conditions)

    def block(job: Job) -> None:
        arrays = simulate_block(work.plans[job.condition], conditions[job.condition], job.ids, control)
        partial.add(job.condition, job.block, arrays)

    running: set[Future[None]] = set()
    with ThreadPoolExecutor(threads, thread_name_prefix="block") as pool:
        try:
            while True:
                for job in islice(jobs, threads - len(running)):
                    running.add(pool.submit(block, job))
                if not running:
                    return
                finished, running = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
                for future in finished:
                    future.result()
        except BaseException:
            control.stop.set()
            raise
