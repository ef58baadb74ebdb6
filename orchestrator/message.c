/* Messages are told twice: as an event on the span of whoever is under way, and as a record of the log. The
 * content stays out of both. */
#include "orchestrator/message.h"

#include "orchestrator/engine.h"
#include "orchestrator/session.h"

#include <stdio.h>
#include <string.h>

const char *message_type_name(enum message_type type)
{
	static const char *const names[] = {
#define MESSAGE_NAME(name, meaning) [MESSAGE_##name] = #name,
		MESSAGE_TYPES(MESSAGE_NAME)
#undef MESSAGE_NAME
	};

	return names[type];
}

void message_correlate(struct message *request, const struct turn *turn)
{
	snprintf(request->correlation, sizeof request->correlation, "m-%016llx",
		(unsigned long long)rng_next(&turn->session->engine->rng));
}

void message_join_thread(struct message *request, const char *id)
{
	snprintf(request->thread, sizeof request->thread, "%s", id ? id : request->correlation);
	request->thread[0] = 't';
}

void message_answers(struct message *answer, const struct message *request)
{
	memcpy(answer->correlation, request->correlation, sizeof answer->correlation);
	memcpy(answer->thread, request->thread, sizeof answer->thread);
}

/* "Front desk → Reservations REQUEST", and what became of it. Every request of a session comes by here
 * several times, so printf is only for names that are longer than any should be. */
void message_log(struct engine *engine, enum log_level level, const struct span *span,
	const struct message *message, const struct attribute *members, size_t n, const char *event)
{
	const char *const parts[] = {message->from->name, " → ", message->to->name, " ",
		message_type_name(message->type), event ? " " : "", event ? event : ""};
	char text[200], *end = text;

	for (size_t i = 0; i < sizeof parts / sizeof *parts && end; i++) {
		size_t len = strlen(parts[i]);

		end = end + len < text + sizeof text ? (char *)mempcpy(end, parts[i], len) : NULL;
	}
	if (end) {
		*end = '\0';
		logger_write_text(engine->logger, level, span, "agents", members, n, text);
	} else {
		logger_write(engine->logger, level, span, "agents", members, n, "%s → %s %s%s%s", parts[0],
			parts[2], parts[4], parts[5], parts[6]);
	}
}

void message_record(const struct turn *turn, struct span *span, const struct message *message)
{
	struct attribute attributes[5] = {
		attr_plain("message.type", message_type_name(message->type)),
		attr_plain("message.correlation_id", message->correlation),
		attr_plain("message.from", message->from->id),
		attr_plain("message.to", message->to->id),
	};
	size_t n = 4;

	if (message->thread[0])
		attributes[n++] = attr_plain("message.thread_id", message->thread);
	span_add_event(span, message_type_name(message->type), attributes, n);
	message_log(turn->session->engine, LOG_INFO, span, message, attributes, n, NULL);
}
