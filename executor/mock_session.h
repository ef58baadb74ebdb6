/* What a mock server counts, apart for each session: a sequence begins anew with every session, whoever else
 * asks the same server. */
#ifndef EXECUTOR_MOCK_SESSION_H
#define EXECUTOR_MOCK_SESSION_H

#include "executor/mock_reply.h"
#include "executor/table.h"

struct mock_sessions {
	const struct mock_definition *definition;
	uint64_t seed;
	struct mock_counts *common; /* of requests without a session */
	struct table counts;        /* private: by the session's name */
};

/* Borrows definition. */
void mock_sessions_init(
	struct mock_sessions *sessions, const struct mock_definition *definition, uint64_t seed);
void mock_sessions_done(struct mock_sessions *sessions);
/* The counts of the session that a baggage header names; baggage may be NULL. */
struct mock_counts *mock_sessions_get(struct mock_sessions *sessions, const char *baggage);
/* Of all sessions, for a route by its index; 0 where there is none. */
size_t mock_sessions_route_requests(const struct mock_sessions *sessions, size_t route);

#endif
