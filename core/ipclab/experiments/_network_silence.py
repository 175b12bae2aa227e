"""A computer that vanishes says nothing: the options of a socket by which its system finds that out by itself.

Without them a reader waits for ever, and a writer many minutes. Each system has its own; what Python has no name for is
left to the system.
"""

from __future__ import annotations

import socket
import sys

IDLE, INTERVAL, PROBES = 3, 1, 4  # s until the first question, s from one to the next, how many without an answer
SILENCE = IDLE + INTERVAL * PROBES  # s until a link that carries nothing counts as broken


def notice_silence(here: socket.socket) -> None:
    """Let a TCP connection fail once nothing has come for SILENCE seconds from the other system, which answers else.

    A peer whose process is busy, or stopped, is not silent: its system answers for it. What waits for the link then
    raises TimeoutError, or OSError where the system knows more ("No route to host").
    Linux: tcp(7). macOS: tcp(4). Windows: WSAIoctl, SIO_KEEPALIVE_VALS, ten questions. Where something is under way,
    the last two wait for their own time, which is longer.
    """
    if sys.platform == "win32":
        here.ioctl(socket.SIO_KEEPALIVE_VALS, (1, IDLE * 1000, INTERVAL * PROBES * 1000 // 10))
        return
    here.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    here.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, INTERVAL)
    here.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, PROBES)
    if sys.platform == "darwin":
        here.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPALIVE, IDLE)
        return
    here.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, IDLE)
    if sys.platform == "linux":
        here.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENCE * 1000)
