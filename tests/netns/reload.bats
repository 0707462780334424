#!/usr/bin/env bats
# Another configuration while the daemon runs: what changes takes effect, what does not is not touched.

load ../lib/lab

setup() {
	lab_up r1 r2
}

teardown() {
	lab_down
}

FAST='advertise-interval: 100ms'
LAB_EXCEPT='log spacing' # many reloads are many lines; another priority is said at once, whenever the next advert is due

last_hooks() {
	[[ $(hooks_of r1 | tail -n 2) == "$1" ]]
}

counter() {
	instance "$1" web ".counters.$2"
}

# Both halves of the round after a takeover: five announcements each.
announced_all() {
	(($(garp_count from="$1" ip="$LAB_VIP") >= 10))
}

children() {
	pgrep -P "$(pid_of "$1")" | sort -n
}

@test "R01 unchanged: no advert late, none of priority 0, no announcement, no hook, counters and processes kept" {
	local zero pids hooks i
	start_vrrpd r1 "$(conf_check r1 200 'interval: 1s' | sed "s/^    vrid/    $FAST\n    vrid/")"
	start_vrrpd r2 "$(conf r2 100 "$FAST")"
	wait_state r1 web master 5
	wait_state r2 web backup 3
	wait_for 8 announced_all r1
	watch_addresses r1
	pids=$(children r1)
	hooks=$(hooks_of r1)
	zero=$(now_us)
	sent=$(counter r1 advertisement_sent)
	for i in {1..10}; do
		reload_vrrpd r1 >/dev/null
		reload_vrrpd r2 >/dev/null
	done
	wait_advert 2 from=r1 after="$(now_us)"
	on_schedule from=r1 after="$zero"
	no_advert prio=0 after="$zero"
	no_advert from=r2 after="$zero"
	refute have_garp after="$zero"
	refute address_seen r1 removed "$LAB_VIP"
	refute address_seen r1 added "$LAB_VIP"
	assert_equal "$(children r1)" "$pids"
	assert_equal "$(hooks_of r1)" "$hooks"
	(($(counter r1 advertisement_sent) > sent))
	[[ $(counter r1 master_transitions) == 1 ]]
	[[ $(ctl r1 -j show | jq .generation) == 11 ]]
}

@test "R02 an address added is announced alone, one removed takes no other with it" {
	local start zero
	start_vrrpd r1 "$(conf r1 200 "$FAST")"
	wait_state r1 web master 3
	wait_for 8 announced_all r1
	watch_addresses r1
	start=$(now_us)
	zero=$start
	reload_vrrpd r1 "$(conf r1 200 "$FAST" | sed "s|\[$LAB_VIP/24\]|[$LAB_VIP/24, 192.0.2.11/24]|")"
	wait_for 2 holds_address r1 192.0.2.11
	three() { (($(garp_count ip=192.0.2.11 after="$zero") >= 3)); }
	wait_for 3 three
	assert_equal "$(garp_count ip="$LAB_VIP" after="$zero")" 0
	wait_advert 1 from=r1 after="$(now_us)"
	assert_equal "$(adverts from=r1 after="$zero" | awk 'END { print $13 }')" "$LAB_VIP,192.0.2.11"
	zero=$(now_us)
	reload_vrrpd r1 "$(conf r1 200 "$FAST")"
	wait_for 2 lacks_address r1 192.0.2.11
	wait_advert 1 from=r1 after="$(now_us)"
	refute address_seen r1 removed "$LAB_VIP"
	no_advert prio=0
	on_schedule from=r1 after="$start"
}

@test "R03 another priority is advertised at once; who is better takes over in his own time" {
	local zero
	start_vrrpd r1 "$(conf r1 200)"
	start_vrrpd r2 "$(conf r2 100)"
	wait_state r1 web master 6
	wait_state r2 web backup 3
	zero=$(now_us)
	reload_vrrpd r1 "$(conf r1 90)"
	wait_advert 1 from=r1 prio=90 after="$zero"
	in_state r1 web master
	no_advert prio=0
	wait_state r2 web master 6
	assert_on_time takeover "$(advert_first from=r2)" "$(($(adverts from=r1 prio=200 | awk 'END { print $1 }') + 3609375))"
	zero=$(now_us)
	reload_vrrpd r1 "$(conf r1 200)"
	wait_state r1 web master 6
	refute have_advert from=r1 prio=0
}

@test "R04 an instance removed resigns as planned and is told STOP; an added one starts as backup" {
	local zero both
	both="$(conf r1 200 "$FAST")
  mail:
    interface: eth0
    vrid: 52
    priority: 200
    addresses: [192.0.2.11/24]
    notify: $LAB/r1/bin/notify
    $FAST"
	start_vrrpd r1 "$both"
	start_vrrpd r2 "$(sed "s/priority: 200/priority: 100/; s,/r1/,/r2/," <<<"$both")"
	wait_state r1 web master 3
	wait_state r1 mail master 3
	wait_state r2 mail backup 3
	watch_addresses r1
	zero=$(now_us)
	reload_vrrpd r1 "$(conf r1 200 "$FAST")"
	wait_advert 1 from=r1 vrid=52 prio=0 after="$zero"
	wait_for 2 hook_seen r1 'INSTANCE mail STOP 200'
	wait_for 2 lacks_address r1 192.0.2.11
	# its addresses stayed until the successor had spoken
	(($(address_event r1 removed 192.0.2.11) > $(advert_first from=r2 vrid=52 after="$zero")))
	wait_for 3 forgotten r1 mail
	on_schedule from=r1 vrid=51 after="$zero"
	refute hook_seen r1 'INSTANCE mail FAULT 200'
	zero=$(now_us)
	reload_vrrpd r1 "$both"
	wait_state r1 mail master 3
	wait_for 2 last_hooks $'INSTANCE mail BACKUP 200\nINSTANCE mail MASTER 200'
	on_schedule from=r1 vrid=51 after="$zero"
}

@test "R05 a file with errors changes nothing, and all of them are told" {
	local zero before
	start_vrrpd r1 "$(conf r1 200 "$FAST")"
	wait_state r1 web master 3
	before=$(ctl r1 config show)
	zero=$(now_us)
	run reload_vrrpd r1 "$(conf r1 200 $'prioritty: 3\nvrid2: 4')"
	assert_equal "$status" 1
	[[ $output == *"vrrpd.yaml:9:5: instances.web.prioritty: unknown key; did you mean \"priority\"?"* ]]
	[[ $output == *"vrrpd.yaml:10:5: instances.web.vrid2: unknown key"* ]]
	[[ $output == *"the configuration before runs on"* ]]
	kill -HUP "$(pid_of r1)"
	wait_for 2 logged r1 'vrrpd.yaml: 2 errors'
	run reload_vrrpd r1 "$(conf r1 200)
global: {include: [$LAB/$(printf 'a%.0s' {1..200})/$(printf 'b%.0s' {1..200})/c.yaml]}"
	[[ $output == *"bbbb/c.yaml"*"No such file or directory"* ]] # however long it is
	rm "$LAB/r1/vrrpd.yaml"
	run reload_vrrpd r1
	assert_equal "$status" 1
	[[ $output == *"No such file"* ]]
	assert_equal "$(ctl r1 config show)" "$before"
	in_state r1 web master
	[[ $(ctl r1 -j show | jq .generation) == 1 ]]
	wait_advert 1 from=r1 after="$(now_us)"
	on_schedule from=r1 after="$zero"
}

@test "R06 another vrid: the old one resigns, the new one starts as backup" {
	local zero
	start_vrrpd r1 "$(conf r1 200 "$FAST")"
	start_vrrpd r2 "$(conf r2 100 "$FAST")"
	wait_state r1 web master 3
	wait_state r2 web backup 3
	zero=$(now_us)
	reload_vrrpd r1 "$(conf r1 200 "$FAST" | sed 's/vrid: 51/vrid: 53/')"
	zero=$(wait_advert 1 from=r1 vrid=51 prio=0 after="$zero")
	wait_state r2 web master 1
	wait_state r1 web master 3
	wait_for 2 last_hooks $'INSTANCE web BACKUP 200\nINSTANCE web MASTER 200'
	no_advert from=r1 vrid=51 not-prio=0 after="$zero"
	wait_for 2 have_advert from=r1 vrid=53
}

@test "R07 a check's results are kept; a new and slow one does not fault a master" {
	local zero slow base
	base=$(conf_check r1 200 'interval: 300ms' | sed "s/^    vrid/    $FAST\n    vrid/")
	start_vrrpd r1 "$base"
	wait_state r1 web master 3
	runs=$(ctl r1 -j show | jq '.checks[0].runs')
	zero=$(now_us)
	slow=$(script r1 slow <<-SCRIPT
		#!/bin/sh
		sleep 4
		exit 1
	SCRIPT
	)
	reload_vrrpd r1 "${base/'track: [probe]'/'track: [probe, slow]'}
  slow:
    command: $slow
    interval: 10s"
	check_is r1 probe up
	(($(ctl r1 -j show | jq '.checks[] | select(.name == "probe").runs') >= runs))
	check_is r1 slow unknown
	in_state r1 web master
	wait_state r1 web fault 6
	(($(since_us r1 web) - zero > 3900000))
	[[ $(instance r1 web '.faults[0]') == 'check slow' ]]
	assert_equal "$(grep -c 'check probe:' "$LAB/r1/log")" 1
	reload_vrrpd r1 "$base"
	wait_state r1 web master 3
}

@test "a renamed instance is one that goes and one that comes" {
	local base
	base=$(conf r1 200 "$FAST")
	start_vrrpd r1 "$base"
	wait_state r1 web master 3
	watch_addresses r1
	reload_vrrpd r1 "${base/  web:/  www:}"
	wait_state r1 www master 3
	wait_for 2 hook_seen r1 'INSTANCE web STOP 200'
	wait_for 2 hook_seen r1 'INSTANCE www MASTER 200'
	wait_for 2 have_advert from=r1 prio=0 # what it was resigned, whoever has its addresses now
	wait_for 3 forgotten r1 web
	holds_address r1
}

@test "vrids swapped, an address moved, an interface, a check and its user changed, one added, removed, renamed: all in one" {
	ip -n "$(ns r1)" link add dum0 type veth peer name dum1
	ip -n "$(ns r1)" link set dum0 up
	ip -n "$(ns r1)" link set dum1 up
	ip -n "$(ns r1)" address add 198.51.100.1/24 dev dum0
	ip -n "$(ns r1)" -o address show | awk '{ print $2, $4 }' | sort >"$LAB/r1/addresses"
	two() {
		cat <<-YAML
			version: 1
			checks:
			  probe: {command: $LAB/r1/bin/check, writable: [$LAB/r1/scratch], interval: ${8:-200ms}${4:-}}
			instances:
			  web: {interface: eth0, vrid: $1, priority: 200, $FAST, addresses: [$3], track: [probe]}
			  mail: {interface: eth0, vrid: $2, priority: 200, $FAST, addresses: [192.0.2.12/24${5:-}]}
			  far: {interface: ${6:-eth0}, vrid: 60, priority: 200, $FAST, addresses: [${7:-192.0.2.60/24}]}
			  ${9:-first}: {interface: eth0, vrid: 61, priority: 200, $FAST, addresses: [192.0.2.61/24]}
			  ${10:-gone}: {interface: eth0, vrid: ${11:-62}, priority: 200, $FAST, addresses: [192.0.2.62/24]${12-, notify: $LAB/r1/bin/notify}}
		YAML
	}
	chmod -R a+rwX "$LAB/r1/scratch"
	start_vrrpd r1 "$(two 51 52 "$LAB_VIP/24, 192.0.2.11/24")"
	wait_state r1 web master 3
	wait_state r1 mail master 3
	wait_state r1 far master 3
	wait_state r1 gone master 3
	reload_vrrpd r1 "$(two 52 51 "$LAB_VIP/24" ', run-as: nobody' ', 192.0.2.11/24' dum0 198.51.100.60/24 300ms second new 63 '')"
	wait_state r1 second master 3
	wait_state r1 new master 3
	wait_for 2 hook_seen r1 'INSTANCE gone STOP 200'
	no_old() { [[ -z $(state_of r1 first) && -z $(state_of r1 gone) ]]; }
	wait_for 3 no_old
	holds_address r1 192.0.2.61
	wait_for 2 have_advert from=r1 vrid=62 prio=0
	[[ $(ctl r1 -j show | jq '.checks | length') == 1 ]]
	wait_state r1 web master 3
	wait_state r1 mail master 3
	wait_state r1 far master 3
	wait_for 2 holds_address r1 192.0.2.11
	holds_address r1
	lacks_address r1 192.0.2.60
	holds_address r1 198.51.100.60
	wait_advert 1 from=r1 vrid=51 prio=200 after="$(now_us)"
	assert_equal "$(adverts from=r1 vrid=51 | awk 'END { print $13 }')" 192.0.2.12,192.0.2.11
	check_is r1 probe up
	# the checker of the user that runs nothing any more has ended
	one_checker() { (($(pgrep -P "$(pid_of r1)" -f 'vrrpd: checker' | wc -l) == 1)); }
	wait_for 3 one_checker
	pgrep -P "$(pid_of r1)" -f 'vrrpd: checker .nobody.'
}
