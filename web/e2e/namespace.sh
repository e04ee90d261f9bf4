#!/usr/bin/env bash
# Runs "$@" in a private network namespace with one routed address, where
# browsers and the server can do ICE and no packet leaves the machine (Firefox
# never pairs with 127.0.0.1). Needs root or unprivileged user namespaces.
set -euo pipefail
flags=-n
[ "$(id -u)" -eq 0 ] || flags=-rn
exec unshare $flags bash -c '
	ip link set lo up
	ip link add v0 type veth peer name v1
	# No IPv6 address appears a second later: browsers would drop what is under way
	# because "the network changed".
	ip link set v0 addrgenmode none
	ip link set v1 addrgenmode none
	ip addr add 10.66.0.1/24 dev v0
	ip addr add 10.66.0.9/24 dev v0 # of a bad network (lib/network.mjs)
	ip link set v0 up
	ip link set v1 up
	for _ in $(seq 50); do ip -o link show v0 | grep -q "state UP" && break; sleep 0.1; done
	ip route add default via 10.66.0.2 dev v0
	export ROUNDEL_E2E_HOST=10.66.0.1
	exec "$@"' _ "$@"
