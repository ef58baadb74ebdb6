/* SipHash-2-4-128 against the vectors of its authors' reference. */
#include "executor/hash.h"

#include <criterion/criterion.h>

Test(hash, reference_vectors)
{
	static const char *const expected[] = {
		"a3817f04ba25a8e66df67214c7550293",
		"da87c1d86b99af44347659119b22fc45",
		"8177228da4a45dc7fca38bdef60affe4",
	};
	uint8_t bytes[64];
	char hex[HASH_HEX_SIZE];

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)i;
	for (size_t len = 0; len < sizeof expected / sizeof expected[0]; len++)
		cr_expect_str_eq(hash_hex(bytes, len, hex), expected[len], "%zu bytes: %s", len, hex);
}

Test(hash, every_length_differs)
{
	char seen[64][HASH_HEX_SIZE];
	uint8_t zeros[64] = {0};

	for (size_t len = 0; len < 64; len++) {
		hash_hex(zeros, len, seen[len]);
		for (size_t k = 0; k < len; k++)
			cr_expect_str_neq(seen[len], seen[k], "%zu and %zu", len, k);
	}
}
