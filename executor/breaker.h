/* A circuit breaker: after too many failures among the last calls it lets none through for a while, then a
 * few probes, and closes again when they all come back well. Pure: it is told the time and asks nobody.
 *
 * The window counts calls, not seconds: an integration under test is called by hand, minutes apart, and a
 * window of time would be empty whenever it mattered. */
#ifndef EXECUTOR_BREAKER_H
#define EXECUTOR_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#define BREAKER_MAX_WINDOW 1024

struct breaker_policy {
	bool on;
	double failure_ratio; /* opens at this share of failures … */
	int window;           /* … among this many last calls … */
	int minimum_calls;    /* … once there are so many */
	double open_ms;       /* how long nothing gets through */
	int half_open_calls;  /* probes that have to succeed; the first that fails opens it again */
};

#define BREAKER_POLICY_DEFAULT                                                                               \
	{                                                                                                    \
		.on = false, .failure_ratio = 0.5, .window = 20, .minimum_calls = 10, .open_ms = 10000,      \
		.half_open_calls = 1                                                                         \
	}

enum breaker_state {
	BREAKER_CLOSED,
	BREAKER_OPEN,
	BREAKER_HALF_OPEN,
	BREAKER_FORCED_OPEN,   /* by hand: nothing gets through until it is released */
	BREAKER_FORCED_CLOSED, /* by hand: everything gets through and nothing is counted */
	BREAKER_STATES
};

enum breaker_outcome {
	BREAKER_SUCCESS,
	BREAKER_FAILURE,
	BREAKER_IGNORED, /* says nothing about the other side: cancelled, or our own mistake */
};

struct breaker {
	struct breaker_policy policy;
	enum breaker_state state;
	unsigned generation; /* a new one with each state: what entered under an older one no longer counts */
	uint64_t opened_ns;
	int probes, passed;                         /* half-open: under way or back; came back well */
	int calls, failures, next;                  /* of the window */
	uint64_t outcomes[BREAKER_MAX_WINDOW / 64]; /* a ring of bits, 1 is a failure */
};

/* Closed, nothing counted. */
void breaker_init(struct breaker *breaker);
/* A policy other than the one it has starts it anew; a forced state stays. */
void breaker_configure(struct breaker *breaker, const struct breaker_policy *policy);
/* May a call go through? Then *ticket is for breaker_leave, which has to follow. */
bool breaker_enter(struct breaker *breaker, uint64_t now_ns, unsigned *ticket);
void breaker_leave(struct breaker *breaker, unsigned ticket, enum breaker_outcome outcome, uint64_t now_ns);
/* How long until a call may get through: 0 now, INFINITY while forced open. */
double breaker_wait_ms(const struct breaker *breaker, uint64_t now_ns);
/* By hand. BREAKER_CLOSED releases a forced one, BREAKER_OPEN begins an open time, BREAKER_HALF_OPEN probes
 * now. */
void breaker_force(struct breaker *breaker, enum breaker_state state, uint64_t now_ns);
/* An open one whose time is over counts as half-open. */
enum breaker_state breaker_state(const struct breaker *breaker, uint64_t now_ns);
/* Of the calls in the window; 0 without any. */
double breaker_failure_ratio(const struct breaker *breaker);
/* "closed", "open", "half_open", "forced_open", "forced_closed" */
const char *breaker_state_name(enum breaker_state state);

#endif
