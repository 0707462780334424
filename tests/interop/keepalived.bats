#!/usr/bin/env bats
# Debian's keepalived with vrrp_version 3 as the other router, in both roles.

load ../lib/lab

setup() {
	command -v keepalived >/dev/null || skip 'keepalived is not installed'
	lab_up r1 r2
}

teardown() {
	lab_down
}

quiet_since() {
	no_advert from="$1" after="$2"
}

@test "I02 ours is better: one master, it preempts, keepalived takes over at skew after TERM" {
	local zero first
	start_keepalived r2 "$(conf_keepalived r2 100)"
	wait_advert 6 from=r2
	start_vrrpd r1 "$(conf r1 200)"
	first=$(wait_advert 6 from=r1)
	wait_state r1 web master 1
	wait_for 2 lacks_address r2
	holds 5 quiet_since r2 $((first + 50000))
	wait_for 2 client_sees r1
	assert_equal "$(instance r1 web .counters.checksum_errors)" 0
	stop_vrrpd r1
	zero=$(advert_first from=r1 prio=0)
	first=$(wait_advert 3 from=r2 after="$zero")
	assert_on_time 'keepalived takes over' $((first - zero)) "$(skew_us 100)"
	wait_for 2 client_sees r2
}

@test "I02 ours is better and is killed: keepalived takes over at master down" {
	local last first
	start_keepalived r2 "$(conf_keepalived r2 100)"
	start_vrrpd r1 "$(conf r1 200)"
	wait_state r1 web master 6
	kill_daemon r1
	last=$(advert_last from=r1)
	first=$(wait_advert 6 from=r2 after="$last")
	assert_on_time 'keepalived takes over' $((first - last)) "$(down_us 100)"
}

@test "I02 keepalived is better: it preempts, we take over at skew after TERM" {
	local zero first
	start_vrrpd r1 "$(conf r1 100)"
	wait_state r1 web master 6
	start_keepalived r2 "$(conf_keepalived r2 200)"
	first=$(wait_advert 6 from=r2)
	wait_state r1 web backup 1
	wait_for 2 lacks_address r1
	holds 5 quiet_since r1 $((first + 50000))
	wait_for 2 client_sees r2
	assert_equal "$(instance r1 web .counters.checksum_errors)" 0
	stop_keepalived r2
	zero=$(advert_first from=r2 prio=0)
	first=$(wait_advert 3 from=r1 after="$zero")
	assert_on_time 'we take over' $((first - zero)) "$(skew_us 100)"
	wait_for 2 client_sees r1
	assert_equal "$(instance r1 web .counters.priority_zero_pkts_rcvd)" 1
}

@test "I02 keepalived is better and is killed: we take over at master down" {
	local last first
	start_keepalived r2 "$(conf_keepalived r2 200)"
	wait_advert 6 from=r2
	start_vrrpd r1 "$(conf r1 100)"
	wait_state r1 web backup 3
	holds 4 no_advert from=r1
	kill_daemon r2
	last=$(advert_last from=r2)
	first=$(wait_advert 6 from=r1)
	assert_on_time 'we take over' $((first - last)) "$(down_us 100)"
	wait_state r1 web master 1
}

@test "I12 a healed partition: the lower one yields at the first advert, without a storm" {
	local healed
	partition r1
	start_vrrpd r1 "$(conf r1 100)"
	start_keepalived r2 "$(conf_keepalived r2 200)"
	wait_state r1 web master 6
	wait_for 6 holds_address r2
	wait_for 2 logged r2 MASTER
	healed=$(now_us)
	heal r1
	wait_state r1 web backup 2
	assert_between 'our adverts after the healing' "$(advert_count from=r1 after="$healed")" 0 5
	wait_for 3 client_sees r2
}
