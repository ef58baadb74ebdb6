/* The breaker's states as scripts: one step a letter, under a clock that only the script moves. */
#include "executor/breaker.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <math.h>
#include <string.h>

#define MS UINT64_C(1000000)

struct script {
	struct breaker breaker;
	uint64_t now_ns;
	unsigned tickets[64];
	size_t in, out; /* tickets are given back in the order they were taken */
	char refused[64];
	size_t refusals;
};

/* '(' enters, and notes '.' or 'x' for let in or not; '+', '-' and '0' leave with success, failure, ignored;
 * '>' lets 1 s pass; 'O' 'F' 'C' 'H' 'K' force open, forced open, closed, half-open, forced closed. 's' and
 * 'f' are a whole call. */
static void step(struct script *s, char letter)
{
	bool entered;

	switch (letter) {
	case '(':
		entered = breaker_enter(&s->breaker, s->now_ns, &s->tickets[s->in]);
		s->in += entered;
		s->refused[s->refusals++] = entered ? '.' : 'x';
		break;
	case '+': breaker_leave(&s->breaker, s->tickets[s->out++], BREAKER_SUCCESS, s->now_ns); break;
	case '-': breaker_leave(&s->breaker, s->tickets[s->out++], BREAKER_FAILURE, s->now_ns); break;
	case '0': breaker_leave(&s->breaker, s->tickets[s->out++], BREAKER_IGNORED, s->now_ns); break;
	case 's': step(s, '('), step(s, '+'); break;
	case 'f': step(s, '('), step(s, '-'); break;
	case '>': s->now_ns += 1000 * MS; break;
	case 'O': breaker_force(&s->breaker, BREAKER_OPEN, s->now_ns); break;
	case 'F': breaker_force(&s->breaker, BREAKER_FORCED_OPEN, s->now_ns); break;
	case 'C': breaker_force(&s->breaker, BREAKER_CLOSED, s->now_ns); break;
	case 'H': breaker_force(&s->breaker, BREAKER_HALF_OPEN, s->now_ns); break;
	case 'K': breaker_force(&s->breaker, BREAKER_FORCED_CLOSED, s->now_ns); break;
	default: cr_assert(isspace((unsigned char)letter), "no such step: %c", letter);
	}
}

/* Half of the last four, at least two calls, open for 3 s, two probes. */
static const struct breaker_policy policy = {true, 0.5, 4, 2, 3000, 2};

Test(breaker, scripts)
{
	static const struct {
		const char *steps, *entered;
		enum breaker_state state;
		const char *comment;
	} rows[] = {
		{"", "", BREAKER_CLOSED, "at first"},
		{"ssss", "....", BREAKER_CLOSED, "all is well"},
		{"f", ".", BREAKER_CLOSED, "under the minimum of calls"},
		{"ff", "..", BREAKER_OPEN, "two of two"},
		{"sf", "..", BREAKER_OPEN, "half is enough"},
		{"fs", "..", BREAKER_CLOSED, "a success does not open it"},
		{"ssf", "...", BREAKER_CLOSED, "a third is not"},
		{"sssf f", ".....", BREAKER_OPEN, "the oldest has left the window"},
		{"fsssf s f", ".......", BREAKER_OPEN, "an old failure has left it, two new ones are in"},
		{"fsssf", ".....", BREAKER_CLOSED, "the old failure is forgotten"},
		{"ff(", "..x", BREAKER_OPEN, "nothing gets through"},
		{"ff>>(", "..x", BREAKER_OPEN, "still not"},
		{"ff>>>", "..", BREAKER_HALF_OPEN, "time is over"},
		{"ff>>>(", "...", BREAKER_HALF_OPEN, "a probe"},
		{"ff>>>(((", "....x", BREAKER_HALF_OPEN, "two probes, not three"},
		{"ff>>>s", "...", BREAKER_HALF_OPEN, "one success is not enough"},
		{"ff>>>s((", "....x", BREAKER_HALF_OPEN, "those back count among the two"},
		{"ff>>>ss", "....", BREAKER_CLOSED, "two are"},
		{"ff>>>ssf", ".....", BREAKER_CLOSED, "what was before is forgotten"},
		{"ff>>>sf", "....", BREAKER_OPEN, "the second probe fails"},
		{"ff>>>f>>(", "...x", BREAKER_OPEN, "the open time begins anew"},
		{"ff>>>f>>>(", "....", BREAKER_HALF_OPEN, "and ends"},
		{"ff>>>((-(", "....x", BREAKER_OPEN, "one probe fails while another is out"},
		{"ff>>>((-+", "....", BREAKER_OPEN, "the other's success comes too late"},
		{"ff>>>(0((", ".....", BREAKER_HALF_OPEN, "a cancelled probe frees its place"},
		{"(ff+", "...", BREAKER_OPEN, "a call from before the opening no longer counts"},
		{"(ff>>>+(-", "....", BREAKER_OPEN, "nor as a probe"},
		{"(0(0f", "...", BREAKER_CLOSED, "ignored ones are no calls"},
		{"F(", "x", BREAKER_FORCED_OPEN, "forced open"},
		{"F>>>>>>(", "x", BREAKER_FORCED_OPEN, "for good"},
		{"FC(", ".", BREAKER_CLOSED, "released"},
		{"Kffff(", ".....", BREAKER_FORCED_CLOSED, "forced closed counts nothing"},
		{"KffC", "..", BREAKER_CLOSED, "released: starts anew"},
		{"O(", "x", BREAKER_OPEN, "opened by hand"},
		{"O>>>ss", "..", BREAKER_CLOSED, "closes by itself"},
		{"ffH(", "...", BREAKER_HALF_OPEN, "probes now"},
		{"ffC(", "...", BREAKER_CLOSED, "closed by hand"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct script s = {.now_ns = 5 * MS};

		breaker_init(&s.breaker);
		breaker_configure(&s.breaker, &policy);
		for (const char *p = rows[i].steps; *p; p++)
			step(&s, *p);
		cr_expect_str_eq(s.refused, rows[i].entered, "%s: %s", rows[i].comment, s.refused);
		cr_expect_eq(breaker_state(&s.breaker, s.now_ns), rows[i].state, "%s: %s", rows[i].comment,
			breaker_state_name(breaker_state(&s.breaker, s.now_ns)));
	}
}

Test(breaker, off_counts_nothing)
{
	struct script s = {0};

	breaker_init(&s.breaker);
	for (int i = 0; i < 30; i++)
		step(&s, 'f'), s.refusals = s.in = s.out = 0;
	cr_expect_eq(breaker_state(&s.breaker, 0), BREAKER_CLOSED);
	cr_expect_eq(s.breaker.calls, 0);
}

Test(breaker, wait)
{
	struct script s = {0};

	breaker_init(&s.breaker);
	breaker_configure(&s.breaker, &policy);
	cr_expect_eq(breaker_wait_ms(&s.breaker, 0), 0);
	step(&s, 'f'), step(&s, 'f'), step(&s, '>');
	cr_expect_float_eq(breaker_wait_ms(&s.breaker, s.now_ns), 2000, 0.001);
	step(&s, '>'), step(&s, '>');
	cr_expect_eq(breaker_wait_ms(&s.breaker, s.now_ns), 0);
	step(&s, 'F');
	cr_expect(isinf(breaker_wait_ms(&s.breaker, s.now_ns)));
}

Test(breaker, another_policy_starts_anew)
{
	struct breaker_policy other = policy;
	struct script s = {0};

	breaker_init(&s.breaker);
	breaker_configure(&s.breaker, &policy);
	step(&s, 'f'), step(&s, 'f');
	breaker_configure(&s.breaker, &policy);
	cr_expect_eq(breaker_state(&s.breaker, 0), BREAKER_OPEN, "the same changes nothing");
	other.window = 8;
	breaker_configure(&s.breaker, &other);
	cr_expect_eq(breaker_state(&s.breaker, 0), BREAKER_CLOSED);
	cr_expect_eq(breaker_failure_ratio(&s.breaker), 0);
	step(&s, 'F');
	breaker_configure(&s.breaker, &policy);
	cr_expect_eq(breaker_state(&s.breaker, 0), BREAKER_FORCED_OPEN, "but not what was forced");
}

Test(breaker, widest_window)
{
	struct breaker_policy wide = {true, 1, BREAKER_MAX_WINDOW, BREAKER_MAX_WINDOW, 1, 1};
	struct breaker breaker;
	unsigned ticket;

	breaker_init(&breaker);
	breaker_configure(&breaker, &wide);
	for (int i = 0; i < 3 * BREAKER_MAX_WINDOW; i++) {
		cr_assert(breaker_enter(&breaker, 0, &ticket));
		breaker_leave(&breaker, ticket, i % 3 ? BREAKER_SUCCESS : BREAKER_FAILURE, 0);
	}
	cr_expect_eq(breaker.calls, BREAKER_MAX_WINDOW);
	cr_expect(
		breaker.failures == BREAKER_MAX_WINDOW / 3 || breaker.failures == BREAKER_MAX_WINDOW / 3 + 1,
		"%d", breaker.failures);
}
