"""The Python of a package, for its keepers, runners, main programs and workers; it holds nothing of Qt."""

import sys

from ipclab import frozen

frozen.interpret(sys.argv[1:])
