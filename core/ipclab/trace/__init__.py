"""Hooks on multiprocessing that write down every operation of a process, one file for each of its modules.

Installed by boot before anything of a person's runs, into each module of multiprocessing as it is imported.
What they write is in `record.py`, how in `writer.py`. Standard library only, and little of it at import.
"""
