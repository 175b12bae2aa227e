"""IPC Lab: a laboratory for communication between Python processes. Only the version: workers import this file."""

__version__ = "0.1.0"
