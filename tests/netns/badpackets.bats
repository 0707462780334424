#!/usr/bin/env bats
# Packets that must change nothing.

load ../lib/lab

setup() {
	lab_up r1
}

teardown() {
	lab_down
}

counter_is() {
	[[ $(instance r1 web ".counters.$1") == "$2" ]]
}

@test "B07 adverts from the own address change nothing and are counted" {
	local before prio
	start_vrrpd r1 "$(conf r1 100)"
	wait_state r1 web master 6
	before=$(instance r1 web .since)
	# The kernel itself drops them as martians, unless told to let them through.
	on r1 sysctl -qw net.ipv4.conf.all.accept_local=1 net.ipv4.conf.eth0.accept_local=1
	for prio in 50 250 100; do
		inject src=192.0.2.1 prio=$prio
	done
	wait_for 1 counter_is own_source_pkts_rcvd 3
	holds 3 in_state r1 web master
	assert_equal "$(instance r1 web .since)" "$before"
	adverts from=r1 | intervals | awk '$1 < 900000 { bad = 1 } END { exit bad }'
}

@test "B02 Q02 damaged adverts do not move a master, each counts where it belongs" {
	local before
	start_vrrpd r1 "$(conf r1 100)"
	wait_state r1 web master 6
	before=$(instance r1 web .since)
	inject src=192.0.2.200 prio=200 ttl=254
	inject src=192.0.2.200 prio=200 checksum=bad
	inject src=192.0.2.200 prio=200 version=4
	inject src=192.0.2.200 hex=3133
	inject src=192.0.2.200 hex=3133c8020064000001020304
	inject src=192.0.2.200 prio=200 interval=0
	wait_for 1 counter_is ip_ttl_errors 1
	wait_for 1 counter_is checksum_errors 1
	holds 2 in_state r1 web master
	assert_equal "$(instance r1 web .since)" "$before"
	adverts from=r1 | intervals | awk '$1 < 900000 { bad = 1 } END { exit bad }'
}

@test "B01 T07 damaged adverts do not hold a backup back" {
	local since first delay
	start_vrrpd r1 "$(conf r1 100)"
	wait_state r1 web backup 3
	since=$(since_us r1 web)
	for delay in 0.5 0.8 0.8 0.8; do
		sleep $delay
		inject src=192.0.2.200 prio=200 ttl=254
		inject src=192.0.2.200 prio=200 checksum=bad
		inject src=192.0.2.200 hex=3133
		inject src=192.0.2.200 prio=200 interval=0
		inject src=192.0.2.200 prio=200 vrid=99
	done
	first=$(wait_advert 3 from=r1)
	assert_on_time 'takeover' $((first - since)) "$(down_us 100)"
}

# problem TEXT: is it among the problems?
problem() {
	ctl r1 -j show | jq -e --arg text "$1" '.problems | any(.kind == "peer" and .object == "web" and .text == $text)' >/dev/null
}

@test "T09 what makes two masters in silence is a problem that names the peer" {
	start_vrrpd r1 "$(conf r1 100)"
	wait_state r1 web backup 3
	inject src=192.0.2.201 hex=2133c801000154bfc000020a0000000000000000
	inject src=192.0.2.202 prio=200 ttl=64
	inject src=192.0.2.203 prio=50 interval=300
	inject src=192.0.2.204 prio=50 addr=192.0.2.11
	inject src=192.0.2.205 prio=50 checksum=message
	inject src=192.0.2.206 prio=50 checksum=bad
	wait_for 1 counter_is checksum_errors 1
	counter_is version_errors 1
	counter_is ip_ttl_errors 1
	counter_is interval_errors 1
	counter_is address_list_errors 1
	counter_is advertisement_rcvd 3
	problem '192.0.2.201 sends VRRP version 2, we 3: both become master'
	problem '192.0.2.202 sends with TTL 64 instead of 255: both become master'
	problem '192.0.2.203 advertises every 3000 ms, we every 1000 ms: its interval is used while it is master'
	problem '192.0.2.204 advertises other addresses than ours for vrid 51: compare the configurations'
	problem 'adverts of 192.0.2.206 for vrid 51 are dropped: checksum'
	ctl r1 show | grep -q '192.0.2.205 cover the message only'
	wait_for 2 logged r1 'web: 192.0.2.201 sends VRRP version 2, we 3'
	assert_equal "$(log_of r1 | grep -c '192.0.2.201')" 1
}

@test "B15 both forms of the checksum are accepted" {
	start_vrrpd r1 "$(conf r1 100 'advertise-interval: 100ms')"
	wait_state r1 web master 3
	inject src=192.0.2.200 prio=200 interval=100 checksum=message
	wait_state r1 web backup 1
	wait_state r1 web master 5
	inject src=192.0.2.200 prio=200 interval=100 checksum=pseudo
	wait_state r1 web backup 1
}

@test "B03 what is acceptable restarts the timer" {
	local time first
	start_vrrpd r1 "$(conf r1 100)"
	wait_state r1 web backup 3
	sleep 2
	inject src=192.0.2.200 prio=100 checksum=message >/dev/null
	sleep 2
	time=$(inject src=192.0.2.200 prio=200)
	counter_is advertisement_rcvd 2
	first=$(wait_advert 6 from=r1)
	assert_on_time 'takeover' $((first - time)) "$(down_us 100)"
}

@test "B11 CARP with our number is no resignation" {
	local since first
	start_vrrpd r1 "$(conf r1 100 'version: 2')"
	wait_state r1 web backup 3
	since=$(since_us r1 web)
	# vhid 51, advskew 0, 7 words of authentication, advbase 1: priority 0 to who reads it as VRRP.
	inject src=192.0.2.200 hex=213300070001d3c500000000000000000000000000000000000000000000000000000000
	wait_for 1 counter_is packet_length_errors 1
	first=$(wait_advert 5 from=r1)
	assert_on_time 'takeover' $((first - since)) "$(down_us 100)"
	wait_for 2 logged r1 'CARP'
}

@test "B14 another list of addresses is accepted and said" {
	start_vrrpd r1 "$(conf r1 100 'advertise-interval: 100ms')"
	wait_state r1 web master 3
	inject src=192.0.2.200 prio=200 addr=192.0.2.11
	wait_state r1 web backup 1
	counter_is address_list_errors 1
	problem '192.0.2.200 advertises other addresses than ours for vrid 51: compare the configurations'
}

@test "B09 a thousand adverts a second are answered a hundred times a second" {
	local start answers
	start_vrrpd r1 "$(conf r1 100)"
	wait_state r1 web master 6
	start=$(now_us)
	inject src=192.0.2.200 prio=50 times=3000 gap=1 >"$LAB/flood"
	answers=$(advert_count from=r1 after="$start")
	assert_between 'answers a second' $((answers * 1000000 / ($(now_us) - start))) 1 110
	in_state r1 web master
	LAB_EXCEPT=spacing
}
