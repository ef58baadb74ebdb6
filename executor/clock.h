/* Time and chance, injected: everything that asks for either is handed these, so that a test decides them. */
#ifndef EXECUTOR_CLOCK_H
#define EXECUTOR_CLOCK_H

#include <stddef.h>
#include <stdint.h>

struct clock {
	uint64_t (*monotonic_ns)(void *ctx); /* only differences mean something */
	uint64_t (*realtime_ns)(void *ctx);  /* since the Unix epoch, UTC */
	void *ctx;
};

extern const struct clock clock_system;

uint64_t clock_monotonic_ns(const struct clock *clock);
uint64_t clock_realtime_ns(const struct clock *clock);
/* Milliseconds between two readings of monotonic_ns. */
double clock_ms(uint64_t from_ns, uint64_t to_ns);

/* "2026-11-22T12:01:07.112Z" (RFC 3339, UTC, milliseconds); buf has room for CLOCK_RFC3339_SIZE bytes. */
#define CLOCK_RFC3339_SIZE 32
char *clock_format_rfc3339(uint64_t realtime_ns, char *buf);
/* A time as RFC 3339 §5.6 has it, with any fraction and offset, from 1970 on; 0 for anything else. */
uint64_t clock_parse_rfc3339(const char *text);
/* Local time of day: "12:01:07", or "12:01:07.112" with milliseconds. Same room. */
char *clock_format_time(uint64_t realtime_ns, int with_ms, char *buf);

/* xoshiro256** (Blackman and Vigna), seeded through splitmix64. Not for secrets. */
struct rng {
	uint64_t s[4];
};

void rng_seed(struct rng *rng, uint64_t seed);
/* A seed nobody chose, from the kernel. */
uint64_t rng_entropy(void);
uint64_t rng_next(struct rng *rng);
/* Uniform in [0, 1). */
double rng_double(struct rng *rng);
void rng_fill(struct rng *rng, void *bytes, size_t n);

#endif
