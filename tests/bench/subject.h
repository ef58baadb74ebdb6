/* What the benchmarks measure: requests, so many in all and so many of them in flight. The floor makes them
 * over one bare curl multi that decodes and parses each body and does nothing else; rest and mock are
 * executions with all that belongs to one: span, log, template, normalisation; system and testpanel are
 * turns, each with one call of a mock, of as many sessions as are to be in flight. */
#ifndef TESTS_BENCH_SUBJECT_H
#define TESTS_BENCH_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>

struct subject {
	const char *name;
	/* url is where requests go; a mock does not look at it. */
	void *(*open)(const char *url, size_t width);
	/* Begins total requests, width at a time. Again only when pass has said that these have ended. */
	void (*start)(void *state, size_t total);
	/* Does what can be done, or waits for it. False when all have ended. */
	bool (*pass)(void *state, bool wait);
	/* Returns how many have failed; the first one's reason is on standard error by then. */
	size_t (*close)(void *state);
};

/* Of a session, which is over then; its history is as long as that by the end. */
#define TURNS_A_SESSION 20

extern const struct subject subject_floor, subject_rest, subject_mock, subject_system, subject_testpanel;
/* By name; ends the program where there is none. */
const struct subject *subject_find(const char *name);

#endif
