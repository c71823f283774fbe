#!/bin/sh
# After a removal. The database stays, also after a purge: it is the only memory of what was
# created, by whom, and of requests that have not ended.
set -e
case "$1" in
purge) rm -f /var/lib/halobot/.env ;;
remove | 0) ;;
*) exit 0 ;;
esac
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
fi
if [ -e /var/lib/halobot ]; then
  echo "halobot: the database in /var/lib/halobot stays, and so does its user. To delete both:"
  echo "halobot:   rm -r /var/lib/halobot && userdel halobot"
fi
