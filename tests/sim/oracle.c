/*
 * What one router of the simulator may and must do, worked out a second time and in another way than
 * in the core: from the events it was given. Each function says which rule it is.
 */
#include "tests/sim/world.h"

#define ROUNDING_NS 2000 /* each change of priority rounds a running deadline */

struct tally {
	int zeros, adverts, acquires, releases, announces, states;
};

/* One look at one site. */
struct look {
	struct world *w;
	uint8_t n, i;
	struct site *s;
	struct oracle *o;
	const struct glimpse *before;
	const struct vr_event *given; /* NULL = nothing */
	struct tally did;
	int64_t now;
	int adverts; /* that are due */
};

#define EXPECT(look, truth, ...) \
	do { \
		if (!(truth)) \
			look_fail(look, __VA_ARGS__); \
	} while (0)

static void
look_fail(const struct look *look, const char *what)
{
	sim_fail(look->w, "router %u, instance %u (%s): %s", look->n, look->i,
	    vrrp_state_name(look->s->vr.state), what);
}

struct glimpse
oracle_glimpse(const struct site *s)
{
	return (struct glimpse){
	    .state = s->vr.state,
	    .wish = s->vr.wish,
	    .started = s->vr.started,
	    .has = s->has,
	    .releasing = !mono_is_never(s->vr.release_at),
	    .priority = s->vr.priority,
	    .interval_ns = s->vr.conf.interval_ns,
	    .preempt_delay_ns = s->vr.conf.preempt_delay_ns,
	};
}

static bool
look_is(const struct look *look, enum vr_event_kind kind)
{
	return look->given != NULL && look->given->kind == kind;
}

static const struct election *
oracle_election(const struct look *look)
{
	const struct node *node = &look->w->node[look->n];

	return &node->election[node->election_of[look->i]];
}

/* A handover is that of all members. */
static bool
oracle_hands_over(const struct look *look)
{
	const struct election *el = oracle_election(look);
	bool all = true;

	for (uint8_t k = 0; k < el->count; k++)
		all &= look->w->node[look->n].site[el->first + k].conf.handover;
	return all;
}

static int64_t
smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* ---- times ---- */

/* RFC 9568 6.1, RFC 3768 6.1. */
static int64_t
oracle_skew(const struct site *s, int64_t interval_ns, uint8_t priority)
{
	return (256 - priority) * (s->conf.version == 2 ? NS_PER_S : interval_ns) / 256;
}

/* When a backup stops waiting: silence of a master down interval, or the skew time. */
static int64_t
oracle_down_at(const struct site *s, uint8_t priority)
{
	const struct oracle *o = &s->oracle;

	return o->base_ns + (o->resigned ? 0 : s->conf.down_adverts * o->heard_ns) +
	       oracle_skew(s, o->heard_ns, priority);
}

/* What a successor needs. */
static int64_t
oracle_hold(const struct site *s)
{
	return 50 * NS_PER_MS + s->conf.address_count * 300 * NS_PER_US;
}

static int64_t
oracle_answer_spacing(const struct site *s)
{
	int64_t spacing = smaller(s->conf.interval_ns / 10, 100 * NS_PER_MS);

	return spacing < 10 * NS_PER_MS ? 10 * NS_PER_MS : spacing;
}

/* ---- what was done ---- */

static struct tally
oracle_count(const struct look *look)
{
	const struct election *el = oracle_election(look);
	const struct vr_actions *out = &el->member[look->i - el->first].out;
	struct tally did = {0};

	for (size_t k = 0; k < out->count; k++)
		switch (out->action[k].kind) {
		case VR_ACT_ADVERTISE:
			EXPECT(look, did.acquires == 0, "an advert behind the addresses");
			EXPECT(look, out->action[k].priority != 0 || did.releases == 0,
			    "priority 0 behind the removal of the addresses");
			EXPECT(look,
			    out->action[k].priority == 0 ||
				out->action[k].priority == look->s->vr.priority,
			    "an advert with another priority than the effective one");
			did.zeros += out->action[k].priority == 0;
			did.adverts += out->action[k].priority != 0;
			break;
		case VR_ACT_ACQUIRE:
			did.acquires++;
			break;
		case VR_ACT_RELEASE:
			EXPECT(look, did.acquires == 0, "releases what it just acquired");
			did.releases++;
			break;
		case VR_ACT_ANNOUNCE:
			did.announces++;
			break;
		case VR_ACT_STATE:
			did.states++;
			break;
		case VR_ACT_GATE:
		case VR_ACTION_COUNT:
			break;
		}
	return did;
}

/* ---- master ---- */

static bool
oracle_is_owner(const struct site *s)
{
	return s->conf.priority == VRRP_PRIORITY_OWNER;
}

/* RFC 9568 6.4.3: higher, or equal with the higher address; not for owners of version 2. */
static bool
oracle_is_better(const struct site *s, uint8_t priority, const struct vr_advert *advert)
{
	if (s->conf.version == 2 && oracle_is_owner(s))
		return false;
	return advert->priority > priority ||
	       (advert->priority == priority && addr_compare(&advert->source, &s->source) > 0);
}

/* RFC 9568 6.4.3: an absolute schedule, one advert after a pause. */
static void
oracle_tick(struct look *look)
{
	struct oracle *o = look->o;
	int64_t interval = look->s->conf.interval_ns;

	if (look->now < o->advert_at_ns)
		return;
	look->adverts = 1;
	o->advert_at_ns = look->now - o->advert_at_ns >= interval ? look->now + interval
								  : o->advert_at_ns + interval;
}

static void
oracle_master_hears(struct look *look, const struct vr_advert *advert)
{
	struct oracle *o = look->o;
	const struct site *s = look->s;

	EXPECT(look, !oracle_is_better(s, look->before->priority, advert),
	    "did not yield to a better master");
	if ((s->conf.version == 2 && oracle_is_owner(s)) || look->now < o->answer_after_ns)
		return;
	if (advert->priority == 0) {
		look->adverts = 1;
		o->advert_at_ns = look->now + s->conf.interval_ns;
		o->answer_after_ns = look->now + 10 * NS_PER_MS;
		return;
	}
	oracle_tick(look);
	look->adverts = 1;
	o->answer_after_ns = look->now + oracle_answer_spacing(s);
	EXPECT(look, look->did.announces == 1, "did not announce again");
}

static void
oracle_gate_ends(struct look *look)
{
	struct oracle *o = look->o;

	if (look->before->wish != VR_GATING)
		return;
	if (look->given->gate_passed || look->s->conf.gate == VR_GATE_PROCEED) {
		o->gate_open = true;
	} else {
		o->base_ns = look->now;
		o->resigned = false;
	}
}

/* Silence of a master down interval, a resignation, an owner that begins, or a short crash. */
static void
oracle_becomes_master(struct look *look)
{
	const struct election *el = oracle_election(look);
	struct site *s = look->s;
	bool gated = false;

	for (uint8_t k = 0; k < el->count; k++)
		gated |= el->member[k].vr->conf.gate != VR_GATE_NONE;
	look->o->answer_after_ns = look->now;
	look->o->advert_at_ns = look->now + s->conf.interval_ns;
	look->o->leftover = false;
	look->w->met[SIM_MET_TAKEOVERS]++;
	if (look_is(look, VR_RESUME) && s->vr.reason == VRRP_REASON_RESUME) {
		int64_t silence = look->given->silence_ns;

		look->w->met[SIM_MET_RESUMES]++;
		EXPECT(look, silence < 2 * s->conf.interval_ns, "resumes after a long silence");
		look->o->advert_at_ns -= smaller(silence, s->conf.interval_ns);
		return;
	}
	EXPECT(look, look->did.acquires == 1, "master without acquiring");
	look->adverts = 1;
	if (look->before->state == VRRP_BACKUP) {
		if (look_is(look, VR_GATE_RESULT))
			oracle_gate_ends(look);
		EXPECT(look, s->conf.gate == VR_GATE_NONE || look->o->gate_open,
		    "master without passing its gate");
		EXPECT(look,
		    look->before->wish != VR_LISTENING ||
			look->now >= oracle_down_at(s, s->vr.priority) - ROUNDING_NS,
		    "master before the silence of a master down interval or a skew time");
	} else {
		EXPECT(look, oracle_is_owner(s) && !gated, "master without listening");
	}
}

static void
oracle_master(struct look *look)
{
	if (look->before->state != VRRP_MASTER) {
		oracle_becomes_master(look);
	} else if (look_is(look, VR_TIMER)) {
		oracle_tick(look);
	} else if (look_is(look, VR_ADVERT)) {
		oracle_master_hears(look, &look->given->advert);
	} else if (look_is(look, VR_INPUTS)) {
		look->adverts = look->s->vr.priority != look->before->priority;
	} else if (look_is(look, VR_CONF) &&
		   look->s->conf.interval_ns != look->before->interval_ns) {
		look->adverts = 1;
		look->o->advert_at_ns = look->now + look->s->conf.interval_ns;
	}
	look->o->release_at_ns = SIM_NEVER;
	EXPECT(look, look->s->vr.advert_at.ns == look->o->advert_at_ns,
	    "the next advert is not due when it should be");
	EXPECT(look, look->s->has, "master without addresses");
	EXPECT(look, look->did.releases == 0 || look->before->state != VRRP_MASTER,
	    "a master releases");
}

/* ---- backup ---- */

/* Who is let be master: a better or equal one; a lower one unless we preempt, or not yet. */
static bool
oracle_lets_be(struct look *look, const struct vr_advert *advert)
{
	const struct vr_conf *conf = &look->s->conf;
	struct oracle *o = look->o;

	if (advert->priority >= look->s->vr.priority) {
		o->preempt_at_ns = SIM_NEVER;
		return true;
	}
	if (oracle_is_owner(look->s))
		return false;
	if (!conf->preempt)
		return true;
	if (o->preempt_at_ns == SIM_NEVER)
		o->preempt_at_ns = look->now + conf->preempt_delay_ns;
	return look->now < o->preempt_at_ns;
}

static void
oracle_backup_hears(struct look *look, const struct vr_advert *advert)
{
	struct oracle *o = look->o;

	o->leftover = false;
	if (look->now < o->deaf_until_ns)
		return;
	if (advert->priority == 0) {
		if (look->before->wish == VR_LISTENING) {
			o->resigned = true;
			o->base_ns = look->now;
		}
	} else if (oracle_lets_be(look, advert)) {
		o->resigned = false;
		o->base_ns = look->now;
		if (look->s->conf.version == 3) {
			o->heard_ns = advert->interval_ns;
			o->learned = true;
		}
		EXPECT(look, look->s->vr.wish == VR_LISTENING,
		    "goes on towards master though it heard one");
	}
}

static void
oracle_becomes_backup(struct look *look)
{
	struct oracle *o = look->o;
	const struct site *s = look->s;

	o->base_ns = look->now > o->deaf_until_ns ? look->now : o->deaf_until_ns;
	o->resigned = o->gate_open = o->learned = false;
	o->preempt_at_ns = SIM_NEVER;
	o->heard_ns = s->conf.interval_ns;
	if (look->before->state != VRRP_MASTER)
		return;
	if (look_is(look, VR_ADVERT)) {
		EXPECT(look, oracle_is_better(s, look->before->priority, &look->given->advert),
		    "yields to one that is not better");
		if (s->conf.version == 3) {
			o->heard_ns = look->given->advert.interval_ns;
			o->learned = true;
		}
	} else {
		EXPECT(look, look->given == NULL && s->vr.grouped, "backup without a reason");
	}
	if (oracle_hands_over(look))
		o->release_at_ns = look->now + smaller(oracle_hold(s), 31265 * NS_PER_MS / 10);
}

/* No RFC: it waits since then as before, but as it would with this configuration. */
static void
oracle_backup_conf(struct look *look)
{
	struct oracle *o = look->o;
	const struct vr_conf *conf = &look->s->conf;

	if (!o->learned)
		o->heard_ns = conf->interval_ns;
	if (conf->preempt_delay_ns != look->before->preempt_delay_ns)
		o->preempt_at_ns = SIM_NEVER;
	EXPECT(look, look->s->vr.wish != VR_GATING || conf->gate != VR_GATE_NONE,
	    "waits for a gate that it does not have");
	EXPECT(look,
	    look->s->vr.grouped || look->s->vr.wish == VR_LISTENING ||
		look->s->vr.wish == VR_GATING,
	    "waits for a group that it is not in");
}

static void
oracle_backup(struct look *look)
{
	struct oracle *o = look->o;
	const struct site *s = look->s;

	if (look->before->state != VRRP_BACKUP) {
		oracle_becomes_backup(look);
		EXPECT(look, s->vr.wish == VR_LISTENING || oracle_is_owner(s),
		    "does not listen at the beginning");
	} else {
		if (look->before->wish == VR_LISTENING && s->vr.wish != VR_LISTENING)
			EXPECT(look, look->now >= oracle_down_at(s, s->vr.priority) - ROUNDING_NS,
			    "stops listening too early");
		if (look_is(look, VR_ADVERT))
			oracle_backup_hears(look, &look->given->advert);
		else if (look_is(look, VR_GATE_RESULT))
			oracle_gate_ends(look);
		else if (look_is(look, VR_CONF))
			oracle_backup_conf(look);
	}
	if (s->vr.wish != VR_OPEN)
		o->gate_open = false;
	if (s->vr.wish == VR_LISTENING) {
		int64_t off = s->vr.down_at.ns - oracle_down_at(s, s->vr.priority);

		EXPECT(look,
		    !mono_is_never(s->vr.down_at) && off <= ROUNDING_NS && off >= -ROUNDING_NS,
		    "the master down timer is not what it should be");
	} else {
		EXPECT(look, mono_is_never(s->vr.down_at), "a timer that ran out runs");
	}
}

/* ---- init: a handover, or waiting ---- */

static void
oracle_init(struct look *look)
{
	struct oracle *o = look->o;
	const struct site *s = look->s;

	if (look->before->state == VRRP_MASTER && oracle_hands_over(look) && s->vr.started) {
		o->heir = false;
		o->release_limit_ns = look->now + 3 * NS_PER_S + 1265 * NS_PER_MS / 10;
		o->release_at_ns =
		    look->now + smaller(s->conf.interval_ns + 20 * NS_PER_MS, 3 * NS_PER_S);
	} else if (look->before->state == VRRP_INIT && look_is(look, VR_ADVERT)) {
		o->leftover = false;
		if (look->before->releasing && !o->heir && look->given->advert.priority != 0) {
			o->heir = true;
			o->release_at_ns = smaller(look->now + oracle_hold(s), o->release_limit_ns);
		}
	}
	EXPECT(look,
	    !s->vr.started || look->before->releasing || look->before->state == VRRP_MASTER ||
		s->inputs.waiting || s->vr.waiting || oracle_election(look)->adopting,
	    "in init without a reason");
}

/* ---- addresses, timers, words ---- */

/* Kept while master, for a bounded hold after it, and after a crash until somebody is heard. */
static void
oracle_addresses(struct look *look)
{
	struct oracle *o = look->o;
	const struct site *s = look->s;

	if (look->did.releases != 0) {
		o->leftover = false;
		o->release_at_ns = SIM_NEVER;
	}
	EXPECT(look, s->vr.holding == (s->has || o->leftover), "the core forgot its addresses");
	EXPECT(look, s->vr.started || !s->has || look->before->started == s->vr.started,
	    "stopped with addresses");
	if (s->vr.state == VRRP_MASTER)
		return;
	EXPECT(look, s->vr.state != VRRP_FAULT || !s->has, "in fault with addresses");
	EXPECT(look, !s->has || o->leftover || o->release_at_ns != SIM_NEVER,
	    "addresses without a master and without an end");
	EXPECT(look, s->vr.release_at.ns == o->release_at_ns, "the hold is not what it should be");
}

static void
oracle_timers(const struct look *look)
{
	const struct vr *vr = &look->s->vr;
	bool down = !mono_is_never(vr->down_at), advert = !mono_is_never(vr->advert_at);
	int64_t longest = (vr->conf.down_adverts + 1) * vr->master_interval_ns;

	if (longest < (vr->conf.down_adverts + 1) * NS_PER_S && vr->conf.version == 2)
		longest = (vr->conf.down_adverts + 1) * NS_PER_S;
	EXPECT(look, !down || !advert, "both timers run");
	EXPECT(look, advert == (vr->state == VRRP_MASTER), "an advert timer without a master");
	EXPECT(look, !down || vr->state == VRRP_BACKUP, "a down timer without a backup");
	EXPECT(look, !advert || vr->advert_at.ns <= look->now + vr->conf.interval_ns,
	    "the advert timer is longer than an interval");
	EXPECT(look,
	    !down ||
		vr->down_at.ns <=
		    longest + ROUNDING_NS +
			(look->now > look->o->deaf_until_ns ? look->now : look->o->deaf_until_ns),
	    "the master down timer is longer than a master down interval");
}

/* Priority 0 exactly when a master leaves for init or fault; adverts only of a master. */
static void
oracle_words(const struct look *look)
{
	enum vrrp_state before = look->before->state, after = look->s->vr.state;
	bool left = before == VRRP_MASTER && (after == VRRP_INIT || after == VRRP_FAULT);

	if (look_is(look, VR_RESUME) && !look->before->started && after == VRRP_FAULT)
		left = true;
	EXPECT(look, look->did.zeros == left, "priority 0 without leaving master, or none with it");
	EXPECT(look, look->did.adverts == look->adverts, "other adverts than those that are due");
	EXPECT(look, look->did.announces == 0 || look_is(look, VR_ADVERT), "announces unasked");
	EXPECT(look, before == after || look->did.states > 0, "a change of state without a word");
}

/* A first result is waited for, but not by who resumes. */
static void
oracle_waiting(const struct look *look)
{
	const struct election *el = oracle_election(look);
	enum vrrp_state before = look->before->state, after = look->s->vr.state;

	if ((before != VRRP_INIT && before != VRRP_FAULT) ||
	    (after != VRRP_BACKUP && after != VRRP_MASTER) ||
	    look->s->vr.reason == VRRP_REASON_RESUME)
		return;
	for (uint8_t k = 0; k < el->count; k++)
		EXPECT(look,
		    look->w->node[look->n].site[el->first + k].track[SIM_TRACK_CHECK].state !=
			VRRP_CHECK_UNKNOWN,
		    "does not wait for a first result");
}

static void
oracle_begin(struct look *look)
{
	struct oracle *o = look->o;

	if (look->before->started || !look->s->vr.started)
		return;
	o->leftover = true;
	o->gate_open = false;
	o->release_at_ns = o->preempt_at_ns = SIM_NEVER;
	o->deaf_until_ns = look->now;
	if (look_is(look, VR_STARTUP))
		o->deaf_until_ns += look->w->node[look->n].startup_delay_ns;
}

void
oracle_check(struct world *w, uint8_t n, uint8_t i, const struct glimpse *before,
    const struct vr_event *given)
{
	struct site *s = &w->node[n].site[i];
	struct look look = {.w = w,
	    .n = n,
	    .i = i,
	    .s = s,
	    .o = &s->oracle,
	    .before = before,
	    .given = given,
	    .now = world_local(w, n).ns};

	look.did = oracle_count(&look);
	oracle_begin(&look);
	switch (s->vr.state) {
	case VRRP_MASTER:
		oracle_master(&look);
		break;
	case VRRP_BACKUP:
		oracle_backup(&look);
		break;
	case VRRP_INIT:
		oracle_init(&look);
		break;
	case VRRP_FAULT:
	case VRRP_STATE_COUNT:
		break;
	}
	if (s->vr.started || before->started) {
		oracle_addresses(&look);
		oracle_timers(&look);
	}
	oracle_waiting(&look);
	oracle_words(&look);
}
