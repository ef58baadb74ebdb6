/* Numbers are written in as few bytes as they need (base 128, the lowest first), times as what they differ
 * from the root's, and texts with their lengths. Keys of attributes are literals as a rule, so that how far
 * they stand from another literal is enough; those that live in the trace itself are written out. This runs
 * once for every turn: what is being packed is written without a call for each byte, first to the stack. */
#include "executor/trace_pack.h"

#include "executor/alloc.h"
#include "executor/span_keep.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_BYTES 4096
#define NUMBER_BYTES 10 /* at most */
#define KNOWN_TEXTS 128 /* places for those that are referred to where they come again; a power of two */
#define KNOWN_BYTES 4   /* shorter ones are not */

struct packed_trace {
	char id[TRACE_ID_SIZE];
	uint32_t span_count;
	uint64_t start_ns, start_realtime_ns; /* of the first span */
	unsigned char bytes[];
};

struct packing {
	const struct trace *trace;
	unsigned char *bytes; /* first, or on the heap */
	size_t len, size;
	struct known_text {
		const char *text; /* NULL: none yet */
		size_t len, place;
	} known[KNOWN_TEXTS];
	unsigned char first[FIRST_BYTES];
};

static const char origin_of_keys[] = "";

static void grow(struct packing *p, size_t more)
{
	unsigned char *larger;

	p->size = (p->size + more) * 2;
	larger = xreallocarray(p->bytes == p->first ? NULL : p->bytes, p->size, 1);
	if (p->bytes == p->first)
		memcpy(larger, p->first, p->len);
	p->bytes = larger;
}

static unsigned char *room(struct packing *p, size_t more)
{
	if (p->size - p->len < more)
		grow(p, more);
	return p->bytes + p->len;
}

static void put_bytes(struct packing *p, const void *bytes, size_t n)
{
	memcpy(room(p, n), bytes, n);
	p->len += n;
}

static void put_number(struct packing *p, uint64_t n)
{
	unsigned char *at = room(p, NUMBER_BYTES);

	for (; n >= 0x80; n >>= 7)
		*at++ = (unsigned char)(n | 0x80);
	*at++ = (unsigned char)n;
	p->len = (size_t)(at - p->bytes);
}

/* Small whether it is above or below zero. */
static void put_signed(struct packing *p, int64_t n)
{
	put_number(p, (uint64_t)n << 1 ^ (n < 0 ? UINT64_MAX : 0));
}

/* Where the same text stands already; 0 when it does not, or another took its place. */
static size_t find_text(struct packing *p, const char *text, size_t len)
{
	uint32_t ends[2], hash;
	struct known_text *known;

	memcpy(&ends[0], text, sizeof ends[0]);
	memcpy(&ends[1], text + len - sizeof ends[1], sizeof ends[1]);
	hash = (ends[0] ^ ends[1] * 31 ^ (uint32_t)len) * 2654435769u; /* Knuth's multiplier, 2^32 over phi */
	known = &p->known[(hash >> 16) % KNOWN_TEXTS];
	if (known->text && known->len == len && !memcmp(known->text, text, len))
		return known->place;
	*known = (struct known_text){text, len, p->len};
	return 0;
}

/* What comes first tells a text, by its length, from NULL and from the place of one that is the same. */
static void put_text(struct packing *p, const char *text)
{
	size_t len = text ? strlen(text) : 0, place = len >= KNOWN_BYTES ? find_text(p, text, len) : 0;

	put_number(p, place ? 1 : text ? len + 2 : 0);
	if (place)
		put_number(p, place);
	else if (len)
		put_bytes(p, text, len);
}

static void put_key(struct packing *p, const char *key)
{
	bool own = arena_has(&p->trace->memory, key);

	put_signed(p, own ? 0 : (int64_t)((uintptr_t)key - (uintptr_t)origin_of_keys));
	if (own)
		put_text(p, key);
}

static void put_attributes(struct packing *p, const struct attribute *attributes, size_t n)
{
	put_number(p, n);
	for (size_t i = 0; i < n; i++) {
		const struct attribute *a = &attributes[i];

		put_key(p, a->key);
		put_number(p, a->type);
		switch (a->type) {
		case ATTRIBUTE_STRING: put_text(p, a->value.string); break;
		case ATTRIBUTE_INT: put_signed(p, a->value.integer); break;
		case ATTRIBUTE_DOUBLE: put_bytes(p, &a->value.number, sizeof a->value.number); break;
		case ATTRIBUTE_BOOL: put_number(p, a->value.boolean); break;
		}
	}
}

static void put_events(struct packing *p, const struct span *span, uint64_t start_realtime_ns)
{
	put_number(p, span->event_count);
	for (size_t i = 0; i < span->event_count; i++) {
		const struct span_event *e = &span->events[i];

		put_text(p, e->name);
		put_signed(p, (int64_t)(e->time_ns - start_realtime_ns));
		put_attributes(p, e->attributes, e->attribute_count);
	}
}

/* How far before a span its parent stands; 0 for a root. */
static size_t parent_distance(const struct trace *trace, size_t index)
{
	const struct span *parent = trace->spans[index]->parent;
	size_t distance = 1;

	if (!parent)
		return 0;
	while (trace->spans[index - distance] != parent)
		distance++;
	return distance;
}

/* 16 hex digits in half of their bytes. */
static void put_id(struct packing *p, const char *id)
{
	uint64_t word = strtoull(id, NULL, 16);

	put_bytes(p, &word, sizeof word);
}

static void put_span(struct packing *p, size_t index)
{
	const struct span *span = p->trace->spans[index], *first = p->trace->spans[0];

	put_number(p, parent_distance(p->trace, index));
	put_id(p, span->id);
	put_text(p, span->name);
	put_number(p, span->kind);
	put_number(p, span->status);
	put_text(p, span->status_message);
	put_signed(p, (int64_t)(span->start_ns - first->start_ns));
	put_number(p, span->end_ns - span->start_ns);
	put_signed(p, (int64_t)(span->start_realtime_ns - first->start_realtime_ns));
	put_number(p, span->dropped_attributes);
	put_number(p, span->dropped_events);
	put_attributes(p, span->attributes, span->attribute_count);
	put_events(p, span, first->start_realtime_ns);
}

struct packed_trace *trace_pack(const struct trace *trace)
{
	struct packed_trace *packed;
	struct packing p;

	if (trace->open_count || !trace->span_count)
		return NULL;
	p.trace = trace;
	p.bytes = p.first;
	p.len = 0;
	memset(p.known, 0, sizeof p.known);
	p.size = sizeof p.first;
	for (size_t i = 0; i < trace->span_count; i++)
		put_span(&p, i);
	packed = xmalloc(sizeof *packed + p.len);
	memcpy(packed->id, trace->id, sizeof packed->id);
	packed->span_count = (uint32_t)trace->span_count;
	packed->start_ns = trace->spans[0]->start_ns;
	packed->start_realtime_ns = trace->spans[0]->start_realtime_ns;
	memcpy(packed->bytes, p.bytes, p.len);
	if (p.bytes != p.first)
		free(p.bytes);
	return packed;
}

const char *packed_trace_id(const struct packed_trace *packed)
{
	return packed->id;
}

struct unpacking {
	struct trace *trace;
	const struct packed_trace *packed;
	const unsigned char *at;
};

static void get_bytes(struct unpacking *u, void *to, size_t n)
{
	memcpy(to, u->at, n);
	u->at += n;
}

static uint64_t get_number(struct unpacking *u)
{
	uint64_t n = 0;

	for (unsigned shift = 0;; shift += 7) {
		unsigned char byte = *u->at++;

		n |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return n;
	}
}

static int64_t get_signed(struct unpacking *u)
{
	uint64_t n = get_number(u);

	return (int64_t)(n >> 1 ^ -(n & 1));
}

static char *get_text(struct unpacking *u)
{
	size_t len = (size_t)get_number(u);
	const unsigned char *after;
	char *text = NULL;

	if (len == 1) {
		size_t place = (size_t)get_number(u);

		after = u->at;
		u->at = u->packed->bytes + place;
		len = (size_t)get_number(u);
		text = arena_text(&u->trace->memory, (const char *)u->at, len - 2);
		u->at = after;
	} else if (len) {
		text = arena_text(&u->trace->memory, (const char *)u->at, len - 2);
		u->at += len - 2;
	}
	return text;
}

static const char *get_key(struct unpacking *u)
{
	int64_t distance = get_signed(u);

	return distance ? (const char *)((uintptr_t)origin_of_keys + (uintptr_t)distance) : get_text(u);
}

static struct attribute get_attribute(struct unpacking *u)
{
	struct attribute a = {.key = get_key(u), .type = (enum attribute_type)get_number(u)};

	switch (a.type) {
	case ATTRIBUTE_STRING: a.value.string = get_text(u); break;
	case ATTRIBUTE_INT: a.value.integer = get_signed(u); break;
	case ATTRIBUTE_DOUBLE: get_bytes(u, &a.value.number, sizeof a.value.number); break;
	case ATTRIBUTE_BOOL: a.value.boolean = get_number(u); break;
	}
	return a;
}

static struct attribute *get_attributes(struct unpacking *u, size_t *count)
{
	size_t n = (size_t)get_number(u);
	struct attribute *attributes = n ? arena_alloc(&u->trace->memory, n * sizeof *attributes) : NULL;

	for (size_t i = 0; i < n; i++)
		attributes[i] = get_attribute(u);
	*count = n;
	return attributes;
}

static void get_events(struct unpacking *u, struct span *span)
{
	size_t n = (size_t)get_number(u);

	span->event_count = span->event_capacity = (uint32_t)n;
	if (n)
		span->events = arena_alloc(&u->trace->memory, n * sizeof *span->events);
	for (size_t i = 0; i < n; i++) {
		struct span_event *e = &span->events[i];

		e->name = get_text(u);
		e->time_ns = u->packed->start_realtime_ns + (uint64_t)get_signed(u);
		e->attributes = get_attributes(u, &e->attribute_count);
	}
}

static struct span *get_span(struct unpacking *u, size_t index)
{
	struct span *span = arena_alloc(&u->trace->memory, sizeof *span);
	size_t distance = (size_t)get_number(u), n;
	uint64_t id;

	*span = (struct span){.trace = u->trace};
	if (distance)
		span->parent = u->trace->spans[index - distance];
	span->depth = distance ? span->parent->depth + 1 : 0;
	get_bytes(u, &id, sizeof id);
	tracer_write_id(span->id, id);
	span->name = get_text(u);
	span->kind = (enum span_kind)get_number(u);
	span->status = (enum span_status)get_number(u);
	span->status_message = get_text(u);
	span->start_ns = u->packed->start_ns + (uint64_t)get_signed(u);
	span->end_ns = span->start_ns + get_number(u);
	span->start_realtime_ns = u->packed->start_realtime_ns + (uint64_t)get_signed(u);
	span->dropped_attributes = (uint32_t)get_number(u);
	span->dropped_events = (uint32_t)get_number(u);
	span->attributes = get_attributes(u, &n);
	span->attribute_count = span->attribute_capacity = (uint32_t)n;
	get_events(u, span);
	return span;
}

struct trace *trace_unpack(struct tracer *tracer, const struct packed_trace *packed)
{
	struct unpacking u = {tracer_copy_trace(tracer, packed->id), packed, packed->bytes};
	struct trace *trace = u.trace;

	trace->spans = arena_alloc(&trace->memory, packed->span_count * sizeof(struct span *));
	for (; trace->span_count < packed->span_count; trace->span_count++)
		trace->spans[trace->span_count] = get_span(&u, trace->span_count);
	trace->span_capacity = trace->span_count;
	return trace;
}
