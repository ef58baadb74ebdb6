/* Names of sessions come from outside: past a number of them, and past a length, they share the counts of
 * requests that name none. */
#include "executor/mock_session.h"
#include "executor/alloc.h"
#include "executor/mock_definition.h"
#include "executor/mock_server.h"

#include <stdlib.h>
#include <string.h>

#define SESSIONS_MAX 4096
#define SESSION_ID_MAX 256

/* The counts of one session; its name is "" for requests that have none. */
struct session_counts {
	struct table_entry entry;
	struct mock_counts counts;
};

static struct mock_counts *counts_new(struct mock_sessions *sessions, const char *session, size_t len)
{
	struct session_counts *made = xcalloc(1, sizeof *made);

	made->counts.seed = sessions->seed;
	made->counts.routes = xcalloc(sessions->definition->route_count + 1, sizeof(size_t));
	made->counts.operations = xcalloc(sessions->definition->operation_count + 1, sizeof(size_t));
	table_add(&sessions->counts, &made->entry, session, len);
	return &made->counts;
}

void mock_sessions_init(
	struct mock_sessions *sessions, const struct mock_definition *definition, uint64_t seed)
{
	*sessions = (struct mock_sessions){.definition = definition, .seed = seed};
	sessions->common = counts_new(sessions, "", 0);
}

void mock_sessions_done(struct mock_sessions *sessions)
{
	struct session_counts *counts;

	while ((counts = (struct session_counts *)table_take_any(&sessions->counts))) {
		free(counts->counts.routes);
		free(counts->counts.operations);
		free(counts);
	}
	table_done(&sessions->counts);
}

struct mock_counts *mock_sessions_get(struct mock_sessions *sessions, const char *baggage)
{
	size_t prefix = sizeof MOCK_SESSION_BAGGAGE - 1, len;
	struct session_counts *found;

	if (!baggage || strncmp(baggage, MOCK_SESSION_BAGGAGE, prefix) != 0)
		return sessions->common;
	baggage += prefix;
	len = strcspn(baggage, ",; \t");
	found = (struct session_counts *)table_find(&sessions->counts, baggage, len);
	if (found)
		return &found->counts;
	if (sessions->counts.count >= SESSIONS_MAX || len > SESSION_ID_MAX)
		return sessions->common;
	return counts_new(sessions, baggage, len);
}

size_t mock_sessions_route_requests(const struct mock_sessions *sessions, size_t route)
{
	const struct table *table = &sessions->counts;
	size_t requests = 0;

	if (route >= sessions->definition->route_count)
		return 0;
	for (size_t i = 0; i < table->bucket_count; i++)
		for (const struct table_entry *e = table->buckets[i]; e; e = e->next)
			requests += ((const struct session_counts *)e)->counts.routes[route];
	return requests;
}
