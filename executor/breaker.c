/* The states of a circuit breaker. See breaker.h. */
#include "executor/breaker.h"
#include "executor/clock.h"

#include <math.h>
#include <string.h>

void breaker_init(struct breaker *breaker)
{
	static const struct breaker_policy standard = BREAKER_POLICY_DEFAULT;

	*breaker = (struct breaker){.policy = standard};
}

static void forget_calls(struct breaker *breaker)
{
	breaker->calls = breaker->failures = breaker->next = 0;
	memset(breaker->outcomes, 0, sizeof breaker->outcomes);
}

static void change(struct breaker *breaker, enum breaker_state state, uint64_t now_ns)
{
	breaker->state = state;
	breaker->generation++;
	breaker->probes = breaker->passed = 0;
	if (state == BREAKER_OPEN)
		breaker->opened_ns = now_ns;
	if (state == BREAKER_CLOSED)
		forget_calls(breaker);
}

static bool is_forced(const struct breaker *breaker)
{
	return breaker->state == BREAKER_FORCED_OPEN || breaker->state == BREAKER_FORCED_CLOSED;
}

static bool same_policy(const struct breaker_policy *a, const struct breaker_policy *b)
{
	return a->on == b->on && a->failure_ratio == b->failure_ratio && a->window == b->window &&
		a->minimum_calls == b->minimum_calls && a->open_ms == b->open_ms &&
		a->half_open_calls == b->half_open_calls;
}

void breaker_configure(struct breaker *breaker, const struct breaker_policy *policy)
{
	if (same_policy(&breaker->policy, policy))
		return;
	breaker->policy = *policy;
	forget_calls(breaker);
	if (!is_forced(breaker))
		change(breaker, BREAKER_CLOSED, 0);
}

static bool is_open_time_over(const struct breaker *breaker, uint64_t now_ns)
{
	return clock_ms(breaker->opened_ns, now_ns) >= breaker->policy.open_ms;
}

enum breaker_state breaker_state(const struct breaker *breaker, uint64_t now_ns)
{
	return breaker->state == BREAKER_OPEN && is_open_time_over(breaker, now_ns) ? BREAKER_HALF_OPEN
										    : breaker->state;
}

bool breaker_enter(struct breaker *breaker, uint64_t now_ns, unsigned *ticket)
{
	if (breaker->state == BREAKER_OPEN && is_open_time_over(breaker, now_ns))
		change(breaker, BREAKER_HALF_OPEN, now_ns);
	if (breaker->state == BREAKER_OPEN || breaker->state == BREAKER_FORCED_OPEN)
		return false;
	if (breaker->state == BREAKER_HALF_OPEN) {
		if (breaker->probes == breaker->policy.half_open_calls)
			return false;
		breaker->probes++;
	}
	*ticket = breaker->generation;
	return true;
}

static void count(struct breaker *breaker, bool failed)
{
	uint64_t *word = &breaker->outcomes[breaker->next / 64], bit = UINT64_C(1) << (breaker->next % 64);

	if (breaker->calls == breaker->policy.window)
		breaker->failures -= *word & bit ? 1 : 0;
	else
		breaker->calls++;
	breaker->failures += failed;
	*word = failed ? *word | bit : *word & ~bit;
	breaker->next = (breaker->next + 1) % breaker->policy.window;
}

static void leave_half_open(struct breaker *breaker, enum breaker_outcome outcome, uint64_t now_ns)
{
	switch (outcome) {
	case BREAKER_IGNORED: breaker->probes--; break;
	case BREAKER_FAILURE: change(breaker, BREAKER_OPEN, now_ns); break;
	case BREAKER_SUCCESS:
		if (++breaker->passed == breaker->policy.half_open_calls)
			change(breaker, BREAKER_CLOSED, now_ns);
		break;
	}
}

void breaker_leave(struct breaker *breaker, unsigned ticket, enum breaker_outcome outcome, uint64_t now_ns)
{
	if (ticket != breaker->generation)
		return;
	if (breaker->state == BREAKER_HALF_OPEN) {
		leave_half_open(breaker, outcome, now_ns);
		return;
	}
	if (breaker->state != BREAKER_CLOSED || outcome == BREAKER_IGNORED || !breaker->policy.on)
		return;
	count(breaker, outcome == BREAKER_FAILURE);
	/* Only a failure opens it: a success may complete the minimum of calls, too. */
	if (outcome == BREAKER_FAILURE && breaker->calls >= breaker->policy.minimum_calls &&
		breaker_failure_ratio(breaker) >= breaker->policy.failure_ratio)
		change(breaker, BREAKER_OPEN, now_ns);
}

double breaker_wait_ms(const struct breaker *breaker, uint64_t now_ns)
{
	double passed_ms = clock_ms(breaker->opened_ns, now_ns);

	if (breaker->state == BREAKER_FORCED_OPEN)
		return INFINITY;
	return breaker->state == BREAKER_OPEN && passed_ms < breaker->policy.open_ms
		? breaker->policy.open_ms - passed_ms
		: 0;
}

void breaker_force(struct breaker *breaker, enum breaker_state state, uint64_t now_ns)
{
	change(breaker, state, now_ns);
}

double breaker_failure_ratio(const struct breaker *breaker)
{
	return breaker->calls ? (double)breaker->failures / breaker->calls : 0;
}

const char *breaker_state_name(enum breaker_state state)
{
	static const char *const names[] = {[BREAKER_CLOSED] = "closed",
		[BREAKER_OPEN] = "open",
		[BREAKER_HALF_OPEN] = "half_open",
		[BREAKER_FORCED_OPEN] = "forced_open",
		[BREAKER_FORCED_CLOSED] = "forced_closed"};

	return names[state];
}
