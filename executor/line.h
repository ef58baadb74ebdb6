/* Who may go now and who waits: a bulkhead for everything together and for each host. curl has such limits,
 * too, but counts waiting as part of a request's timeout. Hosts with someone in line take turns, so that a
 * slow one holds up only its own; at one host the first come are the first served. Pure. */
#ifndef EXECUTOR_LINE_H
#define EXECUTOR_LINE_H

#include "executor/table.h"

#include <stdbool.h>

struct line_host;

/* Embedded in whatever asks. */
struct line_place {
	struct line_host *host;
	struct line_place *prev, *next;
	bool waits; /* in line; else it goes or has not entered */
};

struct line {
	size_t max, max_per_host; /* may be changed any time; at least 1 */
	size_t running;
	struct table hosts;
	struct line_host *turn; /* a ring of hosts with someone who may go as soon as there is room at all */
};

void line_init(struct line *line, size_t max, size_t max_per_host);
/* When everybody has left. */
void line_done(struct line *line);
/* True: it may go at once. False: it waits until line_next gives it. url is http or https. */
bool line_enter(struct line *line, struct line_place *place, const char *url);
/* It is through, or waits no longer. */
void line_leave(struct line *line, struct line_place *place);
/* Takes the next one that may go out of the line; NULL when nobody may. Ask again after every line_leave. */
struct line_place *line_next(struct line *line);
/* After max_per_host has changed. */
void line_reconsider(struct line *line);

#endif
