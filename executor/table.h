/* A hash table of things that have a name. What is kept embeds a struct table_entry and stays the caller's;
 * the name is the table's own copy. */
#ifndef EXECUTOR_TABLE_H
#define EXECUTOR_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct table_entry {
	char *name;
	uint64_t hash;
	struct table_entry *next; /* of the same bucket */
};

/* Zeroed at first. */
struct table {
	struct table_entry **buckets;
	size_t bucket_count, count;
};

/* Frees the table, not its entries: empty it first. */
void table_done(struct table *table);
/* len bytes of name. NULL when there is none. */
struct table_entry *table_find(const struct table *table, const char *name, size_t len);
/* name is not in the table yet. */
void table_add(struct table *table, struct table_entry *entry, const char *name, size_t len);
/* entry is in the table; the caller's to free from then on. */
void table_remove(struct table *table, struct table_entry *entry);
/* Takes any entry out; NULL when the table is empty. */
struct table_entry *table_take_any(struct table *table);

#endif
