/* Retries a host may get: spent, earned, trickling in. */
#include "executor/budget.h"

#include <criterion/criterion.h>

#define S UINT64_C(1000000000)

static int take_all(struct budget *budget, uint64_t now_ns)
{
	int n = 0;

	while (budget_take(budget, now_ns))
		n++;
	return n;
}

Test(budget, bucket)
{
	static const struct budget_policy policy = {.capacity = 10, .per_success = 0.25, .per_second = 2};
	static const struct {
		uint64_t at_s;
		int successes, retries;
		const char *comment;
	} rows[] = {
		{0, 0, 10, "full at first"},
		{0, 0, 0, "used up"},
		{0, 3, 0, "three successes are no whole token"},
		{0, 1, 1, "the fourth makes one"},
		{1, 0, 2, "a second brings two"},
		{3, 4, 5, "two seconds and four successes"},
		{1000, 0, 10, "never more than full"},
		{1000, 1000, 10, "however many successes"},
	};
	struct budget budget;

	budget_init(&budget, &policy, 0);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int taken;

		for (int n = 0; n < rows[i].successes; n++)
			budget_earn(&budget);
		taken = take_all(&budget, rows[i].at_s * S);
		cr_expect_eq(taken, rows[i].retries, "%s: %d", rows[i].comment, taken);
	}
}

/* A host that is down gets the bucket and the trickle, not two retries for each of a thousand requests. */
Test(budget, storm)
{
	static const struct budget_policy policy = BUDGET_POLICY_DEFAULT;
	struct budget budget;
	int retries = 0;

	budget_init(&budget, &policy, 0);
	for (uint64_t request = 0; request < 1000; request++)
		for (int retry = 0; retry < 2; retry++)
			retries += budget_take(&budget, request * S / 1000);
	cr_expect(retries >= 100 && retries <= 110, "%d", retries);
}
