/* Tokens, waiting and refusals under a clock that only the table moves. */
#include "executor/limiter.h"

#include <criterion/criterion.h>

#define MS UINT64_C(1000000)

Test(limiter, takes)
{
	/* Ten a second, three saved up. */
	static const struct limiter_policy policy = {10, 3};
	static const struct {
		uint64_t at_ms;
		double patience_ms, wait_ms;
		const char *comment;
	} rows[] = {
		{0, 1000, 0, "first of the burst"},
		{0, 1000, 0, "second"},
		{0, 1000, 0, "third"},
		{0, 1000, 100, "the next token, in advance"},
		{0, 1000, 200, "the one after"},
		{0, 250, -1, "would have to wait 300 ms"},
		{0, 300, 300, "the refusal took nothing"},
		{50, 1000, 350, "time passes for all"},
		{600, 1000, 0, "200 ms after the last promise: two tokens"},
		{600, 1000, 0, "the second"},
		{600, 1000, 100, "and no third"},
		{60000, 0, 0, "a minute later"},
		{60000, 0, 0, "the bucket"},
		{60000, 0, 0, "is full"},
		{60000, 0, -1, "and no more than full"},
	};
	struct limiter limiter = {0};

	limiter_configure(&limiter, &policy, 0);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		double wait_ms = limiter_take(&limiter, rows[i].patience_ms, rows[i].at_ms * MS);

		cr_expect_float_eq(wait_ms, rows[i].wait_ms, 0.001, "%s: %f", rows[i].comment, wait_ms);
	}
}

Test(limiter, give_back)
{
	static const struct limiter_policy policy = {1, 1};
	struct limiter limiter = {0};

	limiter_configure(&limiter, &policy, 0);
	cr_expect_eq(limiter_take(&limiter, 0, 0), 0);
	limiter_give_back(&limiter);
	cr_expect_eq(limiter_take(&limiter, 0, 0), 0, "somebody else has it");
	limiter_give_back(&limiter);
	limiter_give_back(&limiter);
	cr_expect_float_eq(limiter_tokens(&limiter, 0), 1, 0.001, "never more than the burst");
}

Test(limiter, off)
{
	struct limiter limiter = {0};

	for (int i = 0; i < 1000; i++)
		cr_expect_eq(limiter_take(&limiter, 0, 0), 0);
}

Test(limiter, keeps_its_tokens_under_the_same_policy)
{
	static const struct limiter_policy policy = {1, 5}, other = {2, 5};
	struct limiter limiter = {0};

	limiter_configure(&limiter, &policy, 0);
	limiter_take(&limiter, 0, 0);
	limiter_configure(&limiter, &policy, 0);
	cr_expect_float_eq(limiter_tokens(&limiter, 0), 4, 0.001);
	limiter_configure(&limiter, &other, 0);
	cr_expect_float_eq(limiter_tokens(&limiter, 0), 5, 0.001);
}

/* Whatever the pattern of asking, no second sees more than rate and burst together. */
Test(limiter, rate_holds)
{
	static const struct limiter_policy policy = {50, 10};
	struct limiter limiter = {0};
	int granted = 0;

	limiter_configure(&limiter, &policy, 0);
	for (uint64_t ms = 0; ms < 10000; ms++)
		granted += limiter_take(&limiter, 0, ms * MS) == 0;
	cr_expect(granted >= 509 && granted <= 510, "%d in ten seconds", granted);
}
