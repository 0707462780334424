/*
 * The simulator of the protocol: many routers in one program, running the core that the engine runs,
 * through random seeds or named scenarios.
 *
 *   sim [--full] [--seeds N] [--seconds S] [--from SEED]   seeds from SEED on (1), at most N of them
 *                                                          and S seconds of CPU (5)
 *   sim --seed SEED [--trace]                              one of them, with its story
 *   sim --scenarios [--trace] [--scenario NAME]            the scenarios
 *
 * --full is 20 s, or up to 60 until it has 20,000 seeds and 30 million events, and fails with less;
 * VRRPD_SIM_FULL asks for it too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/sim/world.h"

#define SIM_FULL_SEEDS 20000
#define SIM_FULL_EVENTS 30000000
#define SIM_FULL_SECONDS 20
#define SIM_FULL_PATIENCE 60

static struct world world;

struct options {
	uint64_t seeds, from, seed;
	double seconds;
	bool full, one, scenarios, trace;
	const char *scenario;
};

static double
sim_cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The same again, told. */
static int
sim_tell(uint64_t seed, bool all)
{
	struct trace *trace = trace_open(all);
	bool good = run_seed(&world, seed, trace);

	if (!good || all)
		trace_print(trace);
	if (good)
		printf("seed %llu: well, %llu events\n", (unsigned long long)seed,
		    (unsigned long long)world.events);
	else
		printf("seed %llu: %s\nagain: sim --seed %llu --trace\n", (unsigned long long)seed,
		    world.failure, (unsigned long long)seed);
	free(trace);
	return good ? 0 : 1;
}

#define SIM_WORD(name, words) words,

static bool
sim_is_enough(const struct options *o, uint64_t seeds, uint64_t events)
{
	const double spent = sim_cpu_seconds();

	if (o->full && (seeds < SIM_FULL_SEEDS || events < SIM_FULL_EVENTS))
		return spent >= SIM_FULL_PATIENCE;
	return spent >= o->seconds;
}

static int
sim_run(const struct options *o)
{
	static const char *const words[] = {SIM_MEETINGS(SIM_WORD)};
	uint64_t events = 0, seeds = 0, met[SIM_MET_COUNT] = {0};

	while (seeds < o->seeds && (seeds % 16 != 0 || !sim_is_enough(o, seeds, events))) {
		if (!run_seed(&world, o->from + seeds, NULL))
			return sim_tell(o->from + seeds, false);
		events += world.events;
		for (int k = 0; k < SIM_MET_COUNT; k++)
			met[k] += world.met[k];
		seeds++;
	}
	printf("sim: %llu seeds, %.1f million events, %.1f s of CPU\n", (unsigned long long)seeds,
	    (double)events / 1e6, sim_cpu_seconds());
	for (int k = 0; k < SIM_MET_COUNT; k++)
		printf("%s%llu %s", k == 0 ? "met: " : ", ", (unsigned long long)met[k], words[k]);
	putchar('\n');
	if (o->full && (seeds < SIM_FULL_SEEDS || events < SIM_FULL_EVENTS)) {
		printf("too few: %d seeds and %d events are demanded\n", SIM_FULL_SEEDS,
		    SIM_FULL_EVENTS);
		return 1;
	}
	return 0;
}

static void
sim_usage(void)
{
	fprintf(stderr, "usage: sim [--full] [--seeds N] [--seconds S] [--from SEED]\n"
			"       sim --seed SEED [--trace]\n"
			"       sim --scenarios [--trace] [--scenario NAME]\n");
	exit(2);
}

static uint64_t
sim_number(const char *text)
{
	char *end;
	uint64_t number = text == NULL ? 0 : strtoull(text, &end, 10);

	if (text == NULL || *text == '\0' || *end != '\0')
		sim_usage();
	return number;
}

static void
sim_ask_full(struct options *o)
{
	o->full = true;
	o->seconds = SIM_FULL_SECONDS;
}

int
main(int argc, char **argv)
{
	struct options o = {.seeds = UINT64_MAX, .from = 1, .seconds = 5};

	if (getenv("VRRPD_SIM_FULL") != NULL)
		sim_ask_full(&o);
	for (int k = 1; k < argc; k++) {
		if (strcmp(argv[k], "--full") == 0)
			sim_ask_full(&o);
		else if (strcmp(argv[k], "--seeds") == 0)
			o.seeds = sim_number(argv[++k]);
		else if (strcmp(argv[k], "--seconds") == 0)
			o.seconds = (double)sim_number(argv[++k]);
		else if (strcmp(argv[k], "--from") == 0)
			o.from = sim_number(argv[++k]);
		else if (strcmp(argv[k], "--trace") == 0)
			o.trace = true;
		else if (strcmp(argv[k], "--scenarios") == 0)
			o.scenarios = true;
		else if (strcmp(argv[k], "--scenario") == 0 && k + 1 < argc) {
			o.scenarios = true;
			o.scenario = argv[++k];
		} else if (strcmp(argv[k], "--seed") == 0) {
			o.one = true;
			o.seed = sim_number(argv[++k]);
		} else
			sim_usage();
	}
	if (o.scenarios)
		return scenario_run(o.scenario, o.trace) == 0 ? 0 : 1;
	return o.one ? sim_tell(o.seed, o.trace) : sim_run(&o);
}
