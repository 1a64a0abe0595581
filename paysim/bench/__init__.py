"""How fast this machine is: what `paysim bench` measures, case by case, against the local hub in its own process.

Each case is a process of its own, so that none carries the memory or the patches of another; `rounds` asks them in
turn, `report` says what came out. The room is above all others, as it measures all of them; nothing imports it but
the command.
"""
