/* Names in a table: found, not found, gone, and still found after it has grown. */
#include "executor/alloc.h"
#include "executor/table.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define MANY 1000

Test(table, add_find_remove)
{
	struct table_entry entries[MANY], *entry;
	struct table table = {0};
	char name[16];

	cr_expect_null(table_find(&table, "a", 1), "empty");
	for (int i = 0; i < MANY; i++)
		table_add(&table, &entries[i], name, (size_t)snprintf(name, sizeof name, "name%d", i));
	cr_expect_eq(table.count, MANY);
	for (int i = 0; i < MANY; i++) {
		size_t len = (size_t)snprintf(name, sizeof name, "name%d", i);

		cr_expect_eq(table_find(&table, name, len), &entries[i], "%s", name);
		cr_expect_str_eq(entries[i].name, name);
	}
	cr_expect_null(table_find(&table, "name", 4), "a beginning is not the name");
	cr_expect_eq(table_find(&table, "name12345", 6), &entries[12], "len counts, not NUL");
	table_remove(&table, &entries[12]);
	cr_expect_null(table_find(&table, "name12", 6));
	cr_expect_eq(table_find(&table, "name123", 7), &entries[123]);
	for (int i = 1; i < MANY; i++)
		cr_expect_not_null(entry = table_take_any(&table));
	cr_expect_null(table_take_any(&table));
	table_done(&table);
}
