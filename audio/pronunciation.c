#include "audio/pronunciation.h"

#include "executor/executor.h"

#ifdef HAVE_FLITE

#include <ctype.h>
#include <flite/flite.h>
#include <string.h>
#include <uv.h>

/* Of Debian's libflite_cmulex1; no header declares it. */
cst_lexicon *cmu_lex_init(void);

/* "ae1": a phone and its stress. */
static void add_phone(struct buffer *out, const char *phone)
{
	size_t len = strcspn(phone, "0123456789");

	if (out->len)
		buffer_append_char(out, ' ');
	/* The one phone that CMUdict writes otherwise: a vowel without any stress. */
	if (len == 2 && memcmp(phone, "ax", 2) == 0)
		phone = "ah";
	for (size_t i = 0; i < len; i++)
		buffer_append_char(out, (char)toupper((unsigned char)phone[i]));
}

static uv_once_t once = UV_ONCE_INIT;
static const cst_lexicon *lexicon;

static void prepare(void)
{
	flite_init();
	lexicon = cmu_lex_init();
}

void pronunciation_prepare(void)
{
	uv_once(&once, prepare);
}

char *pronunciation_guess(const char *word)
{
	cst_val *phones;
	struct buffer out;

	pronunciation_prepare();
	phones = lex_lookup(lexicon, word, NULL, NULL);
	buffer_init(&out, BUFFER_MAX_TEXT);
	for (const cst_val *phone = phones; phone; phone = val_cdr(phone))
		add_phone(&out, val_string(val_car(phone)));
	delete_val(phones);
	if (out.len)
		return buffer_take(&out);
	buffer_done(&out);
	return NULL;
}

#else

void pronunciation_prepare(void)
{
}

char *pronunciation_guess(const char *word)
{
	(void)word;
	return NULL;
}

#endif
