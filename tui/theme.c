/* The two glyph sets and the styles. See theme.h. */
#include "tui/theme.h"

#include <string.h>

static const struct glyphs glyphs_unicode = {
	.horizontal = "─",
	.vertical = "│",
	.corners = {" ", "│", "│", "│", "─", "┘", "┐", "┤", "─", "└", "┌", "├", "─", "┴", "┬", "┼"},
	.on = "●",
	.off = "○",
	.good = "✓",
	.bad = "✗",
	.question = "?",
	.warning = "!",
	.note = "·",
	.ellipsis = "…",
	.prompt = "›",
	.selected = "›",
	.focus = "▸",
	.tree_branch = "├ ",
	.tree_last = "└ ",
	.tree_pass = "│ ",
	.bar_left = "▕",
	.bar_right = "▏",
	.bar = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"},
	.level = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
	.up = "↑",
	.down = "↓",
	.arrow = "→",
};

static const struct glyphs glyphs_ascii = {
	.horizontal = "-",
	.vertical = "|",
	.corners = {" ", "|", "|", "|", "-", "+", "+", "+", "-", "+", "+", "+", "-", "+", "+", "+"},
	.on = "*",
	.off = "o",
	.good = "+",
	.bad = "x",
	.question = "?",
	.warning = "!",
	.note = "*",
	.ellipsis = "~",
	.prompt = ">",
	.selected = ">",
	.focus = ">",
	.tree_branch = "|-",
	.tree_last = "`-",
	.tree_pass = "| ",
	.bar_left = "[",
	.bar_right = "]",
	.bar = {" ", "]", "]", "]", "]", "=", "=", "=", "="},
	.level = {" ", ".", ":", "-", "=", "+", "*", "#", "@"},
	.up = "^",
	.down = "v",
	.arrow = "->",
};

/* Our colour pairs: pair n shows this colour on the terminal's own background. */
static const short pair_colours[] = {COLOR_CYAN, COLOR_GREEN, COLOR_YELLOW, COLOR_RED};

static void theme_colour(struct theme *theme)
{
	static const enum style styles[] = {STYLE_ACCENT, STYLE_GOOD, STYLE_WARN, STYLE_BAD};

	start_color();
	if (COLORS < 8 || COLOR_PAIRS < 8)
		return;
	use_default_colors();
	for (short i = 0; i < 4; i++) {
		init_pair((short)(i + 1), pair_colours[i], -1);
		theme->styles[styles[i]] |= (attr_t)COLOR_PAIR(i + 1);
	}
	theme->styles[STYLE_FOCUS] |= (attr_t)COLOR_PAIR(1);
}

void theme_init(struct theme *theme, bool unicode, bool colour)
{
	static const attr_t plain[STYLE_COUNT] = {
		[STYLE_DIM] = A_DIM,
		[STYLE_BOLD] = A_BOLD,
		[STYLE_FRAME] = A_DIM,
		[STYLE_FOCUS] = A_BOLD,
		[STYLE_WARN] = A_BOLD,
		[STYLE_BAD] = A_BOLD,
		[STYLE_SELECTED] = A_REVERSE,
	};

	memcpy(theme->styles, plain, sizeof plain);
	theme->unicode = unicode;
	theme->glyphs = unicode ? &glyphs_unicode : &glyphs_ascii;
	if (colour && has_colors())
		theme_colour(theme);
}
