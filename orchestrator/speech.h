/* JSON said in words. Internal to the planner. */
#ifndef ORCHESTRATOR_SPEECH_H
#define ORCHESTRATOR_SPEECH_H

#include "executor/executor.h"

/* "checkIn" as "check in", "member_id" as "member ID". */
void speech_name(struct buffer *b, const char *name);
/* A value as people say it; name may tell what it is (a price, a status), parent may hold its currency. Both
 * may be NULL. False, and nothing written, where there is nothing to say: null, empty text, empty lists. */
bool speech_value(struct buffer *b, const cJSON *value, const char *name, const cJSON *parent);
/* Text without control bytes, white space closed up, cut at 300 characters. */
void speech_text(struct buffer *b, const char *text);
/* "single, double or suite" */
void speech_list(struct buffer *b, const cJSON *list, const char *conjunction);
/* Data as a few sentences; label names the tool where the data does not say what it is. */
void speech_data(struct buffer *b, const cJSON *data, const char *label);
/* The text with {{path.to.member}} from data put in. NULL when a path leads nowhere. */
char *speech_template(const char *text, const cJSON *data);
char *speech_apology(const char *label, const char *code);
/* The buffer's text with a capital at its beginning and no control bytes, as buffer_take. */
char *speech_take(struct buffer *b);

#endif
