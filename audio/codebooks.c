/* Files as sphinxbase's bio.h and PocketSphinx's bin_mdef.c and ms_gauden.c read them. */
#include "audio/codebooks.h"

#include "executor/executor.h"

#include <math.h>
#include <sphinxbase/bio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST (1 << 12) /* of anything that is counted in a file */

/* Means or variances: the sizes into the codebooks, or those that are there already. The caller frees. */
static float *read_gaussians(FILE *file, struct codebooks *codebooks)
{
	char **names, **values;
	int32 swap;
	uint32 checksum = 0,
	       sizes[4 + STREAMS]; /* phones, streams, densities, dimensions of each, all floats */
	bool fits;
	float *gaussians;

	if (bio_readhdr(file, &names, &values, &swap) < 0)
		return NULL;
	bio_hdrarg_free(names, values);
	if (bio_fread(sizes, sizeof *sizes, 4 + STREAMS, file, swap, &checksum) != 4 + STREAMS)
		return NULL;
	fits = sizes[1] == STREAMS && sizes[0] && sizes[0] < MOST && sizes[2] && sizes[2] < MOST &&
		sizes[3 + STREAMS] == sizes[0] * sizes[2] * STREAMS * STREAM_LEN &&
		(!codebooks->phones || (codebooks->phones == sizes[0] && codebooks->densities == sizes[2]));
	for (int i = 0; i < STREAMS; i++)
		fits = fits && sizes[3 + i] == STREAM_LEN;
	if (!fits)
		return NULL;
	codebooks->phones = sizes[0];
	codebooks->densities = sizes[2];
	gaussians = xreallocarray(NULL, sizes[3 + STREAMS], sizeof *gaussians);
	if (bio_fread(gaussians, sizeof *gaussians, (int32)sizes[3 + STREAMS], file, swap, &checksum) ==
		(int32)sizes[3 + STREAMS])
		return gaussians;
	free(gaussians);
	return NULL;
}

static bool read_name(FILE *file, char name[8])
{
	size_t len = 0;
	int c;

	while ((c = getc(file)) > 0 && len < 7)
		name[len++] = (char)c;
	name[len] = '\0';
	return c == '\0' && len;
}

/* Of a binary model definition, of this machine's byte order: magic, version, a text of some length, ten
 * numbers of which the phones' is the first, and the phones' names. */
static bool read_names(FILE *file, struct codebooks *codebooks)
{
	uint32 head[3], sizes[10];

	if (fread(head, sizeof *head, 3, file) != 3 || memcmp(head, "BMDF", 4) ||
		fseek(file, head[2], SEEK_CUR) || fread(sizes, sizeof *sizes, 10, file) != 10 ||
		sizes[0] != codebooks->phones)
		return false;
	codebooks->names = xcalloc(codebooks->phones, sizeof *codebooks->names);
	for (size_t i = 0; i < codebooks->phones; i++)
		if (!read_name(file, codebooks->names[i]))
			return false;
	return true;
}

size_t codebooks_at(const struct codebooks *codebooks, size_t phone, size_t stream, size_t density)
{
	return ((phone * STREAMS + stream) * codebooks->densities + density) * STREAM_LEN;
}

static void from_variances(struct codebooks *codebooks, float *variances, float least)
{
	size_t count = codebooks->phones * STREAMS * codebooks->densities;

	codebooks->precisions = variances;
	codebooks->constants = xcalloc(count, sizeof *codebooks->constants);
	for (size_t i = 0; i < count; i++)
		for (size_t d = 0; d < STREAM_LEN; d++) {
			float variance = fmaxf(variances[i * STREAM_LEN + d], least);

			codebooks->constants[i] -= 0.5F * logf(2 * (float)M_PI * variance);
			variances[i * STREAM_LEN + d] = 1 / variance;
		}
}

/* A name that the decoder has made of -hmm, or taken of -mean and so on. */
static FILE *open_part(cmd_ln_t *config, const char *option)
{
	const char *path = cmd_ln_str_r(config, option);

	return path ? fopen(path, "rbe") : NULL;
}

bool codebooks_read(struct codebooks *codebooks, ps_decoder_t *ps)
{
	cmd_ln_t *config = ps_get_config(ps);
	FILE *means = open_part(config, "_mean"), *variances = open_part(config, "_var");
	FILE *names = open_part(config, "_mdef");
	float *read = NULL;
	bool whole = false;

	*codebooks = (struct codebooks){0};
	if (means && variances && names) {
		codebooks->means = read_gaussians(means, codebooks);
		read = codebooks->means ? read_gaussians(variances, codebooks) : NULL;
		whole = read && read_names(names, codebooks);
	}
	if (read)
		from_variances(codebooks, read, (float)cmd_ln_float_r(config, "-varfloor"));
	if (means)
		fclose(means);
	if (variances)
		fclose(variances);
	if (names)
		fclose(names);
	return whole;
}

void codebooks_done(struct codebooks *codebooks)
{
	free(codebooks->names);
	free(codebooks->means);
	free(codebooks->precisions);
	free(codebooks->constants);
	*codebooks = (struct codebooks){0};
}

size_t codebooks_phone(const struct codebooks *codebooks, const char *name)
{
	size_t phone = 0;

	while (phone < codebooks->phones && strcmp(codebooks->names[phone], name))
		phone++;
	return phone;
}

/* In ARPAbet, as CMU's dictionary spells it. */
enum phone_class codebooks_class(const struct codebooks *codebooks, size_t phone)
{
	static const char *const sonorants[] = {"L", "M", "N", "NG", "R", "W", "Y"};
	const char *name = codebooks->names[phone];

	if (*name == '+' || !strcmp(name, "SIL"))
		return PHONE_CLASSES;
	if (strchr("AEIOU", *name))
		return PHONE_VOWEL;
	for (size_t i = 0; i < sizeof sonorants / sizeof *sonorants; i++)
		if (!strcmp(name, sonorants[i]))
			return PHONE_SONORANT;
	return PHONE_OBSTRUENT;
}
