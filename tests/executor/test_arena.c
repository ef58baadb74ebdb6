/* Memory that goes all at once. */
#include "executor/executor.h"

#include <criterion/criterion.h>
#include <stdalign.h>
#include <stdint.h>
#include <string.h>

Test(arena, pieces_do_not_touch_each_other)
{
	static const size_t sizes[] = {1, 7, 8, 200, 0, 3, 5000, 64 << 10, 1, 300 << 10, 9};
	enum {
		COUNT = sizeof sizes / sizeof sizes[0]
	};
	unsigned char *pieces[COUNT];
	struct arena arena = {0};

	for (size_t i = 0; i < COUNT; i++) {
		pieces[i] = arena_alloc(&arena, sizes[i]);
		cr_expect_eq((uintptr_t)pieces[i] % alignof(max_align_t), 0, "%zu bytes", sizes[i]);
		memset(pieces[i], (int)i, sizes[i]);
		cr_expect_str_eq(arena_text(&arena, "text and more", 4), "text");
	}
	for (size_t i = 0; i < COUNT; i++)
		for (size_t k = 0; k < sizes[i]; k++)
			cr_assert_eq(pieces[i][k], i, "byte %zu of %zu", k, sizes[i]);
	arena_done(&arena);
}

Test(arena, grows_in_place_only_at_its_end)
{
	struct arena arena = {0};
	char *first = arena_grow(&arena, NULL, 0, 8), *second;

	memcpy(first, "1234567", 8);
	cr_expect_eq(arena_grow(&arena, first, 8, 16), first, "nothing came after it");
	second = arena_alloc(&arena, 8);
	cr_expect_geq(second, first + 16);
	second = arena_grow(&arena, first, 16, 32);
	cr_expect_neq(second, first);
	cr_expect_str_eq(second, "1234567");
	second = arena_grow(&arena, second, 32, 1 << 20);
	cr_expect_str_eq(second, "1234567", "into another chunk");
	arena_done(&arena);
}

Test(arena, what_is_reserved_comes_in_one_piece)
{
	struct arena arena = {0};
	char *first, *last = NULL;

	arena_reserve(&arena, 1600);
	first = arena_alloc(&arena, 16);
	for (int i = 1; i < 100; i++)
		last = arena_alloc(&arena, 16);
	cr_expect_eq(last, first + 99 * 16);
	arena_done(&arena);
}

Test(arena, is_used_again)
{
	struct arena arena = {0};
	char *first = arena_text(&arena, "one", 3);

	arena_reset(&arena);
	cr_expect_eq(arena_text(&arena, "two", 3), first);
	arena_alloc(&arena, 100000);
	arena_reset(&arena);
	cr_expect_null(arena.chunks, "much is not kept");
	arena_reset(&arena);
	cr_expect_str_eq(arena_text(&arena, "three", 5), "three");
	arena_done(&arena);
}
