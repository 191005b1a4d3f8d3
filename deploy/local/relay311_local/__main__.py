"""Runs the platform's commands: `python -m relay311_local run|up|down|status`."""

import sys

from relay311_local.cli import main

sys.exit(main())
