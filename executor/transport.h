/* A node's own way of travelling, "tls", "proxy", "httpVersion" and "cookies" in its testpanel: from JSON
 * with
 * ${…} in it to what http.c takes. No {{argument}} has a say in it: a caller must not choose files or
 * proxies. Private to executor/. */
#ifndef EXECUTOR_TRANSPORT_H
#define EXECUTOR_TRANSPORT_H

#include "executor/request.h"
#include "executor/source.h"

/* Fills in integration->transport where the node has any of it; what is wrong is refused. */
void transport_parse(const struct integration_draft *draft);
void transport_free(struct http_transport *transport);
/* What a workflow says for all its nodes, from the testpanel of holder at pointer: "tls" and "proxy". NULL
 * where it says nothing. */
struct http_transport *transport_parse_defaults(
	const cJSON *holder, const char *pointer, const char *folder, struct faults *faults);

/* What a node says itself, and be it none. */
struct transport_own {
	bool ca, cert, version;
};

/* The rest it has from its workflow: of TLS member by member, but a client certificate with its key and
 * password. The workflow's proxy does not count for this machine. */
void transport_inherit(
	struct http_transport *to, const struct http_transport *from, const struct transport_own *own);
/* Makes request->transport; its texts belong to the request. Secrets in it are registered. */
enum errcode transport_render(struct request *request, const struct integration *integration,
	const struct template_scope *scope, char **message);

/* For what is parsed in the same way. A member (NULL or a text) of an object at testpanel/place that holds no
 * {{…}}; caller frees. Anything else is refused. */
char *transport_text(
	const struct integration_draft *draft, const cJSON *object, const char *place, const char *member);
/* A member that is true or false; false when absent. */
bool transport_flag(
	const struct integration_draft *draft, const cJSON *object, const char *place, const char *member);
/* Refuses members of object that are not among known, which ends with NULL. */
void transport_close(const struct integration_draft *draft, const cJSON *object, const char *place,
	const char *const *known);
/* A text with its ${…} filled in, registered as a secret where it is one; it belongs to the request. text
 * NULL gives NULL. */
enum errcode transport_expand(struct request *request, const char *text, bool secret,
	const struct template_scope *scope, const char **out, char **message);

#endif
