#!/bin/sh
# Runs once, as root and without a network, before the rest: lets UID GID write to what is mounted.
# The results' folder belongs to whoever made it (Docker makes a missing one as root); it keeps its owner and gets a
# group that may write. The other volume holds the local hub's key, and is nobody else's. (The image has no /run/paysim:
# Docker would give an empty volume the owner of the image's folder again, each time a container mounts it.)
set -eu
chgrp "$2" /app/output
chmod g+rwxs /app/output
chown -R "$1:$2" /run/paysim
chmod 700 /run/paysim
