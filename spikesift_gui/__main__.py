"""`python -m spikesift_gui` does the same as the command `spikesift-gui`."""

import sys

from spikesift_gui.app import main

if __name__ == "__main__":
    sys.exit(main())
