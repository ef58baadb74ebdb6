/* Buckets of linked entries, doubled when there are as many entries as buckets. See table.h. */
#include "executor/table.h"
#include "executor/alloc.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS_MIN 16

/* FNV-1a. */
static uint64_t hash_name(const char *name, size_t len)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)name[i]) * UINT64_C(0x100000001b3);
	return hash ^ hash >> 32;
}

static struct table_entry **bucket_of(const struct table *table, uint64_t hash)
{
	return &table->buckets[hash & (table->bucket_count - 1)];
}

void table_done(struct table *table)
{
	free(table->buckets);
	*table = (struct table){0};
}

struct table_entry *table_find(const struct table *table, const char *name, size_t len)
{
	struct table_entry *entry;
	uint64_t hash;

	if (!table->count)
		return NULL;
	hash = hash_name(name, len);
	for (entry = *bucket_of(table, hash); entry; entry = entry->next)
		if (entry->hash == hash && !strncmp(entry->name, name, len) && !entry->name[len])
			return entry;
	return NULL;
}

static void link_entry(struct table *table, struct table_entry *entry)
{
	struct table_entry **bucket = bucket_of(table, entry->hash);

	entry->next = *bucket;
	*bucket = entry;
}

static void grow(struct table *table)
{
	struct table old = *table;

	table->bucket_count = old.bucket_count ? old.bucket_count * 2 : BUCKETS_MIN;
	table->buckets = xcalloc(table->bucket_count, sizeof *table->buckets);
	for (size_t i = 0; i < old.bucket_count; i++) {
		struct table_entry *entry = old.buckets[i], *next;

		for (; entry; entry = next) {
			next = entry->next;
			link_entry(table, entry);
		}
	}
	free(old.buckets);
}

void table_add(struct table *table, struct table_entry *entry, const char *name, size_t len)
{
	if (table->count == table->bucket_count)
		grow(table);
	entry->name = xstrndup(name, len);
	entry->hash = hash_name(name, len);
	link_entry(table, entry);
	table->count++;
}

void table_remove(struct table *table, struct table_entry *entry)
{
	struct table_entry **at = bucket_of(table, entry->hash);

	while (*at != entry)
		at = &(*at)->next;
	*at = entry->next;
	free(entry->name);
	entry->name = NULL;
	table->count--;
}

struct table_entry *table_take_any(struct table *table)
{
	for (size_t i = 0; table->count && i < table->bucket_count; i++) {
		struct table_entry *entry = table->buckets[i];

		if (!entry)
			continue;
		table_remove(table, entry);
		return entry;
	}
	return NULL;
}
