/* SipHash-2-4-128. See hash.h. */
#include "executor/hash.h"

#include <stdio.h>

/* Bytes 00 to 0f, the paper's own test key. */
#define KEY_0 UINT64_C(0x0706050403020100)
#define KEY_1 UINT64_C(0x0f0e0d0c0b0a0908)

static uint64_t rotate_left(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

static void rounds(uint64_t v[4], int n)
{
	while (n--) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotate_left(v[1], 13) ^ v[0];
		v[3] = rotate_left(v[3], 16) ^ v[2];
		v[0] = rotate_left(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotate_left(v[1], 17) ^ v[2];
		v[3] = rotate_left(v[3], 21) ^ v[0];
		v[2] = rotate_left(v[2], 32);
	}
}

static uint64_t read_word(const uint8_t *p, size_t n)
{
	uint64_t word = 0;

	for (size_t i = 0; i < n; i++)
		word |= (uint64_t)p[i] << (8 * i);
	return word;
}

static void write_word(uint8_t *out, uint64_t word)
{
	for (size_t i = 0; i < 8; i++)
		out[i] = (uint8_t)(word >> (8 * i));
}

static void absorb(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	rounds(v, 2);
	v[0] ^= word;
}

void hash_bytes(const void *bytes, size_t len, uint8_t out[16])
{
	const uint8_t *p = bytes;
	uint64_t v[4] = {KEY_0 ^ UINT64_C(0x736f6d6570736575), KEY_1 ^ UINT64_C(0x646f72616e646f6d) ^ 0xee,
		KEY_0 ^ UINT64_C(0x6c7967656e657261), KEY_1 ^ UINT64_C(0x7465646279746573)};
	size_t left = len;

	for (; left >= 8; left -= 8, p += 8)
		absorb(v, read_word(p, 8));
	absorb(v, read_word(p, left) | (uint64_t)len << 56);
	v[2] ^= 0xee;
	rounds(v, 4);
	write_word(out, v[0] ^ v[1] ^ v[2] ^ v[3]);
	v[1] ^= 0xdd;
	rounds(v, 4);
	write_word(out + 8, v[0] ^ v[1] ^ v[2] ^ v[3]);
}

char *hash_hex(const void *bytes, size_t len, char *hex)
{
	uint8_t hash[16];

	hash_bytes(bytes, len, hash);
	for (size_t i = 0; i < sizeof hash; i++)
		snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	return hex;
}
