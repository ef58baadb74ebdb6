/* Access tokens by OAuth 2.0's client credentials grant (RFC 6749 §4.4): fetched when one is needed, kept
 * until shortly before they expire, one fetch for all who wait. Secrets and tokens are registered with the
 * redactor. Private to executor/. */
#ifndef EXECUTOR_OAUTH2_H
#define EXECUTOR_OAUTH2_H

#include "executor/http.h"
#include "executor/redact.h"

/* Who asks for what. In an integration the texts are templates and its own. */
struct oauth2_client {
	const char *token_url, *id, *secret;
	const char *scope, *audience; /* NULL: none */
	bool in_body;                 /* id and secret go there, else into an Authorization header */
};

struct oauth2;

/* http, clock and redactor (may be NULL) outlive it. */
struct oauth2 *oauth2_new(struct http *http, const struct clock *clock, struct redactor *redactor);
/* Only when nobody waits. NULL is allowed. */
void oauth2_free(struct oauth2 *oauth2);
/* The token at hand; NULL where there is none that is still good. Valid until the next call of anything here.
 */
const char *oauth2_token(struct oauth2 *oauth2, const struct oauth2_client *client);
/* The server did not accept this token: forgets it, unless there is another one by now. */
void oauth2_refuse(struct oauth2 *oauth2, const struct oauth2_client *client, const char *token);

/* token NULL: message says why. response stands for what the token endpoint answered. */
struct oauth2_outcome {
	const char *token, *message;
	const struct http_response *response;
};

typedef void (*oauth2_done)(const struct oauth2_outcome *outcome, void *ctx);

struct oauth2_entry;

/* Embedded in whoever waits. */
struct oauth2_wait {
	struct oauth2_wait *next, *prev;
	struct oauth2_entry *entry; /* NULL: not waiting */
	oauth2_done done;
	void *ctx;
};

/* Waits for a token that is being fetched, or fetches one, as client and transport (NULL: as usual) of the
 * first to ask have it; both are copied. No timeout: who has waited long enough cancels.
 * done follows from the loop. True where somebody else's fetch is waited for. */
bool oauth2_fetch(struct oauth2 *oauth2, const struct oauth2_client *client,
	const struct http_transport *transport, struct oauth2_wait *wait, oauth2_done done, void *ctx);
/* Harmless when it does not wait. The last to leave ends the fetch. */
void oauth2_cancel(struct oauth2_wait *wait);

#endif
