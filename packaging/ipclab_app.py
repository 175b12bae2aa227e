"""The application of a package: the window without words, the command line with words."""

import sys

from ipclab_gui.__main__ import main

sys.exit(main())
