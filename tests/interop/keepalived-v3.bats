#!/usr/bin/env bats
# Debian's keepalived with version 3 as the other router: forms of the checksum, intervals, preemption, a
# virtual MAC on its side.

load ../lib/lab
load peers

setup() {
	command -v keepalived >/dev/null || skip 'keepalived is not installed'
	lab_up r1 r2
	THEIRS=''
}

teardown() {
	lab_down
}

start_theirs() {
	start_keepalived r2 "$(conf_keepalived r2 "$1" "$THEIRS")"
}

# their_virtual_mac: it speaks from a macvlan of its own.
their_virtual_mac() {
	THEIRS='use_vmac'
	speaks_as r2 00:00:5e:00:01:33
}

# their_old_checksum: of the message only; skips what is too old for it.
their_old_checksum() {
	grep -q v3_checksum_as_v2 "$(command -v keepalived)" || skip 'this keepalived has no v3_checksum_as_v2'
	THEIRS=v3_checksum_as_v2
}

@test "I03 keepalived sends checksums of the message only, ours too: one master" {
	their_old_checksum
	ours_is_better 'checksum: message-only'
}

@test "I03 keepalived sends checksums of the message only, ours of the pseudo-header too: one master" {
	their_old_checksum
	theirs_is_better ''
}

@test "I04 ours sends checksums of the message only: keepalived drops them, both are master" {
	start_theirs 100
	wait_advert 6 from=r2 not-prio=0
	start_ours 200 'checksum: message-only'
	wait_state r1 web master 6
	both_masters
	assert_equal "$(adverts from=r1 | awk '{ print $12 }' | sort -u)" message
	assert_equal "$(adverts from=r2 | awk '{ print $12 }' | sort -u)" pseudo
	wait_for 3 logged r2 '[Cc]hecksum'
	problem 'checksums of 192.0.2.2 cover the pseudo-header too, ours the message only'
}

@test "I07 version 3, the interval of keepalived is learned: takeover after three of those" {
	local last first
	start_theirs 200
	wait_advert 6 from=r2 not-prio=0
	start_ours 100 'advertise-interval: 2s'
	wait_for 3 learned 1000
	holds 4 no_advert from=r1
	problem '192.0.2.2 advertises every 1000 ms, we every 2000 ms'
	kill_daemon r2
	last=$(advert_last from=r2)
	first=$(wait_advert 6 from=r1)
	assert_on_time 'ours takes over' $((first - last)) "$(down_us 100 100)"
}

@test "I07 version 3, ours is slower and better: keepalived stays backup" {
	local first
	start_theirs 100
	wait_advert 6 from=r2 not-prio=0
	start_ours 200 'advertise-interval: 2s'
	first=$(wait_advert 9 from=r1)
	holds 7 quiet_since r2 $((first + 50000))
	in_state r1 web master
}

learned() {
	[[ $(instance r1 web .master_advertise_interval_ms) == "$1" ]]
}

@test "I09 keepalived with a virtual MAC, ours without, is better: the client follows" {
	their_virtual_mac
	ours_is_better ''
}

@test "I09 keepalived with a virtual MAC is better than ours without: the client follows" {
	their_virtual_mac
	theirs_is_better ''
}

# The switch sends frames for the virtual MAC there.
port_is() {
	on sw bridge fdb show br br0 | grep -qE "^00:00:5e:00:01:33 dev $1 "
}

neighbor() {
	ip -n "$(ns h1)" neigh show "$LAB_VIP" | grep -o '..:..:..:..:..:..'
}

@test "I09 a virtual MAC on both sides: the switch's port follows, the client's neighbor stays, few pings are lost" {
	local lost
	LAB_EXCEPT='spacing' # two masters that meet have one MAC
	THEIRS='use_vmac'
	on r2 sysctl -qw net.ipv4.conf.eth0.arp_ignore=1 net.ipv4.conf.eth0.arp_announce=2 # keepalived leaves them
	start_theirs 100
	wait_for 8 holds_address r2
	wait_for 3 port_is r2
	wait_for 2 on h1 ping -n -c 1 -W 1 "$LAB_VIP"
	assert_equal "$(neighbor)" 00:00:5e:00:01:33
	on h1 ping -n -i 0.05 "$LAB_VIP" >"$LAB/ping" 3>&- &
	echo $! >>"$LAB/tools"
	start_ours 200 'virtual-mac: true'
	wait_state r1 web master 6
	wait_for 3 port_is r1
	wait_for 3 lacks_address r2
	assert_equal "$(neighbor)" 00:00:5e:00:01:33
	stop_vrrpd r1
	((STATUS == 0))
	wait_for 5 holds_address r2
	wait_for 3 port_is r2
	assert_equal "$(neighbor)" 00:00:5e:00:01:33
	lost=$(awk -F'icmp_seq=' '/icmp_seq/ { split($2, seq, " "); got++; last = seq[1] } END { print last - got }' "$LAB/ping")
	assert_between 'pings lost, one each 50 ms' "$lost" 0 $((20 + ${VRRPD_SLACK_MS:-60} / 25))
}

@test "P03 keepalived with nopreempt: a lower one of ours keeps the addresses until it ends" {
	local zero first
	THEIRS=nopreempt
	start_ours 100
	wait_state r1 web master 6
	start_theirs 200
	wait_for 3 logged r2 'Entering BACKUP STATE'
	holds 6 no_advert from=r2
	in_state r1 web master
	stop_vrrpd r1
	zero=$(advert_first from=r1 prio=0)
	first=$(wait_advert 4 from=r2)
	assert_on_time 'theirs takes over' $((first - zero)) "$(skew_us 200)"
}

@test "P03 ours with preempt false: a lower keepalived keeps the addresses until it ends" {
	local zero first
	start_theirs 100
	wait_advert 6 from=r2 not-prio=0
	start_ours 200 'preempt: false'
	wait_state r1 web backup 3
	holds 6 no_advert from=r1
	stop_theirs
	zero=$(advert_first from=r2 prio=0)
	first=$(wait_advert 4 from=r1)
	assert_on_time 'ours takes over' $((first - zero)) "$(skew_us 200)"
}

@test "I12 a healed partition: keepalived, the lower one, yields to ours at once" {
	local healed
	partition r1
	start_ours 200
	start_theirs 100
	wait_state r1 web master 6
	wait_for 6 holds_address r2
	wait_for 2 logged r2 'Entering MASTER STATE'
	healed=$(now_us)
	heal r1
	wait_for 3 lacks_address r2
	assert_between 'our adverts in the first second' \
		"$(advert_count from=r1 after="$healed" before=$((healed + 1000000)))" 0 5
	is_master_alone r1 r2 "$(advert_last from=r2)"
	wait_for 3 client_sees r1
}
