"""The languages in which shops have names: the columns of the table in `trades`."""

LANGUAGES = ("en", "de", "fr", "ja", "pt", "es", "it", "nl", "fi")
