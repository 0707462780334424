#!/usr/bin/env bats
# FRR's vrrpd as the other router of an IPv6 address, in both roles. It sorts global addresses first.

load ../lib/lab
load peers
load frr

setup() {
	frr_require
	lab_up6
}

teardown() {
	lab_down
}

# It binds to the link-local address of its macvlan, which comes up only now: its first advert is missed.
THEIRS_LATE_US=1000000

start_theirs() {
	start_frr r2 3 "$1"
}

@test "I14 IPv6, ours is better: one master, FRR takes over at skew after TERM" {
	ours_is_better ''
}

@test "I14 V06 IPv6, FRR is better: accepted and said, ours takes over at skew after TERM" {
	theirs_is_better ''
	wait_for 2 logged r1 'first address that .* advertises is not link-local: accepted'
}
