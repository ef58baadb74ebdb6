/* SipHash-2-4 with 128 bits (Aumasson and Bernstein) under a fixed key: a short name for a text, the same on
 * every machine. Tells apart what chance brings; no protection against somebody who looks for collisions. */
#ifndef EXECUTOR_HASH_H
#define EXECUTOR_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_HEX_SIZE 33 /* 32 hex digits and NUL */

void hash_bytes(const void *bytes, size_t len, uint8_t out[16]);
/* hash_bytes as lower-case hex; returns hex. */
char *hash_hex(const void *bytes, size_t len, char *hex);

#endif
