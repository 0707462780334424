#!/usr/bin/env bats
# Planned handover: the addresses stay until the successor has them.

load ../lib/lab

setup() {
	lab_up r1 r2
}

teardown() {
	lab_down
}

# From the successor's first advert until it may be expected to answer: 50 ms and 0.3 ms an address.
HOLD_US=50300

@test "Z01 a stop: the addresses go 50 ms after the successor's first advert, and the client loses nothing" {
	local first removed lost
	start_vrrpd r1 "$(conf r1 200)"
	start_vrrpd r2 "$(conf r2 150)"
	wait_state r1 web master 6
	wait_for 2 client_sees r1
	watch_addresses r1
	on h1 ping -D -i 0.01 -c 300 -W 1 "$LAB_VIP" >"$LAB/ping" 3>&- &
	wait_for 2 grep -q 'icmp_seq=20 ' "$LAB/ping"
	stop_vrrpd r1
	((STATUS == 0))
	first=$(wait_advert 2 from=r2)
	removed=$(address_event r1 removed)
	assert_on_time 'removal' $((removed - first)) "$HOLD_US"
	assert_equal "$(advert_count from=r1 prio=0)" 1
	wait_for 1 hook_seen r1 'INSTANCE web STOP 200'
	(($(hook_time r1 'INSTANCE web STOP 200') > removed))
	wait %% || true
	lost=$(awk '/packets transmitted/ { print $1 - $4 }' "$LAB/ping")
	assert_between 'pings lost' "$lost" 0 $((3 + ${VRRPD_SLACK_MS:-60} / 20)) # 41 by skew alone
}

@test "Z01 a client that asks during the handover ends at the successor" {
	local first
	start_vrrpd r1 "$(conf r1 200)"
	start_vrrpd r2 "$(conf r2 100)"
	wait_state r1 web master 6
	on h1 ping -c 1 -W 1 "$LAB_VIP"
	wait_for 2 client_knows r1
	background on h1 arping -i eth0 -W 0.02 -c 200 "$LAB_VIP"
	kill -TERM "$(pid_of r1)"
	first=$(wait_advert 2 from=r2)
	wait_exit r1 4
	wait_for 2 client_knows r2
	assert_between 'the client knows' $(($(now_us) - first)) 0 $((1100000 + ${VRRPD_SLACK_MS:-60} * 1000))
	holds 3 client_knows r2
	client_sees r2
}

@test "Z01 nobody answers: an interval and 20 ms" {
	local zero removed
	start_vrrpd r1 "$(conf r1 200)"
	wait_state r1 web master 6
	wait_for 1 holds_address r1
	watch_addresses r1
	stop_vrrpd r1
	((STATUS == 0))
	zero=$(wait_advert 1 from=r1 prio=0)
	removed=$(address_event r1 removed)
	assert_on_time 'removal' $((removed - zero)) 1020000
}

@test "a second TERM does not wait for a successor" {
	local zero removed second
	start_vrrpd r1 "$(conf r1 200 'advertise-interval: 5s')"
	wait_state r1 web master 18
	wait_for 1 holds_address r1
	watch_addresses r1
	kill -TERM "$(pid_of r1)"
	zero=$(wait_advert 1 from=r1 prio=0)
	holds 0.3 holds_address r1
	second=$(now_us)
	kill -TERM "$(pid_of r1)"
	wait_exit r1 3
	((STATUS == 0))
	removed=$(address_event r1 removed)
	assert_between 'removal' $((removed - second)) 0 $((100000 + ${VRRPD_SLACK_MS:-60} * 1000))
	((removed - zero < 3000000))
}

@test "P01 a better master: backup at once, the addresses 50 ms later" {
	local time removed
	start_vrrpd r1 "$(conf r1 200)"
	wait_state r1 web master 6
	wait_for 1 holds_address r1
	watch_addresses r1
	time=$(inject src=192.0.2.200 prio=250)
	wait_for 1 address_seen r1 removed
	removed=$(address_event r1 removed)
	assert_on_time 'removal' $((removed - time)) "$HOLD_US"
	assert_equal "$(advert_count from=r1 prio=0)" 0
	(($(hook_time r1 'INSTANCE web BACKUP 200' "$time") > removed))
}

@test "a resigned master announces its addresses no more" {
	local zero
	start_vrrpd r1 "$(conf r1 200)"
	wait_state r1 web master 6
	wait_advert 1 from=r1
	kill -TERM "$(pid_of r1)" # the announcements of its beginning still run
	zero=$(wait_advert 1 from=r1 prio=0)
	wait_exit r1 4
	assert_equal "$(garp_count from=r1 after="$zero")" 0
}
