#!/bin/sh
# Before a removal ("remove" of dpkg, 0 of rpm); an upgrade leaves the service running.
set -e
case "$1" in
remove | 0)
  if [ -d /run/systemd/system ]; then
    systemctl disable --now halobot.service
  fi
  ;;
esac
