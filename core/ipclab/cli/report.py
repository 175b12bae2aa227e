"""What is said about a run while it goes on and at its end: the same calls for a person and for a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from ipclab import document
from ipclab.cli import stdout
from ipclab.cli.progress import ProgressLine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ipclab.engine import Experiment, Observation, Outcome, Request


class Report(Protocol):
    """One run's report. Any method but `leave` may raise StdoutGone."""

    def take(self, batch: Mapping[str, Any] | None, observation: Observation) -> None:
        """Say what is new: a batch that is in the observation already, or that time has passed (None)."""

    def end(self, observation: Observation, outcome: Outcome) -> None:
        """Say all that is to be said at the end."""

    def leave(self) -> None:
        """Take back what was written for the moment only, and say nothing more."""


class Document:
    """One JSON document on stdout at the end; a progress line on stderr until then."""

    def __init__(self, experiment: Experiment, request: Request) -> None:
        self._experiment, self._request = experiment, request
        self._progress = ProgressLine(experiment.title)

    def take(self, _batch: Mapping[str, Any] | None, observation: Observation) -> None:
        """Draw the progress line anew, now and then."""
        self._progress.draw(observation)

    def end(self, observation: Observation, outcome: Outcome) -> None:
        """Write the document."""
        self._progress.clear()
        stdout.write(document.text(document.document(self._experiment, self._request, observation, outcome)))

    def leave(self) -> None:
        """Clear the progress line."""
        self._progress.clear()


class ServersDocument(Document):
    """The document of a server, which ends when it is told to: where it listens is said at once, on stderr."""

    def __init__(self, experiment: Experiment, request: Request) -> None:
        super().__init__(experiment, request)
        self._said = False

    def take(self, batch: Mapping[str, Any] | None, observation: Observation) -> None:
        """Say where it listens, once it does; draw the progress line anew, now and then."""
        address = next((one.shown["address"] for one in observation.processes.values() if "address" in one.shown), None)
        if address is not None and not self._said:
            self._said = True
            self._progress.clear()
            stdout.tell(f"The server listens at {address}, and waits for clients.")
        super().take(batch, observation)
