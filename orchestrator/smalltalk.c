/* What people say without asking for anything. The whole utterance must consist of it: "hello, check ABC123"
 * is a request. */
#include "orchestrator/planner.h"
#include "orchestrator/token.h"

#include <stdlib.h>
#include <string.h>

enum talk {
	TALK_NONE,
	TALK_FILL, /* goes with any of them */
	TALK_YES,
	TALK_NO,
	TALK_GREETING,
	TALK_HOW_ARE_YOU,
	TALK_SORRY,
	TALK_THANKS,
	TALK_BYE,
	TALK_WHO,
	TALK_HELP,
	TALK_DROP,
};

/* Longer phrases stand before those they begin with. */
static const struct {
	const char *phrase;
	enum talk talk;
} phrases[] = {
	{"good morning", TALK_GREETING},
	{"good afternoon", TALK_GREETING},
	{"good evening", TALK_GREETING},
	{"good day", TALK_GREETING},
	{"nice to meet you", TALK_GREETING},
	{"hello", TALK_GREETING},
	{"hi", TALK_GREETING},
	{"hey", TALK_GREETING},
	{"greetings", TALK_GREETING},
	{"how are you doing today", TALK_HOW_ARE_YOU},
	{"how are you doing", TALK_HOW_ARE_YOU},
	{"how are you today", TALK_HOW_ARE_YOU},
	{"how are you", TALK_HOW_ARE_YOU},
	{"how do you do", TALK_HOW_ARE_YOU},
	{"thank you very much", TALK_THANKS},
	{"thank you so much", TALK_THANKS},
	{"thanks a lot", TALK_THANKS},
	{"many thanks", TALK_THANKS},
	{"thank you", TALK_THANKS},
	{"thanks", TALK_THANKS},
	{"cheers", TALK_THANKS},
	{"that was helpful", TALK_THANKS},
	{"perfect", TALK_THANKS},
	{"great", TALK_THANKS},
	{"good bye", TALK_BYE},
	{"goodbye", TALK_BYE},
	{"bye bye", TALK_BYE},
	{"bye", TALK_BYE},
	{"see you later", TALK_BYE},
	{"see you soon", TALK_BYE},
	{"see you", TALK_BYE},
	{"have a nice day", TALK_BYE},
	{"have a good day", TALK_BYE},
	{"good night", TALK_BYE},
	{"that's all for now", TALK_BYE},
	{"that's all", TALK_BYE},
	{"that is all", TALK_BYE},
	{"that will be all", TALK_BYE},
	{"nothing else", TALK_BYE},
	{"who are you", TALK_WHO},
	{"what is your name", TALK_WHO},
	{"what's your name", TALK_WHO},
	{"are you a robot", TALK_WHO},
	{"are you human", TALK_WHO},
	{"what can you do for me", TALK_HELP},
	{"what can you do", TALK_HELP},
	{"what do you do", TALK_HELP},
	{"how can you help me", TALK_HELP},
	{"how can you help", TALK_HELP},
	{"can you help me", TALK_HELP},
	{"i need help", TALK_HELP},
	{"i need some help", TALK_HELP},
	{"help me", TALK_HELP},
	{"help", TALK_HELP},
	{"what can i ask", TALK_HELP},
	{"never mind", TALK_DROP},
	{"nevermind", TALK_DROP},
	{"forget about it", TALK_DROP},
	{"forget it", TALK_DROP},
	{"i am sorry", TALK_SORRY},
	{"i'm sorry", TALK_SORRY},
	{"sorry", TALK_SORRY},
	{"yes", TALK_YES},
	{"yeah", TALK_YES},
	{"yep", TALK_YES},
	{"okay", TALK_YES},
	{"ok", TALK_YES},
	{"sure", TALK_YES},
	{"all right", TALK_YES},
	{"alright", TALK_YES},
	{"i see", TALK_YES},
	{"nope", TALK_NO},
	{"no", TALK_NO},
	{"please", TALK_FILL},
	{"there", TALK_FILL},
	{"again", TALK_FILL},
	{"and", TALK_FILL},
	{"then", TALK_FILL},
	{"so", TALK_FILL},
	{"oh", TALK_FILL},
	{"well", TALK_FILL},
	{"um", TALK_FILL},
	{"uh", TALK_FILL},
	{"everyone", TALK_FILL},
	{"sir", TALK_FILL},
	{"madam", TALK_FILL},
	{"for your help", TALK_FILL},
	{"for now", TALK_FILL},
	{"now", TALK_FILL},
	{"very", TALK_FILL},
	{"much", TALK_FILL},
	{"today", TALK_FILL},
};

/* The weightiest kind of talk, or NONE as soon as a word is something else. */
static enum talk find_talk(const struct tokens *tokens)
{
	enum talk found = TALK_NONE;

	for (size_t i = 0; i < tokens->count;) {
		size_t n = 0, p = 0;

		while (p < sizeof(phrases) / sizeof(phrases[0]) &&
			!(n = tokens_match(tokens, i, phrases[p].phrase)))
			p++;
		if (!n)
			return TALK_NONE;
		if (phrases[p].talk > found)
			found = phrases[p].talk;
		i += n;
	}
	return found;
}

/* "Reservations, Billing and Guest services" */
static void append_abilities(struct buffer *b, const struct node *agent)
{
	const char *names[16];
	size_t count = 0;

	for (size_t i = 0; i < agent->out_count && count < 16; i++) {
		const struct node *target = agent->out[i]->target;

		if (target->type == NODE_DEPARTMENT || target->type == NODE_SUB_AGENT ||
			target->type == NODE_KNOWLEDGE_BASE)
			names[count++] = json_string(target->data, "label", target->name);
	}
	for (size_t i = 0; i < count; i++)
		buffer_appendf(b, "%s%s",
			!i                      ? " I can help with "
				: i + 1 < count ? ", "
						: " and ",
			names[i]);
	if (count)
		buffer_append_char(b, '.');
}

char *planner_small_talk(const struct node *agent, const char *utterance)
{
	struct tokens tokens;
	struct buffer b;
	enum talk talk;

	tokens_init(&tokens, utterance);
	talk = find_talk(&tokens);
	tokens_done(&tokens);
	buffer_init(&b, BUFFER_MAX_TEXT);
	switch (talk) {
	case TALK_NONE:
	case TALK_FILL: return NULL;
	case TALK_YES:
	case TALK_DROP: return xstrdup("All right. What else can I do for you?");
	case TALK_NO: return xstrdup("All right. Is there anything else?");
	case TALK_GREETING: buffer_appendf(&b, "Hello, this is %s. How may I help you?", agent->name); break;
	case TALK_HOW_ARE_YOU: buffer_append_str(&b, "I am well, thank you. How may I help you?"); break;
	case TALK_SORRY: buffer_append_str(&b, "No harm done. How may I help you?"); break;
	case TALK_THANKS: buffer_append_str(&b, "You are welcome. Is there anything else?"); break;
	case TALK_BYE: buffer_append_str(&b, "Goodbye, and thank you for calling."); break;
	case TALK_WHO:
		buffer_appendf(&b, "I am %s, a program that answers for people.", agent->name);
		append_abilities(&b, agent);
		break;
	case TALK_HELP:
		buffer_append_str(&b, "Gladly.");
		append_abilities(&b, agent);
		break;
	}
	return buffer_take(&b);
}
