#!/usr/bin/env bats
# Debian's keepalived as a unicast peer, in both roles and versions.

load ../lib/lab
load peers

setup() {
	command -v keepalived >/dev/null || skip 'keepalived is not installed'
	lab_up r1 r2
	VERSION=3
}

teardown() {
	lab_down
}

start_theirs() {
	start_keepalived r2 "$(conf_keepalived r2 "$1" 'unicast_src_ip 192.0.2.2
	    unicast_peer {
	        192.0.2.1
	    }' | sed "s/vrrp_version 3/vrrp_version $VERSION/")"
}

OURS='unicast-peers: [192.0.2.2]'

no_multicast() {
	[[ -z $(awk '$2 == "vrrp" && $5 !~ /^192\.0\.2\.[12]$/' "$LAB/wire") ]]
}

@test "I08 unicast of version 3, ours is better: one master, theirs takes over" {
	ours_is_better "$OURS"
	no_multicast
}

@test "I08 unicast of version 3, keepalived is better: one master, ours takes over" {
	theirs_is_better "$OURS"
	no_multicast
}

@test "I08 unicast of version 2, ours is better: one master, theirs takes over" {
	VERSION=2
	ours_is_better "$OURS"$'\nversion: 2'
	no_multicast
}

@test "I08 unicast of version 2, keepalived is better: one master, ours takes over" {
	VERSION=2
	theirs_is_better "$OURS"$'\nversion: 2'
	no_multicast
}
