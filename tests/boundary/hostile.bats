#!/usr/bin/env bats
# The parent and processes that somebody else has taken over (hostile.c): what may not be asked is not done,
# and the service comes back. The routers of a test are beside each other.

load ../lib/lab

# The first engine speaks when it likes.
LAB_EXCEPT='start spacing'
HOSTILE_PRIORITY=200
HOSTILE_EACH=4 # hostile ones of a kind in a router: the fifth engine that ends within a minute is the last

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

# conf_hostile ROUTER INTERVAL [LINES]: LINES are more at the top. The instance is the first.
conf_hostile() {
	cat <<-YAML
		version: 1
		global: {scripts: {stop-timeout: ${HOSTILE_STOP_TIMEOUT:-5s}}}
		${3:-}
		instances:
		  web:
		    interface: eth0
		    vrid: $(vrid_of "$1")
		    priority: $HOSTILE_PRIORITY
		    advertise-interval: $2
		    addresses: [$(vip_of "$1")/24]
	YAML
}

# The others that hostile.h has numbers of: switched off, an owner, and the members of a group.
conf_others() {
	cat <<-YAML
		  idle: {interface: eth0, vrid: 1, enabled: false, addresses: [198.51.100.1/24]}
		  own: {interface: eth9, vrid: 2, priority: 255, addresses: [198.51.100.2/24]}
		  far: {interface: eth9, vrid: 3, addresses: [198.51.100.3/24]}
		  farther: {interface: eth9, vrid: 4, addresses: [198.51.100.4/24]}
		sync-groups: {pair: {members: [far, farther]}}
	YAML
}

# set_hostile ROUTER WHO HOSTILITY…: what the first processes of that kind will do, one each.
set_hostile() {
	install -d "$LAB/$1/hostile"
	printf '%s\n' "${@:3}" >"$LAB/$1/hostile/$2"
}

# start_hostile ROUTER INTERVAL [WHO HOSTILITY…]: with the configuration that is there, or one with a hook.
start_hostile() {
	local dir=$LAB/$1
	[[ $# -lt 3 ]] || set_hostile "$1" "${@:3}"
	[[ -s $dir/vrrpd.yaml ]] || { conf_hostile "$1" "$2" && echo "    notify: $dir/bin/notify"; } >"$dir/vrrpd.yaml"
	ip netns exec "$(ns "$1")" env "VRRPD_HOSTILE=$dir/hostile" \
		"$VRRPD_TEST_BIN/hostile" -d -f "$dir/vrrpd.yaml" -r "$dir/run" \
		>>"$dir/log" 2>&1 3>&- </dev/null &
	echo $! >"$dir/pid"
	echo vrrpd >"$dir/kind"
}

# deal ROUTER WHO CASE…: a case is a line of `hostile cases`: what is done, what is said of it, who hears it.
deal() {
	set_hostile "$1" "$2" "${@:3}"
	mv "$LAB/$1/hostile/$2" "$LAB/$1/cases-$2"
	cut -f 1 "$LAB/$1/cases-$2" >"$LAB/$1/hostile/$2"
}

# what_broke ROUTER WHO: what was said of each message of that process, without its name.
what_broke() {
	sed -n "s/^[^:]*:[^:]*:[^:]*: $2: \(.* breaks protocol.*\)/\1/p" "$LAB/$1/log"
}

# assert_broke ROUTER WHO PROCESS: all that was dealt has been said of that process, in that order.
assert_broke() {
	wait_for 30 has_broken "$@" || assert_equal "$(what_broke "$1" "$3")" "$(cut -f 2 "$LAB/$1/cases-$2")"
}

has_broken() {
	[[ $(what_broke "$1" "$3") == "$(cut -f 2 "$LAB/$1/cases-$2")" ]]
}

# how_ended ROUTER WHO: each of them, in the parent's words.
how_ended() {
	sed -n "s/^.*: $2: ended (\(.*\))\$/\1/p" "$LAB/$1/log"
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

# has_come_back ROUTER TIMES: so many times there was priority 0, then the address was gone, then it was back.
has_come_back() {
	awk -v mac="$(mac_of "$1")" -v vip="$(vip_of "$1")/" -v times="$2" '
		FILENAME ~ /wire$/ { if ($2 == "vrrp" && $4 == mac && $9 == 0) zero[++z] = $1; next }
		index($3, vip) == 1 { if ($2 == "added") added[++a] = $1; else removed[++r] = $1 }
		END {
			bad = z != times || r != times || a != times + 1
			for (i = 1; i <= times; i++)
				bad = bad || zero[i] < added[i] || removed[i] < zero[i] || added[i + 1] < removed[i]
			printf "priority 0: %d times, removed: %d, added: %d\n", z, r, a
			exit bad
		}' "$LAB/wire" "$LAB/$1/watch" >&2
}

# assert_repelled ROUTER PARENT-PID: each of its cases in turn, and what is there now is the real engine.
assert_repelled() {
	local - times
	set +T
	times=$(wc -l <"$LAB/$1/cases-engine")
	assert_broke "$1" engine engine
	wait_for 10 in_state "$1" web master
	wait_for 5 holds_address "$1" "$(vip_of "$1")"
	assert_equal "$(grep -c 'engine: broke protocol: killed' "$LAB/$1/log")" "$times"
	assert_equal "$(how_ended "$1" engine | uniq -c | tr -s ' ')" " $times killed by signal 9 (Killed)"
	wait_for 2 has_come_back "$1" "$times" || has_come_back "$1" "$times"
	assert_equal "$(pid_of "$1")" "$2"
	running "$1"
	only_configured "$1"
}

@test "C09 each message that breaks the rules: priority 0, addresses gone, a fresh engine, the parent lives" {
	local cases=() routers=() pids=() router i
	mapfile -t cases < <("$VRRPD_TEST_BIN/hostile" cases engine)
	((${#cases[@]} > 2 * $("$VRRPD_TEST_BIN/hostile" rows engine)))
	for ((i = 0; i < ${#cases[@]}; i += HOSTILE_EACH)); do
		routers+=("r$((i / HOSTILE_EACH + 1))")
	done
	lab_up "${routers[@]}"
	for router in "${routers[@]}"; do
		i=$(((${router#r} - 1) * HOSTILE_EACH))
		deal "$router" engine "${cases[@]:i:HOSTILE_EACH}"
		{
			conf_hostile "$router" 100ms 'checks: {set: {external: true, initial: up}}'
			conf_others
		} >"$LAB/$router/vrrpd.yaml"
		watch_addresses "$router"
		start_hostile "$router" 100ms
		pids+=("$(pid_of "$router")")
	done
	for router in "${routers[@]}"; do
		assert_repelled "$router" "${pids[${router#r} - 1]}"
	done
	echo "# cases: ${#cases[@]}" >&3
}

@test "C09 what is configured no more cannot be had again" {
	local router
	declare -A said=([r1]=ACQUIRE [r2]=ANNOUNCE [r3]=ADVERTISE [r4]=RETIRED)
	lab_up r1 r2 r3 r4
	start_hostile r1 100ms engine acquire-retiring
	start_hostile r2 100ms engine announce-retiring
	start_hostile r3 100ms engine advert-retiring
	start_hostile r4 100ms engine retired-with-unknown
	for router in "${!said[@]}"; do
		wait_for 5 is_in_place "$router"
		printf 'version: 1\n' >"$LAB/$router/vrrpd.yaml"
		kill -HUP "$(pid_of "$router")"
	done
	for router in "${!said[@]}"; do
		wait_for 5 said "$router" "engine: ${said[$router]} breaks protocol"
		wait_for 5 resigned "$router"
		wait_for 5 lacks_address "$router" "$(vip_of "$router")"
		wait_for 5 said "$router" 'reloaded: '
		wait_for 5 is_empty "$router"
		running "$router"
	done
	echo "# cases: ${#said[@]}" >&3
}

@test "C09 what is configured no more and not let go of is withdrawn by the parent after 5 s" {
	lab_up r1
	watch_addresses r1
	start_hostile r1 100ms engine keep-retiring
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
	start_hostile r1 100ms engine never-committed
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
	start_hostile r1 1s engine flood
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
	start_hostile r1 100ms engine deaf
	wait_for 40 said r1 'engine: does not read: killed'
	wait_for 5 took_over_again r1
	grown=$(awk '$1 == "VmRSS:" { print $2 }' "/proc/$(pid_of r1)/status")
	[[ -n ${VRRPD_SANITIZED:-} ]] || assert_between 'the parent, KB' "$grown" 0 20000
	only_configured r1
}

# What the checkers of it see is up: real ones are at work again.
all_up() {
	local state
	while read -r _ state _; do
		[[ $state == up || $state == STATE ]] || return 1
	done < <(ask "$1" show checks)
}

@test "C09 descriptors that nobody asked for vanish" {
	local engine router
	lab_up r1 r2
	set_hostile r2 _vrrpd_script descriptors
	conf_hostile r2 100ms 'checks: {probe: {command: /bin/true, interval: 60s}}' >"$LAB/r2/vrrpd.yaml"
	echo "    notify: $LAB/r2/bin/notify" >>"$LAB/r2/vrrpd.yaml"
	start_hostile r1 100ms engine descriptors
	start_hostile r2 100ms
	wait_for 5 in_state r2 web master
	engine=$(child_of r2 engine)
	# by turns, the engine's whole life: a reload that it asks for, and one that takes away its instance
	wait_for 10 said r1 'reloaded: '
	printf 'version: 1\n' >"$LAB/r1/vrrpd.yaml"
	kill -HUP "$(pid_of r1)"
	wait_for 5 lacks_address r1 "$(vip_of r1)"
	# and the checker's: a result, the hooks it is asked for, and a check that is run by hand
	wait_for 5 all_up r2
	ctl r2 check run probe
	assert_equal "$(child_of r2 engine)" "$engine"
	for router in r1 r2; do
		stop_vrrpd "$router"
		assert_equal "$STATUS" 0
		refute said "$router" 'breaks protocol'
		refute said "$router" 'is kept'
	done
	said r1 'hostile: all rows of engine_parent were sent'
	said r2 'hostile: all rows of checker_parent were sent'
	said r2 'hostile: all rows of checker_engine were sent'
	echo "# cases: $(($("$VRRPD_TEST_BIN/hostile" rows engine) + $("$VRRPD_TEST_BIN/hostile" rows checker)))" >&3
}

@test "C09 an engine that does what its sandbox forbids is not trusted with what it had" {
	[[ -z ${VRRPD_SANITIZED:-} ]] || skip 'the sanitizers need what the sandbox forbids'
	lab_up r1
	watch_addresses r1
	start_hostile r1 100ms engine forbidden-call
	wait_for 3 said r1 'engine: ended (killed by signal 31'
	wait_for 3 resigned r1
	wait_for 3 withdrawn r1
	wait_for 3 took_over_again r1
	only_configured r1
}

@test "C09 an engine that says it is done and has not let go: the parent does it" {
	lab_up r1
	watch_addresses r1
	start_hostile r1 100ms engine done-without-release
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
	start_hostile r1 100ms engine done-and-again
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
	HOSTILE_STOP_TIMEOUT=0s start_hostile r1 100ms engine never-done
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
	start_hostile r1 1s engine silence
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
	start_hostile r1 100ms engine owner-priority owner-priority owner-priority owner-priority owner-priority
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

HOSTILE_USERS=(_vrrpd_script daemon bin sys) # a checker each

# conf_users ROUTER: a check of each of them, which nobody tracks.
conf_users() {
	local user
	conf_hostile "$1" 100ms
	conf_others
	echo 'checks:'
	for user in "${HOSTILE_USERS[@]}"; do
		echo "  probe-$user: {command: /bin/true, run-as: $user}"
	done
}

# ask_for_runs ROUTER USER: has its check run by hand again and again, which is what some wait for.
ask_for_runs() {
	# shellcheck disable=SC2016 # it is that shell's
	background bash -c 'while sleep 0.4; do "$@"; done' ask "$VRRPD_ROOT/usr/sbin/vrrpctl" \
		-r "$LAB/$1/run" check run "probe-$2"
}

have_ended() {
	(($(how_ended "$1" "$2" | wc -l) == $3))
}

# assert_cut ROUTER USER: each of its cases in turn, by the parent or by the engine.
assert_cut() {
	local - router=$1 name="checker ($2)" dealt=$LAB/$1/cases-$2
	set +T
	[[ -e $dealt ]] || return 0
	assert_broke "$router" "$2" "$name"
	wait_for 3 have_ended "$router" "$name" "$(wc -l <"$dealt")"
	assert_equal "$(how_ended "$router" "$name")" \
		"$(cut -f 3 "$dealt" | sed 's/parent/killed by signal 9 (Killed)/; s/engine/exit 0/')"
	assert_equal "$(grep -cF "$name: is not listened to any more" "$LAB/$router/log")" \
		"$(cut -f 3 "$dealt" | grep -c engine)"
}

@test "C09 a checker that breaks the rules loses its socket; no engine ends, nobody lets go of anything" {
	local cases=() routers=() engines=() router user i=0 each=$((HOSTILE_EACH * ${#HOSTILE_USERS[@]}))
	LAB_EXCEPT+=' log' # each check that is run by hand is said
	mapfile -t cases < <("$VRRPD_TEST_BIN/hostile" cases checker)
	((${#cases[@]} > 2 * $("$VRRPD_TEST_BIN/hostile" rows checker)))
	for ((i = 0; i < ${#cases[@]}; i += each)); do
		routers+=("r$((i / each + 1))")
	done
	lab_up "${routers[@]}"
	i=0
	for router in "${routers[@]}"; do
		for user in "${HOSTILE_USERS[@]}"; do
			((i >= ${#cases[@]})) || deal "$router" "$user" "${cases[@]:i:HOSTILE_EACH}"
			i=$((i + HOSTILE_EACH))
		done
		touch "$LAB/$router/hostile/wait"
		conf_users "$router" >"$LAB/$router/vrrpd.yaml"
		watch_addresses "$router"
		start_hostile "$router" 100ms
	done
	for router in "${routers[@]}"; do
		wait_for 10 in_state "$router" web master
		engines+=("$(child_of "$router" engine)")
		rm "$LAB/$router/hostile/wait"
		for user in "${HOSTILE_USERS[@]}"; do
			! grep -qs ^asked- "$LAB/$router/cases-$user" || ask_for_runs "$router" "$user"
		done
	done
	for router in "${routers[@]}"; do
		for user in "${HOSTILE_USERS[@]}"; do
			assert_cut "$router" "$user"
		done
		wait_for 20 all_up "$router" # the parent starts each afresh, the last ones are real
		assert_equal "$(child_of "$router" engine)" "${engines[${router#r} - 1]}"
		in_state "$router" web master
		refute resigned "$router"
		refute address_seen "$router" removed "$(vip_of "$router")"
		only_configured "$router"
	done
	echo "# cases: ${#cases[@]}" >&3
}

# Nothing that drives a terminal or begins a line of its own.
no_controls() {
	[[ -n $1 && $1 != *[$'\001\002\003\004\005\006\007\010\013\014\015\016\017\033\177']* ]]
}

@test "C09 numbers and texts that no honest one says and no rule forbids do no harm, now or to the next one" {
	local engine shown router
	lab_up r1 r2 r3
	watch_addresses r1
	{ conf_hostile r1 1s 'checks: {set: {external: true, initial: up}}' && conf_others; } >"$LAB/r1/vrrpd.yaml"
	{ conf_hostile r2 100ms 'checks: {probe: {command: /bin/true, interval: 60s}}' && echo "    notify: $LAB/r2/bin/notify"; } \
		>"$LAB/r2/vrrpd.yaml"
	set_hostile r3 config 0 2500 # the second load takes a while
	start_hostile r1 1s engine nonsense
	start_hostile r2 100ms _vrrpd_script extremes
	start_hostile r3 100ms engine ticket
	# a reload that the next engine is asked for is not the one that this engine asked for
	wait_for 5 said r3 'engine: ended (exit 1)'
	wait_for 5 in_state r3 web master
	ctl r3 reload --wait
	assert_equal "$(ctl r3 -j show | jq .generation)" 3
	# what is kept for the next one and means nothing is nothing to it
	wait_for 5 said r1 'engine: ended (exit 1)'
	wait_for 5 in_state r1 web master
	assert_equal "$(instance r1 web .reason)" resume
	assert_equal "$(grep -c 'what the engine before left makes no sense: ignored' "$LAB/r1/log")" 3
	check_is r1 set up
	refute address_seen r1 removed "$(vip_of r1)"
	refute resigned r1
	# what a check or a hook says of itself is shown clean
	wait_for 5 in_state r2 web master
	engine=$(child_of r2 engine)
	wait_for 5 check_is r2 probe down
	assert_equal "$(ctl r2 -j check run probe | jq -r .state)" down
	shown=$(ctl r2 show checks; ctl r2 show hooks; ctl r2 show; cat "$LAB/r2/log")
	no_controls "$shown"
	assert_equal "$(ctl r2 -j show checks | jq -r '.checks[0].state')" down
	assert_equal "$(child_of r2 engine)" "$engine"
	for router in r1 r2 r3; do
		refute said "$router" 'breaks protocol'
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
	start_hostile r1 100ms _vrrpd_script leave-socket
	start_hostile r2 100ms _vrrpd_script leave-socket-at-stop
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
	start_hostile r1 100ms _vrrpd_script log-lost
	wait_for 12 said r1 'checker (_vrrpd_script): ended (exit 1'
	said r1 'checker (_vrrpd_script): ended (exit 111)'
	wait_for 2 child_of r1 'checker (_vrrpd_script)'
}
