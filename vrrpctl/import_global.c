/*
 * global_defs, and what is known of keepalived that has no counterpart; vrrpctl, in the importer's
 * child.
 */
#include <string.h>

#include "vrrpctl/import_part.h"
#include "vrrpctl/words.h"

#define DAY_MS ((int64_t)CONF_DURATION_MAX_MS)

/* ---- settings that exist twice ---- */

static void
read_milliseconds(struct import *im, struct import_node *node, int64_t *out)
{
	if (import_seconds(im, node, 1, 1000, DAY_MS, out))
		import_rest(im, node, 2);
}

static void
read_repeat(struct import *im, struct import_node *node, struct import_settings *set)
{
	if (!import_number(im, node, 1, 0, CONF_ANNOUNCE_REPEAT_MAX, &set->repeat))
		return;
	if (set->repeat == 0) {
		set->repeat = 1;
		import_change(im, node, "1, as keepalived takes it");
	}
	import_rest(im, node, 2);
}

static void
read_refresh(struct import *im, struct import_node *node, int64_t *out)
{
	read_milliseconds(im, node, out);
	if (*out > 0 && *out < CONF_ANNOUNCE_REFRESH_MIN_MS) {
		*out = 0;
		import_change(im, node, "off, as keepalived takes it");
	}
}

static void
read_gap(struct import *im, struct import_node *node, int64_t *out)
{
	read_milliseconds(im, node, out);
	if (*out >= 0 && *out < 10) {
		*out = 10;
		import_change(im, node, "10ms is the shortest");
	}
}

static void
read_flag(struct import *im, struct import_node *node, int64_t *out)
{
	*out = import_boolean(im, node, 1);
	import_rest(im, node, 2);
}

static void
read_version(struct import *im, struct import_node *node, struct import_settings *set)
{
	if (import_number(im, node, 1, 2, 3, &set->version))
		import_rest(im, node, 2);
}

bool
import_setting(
    struct import *im, struct import_node *node, const char *word, struct import_settings *set)
{
	if (strcmp(word, "version") == 0)
		read_version(im, node, set);
	else if (strcmp(word, "garp_master_repeat") == 0)
		read_repeat(im, node, set);
	else if (strcmp(word, "garp_master_delay") == 0)
		read_milliseconds(im, node, &set->delay_ms);
	else if (strcmp(word, "garp_master_refresh") == 0)
		read_refresh(im, node, &set->refresh_ms);
	else if (strcmp(word, "garp_interval") == 0)
		read_gap(im, node, &set->arp_interval_ms);
	else if (strcmp(word, "gna_interval") == 0)
		read_gap(im, node, &set->na_interval_ms);
	else if (strcmp(word, "down_timer_adverts") == 0) {
		if (import_number(im, node, 1, 1, 100, &set->down_adverts))
			import_rest(im, node, 2);
	} else if (strcmp(word, "strict") == 0 || strcmp(word, "strict_mode") == 0) {
		read_flag(im, node, &set->strict);
		if (set->strict == 1)
			import_change(im, node,
			    "there is no strict mode: what it does to each instance is told there");
	} else if (strcmp(word, "v3_checksum_as_v2") == 0)
		read_flag(im, node, &set->message_only);
	else if (strcmp(word, "unicast_fault_no_peer") == 0)
		read_flag(im, node, &set->fault_no_peer);
	else if (strcmp(word, "min_garp") == 0) {
		if (import_boolean(im, node, 1)) {
			set->repeat = 1;
			set->delay_ms = 0;
		}
	} else
		return false;
	return true;
}

/* ---- what has no counterpart ---- */

#define KEPT "vrrpd always does so"
#define MAIL "vrrpd sends no mail; write a notify script"
#define NONE "vrrpd has nothing like it and needs it not"
#define TUNING "a tuning of keepalived's process"
#define EVENTS "vrrpd has no SNMP, DBus or FIFO; use vrrpctl -j or notify scripts"
#define LVS "LVS is not imported: vrrpd is for VRRP only"

enum where { GLOBAL = 1, INSTANCE = 2, BOTH = 3 };

static const struct known {
	const char *word;
	enum where where;
	enum import_verdict verdict;
	bool failover;
	const char *why;
} known[] = {
    {"enable_script_security", GLOBAL, IMPORT_KEPT, false, KEPT},
    {"dynamic_interfaces", GLOBAL, IMPORT_KEPT, false, KEPT},
    {"vrrp_check_unicast_src", GLOBAL, IMPORT_KEPT, false, KEPT},
    {"check_unicast_src", INSTANCE, IMPORT_KEPT, false, KEPT},
    {"vrrp_skip_check_adv_addr", GLOBAL, IMPORT_KEPT, false,
	"other addresses never drop an advert"},
    {"skip_check_adv_addr", INSTANCE, IMPORT_KEPT, false, "other addresses never drop an advert"},
    {"native_ipv6", INSTANCE, IMPORT_KEPT, false, "the addresses say it"},
    {"no_virtual_ipaddress", INSTANCE, IMPORT_DROPPED, false, "an instance has an address here"},
    {"dont_track_primary", INSTANCE, IMPORT_DROPPED, true,
	"while its interface is down an instance is in fault here"},
    {"notification_email", GLOBAL, IMPORT_DROPPED, false, MAIL},
    {"notification_email_from", GLOBAL, IMPORT_DROPPED, false, MAIL},
    {"smtp_server", GLOBAL, IMPORT_DROPPED, false, MAIL},
    {"smtp_helo_name", GLOBAL, IMPORT_DROPPED, false, MAIL},
    {"smtp_connect_timeout", GLOBAL, IMPORT_DROPPED, false, MAIL},
    {"smtp_alert", BOTH, IMPORT_DROPPED, false, MAIL},
    {"smtp_alert_vrrp", GLOBAL, IMPORT_DROPPED, false, MAIL},
    {"smtp_alert_checker", GLOBAL, IMPORT_DROPPED, false, MAIL},
    {"no_email_faults", GLOBAL, IMPORT_DROPPED, false, MAIL},
    {"checker_log_all_failures", GLOBAL, IMPORT_DROPPED, false, LVS},
    {"default_interface", GLOBAL, IMPORT_DROPPED, false, "it is for static addresses"},
    {"vrrp_delay_after_boot", GLOBAL, IMPORT_DROPPED, true,
	"there is startup-delay, which counts from the start of vrrpd"},
    {"vrrp_garp_master_refresh_repeat", GLOBAL, IMPORT_DROPPED, false,
	"a refresh repeats as announce says"},
    {"garp_master_refresh_repeat", INSTANCE, IMPORT_DROPPED, false,
	"a refresh repeats as announce says"},
    {"vrrp_garp_lower_prio_repeat", GLOBAL, IMPORT_DROPPED, false, "as announce says"},
    {"vrrp_garp_lower_prio_delay", GLOBAL, IMPORT_DROPPED, false, "as announce says"},
    {"garp_lower_prio_repeat", INSTANCE, IMPORT_DROPPED, false, "as announce says"},
    {"garp_lower_prio_delay", INSTANCE, IMPORT_DROPPED, false, "as announce says"},
    {"vrrp_garp_extra_if", GLOBAL, IMPORT_DROPPED, false, NONE},
    {"garp_extra_if", INSTANCE, IMPORT_DROPPED, false, NONE},
    {"vrrp_lower_prio_no_advert", GLOBAL, IMPORT_DROPPED, false,
	"a master answers a lower priority"},
    {"lower_prio_no_advert", INSTANCE, IMPORT_DROPPED, false, "a master answers a lower priority"},
    {"vrrp_higher_prio_send_advert", GLOBAL, IMPORT_DROPPED, false, NONE},
    {"higher_prio_send_advert", INSTANCE, IMPORT_DROPPED, false, NONE},
    {"vrrp_owner_ignore_adverts", GLOBAL, IMPORT_DROPPED, false, NONE},
    {"owner_ignore_adverts", INSTANCE, IMPORT_DROPPED, false, NONE},
    {"timer_expired_backup", INSTANCE, IMPORT_DROPPED, false, NONE},
    {"promote_secondaries", INSTANCE, IMPORT_DROPPED, false, "set while vrrpd runs, in any case"},
    {"vrrp_iptables", GLOBAL, IMPORT_DROPPED, false, "accept-mode needs no rules of yours"},
    {"vrrp_ipsets", GLOBAL, IMPORT_DROPPED, false, "accept-mode needs no rules of yours"},
    {"nftables", GLOBAL, IMPORT_DROPPED, false, "accept-mode needs no rules of yours"},
    {"nftables_priority", GLOBAL, IMPORT_DROPPED, false, "accept-mode needs no rules of yours"},
    {"nftables_counters", GLOBAL, IMPORT_DROPPED, false, "accept-mode needs no rules of yours"},
    {"nftables_ifindex", GLOBAL, IMPORT_DROPPED, false, "accept-mode needs no rules of yours"},
    {"disable_local_igmp", GLOBAL, IMPORT_DROPPED, false, NONE},
    {"startup_script", GLOBAL, IMPORT_DROPPED, false, "start it by a unit of its own"},
    {"startup_script_timeout", GLOBAL, IMPORT_DROPPED, false, "start it by a unit of its own"},
    {"shutdown_script", GLOBAL, IMPORT_DROPPED, false, "start it by a unit of its own"},
    {"shutdown_script_timeout", GLOBAL, IMPORT_DROPPED, false, "start it by a unit of its own"},
    {"use_symlink_paths", GLOBAL, IMPORT_DROPPED, false, "links are followed and checked"},
    {"set_supplementary_groups", GLOBAL, IMPORT_DROPPED, false, NONE},
    {"max_auto_priority", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"min_auto_priority_delay", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"vrrp_priority", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"vrrp_rt_priority", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"vrrp_rlimit_rttime", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"vrrp_rlimit_rtime", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"vrrp_no_swap", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"vrrp_cpu_affinity", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"checker_priority", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"checker_rt_priority", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"checker_rlimit_rttime", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"checker_no_swap", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"checker_cpu_affinity", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"bfd_priority", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"bfd_rt_priority", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"bfd_rlimit_rttime", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"bfd_no_swap", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"bfd_cpu_affinity", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"vrrp_netlink_cmd_rcv_bufs", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"vrrp_netlink_cmd_rcv_bufs_force", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"vrrp_netlink_monitor_rcv_bufs", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"vrrp_netlink_monitor_rcv_bufs_force", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"lvs_netlink_cmd_rcv_bufs", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"lvs_netlink_cmd_rcv_bufs_force", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"lvs_netlink_monitor_rcv_bufs", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"lvs_netlink_monitor_rcv_bufs_force", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"process_monitor_rcv_bufs", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"process_monitor_rcv_bufs_force", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"vrrp_rx_bufs_policy", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"vrrp_rx_bufs_multiplier", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"rs_init_notifies", GLOBAL, IMPORT_DROPPED, false, LVS},
    {"no_checker_emails", GLOBAL, IMPORT_DROPPED, false, MAIL},
    {"kernel_rx_buf_size", INSTANCE, IMPORT_DROPPED, false, TUNING},
    {"linkbeat_use_polling", BOTH, IMPORT_DROPPED, false, "the kernel tells of links"},
    {"debug", INSTANCE, IMPORT_DROPPED, false, NONE},
    {"process_names", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"process_name", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"vrrp_process_name", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"checker_process_name", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"bfd_process_name", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"log_unknown_vrids", GLOBAL, IMPORT_DROPPED, false, "vrrpctl show tells of peers' adverts"},
    {"vmac_prefix", GLOBAL, IMPORT_DROPPED, false, "vrrpd names its virtual MACs"},
    {"vmac_addr_prefix", GLOBAL, IMPORT_DROPPED, false, "vrrpd names its virtual MACs"},
    {"random_seed", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"umask", GLOBAL, IMPORT_DROPPED, false, TUNING},
    {"notify_fifo", GLOBAL, IMPORT_DROPPED, false, EVENTS},
    {"notify_fifo_script", GLOBAL, IMPORT_DROPPED, false, EVENTS},
    {"vrrp_notify_fifo", GLOBAL, IMPORT_DROPPED, false, EVENTS},
    {"vrrp_notify_fifo_script", GLOBAL, IMPORT_DROPPED, false, EVENTS},
    {"lvs_notify_fifo", GLOBAL, IMPORT_DROPPED, false, LVS},
    {"lvs_notify_fifo_script", GLOBAL, IMPORT_DROPPED, false, LVS},
    {"vrrp_notify_priority_changes", GLOBAL, IMPORT_DROPPED, false, EVENTS},
    {"notify_priority_changes", INSTANCE, IMPORT_DROPPED, false, EVENTS},
    {"fifo_write_vrrp_states_on_reload", GLOBAL, IMPORT_DROPPED, false, EVENTS},
    {"snmp_socket", GLOBAL, IMPORT_DROPPED, false, EVENTS},
    {"enable_snmp_vrrp", GLOBAL, IMPORT_DROPPED, false, EVENTS},
    {"enable_snmp_keepalived", GLOBAL, IMPORT_DROPPED, false, EVENTS},
    {"enable_snmp_checker", GLOBAL, IMPORT_DROPPED, false, EVENTS},
    {"enable_snmp_rfc", GLOBAL, IMPORT_DROPPED, false, EVENTS},
    {"enable_snmp_rfcv2", GLOBAL, IMPORT_DROPPED, false, EVENTS},
    {"enable_snmp_rfcv3", GLOBAL, IMPORT_DROPPED, false, EVENTS},
    {"enable_traps", GLOBAL, IMPORT_DROPPED, false, EVENTS},
    {"snmp_vs_stats_update_interval", GLOBAL, IMPORT_DROPPED, false, EVENTS},
    {"snmp_rs_stats_update_interval", GLOBAL, IMPORT_DROPPED, false, EVENTS},
    {"enable_dbus", GLOBAL, IMPORT_DROPPED, false, EVENTS},
    {"dbus_service_name", GLOBAL, IMPORT_DROPPED, false, EVENTS},
    {"dbus_no_interface_name", GLOBAL, IMPORT_DROPPED, false, EVENTS},
    {"reload_check_config", GLOBAL, IMPORT_KEPT, false, KEPT},
    {"reload_time_file", GLOBAL, IMPORT_DROPPED, false, "reload by a timer of systemd"},
    {"reload_repeat", GLOBAL, IMPORT_DROPPED, false, "reload by a timer of systemd"},
    {"reload_file", GLOBAL, IMPORT_DROPPED, false, NONE},
    {"config_save_dir", GLOBAL, IMPORT_DROPPED, false, NONE},
    {"tmp_config_directory", GLOBAL, IMPORT_DROPPED, false, NONE},
    {"data_use_instance", GLOBAL, IMPORT_DROPPED, false, NONE},
    {"json_version", GLOBAL, IMPORT_DROPPED, false, "use vrrpctl -j show"},
    {"include_check", GLOBAL, IMPORT_DROPPED, false, NONE},
    {"iproute_usr_dir", GLOBAL, IMPORT_DROPPED, false, NONE},
    {"iproute_etc_dir", GLOBAL, IMPORT_DROPPED, false, NONE},
    {"state_dump_file", GLOBAL, IMPORT_DROPPED, false, "use vrrpctl show"},
    {"stats_dump_file", GLOBAL, IMPORT_DROPPED, false, "use vrrpctl show counters"},
    {"json_dump_file", GLOBAL, IMPORT_DROPPED, false, "use vrrpctl -j show"},
    {"lvs_sync_daemon", GLOBAL, IMPORT_DROPPED, false, LVS},
    {"lvs_timeouts", GLOBAL, IMPORT_DROPPED, false, LVS},
    {"lvs_flush", GLOBAL, IMPORT_DROPPED, false, LVS},
    {"lvs_flush_on_stop", GLOBAL, IMPORT_DROPPED, false, LVS},
    {"lvs_flush_onstop", GLOBAL, IMPORT_DROPPED, false, LVS},
    {"lvs_id", GLOBAL, IMPORT_DROPPED, false, LVS},
    {"lvs_sync_daemon_interface", INSTANCE, IMPORT_DROPPED, false, LVS},
    {"nat_mask", GLOBAL, IMPORT_DROPPED, false, LVS},
    {"vmac_xmit_base", INSTANCE, IMPORT_DROPPED, false, NONE},
    {"use_vmac_addr", INSTANCE, IMPORT_DROPPED, false, "addresses of other devices keep their MAC"},
    {"use_ipvlan", INSTANCE, IMPORT_DROPPED, true, "vrrpd makes no ipvlan devices"},
    {"vrf", INSTANCE, IMPORT_DROPPED, true, "vrrpd knows no VRFs"},
    {"mcast_dst_ip", INSTANCE, IMPORT_DROPPED, true, "vrrpd uses the standard's group only"},
    {"track_src_ip", INSTANCE, IMPORT_DROPPED, false, "a missing source is a fault anyway"},
    {"unicast_ttl", INSTANCE, IMPORT_DROPPED, false, "adverts are sent with 255"},
    {"auth_hmac", INSTANCE, IMPORT_DROPPED, true, "vrrpd knows no HMAC"},
    {"track_bfd", BOTH, IMPORT_DROPPED, true,
	"write an external check and let your BFD daemon set it: vrrpctl check set"},
    {"notify_master_rx_lower_pri", INSTANCE, IMPORT_DROPPED, false, "there is no such hook"},
    {"notify_deleted", INSTANCE, IMPORT_DROPPED, false, "the stop hook runs then"},
    {"global_tracking", INSTANCE, IMPORT_DROPPED, false, "weights of groups are in their track"},
};

bool
import_known(struct import *im, struct import_node *node, bool global)
{
	const unsigned place = global ? GLOBAL : INSTANCE;
	const struct known *k;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		k = &known[i];
		if ((k->where & place) == 0 || !import_is(node, k->word))
			continue;
		if (k->verdict == IMPORT_KEPT)
			import_keep(im, node, "%s", k->why);
		else
			import_drop(im, node, k->failover, "%s", k->why);
		return true;
	}
	return false;
}

void
import_unknown(struct import *im, struct import_node *node, const char *const *words)
{
	const char *word = import_word(node, 0);
	const char *near = words == NULL ? NULL : words_suggest(words, word);

	if (strncmp(word, "{{", 2) == 0 || strncmp(word, "${", 2) == 0)
		import_drop(im, node, true, "a placeholder: import what is made of it");
	else if (near != NULL)
		import_drop(im, node, false,
		    "keepalived does not know it either and ignores it; was \"%s\" meant?", near);
	else
		import_drop(im, node, false, "keepalived does not know it either and ignores it");
}

/* ---- global_defs ---- */

static void
read_router_id(struct import *im, struct import_node *node)
{
	const char *text = import_word(node, 1);

	if (*text == '\0') {
		import_drop(im, node, false, "the name is missing");
		return;
	}
	im->router_name = import_make_name(im, NULL, text);
	if (strcmp(im->router_name, text) != 0)
		import_change(im, node, "written as %s", im->router_name);
	import_rest(im, node, 2);
}

static void
read_user(struct import *im, struct import_node *node)
{
	im->run_as = import_user(im, node, 1, &im->user_is_root);
	im->at_user = node;
	if (!im->user_is_root)
		return;
	if (im->options->scripts_as_root)
		import_change(im, node, "written at each hook; checks run as _vrrpd_script");
	else
		import_change(im, node,
		    "root is no default: scripts run as _vrrpd_script; with --scripts-as-root "
		    "hooks "
		    "run as root");
}

static void
read_group_address(struct import *im, struct import_node *node)
{
	const char *standard = import_is(node, "vrrp_mcast_group4") ? "224.0.0.18" : "ff02::12";

	if (strcmp(import_word(node, 1), standard) != 0)
		import_drop(im, node, true, "vrrpd uses the standard's group, %s, only", standard);
}

static bool
read_own(struct import *im, struct import_node *node)
{
	if (import_is(node, "router_id"))
		read_router_id(im, node);
	else if (import_is(node, "script_user"))
		read_user(im, node);
	else if (import_is(node, "vrrp_mcast_group4") || import_is(node, "vrrp_mcast_group6"))
		read_group_address(im, node);
	else if (import_is(node, "vrrp_startup_delay"))
		read_milliseconds(im, node, &im->startup_delay_ms);
	else
		return false;
	return true;
}

static const char *
setting_of(const char *word)
{
	if (strncmp(word, "vrrp_", 5) == 0)
		return word + 5;
	return strcmp(word, "v3_checksum_as_v2") == 0 || strcmp(word, "unicast_fault_no_peer") == 0
		   ? word
		   : "";
}

void
import_global(struct import *im, struct import_node *block)
{
	static const char *const words[] = {"router_id", "script_user", "enable_script_security",
	    "vrrp_version", "vrrp_strict", "vrrp_startup_delay", "smtp_server",
	    "notification_email", NULL};
	struct import_node *node;

	if (!block->block)
		import_drop(im, block, false, "has no block");
	for (node = block->child; node != NULL; node = node->next) {
		if (import_is(node, "enable_script_security"))
			im->script_security = import_boolean(im, node, 1);
		if (node->told || import_is(node, "include"))
			continue;
		if (!read_own(im, node) &&
		    !import_setting(im, node, setting_of(import_word(node, 0)), &im->defaults) &&
		    !import_known(im, node, true))
			import_unknown(im, node, words);
	}
}
