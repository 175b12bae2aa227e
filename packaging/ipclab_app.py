"""The application of a package: the window without words, the command line with words."""

import sys

from ipclab import frozen
from ipclab_gui.__main__ import main

frozen.give_back()
sys.exit(main())
