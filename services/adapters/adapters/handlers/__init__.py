"""What adapters does when something happens: load facts, decide, save and publish."""

from adapters.handlers.delivering import Deliverer
from adapters.handlers.desk import Bells, Desk, open_desk
from adapters.handlers.picturing import with_pictures
from adapters.handlers.reconciling import RECONCILE, Reconciler, ask_reconciliation, set_clocks, want_reconciliations
from adapters.handlers.reporting import Update, report
from adapters.handlers.resolving import Decision, redrive, resolve
from adapters.handlers.restoring import TABLES, retire_again
from adapters.handlers.taking import take_notices
from adapters.handlers.watching import Watcher

__all__ = ["RECONCILE", "TABLES", "Bells", "Decision", "Deliverer", "Desk", "Reconciler", "Update", "Watcher",
           "ask_reconciliation", "open_desk", "redrive", "report", "resolve", "retire_again", "set_clocks",
           "take_notices", "want_reconciliations", "with_pictures"]  # fmt: skip
