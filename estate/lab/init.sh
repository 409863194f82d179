#!/bin/sh
# First process of a lab host: makes a container look like a machine, then becomes systemd.
# Podman mounts single files over /etc/hostname, hosts and resolv.conf; every tool that replaces such a file by
# rename() would fail on them. /lab holds what the machine room gives this host; it is copied at the first start only.
for name in hostname hosts resolv.conf; do
  umount "/etc/$name" 2>/dev/null
done
if [ ! -e /etc/.lab-started ]; then
  for name in hostname hosts resolv.conf; do
    cat "/lab/$name" > "/etc/$name" && chmod 0644 "/etc/$name"
  done
  install -m 0600 /lab/ssh_host_ed25519_key /etc/ssh/
  install -m 0644 /lab/ssh_host_ed25519_key.pub /etc/ssh/
  install -d -m 0700 /root/.ssh
  install -m 0600 /lab/authorized_keys /root/.ssh/authorized_keys
  : > /etc/.lab-started
fi
hostname "$(cat /etc/hostname)"
umount -l /lab
# The journal of a machine survives its restart; --systemd=always would keep it in memory.
umount /var/log/journal 2>/dev/null
# systemd 257 needs cgroup v2: on a machine with v1 or hybrid cgroups give it the unified tree of its own namespace.
if [ ! -e /sys/fs/cgroup/cgroup.controllers ]; then
  umount -R /sys/fs/cgroup 2>/dev/null
  mount -t cgroup2 -o nsdelegate cgroup2 /sys/fs/cgroup || mount -t cgroup2 cgroup2 /sys/fs/cgroup
fi
exec /sbin/init
