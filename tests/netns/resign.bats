#!/usr/bin/env bats
# Priority 0, sent and received; stopping.

load ../lib/lab

setup() {
	lab_up r1 r2 r3
}

teardown() {
	lab_down
}

@test "Z01 stopping a master: priority 0 first, the next one after skew, the client hardly notices" {
	local zero first lost
	start_vrrpd r1 "$(conf r1 200)"
	start_vrrpd r2 "$(conf r2 150)"
	start_vrrpd r3 "$(conf r3 100)"
	wait_state r1 web master 6
	wait_for 2 client_sees r1
	watch_addresses r1
	on h1 ping -D -i 0.1 -w 4 "$LAB_VIP" >"$LAB/ping" 3>&- &
	wait_for 2 grep -q 'icmp_seq=5' "$LAB/ping"
	stop_vrrpd r1
	((STATUS == 0))
	zero=$(wait_advert 1 from=r1 prio=0)
	assert_between 'resignations' "$(advert_count from=r1 prio=0)" 1 2
	((zero < $(address_event r1 removed)))
	first=$(wait_advert 2 from=r2 after="$zero")
	assert_on_time 'takeover' $((first - zero)) "$(skew_us 150)"
	assert_equal "$(advert_count from=r1 after="$zero" not-prio=0)" 0
	wait_state r2 web master 1
	assert_equal "$(instance r2 web .new_master_reason)" priority
	wait %% || true
	lost=$(awk '/packets transmitted/ { print $1 - $4 }' "$LAB/ping")
	assert_between 'pings lost' "$lost" 0 $((6 + ${VRRPD_SLACK_MS:-60} / 100))
	assert_equal "$(advert_count from=r3)" 0
	wait_for 1 hook_seen r1 'INSTANCE web STOP 200'
}

@test "Z02 stopping a backup says nothing on the wire and takes less than a second" {
	local before
	start_vrrpd r1 "$(conf r1 200)"
	start_vrrpd r2 "$(conf r2 150)"
	wait_state r1 web master 6
	wait_state r2 web backup 1
	before=$(now_us)
	stop_vrrpd r2
	((STATUS == 0))
	assert_between 'stopping' $(($(now_us) - before)) 0 $((1000000 + ${VRRPD_SLACK_MS:-60} * 1000))
	assert_equal "$(advert_count from=r2)" 0
	assert_equal "$(hooks_of r2 | grep -c STOP)" 1
}

@test "Z03 priority 0 makes a backup wait for skew, and a better advert in between stops it" {
	local time first
	start_vrrpd r1 "$(conf r1 100)"
	wait_state r1 web backup 3
	time=$(inject src=192.0.2.200 prio=0)
	first=$(wait_advert 2 from=r1)
	assert_on_time 'takeover' $((first - time)) "$(skew_us 100)"
	stop_vrrpd r1

	start_vrrpd r2 "$(conf r2 100 'advertise-interval: 3s')" # 1.8 s of skew
	wait_state r2 web backup 3
	inject src=192.0.2.200 prio=0
	sleep 0.3
	time=$(inject src=192.0.2.200 prio=150)
	first=$(wait_advert 6 from=r2)
	assert_on_time 'takeover' $((first - time)) "$(down_us 100)"
}

@test "Z04 a master answers priority 0 at once, and keeps its pace from there" {
	local time answer next
	start_vrrpd r1 "$(conf r1 200)"
	wait_state r1 web master 6
	wait_advert 3 from=r1 after="$(advert_last from=r1)"
	sleep 0.4
	time=$(inject src=192.0.2.200 prio=0)
	answer=$(wait_advert 1 from=r1 after="$time")
	assert_between 'answer' $((answer - time)) 0 $((20000 + (${VRRPD_SLACK_MS:-60} - 60) * 1000))
	next=$(wait_advert 2 from=r1 after="$answer")
	assert_on_time 'next advert' $((next - answer)) 1000000 20000
	in_state r1 web master
	assert_equal "$(hooks_of r1 | grep -c MASTER)" 1
}

@test "Z07 stopping leaves the machine as it was" {
	snapshot() {
		on r1 ip address show dev eth0 | grep inet
		on r1 ip link
		on r1 ip route show table all
		on r1 ip rule
		on r1 sysctl -a 2>/dev/null | grep -E '^net\.ipv[46]\.(conf|neigh)|igmp_max'
		find "$LAB/r1/run" -mindepth 1 ! -name empty ! -name tmp
	}
	snapshot >"$LAB/before"
	start_vrrpd r1 "$(conf r1 250 'advertise-interval: 100ms')"
	wait_state r1 web master 3
	wait_for 1 holds_address r1
	stop_vrrpd r1
	((STATUS == 0))
	snapshot | diff "$LAB/before" -
	lacks_address r1
	[[ ! -e $LAB/r1/run/vrrpd.sock ]]
	[[ ! -e $LAB/r1/run/vrrpd.pid ]]
	no_process r1
}
