"""The Python of a package, for its keepers, runners, main programs and workers; it holds nothing of Qt."""

import sys

from ipclab import worker_python

worker_python.interpret(sys.argv[1:])
