"""Operations sent by OneRoster REST, one PUT each, and what the answers mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from integrations.identity.apply import Operation, Receipt
from integrations.identity.http import Unreachable
from integrations.identity.oneroster.rest import Rest


@dataclass(frozen=True)
class RestSender:
    """Sends to one partner's service."""

    rest: Rest
    batch: int = 500
    workers: int = 8

    def send(self, operations: Sequence[Operation]) -> Sequence[Receipt]:
        """One receipt an operation."""
        return [self._one(operation) for operation in operations]

    def finish(self) -> Receipt | None:
        """Every record was answered by itself."""
        return None

    def _one(self, operation: Operation) -> Receipt:
        try:
            response = self.rest.put(operation.kind, operation.row, operation.status)
        except Unreachable as error:
            return Receipt("unknown", error.what)
        if response.is_success:
            return Receipt("accepted")
        return Receipt("rejected", f"the partner answered {response.status_code}")
