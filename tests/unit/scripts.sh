#!/bin/sh
# The scripts of etc/checks and etc/hooks, with stubs of the programs they ask: scripts.sh DIRECTORY
set -u

etc=$1
dir=$(mktemp -d)
failed=0
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM

mkdir "$dir/bin" "$dir/tmp" "$dir/units"
export PATH="$dir/bin:$PATH" TMPDIR="$dir/tmp" STUB="$dir"

# A systemd with units in files: what is in one is its state. "bus" in units: it cannot be asked.
cat >"$dir/bin/systemctl" <<'SH'
#!/bin/sh
echo "$*" >>"$STUB/calls"
[ ! -e "$STUB/units/bus" ] || { echo "Failed to connect to bus: No such file" >&2; exit 1; }
action=$1
[ "$2" = -- ] || exit 9
file=$STUB/units/$3
case $action in
is-active)
	state=$(cat "$file" 2>/dev/null || echo inactive)
	echo "$state"
	[ "$state" = active ] || exit 3
	;;
start)
	[ ! -e "$file.bad" ] || { echo "Job for $3 failed." >&2; exit 1; }
	echo active >"$file"
	;;
stop) echo inactive >"$file" ;;
esac
SH

# A switch: interface 24 is Gi1/0/24 and up, 25 "to the other hall" and down, 26 has a lower layer down.
cat >"$dir/bin/snmpget" <<'SH'
#!/bin/sh
echo "$0 $*" >>"$STUB/calls"
cat "$SNMPCONFPATH/snmp.conf" >"$STUB/conf"
[ "$MIBS" = '' ] && [ "$SNMP_PERSISTENT_DIR" = "$TMPDIR" ] || exit 9
for last; do :; done
case $* in
*' dead.example '*) echo "Timeout: No Response from dead.example." >&2; exit 1 ;;
esac
case $last in
*.2.2.1.8.24) echo 1 ;;
*.2.2.1.8.25) echo 2 ;;
*.2.2.1.8.26) echo 7 ;;
*) echo "No Such Instance currently exists at this OID" ;;
esac
SH
cat >"$dir/bin/snmpwalk" <<'SH'
#!/bin/sh
echo "$0 $*" >>"$STUB/calls"
for last; do :; done
case $last in
.1.3.6.1.2.1.31.1.1.1.1)
	echo '.1.3.6.1.2.1.31.1.1.1.1.2 "Gi1/0/2"'
	echo '.1.3.6.1.2.1.31.1.1.1.1.24 "Gi1/0/24"'
	;;
.1.3.6.1.2.1.2.2.1.2)
	echo '.1.3.6.1.2.1.2.2.1.2.24 GigabitEthernet1/0/24'
	echo '.1.3.6.1.2.1.2.2.1.2.25 "to the other hall"'
	;;
esac
SH
chmod 755 "$dir"/bin/*

# expect EXIT TEXT PROGRAM ARGUMENT...: exit status, and all that it prints ("" = nothing, "*" = anything)
expect() {
	status=$1 text=$2
	shift 2
	rm -f "$dir/calls" "$dir"/tmp/*
	"$@" >"$dir/out" 2>&1 </dev/null
	got=$?
	if [ $got -ne "$status" ]; then
		echo "$*: exit $got, not $status: $(cat "$dir/out")"
		failed=1
	elif [ "$text" != '*' ] && [ "$(cat "$dir/out")" != "$text" ]; then
		echo "$*: says not \"$text\" but: $(cat "$dir/out")"
		failed=1
	fi
}

# calls TEXT: what was asked, a line each
calls() {
	if [ "$(cat "$dir/calls" 2>/dev/null)" != "$1" ]; then
		echo "calls are not \"$1\" but: $(cat "$dir/calls")"
		failed=1
	fi
}

set_unit() {
	echo "$2" >"$dir/units/$1"
}

is_unit() {
	[ "$(cat "$dir/units/$1" 2>/dev/null || echo inactive)" = "$2" ] || {
		echo "$1 is not $2 but $(cat "$dir/units/$1")"
		failed=1
	}
}

# ---- systemd-unit ----

unit=$etc/checks/systemd-unit
set_unit a.service active
set_unit b.service reloading
set_unit c.service failed
expect 0 '' "$unit" a.service
calls 'is-active -- a.service'
expect 0 '' "$unit" a.service b.service
expect 1 'c.service: failed' "$unit" a.service c.service b.service
expect 1 'd.service: inactive' "$unit" d.service
set_unit c.service activating
expect 1 'c.service: activating' "$unit" c.service
touch "$dir/units/bus"
expect 126 'a.service: systemctl: Failed to connect to bus: No such file' "$unit" a.service
rm "$dir/units/bus"
mkdir "$dir/none"
ln -s "$(command -v cat)" "$dir/none/cat"
expect 126 '*' env PATH="$dir/none" /bin/sh "$unit" a.service
expect 2 '*' "$unit"
expect 2 '*' "$unit" -x
expect 0 '*' "$unit" --help

# ---- snmp-interface ----

snmp=$etc/checks/snmp-interface
export SNMP_COMMUNITY=s3cret
expect 0 '' "$snmp" switch.example 24
if [ "$(cat "$dir/conf")" != "defVersion 2c
defCommunity s3cret" ]; then
	echo "snmp.conf: $(cat "$dir/conf")"
	failed=1
fi
if grep -q s3cret "$dir/calls"; then
	echo "everybody sees the community: $(cat "$dir/calls")"
	failed=1
fi
expect 0 '' "$snmp" switch.example Gi1/0/24
expect 1 'switch.example: interface 25: down' "$snmp" switch.example 25
expect 1 'switch.example: interface to the other hall: down' "$snmp" switch.example 'to the other hall'
expect 1 'switch.example: interface 26: down: a layer below it is' "$snmp" switch.example 26
expect 1 'switch.example: interface 99: No Such Instance currently exists at this OID' \
	"$snmp" switch.example 99
expect 1 'switch.example: there is no interface Gi1/0/' "$snmp" switch.example Gi1/0/
expect 1 'dead.example: Timeout: No Response from dead.example.' "$snmp" dead.example 24
expect 0 '' "$snmp" -t 3 switch.example 24
grep -q -- ' -t 3 ' "$dir/calls" || {
	echo "-t 3 is not given on"
	failed=1
}
printf 'defVersion 3\ndefSecurityName me\n' >"$dir/v3"
expect 0 '' env SNMP_CONF="$dir/v3" "$snmp" switch.example 24
grep -q 'defVersion 3' "$dir/conf" || {
	echo "SNMP_CONF is not taken"
	failed=1
}
expect 126 '*' env SNMP_CONF="$dir/missing" "$snmp" switch.example 24
expect 2 '*' "$snmp" switch.example
expect 2 '*' "$snmp" -t x switch.example 24
expect 2 '*' "$snmp" -x switch.example
expect 0 '*' "$snmp" --help
expect 127 'snmpget: not found (apt install snmp)' \
	env PATH="$dir/none" /bin/sh "$snmp" switch.example 24

# ---- template ----

echo x >"$dir/full"
: >"$dir/empty"
expect 0 '' "$etc/checks/template" "$dir/full"
expect 1 "$dir/empty: empty" "$etc/checks/template" "$dir/empty"
expect 1 '*' "$etc/checks/template" "$dir/missing"

# ---- hooks/systemd-units ----

hook=$etc/hooks/systemd-units
set_unit a.service inactive
set_unit b.service inactive
expect 0 '' "$hook" a.service b.service INSTANCE web MASTER 200
calls 'start -- a.service
start -- b.service'
is_unit a.service active
is_unit b.service active
expect 0 '' "$hook" a.service b.service INSTANCE web MASTER 200
is_unit a.service active
for state in BACKUP FAULT STOP; do
	set_unit a.service active
	expect 0 '' "$hook" a.service b.service GROUP all $state 0
	calls 'stop -- b.service
stop -- a.service'
	is_unit a.service inactive
	expect 0 '' "$hook" a.service b.service GROUP all $state 0
	is_unit b.service inactive
done
touch "$dir/units/a.service.bad"
expect 1 'Job for a.service failed.
a.service: could not be started' "$hook" a.service b.service INSTANCE web MASTER 200
is_unit b.service active
expect 2 '*' "$hook" a.service
expect 2 '*' "$hook" INSTANCE web MASTER 200
expect 2 'init: is no state' "$hook" a.service INSTANCE web init 200
expect 2 '*' "$hook" a.service web web MASTER 200
expect 2 '--now: is no unit' "$hook" --now a.service INSTANCE web MASTER 200
expect 2 'a b: is no unit' "$hook" 'a b' INSTANCE web MASTER 200
expect 0 '*' "$hook" --help

exit $failed
