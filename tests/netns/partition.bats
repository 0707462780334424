#!/usr/bin/env bats
# Two masters, and how that ends.

load ../lib/lab

setup() {
	lab_up r1 r2
}

teardown() {
	lab_down
}

client_asks() {
	on h1 ping -c 1 -W 1 "$LAB_VIP"
}

# split R1-LINES R2-LINES: r1 is cut off, both become master, the client knows r2.
split() {
	partition r1
	start_vrrpd r1 "$(conf r1 200 "$1")"
	start_vrrpd r2 "$(conf r2 100 "$2")"
	wait_state r1 web master 6
	wait_state r2 web master 9
	wait_for 2 client_asks
	client_knows r2
	holds 5 in_state r1 web master
	client_asks
}

@test "L01 a partition of some seconds heals: one master, and the client finds it at once" {
	local healed heard answer
	split '' 'advertise-interval: 200ms'
	watch_addresses r2
	healed=$(now_us)
	heal r1
	wait_state r2 web backup 2
	heard=$(advert_first after="$healed")
	answer=$(advert_first from=r1 after="$healed")
	assert_between 'answer of the better one' $((answer - heard)) 0 $((20000 + ${VRRPD_SLACK_MS:-60} * 1000))
	wait_for 1 have_garp from=r1 after="$healed"
	assert_between 'its announcement' $(($(garps from=r1 after="$healed" | awk 'NR == 1 { print $1 }') - heard)) \
		-300000 $((200000 + ${VRRPD_SLACK_MS:-60} * 1000))
	wait_for 1 address_seen r2 removed
	wait_for 2 client_knows r1
	client_asks
	holds 3 no_advert from=r2 after=$((answer + 50000))
	in_state r1 web master
	assert_equal "$(instance r1 web .counters.master_transitions)" 1
}

@test "L01 the better one speaks first, so that it never hears of the other: announce.refresh corrects clients" {
	split $'advertise-interval: 100ms\nannounce: {refresh: 1s}' 'advertise-interval: 2s'
	heal r1
	wait_state r2 web backup 2
	wait_for 3 client_knows r1
	client_asks
}

@test "L02 one-way loss: the better one answers the other, stays master and says so; then all is well" {
	local since
	# The way back to r1 is a dead end: its packets fail the check of their source.
	on r2 sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.eth0.rp_filter=1
	ip -n "$(ns r2)" route add blackhole 192.0.2.1
	start_vrrpd r1 "$(conf r1 200)"
	start_vrrpd r2 "$(conf r2 100)"
	wait_state r1 web master 6
	wait_state r2 web master 6
	since=$(now_us)
	holds 4 in_state r1 web master
	in_state r2 web master
	assert_between 'adverts of both in four seconds' "$(advert_count after="$since" before=$((since + 4000000)))" 9 16
	lower_is_shown 192.0.2.2
	ip -n "$(ns r2)" route del blackhole 192.0.2.1
	wait_state r2 web backup 2
	in_state r1 web master
	wait_for 1 lacks_address r2
}

# lower_is_shown ADDRESS
lower_is_shown() {
	ctl r1 -j show | jq -e --arg text "$1 was master beside us, with priority 100: it did not hear our adverts" \
		'.problems | any(.kind == "conflict" and .text == $text)' >/dev/null
}

@test "M06 a master hears a lower one: it answers at once, and announces" {
	local time answer
	start_vrrpd r1 "$(conf r1 200 'advertise-interval: 5s')"
	wait_state r1 web backup 3
	inject src=192.0.2.200 prio=0 # so that it takes over soon
	wait_state r1 web master 3
	wait_for 9 rounds_are_over
	time=$(inject src=192.0.2.200 prio=100)
	answer=$(wait_advert 1 from=r1 after="$time")
	assert_between 'answer' $((answer - time)) 0 $((20000 + (${VRRPD_SLACK_MS:-60} - 60) * 1000))
	wait_for 1 have_garp from=r1 after="$time"
	in_state r1 web master
}

# The announcements of the beginning: five, and five again.
rounds_are_over() {
	(($(garp_count from=r1) >= 10))
}

@test "B08 two routers with one address, both master: no storm, and both say so" {
	local router since
	ip -n "$(ns r2)" address del 192.0.2.2/24 dev eth0
	ip -n "$(ns r2)" address add 192.0.2.1/24 dev eth0
	for router in r1 r2; do
		# The kernel itself drops what has its own source, unless told to let it through.
		on $router sysctl -qw net.ipv4.conf.all.accept_local=1 net.ipv4.conf.eth0.accept_local=1
		ip -n "$(ns $router)" -o address show | awk '{ print $2, $4 }' | sort >"$LAB/$router/addresses"
		start_vrrpd $router "$(conf $router 100)"
	done
	wait_state r1 web master 6
	wait_state r2 web master 6
	since=$(now_us)
	holds 4 in_state r1 web master
	assert_between 'adverts of both in four seconds' "$(advert_count after="$since" before=$((since + 4000000)))" 6 10
	for router in r1 r2; do
		(($(instance $router web .counters.own_source_pkts_rcvd) > 0))
		wait_for 2 logged $router 'our own source address'
	done
}
