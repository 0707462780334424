/*
 * The tables behind the words of vrrp.h; any process. Pure.
 */
#include "common/vrrp.h"

#define VRRP_WORD(name, word) word,
#define VRRP_NAME_FUNCTION(function, WORDS) \
	const char *function(uint32_t value) \
	{ \
		static const char *const words[] = {WORDS(VRRP_WORD)}; \
		return value < sizeof(words) / sizeof(words[0]) ? words[value] : "?"; \
	}

VRRP_NAME_FUNCTION(vrrp_state_name, VRRP_STATES)
VRRP_NAME_FUNCTION(vrrp_reason_name, VRRP_REASONS)
VRRP_NAME_FUNCTION(vrrp_new_master_name, VRRP_NEW_MASTER_REASONS)
VRRP_NAME_FUNCTION(vrrp_hook_event_name, VRRP_HOOK_EVENTS)
VRRP_NAME_FUNCTION(vrrp_check_state_name, VRRP_CHECK_STATES)
