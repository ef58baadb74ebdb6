/* What gives up a question, and what is a request or an answer. */
#include "orchestrator/plan.h"

#include <criterion/criterion.h>

Test(plan_drop, words)
{
	enum {
		NEVER,
		AWAITED,
		ALWAYS
	};
	static const struct {
		const char *utterance;
		int when;
	} rows[] = {
		{"never mind", ALWAYS},
		{"Never mind!", ALWAYS},
		{"oh, never mind", ALWAYS},
		{"never mind, thank you", ALWAYS},
		{"never mind about that", ALWAYS},
		{"forget it", ALWAYS},
		{"please forget about it", ALWAYS},
		{"I changed my mind", ALWAYS},
		{"actually I've changed my mind, sorry", ALWAYS},
		{"it doesn't matter", ALWAYS},
		{"I'd rather not", ALWAYS},
		{"stop", AWAITED},
		{"no", AWAITED},
		{"no thanks", AWAITED},
		{"no, thank you", AWAITED},
		{"cancel", AWAITED},
		{"cancel that please", AWAITED},
		{"well, nothing", AWAITED},
		{"cancel my booking", NEVER},
		{"cancel ABC123", NEVER},
		{"never mind the gap, check ABC123", NEVER},
		{"no, I meant DEF456", NEVER},
		{"no rooms free", NEVER},
		{"stop my order", NEVER},
		{"forget it and check ABC123", NEVER},
		{"please", NEVER},
		{"ok", NEVER},
		{"", NEVER},
		{"ABC123", NEVER},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct tokens tokens;

		tokens_init(&tokens, rows[i].utterance);
		cr_expect_eq(plan_drops(&tokens, false), rows[i].when == ALWAYS, "\"%s\"", rows[i].utterance);
		cr_expect_eq(plan_drops(&tokens, true), rows[i].when != NEVER,
			"\"%s\" while something is awaited", rows[i].utterance);
		tokens_done(&tokens);
	}
}
