"""Where units of work run beyond this machine: the workers of a Dask cluster, reached by TLS.

A unit is an ordinary function of plain arguments that may be repeated: a worker that dies takes
its units with it, and they run again elsewhere. So only reads, and what gives the same when it is
done twice, go to an executor; effects stay with the coordinator, who journals intent before them
and outcome after. Nothing secret is an argument: workers use what their own machine gives them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wasl.errors import WaslError

if TYPE_CHECKING:
    from distributed import Client, Security

_PATIENCE = 20.0  # seconds that a scheduler may take to answer
_HOW = "docs/how-to/scale.md"


@contextmanager
def workers(scheduler: str, say: Callable[[str], None]) -> Iterator[Executor | None]:
    """The cluster's workers; None where no scheduler is named and all runs here.

    `say` is told where the cluster's dashboard is. Raises `WaslError`: WASL-SCHEDULER-MISSING
    (Dask is not installed), -TLS, -UNREACHABLE, -WORKERS (a unit ended each worker that it met).
    """
    if not scheduler:
        yield None
        return
    with _connected(scheduler) as client:
        if client.scheduler_info().get("services", {}).get("dashboard"):
            say(f"dashboard: {client.dashboard_link}")
        from distributed.scheduler import KilledWorker

        try:
            with client.get_executor(pure=False) as pool:
                yield pool
        except KilledWorker as error:
            raise WaslError(
                "WASL-SCHEDULER-WORKERS",
                "a unit of work ended each worker that it met",
                where=scheduler,
                hint="look into the workers' logs (memory?); without --scheduler it runs here",
            ) from error


@contextmanager
def _connected(scheduler: str) -> Iterator[Client]:
    try:
        from distributed import Client
    except ImportError as error:
        raise WaslError(
            "WASL-SCHEDULER-MISSING",
            "--scheduler needs Dask, which is not installed here",
            hint=f"pip install 'wasl[scale]'; {_HOW}",
        ) from error
    security = _security(scheduler)
    try:
        client = Client(scheduler, security=security, timeout=_PATIENCE, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise WaslError(
            "WASL-SCHEDULER-UNREACHABLE",
            f"no scheduler answers: {str(error)[:200]}",
            where=scheduler,
            hint=f"is it up, and are its certificates of the same authority? {_HOW}",
        ) from error
    try:
        yield client
    finally:
        client.close()


def _security(scheduler: str) -> Security:
    """Encryption and certificates of both sides, as Dask's own configuration names them."""
    from distributed import Security

    security = Security(require_encryption=True)
    named = (security.tls_ca_file, security.tls_client_cert, security.tls_client_key)
    if scheduler.startswith("tls://") and all(named):
        return security
    raise WaslError(
        "WASL-SCHEDULER-TLS",
        "a scheduler is reached by TLS alone, with certificates of both sides",
        where=scheduler,
        hint=f"tls://HOST:PORT, and Dask's distributed.comm.tls settings: {_HOW}",
    )
