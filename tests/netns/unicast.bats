#!/usr/bin/env bats
# Unicast: adverts to listed peers only, from listed peers only.

load ../lib/lab

setup() {
	lab_up r1 r2 r3
}

teardown() {
	lab_down
}

peers() {
	echo "unicast-peers: [$1]"
}

@test "U01 three routers without a group: election, takeover, resignation" {
	local first last zero
	start_vrrpd r1 "$(conf r1 200 "$(peers '192.0.2.2, 192.0.2.3')")"
	wait_state r1 web backup 3
	start_vrrpd r2 "$(conf r2 150 "$(peers '192.0.2.1, 192.0.2.3')")"
	start_vrrpd r3 "$(conf r3 100 "$(peers '192.0.2.1, 192.0.2.2')")"
	wait_state r1 web master 5
	wait_for 1 holds_address r1
	wait_for 3 advert_count_is_least 6
	no_advert from=r2
	no_advert from=r3
	assert_equal "$(adverts | awk '{ print $3, $5, $6, $9, $12 }' | sort -u)" \
		'192.0.2.1 192.0.2.2 255 200 pseudo
192.0.2.1 192.0.2.3 255 200 pseudo'
	refute grep -qw 224.0.0.18 <(on r1 ip maddress show dev eth0)

	stop_vrrpd r1
	zero=$(advert_first prio=0)
	assert_equal "$(adverts prio=0 | awk '{ print $5 }')" '192.0.2.2
192.0.2.3'
	first=$(wait_advert 3 from=r2)
	assert_on_time 'takeover after the resignation' $((first - zero)) "$(skew_us 150)"
	wait_state r2 web master 1
	in_state r3 web backup

	kill_daemon r2
	ip -n "$(ns sw)" link set r2 down
	last=$(advert_last from=r2)
	first=$(wait_advert 5 from=r3)
	assert_on_time 'takeover after a death' $((first - last)) "$(down_us 100)"
	wait_state r3 web master 1
	assert_equal "$(awk '$2 == "vrrp" && $5 == "224.0.0.18"' "$LAB/wire")" ''
	LAB_EXCEPT=leftovers
}

advert_count_is_least() {
	(($(advert_count) >= $1))
}

@test "U03 U04 who is not listed, and who speaks to the group, is not heard" {
	start_vrrpd r1 "$(conf r1 100 "$(peers 192.0.2.2)")"
	wait_state r1 web master 5
	start_vrrpd r3 "$(conf r3 200 "$(peers 192.0.2.1)")"
	wait_state r3 web master 5
	wait_for 3 unlisted_is_counted r1
	in_state r1 web master
	stop_vrrpd r3
	start_vrrpd r3 "$(conf r3 200)"
	wait_state r3 web master 5
	in_state r1 web master
	LAB_EXCEPT=spacing
}

@test "U02 the TTL of a listed peer: any by default, min-ttl where it is asked for" {
	start_vrrpd r1 "$(conf r1 100 "$(peers '192.0.2.100, {address: 192.0.2.101, min-ttl: 255}')
advertise-interval: 100ms")"
	wait_state r1 web master 3
	inject src=192.0.2.101 dst=192.0.2.1 dmac="$(mac_of r1)" prio=200 interval=10 ttl=254
	wait_for 1 ttl_is_counted
	in_state r1 web master
	inject src=192.0.2.101 dst=192.0.2.1 dmac="$(mac_of r1)" prio=200 interval=10 ttl=255
	wait_state r1 web backup 1
	wait_state r1 web master 3
	inject src=192.0.2.100 dst=192.0.2.1 dmac="$(mac_of r1)" prio=200 interval=10 ttl=64
	wait_state r1 web backup 1
}

ttl_is_counted() {
	[[ $(instance r1 web .counters.ip_ttl_errors) == 1 ]]
}

@test "U04 an instance of the group does not hear unicast adverts, and counts them" {
	start_vrrpd r1 "$(conf r1 100 'advertise-interval: 100ms')"
	wait_state r1 web master 3
	inject src=192.0.2.200 dst=192.0.2.1 dmac="$(mac_of r1)" prio=200
	wait_for 1 delivery_is_counted
	in_state r1 web master
}

delivery_is_counted() {
	[[ $(instance r1 web .counters.delivery_mode_errors) == 1 ]]
}

unlisted_is_counted() {
	(($(instance "$1" web .counters.unicast_source_errors) > 0))
}

@test "U01 a peer that is dead delays nobody" {
	local late
	start_vrrpd r1 "$(conf r1 200 "$(peers '192.0.2.77, 192.0.2.2, 192.0.2.78')
advertise-interval: 10ms")"
	# It bears with a machine that is busy with other tests.
	start_vrrpd r2 "$(conf r2 100 "$(peers 192.0.2.1)
master-down-adverts: 30
advertise-interval: 10ms")"
	wait_state r1 web master 3
	holds 6 in_state r2 web backup
	refute logged r1 'advert not sent'
	late=$(adverts from=r1 | awk '$5 == "192.0.2.2"' | intervals | sort -n | tail -n 1)
	assert_between 'longest gap' "$late" 0 $((34000 + ${VRRPD_SLACK_MS:-60} * 1000))
	LAB_EXCEPT=spacing
}

@test "U01 the configured source address is what peers see" {
	ip -n "$(ns r1)" address add 192.0.2.50/24 dev eth0
	ip -n "$(ns r1)" -o address show | awk '{ print $2, $4 }' | sort >"$LAB/r1/addresses"
	start_vrrpd r1 "$(conf r1 200 "$(peers 192.0.2.2)
source-address: 192.0.2.50
advertise-interval: 100ms")"
	start_vrrpd r2 "$(conf r2 100 "$(peers 192.0.2.50)
advertise-interval: 100ms")"
	wait_state r1 web master 3
	wait_for 1 have_advert from=r1
	assert_equal "$(adverts from=r1 | awk '{ print $3 }' | sort -u)" 192.0.2.50
	in_state r2 web backup
	ip -n "$(ns r1)" address del 192.0.2.50/24 dev eth0
	wait_state r1 web fault 1
	wait_state r2 web master 2
	ip -n "$(ns r1)" address add 192.0.2.50/24 dev eth0
	wait_state r1 web master 3
	wait_state r2 web backup 2
}
