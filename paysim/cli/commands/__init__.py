"""The subcommands of `paysim`, a file each, found by importing this folder."""
