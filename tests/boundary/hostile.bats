#!/usr/bin/env bats
# The parent and an engine that somebody else has taken over (hostile.c): what may not be asked is not
# done, and the service comes back. All hostilities of a test run beside each other, one router each.

load ../lib/lab

# The first engine speaks when it likes.
LAB_EXCEPT='start spacing'
HOSTILE_PRIORITY=200

teardown() {
	lab_down
}

# vip_of ROUTER, vrid_of ROUTER
vip_of() {
	echo "192.0.2.$((200 + ${1#r}))"
}

vrid_of() {
	echo "$((100 + ${1#r}))"
}

# start_hostile ROUTER HOSTILITY INTERVAL [VARIABLE=VALUE…]
start_hostile() {
	local dir=$LAB/$1
	cat >"$dir/vrrpd.yaml" <<-YAML
		version: 1
		global: {scripts: {stop-timeout: ${HOSTILE_STOP_TIMEOUT:-5s}}}
		instances:
		  web:
		    interface: eth0
		    vrid: $(vrid_of "$1")
		    priority: $HOSTILE_PRIORITY
		    advertise-interval: $3
		    addresses: [$(vip_of "$1")/24]
		    notify: $dir/bin/notify
	YAML
	ip netns exec "$(ns "$1")" env "VRRPD_HOSTILE=$2" "VRRPD_HOSTILE_MARK=$dir/mark" "${@:4}" \
		"$VRRPD_TEST_BIN/hostile" -d -f "$dir/vrrpd.yaml" -r "$dir/run" \
		>>"$dir/log" 2>&1 3>&- </dev/null &
	echo $! >"$dir/pid"
	echo vrrpd >"$dir/kind"
}

# The parent's own words about its engine: "unknown-instance" was sent as ACQUIRE, and so on.
message_of() {
	case $1 in
	unknown-instance | keep-and-offend) echo 'engine: ACQUIRE breaks protocol' ;;
	release-unknown) echo 'engine: RELEASE breaks protocol' ;;
	announce-unknown) echo 'engine: ANNOUNCE breaks protocol' ;;
	advert-unknown | owner-priority | count-too-large | count-zero | advert-of-the-future | advert-before-time)
		echo 'engine: ADVERTISE breaks protocol' ;;
	keep-unknown) echo 'engine: KEEP breaks protocol' ;;
	ready-twice) echo 'engine: READY breaks protocol' ;;
	done-unasked) echo 'engine: DONE breaks protocol' ;;
	committed-unasked) echo 'engine: COMMITTED breaks protocol' ;;
	retired-unasked) echo 'engine: RETIRED breaks protocol' ;;
	reload-for-nobody) echo 'engine: RELOAD breaks protocol' ;;
	short-message | long-message)
		echo 'engine: a message breaks protocol (engine_parent, type 1, ' ;;
	oversized-message) echo 'engine: a message breaks protocol (engine_parent, type 0, 16385 bytes)' ;;
	unknown-type) echo 'engine: a message breaks protocol (engine_parent, type 11, ' ;;
	no-header) echo 'engine: a message breaks protocol (engine_parent, type -1, 1 bytes)' ;;
	esac
}

said() {
	grep -qF -e "$2" "$LAB/$1/log"
}

# resigned ROUTER: priority 0 of its instance was on the wire.
resigned() {
	have_advert from="$1" prio=0
}

# After the resignation the address was gone, and it is back with the next engine.
withdrawn() {
	address_seen "$1" removed "$(vip_of "$1")" "$(advert_first from="$1" prio=0)"
}

took_over_again() {
	address_seen "$1" added "$(vip_of "$1")" "$(address_event "$1" removed "$(vip_of "$1")")" &&
		in_state "$1" web master && holds_address "$1" "$(vip_of "$1")"
}

# Nothing but what the configuration contains: its VRID, its priority and 0, its address announced.
only_configured() {
	local router=$1 strange
	strange=$(adverts from="$router" | awk -v vrid="$(vrid_of "$router")" -v priority="$HOSTILE_PRIORITY" \
		'$8 != vrid || ($9 != priority && $9 != 0)')
	strange+=$(garps from="$router" | awk -v vip="$(vip_of "$router")" '$6 != vip')
	[[ -z $strange ]] || { echo "$router sent: $strange" >&2; return 1; }
}

# assert_repelled ROUTER HOSTILITY PARENT-PID
assert_repelled() {
	echo "# $1: $2"
	wait_for 5 said "$1" "$(message_of "$2")"
	wait_for 5 said "$1" 'engine: broke protocol: killed'
	wait_for 5 said "$1" 'engine: ended (killed by signal 9'
	wait_for 5 resigned "$1"
	wait_for 5 withdrawn "$1"
	wait_for 5 took_over_again "$1"
	assert_equal "$(pid_of "$1")" "$3"
	running "$1"
	assert_equal "$(grep -c 'engine: ended' "$LAB/$1/log")" 1
	only_configured "$1"
}

@test "C09 each message that breaks the rules: priority 0, addresses gone, a fresh engine, the parent lives" {
	local hostility router i=0
	local hostilities=(unknown-instance release-unknown announce-unknown advert-unknown owner-priority
		count-too-large count-zero advert-of-the-future advert-before-time short-message long-message oversized-message unknown-type
		no-header ready-twice done-unasked keep-unknown keep-and-offend
		committed-unasked retired-unasked reload-for-nobody)
	local pids=()
	for hostility in "${hostilities[@]}"; do
		[[ -n $(message_of "$hostility") ]]
		i=$((i + 1))
		set -- "$@" "r$i"
	done
	lab_up "$@"
	i=0
	for hostility in "${hostilities[@]}"; do
		router=r$((i += 1))
		watch_addresses "$router"
		start_hostile "$router" "$hostility" 100ms
		pids+=("$(pid_of "$router")")
	done
	i=0
	for hostility in "${hostilities[@]}"; do
		assert_repelled "r$((i + 1))" "$hostility" "${pids[i]}"
		i=$((i + 1))
	done
}

@test "C09 what is configured no more cannot be had again" {
	lab_up r1
	watch_addresses r1
	start_hostile r1 acquire-retiring 100ms
	wait_for 3 is_in_place r1
	printf 'version: 1\n' >"$LAB/r1/vrrpd.yaml"
	kill -HUP "$(pid_of r1)"
	wait_for 5 said r1 'engine: ACQUIRE breaks protocol'
	wait_for 5 resigned r1
	wait_for 5 lacks_address r1 "$(vip_of r1)"
	wait_for 5 said r1 'reloaded: '
	wait_for 5 is_empty r1
	running r1
}

@test "C09 what is configured no more and not let go of is withdrawn by the parent after 5 s" {
	lab_up r1
	watch_addresses r1
	start_hostile r1 keep-retiring 100ms
	wait_for 3 is_in_place r1
	printf 'version: 1\n' >"$LAB/r1/vrrpd.yaml"
	kill -HUP "$(pid_of r1)"
	wait_for 3 said r1 'reloaded: '
	holds 3 holds_address r1 "$(vip_of r1)"
	wait_for 4 said r1 'web: withdrawn: the engine did not let go of it'
	wait_for 3 resigned r1
	wait_for 3 withdrawn r1
	lacks_address r1 "$(vip_of r1)"
	refute said r1 'engine: ended'
	# this engine does not know how to stop, and is ended
	kill -KILL "$(child_of r1 engine)"
	wait_for 5 is_empty r1
}

@test "C09 an engine that withholds COMMITTED is killed after 5 s; the next one has the new configuration" {
	lab_up r1
	watch_addresses r1
	start_hostile r1 never-committed 100ms
	wait_for 3 is_in_place r1
	sed -i "s|$(vip_of r1)/24|192.0.2.77/24|" "$LAB/r1/vrrpd.yaml"
	kill -HUP "$(pid_of r1)"
	wait_for 8 said r1 'engine: did not take over the configuration within 5 s: killed'
	wait_for 3 resigned r1
	wait_for 3 said r1 'reloaded: 1 instance'
	wait_for 5 holds_address r1 192.0.2.77
	lacks_address r1 "$(vip_of r1)"
	in_state r1 web master
	# nor is the next reload blocked
	sed -i 's|192.0.2.77/24|192.0.2.78/24|' "$LAB/r1/vrrpd.yaml"
	kill -HUP "$(pid_of r1)"
	wait_for 3 holds_address r1 192.0.2.78
	wait_for 3 lacks_address r1 192.0.2.77
	running r1
}

is_in_place() {
	holds_address "$1" "$(vip_of "$1")"
}

# Its last instance has retired.
is_empty() {
	[[ $(ctl "$1" -j show | jq '.instances | length') == 0 ]]
}

@test "C09 more adverts than the rules allow: the excess is dropped and counted, the engine lives" {
	local engine before after
	lab_up r1
	start_hostile r1 flood 1s
	wait_for 3 said r1 'web: the engine asks too often'
	engine=$(child_of r1 engine)
	before=$(now_us)
	holds 1 alive "$engine"
	after=$(now_us)
	assert_equal "$(child_of r1 engine)" "$engine"
	refute said r1 'breaks protocol'
	# 100 answers and 1 regular advert a second, and 20 at once
	assert_between 'adverts of a flood of 5000' "$(advert_count from=r1)" 20 \
		$((22 + 101 * (after - before + 1000000) / 1000000))
	only_configured r1
	refute resigned r1
	holds_address r1 "$(vip_of r1)"
	# this engine does not know how to stop, and is ended
	kill -KILL "$engine"
	wait_for 12 in_state r1 web master
}

@test "C09 requests without number and never reading: killed, and the parent has not grown" {
	local grown
	lab_up r1
	watch_addresses r1
	start_hostile r1 deaf 100ms
	wait_for 40 said r1 'engine: does not read: killed'
	wait_for 5 took_over_again r1
	grown=$(awk '$1 == "VmRSS:" { print $2 }' "/proc/$(pid_of r1)/status")
	[[ -n ${VRRPD_SANITIZED:-} ]] || assert_between 'the parent, KB' "$grown" 0 20000
	only_configured r1
}

# This engine did not take its title.
untitled_engine() {
	local child
	for child in $(tree "$(pid_of "$1")"); do
		if [[ $(tr '\0' ' ' <"/proc/$child/cmdline") == 'vrrpd -R engine '* ]]; then
			echo "$child"
			return 0
		fi
	done
	return 1
}

@test "C09 descriptors that nobody asked for vanish" {
	local before parent
	lab_up r1
	start_hostile r1 descriptor 100ms
	parent=$(pid_of r1)
	wait_for 3 said r1 'web: the engine asks too often'
	before=$(find "/proc/$parent/fd" -mindepth 1 | wc -l)
	holds 0.5 running r1
	assert_between 'descriptors of the parent' "$(find "/proc/$parent/fd" -mindepth 1 | wc -l)" 5 40
	assert_between 'and a little later' "$(find "/proc/$parent/fd" -mindepth 1 | wc -l)" 5 "$before"
	refute said r1 'breaks protocol'
	kill -KILL "$(untitled_engine r1)"
	wait_for 3 in_state r1 web master
}

@test "C09 an engine that does what its sandbox forbids is not trusted with what it had" {
	[[ -z ${VRRPD_SANITIZED:-} ]] || skip 'the sanitizers need what the sandbox forbids'
	lab_up r1
	watch_addresses r1
	start_hostile r1 forbidden-call 100ms
	wait_for 3 said r1 'engine: ended (killed by signal 31'
	wait_for 3 resigned r1
	wait_for 3 withdrawn r1
	wait_for 3 took_over_again r1
	only_configured r1
}

@test "C09 an engine that says it is done and has not let go: the parent does it" {
	lab_up r1
	watch_addresses r1
	start_hostile r1 done-without-release 100ms
	wait_for 3 address_seen r1 added "$(vip_of r1)"
	stop_vrrpd r1
	assert_equal "$STATUS" 0
	resigned r1
	withdrawn_at_end() { address_seen r1 removed "$(vip_of r1)"; }
	wait_for 1 withdrawn_at_end
	lacks_address r1 "$(vip_of r1)"
}

@test "C09 an engine that goes on after it was done is not heard: the last advert is priority 0, nothing is left" {
	lab_up r1
	watch_addresses r1
	start_hostile r1 done-and-again 100ms
	wait_for 3 address_seen r1 added "$(vip_of r1)"
	stop_vrrpd r1
	assert_equal "$STATUS" 0
	wait_for 1 resigned r1
	lacks_address r1 "$(vip_of r1)"
	assert_equal "$(adverts from=r1 | tail -n 1 | awk '{ print $9 }')" 0
	only_configured r1
}

@test "C09 what an engine that did not stop in time had sent by then is not done" {
	local parent
	lab_up r1
	watch_addresses r1
	HOSTILE_STOP_TIMEOUT=0s start_hostile r1 never-done 100ms
	wait_for 3 address_seen r1 added "$(vip_of r1)"
	parent=$(pid_of r1)
	kill -TERM "$parent"
	sleep 3.5
	kill -STOP "$parent" # its time is over when it goes on, and more is waiting than it reads at once
	sleep 2
	kill -CONT "$parent"
	wait_exit r1 3
	said r1 'engine: did not finish in time: killed'
	wait_for 1 resigned r1
	lacks_address r1 "$(vip_of r1)"
	assert_equal "$(adverts from=r1 | tail -n 1 | awk '{ print $9 }')" 0
	only_configured r1
}

@test "C09 an engine without heartbeat is killed after a second; the next one goes on as master" {
	local vip
	lab_up r1
	vip=$(vip_of r1)
	watch_addresses r1
	start_hostile r1 silence 1s
	wait_for 2 address_seen r1 added "$vip"
	wait_for 3 said r1 'engine: no heartbeat for 1000 ms: killed'
	wait_for 2 in_state r1 web master
	assert_equal "$(instance r1 web .reason)" resume
	refute address_seen r1 removed "$vip"
	refute resigned r1
	holds_address r1 "$vip"
	only_configured r1
}

@test "C09 an engine that is hostile each time: the fifth is the last, exit 5, nothing is left" {
	lab_up r1
	watch_addresses r1
	start_hostile r1 owner-priority 100ms VRRPD_HOSTILE_ALWAYS=1
	wait_exit r1 10
	assert_equal "$STATUS" 5
	assert_equal "$(grep -c 'engine: ADVERTISE breaks protocol' "$LAB/r1/log")" 5
	said r1 'engine: ended 5 times within 60 s: giving up'
	assert_equal "$(grep -c 'engine: ended (' "$LAB/r1/log")" 5
	resigned r1
	withdrawn r1
	lacks_address r1 "$(vip_of r1)"
	assert_equal "$(adverts from=r1 | tail -n 1 | awk '{ print $9 }')" 0
	wait_for 2 no_daemon r1
	only_configured r1
}

# What is said of a checker that sends this to the parent, or to the engine.
checker_message_of() {
	case $1 in
	ready-twice | ready-for-the-next) echo 'checker (_vrrpd_script): READY breaks protocol' ;;
	done-unasked) echo 'checker (_vrrpd_script): DONE breaks protocol' ;;
	unknown-type) echo 'checker (_vrrpd_script): a message breaks protocol (checker_parent, type 3, ' ;;
	long-message) echo 'checker (_vrrpd_script): a message breaks protocol (checker_parent, type 0, 16385 bytes)' ;;
	unknown-check | result-of-the-future) echo 'checker (_vrrpd_script): CHECK breaks protocol' ;;
	unknown-target) echo 'checker (_vrrpd_script): HOOK breaks protocol' ;;
	trial-unasked) echo 'checker (_vrrpd_script): CHECK_RAN breaks protocol' ;;
	short-message) echo 'checker (_vrrpd_script): a message breaks protocol (checker_engine, type 0, ' ;;
	esac
}

@test "C09 a checker that breaks the rules loses its socket; no engine ends, nobody lets go of anything" {
	local hostility router i=0
	local hostilities=(ready-twice ready-for-the-next done-unasked unknown-type long-message unknown-check
		result-of-the-future unknown-target trial-unasked short-message)
	local engines=()
	for hostility in "${hostilities[@]}"; do
		i=$((i + 1))
		set -- "$@" "r$i"
	done
	lab_up "$@"
	i=0
	for hostility in "${hostilities[@]}"; do
		router=r$((i += 1))
		watch_addresses "$router"
		start_hostile "$router" honest 100ms "VRRPD_HOSTILE_CHECKER=$hostility"
	done
	for ((i = 1; i <= ${#hostilities[@]}; i++)); do
		wait_for 5 in_state "r$i" web master
		engines+=("$(child_of "r$i" engine)")
	done
	i=0
	for hostility in "${hostilities[@]}"; do
		router=r$((i += 1))
		echo "# $router: $hostility"
		[[ -n $(checker_message_of "$hostility") ]]
		wait_for 5 said "$router" "$(checker_message_of "$hostility")"
	done
	for ((i = 1; i <= ${#hostilities[@]}; i++)); do
		assert_equal "$(child_of "r$i" engine)" "${engines[i - 1]}"
		in_state "r$i" web master
		refute resigned "r$i"
		refute address_seen "r$i" removed "$(vip_of "r$i")"
		only_configured "r$i"
	done
	# the parent starts those afresh that offended it
	for i in 1 2 3 4 5; do
		said "r$i" 'checker (_vrrpd_script): broke protocol: killed'
		wait_for 5 child_of "r$i" 'checker (_vrrpd_script)'
	done
}

# What a checker left, which the test ends.
end_left_behind() {
	local pid
	for pid in $(ip netns pids "$(ns "$1")"); do
		[[ $(awk '$1 == "PPid:" { print $2 }' "/proc/$pid/status" 2>/dev/null) != 1 ||
			$(tr '\0' ' ' <"/proc/$pid/cmdline") != *checker* ]] || kill -KILL "$pid"
	done
}

@test "C09 a checker ends and leaves somebody its socket: it is gone all the same, a fresh one starts, a stop does not wait" {
	local name='checker (_vrrpd_script)' before
	lab_up r1 r2
	start_hostile r1 honest 100ms VRRPD_HOSTILE_CHECKER=leave-socket
	start_hostile r2 honest 100ms VRRPD_HOSTILE_CHECKER=leave-socket-at-stop
	wait_for 5 in_state r2 web master
	wait_for 5 said r1 "$name: somebody it left has its socket: closed"
	wait_for 2 said r1 "$name: ended (exit 0)"
	wait_for 2 child_of r1 "$name"
	wait_for 5 in_state r1 web master
	sleep 1 # it is hostile by then
	before=$(now_us)
	stop_vrrpd r2
	assert_equal "$STATUS" 0
	# no stop hook was run: the engine waits its 5 s for it
	assert_between 'the stop' $(($(now_us) - before)) 5000000 7000000
	said r2 "$name: somebody it left has its socket: closed"
	stop_vrrpd r1
	end_left_behind r1
	end_left_behind r2
}

@test "C09 a checker that asks for logs and takes none is lent one, and another when it has taken it" {
	lab_up r1
	start_hostile r1 honest 100ms VRRPD_HOSTILE_CHECKER=log-lost
	wait_for 12 said r1 'checker (_vrrpd_script): ended (exit 1'
	said r1 'checker (_vrrpd_script): ended (exit 111)'
	wait_for 2 child_of r1 'checker (_vrrpd_script)'
}
