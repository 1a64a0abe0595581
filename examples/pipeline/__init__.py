"""A small real pipeline to try paysim on: hub → validation → ledger, with an output hub and a hub of rejects."""
