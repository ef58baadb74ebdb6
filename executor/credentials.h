/* How a node says who it is beyond a token in a header: "basic" and "oauth2" in its testpanel. Private to
 * executor/. */
#ifndef EXECUTOR_CREDENTIALS_H
#define EXECUTOR_CREDENTIALS_H

#include "executor/oauth2.h"
#include "executor/request.h"
#include "executor/source.h"

/* After authType has been read. Fills in auth_token of AUTH_BASIC, and oauth2. */
void credentials_parse(const struct integration_draft *draft);
void credentials_free(struct oauth2_client *client);
/* Makes request->oauth2 where the node has it. */
enum errcode credentials_render(struct request *request, const struct integration *integration,
	const struct template_scope *scope, char **message);
/* "Basic …" for a user:password, whose password is registered as a secret (redactor may be NULL). Caller
 * frees. */
char *credentials_basic(const char *user_password, struct redactor *redactor);

#endif
