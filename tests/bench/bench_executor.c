/* What a request costs: N of them, C in flight, for one or more such pairs. Subjects take turns in one
 * process, round by round, so that what else the machine does weighs on all of them.
 *
 *   bench-executor SUBJECT[,SUBJECT] URL N C [N C]...
 *
 * One line of JSON for each turn. See subject.h for the subjects; a mock does not look at URL. */
#include "executor/executor.h"
#include "tests/bench/subject.h"

#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define ROUNDS 5

static double cpu_us(void)
{
	struct rusage r;

	getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e6 +
		(double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
}

/* From the first start to the last end; making and taking down what they run on is not a request's. */
static void measure(const struct subject *subject, const char *url, int round, size_t total, size_t width)
{
	void *state = subject->open(url, width);
	uint64_t from_ns = clock_monotonic_ns(&clock_system);
	double from_us = cpu_us(), ms, us;

	subject->start(state, total);
	while (subject->pass(state, true))
		;
	ms = clock_ms(from_ns, clock_monotonic_ns(&clock_system));
	us = cpu_us() - from_us;
	printf("{\"subject\":\"%s\",\"round\":%d,\"inFlight\":%zu,\"perSecond\":%.0f,\"cpuMicros\":%.3f,"
	       "\"failed\":%zu}\n",
		subject->name, round, width, (double)total * 1000 / ms, us / (double)total,
		subject->close(state));
	fflush(stdout);
}

static void run_round(char *names, const char *url, int round, char **pairs)
{
	const struct subject *subjects[4];
	size_t count = 0;
	char *copy = xstrdup(names), *rest = copy, *name;

	while (count < sizeof subjects / sizeof subjects[0] && (name = strsep(&rest, ",")))
		subjects[count++] = subject_find(name);
	free(copy);
	for (; pairs[0]; pairs += 2)
		for (size_t i = 0; i < count; i++)
			measure(subjects[i], url, round, strtoul(pairs[0], NULL, 10),
				strtoul(pairs[1], NULL, 10));
}

int main(int argc, char **argv)
{
	bool usable = argc >= 5 && argc % 2;

	for (int i = 3; usable && i < argc; i++)
		usable = strtoul(argv[i], NULL, 10) > 0;
	if (!usable) {
		fprintf(stderr, "usage: bench-executor SUBJECT[,SUBJECT] URL N C [N C]...\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	for (int round = 0; round < ROUNDS; round++)
		run_round(argv[1], argv[2], round, argv + 3);
	return 0;
}
