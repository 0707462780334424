#!/usr/bin/env bats
# What people do to a running daemon with vrrpctl, and what it tells them.

load ../lib/lab

setup() {
	lab_up r1 r2
}

teardown() {
	lab_down
}

FAST='advertise-interval: 100ms'

# as USER COMMAND…: vrrpctl of r1 as a member of the group _vrrpd, who is not root.
as() {
	local user=$1
	shift
	setpriv --reuid="$user" --regid=65534 --groups="$(getent group _vrrpd | cut -d: -f3)" \
		"$VRRPD_ROOT/usr/sbin/vrrpctl" -r "$LAB/r1/run" "$@"
}

problems() {
	ctl r1 show | sed -n '/^Problems:/,$p'
}

shows_problem() {
	problems | grep -q -e "$1"
}

explains() {
	ctl r1 explain "${2:-web}" | grep -q -e "$1"
}

# Two instances that move together, and a check that both wait for.
conf_group() {
	cat <<-YAML
		version: 1
		checks:
		  uplink: {external: true, initial: up}
		instances:
		  web: {interface: eth0, vrid: 51, priority: $2, $FAST, addresses: [$LAB_VIP/24]}
		  mail: {interface: eth0, vrid: 52, priority: $2, $FAST, addresses: [192.0.2.11/24]}
		sync-groups:
		  pair:
		    members: [web, mail]
		    track: [uplink]
		    notify: $LAB/$1/bin/notify
	YAML
}

@test "fault hands over as planned: the addresses stay until the successor advertises; clear takes them back" {
	local zero first removed
	start_vrrpd r1 "$(conf r1 200)"
	start_vrrpd r2 "$(conf r2 150)"
	wait_state r1 web master 6
	wait_for 2 client_sees r1
	watch_addresses r1
	ctl r1 fault web
	zero=$(wait_advert 1 from=r1 prio=0)
	first=$(wait_advert 2 from=r2 after="$zero")
	removed=$(address_event r1 removed)
	assert_on_time 'removal' $((removed - first)) 50300
	wait_state r1 web fault 2
	wait_state r2 web master 2
	assert_equal "$(instance r1 web '.faults[0]')" operator
	assert_equal "$(instance r1 web '.fault_causes[0].cause')" operator
	[[ $(instance r1 web '.fault_causes[0].since') == 20*Z ]]
	wait_for 2 shows_problem 'fault by the operator for .*vrrpctl clear web'
	run ctl r1 show --exit-code
	assert_equal "$status" 10
	wait_for 2 explains '^! operator: yes: a cause of fault'
	ctl r1 clear web
	wait_state r1 web master 8
	refute shows_problem operator
	ctl r1 clear web # fine when there is none
	in_state r1 web master
}

@test "fault --for ends by itself, whatever happens meanwhile, and a second one gives it another time" {
	local begin
	start_vrrpd r1 "$(conf r1 200 "$FAST")"
	wait_state r1 web master 3
	begin=$(now_us)
	ctl r1 fault web --for 1500ms
	wait_state r1 web fault 1
	wait_for 2 shows_problem 'operator.* s are left'
	wait_for 2 explains "the operator's fault ends in"
	wait_state r1 web master 4
	assert_between 'time in fault' $(($(now_us) - begin)) 1500000 4000000
	begin=$(now_us) # a reload and a crash change nothing about it
	ctl r1 fault web --for 3s
	reload_vrrpd r1
	kill -KILL "$(child_of r1 engine)"
	wait_state r1 web fault 2
	wait_for 2 shows_problem 'operator.* s are left'
	wait_state r1 web master 5
	assert_between 'time in fault' $(($(now_us) - begin)) 3000000 5500000
	ctl r1 fault web --for 1s
	ctl r1 fault web
	wait_state r1 web fault 1
	holds 2 in_state r1 web fault
	ctl r1 clear web
	wait_state r1 web master 3
}

@test "check set: root and the set-by user may, nobody else; what is not set again in time is down" {
	start_vrrpd r1 "$(conf r1 200 "$FAST"$'\ntrack: [bfd]')
checks:
  bfd: {external: true, expires: 3s, set-by: _vrrpd_script}
  other: {command: /bin/true}"
	wait_for 3 explains '^! check bfd: unknown'
	run as 65534 check set bfd up
	assert_equal "$status" 5
	[[ $output == *'set-by'* ]]
	as _vrrpd_script check set bfd up
	wait_state r1 web master 3
	assert_equal "$(ctl r1 -j show | jq -r '.checks[] | select(.name == "bfd") | .state')" up
	wait_state r1 web fault 6 # nobody set it again
	wait_for 2 shows_problem 'check bfd down for .*not set again in time'
	ctl r1 check set bfd up
	wait_state r1 web backup 1
	ctl r1 check set bfd down
	wait_state r1 web fault 1
	run ctl r1 check set other up
	assert_equal "$status" 1
	[[ $output == *'not of kind external'* ]]
	run ctl r1 check set none up
	assert_equal "$status" 4
	run ctl r1 check run bfd
	assert_equal "$status" 1
	[[ $output == *'it is set, not run'* ]]
}

@test "check run: once, now, counted nowhere; it says what would follow" {
	local runs
	start_vrrpd r1 "$(conf_check r1 200 $'interval: 1h\nfall: 1')"
	wait_state r1 web master 8
	runs=$(ctl r1 -j show checks | jq '.checks[0].runs')
	set_check r1 7
	run ctl r1 check run probe
	assert_equal "$status" 0
	[[ ${lines[0]} == 'probe: down after '*'(exit 7)' ]]
	[[ ${lines[2]} == '  web: would be in fault' ]]
	[[ $(ctl r1 -j check run probe | jq -r '"\(.state) \(.exit_status) \(.effects[0].fault_then)"') == 'down 7 true' ]]
	assert_equal "$(ctl r1 -j show checks | jq -r '.checks[0] | "\(.state) \(.runs)"')" "up $runs"
	in_state r1 web master
	set_check r1 0
	run ctl r1 check run probe
	[[ ${lines[2]} == '  web: as it is' ]]
	run ctl r1 check run nobody
	assert_equal "$status" 4
}

@test "check run waits as long as the check may take; who hangs up is not missed, and the adverts go on" {
	local slow
	slow=$(printf '#!/bin/sh\nsleep 6\nexit 0\n' | script r1 slow)
	start_vrrpd r1 "$(conf r1 200 "$FAST")
checks:
  slow: {command: $slow, timeout: 8s, interval: 1h}"
	wait_state r1 web master 3
	for _ in {1..5}; do
		run timeout 0.1 "$VRRPD_ROOT/usr/sbin/vrrpctl" -r "$LAB/r1/run" check run slow
	done
	run ctl r1 check run slow
	assert_equal "$status" 0
	[[ ${lines[0]} == 'slow: up after '* ]]
	assert_on_schedule 100000 10000 from=r1
}

@test "explain, in every state" {
	start_vrrpd r1 "$(conf_check r1 200 $'interval: 200ms')"
	wait_state r1 web backup 3
	wait_for 2 explains '^web: backup (startup)'
	wait_for 2 explains '^! the master down timer runs out in'
	wait_state r1 web master 8
	wait_for 2 explains '^web: master (master-down-timer)'
	refute explains '^!'
	set_check r1 1
	wait_state r1 web fault 3
	wait_for 2 explains '^! check probe: down: a cause of fault'
	wait_for 2 explains '^! when the last cause has gone'
	assert_equal "$(ctl r1 -j explain web | jq -r '.explanation | map(select(.blocks)) | length > 0')" true
	set_check r1 0
	wait_state r1 web backup 3
	inject src=192.0.2.200 prio=250
	wait_for 2 explains '^! 192.0.2.200 is master with priority 250'
	run ctl r1 explain nobody
	assert_equal "$status" 4
}

@test "show groups, and a fault of one member at the others" {
	start_vrrpd r1 "$(conf_group r1 200)"
	wait_state r1 web master 3
	run ctl r1 show groups
	[[ ${lines[0]} == NAME*STATE*SINCE*MEMBERS ]]
	[[ ${lines[1]} == pair*master*'web mail' ]]
	assert_equal "$(ctl r1 -j show groups | jq -c '.groups[0] | [.name, .state, .members]')" '["pair","master",["web","mail"]]'
	assert_equal "$(instance r1 mail .group)" pair
	assert_equal "$(ctl r1 -j show mail | jq -c '.groups[0].members')" '["web","mail"]'
	assert_equal "$(instance r1 mail '.checks[0].name')" uplink
	ctl r1 show mail | grep -q 'group  *pair'
	ctl r1 fault web
	wait_state r1 mail fault 2
	wait_for 1 shows_problem 'mail  *group pair is in fault for .*, by web'
	wait_for 2 explains '^! group pair: yes: a cause of fault' mail
	ctl r1 clear web
	wait_state r1 mail master 3
	hook_shown() { ctl r1 show hooks | grep -q 'group pair  *notify  *MASTER'; }
	wait_for 2 hook_shown
	ctl r1 check set uplink down
	wait_state r1 mail fault 1
	wait_state r1 web fault 1
}

@test "show hooks: what ran, what runs, what waits; a gate that failed is a problem" {
	local gate slow
	gate=$(printf '#!/bin/sh\necho no fence\nexit 3\n' | script r1 gate)
	slow=$(printf '#!/bin/sh\nsleep 6\n' | script r1 slow)
	start_vrrpd r1 "$(conf r1 200 "$FAST"$'\nbefore-master: '"$gate"$'\non-failure: stay' |
		sed "s|notify: .*|notify: $slow|")"
	gate_failed() { shows_problem 'web  *before-master failed: exit 3: "no fence".*stays backup'; }
	wait_for 4 gate_failed
	in_state r1 web backup
	wait_for 2 explains '^! before-master failed; it is tried again'
	hook() { ctl r1 -j show hooks | jq -r --arg hook "$1" ".hooks[] | select(.hook == \$hook) | $2"; }
	assert_equal "$(hook before-master '"\(.target) \(.name) \(.exit_status) \(.output)"')" 'instance web 3 no fence'
	[[ $(hook before-master .last_run) == 20*Z ]]
	assert_equal "$(hook notify .running_event)" BACKUP
	[[ $(hook notify .running_since) == 20*Z ]]
	ctl r1 fault web
	wait_state r1 web fault 2
	assert_equal "$(hook notify .waiting_event)" FAULT
	done_is() { [[ $(hook notify '"\(.last_event) \(.exit_status)"') == "$1" ]]; }
	wait_for 12 done_is 'BACKUP 0'
	ctl r1 show hooks | grep -q 'web  *notify  *BACKUP'
}

@test "members of the group _vrrpd may look and not touch; others may not even look" {
	start_vrrpd r1 "$(conf_check r1 200 $'interval: 1h')"
	wait_state r1 web backup 3
	as 65534 show | grep -q '^web'
	as 65534 -j show hooks >/dev/null
	as 65534 explain web | grep -q '^web: '
	for command in 'fault web' 'clear web' 'check run probe'; do
		# shellcheck disable=SC2086 # words
		run as 65534 $command
		assert_equal "$status" 5
		[[ $output == *'only root'* ]]
	done
	in_state r1 web backup
	run setpriv --reuid=65534 --regid=65534 --clear-groups "$VRRPD_ROOT/usr/sbin/vrrpctl" \
		-r "$LAB/r1/run" fault web
	assert_equal "$status" 5
}
