#!/usr/bin/env bats
# Debian's keepalived as the other router of an IPv6 address, in both roles.

load ../lib/lab
load peers

setup() {
	command -v keepalived >/dev/null || skip 'keepalived is not installed'
	lab_up6
}

teardown() {
	lab_down
}

start_theirs() {
	start_keepalived r2 "$(conf_keepalived r2 "$1" 'native_ipv6' |
		sed "s|^ *$LAB_VIP/24|fe80::51:1/64\n$LAB_VIP/64|")"
}

@test "I06 IPv6, ours is better: one master, theirs takes over at skew after TERM" {
	ours_is_better ''
	assert_equal "$(adverts | awk '{ print $5, $6, $12, $13 }' | sort -u)" \
		"ff02::12 255 pseudo fe80::51:1,$LAB_VIP"
}

@test "I06 IPv6, keepalived is better: one master, ours takes over at skew after TERM" {
	theirs_is_better ''
}

@test "I06 V06 a global address first: keepalived accepts it" {
	OURS_FIRST=$LAB_VIP/64 OURS_SECOND=fe80::51:1/64
	ours_is_better ''
}
