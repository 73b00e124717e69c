"""Where batches come from: the workers of a Dask cluster, one shard on each as an actor; this process writes the file.

The shards, the dispatcher and the order of sums are those of the other sources, so the datasets are equal.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any

import numpy as np

from orbitviz.core.errors import OrbitvizError
from orbitviz.recorder.local import Dispatch, bare_main, one_thread
from orbitviz.recorder.memory import peak_rss_mb
from orbitviz.recorder.shards import ChunkBatch
from orbitviz.recorder.worker import Assignment, Shard

LOCAL = "local"
_POLL_S = 0.2
_CONNECT_S = 20.0


class Cluster:
    """`address` of a scheduler as tcp://host:8786, or "local": a cluster of this machine's cores that ends with it.

    divided: workers -> assignments, at most one a worker.
    """

    def __init__(self, address: str, workers: int, divided: Callable[[int], Sequence[Assignment]]) -> None:
        self._address, self._workers, self._divided = address, workers, divided
        self._stack = contextlib.ExitStack()
        self._peak_mb = 0.0

    def __enter__(self) -> Cluster:
        distributed = _distributed()
        try:
            client = self._connect(distributed)
            addresses = sorted(client.scheduler_info(n_workers=-1)["workers"])
            if not addresses:
                raise OrbitvizError(
                    f"the cluster at {self._address} must have workers, it has none", "start some with `dask worker`"
                )
            self._jobs = list(self._divided(len(addresses)))
            futures = [
                client.submit(Shard, job, actor=True, workers=[address], pure=False, allow_other_workers=False)
                for job, address in zip(self._jobs, addresses, strict=False)
            ]
            self._actors = [self._result(future) for future in futures]
        except BaseException:
            self._stack.close()
            raise
        return self

    def _connect(self, distributed: Any) -> Any:
        address = self._address
        try:
            if address == LOCAL:
                # Its workers are processes: they must run none of the caller's script, and one thread each.
                with bare_main(), one_thread(), deaf_to_interrupts():
                    cluster = distributed.LocalCluster(
                        n_workers=self._workers, threads_per_worker=1, dashboard_address=None, silence_logs=50
                    )
                self._stack.callback(cluster.close)
                address = cluster.scheduler_address
            return self._stack.enter_context(distributed.Client(address, timeout=_CONNECT_S))
        except (OSError, TimeoutError, ValueError) as error:
            raise OrbitvizError(
                f"a Dask scheduler must answer at {self._address}, none did ({type(error).__name__})",
                "start one with `dask scheduler`, or use --scheduler local",
            ) from error

    def __exit__(self, *details: object) -> None:
        self._actors = []
        with contextlib.suppress(Exception):
            self._stack.close()

    def batches(self, dispatch: Dispatch) -> Iterator[ChunkBatch | None]:
        """Batch by batch; None while the workers are at it."""
        for batch in range(self._jobs[0].span.batches):
            offers = yield from self._all([actor.look_ahead(batch) for actor in self._actors])
            orders = None if offers[0] is None else dispatch(batch, np.sum(offers, axis=0))
            pieces = yield from self._all([actor.run_all(batch, orders) for actor in self._actors])
            for shard in pieces:
                yield from shard
        peaks = yield from self._all([actor.peak_mb() for actor in self._actors])
        self._peak_mb = float(sum(peaks))

    def _all(self, futures: list[Any]) -> Generator[None, None, list[Any]]:
        """Results in the order of shards; a pause in between for the caller to look about."""
        results = []
        for future in futures:
            while not future.done():
                with contextlib.suppress(TimeoutError):
                    self._result(future, _POLL_S)
                    break
                yield None
            results.append(self._result(future))
        return results

    @staticmethod
    def _result(future: Any, timeout_s: float | None = None) -> Any:
        try:
            return future.result(timeout=timeout_s)
        except (OrbitvizError, TimeoutError):
            raise
        except Exception as error:
            raise OrbitvizError(
                f"the workers of the cluster must run to the end, one failed with {type(error).__name__}: {error}",
                "see its log; every worker needs the same version of orbitviz",
            ) from error

    @property
    def peak_rss_mb(self) -> float:
        """This process and the workers together, once the run has ended."""
        return peak_rss_mb() + self._peak_mb


@contextlib.contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """Processes started meanwhile ignore Ctrl-C, which a terminal sends to all of them: only this one acts on it.

    Signals can be set in the main thread only; elsewhere there is no Ctrl-C to begin with.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _distributed() -> Any:
    os.environ.setdefault("DASK_DISTRIBUTED__DIAGNOSTICS__NVML", "False")
    try:
        import distributed
    except ImportError as error:
        raise OrbitvizError(
            "recording on a cluster needs the package distributed, it is not installed",
            "pip install 'orbitviz[cluster]'",
        ) from error
    return distributed
