"""An Event Hubs namespace on this machine, for trials, tests and benchmarks.

It runs in a process of its own (`python -m paysim.localhub`, `paysim localhub`) and is reached over AMQP 1.0
by the real SDK. It imports nothing of the rest of paysim and nothing of it is imported by the rest.
"""
