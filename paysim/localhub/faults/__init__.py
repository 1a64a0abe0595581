"""What the hub can be told to do wrong: each fault is an entry of `FAULTS`, in a file that is found by importing this.

`base` has the kinds of faults, by when they act; `state` has which are in force. To add a fault, add it to a file here.
"""

from paysim.localhub.faults.base import FAULTS as FAULTS
from paysim.localhub.faults.state import FaultError as FaultError
from paysim.localhub.faults.state import FaultsInForce as FaultsInForce
from paysim.registry import import_folder

import_folder(__name__)
