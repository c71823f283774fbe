#!/bin/sh
# After an installation or an upgrade, of the .deb and of the .rpm.
set -e
state=/var/lib/halobot

if ! getent passwd halobot >/dev/null; then
  nologin=$(command -v nologin || echo /usr/sbin/nologin)
  useradd --system --user-group --home-dir "$state" --shell "$nologin" halobot
fi
install -o halobot -g halobot -m 700 -d "$state"
if [ ! -e "$state/.env" ]; then
  install -o halobot -g halobot -m 600 /usr/share/doc/halobot/env.example "$state/.env"
  echo "halobot: fill in $state/.env, then: cd $state && sudo -u halobot halobot check"
  echo "halobot: when all is well there: systemctl enable --now halobot"
fi
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl try-restart halobot.service
fi
