#!/usr/bin/env bats
# VRRP version 2 (RFC 3768), and what happens between the versions.

load ../lib/lab

setup() {
	lab_up r1 r2
}

teardown() {
	lab_down
}

problem() {
	ctl "$1" -j show | jq -e --arg text "$2" '.problems | any(.text == $text)' >/dev/null
}

# counts_each ROUTER COUNTER PEER: every advert of the peer that the router could hear was counted.
counts_each() {
	local n after
	after=$(since_us "$1" web)
	n=$(instance "$1" web ".counters.$2")
	((n >= $(advert_count from="$3" after="$after") - 1 && n > 1 && n <= $(advert_count from="$3")))
}

@test "T03 version 2 with other intervals: both are master, each packet is counted, each says so" {
	start_vrrpd r1 "$(conf r1 200 'version: 2')"
	start_vrrpd r2 "$(conf r2 100 $'version: 2\nadvertise-interval: 2s')"
	wait_state r1 web master 6
	wait_state r2 web master 9
	holds 3 in_state r1 web master
	in_state r2 web master
	wait_for 3 counts_each r1 interval_errors r2
	wait_for 3 counts_each r2 interval_errors r1
	problem r1 '192.0.2.2 advertises every 2 s, we every 1 s: both become master'
	problem r2 '192.0.2.1 advertises every 1 s, we every 2 s: both become master'
	assert_equal "$(log_of r2 | grep -c '192.0.2.1')" 1
}

@test "T09 one of version 2, one of version 3: both are master, each says so" {
	start_vrrpd r1 "$(conf r1 200 'version: 2')"
	start_vrrpd r2 "$(conf r2 100)"
	wait_state r1 web master 6
	wait_state r2 web master 6
	wait_for 3 counts_each r1 version_errors r2
	wait_for 3 counts_each r2 version_errors r1
	problem r1 '192.0.2.2 sends VRRP version 3, we 2: both become master'
	problem r2 '192.0.2.1 sends VRRP version 2, we 3: both become master'
	assert_equal "$(log_of r1 | grep -c '192.0.2.2')" 1
	assert_equal "$(log_of r2 | grep -c '192.0.2.1')" 1
}

@test "T05 a pair of version 2 with a password: election, takeover at master down, no word of the password" {
	local last first key=$'version: 2\nauthentication: {type: pass, key: secret12}'
	install -m 600 /dev/null "$LAB/r1/vrrpd.yaml"
	install -m 600 /dev/null "$LAB/r2/vrrpd.yaml"
	start_vrrpd r1 "$(conf r1 200 "$key")"
	start_vrrpd r2 "$(conf r2 100 "$key")"
	wait_state r1 web master 6
	holds 2 in_state r2 web backup
	assert_equal "$(adverts | awk '{ print $7, $10, $11, $12, $13 }' | sort -u)" "2 100 1 message $LAB_VIP"
	refute grep -q secret12 <(ctl r1 config show; ctl r1 -j show)
	kill_daemon r1
	last=$(advert_last from=r1)
	first=$(wait_advert 5 from=r2)
	assert_on_time 'takeover' $((first - last)) "$(down_us 100)"
}

@test "T04 at 10 s: the skew time of version 2 is a part of a second, that of version 3 a part of the interval" {
	local since two three
	start_vrrpd r1 "$(conf r1 191 'advertise-interval: 10s
version: 2')
  three:
    interface: eth0
    vrid: 52
    priority: 191
    advertise-interval: 10s
    addresses: [192.0.2.11/24]"
	wait_state r1 web backup 3
	since=$(since_us r1 web)
	two=$(wait_advert 33 vrid=51)
	three=$(wait_advert 5 vrid=52)
	assert_on_time 'version 2' $((two - since)) 30253906
	assert_on_time 'version 3' $((three - since)) 32539062
}

@test "O04 an owner of version 2 discards what another owner says, whatever its address" {
	ip -n "$(ns r1)" address add "$LAB_VIP/24" dev eth0
	ip -n "$(ns r1)" -o address show | awk '{ print $2, $4 }' | sort >"$LAB/r1/addresses"
	start_vrrpd r1 "$(conf r1 255 'version: 2')"
	wait_state r1 web master 2
	inject version=2 src=192.0.2.200 prio=255
	inject version=2 src=192.0.2.200 prio=0
	holds 2 in_state r1 web master
	assert_on_schedule 1000000 60000 from=r1
	wait_for 2 logged r1 '192.0.2.200 claims to be owner of the addresses too'
}
