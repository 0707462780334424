#!/usr/bin/env bats
# FRR's vrrpd as the other router of IPv4 addresses, in both roles.

load ../lib/lab
load peers
load frr

setup() {
	frr_require
	lab_up r1 r2
	FRR=''
}

teardown() {
	lab_down
}

start_theirs() {
	start_frr r2 3 "$1" "$FRR"
}

@test "I13 version 3, ours is better: one master, FRR takes over at skew after TERM" {
	ours_is_better ''
	assert_equal "$(adverts | awk '{ print $7, $12 }' | sort -u)" '3 pseudo'
}

@test "I13 version 3, FRR is better: one master, ours takes over at skew after TERM" {
	theirs_is_better ''
	assert_equal "$(adverts | awk '{ print $7, $12 }' | sort -u)" '3 pseudo'
}

@test "I13 checksums of the message only, ours is better: one master" {
	frr_require_word checksum-with-ipv4-pseudoheader
	FRR='checksum-with-ipv4-pseudoheader'
	ours_is_better 'checksum: message-only'
	assert_equal "$(adverts | awk '{ print $12 }' | sort -u)" message
}

@test "I13 FRR's checksums are of the message only, it is better: one master, ours accepts both" {
	frr_require_word checksum-with-ipv4-pseudoheader
	FRR='checksum-with-ipv4-pseudoheader'
	theirs_is_better ''
	assert_equal "$(adverts from=r2 | awk '{ print $12 }' | sort -u)" message
	problem 'checksums of 192.0.2.2 cover the message only'
}

@test "I04 checksums of the message only: an FRR that knows no other form than its own is master too" {
	! grep -q checksum-with-ipv4-pseudoheader "$FRR_LIB/vrrpd" || skip 'this FRR can be told'
	start_theirs 100
	wait_advert 8 from=r2 not-prio=0
	start_ours 200 'checksum: message-only'
	wait_state r1 web master 6
	both_masters
	problem 'checksums of 192.0.2.2 cover the pseudo-header too, ours the message only'
}

@test "I13 version 2, ours is better: one master, FRR takes over" {
	start_theirs() {
		start_frr r2 2 "$1"
	}
	ours_is_better 'version: 2'
}

@test "I13 version 2, FRR is better: one master, ours takes over" {
	start_theirs() {
		start_frr r2 2 "$1"
	}
	theirs_is_better 'version: 2'
}
