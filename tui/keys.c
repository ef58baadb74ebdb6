/* Reading keys. Text is gathered as long as it comes, so that a paste is one edit and one drawing. See
 * keys.h. */
#include "tui/keys.h"
#include "tui/line_edit.h"

#include <string.h>

/* What terminals of today send, whatever terminfo says of the one in $TERM. */
static const struct {
	const char *bytes;
	int key;
} sequences[] = {
	{"\033[200~", KEY_PASTE_BEGIN},
	{"\033[201~", KEY_PASTE_END},
	{"\033[1;5D", KEY_WORD_LEFT},
	{"\033[1;5C", KEY_WORD_RIGHT},
	{"\033[1;3D", KEY_WORD_LEFT},
	{"\033[1;3C", KEY_WORD_RIGHT},
	{"\033[A", KEY_UP},
	{"\033[B", KEY_DOWN},
	{"\033[C", KEY_RIGHT},
	{"\033[D", KEY_LEFT},
	{"\033[H", KEY_HOME},
	{"\033[F", KEY_END},
	{"\033[1~", KEY_HOME},
	{"\033[4~", KEY_END},
	{"\033[3~", KEY_DC},
	{"\033[5~", KEY_PPAGE},
	{"\033[6~", KEY_NPAGE},
	{"\033[Z", KEY_BTAB},
	{"\033OP", KEY_F(1)},
	{"\033OQ", KEY_F(2)},
	{"\033OR", KEY_F(3)},
	{"\033OS", KEY_F(4)},
	{"\033[11~", KEY_F(1)},
	{"\033[12~", KEY_F(2)},
	{"\033[13~", KEY_F(3)},
	{"\033[14~", KEY_F(4)},
	{"\033[21~", KEY_F(10)},
};

void keys_init(struct keys *keys, WINDOW *pad)
{
	memset(keys, 0, sizeof *keys);
	keys->pad = pad;
	buffer_init(&keys->text, LINE_EDIT_MAX);
	for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++)
		define_key(sequences[i].bytes, sequences[i].key);
}

void keys_done(struct keys *keys)
{
	buffer_done(&keys->text);
}

/* A control sequence that means no key to us goes as a whole: its end must not be typed. */
static void skip_sequence(struct keys *keys)
{
	int key;

	do
		key = wgetch(keys->pad);
	while (key >= 0x20 && key < 0x40);
}

/* Escape with something right behind it is Alt; alone it is Esc. */
static int read_key(struct keys *keys)
{
	int key = wgetch(keys->pad), next;

	if (key != 27 || keys->pasting)
		return key;
	next = wgetch(keys->pad);
	if (next == ERR)
		return 27;
	if (next == '[' || next == 'O') {
		skip_sequence(keys);
		return 0;
	}
	if (next > 0 && next < 0x80 && (next >= ' ' || request_of_key(KEY_ALT(next)) != REQUEST_NONE))
		return KEY_ALT(next);
	ungetch(next);
	return 27;
}

static bool is_text(const struct keys *keys, int key)
{
	if (key < 0 || key > 0xFF)
		return false;
	return keys->pasting || (key >= ' ' && key != 0x7F);
}

/* How many bytes at the end are the beginning of a character whose rest has not come yet. */
static size_t unfinished(const char *s, size_t len)
{
	for (size_t back = 1; back <= 3 && back <= len; back++) {
		unsigned char c = (unsigned char)s[len - back];

		if (c >= 0xC0)
			return back < (c >= 0xF0 ? 4u : c >= 0xE0 ? 3u : 2u) ? back : 0;
		if (c < 0x80)
			return 0;
	}
	return 0;
}

static bool has_text(const struct keys *keys)
{
	return keys->text.len > unfinished(buffer_text(&keys->text), keys->text.len);
}

enum key_kind keys_read(struct keys *keys, enum request *request)
{
	int key;

	while ((key = read_key(keys)) != ERR) {
		if (key == KEY_PASTE_BEGIN || key == KEY_PASTE_END) {
			keys->pasting = key == KEY_PASTE_BEGIN;
		} else if (is_text(keys, key)) {
			buffer_append_char(&keys->text, (char)key); /* over the maximum the rest is dropped */
		} else if ((*request = request_of_key(key)) != REQUEST_NONE && !keys->pasting) {
			if (has_text(keys)) {
				ungetch(key);
				return KEY_IS_TEXT;
			}
			buffer_reset(&keys->text);
			return KEY_IS_REQUEST;
		}
	}
	return has_text(keys) ? KEY_IS_TEXT : KEY_IS_NOTHING;
}

char *keys_take_text(struct keys *keys)
{
	size_t tail = unfinished(buffer_text(&keys->text), keys->text.len);
	size_t len = keys->text.len - tail;
	char rest[4] = {0}, *text;

	memcpy(rest, buffer_text(&keys->text) + len, tail);
	text = xstrndup(buffer_text(&keys->text), len);
	buffer_reset(&keys->text);
	buffer_append(&keys->text, rest, tail);
	return text;
}
