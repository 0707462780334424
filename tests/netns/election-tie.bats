#!/usr/bin/env bats
# Equal priorities: the greater address decides among masters, and nothing among backups.

load ../lib/lab

setup() {
	lab_up r1 r2
}

teardown() {
	lab_down
}

@test "E06 after a partition the greater address stays master" {
	local healed yielded
	# A link without carrier would be a fault: it is the bridge that is cut.
	partition r1
	start_vrrpd r1 "$(conf r1 100)"
	start_vrrpd r2 "$(conf r2 100)"
	wait_state r1 web master 8
	wait_state r2 web master 8
	healed=$(now_us)
	watch_addresses r1
	heal r1
	wait_state r1 web backup 3
	wait_for 1 hook_seen r1 'INSTANCE web BACKUP 100'
	yielded=$(advert_first from=r2 after="$healed")
	wait_for 1 address_seen r1 removed
	assert_between 'address gone after the first advert' \
		$(($(address_event r1 removed) - yielded)) 0 $((100000 + 50000 + ${VRRPD_SLACK_MS:-60} * 1000))
	in_state r2 web master
	holds_address r2
	assert_equal "$(instance r1 web .reason)" equal-priority-higher-address
	wait_for 3 client_sees r2
}

# tie R1-ADDRESS R2-ADDRESS: both masters meet; prints nothing, r2 must win.
tie() {
	ip -n "$(ns r1)" address flush dev eth0 scope global
	ip -n "$(ns r2)" address flush dev eth0 scope global
	ip -n "$(ns r1)" address add "$1/24" dev eth0
	ip -n "$(ns r2)" address add "$2/24" dev eth0
	on r1 sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth0.rp_filter=0
	on r2 sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth0.rp_filter=0
	LAB_EXCEPT=leftovers
	partition r1
	start_vrrpd r1 "$(conf r1 100 'advertise-interval: 100ms')"
	start_vrrpd r2 "$(conf r2 100 'advertise-interval: 100ms')"
	wait_state r1 web master 3
	wait_state r2 web master 3
	heal r1
	wait_state r1 web backup 2
	holds 1 in_state r2 web master
	in_state r1 web backup
}

@test "E07 the tie is unsigned: 200.0.0.1 beats 10.0.0.1" {
	tie 10.0.0.1 200.0.0.1
}

@test "E07 the tie is numeric: 192.0.2.100 beats 192.0.2.9" {
	tie 192.0.2.9 192.0.2.110
}

@test "E07 the tie is in network order: 192.0.3.1 beats 192.0.2.2" {
	tie 192.0.2.2 192.0.3.1
}

@test "E08 a backup ignores the tie rule" {
	start_vrrpd r1 "$(conf r1 100)"
	wait_state r1 web master 6
	start_vrrpd r2 "$(conf r2 100)"
	wait_state r2 web backup 3
	holds 10 in_state r2 web backup
	assert_equal "$(advert_count from=r2)" 0
}
