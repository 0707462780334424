#!/usr/bin/env bats
# Many reloads, reloads at bad times, and of groups.

load ../lib/lab

setup() {
	lab_up r1 r2
}

teardown() {
	lab_down
}

FAST='advertise-interval: 100ms'
LAB_EXCEPT='log spacing' # many reloads are many lines; another priority is said at once, whenever the next advert is due

@test "many reloads: neither memory nor descriptors grow; twenty signals at once are few reloads" {
	local parent engine checker i before=() fds generation
	start_vrrpd r1 "$(conf_check r1 200 'interval: 1s' | sed "s/^    vrid/    $FAST\n    vrid/")"
	wait_state r1 web master 3
	parent=$(pid_of r1)
	engine=$(child_of r1 engine)
	checker=$(child_of r1 checker)
	descriptors() { for pid in "$parent" "$engine" "$checker"; do find "/proc/$pid/fd" -type l | wc -l; done | xargs; }
	memory() { awk '/^VmRSS|^RssAnon/ { n = $2 } END { print n }' "/proc/$1/status"; }
	for ((i = 0; i < 50; i++)); do
		ctl r1 reload --wait >/dev/null
	done
	before=("$(memory "$parent")" "$(memory "$engine")" "$(memory "$checker")")
	fds="$(descriptors)"
	for ((i = 0; i < ${VRRPD_RELOADS:-200}; i++)); do
		ctl r1 reload --wait >/dev/null
	done
	echo "# KiB before: ${before[*]}; after: $(memory "$parent") $(memory "$engine") $(memory "$checker")" >&3
	settled() { [[ "$(descriptors)" == "$fds" ]]; }
	wait_for 2 settled
	if [[ -z ${VRRPD_SANITIZED:-} ]]; then # what is freed is kept for a while there
		(($(memory "$parent") < before[0] + 300))
		(($(memory "$engine") < before[1] + 300))
		(($(memory "$checker") < before[2] + 300))
	fi
	generation=$(ctl r1 -j show | jq .generation)
	for ((i = 0; i < 20; i++)); do
		kill -HUP "$parent"
	done
	reloads() { echo $(($(ctl r1 -j show | jq .generation) - generation)); }
	some() { (($(reloads) >= 1)); }
	few() { (($(reloads) <= 4)); }
	wait_for 2 some
	holds 1 few
	in_state r1 web master
}

# A group of two, and how it may be made up.
group_conf() {
	cat <<-YAML
		version: 1
		instances:
		  web: {interface: eth0, vrid: 51, priority: $1, $FAST, addresses: [$LAB_VIP/24]}
		  mail: {interface: eth0, vrid: 52, priority: $1, $FAST, addresses: [192.0.2.11/24]}
		  far: {interface: eth0, vrid: 53, priority: $1, $FAST, addresses: [192.0.2.12/24]}
	YAML
	[[ -z ${2:-} ]] || printf 'sync-groups:\n  pair: {members: [%s], notify: %s}\n' "$2" "$LAB/r1/bin/notify"
}

@test "a group is made, grows, shrinks and is dissolved around masters: nobody lets go" {
	local zero
	start_vrrpd r1 "$(group_conf 200)"
	wait_state r1 web master 3
	wait_state r1 mail master 3
	wait_state r1 far master 3
	watch_addresses r1
	zero=$(now_us)
	reload_vrrpd r1 "$(group_conf 200 'web, mail')"
	[[ $(ctl r1 -j show | jq -r '.groups[0] | "\(.name) \(.state) \(.members | length)"') == 'pair master 2' ]]
	reload_vrrpd r1 "$(group_conf 200 'web, mail, far')"
	[[ $(ctl r1 -j show | jq -r '.groups[0].members | length') == 3 ]]
	reload_vrrpd r1 "$(group_conf 200 'web, far')"
	reload_vrrpd r1 "$(group_conf 200)"
	wait_for 3 hook_seen r1 'GROUP pair STOP 0'
	no_groups() { [[ $(ctl r1 -j show | jq '.groups | length') == 0 ]]; }
	wait_for 3 no_groups
	for vrid in 51 52 53; do
		on_schedule from=r1 vrid=$vrid after="$zero"
	done
	no_advert prio=0
	refute address_seen r1 removed "$LAB_VIP"
}

@test "members whose states differ start anew together" {
	start_vrrpd r1 "$(group_conf 200)"
	wait_state r1 web master 3
	inject src=192.0.2.200 vrid=52 prio=250 interval=4000 addr=192.0.2.11
	wait_state r1 mail backup 3
	reload_vrrpd r1 "$(group_conf 200 'web, mail')"
	wait_for 2 have_advert from=r1 vrid=51 prio=0
	wait_state r1 web master 5
	wait_state r1 mail master 1
}

@test "what hangs is given up, and everything stays as it was" {
	local checker
	start_vrrpd r1 "$(conf r1 200 "$FAST")"
	wait_state r1 web master 3
	checker=$(child_of r1 checker)
	kill -STOP "$checker"
	run reload_vrrpd r1
	kill -CONT "$checker"
	assert_equal "$status" 1
	[[ $output == *"checker (_vrrpd_script): did not get ready within 5 s"* ]]
	in_state r1 web master
	reload_vrrpd r1
	in_state r1 web master
	no_advert prio=0
	assert_equal "$(child_of r1 checker)" "$checker"
	kill -STOP "$checker" # and this time for ever
	run reload_vrrpd r1
	assert_equal "$status" 1
	run reload_vrrpd r1
	assert_equal "$status" 1
	[[ $output == *"checker (_vrrpd_script): did not get ready within 5 s again: killed"* ]]
	wait_for 2 gone "$checker"
	reload_vrrpd r1 "$(conf r1 190 "$FAST")"
	[[ $(instance r1 web .priority) == 190 ]]
	no_advert prio=0
}

@test "a config role that says nothing for 30 s is ended, and no advert is late meanwhile" {
	local role i pid zero status=0
	start_vrrpd r1 "$(conf r1 200 "$FAST")"
	wait_state r1 web master 3
	{
		cat "$LAB/r1/vrrpd.yaml" # long enough to be caught at work
		echo 'checks:'
		for ((i = 0; i < 20000; i++)); do
			echo "  check$i: {external: true}"
		done
	} >"$LAB/r1/vrrpd.yaml.new"
	mv "$LAB/r1/vrrpd.yaml.new" "$LAB/r1/vrrpd.yaml"
	stop_role() { role=$(child_of r1 config) && [[ -n $role ]] && kill -STOP "$role"; }
	zero=$(now_us)
	ctl r1 reload --wait >"$LAB/r1/answer" 2>&1 3>&- &
	pid=$!
	wait_for 5 stop_role
	wait_for 40 logged r1 'the config role gave no result within 30 s'
	wait "$pid" || status=$?
	assert_equal "$status" 1
	grep -q 'the config role gave no result within 30 s' "$LAB/r1/answer"
	waited_for() { [[ ! -e /proc/$role ]]; }
	wait_for 2 waited_for
	on_schedule from=r1 after="$zero"
	in_state r1 web master
	reload_vrrpd r1 "$(conf r1 190 "$FAST")" # and the next one works
	[[ $(instance r1 web .priority) == 190 ]]
}

@test "a reload that comes while another runs, a stop begins or the daemon starts" {
	local pid
	start_vrrpd r1 "$(conf r1 200 "$FAST")"
	minds_hup() { awk '/^Sig(Blk|Cgt)/ && $2 ~ /[13579bdf]$/ { yes = 1 } END { exit !yes }' "/proc/$(pid_of r1)/status"; }
	wait_for 2 minds_hup # held until it has started
	kill -HUP "$(pid_of r1)"
	wait_state r1 web master 3
	wait_for 3 logged r1 'reloaded: 1 instance'
	ctl r1 reload & # both are served, the second one by a load that began after it asked
	pid=$!
	reload_vrrpd r1 "$(conf r1 190 "$FAST")"
	wait "$pid"
	[[ $(instance r1 web .priority) == 190 ]]
	reload_vrrpd r1 "$(conf r1 185 'advertise-interval: 2s')"
	in_state r1 web master
	ctl r1 fault web # for 2 s its addresses stay
	reload_vrrpd r1 "$(conf r1 184 "$FAST")"
	in_state r1 web init
	holds_address r1
	wait_state r1 web fault 4
	wait_for 1 lacks_address r1
	reload_vrrpd r1 "$(conf r1 180 "$FAST")"
	in_state r1 web fault
	[[ $(instance r1 web '.faults[0]') == operator ]]
	ctl r1 clear web
	wait_state r1 web master 3
	[[ $(instance r1 web .priority) == 180 ]]
	ctl r1 reload &
	pid=$!
	stop_vrrpd r1
	((STATUS == 0))
	wait "$pid" || true # it may be refused
}

@test "an engine that dies while a configuration goes away leaves nothing of it" {
	start_vrrpd r1 "$(conf r1 200 'advertise-interval: 10s')
  mail: {interface: eth0, vrid: 52, priority: 200, advertise-interval: 10s, addresses: [192.0.2.11/24], notify: $LAB/r1/bin/notify}"
	wait_state r1 mail backup 3
	inject src=192.0.2.200 vrid=52 prio=0 addr=192.0.2.11
	wait_state r1 mail master 12
	reload_vrrpd r1 "$(conf r1 200 'advertise-interval: 10s')"
	holds_address r1 192.0.2.11 # 3 s for a successor
	kill -KILL "$(child_of r1 engine)"
	wait_for 2 lacks_address r1 192.0.2.11
	wait_for 3 hook_seen r1 'INSTANCE mail STOP 200'
	wait_for 3 forgotten r1 mail
}
