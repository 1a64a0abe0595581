"""Who pays, who is paid, and where: people, merchants, devices, countries."""
