/* Lines in front of hosts. See line.h. */
#include "executor/line.h"
#include "executor/alloc.h"
#include "executor/host.h"

#include <stdlib.h>

#define IDLE_HOSTS_KEPT 64

struct line_host {
	struct table_entry entry; /* first */
	size_t running;
	struct line_place *first, *last;
	struct line_host *prev, *next; /* in the ring of those whose turn comes; NULL outside */
};

void line_init(struct line *line, size_t max, size_t max_per_host)
{
	*line = (struct line){.max = max, .max_per_host = max_per_host};
}

void line_done(struct line *line)
{
	struct table_entry *entry;

	while ((entry = table_take_any(&line->hosts)))
		free(entry);
	table_done(&line->hosts);
}

static void join_ring(struct line *line, struct line_host *host)
{
	if (host->next || !host->first || host->running >= line->max_per_host)
		return;
	if (!line->turn) {
		line->turn = host->prev = host->next = host;
		return;
	}
	host->next = line->turn;
	host->prev = line->turn->prev;
	host->prev->next = host->next->prev = host;
}

static void leave_ring(struct line *line, struct line_host *host)
{
	if (!host->next)
		return;
	if (line->turn == host)
		line->turn = host->next == host ? NULL : host->next;
	host->prev->next = host->next;
	host->next->prev = host->prev;
	host->prev = host->next = NULL;
}

static struct line_host *find_host(struct line *line, const char *url)
{
	char name[HOST_NAME_SIZE];
	size_t len = host_name(url, name);
	struct line_host *host = (struct line_host *)table_find(&line->hosts, name, len);

	if (!host) {
		host = xcalloc(1, sizeof *host);
		table_add(&line->hosts, &host->entry, name, len);
	}
	return host;
}

static void forget_if_idle(struct line *line, struct line_host *host)
{
	if (host->running || host->first || line->hosts.count <= IDLE_HOSTS_KEPT)
		return;
	table_remove(&line->hosts, &host->entry);
	free(host);
}

static void append(struct line_host *host, struct line_place *place)
{
	place->waits = true;
	place->next = NULL;
	place->prev = host->last;
	if (host->last)
		host->last->next = place;
	else
		host->first = place;
	host->last = place;
}

static void take_out(struct line_host *host, struct line_place *place)
{
	place->waits = false;
	if (place->prev)
		place->prev->next = place->next;
	else
		host->first = place->next;
	if (place->next)
		place->next->prev = place->prev;
	else
		host->last = place->prev;
}

bool line_enter(struct line *line, struct line_place *place, const char *url)
{
	struct line_host *host = place->host = find_host(line, url);

	if (line->running < line->max && !line->turn && !host->first && host->running < line->max_per_host) {
		line->running++;
		host->running++;
		place->waits = false;
		return true;
	}
	append(host, place);
	join_ring(line, host);
	return false;
}

void line_leave(struct line *line, struct line_place *place)
{
	struct line_host *host = place->host;

	if (place->waits) {
		take_out(host, place);
		if (!host->first)
			leave_ring(line, host);
	} else {
		host->running--;
		line->running--;
		join_ring(line, host);
	}
	place->host = NULL;
	forget_if_idle(line, host);
}

struct line_place *line_next(struct line *line)
{
	struct line_host *host = line->turn;
	struct line_place *place;

	if (!host || line->running >= line->max)
		return NULL;
	place = host->first;
	take_out(host, place);
	host->running++;
	line->running++;
	line->turn = host->next;
	if (!host->first || host->running >= line->max_per_host)
		leave_ring(line, host);
	return place;
}

void line_reconsider(struct line *line)
{
	for (size_t i = 0; i < line->hosts.bucket_count; i++)
		for (struct table_entry *entry = line->hosts.buckets[i]; entry; entry = entry->next) {
			struct line_host *host = (struct line_host *)entry;

			if (host->running >= line->max_per_host)
				leave_ring(line, host);
			else
				join_ring(line, host);
		}
}
